import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from docx import Document
from sqlalchemy import text

from matcher.errors import CaseNotFound, Conflict, EntryNotFound, InvalidInput, NotAllowed, StaleVersion
from matcher.procurement.procedures import Procedure, Why
from matcher.procurement.thresholds import Standing
from matcher.services import (
    case_dialogue,
    case_papers,
    case_parts,
    case_procedures,
    cases,
    entries,
    erasure,
    joint_need_search,
    joint_needs,
)
from matcher.services.actor import SYSTEM
from matcher.services.case_dialogue import DialogueKind, TalkDraft
from matcher.types import CaseState, EntryKind, EntryStatus, JointNeedState
from models.database import translate_errors
from models.records import DialogueEntry, JointNeed
from tests.matcher.services.grouping.world import TopicEncoder

TODAY = date(2025, 3, 1)
NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


def do(world, function, *arguments, by="officer", **options):
    with translate_errors(), world.sessions.begin() as session:
        return function(session, *arguments, actor=world.actors[by], **options)


@pytest.fixture
def needs(world):
    worth = {"estimated_value": Decimal(300_000), "currency": "SEK"}
    return [
        world.register("Det är halt på gångvägen.", "officer", cpv=("90620000",), **worth),
        world.register("Halt vid torget.", "neighbour"),
    ]


@pytest.fixture
def offering(world):
    return world.register("Vi sandar gångvägar.", "supplier", kind=EntryKind.OFFERING, title="Sand")


@pytest.fixture
def case(world, needs, offering):
    return do(world, cases.create, title=" Isfria vägar ", need_ids=needs, offering_ids=[offering])


def test_a_case_holds_needs_offerings_and_their_organisations(world, case, needs, offering):
    assert (case.title, case.state) == ("Isfria vägar", CaseState.NEED)
    assert [need.id for need in case.needs] == needs
    assert [each.id for each in case.offerings] == [offering]
    assert [(each.name, each.is_leading) for each in case.organisations] == [
        ("Exempelstad", True),
        ("Grannköping", False),
    ]
    assert case.owner_name == "Officer"


def test_where_nobody_looked_for_offerings_none_is_no_sign_that_nothing_fits(world, needs):
    def hinted(case):
        with world.reading() as session:
            (told,) = case_procedures.worth(session, case, today=TODAY)
            return {hint.why for hint in told.hints}

    by_hand = do(world, joint_needs.create, needs)
    opened = do(world, cases.from_joint_need, by_hand.id, title="Halka")
    assert Why.NOTHING_FITS not in hinted(opened)
    with world.sessions.begin() as session:
        session.get(JointNeed, by_hand.id).reach = "near"
    assert Why.NOTHING_FITS in hinted(opened)


def test_a_joint_need_becomes_a_case_without_what_was_dropped(world):
    world.encoder = TopicEncoder(spread=0.3)
    ids = [
        world.register(f"Halka nummer {n}", by, municipality="2581")
        for n, by in enumerate(("officer", "neighbour", "neighbour"))
    ]
    for n in range(10):
        world.register(f"Ämne{n} för sig", "officer")
    with world.sessions.begin() as session:
        joint_need_search.refresh(session, world.encoder, today=TODAY, actor=SYSTEM)
        joint = joint_needs.list_joint_needs(session, actor=SYSTEM).items[0]
    do(world, joint_needs.drop_member, joint.id, ids[2])
    case = do(world, cases.from_joint_need, joint.id, title="Halka")
    assert {need.id for need in case.needs} == set(ids[:2])
    with world.reading() as session:
        after = joint_needs.get(session, joint.id, actor=world.actors["officer"])
    assert (after.state, after.case_id) == (JointNeedState.CASE, case.id)
    with pytest.raises(Conflict):
        do(world, cases.from_joint_need, joint.id, title="Halka")
    with pytest.raises(Conflict):
        do(world, joint_needs.dismiss, joint.id)
    with world.sessions.begin() as session:
        joint_need_search.refresh(session, world.encoder, today=TODAY, actor=SYSTEM)
    with world.reading() as session:
        assert joint_needs.get(session, joint.id, actor=SYSTEM).state is JointNeedState.CASE


def test_a_case_goes_along_the_chain_and_can_be_stopped_with_a_reason(world, case):
    for state in (CaseState.IDEA, CaseState.TEST, CaseState.PROCUREMENT):
        do(world, cases.move, case.id, state)
    with pytest.raises(InvalidInput) as refused:
        do(world, cases.move, case.id, CaseState.STOPPED)
    assert refused.value.field == "reason"
    stopped = do(world, cases.move, case.id, CaseState.STOPPED, reason="Inga pengar")
    assert stopped.stop_reason == "Inga pengar"
    with pytest.raises(Conflict):
        do(world, cases.move, case.id, CaseState.STOPPED, reason="Igen")
    again = do(world, cases.move, case.id, CaseState.EFFECT)
    assert again.stop_reason == ""
    with world.reading() as session:
        steps = cases.list_steps(session, case.id, actor=world.actors["officer"])
    assert [step.state.value for step in steps] == [
        "need",
        "idea",
        "test",
        "procurement",
        "stopped",
        "effect",
    ]


