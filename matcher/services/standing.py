"""What stands together after merges: shared by the services that merge, whichever way they come to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy.orm import Session

from matcher.errors import Conflict, EntryNotFound, InvalidInput, NotAllowed, StaleVersion
from matcher.grouping.faces import choose_face, stand_together
from matcher.services.actor import EVERYBODY, REVIEWERS, SYSTEM, Actor
from matcher.types import BUYERS, DEMAND, DuplicateAnswer, DuplicateState, EntryKind, EntryStatus, NoticeKind
from models.records import Merge
from models.repositories.audit import AuditRepository
from models.repositories.duplicates import DecisionView, DuplicateRepository, pairs_among
from models.repositories.entries import EntryRepository, EntryView
from models.repositories.merges import MergeRepository
from models.repositories.notices import NoticeRepository
from models.repositories.organisations import OrganisationRepository
from models.repositories.supports import SupportRepository

MAX_TOGETHER: Final = 1000
_STATE_OF: Final = {
    DuplicateAnswer.DIFFERENT: DuplicateState.DIFFERENT,
    DuplicateAnswer.UNSURE: DuplicateState.UNSURE,
    DuplicateAnswer.RELATED: DuplicateState.RELATED,
}


def is_buyer(session: Session, actor: Actor) -> bool:
    """Whether the actor acts for a public buyer."""
    if actor.is_system:
        return True
    if actor.organisation_id is None:
        return False
    return OrganisationRepository(session).get(actor.organisation_id).kind in BUYERS


def require_reviewer(session: Session, entries: Iterable[EntryView], *, actor: Actor) -> None:
    """Refuse whoever may not decide about entries that belong together.

    Officers and coordinators may, where one of the entries is their organisation's, or belongs to nobody and
    they act for a public buyer; everybody may among the entries of the own organisation alone.

    Raises
    ------
    NotAllowed
        If the actor may not.
    """
    owners = {entry.organisation_id for entry in entries}
    if actor.is_system:
        return
    if owners == {actor.organisation_id} and actor.may(EVERYBODY, organisation_id=actor.organisation_id):
        return
    if any(actor.may(REVIEWERS, organisation_id=owner) for owner in owners):
        return
    if None in owners and actor.roles & REVIEWERS and is_buyer(session, actor):
        return
    raise NotAllowed("Officers and coordinators decide about entries of which one is their organisation's.")


def require_demand(entries: Iterable[EntryView]) -> None:
    """Let published needs and ideas alone be procured together.

    Raises
    ------
    InvalidInput
        If one of them is something else.
    """
    if any(e.kind not in DEMAND or e.status is not EntryStatus.PUBLISHED for e in entries):
        raise InvalidInput("Only published needs and ideas are procured together.", field="entries")


def seen_entries(session: Session, entry_ids: Sequence[str], *, actor: Actor) -> list[EntryView]:
    """Return entries in the order asked for.

    Raises
    ------
    EntryNotFound
        If the actor does not see one of them.
    """
    found = EntryRepository(session, actor).get_many(entry_ids)
    for entry_id in entry_ids:
        if entry_id not in found:
            raise EntryNotFound(entry_id)
    return list(found.values())


def merge_entries(
    session: Session,
    entry_ids: Sequence[str],
    *,
    face_id: str | None,
    expected_versions: Mapping[str, int] | None = None,
    actor: Actor,
) -> Merge:
    """Let entries stand behind one face, and tell those who stand behind the others.

    Parameters
    ----------
    session
        An open session.
    entry_ids
        Two entries or more.
    face_id
        Which of them is the face; left out, the face that most stand behind, or else the earliest.
    expected_versions
        Versions of groups (by the id of an entry in them; 0 where it stood alone) that the decision rests on.
    actor
        Who decides.

    Raises
    ------
    EntryNotFound, NotAllowed, InvalidInput
        If an entry is not seen, the actor may not merge them, or they cannot be one.
    StaleVersion
        If something was merged or undone since.
    Conflict
        If they stand together already, or one of them is erased.
    """
    wanted = list(dict.fromkeys(entry_ids))
    entries = seen_entries(session, wanted, actor=actor)
    _check_kinds(entries, face_id)
    require_reviewer(session, entries, actor=actor)
    merges = MergeRepository(session)
    before = merges.standing(wanted)
    for entry_id, expected in (expected_versions or {}).items():
        actual = before[entry_id].version if entry_id in before else 0
        if actual != expected:
            raise StaleVersion(entry_id, expected=expected, actual=actual)
    groups = {before[each].group_id if each in before else each for each in wanted}
    if len(groups) == 1:
        raise Conflict("These entries stand together already.", remedy="Read the entry again.")
    merge = merges.add(wanted, by=actor)
    if face_id is not None:
        merges.choose_face(face_id, merge_id=merge.id, by=actor)
    stand_anew(session, wanted, actor=actor)
    _note(session, merge, "merge.made", entries, actor)
    _tell(session, merge, NoticeKind.MERGED, wanted)
    return merge


def stand_anew(session: Session, entry_ids: Iterable[str], *, actor: Actor) -> None:
    """Work out what stands together around some entries, from the merges that hold."""
    merges = MergeRepository(session)
    touched = set(entry_ids)
    before = merges.standing(touched)
    touched |= {each for standing in before.values() for each in standing.entry_ids}
    around = merges.around(touched)
    touched |= {entry_id for merge in around for entry_id in merge.entry_ids}
    groups = stand_together([merge.entry_ids for merge in around])
    together = {entry_id for group in groups for entry_id in group}
    merges.clear(touched - together)
    taken: set[str] = set()
    for group in groups:
        published = merges.published(sorted(group))
        face = choose_face(group, choices=merges.face_choices(sorted(group)), published=published)
        taken.add(merges.put(group, face_id=face, owner=actor.organisation_id, taken=taken).id)
    merges.drop_empty({standing.group_id for standing in before.values()})
    _settle_pairs(session, touched)
    session.flush()


def undo_merge(session: Session, merge: Merge, *, actor: Actor) -> None:
    """Take a merge back; what other merges join stays together."""
    merges = MergeRepository(session)
    members = merges.members(merge.id)
    merges.undo(merge, by=actor)
    stand_anew(session, members, actor=actor)
    AuditRepository(session).add(
        "merge.undone", merge.id, by=actor, organisation_id=merge.organisation_id, entries=members
    )
    _tell(session, merge, NoticeKind.UNMERGED, members)


def state_after(decisions: Sequence[DecisionView], *, is_current: bool) -> DuplicateState:
    """Return where a pair stands after what was said about it, apart from merges.

    Each ``UNDO`` takes back the latest answer of the member who gave it.
    """
    valid: list[DecisionView] = []
    for decision in decisions:
        if decision.kind is not DuplicateAnswer.UNDO:
            valid.append(decision)
            continue
        own = [each for each in valid if each.member_id == decision.member_id]
        if own:
            valid.remove(own[-1])
    answers = [each.kind for each in valid if each.kind is not DuplicateAnswer.MERGE]
    if answers:
        return _STATE_OF[answers[-1]]
    return DuplicateState.OPEN if is_current else DuplicateState.STALE


def _settle_pairs(session: Session, entry_ids: Collection[str]) -> None:
    """Let pairs of entries tell whether these stand together."""
    pairs = pairs_among(session, entry_ids)
    standing = MergeRepository(session).standing(
        {entry_id for pair in pairs for entry_id in (pair.left_id, pair.right_id)}
    )
    repository = DuplicateRepository(session, SYSTEM)
    for pair in pairs:
        left, right = standing.get(pair.left_id), standing.get(pair.right_id)
        if left is not None and left == right:
            pair.state = DuplicateState.MERGED
        elif pair.state is DuplicateState.MERGED:
            pair.state = state_after(repository.list_decisions(pair.id), is_current=pair.is_current)
    session.flush()


def _check_kinds(entries: Collection[EntryView], face_id: str | None) -> None:
    if not 2 <= len(entries) <= MAX_TOGETHER:
        raise InvalidInput(f"Choose 2 to {MAX_TOGETHER} entries.", field="entries")
    if face_id is not None and face_id not in {entry.id for entry in entries}:
        raise InvalidInput("The face is one of the entries.", field="face")
    offerings = [entry for entry in entries if entry.kind is EntryKind.OFFERING]
    if offerings and len(offerings) < len(entries):
        raise InvalidInput("An offering and a need are not the same.", field="entries")
    if offerings and len({entry.organisation_id for entry in offerings}) > 1:
        raise InvalidInput(
            "Offerings of different suppliers are not the same.",
            field="entries",
            remedy="Choose offerings of one supplier, or say that they are related.",
        )
    if any(entry.status in (EntryStatus.ERASED, EntryStatus.RESTRICTED) for entry in entries):
        raise Conflict("One of the entries is erased or restricted.", remedy="Leave it out.")


def _note(session: Session, merge: Merge, action: str, entries: Sequence[EntryView], actor: Actor) -> None:
    AuditRepository(session).add(
        action,
        merge.id,
        by=actor,
        organisation_id=merge.organisation_id,
        entries=[entry.id for entry in entries],
    )


def _tell(session: Session, merge: Merge, kind: NoticeKind, entry_ids: Sequence[str]) -> None:
    """Tell who stands behind each entry; nobody's support is moved."""
    faces = MergeRepository(session).faces(entry_ids)
    supports, notices = SupportRepository(session), NoticeRepository(session)
    for entry_id in entry_ids:
        behind = supports.behind([entry_id]).member_ids
        notices.tell(
            [member_id for member_id in behind if member_id != merge.member_id],
            kind,
            merge.id,
            key=f"{kind.value}:{merge.id}",
            entry_id=entry_id,
            organisation_id=merge.organisation_id,
            face=faces[entry_id],
        )
