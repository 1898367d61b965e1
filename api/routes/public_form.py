"""The form for people without an account, as its organisation opens and closes it."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.access import ADMINISTRATORS, EVERY_ROLE, GuardedRoute, allows
from api.dependencies import Acting, Reading, Work
from api.etag import ExpectedVersion, etag
from api.openapi import CHANGE_RESPONSES
from api.schemas.steering import PublicFormSet, PublicFormShown
from matcher.services import public_form
from matcher.services.public_form import FormView

router = APIRouter(route_class=GuardedRoute, tags=["organisations"])


@router.get("/public-form")
@allows(EVERY_ROLE)
def get_public_form(response: Response, session: Reading, actor: Acting) -> PublicFormShown:
    """Return the caller's organisation's form for people without an account, open or closed."""
    return _shown(public_form.find_form(session, actor=actor), response)


@router.put("/public-form", responses=CHANGE_RESPONSES)
@allows(ADMINISTRATORS)
def change_public_form(
    body: PublicFormSet, version: ExpectedVersion, response: Response, work: Work, actor: Acting
) -> PublicFormShown:
    """Open, close or reword the form for people without an account."""
    view = public_form.change_form(
        work,
        is_open=body.is_open,
        shows_published=body.shows_published,
        note=body.note,
        expected_version=version,
        actor=actor,
    )
    return _shown(view, response)


def _shown(view: FormView, response: Response) -> PublicFormShown:
    response.headers["ETag"] = etag(view.version)
    return PublicFormShown(
        organisation_id=view.organisation_id,
        is_open=view.is_open,
        shows_published=view.shows_published,
        note=view.note,
        path=f"/tell/{view.organisation_id}",
        version=view.version,
    )
