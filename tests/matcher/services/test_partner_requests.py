from datetime import timedelta

import pytest

from matcher.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    PartnerRequestNotFound,
    TooManyAttempts,
)
from matcher.services import accounts, erasure, notices, organisations
from matcher.services.accounts import answering, asking
from matcher.services.accounts.asking import PartnerRequestDraft
from matcher.services.actor import SYSTEM, Actor
from matcher.services.organisations import OrganisationDraft
from matcher.settings import Settings
from matcher.types import NoticeKind, OrganisationKind, OrganisationSize, RequestState, Role
from models.records import Member, MemberIdentity, Membership, Organisation, PartnerRequest, utc_now
from models.repositories.members import MemberRepository

NUMBER = "556036-0793"
PASSWORD = "en lång mening om vintern"
SETTINGS = Settings(environment="development", host="127.0.0.1")
CLOSED = Settings(environment="development", host="127.0.0.1", partner_requests="closed")
FIELDS = {
    "organisation_number": NUMBER,
    "name": "Sand & Salt AB",
    "kind": OrganisationKind.SUPPLIER,
    "contact": "Siv Sandberg",
    "email": "Siv@Sand.example",
    "about": "Vi sandar gångvägar.",
}


def ask(town, *, sent_id="one", settings=SETTINGS, **fields):
    """Ask as somebody unknown does; return the request if one was taken in."""
    known = {row.id for row in town.rows(PartnerRequest)}
    with town.sessions.begin() as session:
        draft = PartnerRequestDraft(**FIELDS | fields)
        assert asking.ask(session, draft, sent_id=sent_id, settings=settings) is None
    return next((row for row in town.rows(PartnerRequest) if row.id not in known), None)


def approve(town, request, *, by="administrator", **named):
    return town.do(answering.approve, request.id, by=by, **named)


def register(town, name="Sand AB", kind=OrganisationKind.SUPPLIER, number=NUMBER):
    draft = OrganisationDraft(name=name, kind=kind, organisation_number=number)
    return town.do(organisations.create, draft).id


def add_member(town, organisation_id, *roles, email="boss@sand.example", password=None):
    return town.do(
        accounts.create_member,
        email=email,
        name="Boss",
        organisation_id=organisation_id,
        roles=roles,
        password=password,
    )


def choose_password(town, offered):
    with town.sessions.begin() as session:
        return accounts.reset_password(session, offered.secret, password=PASSWORD)


def roles_of(town, email):
    with town.sessions() as session:
        members = MemberRepository(session)
        member = members.find_by_email(email)
        return {each: members.roles(member.id, each) for each in members.organisations(member.id)}


def test_a_request_makes_neither_organisation_nor_member(town):
    before = len(town.rows(Organisation)), len(town.rows(Member)), len(town.rows(Membership))
    request = ask(town, organisation_number=" 5560360793 ", size=OrganisationSize.SMALL)
    assert (request.organisation_number, request.email) == (NUMBER, "siv@sand.example")
    assert (request.state, request.size) == (RequestState.OPEN, OrganisationSize.SMALL)
    assert (len(town.rows(Organisation)), len(town.rows(Member)), len(town.rows(Membership))) == before
    (event,) = town.audit(request.id)
    assert (event.action, event.member_id) == ("partner_request.received", None)
    assert "Siv" not in str(event.detail)


