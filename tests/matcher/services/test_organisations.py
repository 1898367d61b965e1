from collections import Counter

import pytest

from matcher.errors import Conflict, InvalidInput, NotAllowed, OrganisationNotFound, StaleVersion
from matcher.sample.loading import load_sample
from matcher.services import organisations
from matcher.services.actor import Actor
from matcher.services.organisations import OrganisationDraft
from matcher.types import OrganisationKind, OrganisationSize, Role
from models.records import Organisation


def make(town, name="Älvdalens kommun", *, by="administrator", **fields):
    fields.setdefault("kind", OrganisationKind.MUNICIPALITY)
    return town.do(organisations.create, OrganisationDraft(name=name, **fields), by=by)


def test_an_organisation_is_registered_with_its_number_in_the_usual_form(town):
    made = make(
        town,
        "  Skellefteå   kommun ",
        organisation_number="2120002643",
        municipality="2482",
        languages=("sv", "fi"),
    )
    assert (made.name, made.organisation_number, made.version) == ("Skellefteå kommun", "212000-2643", 1)
    assert town.do(organisations.get, made.id, by="supplier") == made
    for name in (made.id, "212000-2643", "skellefteå KOMMUN"):
        assert town.do(organisations.find, name, by="supplier") == made
    assert town.audit(made.id)[0].action == "organisation.created"


def test_only_administrators_register_organisations(town):
    for person in ("officer", "partner", "supplier"):
        with pytest.raises(NotAllowed):
            make(town, by=person)


@pytest.mark.parametrize("number", ["212000-2644", "811218-9876", "hej", "SE212000264399", "1"])
def test_a_wrong_number_is_told_with_a_remedy(town, number):
    with pytest.raises(InvalidInput) as caught:
        make(town, organisation_number=number)
    assert caught.value.field == "organisation_number"
    assert "212000-2643" in caught.value.remedy
    assert number not in str(caught.value)


@pytest.mark.parametrize("number", ["FI20774740", "dk13585628", "NO923609016"])
def test_a_number_of_another_country_will_do(town, number):
    assert make(town, organisation_number=number).organisation_number == number.upper()


def test_a_swedish_vat_number_is_the_organisation_number_in_it(town):
    assert make(town, organisation_number="SE212000264301").organisation_number == "212000-2643"
    with pytest.raises(Conflict, match="registered already"):
        make(town, "En annan", organisation_number="212000-2643")


def test_a_vat_number_that_was_registered_as_it_came_is_known_as_well(town):
    made = make(town, organisation_number="212000-2643")
    with town.sessions.begin() as session:
        session.get(Organisation, made.id).organisation_number = "SE212000264301"
    with pytest.raises(Conflict, match="registered already"):
        make(town, "En annan", organisation_number="2120002643")


def test_a_number_is_registered_once(town):
    make(town, organisation_number="212000-2643")
    with pytest.raises(Conflict, match="registered already"):
        make(town, "En annan", organisation_number="2120002643")


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"name": " "}, "name"), ({"name": "x" * 301}, "name"), ({"municipality": "9999"}, "municipality")],
)
def test_what_cannot_be_used_is_told_by_its_field(town, fields, field):
    with pytest.raises(InvalidInput) as caught:
        make(town, **{"name": "A", **fields})
    assert caught.value.field == field


def test_a_name_that_several_bear_names_none_of_them(town):
    first, second = make(town, "Tvillingarna"), make(town, "tvillingarna")
    with pytest.raises(OrganisationNotFound):
        town.do(organisations.find, "Tvillingarna")
    for each in (first, second):
        assert town.do(organisations.find, each.id) == each
    with pytest.raises(OrganisationNotFound):
        town.do(organisations.find, "Atlantis")
    with pytest.raises(OrganisationNotFound):
        town.do(organisations.get, "none")


def test_an_organisation_is_changed_by_its_own_administrator(town):
    own = town.organisations["Exempelstad"]
    for person in ("officer", "neighbours_administrator"):
        with pytest.raises(NotAllowed):
            town.do(organisations.change, own, {"place": "Norr"}, expected_version=1, by=person)
    changed = town.do(
        organisations.change,
        own,
        {"place": "Norr", "name": "Nya staden"},
        expected_version=1,
        by="administrator",
    )
    assert (changed.place, changed.name, changed.version) == ("Norr", "Nya staden", 2)
    assert town.do(organisations.find, "nya STADEN").id == own
    with pytest.raises(OrganisationNotFound):
        town.do(organisations.find, "Exempelstad")
    with pytest.raises(StaleVersion):
        town.do(organisations.change, own, {"place": "Söder"}, expected_version=1, by="administrator")


