"""Pages for people: rendered here, over the same services as the API."""

from typing import Final

from fastapi import APIRouter

from api.pages import oidc, reference, signin

PAGES: Final[tuple[APIRouter, ...]] = (signin.router, oidc.router, reference.router)
"""The routers of all pages; a new group of pages is added here."""
