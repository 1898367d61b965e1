"""CPV codes that are suggested for an entry, for whoever may change it to choose from."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response

from api import rendering
from api.access import EVERY_ROLE, GuardedRoute, allows
from api.dependencies import Acting, Assets, Live, ReaderTexts, Reading, Work
from api.proposing import ready_to_propose
from matcher.errors import InvalidInput, StaleVersion
from matcher.services import entries, learning

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_N_SHOWN: Final = 8


@router.get("/entries/{entry_id}/codes")
@allows(EVERY_ROLE)
def show_codes(
    request: Request,
    entry_id: str,
    live: Live,
    assets: Assets,
    texts: ReaderTexts,
    session: Reading,
    actor: Acting,
) -> Response:
    """Show which codes like entries have, the likeliest first."""
    entry = entries.get(session, entry_id, actor=actor)
    found = live.using(
        session,
        lambda matcher: learning.suggest_codes(
            session, matcher, entry_id, actor=actor, table=assets.codes.table, language=texts.language
        ),
    )
    context = {"entry": entry, "suggested": (found.codes or found.groups or found.divisions)[:_N_SHOWN]}
    return rendering.page(request, "codes.html", context)


@router.post("/entries/{entry_id}/codes")
@allows(EVERY_ROLE)
def use_codes(
    request: Request,
    entry_id: str,
    version: Annotated[int, Form()],
    assets: Assets,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    code: Annotated[list[str], Form()] = [],  # noqa: B006  read, never changed
) -> Response:
    """Give an entry the chosen codes."""
    ready_to_propose(assets, work)
    try:
        codes = tuple(dict.fromkeys(assets.codes.cpv(each) for each in code))
        if codes:
            entries.change(work, entry_id, {"cpv": codes}, expected_version=version, actor=actor)
            assets.live.propose_and_save(work, entry_id)
        rendering.notify(request, "entry.changed")
    except StaleVersion:
        work.rollback()
        rendering.warn(request, "entry.changed_meanwhile")
    except InvalidInput as error:
        work.rollback()
        rendering.warn(request, "said", message=texts.message(str(error)))
    return rendering.redirect(f"/entries/{entry_id}")