@pytest.mark.parametrize(
    ("number", "usual"),
    [("SE556036079301", NUMBER), ("NO 923 609 016 MVA", "NO923609016"), ("FI20774740",) * 2],
)
def test_numbers_of_the_nordic_countries_will_do_and_are_registered(town, number, usual):
    request = ask(town, organisation_number=number)
    offered = approve(town, request)
    made = town.do(organisations.get, offered.request.organisation_id)
    assert (request.organisation_number, made.organisation_number) == (usual, usual)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"organisation_number": "556036-0794"}, "organisation_number"),
        ({"organisation_number": "811218-9876"}, "organisation_number"),
        ({"organisation_number": "  "}, "organisation_number"),
        ({"name": " "}, "name"),
        ({"name": "x" * 301}, "name"),
        ({"kind": OrganisationKind.MUNICIPALITY}, "kind"),
        ({"kind": OrganisationKind.OTHER}, "kind"),
        ({"contact": ""}, "contact"),
        ({"email": "siv"}, "email"),
        ({"email": "s\x00iv@sand.example"}, "email"),
        ({"email": "siv@dnas\u202e.example"}, "email"),
        ({"email": "siv\u200b@sand.example"}, "email"),
        ({"email": "siv\x1b[2J@sand.example"}, "email"),
        ({"email": "siv@sand.example?cc=boss"}, "email"),
        ({"email": "other.example,siv@sand.example"}, "email"),
        ({"email": "<b>siv</b>@sand.example"}, "email"),
        ({"about": "\x00"}, "about"),
        ({"about": "x" * 2001}, "about"),
    ],
)
def test_what_cannot_be_used_is_told_by_its_field(town, fields, field):
    with pytest.raises(InvalidInput) as caught:
        ask(town, **fields)
    assert caught.value.field == field
    assert "leave it empty" not in caught.value.remedy
    assert town.rows(PartnerRequest) == []


def test_a_form_that_is_sent_again_is_one_request(town):
    assert ask(town)
    assert ask(town) is None
    assert ask(town, sent_id="two", about="Vi plogar också.") is None
    assert town.rows(PartnerRequest)[0].about == "Vi sandar gångvägar."


def test_what_was_corrected_in_the_same_form_is_a_request_of_its_own(town):
    assert ask(town, email="siv@snd.example")
    assert ask(town, email="siv@sand.example")


def test_the_form_of_a_rejected_request_is_not_taken_in_again_but_a_new_one_is(town):
    request = ask(town)
    town.do(answering.reject, request.id, reason="Fel", by="administrator")
    assert ask(town) is None
    assert ask(town, sent_id="two")


def test_a_flood_is_held_back_without_hiding_what_came_in(town, monkeypatch):
    monkeypatch.setattr(asking, "MOST_AN_HOUR", 2)
    ask(town)
    ask(town, organisation_number="NO923609016")
    assert ask(town) is None
    with pytest.raises(TooManyAttempts):
        ask(town, organisation_number="FI20774740")
    with pytest.raises(TooManyAttempts):
        ask(town, sent_id="two")


def test_who_runs_the_service_may_want_no_requests(town):
    with pytest.raises(NotFound):
        ask(town, settings=CLOSED)
    assert town.rows(PartnerRequest) == []


def test_administrators_of_public_buyers_are_told_once_a_day(town):
    request = ask(town)
    ask(town, organisation_number="NO923609016")
    for person, n_told in (
        ("administrator", 1),
        ("neighbours_administrator", 1),
        ("officer", 0),
        ("supplier", 0),
    ):
        told = town.do(notices.list_notices, by=person).items
        assert len(told) == n_told, person
    told = town.do(notices.list_notices, by="administrator").items[0]
    assert (told.notice.kind, told.notice.thing_id) == (NoticeKind.PARTNER_REQUEST, request.id)
    assert told.path == "/requests"
    assert "Siv" not in told.heading + told.sentence


def test_an_approval_registers_the_organisation_and_makes_a_partner_of_the_person(town):
    request = ask(town, size=OrganisationSize.MICRO)
    offered = approve(town, request)
    made = town.do(organisations.get, offered.request.organisation_id)
    assert (made.name, made.kind, made.size) == ("Sand & Salt AB", "supplier", OrganisationSize.MICRO)
    assert made.organisation_number == NUMBER
    assert roles_of(town, "siv@sand.example") == {made.id: {Role.PARTNER}}
    assert not offered.is_invitation
    assert offered.path == f"/reset/{offered.secret}"
    assert choose_password(town, offered).id
    assert (offered.request.state, offered.request.decided_by) == (RequestState.APPROVED, "Administrator")
    events = [(each.action, each.organisation_id, each.member_id) for each in town.audit()]
    who = town["administrator"].member_id
    assert ("partner_request.approved", town.organisations["Exempelstad"], who) in events
    assert ("organisation.created", made.id, who) in events
    assert ("member.created", made.id, who) in events


