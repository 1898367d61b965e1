from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from matcher.errors import Conflict, EntryNotFound, InvalidInput, NotAllowed, StaleVersion
from matcher.services import entries, erasure
from matcher.services.actor import SYSTEM, Actor
from matcher.services.entries import EntryFilters
from matcher.types import EntryKind, EntryStatus, Role, TimeWindow
from models.records import Entry, EntryVersion, Passage
from tests.matcher.living import draft

EVERYONE = ("officer", "coordinator", "partner", "administrator", "neighbour", "supplier")


def change(town, entry, *, by="officer", version=None, **changes):
    return town.do(entries.change, entry.id, changes, expected_version=version or entry.version, by=by)


def found(town, by="officer", **filters):
    return {entry.id for entry in town.do(entries.list_entries, filters=EntryFilters(**filters), by=by).items}


def test_an_entry_is_kept_as_it_was_sent_beside_what_is_shown(town):
    sent = "<p>Det är  halt!</p> Ring 070-123 45 67. Mvh Anna Andersson"
    entry = town.need(sent, title="Halka  &amp; is", tags=("vinter",), cpv=("90620000",), regions=("SE331",))
    assert entry.title == "Halka & is"
    assert "halt" in entry.text
    assert not any(part in entry.text for part in ("<p>", "070", "Andersson"))
    (version,) = town.do(entries.list_versions, entry.id, by="officer")
    assert (version.number, version.original_text, version.text) == (1, sent, entry.text)
    assert version.member_id == town["officer"].member_id
    assert (entry.tags, entry.cpv, entry.regions) == (("vinter",), ("90620000",), ("SE331",))
    assert (entry.organisation_name, entry.version, entry.status) == ("Exempelstad", 1, EntryStatus.PUBLISHED)
    assert entry.created_at.tzinfo is not None
    assert not entry.is_held


def test_passages_are_slices_of_what_is_shown(town):
    entry = town.need("Det är halt på gångvägen vid skolan. " * 40, title="Halka")
    whole = entry.as_entry().whole_text
    passages = sorted(town.rows(Passage), key=lambda passage: passage.number)
    assert len(passages) > 1
    assert passages[0].start == 0
    assert all(0 <= each.start < each.end <= len(whole) for each in passages)
    assert [each.number for each in passages] == list(range(len(passages)))


def test_a_change_is_a_version_and_the_original_stays(town):
    first = town.need("Det är halt.", estimated_value=Decimal(5), currency="SEK")
    second = change(town, first, text="Det är mörkt.", tags=["kväll", "kväll"], estimated_value=None)
    third = change(town, second, by="coordinator", title="Mörker", starts_on=date(2026, 3, 1))
    assert (third.title, third.text, third.tags) == ("Mörker", "Det är mörkt.", ("kväll",))
    assert (third.estimated_value, third.window) == (None, TimeWindow(starts_on=date(2026, 3, 1)))
    assert third.version > second.version > first.version
    versions = town.do(entries.list_versions, first.id, by="officer")
    assert [(each.number, each.original_text) for each in versions] == [
        (1, "Det är halt."),
        (2, "Det är mörkt."),
        (3, "Det är mörkt."),
    ]
    assert [event.action for event in town.audit(first.id)] == [
        "entry.created",
        "entry.changed",
        "entry.changed",
    ]
    assert town.audit(first.id)[-1].detail == {"fields": ["starts_on", "title"]}


