"""One batch of an import: which rows are new, changed, as before or wrong, and the writing of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from matcher.errors import InvalidInput
from matcher.intake.drafting import TEXT_ID
from matcher.services.actor import ADMINISTRATORS, PARTNERS, Actor
from matcher.services.numbers import checked_number, looks_like_number
from matcher.services.preparing import prepare, problems_of
from matcher.types import (
    BUYERS,
    EntryDraft,
    EntryKind,
    EntryStatus,
    Fault,
    IntakeRow,
    OrganisationKind,
    OrganisationSize,
)
from models.records import Organisation
from models.repositories.audit import AuditRepository
from models.repositories.contents import draft_digest, source_key
from models.repositories.entry_writing import EntryWriter, KnownEntry, NewContent
from models.repositories.organisations import OrganisationRepository, name_key
from models.repositories.proposal_saving import ProposalSaver

BATCH: Final = 500
"""Rows that are looked up, written and, with a checkpoint, committed at a time."""

_TWICE: Final = (
    "source_id",
    "This id stands in the file more than once; the first row with it was taken.",
    "Give each row an id of its own.",
)
_SAME_TEXT: Final = (
    "text",
    "The same row stands in the file more than once; the first was taken.",
    "Leave it out, or add a column id with a number of its own for each row.",
)
_CLOSED: Final = (EntryStatus.ERASED, EntryStatus.RESTRICTED)


@dataclass(slots=True)
class BatchResult:
    """What became of some rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, faults: Iterable[Fault]) -> None:
        """Count a row that is wrong."""
        self.failed += 1
        self.faults += faults

    def add(self, other: BatchResult, *, room: int) -> None:
        """Add another batch's counts, and as many of its faults as there is room for."""
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.failed += other.failed
        self.faults += other.faults[:room]