def test_a_request_is_answered_once(town):
    request = ask(town)
    approve(town, request)
    with pytest.raises(Conflict):
        approve(town, request)
    with pytest.raises(Conflict):
        town.do(answering.reject, request.id, reason="Nej", by="administrator")
    assert len([each for each in town.rows(Organisation) if each.organisation_number == NUMBER]) == 1


@pytest.mark.parametrize("person", ["officer", "coordinator", "partner", "neighbour", "supplier"])
def test_nobody_but_administrators_answers_or_reads_requests(town, person):
    request = ask(town)
    for service, named in (
        (answering.approve, {}),
        (answering.reject, {"reason": "Nej"}),
        (answering.get_request, {}),
        (answering.offer_again, {}),
    ):
        with pytest.raises(NotAllowed):
            town.do(service, request.id, by=person, **named)
    with pytest.raises(NotAllowed):
        town.do(answering.list_requests, by=person)
    assert town.do(answering.count_open, by=person) == 0


def competitor(town, organisation="Isfritt AB"):
    """An administrator of somebody who sells."""
    return Actor(
        town["supplier"].member_id, town.organisations[organisation], frozenset({Role.ADMINISTRATOR})
    )


def test_who_sells_does_not_learn_who_else_asks(town):
    request = ask(town)
    assert town.do(answering.list_requests, by=competitor(town)).items == []
    assert town.do(answering.count_open, by=competitor(town)) == 0
    for service, named in ((answering.approve, {}), (answering.reject, {"reason": "Nej"})):
        with pytest.raises(PartnerRequestNotFound):
            town.do(service, request.id, by=competitor(town), **named)


def test_a_rejection_needs_a_reason_and_keeps_it(town):
    request = ask(town)
    for reason in (" ", "x" * 2001):
        with pytest.raises(InvalidInput) as caught:
            town.do(answering.reject, request.id, reason=reason, by="administrator")
        assert caught.value.field == "reason"
    view = town.do(answering.reject, request.id, reason=" Numret är någon annans. ", by="administrator")
    assert (view.state, view.reason) == (RequestState.REJECTED, "Numret är någon annans.")
    assert town.audit(request.id)[-1].action == "partner_request.rejected"
    assert "annans" not in str(town.audit(request.id)[-1].detail)
    assert town.do(answering.count_open, by="administrator") == 0


def test_requests_are_listed_the_latest_first_by_state_and_page_by_page(town):
    numbers = ("556036-0793", "NO923609016", "FI20774740")
    requests = [ask(town, organisation_number=number) for number in numbers]
    town.do(answering.reject, requests[0].id, reason="Nej", by="administrator")
    assert town.do(answering.count_open, by="neighbours_administrator") == 2
    found, after = [], None
    while True:
        page = town.do(answering.list_requests, by="administrator", limit=1, after=after)
        found += [each.request.organisation_number for each in page.items]
        if (after := page.next_after) is None:
            break
    assert found == [*reversed(numbers)]
    rejected = town.do(answering.list_requests, by="administrator", state=RequestState.REJECTED).items
    assert [each.request.id for each in rejected] == [requests[0].id]