def test_of_two_who_change_an_entry_the_second_is_told(town):
    entry = town.need()
    change(town, entry, text="Den första.")
    with pytest.raises(StaleVersion) as caught:
        change(town, entry, by="coordinator", text="Den andra.")
    assert (caught.value.thing_id, caught.value.expected, caught.value.actual) == (entry.id, 1, 2)
    for work in (entries.publish, entries.withdraw):
        with pytest.raises(StaleVersion):
            town.do(work, entry.id, expected_version=1, by="officer")
    assert town.do(entries.get, entry.id).text == "Den första."
    assert len(town.rows(EntryVersion)) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": None}, "text"),
        ({"text": "<br>"}, "text"),
        ({"text": "x" * 200_001}, "text"),
        ({"title": "x" * 1001}, "title"),
        ({"cpv": ["9062"]}, "cpv"),
        ({"currency": "kr"}, "currency"),
        ({"municipality": "Piteå"}, "municipality"),
        ({"language": "svenska språket"}, "language"),
        ({"tags": [" "]}, "tags"),
        ({"tags": ["x" * 101]}, "tags"),
        ({"regions": ["x" * 21]}, "regions"),
        ({"estimated_value": Decimal(-1)}, "estimated_value"),
        ({"estimated_value": Decimal("NaN")}, "estimated_value"),
        ({"estimated_value": Decimal(10) ** 14}, "estimated_value"),
        ({"starts_on": date(2026, 2, 1), "ends_on": date(2026, 1, 1)}, "ends_on"),
        ({"status": "erased"}, "status"),
        ({"organisation_id": "x"}, "organisation_id"),
        ({"kind": "offering"}, "kind"),
    ],
)
def test_what_cannot_be_used_is_told_by_its_field_and_changes_nothing(town, changes, field):
    entry = town.need()
    with pytest.raises(InvalidInput) as caught:
        change(town, entry, **changes)
    assert caught.value.field == field
    assert caught.value.remedy
    assert town.do(entries.get, entry.id) == entry


def test_a_source_registers_an_id_once(town):
    sent = draft(EntryKind.NEED, "Det är halt.")
    town.do(entries.create, sent, by="officer")
    with pytest.raises(Conflict, match="is registered"):
        town.do(entries.create, sent, by="coordinator")
    town.do(entries.create, sent, by="neighbour")


@pytest.mark.parametrize("status", [EntryStatus.WITHDRAWN, EntryStatus.RESTRICTED, EntryStatus.ERASED])
def test_a_new_entry_is_a_draft_or_published(town, status):
    with pytest.raises(InvalidInput) as caught:
        town.need(status=status)
    assert caught.value.field == "status"


def test_an_entry_is_registered_for_ones_own_organisation(town):
    own = town["officer"].organisation_id
    assert town.need(organisation=own).organisation_id == own
    with pytest.raises(NotAllowed):
        town.need(organisation=town.organisations["Grannköping"])
    with pytest.raises(NotAllowed):
        town.do(entries.create, draft(EntryKind.NEED, "x"), by=Actor("m", None, frozenset({Role.OFFICER})))
    named = town.need(organisation="grannköping", by=SYSTEM)
    assert named.organisation_id == town.organisations["Grannköping"]
    assert town.need(by=SYSTEM).organisation_id is None
    with pytest.raises(InvalidInput) as caught:
        town.need(organisation="Atlantis", by=SYSTEM)
    assert caught.value.field == "organisation"


def test_a_draft_is_seen_by_its_organisation_until_it_is_published(town):
    entry = town.need(status=EntryStatus.DRAFT)
    for person in EVERYONE:
        if person in ("neighbour", "supplier"):
            with pytest.raises(EntryNotFound):
                town.do(entries.get, entry.id, by=person)
        else:
            assert town.do(entries.get, entry.id, by=person).id == entry.id
    town.do(entries.publish, entry.id, expected_version=entry.version, by="partner")
    for person in EVERYONE:
        assert town.do(entries.get, entry.id, by=person).status is EntryStatus.PUBLISHED


def test_a_withdrawn_entry_is_seen_by_its_organisation_and_can_be_published_again(town):
    entry = town.need()
    withdrawn = town.do(entries.withdraw, entry.id, expected_version=entry.version, by="officer")
    assert found(town, by="neighbour") == set()
    assert found(town, by="officer") == {entry.id}
    town.do(entries.publish, entry.id, expected_version=withdrawn.version, by="officer")
    assert found(town, by="neighbour") == {entry.id}
    assert [event.action for event in town.audit(entry.id)] == [
        "entry.created",
        "entry.withdrawn",
        "entry.published",
    ]


def test_nobody_changes_what_belongs_to_another_organisation(town):
    entry = town.need()
    for person in ("neighbour", "neighbours_administrator", "supplier"):
        with pytest.raises(NotAllowed):
            change(town, entry, by=person, text="x")
        for work in (entries.publish, entries.withdraw):
            with pytest.raises(NotAllowed):
                town.do(work, entry.id, expected_version=entry.version, by=person)
    draft_entry = town.need("Utkast.", status=EntryStatus.DRAFT)
    with pytest.raises(EntryNotFound):
        change(town, draft_entry, by="neighbour", text="x")
    with pytest.raises(EntryNotFound):
        change(town, entry, by=Actor("x", None, frozenset()), text="x")


