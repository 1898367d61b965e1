"""``matcher joint-needs`` and ``cases``, the rest: what becomes of needs that are to be procured together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matcher.cli.console import out, print_json
from matcher.cli.doors import open_database, organisation_named
from matcher.cli.groups import AsJson, CaseId, cases, joint_needs
from matcher.cli.showing import entry_as_json, named
from matcher.types import CaseState

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from matcher.services.actor import Actor

__all__ = ["cases", "joint_needs"]

JointNeedId = Annotated[str, typer.Argument(help="The joint need's id.", show_default=False)]
NeedId = Annotated[str, typer.Argument(help="The need's id.", show_default=False)]
Title = Annotated[str, typer.Option(help="What the case is called.")]
Leading = Annotated[str, typer.Option(help="Id, number or name of the organisation that leads it.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of it.")]


@joint_needs.command("accept")
def accept_joint_need(joint_need_id: JointNeedId) -> None:
    """Say that a joint need is worth to be taken up; no search changes it any more."""
    _decide("accept", joint_need_id)


@joint_needs.command("dismiss")
def dismiss_joint_need(joint_need_id: JointNeedId) -> None:
    """Say that the needs are not to be procured together; they are not proposed so again."""
    _decide("dismiss", joint_need_id)


@joint_needs.command("reopen")
def reopen_joint_need(joint_need_id: JointNeedId) -> None:
    """Take a decision about a joint need back."""
    _decide("reopen", joint_need_id)


@joint_needs.command("drop")
def drop_need(joint_need_id: JointNeedId, need_id: NeedId) -> None:
    """Leave a need out of a joint need; no search brings it back."""
    _decide("drop_member", joint_need_id, need_id)


@joint_needs.command("take-in")
def take_need_in(joint_need_id: JointNeedId, need_id: NeedId) -> None:
    """Take a need in, one that was left out or another; no search takes it out again."""
    _decide("take_in", joint_need_id, need_id)


@joint_needs.command("may-belong")
def show_what_may_belong(
    joint_need_id: JointNeedId,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Needs at most.")] = 5,
    as_json: AsJson = False,
) -> None:
    """List needs of public buyers that are most like those in a joint need, to take them in."""
    from matcher.cli.matching import load_shown
    from matcher.live import LiveMatcher
    from matcher.services import joint_candidates
    from matcher.services.actor import SYSTEM

    with open_database() as database:
        live = LiveMatcher(database.sessions, database.settings)
        load_shown(live)
        with database.reading() as session:
            found = joint_candidates.may_belong(session, live, joint_need_id, limit=limit, actor=SYSTEM)
    if as_json:
        print_json([{"likeness": each.likeness, **entry_as_json(each.entry)} for each in found])
        return
    for each in found:
        out.print(f"{each.likeness:4.2f}  {named(each.entry)}  {each.entry.id}")
    if not found:
        out.print("No needs.")


@joint_needs.command("create")
def create_joint_need(
    need_ids: Annotated[list[str], typer.Argument(help="The needs' ids.", show_default=False)],
) -> None:
    """Put needs of several organisations together by hand; that counts as accepted."""
    _decide("create", need_ids)


@joint_needs.command("case")
def turn_into_case(joint_need_id: JointNeedId, title: Title, organisation: Leading) -> None:
    """Turn a joint need into a case with its needs that were not dropped, and its offerings."""
    from matcher.services import cases as service

    with open_database() as database, database.sessions.begin() as session:
        actor = _acting_for(session, organisation)
        view = service.from_joint_need(session, joint_need_id, title=title, actor=actor)
    out.print(f"The case holds {len(view.needs)} needs and {len(view.offerings)} offerings.  {view.id}")


@cases.command("open")
def open_case(
    title: Title,
    organisation: Leading,
    need: Annotated[list[str], typer.Option(help="Id of a need; may be given more than once.")],
    offering: Annotated[list[str] | None, typer.Option(help="Id of an offering; likewise.")] = None,
) -> None:
    """Open a case for needs."""
    from matcher.services import cases as service

    with open_database() as database, database.sessions.begin() as session:
        actor = _acting_for(session, organisation)
        view = service.create(session, title=title, need_ids=need, offering_ids=offering or (), actor=actor)
    out.print(f"The case holds {len(view.needs)} needs and {len(view.offerings)} offerings.  {view.id}")


@cases.command("show")
def show_case(case_id: CaseId, as_json: AsJson = False) -> None:
    """Show a case: its needs, organisations and offerings, its steps, worth, and talks with the market."""
    from matcher.services import case_dialogue, case_procedures
    from matcher.services import cases as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.reading() as session:
        view = service.get(session, case_id, actor=SYSTEM)
        steps = service.list_steps(session, case_id, actor=SYSTEM)
        talks = case_dialogue.list_dialogue(session, case_id, actor=SYSTEM)
        worth = case_procedures.worth(session, view, today=datetime.now(UTC).date())
    if as_json:
        print_json(
            {
                "id": view.id,
                "title": view.title,
                "state": view.state.value,
                "stop_reason": view.stop_reason,
                "owner": view.owner_name,
                "next_step": view.next_step,
                "next_step_on": view.next_step_on,
                "procedure": view.procedure,
                "organisations": [
                    {
                        "id": each.organisation_id,
                        "name": each.name,
                        "mandate": each.mandate,
                        "expected_volume": each.expected_volume,
                        "is_leading": each.is_leading,
                    }
                    for each in view.organisations
                ],
                "needs": [entry_as_json(need) for need in view.needs],
                "offerings": [entry_as_json(offering) for offering in view.offerings],
                "steps": [{"state": each.state.value, "at": each.created_at} for each in steps],
                "dialogue": [
                    {"id": each.id, "held_on": each.held_on, "kind": each.kind, "subject": each.subject}
                    for each in talks
                ],
                "worth": [
                    {
                        "currency": each.total.currency,
                        "low": str(each.total.low),
                        "high": str(each.total.high),
                        "standing": {one.rule.value: one.standing.value for one in each.assessments},
                        "hints": [hint.procedure.value for hint in each.hints],
                    }
                    for each in worth
                ],
            }
        )
        return
    out.print(f"{view.title}, {view.state.value}{f' ({view.stop_reason})' if view.stop_reason else ''}")
    for organisation in view.organisations:
        told = ", ".join(filter(None, (organisation.mandate, organisation.expected_volume)))
        out.print(f"  {organisation.name}{f': {told}' if told else ''}")
    for need in view.needs:
        out.print(f"  {named(need)}")
    for offering in view.offerings:
        out.print(f"   -> {named(offering)}")
    for each in worth:
        out.print(f"  {each.total.low}-{each.total.high} {each.total.currency}")
    for talk in talks:
        out.print(f"  {talk.held_on}  {talk.kind}  {talk.subject}")
    if view.next_step:
        out.print(f"  Next: {view.next_step}{f' ({view.next_step_on})' if view.next_step_on else ''}")


@cases.command("move")
def move_case(
    case_id: CaseId,
    state: Annotated[CaseState, typer.Argument(help="How far it has come.", show_default=False)],
    reason: Annotated[str, typer.Option(help="Why it is stopped.")] = "",
) -> None:
    """Tell how far a case has come, or that it is stopped and why."""
    from matcher.services import cases as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        view = service.move(session, case_id, state, reason=reason, actor=SYSTEM)
    out.print(f"The case is {view.state.value}.")


@cases.command("next")
def set_next_step(
    case_id: CaseId,
    text: Annotated[str, typer.Argument(help="What is to be done next.", show_default=False)],
    on: Day = None,
) -> None:
    """Tell a case's next step, and its day."""
    from matcher.services import cases as service
    from matcher.services.actor import SYSTEM

    changes: dict[str, Any] = {"next_step": text, "next_step_on": on.date() if on else None}
    with open_database() as database, database.sessions.begin() as session:
        service.change(session, case_id, changes, actor=SYSTEM)
    out.print("Noted.")