@pytest.mark.parametrize("kept_as", [NUMBER, "SE556036079301"])
def test_who_asks_for_a_registered_organisation_is_added_to_it_if_the_approver_says_so(town, kept_as):
    own = register(town)
    with town.sessions.begin() as session:
        session.get(Organisation, own).organisation_number = kept_as
    request = ask(town)
    shown = town.do(answering.get_request, request.id, by="administrator")
    assert (shown.existing.id, shown.may_approve) == (own, True)
    with pytest.raises(Conflict, match="registered already"):
        approve(town, request)
    offered = approve(town, request, joins=True)
    assert offered.request.organisation_id == own
    assert roles_of(town, "siv@sand.example") == {own: {Role.PARTNER}}
    assert town.do(organisations.get, own).name == "Sand AB"


def test_nobody_is_added_to_an_organisation_that_is_not_there(town):
    with pytest.raises(Conflict, match="No organisation"):
        approve(town, ask(town), joins=True)
    assert not [each for each in town.rows(Organisation) if each.organisation_number == NUMBER]


def test_an_organisation_with_an_administrator_of_its_own_decides_itself(town):
    own = register(town)
    boss = add_member(town, own, Role.ADMINISTRATOR)
    request = ask(town)
    assert not town.do(answering.get_request, request.id, by="administrator").may_approve
    with pytest.raises(NotAllowed):
        approve(town, request, joins=True)
    actor = Actor(boss.id, own, frozenset({Role.ADMINISTRATOR}))
    assert town.do(answering.count_open, by=actor) == 1
    assert [each.may_approve for each in town.do(answering.list_requests, by=actor).items] == [True]
    approve(town, request, by=actor, joins=True)
    assert roles_of(town, "siv@sand.example") == {own: {Role.PARTNER}}


def test_nobody_is_let_into_another_public_buyer(town):
    register(town, "Nordby", OrganisationKind.MUNICIPALITY, "212000-2643")
    request = ask(town, organisation_number="212000-2643")
    with pytest.raises(NotAllowed):
        approve(town, request, joins=True)
    assert town.do(answering.reject, request.id, reason="Er kommun bjuder in", by="administrator")


def test_a_link_never_opens_an_account_that_was_there(town):
    other = town.organisations["Isfritt AB"]
    add_member(town, other, Role.PARTNER, email="siv@sand.example", password=PASSWORD)
    offered = approve(town, ask(town))
    assert (offered.is_invitation, offered.path) == (True, f"/invitation/{offered.secret}")
    made = offered.request.organisation_id
    assert set(roles_of(town, "siv@sand.example")) == {other}
    with town.sessions.begin() as session, pytest.raises(InvalidInput):
        accounts.accept_invitation(session, offered.secret, name="Siv", password="en annan lång mening")
    with town.sessions.begin() as session:
        accounts.accept_invitation(session, offered.secret, name="Siv", password=PASSWORD)
    assert roles_of(town, "siv@sand.example")[made] == {Role.PARTNER}


def test_who_left_another_organisation_comes_back_with_the_old_password_and_no_other(town):
    former = register(town, "Annan AB", number="FI20774740")
    add_member(town, former, Role.ADMINISTRATOR)
    member = add_member(town, former, Role.PARTNER, email="siv@sand.example", password=PASSWORD)
    town.do(accounts.deactivate, member.id, organisation_id=former)
    offered = approve(town, ask(town))
    with town.sessions.begin() as session:
        with pytest.raises(InvalidInput):
            accounts.accept_invitation(session, offered.secret, name="Siv", password=PASSWORD + "!")
        assert not session.get(Member, member.id).is_active
        accounts.accept_invitation(session, offered.secret, name="Siv", password=PASSWORD)
        accounts.sign_in(session, email="siv@sand.example", password=PASSWORD)
    assert roles_of(town, "siv@sand.example") == {offered.request.organisation_id: {Role.PARTNER}}


def test_a_lost_link_is_replaced_until_the_account_is_used(town):
    request = ask(town)
    first = approve(town, request)
    second = town.do(answering.offer_again, request.id, by="neighbours_administrator")
    with pytest.raises(InvalidInput):
        choose_password(town, first)
    choose_password(town, second)
    with pytest.raises(Conflict, match="in use"):
        town.do(answering.offer_again, request.id, by="administrator")


