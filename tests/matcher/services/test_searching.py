import pytest

from matcher.encoders import HashingEncoder
from matcher.errors import EntryNotFound, InvalidInput
from matcher.live import LiveMatcher
from matcher.retrieval import Filters
from matcher.services import entries, searching
from matcher.services.actor import Actor
from matcher.settings import Settings
from matcher.types import EntryKind, EntryStatus
from tests.matcher.living import GENEROUS

ICY = "Det är halt på gångvägen vid skolan och ingen sandar."
PHONE = "Telefonväxeln svarar aldrig på eftermiddagen."


@pytest.fixture
def live(town):
    return LiveMatcher(town.sessions, Settings(encoder="hashing"), encoder=HashingEncoder(), recipe=GENEROUS)


def search(town, live, text, *, by="officer", **options):
    return [match.entry.id for match in town.do(searching.search_text, live, text, by=by, **options)]


def similar(town, live, entry, *, by="officer", **options):
    return [match.entry.id for match in town.do(searching.similar_entries, live, entry.id, by=by, **options)]


def test_the_entry_that_fits_a_text_best_comes_first_with_its_score(town, live):
    icy, phone = town.need(ICY), town.need(PHONE)
    (first, *_) = town.do(searching.search_text, live, "halt på gångvägen", by="officer")
    assert first.entry.id == icy.id
    assert 0 < first.score.value <= 1
    assert first.score.reasons
    assert search(town, live, "telefonväxeln svarar", limit=1) == [phone.id]


def test_a_search_finds_only_what_may_be_seen(town, live):
    draft = town.need(ICY, status=EntryStatus.DRAFT)
    shown = town.need(f"{ICY} Igen.")
    for person in ("officer", "neighbour", "supplier"):
        assert search(town, live, "halt på gångvägen", by=person) == [shown.id]
    assert search(town, live, "halt på gångvägen", by=Actor("x", None, frozenset())) == []
    town.do(entries.withdraw, shown.id, expected_version=shown.version, by="officer")
    assert search(town, live, "halt på gångvägen") == []
    assert draft.id not in search(town, live, "halt")


def test_a_search_can_be_narrowed_by_kind_and_organisation(town, live):
    ours, theirs = town.need(ICY), town.need(f"{ICY} Här med.", by="neighbour")
    offering = town.offering("Vi sandar när det är halt på gångvägen.")
    narrowed = Filters(kinds=(EntryKind.OFFERING,))
    assert search(town, live, "halt på gångvägen", filters=narrowed) == [offering.id]
    own = Filters(organisations=(town.organisations["Grannköping"],))
    assert search(town, live, "halt på gångvägen", filters=own) == [theirs.id]
    assert ours.id in search(town, live, "halt på gångvägen")


@pytest.mark.parametrize("text", ["", "   ", "...!?", "<p></p>", "\u200b"])
def test_a_text_without_a_word_is_told(town, live, text):
    with pytest.raises(InvalidInput) as caught:
        search(town, live, text)
    assert caught.value.field == "text"
    assert caught.value.remedy


def test_nothing_alike_is_an_answer_too(town, live):
    assert search(town, live, "halt på gångvägen") == []


def test_similar_entries_are_others_of_the_same_kind(town, live):
    icy, alike = town.need(ICY), town.need("Halt på gångvägen vid skolan, ingen sandar där.", by="neighbour")
    town.need(PHONE)
    town.offering(ICY)
    assert similar(town, live, icy)[0] == alike.id
    assert icy.id not in similar(town, live, icy)


def test_a_draft_finds_what_is_like_it_before_it_is_published(town, live):
    alike = town.need("Halt på gångvägen vid skolan, ingen sandar där.", by="neighbour")
    town.offering(ICY)
    draft = town.need(ICY, status=EntryStatus.DRAFT)
    assert similar(town, live, draft) == [alike.id]
    with pytest.raises(EntryNotFound):
        similar(town, live, draft, by="neighbour")


def test_a_limit_is_kept(town, live):
    first, *_ = [town.need(f"{ICY} Nummer {number}.") for number in range(6)]
    assert len(search(town, live, "halt på gångvägen", limit=3)) == 3
    assert len(similar(town, live, first, limit=2)) == 2