@cases.command("part")
def set_part(
    case_id: CaseId,
    organisation: Annotated[str, typer.Argument(help="Id, number or name.", show_default=False)],
    mandate: Annotated[str, typer.Option(help="Who speaks for it.")] = "",
    volume: Annotated[str, typer.Option(help="How much it would buy.")] = "",
) -> None:
    """Tell who speaks for an organisation in a case, and how much it would buy."""
    from matcher.services import case_parts
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        case_parts.set_part(
            session,
            case_id,
            organisation_named(session, organisation).id,
            mandate=mandate,
            expected_volume=volume,
            actor=SYSTEM,
        )
    out.print("Noted.")


@cases.command("add")
def add_entries(
    case_id: CaseId,
    need: Annotated[list[str] | None, typer.Option(help="Id of a need; may be given more than once.")] = None,
    offering: Annotated[list[str] | None, typer.Option(help="Id of an offering; likewise.")] = None,
) -> None:
    """Take needs and offerings into a case; their organisations take part from then on."""
    from matcher.services import case_parts
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        view = case_parts.add_entries(
            session, case_id, need_ids=need or (), offering_ids=offering or (), actor=SYSTEM
        )
    out.print(f"The case holds {len(view.needs)} needs and {len(view.offerings)} offerings.")


@cases.command("remove")
def remove_entry(
    case_id: CaseId,
    entry_id: Annotated[str, typer.Argument(help="The need's or offering's id.", show_default=False)],
) -> None:
    """Take a need or an offering out of a case."""
    from matcher.services import case_parts
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        view = case_parts.remove_entry(session, case_id, entry_id, actor=SYSTEM)
    out.print(f"The case holds {len(view.needs)} needs and {len(view.offerings)} offerings.")


