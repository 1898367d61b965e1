import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from matcher.errors import InvalidInput, UnreadableFile
from matcher.evaluation.datasets import find_folders, load_labelled
from matcher.evaluation.finding import find_tasks
from matcher.evaluation.floor import Floor
from matcher.evaluation.run import evaluate
from matcher.types import EntryKind

NEEDS = [
    {"id": "n1", "text": "halt is på gångvägen", "language": "sv"},
    {"id": "n2", "text": "gångvägen är full av is", "language": "sv"},
    {"id": "n3", "text": "ingen svarar i telefonen", "language": "sv"},
    {"id": "n4", "text": "varg vid förskolan", "language": "sv"},
]
OFFERINGS = [
    {"id": "o1", "title": "Sandning", "text": "sandning av gångväg mot is", "language": "sv"},
    {"id": "o2", "title": "Isbana", "text": "is is is gångvägen halt", "language": "sv"},
    {"id": "o3", "title": "Växel", "text": "telefonen svarar alltid", "language": "sv"},
]
DATA = Path(__file__).parents[4] / "shared" / "data"


def write_set(folder: Path, *, links="need\toffering\tgrade\nn1\to1\t2\nn3\to3\t1\n") -> Path:
    folder.mkdir(parents=True)
    for name, rows in (("needs", NEEDS), ("offerings", OFFERINGS)):
        (folder / f"{name}.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    (folder / "links.tsv").write_text(links, encoding="utf-8")
    (folder / "duplicates.tsv").write_text("group\tneed\na\tn1\na\tn2\n", encoding="utf-8")
    (folder / "hard_negatives.tsv").write_text("need\toffering\nn1\to2\nn4\to2\n", encoding="utf-8")
    return folder


class Oracle:
    """Scores from a table of (query text, target text); proposes what it is told."""

    def __init__(self, table, proposed):
        self.table, self.proposed = table, proposed

    def fit(self, targets, *, direction, texts, beside=()):
        return lambda queries: np.array(
            [[self.table.get((q.text, t.text), 0.0) for t in targets] for q in queries]
        )

    def score_pairs(self, left, right):
        return np.array([self.table.get((a.text, b.text), 0.0) for a, b in zip(left, right, strict=True)])

    def found(self, labelled):
        return self.proposed

    def coder(self, table):
        return None

    def themes(self, entries):
        return [0 if "a" in entry.text else -1 for entry in entries]


def figures(folder, ranker):
    return {f.measure: f for f in evaluate(find_tasks(folder), {"oracle": ranker})}


def test_a_labelled_set_gives_its_six_measures(tmp_path):
    write_set(tmp_path / "ours")
    text = {row["id"]: row["text"] for row in [*NEEDS, *OFFERINGS]}
    table = {
        (text["n1"], text["o1"]): 0.5,
        (text["n1"], text["o2"]): 0.9,
        (text["n3"], text["o3"]): 0.9,
        (text["n1"], text["n2"]): 0.8,
        (text["n2"], text["n3"]): 0.8,
        (text["n2"], text["n1"]): 0.4,
    }
    got = figures(tmp_path, Oracle(table, {"n1": {"o2": 0.5}, "n3": {"o3": 0.9}, "n4": {"o1": 0.2}}))
    assert {name: round(f.value, 3) for name, f in got.items()} == {
        "ours_links_ndcg10": round((1 / np.log2(3) + 1) / 2, 3),
        "ours_hard_negatives": 1.0,
        "ours_duplicates_mrr": 0.75,
        "ours_no_match": 0.5,
        "ours_found": 0.5,
        "ours_ece": round((0.5 + 0.1 + 0.2) / 3, 3),
    }
    assert got["ours_hard_negatives"].n == 1, "a need without links has no say about hard negatives"
    assert got["ours_no_match"].floor is None
    assert got["ours_links_ndcg10"].floor == pytest.approx(
        figures(tmp_path, Floor())["ours_links_ndcg10"].value
    )


def test_a_measure_without_cases_is_left_out(tmp_path):
    write_set(tmp_path / "ours", links="need\toffering\tgrade\n")
    assert "ours_links_ndcg10" not in figures(tmp_path, Oracle({}, {}))
    assert figures(tmp_path, Oracle({}, {}))["ours_no_match"].n == len(NEEDS)


def test_the_folder_itself_may_be_the_set_and_unknown_files_are_ignored(tmp_path):
    folder = write_set(tmp_path / "ours")
    (folder / "notes.txt").write_text("ours")
    (folder / "deep").mkdir()
    assert set(find_folders(folder).labelled) == {"ours"}


def test_two_folders_of_one_name_are_an_error_that_names_both(tmp_path):
    write_set(tmp_path / "a" / "ours")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    with pytest.raises(InvalidInput, match=r"Two folders are named ours: .*a.*b"):
        find_tasks(tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UnreadableFile) as caught:
        find_tasks(tmp_path / "none")
    assert "labelled set" in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("links.tsv", "need\toffering\tgrade\nn1\tnone\t2\n", "links.tsv, line 2: offering 'none'"),
        ("links.tsv", "need\toffering\tgrade\nn1\to1\tbra\n", "'bra' is no grade"),
        ("needs.jsonl", '{"id": "n1", "text": "a"}\n{"id": "n1", "text": "b"}', "id n1 stands twice"),
        ("needs.jsonl", '{"id": "n1", "text": "a"}\n{"id": ', "needs.jsonl, line 2: not JSON"),
        ("offerings.jsonl", '{"id": "o1"}', "offerings.jsonl, entry 1: text is missing"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, name, content, words):
    folder = write_set(tmp_path / "ours")
    (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load_labelled(folder)
    assert words in str(caught.value)


def test_known_sets_are_found_by_form_whatever_the_part_is_called(tmp_path):
    swefaq = tmp_path / "x" / "swefaq"
    swefaq.mkdir(parents=True)
    rows = [
        {"question": "var ansöker jag", "candidate_answers": ["du ansöker här", "nej"], "label": 0},
        {"question": "kostar det", "candidate_answers": ["det kostar inget", "nej"], "label": 0},
    ]
    (swefaq / "part7.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    pairs = tmp_path / "turku"
    pairs.mkdir()
    (pairs / "p.tsv").write_text(
        "txt1\ttxt2\tlabel\nkoira\tkoira\t4>s\nauto\tlintu\t1\nkissa\tkissat\t3\nx\ty\t\n", encoding="utf-8"
    )
    bitext = tmp_path / "bitext"
    bitext.mkdir()
    (bitext / "news.tsv").write_text("eng\tswe\nhello\thallå\nbye\thejdå\n", encoding="utf-8")
    got = figures(tmp_path, Floor())
    assert got["swefaq_ndcg10"].value == 1.0
    assert (got["turku_spearman"].n, got["turku_spearman"].value) == (3, pytest.approx(1.0))
    assert got["bitext_news_swe_acc1"].n == 2


def test_codes_are_ranked_in_the_notices_language(tmp_path):
    (tmp_path / "ted").mkdir()
    rows = [
        {"id": 1, "title": "städning av skolor", "cpv_main": "90900000", "lang": "SV", "description": ""},
        {"id": 2, "title": "čištění: cleaning", "cpv_main": "90900000", "lang": "CS", "description": ""},
    ]
    (tmp_path / "ted" / "n.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    labels = {
        "sv": {"90900000": "Städning", "33000000": "Medicin"},
        "en": {"33000000": "Medicine", "90900000": "Cleaning"},
    }
    got = {f.measure: f for f in evaluate(find_tasks(tmp_path, cpv=labels), {"floor": Floor()})}
    assert got["ted_cpv_division_acc1"].value == 1.0
    assert got["ted_cpv_exact_r10"].n == 2
    assert find_tasks(tmp_path) == [], "without a list of codes there is nothing to rank"


def test_entries_carry_title_and_language_of_the_set(tmp_path):
    from matcher.evaluation.tasks import labelled_entry

    entry = labelled_entry(load_labelled(write_set(tmp_path / "ours")).offerings[0], EntryKind.OFFERING)
    assert (entry.title, entry.language, entry.kind) == ("Sandning", "sv", EntryKind.OFFERING)


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data sets are not on this machine")
@pytest.mark.parametrize(
    ("name", "measure", "value"),
    [
        ("swefaq", "swefaq_ndcg10", 0.743),
        ("norquad", "norquad_mrr", 0.896),
        ("sbir", "sbir_mrr", 0.861),
        ("sweparaphrase", "sweparaphrase_spearman", 0.771),
        ("turku", "turku_spearman", 0.752),
    ],
)
def test_the_floor_is_the_one_that_the_data_documents(name, measure, value):
    assert figures(DATA / name, Floor())[measure].value == pytest.approx(value, abs=5e-4)


def write_ideas(folder: Path) -> Path:
    folder.mkdir(parents=True)
    ideas = [("a1", 1, ["p"]), ("a2", 1, ["p"]), ("b", 1, ["q"]), ("a3", 2, ["p"]), ("c", 1, [])]
    rows = [{"id": text, "round": number, "plans": plans, "text": text} for text, number, plans in ideas]
    (folder / "ideas.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return folder


def test_pairs_of_one_round_and_themes_are_measured_beside_plans(tmp_path):
    write_ideas(tmp_path / "omastadi")
    got = figures(tmp_path, Oracle({("a1", "a2"): 0.9, ("a1", "b"): 0.8}, None))
    assert got["omastadi_pair_ap"].value == 1.0
    assert got["omastadi_v_measure"].value == pytest.approx(1.0)
    assert got["omastadi_v_measure"].n == 4, "what people put nowhere is not judged"
    assert got["omastadi_bcubed_f1"].value == pytest.approx(1.0)
    worse = figures(tmp_path, Oracle({("a1", "a2"): 0.7, ("a1", "b"): 0.8}, None))
    assert worse["omastadi_pair_ap"].value == pytest.approx(0.5)


def test_themes_of_opinions_are_measured_beside_conversations(tmp_path):
    folder = tmp_path / "polis"
    folder.mkdir()
    rows = ["conversation\ttext", "x\ta", "x\tba", "y\tc", ""]
    (folder / "comments.tsv").write_text("\n".join(rows), encoding="utf-8")
    got = figures(tmp_path, Oracle({}, None))["polis_v_measure"]
    assert got.value == pytest.approx(1.0) and got.n == 3
