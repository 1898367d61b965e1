"""Signing in and out: password, one-time link, invitation, reset."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from api import identity, rendering, resume, signing_in
from api.access import EVERY_ROLE, GuardedRoute, allows, allows_everybody
from api.dependencies import Assets, Work
from api.texts import Texts, choose_language
from matcher.errors import InvalidInput, NotSignedIn, TooManyAttempts
from matcher.services import accounts
from matcher.services.accounts import MemberSession

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

Password = Annotated[str, Form(max_length=1000)]


@router.get("/login")
@allows_everybody
def show_login(request: Request, assets: Assets, next: str = "/") -> Response:
    """Show the sign-in form."""
    if identity.caller_of(request) is not None:
        return rendering.redirect(rendering.safe_next(next))
    return _login_page(request, assets, next=next)


def _login_page(
    request: Request,
    assets: Assets,
    *,
    next: str,
    email: str = "",
    failure: str | None = None,
    kept: resume.Fields | None = None,
    kept_action: str = "/",
    status: int = 200,
) -> Response:
    context: dict[str, object] = {
        "next": rendering.safe_next(next),
        "email": email,
        "failure": failure,
        "has_provider": assets.provider is not None,
        "kept": kept or [],
        "kept_action": kept_action,
    }
    return rendering.page(request, "login.html", context, status_code=status)


@router.post("/login")
@allows_everybody
def sign_in(
    request: Request,
    assets: Assets,
    work: Work,
    email: Annotated[str, Form(max_length=320)],
    password: Password,
    next: Annotated[str, Form(max_length=2000)] = "/",
    kept: Annotated[list[str], Form()] = [],  # noqa: B006  read, never changed
    kept_action: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Sign in with e-mail address and password; what was typed before the session ended is shown again."""
    fields, kept_action = resume.unpack(kept), rendering.safe_next(kept_action)
    texts = Texts(choose_language(request))
    try:
        member = accounts.sign_in(work, email=email, password=password)
    except (NotSignedIn, TooManyAttempts) as error:
        # Answered here and not by raising: the failed try must be counted, so that the work is committed.
        key = "login.too_many" if isinstance(error, TooManyAttempts) else "login.failed"
        return _login_page(
            request,
            assets,
            next=next,
            email=email,
            failure=texts(key),
            kept=fields,
            kept_action=kept_action,
            status=error.status,
        )
    if fields:
        signing_in.start(request, member.id, session_version=member.session_version)
        return resume.show_continue(request, kept_action, fields)
    return _welcome(request, member, "login.welcome", address=rendering.safe_next(next))


@router.post("/logout")
@allows(EVERY_ROLE)
def sign_out(request: Request) -> Response:
    """Sign out."""
    signing_in.end(request)
    rendering.notify(request, "login.signed_out")
    return rendering.redirect("/login")


@router.get("/link/{token}")
@allows_everybody
def show_link(request: Request, token: str) -> Response:
    """Show a button: what merely previews a link must not use it up."""
    return rendering.page(request, "link.html")


@router.post("/link/{token}")
@allows_everybody
def use_link(request: Request, token: str, assets: Assets, work: Work) -> Response:
    """Sign in with a one-time link."""
    member = accounts.use_sign_in_link(work, token, settings=assets.settings)
    return _welcome(request, member, "login.welcome")


@router.get("/invitation/{token}")
@allows_everybody
def show_invitation(request: Request, token: str) -> Response:
    """Ask for the name and password of somebody who was invited."""
    return _password_page(request, "invitation.title", asks_name=True)


@router.post("/invitation/{token}")
@allows_everybody
def accept_invitation(
    request: Request,
    token: str,
    work: Work,
    name: Annotated[str, Form(max_length=200)],
    password: Password,
) -> Response:
    """Make somebody who was invited a member, and sign them in."""
    try:
        member = accounts.accept_invitation(work, token, name=name, password=password)
    except InvalidInput as error:
        return _password_page(request, "invitation.title", asks_name=True, name=name, failure=error)
    return _welcome(request, member, "password.saved")


@router.get("/reset")
@allows_everybody
def show_reset_help(request: Request) -> Response:
    """Tell how to get a new password."""
    return rendering.page(request, "reset.html")


@router.get("/reset/{token}")
@allows_everybody
def show_reset(request: Request, token: str) -> Response:
    """Ask for a new password."""
    return _password_page(request, "reset.choose")


@router.post("/reset/{token}")
@allows_everybody
def reset(request: Request, token: str, work: Work, password: Password) -> Response:
    """Set a new password; everything that was signed in with the old one is signed out."""
    try:
        member = accounts.reset_password(work, token, password=password)
    except InvalidInput as error:
        return _password_page(request, "reset.choose", failure=error)
    return _welcome(request, member, "password.saved")


def _welcome(request: Request, member: MemberSession, notice: str, *, address: str = "/") -> Response:
    signing_in.start(request, member.id, session_version=member.session_version)
    rendering.notify(request, notice)
    return rendering.redirect(address)


def _password_page(
    request: Request,
    heading: str,
    *,
    asks_name: bool = False,
    name: str = "",
    failure: InvalidInput | None = None,
) -> Response:
    context = {"heading": heading, "asks_name": asks_name, "name": name, "failure": failure and str(failure)}
    return rendering.page(request, "password.html", context, status_code=422 if failure else 200)
