import pytest

from matcher.encoders.hashing import HashingEncoder
from matcher.encoders.joined import JoinedEncoder
from matcher.errors import Conflict, EntryNotFound, InvalidInput, NotAllowed, StaleVersion, ThemeNotFound
from matcher.services import entries, erasure, theme_search, themes
from matcher.services.actor import SYSTEM
from matcher.types import EntryKind, EntryStatus, ThemeEventKind, ThemeState
from tests.matcher.services.grouping.world import TopicEncoder

N = 8
TOPICS = ("Halka", "Bussen", "Skolan")


@pytest.fixture
def topics(world):
    """Entries of three topics by their first word, registered by two municipalities."""
    world.encoder = TopicEncoder()
    return {
        topic: [add(world, topic, n, "neighbour" if n % 2 else "officer") for n in range(N)]
        for topic in TOPICS
    }


def add(world, topic, n, by="officer", **more):
    return world.register(f"{topic} nummer {n} i {topic.lower()}området, brev {n * 7}", by, **more)


def run(world, by="coordinator", **options):
    with world.sessions.begin() as session:
        return theme_search.refresh(session, world.encoder, actor=world.actors[by], **options)


def join(world):
    with world.sessions.begin() as session:
        return theme_search.join_new(session, world.encoder)


def listed(world, by="coordinator", **options):
    with world.reading() as session:
        return themes.list_themes(session, actor=world.actors[by], **options).items


def theme_of(world, entry_id):
    with world.reading() as session:
        found = themes.of_entries(session, [entry_id], actor=SYSTEM)
    return found[entry_id].id if entry_id in found else None


def members(world, theme_id, by="coordinator"):
    with world.reading() as session:
        page = themes.list_members(session, theme_id, actor=world.actors[by], limit=100)
    return {view.entry.id for view in page.items}


def events(world, theme_id):
    with world.reading() as session:
        return themes.list_events(session, theme_id, actor=SYSTEM).items


def change(world, function, *arguments, by="coordinator", **options):
    with world.sessions.begin() as session:
        return function(session, *arguments, actor=world.actors[by], **options)


def withdraw(world, entry_id):
    with world.sessions.begin() as session:
        version = entries.get(session, entry_id, actor=SYSTEM).version
        entries.withdraw(session, entry_id, expected_version=version, actor=SYSTEM)


def test_entries_about_one_thing_are_one_theme_over_all_organisations(world, topics):
    saved = run(world)
    assert (saved.n_themes, saved.n_new, saved.n_outside) == (3, 3, 0)
    found = listed(world)
    assert {frozenset(members(world, theme.id)) for theme in found} == {
        frozenset(ids) for ids in topics.values()
    }
    assert all((theme.n_members, theme.n_organisations) == (N, 2) for theme in found)
    assert all(theme.name_sv and theme.name_en and theme.example is not None for theme in found)
    assert [event.kind for event in events(world, found[0].id)] == [ThemeEventKind.BIRTH]


def test_names_come_from_what_sets_a_theme_apart(world, topics):
    run(world)
    theme = next(each for each in listed(world) if each.id == theme_of(world, topics["Halka"][0]))
    assert "halka" in (*theme.terms_sv, theme.name_sv.lower()) or "halkaområdet" in theme.terms_sv


def test_names_hold_what_is_near_to_the_theme_where_words_are_quickly_compared(world):
    world.encoder = JoinedEncoder([(TopicEncoder(), 1.0), (HashingEncoder(), 1.0)], name="both")
    assert run(world).n_themes == 0
    for topic, thing in (("Halka", "trottoar"), ("Bussen", "hållplats"), ("Skolan", "klassrum")):
        for n in range(N):
            world.register(f"{topic} {thing} {'xyz'[n % 3]}ylofon {n}")
    with world.reading() as session:
        given = theme_search.load(session, world.encoder)
    assert given.words is world.encoder.encoders[-1]
    named = {theme.name.terms_sv for theme in theme_search.find(given).themes if theme.name}
    assert {"trottoar", "hållplats", "klassrum"} <= {term for terms in named for term in terms}
    assert not any("ylofon" in term for terms in named for term in terms)


def test_the_same_again_keeps_ids_and_names(world, topics):
    run(world)
    before = {theme.id: (theme.name_sv, theme.name_en, theme.version) for theme in listed(world)}
    saved = run(world)
    assert (saved.n_new, saved.n_ended) == (0, 0)
    assert {theme.id: (theme.name_sv, theme.name_en, theme.version) for theme in listed(world)} == before