def test_what_is_told_about_a_case_can_be_changed(world, case):
    changed = do(
        world,
        cases.change,
        case.id,
        {"title": "Sand", "next_step": "Skriv underlag", "next_step_on": date(2025, 4, 1), "law": "LUF"},
        expected_version=case.version,
    )
    assert (changed.title, changed.next_step_on, changed.law) == ("Sand", date(2025, 4, 1), "LUF")
    colleague = world.actors["coordinator"].member_id
    assert do(world, cases.change, case.id, {"owner_id": colleague}).owner_name == "Coordinator"
    with pytest.raises(StaleVersion):
        do(world, cases.change, case.id, {"title": "Sent"}, expected_version=case.version)


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", " "), ("title", "x" * 301), ("law", "LAG"), ("state", "effect"), ("owner_id", "nobody")],
)
def test_what_makes_no_sense_is_refused_by_field(world, case, field, value):
    with pytest.raises(InvalidInput) as refused:
        do(world, cases.change, case.id, {field: value})
    assert refused.value.field == field


def test_organisations_tell_their_mandate_and_volume(world, case):
    own = world.organisation_ids["Grannköping"]
    view = do(
        world,
        case_parts.set_part,
        case.id,
        own,
        mandate="Nämnden 2025-02-01",
        expected_volume="40 km",
        expected_value=Decimal(900_000),
        currency="SEK",
        by="neighbour",
    )
    part = next(each for each in view.organisations if each.organisation_id == own)
    assert (part.mandate, part.expected_volume, part.expected_value) == (
        "Nämnden 2025-02-01",
        "40 km",
        Decimal(900_000),
    )
    leading = world.organisation_ids["Exempelstad"]
    with pytest.raises(NotAllowed):
        do(world, case_parts.set_part, case.id, leading, mandate="Vi", by="neighbour")
    for wrong in ({"expected_value": Decimal(1)}, {"expected_value": Decimal(-1), "currency": "SEK"}):
        with pytest.raises(InvalidInput):
            do(world, case_parts.set_part, case.id, own, **wrong)
    with pytest.raises(InvalidInput):
        do(world, case_parts.set_part, case.id, world.organisation_ids["Fjärran"])


def test_the_worth_is_told_and_the_procedure_confirmed_with_what_the_thresholds_said(world, case):
    with world.reading() as session:
        (told,) = case_procedures.worth(session, case, today=TODAY)
    assert told.total.value == Decimal(600_000)
    assert {each.standing for each in told.assessments} == {Standing.BELOW, Standing.STRADDLES}
    assert told.hints
    view = do(world, case_procedures.confirm_procedure, case.id, Procedure.OPEN, today=TODAY)
    assert (view.procedure, view.confirmed_by) == ("open", "Officer")
    assert {row["rule"] for row in view.assessments} == {"advertising", "direct_award"}
    changed = do(world, cases.change, case.id, {"contract_kind": "works"})
    assert (changed.procedure, changed.assessments) == (None, ())


def test_entries_come_and_go(world, case, needs, offering):
    more = world.register("Halt vid skolan.", "stranger")
    view = do(world, case_parts.add_entries, case.id, need_ids=[more])
    assert "Fjärran" in {each.name for each in view.organisations}
    own = world.register("Halt vid badet.", "neighbour")
    assert len(do(world, case_parts.add_entries, case.id, need_ids=[own], by="neighbour").needs) == 4
    with pytest.raises(NotAllowed):
        do(world, case_parts.add_entries, case.id, need_ids=[more], by="neighbour")
    with pytest.raises(NotAllowed):
        do(world, case_parts.add_entries, case.id, offering_ids=[offering], by="neighbour")
    with pytest.raises(NotAllowed):
        do(world, case_parts.remove_entry, case.id, needs[0], by="neighbour")
    assert len(do(world, case_parts.remove_entry, case.id, own, by="neighbour").needs) == 3
    assert do(world, case_parts.remove_entry, case.id, offering).offerings == ()
    with pytest.raises(InvalidInput):
        do(world, case_parts.remove_entry, case.id, offering)
    with pytest.raises(InvalidInput):
        do(world, case_parts.add_entries, case.id, need_ids=[offering])


def talk(**more):
    given = {"held_on": date(2025, 2, 1), "kind": DialogueKind.RFI, "subject": "Frågor om sand"} | more
    return TalkDraft(**given)


