import json

import numpy as np
import pytest

from benchmarks import grouping
from tests.matcher.grouping.clouds import cloud


def test_near_duplicates_are_timed_and_counted(capsys):
    grouping.main(["near", "--n", "600", "--compare", "0"])
    told = json.loads(capsys.readouterr().out)
    assert told["n"] == 600
    assert told["pairs"] > 0
    assert told["seconds"]["clock"] > 0


def test_themes_are_told_with_agreement_outliers_and_stability():
    vectors, labels = cloud([30, 30, 30], spread=0.3)
    truth = [str(label) for label in labels]
    told = grouping.described(grouping.ours, np.asarray(vectors), ["text"] * len(vectors), truth)
    value, low, high = told["v_measure"]
    assert low <= value <= high
    assert value > 0.9
    assert told["outlier_share"] == 0.0
    assert told["adjusted_rand_other_seed"] > 0.9
    assert told["adjusted_rand_tenth_left_out"] > 0.9
    assert {"seconds", "peak_mib"} <= told.keys()


def test_themes_need_a_folder(capsys):
    with pytest.raises(SystemExit):
        grouping.main(["themes"])
    assert "--data" in capsys.readouterr().err
