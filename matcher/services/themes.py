"""Themes: what entries are about, and what coordinators decide about that, which outlives every run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.errors import Conflict, EntryNotFound, InvalidInput, NotAllowed, StaleVersion
from matcher.services.actor import REVIEWERS, Actor
from matcher.services.standing import is_buyer
from matcher.types import EntryKind, EntryStatus, ThemeEventKind, ThemeState
from models.records import Theme, ThemeMember
from models.repositories.audit import AuditRepository
from models.repositories.entries import EntryRepository
from models.repositories.pages import Page
from models.repositories.theme_saving import ThemeSaver
from models.repositories.themes import (
    MonthCount,
    ThemeEventView,
    ThemeMemberView,
    ThemeRepository,
    ThemeView,
)

__all__ = [
    "MonthCount",
    "Outside",
    "ThemeEventView",
    "ThemeMemberView",
    "ThemeView",
    "get",
    "growth",
    "list_all_events",
    "list_events",
    "list_members",
    "list_themes",
    "merge",
    "of_entries",
    "outside",
    "place",
    "rename",
    "split",
    "unpin",
]

KINDS: Final = (EntryKind.NEED, EntryKind.IDEA)
MAX_NAME_CHARS: Final = 300
MAX_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """How many published needs and ideas are in no theme."""

    n_outside: int
    n_entries: int

    @property
    def share(self) -> float:
        """The share of them."""
        return self.n_outside / self.n_entries if self.n_entries else 0.0


def list_themes(
    session: Session,
    *,
    actor: Actor,
    parent_id: str | None = None,
    everything: bool = False,
    limit: int = 50,
    after: Sequence[Any] | None = None,
) -> Page[ThemeView]:
    """Return a page of themes, the largest first.

    Parameters
    ----------
    session
        An open session.
    actor
        Who asks.
    parent_id
        The theme whose parts are asked for; left out, themes of the first level.
    everything
        Whether to list themes of all levels.
    limit, after
        The page.

    Raises
    ------
    ThemeNotFound
        If there is no such theme.
    """
    themes = ThemeRepository(session, actor)
    if parent_id is not None:
        themes.get_record(parent_id)
    return themes.list_views(parent_id=parent_id, everything=everything, limit=limit, after=after)


def get(session: Session, theme_id: str, *, actor: Actor) -> ThemeView:
    """Return a theme, also one that ended or went into another.

    Raises
    ------
    ThemeNotFound
        If there is none.
    """
    return ThemeRepository(session, actor).get(theme_id)


def of_entries(session: Session, entry_ids: Sequence[str], *, actor: Actor) -> dict[str, ThemeView]:
    """Return the finest theme of each entry; those that are in none are left out."""
    return ThemeRepository(session, actor).of_entries(entry_ids)


def list_members(
    session: Session,
    theme_id: str,
    *,
    actor: Actor,
    limit: int = 50,
    after: Sequence[Any] | None = None,
) -> Page[ThemeMemberView]:
    """Return a page of the entries of a theme and its parts that the actor sees, central ones first.

    Raises
    ------
    ThemeNotFound
        If there is no such theme.
    """
    themes = ThemeRepository(session, actor)
    return themes.list_members(themes.get_record(theme_id).id, limit=limit, after=after)


def list_events(
    session: Session,
    theme_id: str,
    *,
    actor: Actor,
    limit: int = 50,
    after: Sequence[Any] | None = None,
) -> Page[ThemeEventView]:
    """Return a page of what happened to a theme, the latest first.

    Raises
    ------
    ThemeNotFound
        If there is no such theme.
    """
    themes = ThemeRepository(session, actor)
    return themes.list_events(themes.get_record(theme_id).id, limit=limit, after=after)


def list_all_events(
    session: Session, *, actor: Actor, limit: int = 50, after: Sequence[Any] | None = None
) -> Page[ThemeEventView]:
    """Return a page of what happened to all themes, also those that ended, the latest first."""
    return ThemeRepository(session, actor).list_events(None, limit=limit, after=after)


def growth(session: Session, theme_id: str, *, actor: Actor) -> list[MonthCount]:
    """Return how a theme grew, month by month.

    Raises
    ------
    ThemeNotFound
        If there is no such theme.
    """
    themes = ThemeRepository(session, actor)
    return themes.growth(themes.get_record(theme_id).id)


def outside(session: Session, *, actor: Actor) -> Outside:
    """Return how many needs and ideas are in no theme: they are never forced into one."""
    n_outside, n_entries = ThemeRepository(session, actor).outside(KINDS)
    return Outside(n_outside=n_outside, n_entries=n_entries)


def rename(
    session: Session,
    theme_id: str,
    *,
    name_sv: str | None = None,
    name_en: str | None = None,
    expected_version: int | None = None,
    actor: Actor,
) -> ThemeView:
    """Give a theme a name that no run changes any more.

    Raises
    ------
    ThemeNotFound, NotAllowed, InvalidInput
        If there is none, the actor is no reviewer of a public buyer, or a name is empty or too long.
    Conflict, StaleVersion
        If it ended, or somebody changed it.
    """
    theme = _changeable(session, theme_id, expected_version, actor)
    before = {"sv": theme.name_sv, "en": theme.name_en}
    if name_sv is None and name_en is None:
        raise InvalidInput("Write a name.", field="name_sv")
    theme.name_sv = _checked_name(name_sv, "name_sv") if name_sv is not None else theme.name_sv
    theme.name_en = _checked_name(name_en, "name_en") if name_en is not None else theme.name_en
    theme.is_named = theme.is_kept = True
    _note(session, theme, ThemeEventKind.NAMED, {"before": before}, actor)
    return ThemeRepository(session, actor).get(theme_id)


def merge(
    session: Session,
    theme_id: str,
    into_id: str,
    *,
    expected_version: int | None = None,
    actor: Actor,
) -> ThemeView:
    """Put a theme with its parts into another one; no run parts them again.

    Raises
    ------
    ThemeNotFound, NotAllowed, StaleVersion
        As for ``rename``.
    Conflict
        If one of them ended, or one is a part of the other.
    """
    _changeable(session, theme_id, expected_version, actor)
    target = _changeable(session, into_id, None, actor)
    themes = ThemeRepository(session, actor)
    within = themes.within([theme_id])
    if into_id in within or theme_id in themes.within([into_id]):
        raise Conflict("One of the themes is a part of the other.", remedy="Choose two that lie beside.")
    for member in ThemeSaver(session).member_records(within):
        member.theme_id = into_id
    for part_id in within:
        part = themes.get_record(part_id)
        part.state, part.merged_into_id, part.n_members, part.example_id = (
            ThemeState.MERGED,
            into_id,
            0,
            None,
        )
        _note(session, part, ThemeEventKind.MERGE, {"into": into_id}, actor)
    target.is_kept = target.has_taken_in = True
    _note(session, target, ThemeEventKind.MERGE, {"from": within}, actor)
    ThemeSaver(session).count_again()
    return themes.get(into_id)


def split(
    session: Session,
    theme_id: str,
    entry_ids: Sequence[str],
    *,
    name_sv: str,
    name_en: str = "",
    expected_version: int | None = None,
    actor: Actor,
) -> ThemeView:
    """Put some entries of a theme into a new one beside it; they stay there, whatever a run finds.

    Raises
    ------
    ThemeNotFound, NotAllowed, StaleVersion, Conflict
        As for ``rename``.
    EntryNotFound, InvalidInput
        If an entry is not seen or not in the theme, or there are none or too many.
    """
    theme = _changeable(session, theme_id, expected_version, actor)
    wanted = _checked_entries(session, entry_ids, actor)
    within = ThemeRepository(session, actor).within([theme_id])
    members = [session.get(ThemeMember, entry_id) for entry_id in wanted]
    if any(member is None or member.theme_id not in within for member in members):
        raise InvalidInput("One of the entries is not in the theme.", field="entries")
    made = Theme(
        level=theme.level,
        parent_id=theme.parent_id,
        name_sv=_checked_name(name_sv, "name_sv"),
        name_en=_checked_name(name_en, "name_en") if name_en else name_sv.strip(),
        example_id=wanted[0],
        is_named=True,
        is_kept=True,
        organisation_id=actor.organisation_id,
    )
    session.add(made)
    session.flush()
    for position, member in enumerate(members):
        assert member is not None
        member.theme_id, member.is_pinned, member.position = made.id, True, position
    theme.is_kept = True
    _note(session, made, ThemeEventKind.BIRTH, {"from": [theme_id]}, actor)
    _note(session, theme, ThemeEventKind.SPLIT, {"with": [made.id]}, actor)
    ThemeSaver(session).count_again()
    return ThemeRepository(session, actor).get(made.id)


def place(session: Session, theme_id: str, entry_ids: Sequence[str], *, actor: Actor) -> ThemeView:
    """Put entries into a theme, or keep those there that are in it; no run moves them.

    Raises
    ------
    ThemeNotFound, NotAllowed, Conflict
        As for ``rename``.
    EntryNotFound, InvalidInput
        If an entry is not seen, or is no published need or idea, or there are none or too many.
    """
    theme = _changeable(session, theme_id, None, actor)
    wanted = _checked_entries(session, entry_ids, actor)
    beside = ThemeSaver(session).beside(wanted)
    for entry_id in wanted:
        member = session.get(ThemeMember, entry_id)
        if member is None:
            member = ThemeMember(**beside[entry_id], entry_id=entry_id, theme_id=theme_id)
            session.add(member)
        elif member.theme_id != theme_id:
            came_from = session.get_one(Theme, member.theme_id)
            _note(session, came_from, ThemeEventKind.UNPINNED, {"entry": entry_id, "into": theme_id}, actor)
        member.theme_id, member.is_pinned = theme_id, True
    theme.is_kept = True
    _note(session, theme, ThemeEventKind.PINNED, {"entries": wanted}, actor)
    ThemeSaver(session).count_again()
    return ThemeRepository(session, actor).get(theme_id)


def unpin(session: Session, entry_id: str, *, actor: Actor) -> None:
    """Let the next run place an entry as it finds right.

    Raises
    ------
    EntryNotFound, NotAllowed
        If the actor does not see the entry, or is no reviewer of a public buyer.
    Conflict
        If it is not pinned.
    """
    _require_coordinator(session, actor)
    EntryRepository(session, actor).get_record(entry_id)
    member = session.get(ThemeMember, entry_id)
    if member is None or not member.is_pinned:
        raise Conflict("The entry is not pinned to a theme.")
    member.is_pinned = False
    theme = session.get_one(Theme, member.theme_id)
    _note(session, theme, ThemeEventKind.UNPINNED, {"entry": entry_id}, actor)


def _require_coordinator(session: Session, actor: Actor) -> None:
    if not (actor.is_system or (actor.roles & REVIEWERS and is_buyer(session, actor))):
        raise NotAllowed("Officers and coordinators of public buyers look after themes.")


def _changeable(session: Session, theme_id: str, expected_version: int | None, actor: Actor) -> Theme:
    theme = ThemeRepository(session, actor).get_record(theme_id)
    _require_coordinator(session, actor)
    if expected_version is not None and theme.version != expected_version:
        raise StaleVersion(theme_id, expected=expected_version, actual=theme.version)
    if theme.state is not ThemeState.ALIVE:
        raise Conflict(f"The theme is {theme.state.value}.", remedy="Look for the one that carries it on.")
    return theme


def _checked_entries(session: Session, entry_ids: Sequence[str], actor: Actor) -> list[str]:
    wanted = list(dict.fromkeys(entry_ids))
    if not 0 < len(wanted) <= MAX_AT_ONCE:
        raise InvalidInput(f"Choose 1 to {MAX_AT_ONCE} entries.", field="entries")
    found = EntryRepository(session, actor).get_many(wanted)
    for entry_id in wanted:
        if entry_id not in found:
            raise EntryNotFound(entry_id)
    if any(e.kind not in KINDS or e.status is not EntryStatus.PUBLISHED for e in found.values()):
        raise InvalidInput("Only published needs and ideas are in themes.", field="entries")
    return wanted


def _checked_name(name: str, field: str) -> str:
    words = " ".join(name.split())
    if not 0 < len(words) <= MAX_NAME_CHARS:
        raise InvalidInput(f"A name has 1 to {MAX_NAME_CHARS} characters.", field=field)
    return words


def _note(session: Session, theme: Theme, kind: ThemeEventKind, detail: dict[str, Any], actor: Actor) -> None:
    ThemeSaver(session).note(theme.id, kind, detail, by=actor)
    AuditRepository(session).add(f"theme.{kind.value}", theme.id, by=actor)
    session.flush()
