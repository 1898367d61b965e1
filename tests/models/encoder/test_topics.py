import json

import pytest

from matcher.errors import InvalidInput, UnreadableFile
from models.encoder.training.topics import load_topics, split_topics
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