def test_the_market_dialogue_is_logged_and_stays_as_it_is(world, case):
    supplier = world.organisation_ids["Isfritt AB"]
    first = do(world, case_dialogue.log, case.id, talk(participants=(supplier, "Sand och Grus")), today=TODAY)
    assert [each["name"] for each in first.participants] == ["Isfritt AB", "Sand och Grus"]
    second = do(
        world,
        case_dialogue.log,
        case.id,
        talk(subject="Rättelse", corrects_id=first.id, disclosed="Allt", is_disclosed_to_all=True),
        today=TODAY,
        by="neighbour",
    )
    with world.reading() as session:
        talks = case_dialogue.list_dialogue(session, case.id, actor=world.actors["officer"])
    assert [each.number for each in talks] == [1, 2]
    assert second.corrects_id == first.id
    assert case_dialogue.unequal(talks) == []
    assert case_dialogue.unequal(talks[:1]) == talks[:1]
    with pytest.raises(Conflict), world.sessions.begin() as session:
        session.get(DialogueEntry, first.id).subject = "Något annat"
    with pytest.raises(Conflict), translate_errors(), world.sessions.begin() as session:
        session.execute(text("DELETE FROM dialogue_entry"))


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("held_on", {"held_on": date(2025, 3, 2)}),
        ("subject", {"subject": " "}),
        ("participants", {"participants": (" ",)}),
        ("disclosed", {"is_disclosed_to_all": True}),
        ("corrects_id", {"corrects_id": "nothing"}),
    ],
)
def test_a_talk_that_makes_no_sense_is_refused_by_field(world, case, field, more):
    with pytest.raises(InvalidInput) as refused:
        do(world, case_dialogue.log, case.id, talk(**more), today=TODAY)
    assert refused.value.field == field


def test_a_case_is_exported_for_programs_and_for_people(world, case):
    do(world, case_dialogue.log, case.id, talk(participants=("Sand AB",)), today=TODAY)
    do(world, case_procedures.confirm_procedure, case.id, Procedure.OPEN, today=TODAY)
    package = do(world, case_papers.planning_release, case.id, now=NOW)
    json.dumps(package)
    (release,) = package["releases"]
    assert package["publisher"] == {"name": "Exempelstad"}
    assert release["tag"] == ["planning"]
    assert {party["name"] for party in release["parties"]} == {"Exempelstad", "Grannköping", "Sand AB"}
    assert release["tender"]["procurementMethod"] == "open"
    document = Document(io.BytesIO(do(world, case_papers.word, case.id, language="en", by="neighbour")))
    written = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "Isfria vägar" in written and "Det är halt på gångvägen." in written


def test_what_is_erased_or_withdrawn_goes_from_the_papers_and_is_counted(world, case, needs):
    with world.sessions.begin() as session:
        erasure.erase(session, needs[1], actor=SYSTEM)
        version = entries.get(session, needs[0], actor=SYSTEM).version
        entries.withdraw(session, needs[0], expected_version=version, actor=SYSTEM)
    with world.reading() as session:
        view = cases.get(session, case.id, actor=world.actors["officer"])
    assert ([need.id for need in view.needs], view.n_hidden) == ([needs[0]], 1)
    with world.reading() as session:
        assert cases.get(session, case.id, actor=world.actors["neighbour"]).n_hidden == 2


def test_cases_are_listed_for_who_leads_or_takes_part(world, case, needs):
    for by, n in (("officer", 1), ("neighbour", 1), ("stranger", 0), ("supplier", 0), ("partner", 0)):
        with world.reading() as session:
            page = cases.list_cases(session, actor=world.actors[by], entry_id=needs[0])
        assert len(page.items) == n, by
    with world.reading() as session:
        counts = cases.count_by_state(session, actor=world.actors["officer"])
        assert cases.list_cases(session, actor=SYSTEM, state=CaseState.STOPPED).items == []
        mine = cases.list_cases(session, actor=SYSTEM, owner_id=world.actors["officer"].member_id)
    assert counts[CaseState.NEED] == 1
    assert [each.id for each in mine.items] == [case.id]


def test_others_may_not(world, case, needs):
    for by in ("stranger", "supplier", "partner"):
        with pytest.raises(CaseNotFound):
            do(world, cases.move, case.id, CaseState.TEST, by=by)
    with pytest.raises(NotAllowed):
        do(world, cases.move, case.id, CaseState.TEST, by="neighbour")
    with pytest.raises(NotAllowed):
        do(world, cases.change, case.id, {"title": "X"}, by="administrator")
    for by in ("partner", "administrator", "supplier"):
        with pytest.raises(NotAllowed):
            do(world, cases.create, title="X", need_ids=needs, by=by)


def test_a_case_needs_needs(world, needs, offering):
    draft = world.register("Utkast", "officer", status=EntryStatus.DRAFT)
    for ids in ([], [offering], [draft]):
        with pytest.raises(InvalidInput):
            do(world, cases.create, title="X", need_ids=ids)
    with pytest.raises(InvalidInput):
        do(world, cases.create, title="X", need_ids=needs, offering_ids=needs[:1])
    with pytest.raises(EntryNotFound):
        do(world, cases.create, title="X", need_ids=["nothing"])
