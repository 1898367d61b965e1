"""The state of the service, for administrators: settings, database, search, encoder, space."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from api import formatting, rendering
from api.access import ADMINISTRATORS, GuardedRoute, allows
from api.dependencies import Acting, Assets, ReaderTexts, Reading
from api.resources import Resources
from api.texts import Texts
from matcher import __version__
from matcher.errors import MatcherError
from matcher.services import entries, runs
from matcher.services.actor import Actor
from matcher.settings import Settings
from matcher.types import RunKind

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_LITTLE_SPACE: Final = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at: the key of its name, what was found, and whether that is fine."""

    name: str
    value: str
    is_fine: bool = True
    remedy: str = ""


@router.get("/service")
@allows(ADMINISTRATORS)
def show_service(
    request: Request, assets: Assets, texts: ReaderTexts, session: Reading, actor: Acting
) -> Response:
    """Show how the service is and how it was set up; secrets are not shown."""
    context = {
        "checks": list(_checks(assets, texts, session, actor)),
        "settings": list(_shown_settings(assets.settings)),
        "recipe": assets.live.recipe,
    }
    return rendering.page(request, "service.html", context)


def _checks(assets: Resources, texts: Texts, session: Session, actor: Actor) -> Iterator[Check]:
    yield Check(name="version", value=f"{__version__}, Python {platform.python_version()}")
    yield _database(assets, texts, session, actor)
    yield _search(assets, texts)
    yield _encoder(assets, texts)
    run = runs.find_latest(session, RunKind.MATCH)
    shown = texts("service.no_run") if run is None else texts(f"run.{run.state}")
    yield Check(
        name="run",
        value=shown,
        is_fine=run is None or run.state != "failed",
        remedy=texts("service.run_remedy"),
    )
    yield _space(assets, texts)
    yield _cpv(assets, texts)


def _database(assets: Resources, texts: Texts, session: Session, actor: Actor) -> Check:
    counts = entries.count_by_kind(session, actor=actor)
    shown = ", ".join(f"{count} {texts(f'home.published.{kind.value}')}" for kind, count in counts.items())
    kind = make_url(assets.settings.effective_database_url).get_backend_name()
    return Check(name="database", value=f"{kind}: {shown}")


def _search(assets: Resources, texts: Texts) -> Check:
    is_ready = assets.live.ready
    key = "service.search_ready" if is_ready else "service.search_loading"
    return Check(name="search", value=texts(key), is_fine=is_ready, remedy=texts("service.search_remedy"))


def _encoder(assets: Resources, texts: Texts) -> Check:
    try:
        encoder = assets.live.encoder
    except MatcherError as error:
        said, remedy = texts.message(str(error)), texts.message(error.remedy)
        return Check(name="encoder", value=said, is_fine=False, remedy=remedy)
    known = getattr(encoder, "languages", ())
    languages = ", ".join(
        texts(f"languages.{code}") if texts.has(f"languages.{code}") else code for code in sorted(known)
    )
    return Check(name="encoder", value=f"{encoder.name}, {encoder.digest[:16]}; {languages or '–'}")


def _space(assets: Resources, texts: Texts) -> Check:
    folder = assets.settings.data_dir
    usage = shutil.disk_usage(folder if folder.exists() else ".")
    is_fine = usage.free >= _LITTLE_SPACE and os.access(folder, os.W_OK)
    value = texts("service.free", gigabytes=formatting.number(usage.free / 1e9, texts.language, decimals=1))
    return Check(name="space", value=value, is_fine=is_fine, remedy=texts("service.space_remedy"))


def _cpv(assets: Resources, texts: Texts) -> Check:
    table = assets.codes.table
    value = texts("service.cpv_form") if table is None else texts("service.cpv_list", count=len(table))
    return Check(name="cpv", value=value)


def _shown_settings(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Yield name, value and description of every setting; of a secret only whether it is set."""
    for name, field in type(settings).model_fields.items():
        value: Any = getattr(settings, name)
        if isinstance(value, SecretStr):
            shown = "•••" if value.get_secret_value() else ""
        elif name == "database_url" and value:
            shown = make_url(value).render_as_string(hide_password=True)
        else:
            shown = "" if value is None else str(value)
        yield f"MATCHER_{name.upper()}", shown, field.description or ""
