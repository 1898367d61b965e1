"""Answering who asked for an account: whoever may registers the organisation and makes a member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.errors import Conflict, NotAllowed
from matcher.services.accounts.asking import checked_text
from matcher.services.accounts.invitations import invite
from matcher.services.accounts.membership import create_member
from matcher.services.accounts.signing_in import make_reset_link
from matcher.services.actor import ADMINISTRATORS, Actor
from matcher.services.numbers import forms_of, usual_form
from matcher.services.registering import OrganisationDraft, register
from matcher.services.standing import is_buyer
from matcher.types import BUYERS, RequestState, Role
from models.records import Member, Organisation, PartnerRequest, utc_now
from models.repositories.audit import AuditRepository
from models.repositories.members import MemberRepository
from models.repositories.organisations import OrganisationRepository, OrganisationView, name_key, view_of
from models.repositories.pages import Page
from models.repositories.partner_requests import PartnerRequestRepository, PartnerRequestView

MAX_REASON_CHARS: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRequestShown:
    """A request, the organisation that has its number already, and whether the actor may approve it.

    ``namesakes`` are others of the same name: imports that name an organisation find none of several.
    """

    request: PartnerRequestView
    existing: OrganisationView | None
    namesakes: tuple[OrganisationView, ...]
    may_approve: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOffered:
    """The secret of the link to hand on; an invitation where the address has an account already."""

    request: PartnerRequestView
    secret: str
    is_invitation: bool

    @property
    def path(self) -> str:
        """The page that the link leads to."""
        return f"/{'invitation' if self.is_invitation else 'reset'}/{self.secret}"


def list_requests(
    session: Session,
    *,
    actor: Actor,
    state: RequestState | None = None,
    limit: int = 50,
    after: Sequence[Any] | None = None,
) -> Page[PartnerRequestShown]:
    """Return a page of the requests that the actor may answer, the latest first.

    Administrators of public buyers see all, those of other organisations what is about their own.

    Raises
    ------
    NotAllowed
        If the actor is no administrator.
    """
    page = _seen(session, actor).list_views(state=state, limit=limit, after=after)
    return Page(_shown(session, page.items, actor), page.next_after)


def get_request(session: Session, request_id: str, *, actor: Actor) -> PartnerRequestShown:
    """Return a request that the actor may answer.

    Raises
    ------
    NotAllowed, PartnerRequestNotFound
        If the actor is no administrator, or there is no such request.
    """
    return _shown(session, [_seen(session, actor).get(request_id)], actor)[0]


def count_open(session: Session, *, actor: Actor) -> int:
    """Return how many requests wait for an answer of the actor; none if it is no administrator."""
    if not actor.may(ADMINISTRATORS, organisation_id=actor.organisation_id):
        return 0
    return _seen(session, actor).count_open()


def approve(session: Session, request_id: str, *, joins: bool = False, actor: Actor) -> AccountOffered:
    """Register the organisation and make the person its member, as a partner; return the link to hand on.

    Parameters
    ----------
    session
        An open session.
    request_id
        Which request.
    joins
        Whether the person is added to the organisation that has the number already.
    actor
        Who approves it: an administrator of a public buyer, or of the organisation that has the number.

    Raises
    ------
    NotAllowed, PartnerRequestNotFound
        If the actor may not approve it, or there is no such request.
    Conflict
        If it is answered, or the number is registered and ``joins`` does not say so, or the reverse.
    """
    requests, record = _open(session, request_id, actor)
    existing = OrganisationRepository(session).find_by_number(*forms_of(record.organisation_number))
    _require_decider(session, existing, actor)
    if existing is not None and not joins:
        remedy = "Add the person to that organisation instead."
        raise Conflict("The organisation number is registered already.", remedy=remedy)
    if existing is None and joins:
        raise Conflict("No organisation has this number.", remedy="Register the organisation.")
    organisation = existing or register(session, _organisation_of(record), by=actor)
    _decide(record, RequestState.APPROVED, actor)
    record.organisation_id = organisation.id
    AuditRepository(session).add(
        "partner_request.approved", record.id, by=actor, organisation=organisation.id, joins=joins
    )
    session.flush()
    return _offer(session, requests, record, actor)


def reject(session: Session, request_id: str, *, reason: str, actor: Actor) -> PartnerRequestView:
    """Say no to a request; the reason is kept with it.

    Raises
    ------
    NotAllowed, PartnerRequestNotFound
        If the actor may not answer it, or there is no such request.
    Conflict, InvalidInput
        If it is answered, or the reason is missing or too long.
    """
    requests, record = _open(session, request_id, actor)
    record.reason = checked_text(reason, "reason", MAX_REASON_CHARS, missing="Say why you reject it.")
    _decide(record, RequestState.REJECTED, actor)
    AuditRepository(session).add("partner_request.rejected", record.id, by=actor)
    session.flush()
    return requests.get(record.id)


def offer_again(session: Session, request_id: str, *, actor: Actor) -> AccountOffered:
    """Return a new link for somebody whose request was approved and whose account was never used.

    Raises
    ------
    NotAllowed, PartnerRequestNotFound
        If the actor may not answer the request, or there is none.
    Conflict
        If it is not approved, its data was removed, or the account is in use.
    """
    requests = _seen(session, actor)
    record = requests.get_record(request_id)
    if record.organisation_id is None or not record.email:
        raise Conflict("The request is not approved, or its data was removed.", remedy="Look at its state.")
    _require_decider(session, OrganisationRepository(session).get(record.organisation_id), actor)
    return _offer(session, requests, record, actor)


def _offer(
    session: Session, requests: PartnerRequestRepository, record: PartnerRequest, actor: Actor
) -> AccountOffered:
    """Make the member with a link to choose a password, or invite who has an account already.

    Nobody proved that the address is its sender's. A link must therefore never open an account that was
    there before: an invitation asks for that account's password.
    """
    owner = record.organisation_id or ""
    within = replace(actor, organisation_id=owner, roles=ADMINISTRATORS)
    member = MemberRepository(session).find_by_email(record.email)
    if member is not None and not MemberRepository(session).roles(member.id, owner):
        secret = invite(session, email=record.email, roles={Role.PARTNER}, actor=within)
        return AccountOffered(request=requests.get(record.id), secret=secret, is_invitation=True)
    member_id = _unused(session, member) or _new_member(session, record, within)
    secret = make_reset_link(session, member_id, actor=within)
    return AccountOffered(request=requests.get(record.id), secret=secret, is_invitation=False)


def _unused(session: Session, member: Member | None) -> str | None:
    if member is None:
        return None
    if member.password_hash is not None or MemberRepository(session).has_identity(member.id):
        raise Conflict(
            "This person has an account in the organisation that is in use.",
            remedy="Tell the person to sign in as usual; a request that is open can be rejected.",
        )
    return member.id


def _new_member(session: Session, record: PartnerRequest, within: Actor) -> str:
    return create_member(
        session,
        email=record.email,
        name=record.contact,
        organisation_id=within.organisation_id or "",
        roles={Role.PARTNER},
        actor=within,
    ).id


def _organisation_of(record: PartnerRequest) -> OrganisationDraft:
    return OrganisationDraft(
        name=record.name,
        kind=record.kind,
        size=record.size,
        organisation_number=record.organisation_number,
    )


def _seen(session: Session, actor: Actor) -> PartnerRequestRepository:
    """Return the requests that the actor sees: who sells must not learn which competitors ask."""
    actor.require(ADMINISTRATORS, organisation_id=actor.organisation_id)
    if is_buyer(session, actor):
        return PartnerRequestRepository(session)
    own = OrganisationRepository(session).get(actor.organisation_id or "").organisation_number
    return PartnerRequestRepository(session, number=usual_form(own or ""))


def _open(session: Session, request_id: str, actor: Actor) -> tuple[PartnerRequestRepository, PartnerRequest]:
    requests = _seen(session, actor)
    record = requests.get_record(request_id)
    if record.state is not RequestState.OPEN:
        raise Conflict("The request is not open any more.", remedy="Look at its state.")
    return requests, record


def _decide(record: PartnerRequest, state: RequestState, actor: Actor) -> None:
    record.state, record.decided_at, record.decided_by = state, utc_now(), actor.member_id


def _shown(session: Session, views: Sequence[PartnerRequestView], actor: Actor) -> list[PartnerRequestShown]:
    organisations = OrganisationRepository(session)
    forms = [form for view in views for form in forms_of(view.organisation_number)]
    found = {usual_form(kept): each for kept, each in organisations.by_numbers(forms).items()}
    administered = organisations.administered(each.id for each in found.values())
    named = organisations.by_name_keys(
        name_key(view.name) for view in views if view.state is RequestState.OPEN
    )
    is_buyers = is_buyer(session, actor)

    def shown(view: PartnerRequestView) -> PartnerRequestShown:
        existing = found.get(view.organisation_number)
        may = _may_decide(existing, actor, is_buyers=is_buyers, administered=administered)
        others = named.get(name_key(view.name), ()) if view.state is RequestState.OPEN else ()
        return PartnerRequestShown(
            request=view,
            existing=existing,
            namesakes=tuple(each for each in others if existing is None or each.id != existing.id),
            may_approve=may and view.state is RequestState.OPEN,
        )

    return [shown(view) for view in views]


def _require_decider(session: Session, existing: Organisation | None, actor: Actor) -> None:
    view = None if existing is None else view_of(existing)
    administered = OrganisationRepository(session).administered([] if existing is None else [existing.id])
    if not _may_decide(view, actor, is_buyers=is_buyer(session, actor), administered=administered):
        raise NotAllowed("Who becomes a member there is for that organisation's own administrators to say.")


def _may_decide(
    existing: OrganisationView | None, actor: Actor, *, is_buyers: bool, administered: set[str]
) -> bool:
    """Whether the actor may let somebody act for an organisation, or for one that is not there yet.

    Members see their organisation's drafts. One that has administrators of its own is therefore theirs to
    open, and a public buyer never another's.
    """
    if actor.is_system or (existing is not None and existing.id == actor.organisation_id):
        return True
    if existing is None:
        return is_buyers
    return is_buyers and existing.kind not in BUYERS and existing.id not in administered
