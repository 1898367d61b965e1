import json

import numpy as np
import pytest

from matcher.encoders import HashingEncoder
from matcher.evaluation.datasets import load_labelled
from matcher.evaluation.finding import find_tasks
from matcher.evaluation.rankers import RECIPES, make_rankers
from matcher.evaluation.run import evaluate
from matcher.types import Direction, Entry, EntryKind


class CountingEncoder(HashingEncoder):
    def __init__(self):
        super().__init__()
        self.texts = []

    def encode(self, texts, **options):
        self.texts += texts
        return super().encode(texts, **options)


def entries(kind, *texts):
    return [Entry(id=f"{kind}{i}", kind=kind, text=text, language="sv") for i, text in enumerate(texts)]


OFFERINGS = entries(EntryKind.OFFERING, "sandning av is på gångväg", "telefonväxel som svarar", "läxhjälp")
NEEDS = entries(EntryKind.NEED, "is på gångvägen", "ingen svarar i telefonen")


def test_scores_stand_in_the_order_of_the_targets():
    ranker = make_rankers(HashingEncoder())["fused"]
    for targets in (OFFERINGS, OFFERINGS[::-1]):
        score = ranker.fit(targets, direction=Direction.NEED_TO_OFFERING, texts=[])
        best = [targets[i].id for i in np.argmax(score(NEEDS), axis=1)]
        assert best == [OFFERINGS[0].id, OFFERINGS[1].id]


def test_recipes_of_one_encoder_encode_a_text_once():
    encoder = CountingEncoder()
    rankers = make_rankers(encoder, fast=CountingEncoder())
    assert tuple(rankers) == RECIPES
    for name in ("lexical", "dense", "fused"):
        rankers[name].fit(OFFERINGS, direction=Direction.NEED_TO_OFFERING, texts=[])
    assert sorted(encoder.texts) == sorted(entry.text for entry in OFFERINGS)


def test_recipes_rank_by_different_evidence():
    rankers = make_rankers(HashingEncoder(), ("lexical", "dense"))
    pairs = [rankers[name].score_pairs(NEEDS, OFFERINGS[:2]) for name in rankers]
    assert not np.allclose(*pairs)


@pytest.mark.parametrize(("name", "proposes"), [("lexical", False), ("dense", False), ("fused", True)])
def test_only_what_is_served_proposes(tmp_path, name, proposes):
    folder = tmp_path / "ours"
    folder.mkdir()
    for kind, found in (("needs", NEEDS), ("offerings", OFFERINGS)):
        rows = [json.dumps({"id": e.id, "text": e.text, "language": "sv"}) for e in found]
        (folder / f"{kind}.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (folder / "links.tsv").write_text(
        f"need\toffering\tgrade\n{NEEDS[0].id}\t{OFFERINGS[0].id}\t2\n", encoding="utf-8"
    )
    rankers = make_rankers(HashingEncoder(), (name,))
    assert (rankers[name].found(load_labelled(folder)) is not None) is proposes
    measures = {figure.measure for figure in evaluate(find_tasks(folder), rankers)}
    assert ("ours_found" in measures) is proposes
    assert "ours_links_ndcg10" in measures


def test_codes_are_learnt_from_what_other_buyers_coded(tmp_path):
    words = {"90620000": "plogbil", "55524000": "köttbulle", "60130000": "rullstolsplats"}
    rows = [
        {"id": str(i), "title": f"{word} {i}", "cpv_main": code, "lang": "SV", "buyer": f"köpare {i % 6}"}
        for i, (code, word) in enumerate(list(words.items()) * 12)
    ]
    (tmp_path / "ted").mkdir()
    (tmp_path / "ted" / "notices.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "cpv").mkdir()
    labels = "\n".join(f"{code}\tVara nummer {n}\tItem number {n}" for n, code in enumerate(words))
    (tmp_path / "cpv" / "cpv2008.tsv").write_text(f"code\tsv\ten\n{labels}\n", encoding="utf-8")
    found = evaluate(find_tasks(tmp_path), make_rankers(HashingEncoder(), ("lexical", "fused")))
    value = {(figure.recipe, figure.measure): figure.value for figure in found}
    assert value["fused", "ted_cpv_division_acc1"] == value["fused", "ted_cpv_exact_r10"] == 1.0
    assert value["lexical", "ted_cpv_division_acc1"] < 0.7
