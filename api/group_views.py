"""Duplicates, merges and themes, made into what the API hands out."""

from __future__ import annotations

from pydantic_core import to_jsonable_python

from api.schemas.groups import (
    BulkAnswerShown,
    DuplicateGroupShown,
    DuplicateShown,
    StandingShown,
    ThemeEventShown,
    ThemeMemberShown,
    ThemeShown,
    WrittenShown,
)
from api.views import show_entry
from matcher.services.duplicates import BulkAnswer, DuplicateView
from matcher.services.duplicates import GroupView as DuplicateGroup
from matcher.services.merging import GroupView
from matcher.services.themes import ThemeEventView, ThemeMemberView, ThemeView
from matcher.services.writing import WrittenMatch


def show_duplicate(view: DuplicateView) -> DuplicateShown:
    """Show a pair with both entries."""
    return DuplicateShown(
        id=view.id,
        state=view.state,
        probability=view.probability,
        cosine=view.cosine,
        group_id=view.group_id,
        left=show_entry(view.left),
        right=show_entry(view.right),
        version=view.version,
        created_at=view.created_at,
    )


def show_duplicate_group(view: DuplicateGroup) -> DuplicateGroupShown:
    """Show entries that may all be one."""
    return DuplicateGroupShown(
        id=view.id,
        probability=view.probability,
        entry_ids=list(view.entry_ids),
        pairs=[show_duplicate(pair) for pair in view.pairs],
    )


def show_bulk_answer(answer: BulkAnswer) -> BulkAnswerShown:
    """Show what became of one of several pairs."""
    error = answer.error
    return BulkAnswerShown(
        pair_id=answer.pair_id,
        state=answer.state,
        code=None if error is None else error.code,
        message=None if error is None else str(error),
    )


def show_standing(view: GroupView) -> StandingShown:
    """Show what stands with an entry."""
    return StandingShown(
        face=None if view.face is None else show_entry(view.face),
        entries=[show_entry(entry) for entry in view.entries],
        n_hidden=view.n_hidden,
        n_supporters=view.n_supporters,
        is_supported=view.is_supported,
        version=view.version,
    )


def show_written(match: WrittenMatch) -> WrittenShown:
    """Show an entry that says the same, with the part that does."""
    start, end = match.part
    return WrittenShown(
        entry=show_entry(match.entry),
        score=match.score,
        part=match.entry.as_entry().whole_text[start:end],
        start=start,
        end=end,
        n_supporters=match.n_supporters,
        is_supported=match.is_supported,
    )


def show_theme(view: ThemeView) -> ThemeShown:
    """Show a theme."""
    return ThemeShown(
        id=view.id,
        parent_id=view.parent_id,
        level=view.level,
        name_sv=view.name_sv,
        name_en=view.name_en,
        terms_sv=list(view.terms_sv),
        terms_en=list(view.terms_en),
        state=view.state,
        merged_into_id=view.merged_into_id,
        is_named=view.is_named,
        is_kept=view.is_kept,
        n_members=view.n_members,
        n_organisations=view.n_organisations,
        n_parts=view.n_parts,
        example=None if view.example is None else show_entry(view.example),
        version=view.version,
        created_at=view.created_at,
        updated_at=view.updated_at,
    )


def show_theme_member(view: ThemeMemberView) -> ThemeMemberShown:
    """Show an entry in a theme."""
    return ThemeMemberShown(
        entry=show_entry(view.entry),
        theme_id=view.theme_id,
        is_pinned=view.is_pinned,
        joined_at=view.joined_at,
    )


def show_theme_event(view: ThemeEventView) -> ThemeEventShown:
    """Show something that happened to a theme."""
    return ThemeEventShown(
        id=view.id,
        theme_id=view.theme_id,
        name_sv=view.name_sv,
        name_en=view.name_en,
        kind=view.kind,
        detail=to_jsonable_python(view.detail),
        member_id=view.member_id,
        member_name=view.member_name,
        created_at=view.created_at,
    )