@dataclass(slots=True)
class _Pile:
    """Rows of a batch, sorted: new, changed, as before; the keys of all, and those of batches before it."""

    news: list[NewContent] = field(default_factory=list)
    changes: list[tuple[KnownEntry, NewContent]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    earlier: set[str] = field(default_factory=set)


class _Seen:
    """Keys of a trial, eight bytes of each: a million rows take 8 MB."""

    def __init__(self) -> None:
        self._sorted = np.zeros(0, dtype=np.uint64)

    def among(self, keys: Sequence[str]) -> set[str]:
        """Return those of some keys that were added."""
        shorts = _shorts(keys)
        at = np.searchsorted(self._sorted, shorts)
        inside = at < len(self._sorted)
        found = self._sorted[at[inside]] == shorts[inside]
        return {keys[index] for index in np.flatnonzero(inside)[found]}

    def add(self, keys: Iterable[str]) -> None:
        """Add keys that are not there yet."""
        shorts = np.sort(_shorts(keys))
        self._sorted = np.insert(self._sorted, np.searchsorted(self._sorted, shorts), shorts)


class Owners:
    """Which organisation a row belongs to.

    Parameters
    ----------
    session
        An open session.
    actor
        Who imports; a member imports for its own organisation alone.
    scope
        Organisation of rows that name none.
    creates
        Whether organisations that nobody knows are registered.
    """

    def __init__(self, session: Session, actor: Actor, scope: str | None, *, creates: bool) -> None:
        self._organisations = OrganisationRepository(session)
        self._audit = AuditRepository(session)
        self._actor = actor
        self._scope = scope
        self._creates = creates
        self._known: dict[str, str] = {}

    def learn(self, drafts: Iterable[EntryDraft]) -> None:
        """Look up the organisations that drafts name, and register new ones if that is wanted."""
        named = {name: draft for draft in drafts if (name := _named(draft)) and name not in self._known}
        self._known.update(self._organisations.find_ids(named))
        if self._creates:
            for name, draft in named.items():
                if name not in self._known and not looks_like_number(name):
                    self._known[name] = self._create(name, draft)

    def owner_of(self, draft: EntryDraft) -> str | None:
        """Return the organisation that a draft belongs to.

        Raises
        ------
        InvalidInput
            If it names a wrong organisation number, or a member imports for another organisation.
        """
        name = _named(draft)
        if not name:
            return self._scope
        owner = self._known.get(name)
        if owner is None and looks_like_number(name):
            checked_number(name)
        if self._actor.is_system:
            return owner or self._scope
        if owner not in (None, self._scope):
            raise InvalidInput(
                "It belongs to another organisation.",
                field="organisation",
                remedy="Leave the organisation empty, or let that organisation import it.",
            )
        return self._scope

    def tell_size(self, draft: EntryDraft, size: OrganisationSize) -> None:
        """Note how large a supplier is, where nobody told yet and the actor may tell."""
        owner = self.owner_of(draft)
        if owner is None or not self._actor.may(ADMINISTRATORS | PARTNERS, organisation_id=owner):
            return
        record = self._organisations.get(owner)
        if record.size is None and record.kind not in BUYERS:
            record.size = size
            self._audit.add(
                "organisation.changed", owner, by=self._actor, organisation_id=owner, fields=["size"]
            )

    def _create(self, name: str, draft: EntryDraft) -> str:
        tidy = " ".join(name.split())[:300]
        record = self._organisations.add(
            Organisation(name=tidy, name_key=name_key(tidy), kind=_kind_of(tidy, draft.kind), languages=[])
        )
        self._audit.add("organisation.created", record.id, by=self._actor, organisation_id=record.id)
        return record.id


class Batch:
    """Takes rows in, a batch at a time.

    Parameters
    ----------
    session
        An open session.
    actor
        Who imports.
    scope
        Organisation within which the ids of the source are unique.
    owners
        Which organisation a row belongs to.
    import_id
        The import that the rows belong to; None only looks what would happen.
    """

    def __init__(
        self, session: Session, actor: Actor, scope: str | None, owners: Owners, *, import_id: str | None
    ) -> None:
        self._session = session
        self._writer = EntryWriter(session)
        self._actor = actor
        self._scope = scope
        self._owners = owners
        self._import_id = import_id
        # In a trial nothing is written that a later row could be compared with.
        self._seen_in_trial = _Seen()

    def take(self, rows: Sequence[IntakeRow]) -> BatchResult:
        """Take in some rows."""
        result, pile = BatchResult(), _Pile()
        for row in rows:
            if row.draft is None or row.faults:
                result.refuse(row.faults)
        drafts = [(row.number, row.draft) for row in rows if row.draft is not None and not row.faults]
        sizes = {row.number: row.organisation_size for row in rows}
        self._owners.learn(draft for _, draft in drafts)
        keys = [source_key(self._scope, draft.source, draft.source_id) for _, draft in drafts]
        known = self._writer.find_known(keys)
        if self._import_id is None:
            pile.earlier = self._seen_in_trial.among(keys)
        for (number, draft), key in zip(drafts, keys, strict=True):
            faults = self._sort(number, draft, key, known.get(key), pile)
            if faults:
                result.refuse(faults)
            elif self._import_id is not None and (size := sizes.get(number)) is not None:
                self._owners.tell_size(draft, size)
        result.created, result.updated = len(pile.news), len(pile.changes)
        result.unchanged = len(pile.seen)
        if self._import_id is not None:
            self._write(pile, self._import_id)
        else:
            self._seen_in_trial.add(pile.taken)
        return result

    def _sort(
        self, number: int, draft: EntryDraft, key: str, before: KnownEntry | None, pile: _Pile
    ) -> list[Fault]:
        """Put a row on its pile, or return what is wrong with it."""
        refusal = self._refusal(key, before, pile)
        if refusal is _TWICE and draft.source_id.startswith(TEXT_ID):
            refusal = _SAME_TEXT
        if refusal is not None:
            field, message, remedy = refusal
            return [Fault(row=number, field=field, message=message, remedy=remedy)]
        pile.taken.add(key)
        digest = draft_digest(draft)
        if before is not None and before.draft_digest == digest:
            pile.seen.append(before.id)
            return []
        content = prepare(draft)
        faults = [Fault(row=number, **problem._asdict()) for problem in problems_of(content)]
        owner, wrong_owner = self._owner(number, draft)
        if faults or wrong_owner:
            return faults + wrong_owner
        new = NewContent(
            content=content,
            source_key=key,
            draft_digest=digest,
            status=draft.status if before is None else _status(before, draft),
            organisation_id=owner,
            member_id=self._actor.member_id,
            import_id=self._import_id,
        )
        if before is None:
            pile.news.append(new)
        else:
            number_after = before.content_number + 1
            pile.changes.append((before, replace(new, entry_id=before.id, number=number_after)))
        return []

    def _owner(self, number: int, draft: EntryDraft) -> tuple[str | None, list[Fault]]:
        try:
            return self._owners.owner_of(draft), []
        except InvalidInput as error:
            field = error.field or "organisation"
            return None, [Fault(row=number, field=field, message=str(error), remedy=error.remedy)]

    def _refusal(self, key: str, before: KnownEntry | None, pile: _Pile) -> tuple[str, str, str] | None:
        """Return why a row is not even looked at: field, message and remedy."""
        if before is not None and before.status in _CLOSED:
            message = f"This entry was {before.status.value} here and is not taken in again."
            return "source_id", message, "Leave the row out."
        is_twice = (
            key in pile.taken
            or key in pile.earlier
            or (
                before is not None
                and self._import_id is not None
                and before.last_import_id == self._import_id
            )
        )
        return _TWICE if is_twice else None

    def _write(self, pile: _Pile, import_id: str) -> None:
        self._writer.insert_many(pile.news)
        self._writer.update_many([new for _, new in pile.changes])
        self._writer.mark_seen(pile.seen, import_id=import_id)
        for before, new in pile.changes:
            if before.status is EntryStatus.PUBLISHED and new.status is not EntryStatus.PUBLISHED:
                ProposalSaver(self._session).retire_entry(before.id)


def _shorts(keys: Iterable[str]) -> NDArray[np.uint64]:
    return np.array([int(key[:16], 16) for key in keys], dtype=np.uint64)


def _named(draft: EntryDraft) -> str:
    name = (draft.organisation or "").strip()
    if not looks_like_number(name):
        return name
    try:
        return checked_number(name) or ""
    except InvalidInput:
        return name


def _status(before: KnownEntry, draft: EntryDraft) -> EntryStatus:
    # What was withdrawn here stays withdrawn, whatever the source says.
    return EntryStatus.WITHDRAWN if before.status is EntryStatus.WITHDRAWN else draft.status


def _kind_of(name: str, kind: EntryKind) -> OrganisationKind:
    if kind is EntryKind.OFFERING:
        return OrganisationKind.SUPPLIER
    last = name.casefold().rsplit(maxsplit=1)[-1]
    if last in ("kommun", "kommune", "kommuna", "kaupunki", "kunta"):
        return OrganisationKind.MUNICIPALITY
    return OrganisationKind.OTHER
