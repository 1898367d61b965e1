"""``matcher themes``, the rest: what a theme is made of and became, and what a person decides about it."""

from __future__ import annotations

from typing import Annotated

import typer

from matcher.cli.console import out, print_json
from matcher.cli.doors import open_database
from matcher.cli.groups import AsJson, Limit, ThemeId, themes
from matcher.cli.showing import entry_as_json, named

__all__ = ["themes"]

EntryIds = Annotated[list[str], typer.Argument(help="The entries' ids.", show_default=False)]


@themes.command("show")
def show_theme(theme_id: ThemeId, limit: Limit = 20, as_json: AsJson = False) -> None:
    """Show a theme: its most central entries, how it grew, and what happened to it."""
    from matcher.services import themes as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.reading() as session:
        theme = service.get(session, theme_id, actor=SYSTEM)
        members = service.list_members(session, theme_id, actor=SYSTEM, limit=limit).items
        months = service.growth(session, theme_id, actor=SYSTEM)
        events = service.list_events(session, theme_id, actor=SYSTEM, limit=limit).items
    if as_json:
        print_json(
            {
                "id": theme.id,
                "name_sv": theme.name_sv,
                "name_en": theme.name_en,
                "state": theme.state.value,
                "n_members": theme.n_members,
                "entries": [{**entry_as_json(e.entry), "is_pinned": e.is_pinned} for e in members],
                "growth": [{"month": m.month, "n_new": m.n_new, "n_total": m.n_total} for m in months],
                "events": [
                    {"kind": e.kind.value, "by": e.member_name, "at": e.created_at, "detail": e.detail}
                    for e in events
                ],
            }
        )
        return
    out.print(f"{theme.name_sv} ({theme.name_en}), {theme.state.value}, {theme.n_members} entries")
    for member in members:
        out.print(f"  {'(kept here) ' if member.is_pinned else ''}{named(member.entry)}  {member.entry.id}")
    for month in months:
        out.print(f"  {month.month}  {month.n_new} new, {month.n_total} in all")
    for event in events:
        out.print(f"  {event.created_at:%Y-%m-%d}  {event.kind.value}  {event.member_name or ''}".rstrip())


@themes.command("outside")
def count_outside(as_json: AsJson = False) -> None:
    """Tell how many needs and ideas are in no theme: they are never forced into one."""
    from matcher.services import themes as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.reading() as session:
        found = service.outside(session, actor=SYSTEM)
    if as_json:
        print_json({"n_outside": found.n_outside, "n_entries": found.n_entries, "share": found.share})
    else:
        out.print(f"{found.n_outside} of {found.n_entries} entries are in no theme ({found.share:.0%}).")


@themes.command("events")
def list_events(limit: Limit = 20, as_json: AsJson = False) -> None:
    """List what happened to all themes, also those that ended or went into others, the latest first."""
    from matcher.services import themes as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.reading() as session:
        events = service.list_all_events(session, actor=SYSTEM, limit=limit).items
    if as_json:
        print_json(
            [
                {
                    "theme_id": each.theme_id,
                    "name_sv": each.name_sv,
                    "name_en": each.name_en,
                    "kind": each.kind.value,
                    "by": each.member_name,
                    "at": each.created_at,
                    "detail": each.detail,
                }
                for each in events
            ]
        )
        return
    for each in events:
        out.print(f"{each.created_at:%Y-%m-%d}  {each.kind.value:8}  {each.name_sv}  {each.theme_id}")
    if not events:
        out.print("Nothing happened to themes.")


@themes.command("merge")
def merge_theme(
    theme_id: ThemeId,
    into_id: Annotated[str, typer.Argument(help="Id of the theme that it goes into.", show_default=False)],
) -> None:
    """Put a theme with its parts into another one; no run parts them again."""
    from matcher.services import themes as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        view = service.merge(session, theme_id, into_id, actor=SYSTEM)
    out.print(f"{view.name_sv} holds {view.n_members} entries.")


@themes.command("split")
def split_theme(
    theme_id: ThemeId,
    entry_ids: EntryIds,
    swedish: Annotated[str, typer.Option("--sv", help="The new theme's name in Swedish.")],
    english: Annotated[str, typer.Option("--en", help="Its name in English.")] = "",
) -> None:
    """Put some entries of a theme into a new one beside it; they stay there, whatever a run finds."""
    from matcher.services import themes as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        view = service.split(session, theme_id, entry_ids, name_sv=swedish, name_en=english, actor=SYSTEM)
    out.print(f"{view.name_sv} holds {view.n_members} entries.  {view.id}")


@themes.command("place")
def place_entries(theme_id: ThemeId, entry_ids: EntryIds) -> None:
    """Put entries into a theme, or keep those there that are in it; no run moves them."""
    from matcher.services import themes as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        view = service.place(session, theme_id, entry_ids, actor=SYSTEM)
    out.print(f"{view.name_sv} holds {view.n_members} entries.")


@themes.command("unpin")
def unpin_entry(
    entry_id: Annotated[str, typer.Argument(help="The entry's id.", show_default=False)],
) -> None:
    """Let the next run place an entry as it finds right."""
    from matcher.services import themes as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        service.unpin(session, entry_id, actor=SYSTEM)
    out.print("The next run places it as it finds right.")
