"""``matcher duplicates``, ``themes``, ``joint-needs``, ``cases`` and ``notices``: what belongs together."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from matcher.cli.console import out, print_json, table
from matcher.cli.doors import open_database
from matcher.cli.matching import run_as_json, search_shown
from matcher.cli.showing import entry_as_json, named
from matcher.cli.wording import percent
from matcher.errors import InvalidInput, StorageFull
from matcher.types import CaseState, DuplicateAnswer, DuplicateState, JointNeedState, RunKind

if TYPE_CHECKING:
    from matcher.services.joint_needs import JointNeedView

duplicates = typer.Typer(help="Entries that may be one.", no_args_is_help=True)
themes = typer.Typer(help="What needs and ideas are about.", no_args_is_help=True)
joint_needs = typer.Typer(help="What several organisations could procure together.", no_args_is_help=True)
cases = typer.Typer(help="What becomes of needs that an officer takes up.", no_args_is_help=True)
notices = typer.Typer(help="What members are told.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")]
ThemeId = Annotated[str, typer.Argument(help="The theme's id.", show_default=False)]
CaseId = Annotated[str, typer.Argument(help="The case's id.", show_default=False)]


_TITLES: Final = {
    RunKind.DUPLICATES: "Duplicates",
    RunKind.THEMES: "Themes",
    RunKind.JOINT_NEEDS: "Joint needs",
}
_COUNTS: Final = {
    "pairs": "pairs that may be one",
    "groups": "groups of entries that may be one",
    "themes": "themes",
    "joint_needs": "joint needs",
    "new": "new",
    "updated": "changed",
    "split": "parted",
    "merged": "grown together",
    "ended": "ended",
    "stale": "found no more",
    "entries": "entries looked at",
    "outside": "entries in no theme",
    "learnt_from": "decisions that the threshold was learnt from",
}


class PaperForm(StrEnum):
    """How a case is exported."""

    OCDS = "ocds"
    WORD = "word"


@duplicates.command("find")
def find_duplicates(as_json: AsJson = False) -> None:
    """Search for entries that may be one, with a threshold that is learnt from decisions."""
    _search(RunKind.DUPLICATES, as_json=as_json)


@duplicates.command("list")
def list_duplicates(
    state: Annotated[DuplicateState, typer.Option(help="Where the pairs stand.")] = DuplicateState.OPEN,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List pairs of entries that may be one, the likeliest first."""
    from matcher.services import duplicates as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.reading() as session:
        filters = service.DuplicateFilters(state=state)
        pairs = service.list_pairs(session, actor=SYSTEM, filters=filters, limit=limit).items
    if as_json:
        print_json(
            [
                {
                    "id": pair.id,
                    "state": pair.state.value,
                    "probability": pair.probability,
                    "group_id": pair.group_id,
                    "left": entry_as_json(pair.left),
                    "right": entry_as_json(pair.right),
                }
                for pair in pairs
            ]
        )
        return
    for pair in pairs:
        out.print(f"{percent(pair.probability):>4}  {pair.id}")
        out.print(f"      {named(pair.left)}")
        out.print(f"      {named(pair.right)}")
    if not pairs:
        out.print("No such pairs.")


