"""``matcher init``: the database is made or brought up to date."""

from __future__ import annotations

from matcher.cli.console import out
from matcher.cli.doors import shown_address


def init() -> None:
    """Make the database, or bring its tables up to date; nothing in it is lost."""
    from matcher.settings import load_settings
    from models.database import upgrade

    settings = load_settings()
    upgrade(settings.effective_database_url)
    out.print(f"The database is ready: {shown_address(settings)}")
