"""``matcher thresholds``: from which value which rules of public buying hold, as data."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Final, TypeVar

import typer

from matcher.cli.console import out, print_json, table
from matcher.cli.doors import open_database
from matcher.cli.groups import AsJson
from matcher.errors import InvalidInput

thresholds = typer.Typer(help="Values from which rules of public buying hold.", no_args_is_help=True)

_ANY: Final = "any"
_Words = TypeVar("_Words", bound=StrEnum)


@thresholds.command("list")
def list_thresholds(
    withdrawn_too: Annotated[bool, typer.Option("--all", help="Rows that were taken out, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the table's rows, the latest period first."""
    from matcher.services import thresholds as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.reading() as session:
        rows = service.list_rows(session, withdrawn_too=withdrawn_too, actor=SYSTEM)
    if as_json:
        names = ("id", "law", "rule", "kind", "authority", "valid_from", "valid_to", "currency", "source")
        print_json(
            [{**{name: getattr(row, name) for name in names}, "amount": str(row.amount)} for row in rows]
        )
        return
    shown = table("Thresholds", "law", "rule", "kind", "authority", "from", "to", "amount", "id")
    for row in rows:
        until = "" if row.valid_to is None else str(row.valid_to)
        amount = f"{row.amount:,.0f} {row.currency}".replace(",", " ")
        shown.add_row(row.law, row.rule, row.kind, row.authority, str(row.valid_from), until, amount, row.id)
    out.print(shown)


@thresholds.command("add")
def add_threshold(
    law: Annotated[str, typer.Argument(help="LOU, LUF or LUK.", show_default=False)],
    rule: Annotated[str, typer.Argument(help="advertising or direct_award.", show_default=False)],
    amount: Annotated[str, typer.Argument(help="Without VAT.", show_default=False)],
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    source: Annotated[str, typer.Option(help="Where it stands.")],
    until: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")] = None,
    kind: Annotated[str, typer.Option(help="goods_services, works, social_special or any.")] = _ANY,
    authority: Annotated[str, typer.Option(help="central, sub_central or any.")] = _ANY,
    currency: Annotated[str, typer.Option(help="ISO 4217 code.")] = "SEK",
) -> None:
    """Add a row; for the same period the more particular one counts, else the later."""
    from matcher.procurement.thresholds import Law, Rule, Threshold
    from matcher.services import thresholds as service
    from matcher.services.actor import SYSTEM

    row = Threshold(
        law=_one_of(Law, law, "law"),
        rule=_one_of(Rule, rule, "rule"),
        kind=kind,
        authority=authority,
        valid_from=since.date(),
        valid_to=until.date() if until else None,
        amount=_amount(amount),
        currency=currency,
        source=source,
    )
    with open_database() as database, database.sessions.begin() as session:
        view = service.add(session, row, actor=SYSTEM)
    out.print(f"The row is in the table.  {view.id}")


@thresholds.command("withdraw")
def withdraw_threshold(
    threshold_id: Annotated[str, typer.Argument(help="The row's id.", show_default=False)],
) -> None:
    """Take a row out of the table; it stays readable."""
    from matcher.services import thresholds as service
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        service.withdraw(session, threshold_id, actor=SYSTEM)
    out.print("The row is out of the table.")


def _one_of(words: type[_Words], text: str, field: str) -> _Words:
    try:
        return words(text)
    except ValueError:
        raise InvalidInput(f"It is one of {', '.join(words)}.", field=field) from None


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text.replace(" ", "").replace(",", "."))
    except InvalidOperation:
        raise InvalidInput("An amount is a number.", field="amount") from None
