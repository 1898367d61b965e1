import io
import json

import pytest

from benchmarks import tables
from matcher.errors import InvalidInput

FIGURES = [
    {"measure": "dev_links", "recipe": r, "value": v, "low": v - 0.1, "high": v + 0.1, "n": 7, "floor": 0.25}
    for r, v in (("dense", 0.5), ("fused", 0.75))
]


def test_a_row_a_measure_with_what_each_recipe_reached():
    row = tables.quality_table(FIGURES).splitlines()[-1]
    assert row == "| dev_links | 7 | 0.250 |  | 0.500 |  | 0.750 | 0.650-0.850 |"


def test_figures_replace_what_stood_between_the_markers(tmp_path, monkeypatch):
    page = tmp_path / "README.md"
    page.write_text("a\n<!-- quality: begin -->\nold\n<!-- quality: end -->\nb\n", encoding="utf-8")
    for _ in range(2):
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(FIGURES)))
        assert tables.main(["quality", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("a\n") and text.endswith("\nb\n")
    assert "old" not in text and text.count("dev_links") == 1


def test_lines_without_a_head_get_one():
    assert tables.table_of("noise\n| SweFAQ | 0.7 |\n").splitlines()[0] == "| measure | value |"
    assert tables.table_of("| a | b |\n|---|---|\n| 1 | 2 |").splitlines()[0] == "| a | b |"


def test_nothing_to_show_is_an_error():
    with pytest.raises(InvalidInput, match="no table"):
        tables.table_of("Traceback")
    with pytest.raises(InvalidInput, match="markers"):
        tables.insert("a page", "quality", "| a |")
