import json

import pytest

from matcher.errors import InvalidInput, UnreadableFile
from matcher.procurement import DIVISIONS
from models.encoder.training.corpus import load_corpus, read_bridges
from models.encoder.training.topics import FOLDER, load_topics, split_topics
from tests.models.encoder import tiny


def _write(folder, *rows):
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    (folder / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_topics_of_all_files_are_read_in_order(tmp_path):
    tiny.write_topics(tmp_path, 3)
    (tmp_path / "more.jsonl").write_text(json.dumps(tiny.topic(40)) + "\n\n", encoding="utf-8")
    topics = load_topics(tmp_path)
    assert [t.id for t in topics] == ["topic-40", "topic-0", "topic-1", "topic-2"]
    assert topics[1].offerings == ("Service lampan. Vi lagar lampan vid skolan.",)
    assert topics[1].confusable == "Kurs om lampan. Vi berättar om lampan."
    assert topics[1].languages == ("sv", "en")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("{", "not JSON"),
        ("[]", "not an object"),
        (tiny.topic(1, confusable=None), "confusable is missing"),
        (tiny.topic(1, needs=[{"language": "sv", "text": "en enda"}]), "at least two needs"),
        (tiny.topic(1, offerings=[{"language": "sv", "title": "t", "text": " "}]), "has no text"),
        (tiny.topic(1, needs=[{"text": "a"}, {"text": "b"}]), "has no language"),
        (tiny.topic(0), "stands twice"),
    ],
)
def test_a_bad_line_is_named_with_its_place(tmp_path, row, why):
    with pytest.raises(InvalidInput, match=f"a.jsonl, line 2: .*{why}"):
        load_topics(_write(tmp_path, tiny.topic(0), row))


def test_an_empty_folder_is_an_error(tmp_path):
    with pytest.raises(UnreadableFile):
        load_topics(tmp_path)


def test_about_a_tenth_is_held_out_for_good(tmp_path):
    topics = load_topics(tiny.write_topics(tmp_path, 100))
    trained, held_out = split_topics(topics)
    assert len(trained) + len(held_out) == 100
    assert 4 <= len(held_out) <= 18
    assert split_topics(list(reversed(topics)))[1] == list(reversed(held_out))


def test_the_shipped_topics_are_valid():
    assert len(load_topics()) > 200


def test_bridges_are_pairs_of_one_need_and_one_offering_by_division(tmp_path):
    (tmp_path / "a.tsv").write_text(
        "cpv\tneed\toffering\n90620000\tDet är halt\tSandning\n33196200\tHon faller\tGåstöd\n"
    )
    first, second = read_bridges(tmp_path)
    assert (first.source, first.kind, first.left, first.right) == (
        "bridges-90",
        "bridge",
        "Det är halt",
        "Sandning",
    )
    assert second.source == "bridges-33"


def test_our_own_bridges_are_whole_and_told_once():
    bridges = list(read_bridges(FOLDER / "bridges"))
    assert len(bridges) > 10_000
    assert len({bridge.left for bridge in bridges} | {bridge.right for bridge in bridges}) == 2 * len(bridges)
    assert {bridge.source.removeprefix("bridges-") for bridge in bridges} <= {code[:2] for code in DIVISIONS}
    assert all(len(text.split()) >= 4 for bridge in bridges for text in (bridge.left, bridge.right))


def test_bridges_are_trained_on_as_pairs(tmp_path):
    data = tiny.write_data(tmp_path / "data")
    (tmp_path / "bridges").mkdir()
    (tmp_path / "bridges" / "a.tsv").write_text("cpv\tneed\toffering\n90620000\tDet är halt\tSandning\n")
    corpus = load_corpus(data, accept=lambda text: True, bridges=tmp_path / "bridges")
    assert "Det är halt" in {pair.left for pair in corpus.prose + corpus.held_out_prose}
    refused = load_corpus(data, accept=lambda text: text != "Sandning", bridges=tmp_path / "bridges")
    assert len(refused.prose) == len(corpus.prose) - 1
