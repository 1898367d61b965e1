import pytest

from matcher.errors import InvalidInput
from matcher.live import LiveMatcher
from matcher.services import merging, writing
from matcher.settings import Settings
from matcher.types import EntryKind, EntryStatus

ICE = "Det är halt på gångvägen vid äldreboendet varje vinter. Mamma vågar inte gå ut. Vi bor på Storgatan."


@pytest.fixture
def live(world, tmp_path):
    settings = Settings(_env_file=None, data_dir=tmp_path)
    return LiveMatcher(world.sessions, settings, encoder=world.encoder)


@pytest.fixture
def ice(world):
    for n, text in enumerate(
        ("Skolmaten är kall och köerna långa.", "Ingen buss går på kvällen.", "Fiber saknas i byn.")
    ):
        world.register(text, "neighbour" if n % 2 else "officer")
    return world.register(ICE, "officer")


def look(world, live, text, by="resident", **options):
    with world.reading() as session:
        return writing.similar_while_writing(session, live, text, actor=world.actors[by], **options)


def test_what_others_wrote_about_the_same_thing_is_shown_with_the_part_that_is_alike(world, live, ice):
    found = look(world, live, "halt på gångvägen vid äldreboendet")
    assert found[0].entry.id == ice
    start, end = found[0].part
    assert found[0].entry.as_entry().whole_text[start:end] == ICE.split(". ")[0] + "."
    assert (found[0].n_supporters, found[0].is_supported) == (1, False)


def test_a_few_letters_find_nothing(world, live, ice):
    for text in ("", "   ", "halt på", "!!! ... ???"):
        assert look(world, live, text) == []


def test_of_what_stands_together_the_face_is_shown_once_with_all_supporters(world, live, ice):
    again = world.register("Det är halt på gångvägen vid äldreboendet hela vintern.", "neighbour")
    with world.sessions.begin() as session:
        merging.merge(session, [ice, again], face_id=again, actor=world.actors["coordinator"])
        merging.support(session, ice, actor=world.actors["resident"])
    found = look(world, live, "halt på gångvägen vid äldreboendet")
    assert [match.entry.id for match in found].count(again) == 1
    assert ice not in {match.entry.id for match in found}
    assert (found[0].n_supporters, found[0].is_supported) == (3, True)


def test_an_offering_is_compared_with_offerings_alone(world, live, ice):
    own = world.register("Vi sandar gångvägen när det är halt.", "supplier", kind=EntryKind.OFFERING)
    found = look(world, live, "halt på gångvägen vid äldreboendet", kind=EntryKind.OFFERING, by="supplier")
    assert [match.entry.id for match in found] == [own]


def test_drafts_are_shown_to_nobody(world, live, ice):
    world.register("Det är halt på gångvägen vid skolan.", "officer", status=EntryStatus.DRAFT)
    found = look(world, live, "halt på gångvägen", by="officer")
    assert all(match.entry.status is EntryStatus.PUBLISHED for match in found)


def test_more_than_is_ever_shown_is_refused(world, live, ice):
    for limit in (0, 21):
        with pytest.raises(InvalidInput):
            look(world, live, "halt på gångvägen", limit=limit)
    assert len(look(world, live, "halt på gångvägen vid äldreboendet", limit=1)) == 1