@duplicates.command("decide")
def decide_duplicate(
    pair_id: Annotated[str, typer.Argument(help="The pair's id.", show_default=False)],
    answer: Annotated[DuplicateAnswer, typer.Argument(help="What the two are.", show_default=False)],
    reason: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Merge a pair, or say that the two are different, related or unsure; undo takes the answer back."""
    from matcher.services import duplicates as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        view = service.decide(session, pair_id, answer, reason=reason, actor=SYSTEM)
    out.print(f"The pair is {view.state.value}.")


@themes.command("find")
def find_themes(as_json: AsJson = False) -> None:
    """Find themes anew; ids, names and what people decided stay."""
    _search(RunKind.THEMES, as_json=as_json)


@themes.command("join")
def join_themes(as_json: AsJson = False) -> None:
    """Let new entries join the themes that are there, without finding them anew."""
    from matcher.live import LiveMatcher

    with open_database() as database:
        run = search_shown(LiveMatcher(database.sessions, database.settings), RunKind.JOINING)
    n_joined = run.counts.get("joined", 0)
    if as_json:
        print_json({"joined": n_joined})
    else:
        out.print(f"{n_joined} entries joined a theme.")


@themes.command("list")
def list_themes(
    everything: Annotated[bool, typer.Option("--all", help="Parts of themes, too.")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List themes, the largest first."""
    from matcher.services import themes as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.reading() as session:
        found = service.list_themes(session, actor=SYSTEM, everything=everything, limit=limit).items
    if as_json:
        print_json(
            [
                {
                    "id": theme.id,
                    "parent_id": theme.parent_id,
                    "level": theme.level,
                    "name_sv": theme.name_sv,
                    "name_en": theme.name_en,
                    "n_members": theme.n_members,
                    "n_organisations": theme.n_organisations,
                }
                for theme in found
            ]
        )
        return
    shown = table("Themes", "entries", "organisations", "name", "in English", "id")
    for theme in found:
        name = f"{'  ' * theme.level}{theme.name_sv}"
        shown.add_row(str(theme.n_members), str(theme.n_organisations), name, theme.name_en, theme.id)
    out.print(shown)


@themes.command("rename")
def rename_theme(
    theme_id: ThemeId,
    swedish: Annotated[str | None, typer.Option("--sv", help="Its name in Swedish.")] = None,
    english: Annotated[str | None, typer.Option("--en", help="Its name in English.")] = None,
) -> None:
    """Give a theme a name that no run changes any more."""
    from matcher.services import themes as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        view = service.rename(session, theme_id, name_sv=swedish, name_en=english, actor=SYSTEM)
    out.print(f"The theme is called {view.name_sv} ({view.name_en}).")


@joint_needs.command("find")
def find_joint_needs(as_json: AsJson = False) -> None:
    """Search for what several organisations could procure together."""
    _search(RunKind.JOINT_NEEDS, as_json=as_json)


@joint_needs.command("list")
def list_joint_needs(
    state: Annotated[JointNeedState | None, typer.Option(help="Where they stand.")] = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List joint needs with their worth, the best first."""
    from matcher.services import joint_needs as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.reading() as session:
        found = service.list_joint_needs(session, actor=SYSTEM, state=state, limit=limit).items
        told = [(view, service.assessed(session, view, today=_today())) for view in found]
    if as_json:
        print_json([_joint_as_json(view, worth) for view, worth in told])
        return
    for view, worth in told:
        sums = ", ".join(f"{each.low}-{each.high} {each.currency}" for each in worth)
        out.print(
            f"{view.score:.2f}  {view.state.value}  {view.reach}  {sums or 'worth not known'}  {view.id}"
        )
        for member in view.members:
            dropped = " (left out)" if member.is_dropped else ""
            out.print(f"      {named(member.entry) if member.entry else member.entry_id}{dropped}")
        for offering in view.offerings:
            out.print(f"   -> {named(offering.entry)}")
    if not told:
        out.print("No joint needs.")


@cases.command("list")
def list_cases(
    state: Annotated[CaseState | None, typer.Option(help="How far they have come.")] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List cases, the newest first."""
    from matcher.services import cases as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.reading() as session:
        found = service.list_cases(session, actor=SYSTEM, state=state, limit=limit).items
    if as_json:
        print_json(
            [
                {
                    "id": case.id,
                    "title": case.title,
                    "state": case.state.value,
                    "owner": case.owner_name,
                    "organisations": [each.name for each in case.organisations],
                    "needs": [need.id for need in case.needs],
                    "next_step": case.next_step,
                }
                for case in found
            ]
        )
        return
    shown = table("Cases", "state", "title", "organisations", "next step", "id")
    for case in found:
        names = ", ".join(each.name for each in case.organisations)
        shown.add_row(case.state.value, case.title, names, case.next_step, case.id)
    out.print(shown)


@cases.command("export")
def export_case(
    case_id: CaseId,
    file: Annotated[Path, typer.Argument(help="Where to write it.", show_default=False)],
    form: Annotated[PaperForm, typer.Option(help="A planning release, or a Word document.")] = PaperForm.WORD,
    language: Annotated[str, typer.Option(help="Language of the Word document: sv or en.")] = "sv",
) -> None:
    """Write a case as an OCDS planning release or as a Word document."""
    import orjson

    from matcher.services import case_papers
    from matcher.services.actor import SYSTEM

    if language not in ("sv", "en"):
        raise InvalidInput("A document is in sv or en.", field="language")
    with open_database() as database, database.sessions.begin() as session:
        if form is PaperForm.OCDS:
            package = case_papers.planning_release(
                session,
                case_id,
                now=datetime.now(UTC),
                ocid_prefix=database.settings.ocid_prefix,
                actor=SYSTEM,
            )
            content = orjson.dumps(package, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        else:
            chosen: case_papers.Language = "en" if language == "en" else "sv"
            content = case_papers.word(session, case_id, language=chosen, actor=SYSTEM)
        _write(file, content)
    out.print(f"Wrote {file}.")


@notices.command("send")
def send_notices(as_json: AsJson = False) -> None:
    """Tell members which offerings end soon, and send what is to be told by mail."""
    from matcher.mailing import send_notices as send
    from matcher.services import notices as service

    with open_database() as database:
        with database.sessions.begin() as session:
            n_told = service.tell_expiring(session, today=_today(), days=database.settings.notice_days)
        n_sent = send(database.sessions, database.settings)
    if as_json:
        print_json({"told": n_told, "mails": n_sent})
    else:
        out.print(f"{n_told} members were told what ends soon; {n_sent} mails were sent.")


def _search(kind: RunKind, *, as_json: bool) -> None:
    """Search groups of a kind anew, and print what came out."""
    from matcher.live import LiveMatcher

    with open_database() as database:
        run = search_shown(LiveMatcher(database.sessions, database.settings), kind)
    if as_json:
        print_json(run_as_json(run))
        return
    shown = table(f"{_TITLES[kind]}: {run.state}", "count", "what")
    for name, n in run.counts.items():
        shown.add_row(str(n), _COUNTS[name])
    out.print(shown)


def _joint_as_json(view: JointNeedView, worth: list[Any]) -> dict[str, Any]:
    return {
        "id": view.id,
        "state": view.state.value,
        "score": view.score,
        "reach": view.reach,
        "needs": [
            {
                "id": member.entry_id,
                "organisation": member.organisation_name,
                "sacrifices": list(member.sacrifices),
                "is_dropped": member.is_dropped,
            }
            for member in view.members
        ],
        "offerings": [offering.entry.id for offering in view.offerings],
        "worth": [
            {
                "currency": each.currency,
                "low": str(each.low),
                "value": str(each.value),
                "high": str(each.high),
                "standing": {one.rule.value: one.standing.value for one in each.assessments},
            }
            for each in worth
        ],
    }


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise StorageFull(f"{file.name} cannot be written: {error.strerror}.") from error


def _today() -> date:
    return datetime.now(UTC).date()
