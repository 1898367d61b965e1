"""``matcher merges``, ``splits`` and whole groups of duplicates: what stands together, and what is parted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from matcher.cli.console import out, print_json
from matcher.cli.doors import open_database
from matcher.cli.groups import AsJson, Limit, duplicates
from matcher.cli.showing import entry_as_json, named
from matcher.cli.wording import percent
from matcher.types import DuplicateAnswer

if TYPE_CHECKING:
    from matcher.services.merging import GroupView

merges = typer.Typer(help="Entries that stand behind one face.", no_args_is_help=True)
splits = typer.Typer(help="Entries that tell of several needs, and were parted.", no_args_is_help=True)

EntryId = Annotated[str, typer.Argument(help="The entry's id.", show_default=False)]
EntryIds = Annotated[list[str], typer.Argument(help="The entries' ids.", show_default=False)]
Face = Annotated[str | None, typer.Option(help="Id of the entry that is shown for all.")]


@duplicates.command("groups")
def list_groups(limit: Limit = 20, as_json: AsJson = False) -> None:
    """List groups of entries that may all be one, the likeliest first."""
    from matcher.services import duplicates as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.reading() as session:
        found = service.list_groups(session, actor=SYSTEM, limit=limit).items
    if as_json:
        print_json(
            [
                {"id": each.id, "probability": each.probability, "entry_ids": list(each.entry_ids)}
                for each in found
            ]
        )
        return
    for each in found:
        out.print(f"{percent(each.probability):>4}  {each.id}")
        entries = {entry.id: entry for pair in each.pairs for entry in (pair.left, pair.right)}
        for entry in entries.values():
            out.print(f"      {named(entry)}")
    if not found:
        out.print("No such groups.")


@duplicates.command("decide-group")
def decide_group(
    group_id: Annotated[str, typer.Argument(help="The group's id.", show_default=False)],
    answer: Annotated[DuplicateAnswer, typer.Argument(help="What its entries are.", show_default=False)],
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    face: Face = None,
) -> None:
    """Merge a whole group, or say the same about all open pairs in it."""
    from matcher.services import duplicates as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        views = service.decide_group(session, group_id, answer, reason=reason, face_id=face, actor=SYSTEM)
    out.print(f"{len(views)} pairs are answered.")


@merges.command("make")
def make_merge(entry_ids: EntryIds, face: Face = None, as_json: AsJson = False) -> None:
    """Let entries stand behind one face; nothing is deleted, and it can be undone."""
    from matcher.services import merging
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        group = merging.merge(session, entry_ids, face_id=face, actor=SYSTEM)
    _show_group(group, as_json=as_json)


@merges.command("show")
def show_group(entry_id: EntryId, as_json: AsJson = False) -> None:
    """Show what stands with an entry, and how many stand behind it."""
    from matcher.services import merging
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.reading() as session:
        group = merging.group_of(session, entry_id, actor=SYSTEM)
    _show_group(group, as_json=as_json)


@merges.command("face")
def choose_face(entry_id: EntryId, as_json: AsJson = False) -> None:
    """Let an entry be the face of those that it stands with."""
    from matcher.services import merging
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        group = merging.choose_face(session, entry_id, actor=SYSTEM)
    _show_group(group, as_json=as_json)


@merges.command("trace")
def trace_merges(entry_id: EntryId, as_json: AsJson = False) -> None:
    """List every merge that ever reached an entry, those undone too, the earliest first."""
    from matcher.services import merging
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.reading() as session:
        found = merging.trace(session, entry_id, actor=SYSTEM)
    if as_json:
        print_json(
            [
                {
                    "id": each.id,
                    "entry_ids": list(each.entry_ids),
                    "by": each.member_name,
                    "created_at": each.created_at,
                    "undone_at": each.undone_at,
                }
                for each in found
            ]
        )
        return
    for each in found:
        undone = f", undone {each.undone_at:%Y-%m-%d}" if each.undone_at else ""
        out.print(f"{each.created_at:%Y-%m-%d}  {each.member_name or '-'}{undone}  {each.id}")
        out.print(f"      {', '.join(each.entry_ids)}")
    if not found:
        out.print("It was never merged.")


@merges.command("undo")
def undo_merge(
    merge_id: Annotated[str, typer.Argument(help="The merge's id.", show_default=False)],
) -> None:
    """Take a merge back, whatever was merged after it."""
    from matcher.services import merging
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        groups = merging.undo(session, merge_id, actor=SYSTEM)
    faces = {group.face.id for group in groups if group.face is not None}
    out.print(f"The merge is undone; its entries stand behind {len(faces)} faces.")


@splits.command("make")
def make_split(
    entry_id: EntryId,
    part: Annotated[list[str], typer.Option(help="What one of the needs says; give it for each of them.")],
    as_json: AsJson = False,
) -> None:
    """Part an entry that tells of several needs: each becomes an entry, and the original is withdrawn."""
    from matcher.services import entries, splitting
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        version = entries.get(session, entry_id, actor=SYSTEM).version
        parts = [splitting.SplitPartDraft(text=text) for text in part]
        made = splitting.split(session, entry_id, parts, expected_version=version, actor=SYSTEM)
    if as_json:
        print_json({"id": made.id, "part_ids": list(made.part_ids)})
    else:
        out.print(f"It is parted: {', '.join(made.part_ids)}. `matcher splits undo {made.id}` takes it back.")


@splits.command("list")
def list_splits(entry_id: EntryId, as_json: AsJson = False) -> None:
    """List how an entry was parted, or of which one it is a part."""
    from matcher.services import splitting
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.reading() as session:
        found = splitting.list_splits(session, entry_id, actor=SYSTEM)
    if as_json:
        print_json(
            [
                {
                    "id": each.id,
                    "entry_id": each.entry_id,
                    "part_ids": list(each.part_ids),
                    "undone_at": each.undone_at,
                }
                for each in found
            ]
        )
        return
    for each in found:
        undone = ", undone" if each.undone_at else ""
        out.print(f"{each.id}{undone}: {each.entry_id} -> {', '.join(each.part_ids)}")
    if not found:
        out.print("It was never parted.")


@splits.command("undo")
def undo_split(
    split_id: Annotated[str, typer.Argument(help="The split's id.", show_default=False)],
) -> None:
    """Bring a parted entry back as it was, and withdraw its parts."""
    from matcher.services import splitting
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        made = splitting.undo_split(session, split_id, actor=SYSTEM)
    out.print(f"The entry {made.entry_id} is back.")


def _show_group(group: GroupView, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "face": None if group.face is None else group.face.id,
                "entries": [entry_as_json(entry) for entry in group.entries],
                "n_supporters": group.n_supporters,
            }
        )
        return
    for entry in group.entries:
        mark = "*" if group.face is not None and entry.id == group.face.id else " "
        out.print(f"{mark} {named(entry)}  {entry.id}")
    out.print(f"{group.n_supporters} stand behind it.")