def test_nobody_makes_a_buyer_of_itself(town):
    own = town.organisations["Exempelstad"]
    with pytest.raises(NotAllowed):
        town.do(organisations.change, own, {"kind": "supplier"}, expected_version=1, by="administrator")
    with pytest.raises(InvalidInput) as caught:
        town.do(
            organisations.change, own, {"organisation_number": "x"}, expected_version=1, by="administrator"
        )
    assert caught.value.field == "organisation_number"
    changed = town.do(organisations.change, own, {"kind": "region"}, expected_version=1)
    assert changed.kind is OrganisationKind.REGION


def size(town, organisation_id, value, *, by):
    view = town.do(organisations.get, organisation_id)
    changes = {"size": value}
    return town.do(organisations.change, organisation_id, changes, expected_version=view.version, by=by).size


def test_an_organisation_tells_its_size_and_takes_it_back(town):
    own = town.organisations["Isfritt AB"]
    assert town.do(organisations.get, own).size is None
    assert size(town, own, "micro", by="supplier") is OrganisationSize.MICRO
    assert town.do(organisations.get, own, by="officer").size is OrganisationSize.MICRO
    assert town.audit(own)[-1].detail["fields"] == ["size"]
    assert size(town, own, None, by="supplier") is None


def test_partners_change_nothing_but_the_size(town):
    own = town.organisations["Isfritt AB"]
    for changes in ({"place": "Norr"}, {"place": "Norr", "size": "small"}):
        with pytest.raises(NotAllowed):
            town.do(organisations.change, own, changes, expected_version=1, by="supplier")


def test_a_buyers_administrator_tells_the_size_of_whom_nobody_acts_for(town):
    unclaimed = make(town, "Sand AB", kind=OrganisationKind.SUPPLIER).id
    assert size(town, unclaimed, "small", by="administrator") is OrganisationSize.SMALL
    assert size(town, unclaimed, "medium", by="neighbours_administrator") is OrganisationSize.MEDIUM
    for person in ("officer", "partner", "supplier"):
        with pytest.raises(NotAllowed):
            size(town, unclaimed, "large", by=person)
    with pytest.raises(NotAllowed):
        size(town, town.organisations["Isfritt AB"], "large", by="administrator")
    views = town.do(organisations.list_organisations).items
    found = town.do(organisations.sizeable, views, by="administrator")
    assert [each.name for each in found] == ["Sand AB"]
    assert town.do(organisations.sizeable, views, by="supplier") == []


def test_a_competitor_with_an_administrator_tells_nobody_elses_size(town):
    unclaimed = make(town, "Sand AB", kind=OrganisationKind.SUPPLIER).id
    roles = frozenset({Role.ADMINISTRATOR, Role.PARTNER})
    competitor = Actor(town["supplier"].member_id, town.organisations["Isfritt AB"], roles)
    with pytest.raises(NotAllowed):
        size(town, unclaimed, "large", by=competitor)


def test_a_public_buyer_has_no_size(town):
    with pytest.raises(InvalidInput) as caught:
        make(town, size=OrganisationSize.LARGE)
    assert caught.value.field == "size"
    with pytest.raises(InvalidInput):
        size(town, town.organisations["Exempelstad"], "large", by="administrator")
    supplier = make(town, "Sand AB", kind=OrganisationKind.SUPPLIER, size=OrganisationSize.LARGE)
    assert supplier.size is OrganisationSize.LARGE
    with pytest.raises(InvalidInput):
        town.do(organisations.change, supplier.id, {"kind": "region"}, expected_version=1)


def test_the_suppliers_of_the_sample_are_of_every_size_most_of_them_small(town):
    load_sample(town.sessions)
    kind = OrganisationKind.SUPPLIER
    found = town.do(organisations.list_organisations, kind=kind, limit=100).items
    sizes = Counter(each.size for each in found if each.id != town.organisations["Isfritt AB"])
    assert sizes == {"micro": 22, "small": 23, "medium": 10, "large": 3}


def test_organisations_are_listed_by_name_page_by_page(town):
    for name in ("Ö kommun", "a kommun", "B kommun"):
        make(town, name)
    found, after = [], None
    while True:
        page = town.do(organisations.list_organisations, limit=2, after=after, by="supplier")
        found += [each.name for each in page.items]
        if (after := page.next_after) is None:
            break
    assert found == ["a kommun", "B kommun", "Exempelstad", "Grannköping", "Isfritt AB", "Ö kommun"]
    suppliers = town.do(organisations.list_organisations, kind=OrganisationKind.SUPPLIER).items
    assert [each.name for each in suppliers] == ["Isfritt AB"]