def test_an_account_that_a_provider_knows_is_in_use(town):
    request = ask(town)
    approve(town, request)
    with town.sessions.begin() as session:
        member = MemberRepository(session).find_by_email("siv@sand.example")
        session.add(MemberIdentity(issuer="https://id.example", subject="1", member_id=member.id))
    with pytest.raises(Conflict, match="in use"):
        town.do(answering.offer_again, request.id, by="administrator")


def test_somebody_who_is_a_member_already_is_not_made_one_again(town):
    own = register(town)
    add_member(town, own, Role.PARTNER, email="siv@sand.example", password=PASSWORD)
    request = ask(town)
    with pytest.raises(Conflict, match="in use"):
        approve(town, request, joins=True)
    assert town.do(answering.get_request, request.id).request.state is RequestState.OPEN


def test_no_link_is_made_for_what_is_not_approved(town):
    request = ask(town)
    with pytest.raises(Conflict, match="not approved"):
        town.do(answering.offer_again, request.id, by="administrator")


def bytes_of(town):
    return b"".join(file.read_bytes() for file in town.path.parent.glob("town.db*"))


def test_retention_takes_person_and_texts_out_of_old_requests_alone(town):
    rejected = ask(town, contact="Zwingelberg", email="zwingelberg@a.example", about="Quackenbrück")
    town.do(answering.reject, rejected.id, reason="Xerxesgatan", by="administrator")
    unanswered = ask(town, organisation_number="NO923609016", contact="Zwingelberg")
    approved = ask(town, organisation_number="FI20774740", email="x@y.example", about="Quackenbrück")
    made = approve(town, approved).request.organisation_id
    later = utc_now() + timedelta(days=31)
    with town.sessions.begin() as session:
        session.get(PartnerRequest, approved.id).decided_at = later
    recent = ask(town, organisation_number="DK13585628")
    with town.sessions.begin() as session:
        session.get(PartnerRequest, recent.id).created_at = later
    town.do(erasure.run_retention, days=0, now=later + timedelta(days=1))
    assert all(row.email for row in town.rows(PartnerRequest))
    town.do(erasure.run_retention, days=30, now=later + timedelta(days=1))
    rows = {row.id: row for row in town.rows(PartnerRequest)}
    assert (rows[rejected.id].state, rows[unanswered.id].state) == (
        RequestState.REJECTED,
        RequestState.LAPSED,
    )
    for gone in (rejected.id, unanswered.id):
        row = rows[gone]
        assert (row.contact, row.email, row.about, row.reason) == ("", "", "", "")
        assert row.organisation_number and row.sent_digest == gone
        assert town.audit(gone)[-1].action == "partner_request.emptied"
    assert rows[recent.id].email and rows[approved.id].email
    for word in (b"Zwingelberg", b"zwingelberg", b"Xerxesgatan"):
        assert word not in bytes_of(town)
    town.do(erasure.run_retention, days=30, now=later + timedelta(days=31))
    assert not [row for row in town.rows(PartnerRequest) if row.email or row.about]
    assert b"Quackenbr" not in bytes_of(town)
    assert roles_of(town, "x@y.example") == {made: {Role.PARTNER}}


def test_what_was_emptied_can_be_answered_no_more(town):
    request = ask(town)
    town.do(erasure.run_retention, days=1, now=utc_now() + timedelta(days=2))
    with pytest.raises(Conflict):
        approve(town, request)
    shown = town.do(answering.get_request, request.id, by="administrator")
    assert (shown.may_approve, shown.request.email) == (False, "")


def test_the_program_itself_may_answer_what_is_asked(town):
    register(town, "Nordby", OrganisationKind.MUNICIPALITY, "212000-2643")
    offered = approve(town, ask(town, organisation_number="212000-2643"), by=SYSTEM, joins=True)
    assert choose_password(town, offered).id