def test_ids_survive_new_and_withdrawn_entries(world, topics):
    run(world)
    ids = {topic: theme_of(world, some[5]) for topic, some in topics.items()}
    for topic in TOPICS:
        withdraw(world, topics[topic][0])
        add(world, topic, 50)
    add(world, "Vatten", 1), add(world, "Vatten", 2), add(world, "Vatten", 3), add(world, "Vatten", 4)
    saved = run(world)
    assert saved.n_new == 1
    assert {topic: theme_of(world, some[5]) for topic, some in topics.items()} == ids


def test_new_entries_join_without_a_run_and_strangers_stay_outside(world, topics):
    run(world)
    known, stranger = add(world, "Halka", 99), add(world, "Rymden", 1)
    assert join(world) == {known: theme_of(world, topics["Halka"][0])}
    assert theme_of(world, stranger) is None
    theme = next(each for each in listed(world) if each.id == theme_of(world, known))
    assert theme.n_members == N + 1
    with world.reading() as session:
        outside = themes.outside(session, actor=SYSTEM)
    assert (outside.n_outside, outside.n_entries) == (1, 3 * N + 2)
    assert 0 < outside.share < 0.1
    assert join(world) == {}


def test_a_theme_that_loses_its_entries_ends(world, topics):
    run(world)
    theme_id = theme_of(world, topics["Halka"][0])
    for entry_id in topics["Halka"]:
        withdraw(world, entry_id)
    assert run(world).n_ended == 1
    with world.reading() as session:
        assert themes.get(session, theme_id, actor=SYSTEM).state is ThemeState.ENDED
    assert events(world, theme_id)[0].kind is ThemeEventKind.DEATH
    with world.reading() as session:
        latest, *earlier = themes.list_all_events(session, actor=SYSTEM).items
    assert (latest.theme_id, latest.kind, len(earlier)) == (theme_id, ThemeEventKind.DEATH, len(TOPICS))
    assert latest.name_sv


def test_a_name_that_a_person_gave_survives_every_run(world, topics):
    run(world)
    theme_id = theme_of(world, topics["Halka"][0])
    view = change(world, themes.rename, theme_id, name_sv="Isfria  vägar", name_en="Roads without ice")
    assert (view.name_sv, view.is_named) == ("Isfria vägar", True)
    for topic in TOPICS:
        for n in range(60, 75):
            add(world, topic, n)
    run(world)
    theme = next(each for each in listed(world) if each.id == theme_id)
    assert (theme.name_sv, theme.name_en) == ("Isfria vägar", "Roads without ice")
    assert events(world, theme_id)[0].detail["before"]["sv"] != "Isfria vägar"


def test_a_named_theme_outlives_its_entries(world, topics):
    run(world)
    theme_id = theme_of(world, topics["Halka"][0])
    change(world, themes.rename, theme_id, name_sv="Isfria vägar")
    for entry_id in topics["Halka"]:
        withdraw(world, entry_id)
    run(world)
    with world.reading() as session:
        view = themes.get(session, theme_id, actor=SYSTEM)
    assert (view.state, view.n_members) == (ThemeState.ALIVE, 0)


def test_a_merge_survives_every_run(world, topics):
    run(world)
    halka, bussen = (theme_of(world, topics[topic][0]) for topic in ("Halka", "Bussen"))
    view = change(world, themes.merge, bussen, halka)
    assert view.n_members == 2 * N
    add(world, "Bussen", 70)
    run(world)
    run(world)
    assert {theme_of(world, each) for each in topics["Bussen"] + topics["Halka"]} == {halka}
    with world.reading() as session:
        gone = themes.get(session, bussen, actor=SYSTEM)
    assert (gone.state, gone.merged_into_id) == (ThemeState.MERGED, halka)
    with pytest.raises(Conflict):
        change(world, themes.merge, bussen, halka)
    with pytest.raises(Conflict):
        change(world, themes.merge, halka, halka)


def test_a_split_survives_every_run(world, topics):
    run(world)
    theme_id = theme_of(world, topics["Halka"][0])
    view = change(world, themes.split, theme_id, topics["Halka"][:3], name_sv="Broddar")
    assert (view.n_members, view.is_named) == (3, True)
    for _ in range(2):
        add(world, "Halka", 80 + world.n)
        run(world)
    assert members(world, view.id) >= set(topics["Halka"][:3])
    assert set(topics["Halka"][3:]) <= members(world, theme_id)
    with pytest.raises(InvalidInput):
        change(world, themes.split, theme_id, topics["Skolan"][:2], name_sv="Fel")