@cases.command("procedure")
def confirm_procedure(
    case_id: CaseId,
    procedure: Annotated[str, typer.Argument(help="Such as open or direct-award.", show_default=False)],
) -> None:
    """Say which procedure it will be; what the thresholds said then is kept beside it."""
    from matcher.errors import InvalidInput
    from matcher.procurement.procedures import Procedure
    from matcher.services import case_procedures
    from matcher.services.actor import SYSTEM

    known = [each.value for each in Procedure]
    if procedure not in known:
        raise InvalidInput(f"A procedure is one of {', '.join(known)}.", field="procedure")
    with open_database() as database, database.sessions.begin() as session:
        case_procedures.confirm_procedure(
            session, case_id, Procedure(procedure), today=datetime.now(UTC).date(), actor=SYSTEM
        )
    out.print(f"The procedure is {procedure}.")


@cases.command("talk")
def log_talk(
    case_id: CaseId,
    subject: Annotated[str, typer.Argument(help="What it was about.", show_default=False)],
    kind: Annotated[str, typer.Option(help="Such as rfi, meeting or demonstration.")] = "meeting",
    on: Day = None,
    participant: Annotated[list[str] | None, typer.Option(help="Id or name of who took part.")] = None,
    disclosed: Annotated[str, typer.Option(help="What was told.")] = "",
    to_all: Annotated[bool, typer.Option("--to-all", help="The others were told the same.")] = False,
) -> None:
    """Add a talk with the market to a case's log; it is never changed."""
    from matcher.errors import InvalidInput
    from matcher.services import case_dialogue
    from matcher.services.actor import SYSTEM

    kinds = [each.value for each in case_dialogue.DialogueKind]
    if kind not in kinds:
        raise InvalidInput(f"A talk is one of {', '.join(kinds)}.", field="kind")
    today = datetime.now(UTC).date()
    talk = case_dialogue.TalkDraft(
        held_on=on.date() if on else today,
        kind=case_dialogue.DialogueKind(kind),
        subject=subject,
        participants=tuple(participant or ()),
        disclosed=disclosed,
        is_disclosed_to_all=to_all,
    )
    with open_database() as database, database.sessions.begin() as session:
        made = case_dialogue.log(session, case_id, talk, today=today, actor=SYSTEM)
    out.print(f"It is number {made.number} in the log.")


def _decide(action: str, *arguments: str | list[str]) -> None:
    """Do what the service of this name does, and tell where the joint need stands then."""
    from matcher.services import joint_needs as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        view = getattr(service, action)(session, *arguments, actor=SYSTEM)
    n_kept = sum(not member.is_dropped for member in view.members)
    out.print(f"The joint need is {view.state.value}, with {n_kept} of {len(view.members)} needs.  {view.id}")


def _acting_for(session: Session, organisation: str) -> Actor:
    from matcher.services.actor import Actor

    return Actor(organisation_id=organisation_named(session, organisation).id, is_system=True)