def test_originals_are_for_the_organisations_staff(town):
    entry = town.need()
    for person in ("officer", "coordinator", "administrator"):
        assert len(town.do(entries.list_versions, entry.id, by=person)) == 1
    for person in ("partner", "neighbour", "supplier"):
        with pytest.raises(NotAllowed):
            town.do(entries.list_versions, entry.id, by=person)


def test_a_restricted_entry_can_be_changed_no_more(town):
    entry = town.need()
    town.do(erasure.restrict, entry.id, by="administrator")
    version = town.do(entries.get, entry.id).version
    with pytest.raises(Conflict, match="restricted"):
        change(town, entry, by="administrator", version=version, text="x")


def test_entries_can_be_narrowed(town):
    window = TimeWindow(starts_on=date(2026, 3, 1), ends_on=date(2026, 6, 30))
    labels = {"cpv": ("90620000",), "regions": ("SE331",), "municipality": "2581", "tags": ("vinter",)}
    one = town.need("Halt på gångvägen.", title="Åka skridskor", window=window, **labels)
    other = town.need("Mörkt på gatan.", by="neighbour", cpv=("34000000",))
    seller = town.offering()
    assert found(town) == {one.id, other.id, seller.id}
    assert found(town, kind=EntryKind.NEED) == {one.id, other.id}
    assert found(town, organisation_id=town.organisations["Grannköping"]) == {other.id}
    assert found(town, cpv="906") == {one.id}
    assert found(town, cpv="%") == set()
    assert found(town, region="SE3") == {one.id}
    assert found(town, municipality="2581") == {one.id}
    assert found(town, tag="vinter") == {one.id}
    assert found(town, words="skridsko") == {one.id}
    assert found(town, words="åka") == {one.id}
    assert found(town, words="GATAN") == {other.id}
    assert found(town, words="mörkt") == {other.id}
    assert found(town, words="100%") == set()
    assert found(town, status=EntryStatus.WITHDRAWN) == set()
    assert found(town, source="test") == {one.id, other.id, seller.id}
    summer = TimeWindow(starts_on=date(2026, 7, 1), ends_on=date(2026, 8, 1))
    assert found(town, window=summer) == {other.id, seller.id}
    assert found(town, window=TimeWindow(ends_on=date(2026, 3, 1))) == {one.id, other.id, seller.id}
    assert found(town, changed_after=one.created_at - timedelta(hours=1)) == {one.id, other.id, seller.id}
    assert found(town, changed_after=seller.updated_at) == set()


def test_pages_of_entries_skip_and_repeat_nothing(town):
    made = [town.need(f"Nummer {number}.").id for number in range(7)]
    seen, after = [], None
    while True:
        page = town.do(entries.list_entries, limit=3, after=after, by="officer")
        seen += [entry.id for entry in page.items]
        if (after := page.next_after) is None:
            break
    assert seen == made[::-1]
    for position in (["x"], "x", [1, 2], ["igår", "x"]):
        with pytest.raises(InvalidInput) as caught:
            town.do(entries.list_entries, after=position)
        assert caught.value.field == "cursor"


def test_many_are_given_in_the_order_asked_for_without_what_is_not_seen(town):
    first, second = town.need("Ett."), town.need("Två.")
    hidden = town.need("Tre.", status=EntryStatus.DRAFT)
    asked = [second.id, hidden.id, "none", first.id, second.id]
    assert list(town.do(entries.get_many, asked, by="neighbour")) == [second.id, first.id]


def test_kinds_are_counted(town):
    town.need()
    town.need(status=EntryStatus.DRAFT)
    town.offering()
    assert town.do(entries.count_by_kind, by="neighbour") == {
        EntryKind.NEED: 1,
        EntryKind.IDEA: 0,
        EntryKind.OFFERING: 1,
    }


def test_every_change_takes_the_next_number(town):
    first = town.need("Ett.")
    second = town.need("Två.")
    change(town, first, text="Ett igen.")
    town.do(entries.withdraw, second.id, expected_version=second.version, by="officer")
    numbers = {entry.id: entry.changed_seq for entry in town.rows(Entry)}
    assert numbers == {first.id: 3, second.id: 4}


def test_when_it_came_is_what_its_source_says(town):
    moment = datetime.fromisoformat("2020-02-03T04:05:06+01:00")
    assert town.need(created_at=moment).created_at == moment