def test_a_moved_entry_stays_until_it_is_let_go(world, topics):
    run(world)
    halka, skolan = (theme_of(world, topics[topic][0]) for topic in ("Halka", "Skolan"))
    moved = topics["Skolan"][1]
    change(world, themes.place, halka, [moved])
    for _ in range(2):
        run(world)
    assert theme_of(world, moved) == halka
    change(world, themes.unpin, moved)
    run(world)
    assert theme_of(world, moved) == skolan
    with pytest.raises(Conflict):
        change(world, themes.unpin, moved)


def test_an_entry_outside_can_be_put_into_a_theme(world, topics):
    run(world)
    stranger = add(world, "Rymden", 1)
    halka = theme_of(world, topics["Halka"][0])
    change(world, themes.place, halka, [stranger])
    run(world)
    assert theme_of(world, stranger) == halka


def test_what_changes_while_a_run_is_under_way_is_not_lost(world, topics):
    run(world)
    with world.sessions.begin() as session:
        given = theme_search.load(session, world.encoder)
    found = theme_search.find(given)
    halka = theme_of(world, topics["Halka"][0])
    change(world, themes.rename, halka, name_sv="Isfria vägar")
    with pytest.raises(Conflict), world.sessions.begin() as session:
        theme_search.save(session, found, actor=SYSTEM)
    assert next(each for each in listed(world) if each.id == halka).name_sv == "Isfria vägar"


def test_of_two_who_change_a_theme_at_once_the_second_is_told(world, topics):
    run(world)
    theme = listed(world)[0]
    change(world, themes.rename, theme.id, name_sv="En", expected_version=theme.version)
    with pytest.raises(StaleVersion):
        change(world, themes.rename, theme.id, name_sv="Två", expected_version=theme.version, by="neighbour")


def test_growth_is_told_by_month(world, topics):
    run(world)
    with world.reading() as session:
        months = themes.growth(session, theme_of(world, topics["Halka"][0]), actor=SYSTEM)
    assert sum(month.n_new for month in months) == months[-1].n_total == N


def test_each_sees_only_entries_that_it_may_see(world, topics):
    run(world)
    halka = theme_of(world, topics["Halka"][0])
    withdraw(world, topics["Halka"][0])
    assert topics["Halka"][0] in members(world, halka)
    assert topics["Halka"][0] not in members(world, halka, by="neighbour")


def test_an_erased_entry_is_in_no_theme(world, topics):
    run(world)
    with world.sessions.begin() as session:
        erasure.erase(session, topics["Halka"][0], actor=SYSTEM)
    assert theme_of(world, topics["Halka"][0]) is None
    assert all(theme.example is None or theme.example.text for theme in listed(world))


def test_who_may_not_is_told(world, topics):
    run(world)
    theme = listed(world)[0]
    for by in ("partner", "supplier", "administrator"):
        with pytest.raises(NotAllowed):
            change(world, themes.rename, theme.id, name_sv="Nej", by=by)
    with pytest.raises(NotAllowed):
        run(world, by="partner")


def test_bad_input_is_refused(world, topics):
    run(world)
    theme = listed(world)[0]
    with pytest.raises(ThemeNotFound):
        change(world, themes.rename, "nothing", name_sv="X")
    for names in ({}, {"name_sv": " "}, {"name_en": "x" * 301}):
        with pytest.raises(InvalidInput):
            change(world, themes.rename, theme.id, **names)
    offering = world.register("Halka nummer ett", "supplier", kind=EntryKind.OFFERING)
    draft = world.register("Halka utkast", "coordinator", status=EntryStatus.DRAFT)
    for ids in ([], [offering], [draft]):
        with pytest.raises(InvalidInput):
            change(world, themes.place, theme.id, ids)
    with pytest.raises(EntryNotFound):
        change(world, themes.place, theme.id, ["nothing"])


def test_one_giant_theme_is_no_error(world):
    world.encoder = TopicEncoder(spread=0.1)
    for n in range(40):
        add(world, "Halka", n)
    assert run(world).n_themes >= 1


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_entries_are_no_theme(world, n):
    world.encoder = TopicEncoder()
    for each in range(n):
        add(world, "Halka", each)
    assert run(world).n_themes == 0
    assert join(world) == {}
