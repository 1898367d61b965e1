"""Releases of the Open Contracting Data Standard (OCDS 1.1): needs, and track records from their awards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from matcher.errors import InvalidInput
from matcher.intake.awards import (
    TRACK_RECORD,
    award_id,
    headline,
    joined,
    objects,
    part,
    plain,
    read_codes,
    read_regions,
)
from matcher.intake.dates import read_moment, read_period
from matcher.intake.options import Options
from matcher.types import EntryDraft, EntryKind, Fault, IntakeRow, TimeWindow

SOURCE: Final = "ocds"
_REMEDY: Final = "Ask whoever publishes the file, or leave the release out."


def is_release(record: Mapping[str, Any]) -> bool:
    """Whether a record is a release, a package of releases, or a record that compiles them."""
    return "ocid" in record or any(isinstance(record.get(key), list) for key in ("releases", "records"))


def read_release(number: int, record: Mapping[str, Any], options: Options) -> Iterator[IntakeRow]:
    """Yield the need that a release tells of, then for each award and supplier what it was chosen for."""
    for release in _unpacked(record):
        yield from _read_one(number, release, options)


def _unpacked(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    inner = [*objects(record.get("releases")), *objects(record.get("records"))]
    compiled = record.get("compiledRelease")
    if isinstance(compiled, Mapping):
        yield compiled
    elif inner:
        for each in inner:
            yield from _unpacked(each)
    else:
        yield record


def _read_one(number: int, release: Mapping[str, Any], options: Options) -> Iterator[IntakeRow]:
    ocid = plain(release.get("ocid"))
    if not ocid:
        yield _wrong(number, "ocid", "The release has no ocid.")
        return
    shared: dict[str, Any] = {
        "source": options.source or SOURCE,
        "language": plain(release.get("language")).lower()[:2] or None,
        "created_at": _moment(release.get("date")),
    }
    tender = release.get("tender")
    title, text = _words(release, options)
    cpv, faults = _codes(number, [part(tender, "classification"), *objects(part(tender, "items"))], options)
    if faults:
        yield IntakeRow(number=number, faults=tuple(faults))
        return
    rows = []
    if text:
        about = {**shared, "source_id": ocid, "title": title, "text": text, "cpv": cpv}
        rows.append(IntakeRow(number=number, draft=_need(release, about, options)))
    for award in objects(release.get("awards")) if options.awards else ():
        rows += _track_records(number, award, (title, text, cpv), {**shared, "source_id": ocid}, options)
    yield from rows
    if not rows:
        yield _wrong(number, "tender", "Neither planning, tender nor awards say what is wanted.")


def _words(release: Mapping[str, Any], options: Options) -> tuple[str, str]:
    """Return title and text of what a release says is wanted."""
    tender, planning = release.get("tender"), release.get("planning")
    budget = part(planning, "budget")
    texts = [
        plain(part(tender, "description")),
        plain(part(planning, "rationale")),
        plain(part(budget, "description")),
        *(plain(item.get("description")) for item in objects(part(tender, "items"))),
        *(plain(lot.get(key)) for lot in objects(part(tender, "lots")) for key in ("title", "description")),
    ]
    title = plain(part(tender, "title")) or plain(part(budget, "project"))
    return headline(title, joined(texts, longest=options.limits.max_field_chars))


def _need(release: Mapping[str, Any], about: Mapping[str, Any], options: Options) -> EntryDraft:
    tender, tags = release.get("tender"), release.get("tag")
    value = part(tender, "value") or part(part(release.get("planning"), "budget"), "amount")
    return EntryDraft(
        kind=EntryKind.NEED,
        organisation=_buyer(release),
        regions=read_regions(_places(release), options),
        window=_window(tender),
        estimated_value=_amount(value),
        currency=_currency(value, options),
        tags=tuple(filter(None, map(plain, tags if isinstance(tags, list) else ()))),
        **about,
    )


def _wrong(number: int, field: str, message: str) -> IntakeRow:
    return IntakeRow(number=number, faults=(Fault(row=number, field=field, message=message, remedy=_REMEDY),))


def _track_records(
    number: int,
    award: Mapping[str, Any],
    need: tuple[str, str, tuple[str, ...]],
    shared: dict[str, Any],
    options: Options,
) -> Iterator[IntakeRow]:
    """Yield an offering for each supplier of an award; without words of its own it has the need's."""
    if plain(award.get("status")) in ("cancelled", "unsuccessful"):
        return
    items = objects(award.get("items"))
    cpv, faults = _codes(number, items, options)
    texts = [plain(award.get("description")), *(plain(item.get("description")) for item in items)]
    own = joined(texts, longest=options.limits.max_field_chars)
    title, text = headline(plain(award.get("title")) or need[0], own or need[1])
    whole = f"{shared['source_id']}/{plain(award.get('id'))}"
    for supplier in objects(award.get("suppliers")):
        name = plain(supplier.get("name"))
        if not name or not text or faults:
            continue
        draft = EntryDraft(
            **{**shared, "source_id": award_id(whole, name)},
            kind=EntryKind.OFFERING,
            title=title,
            text=text,
            organisation=name,
            cpv=cpv or need[2],
            estimated_value=_amount(award.get("value")),
            currency=_currency(award.get("value"), options),
            tags=(TRACK_RECORD,),
        )
        yield IntakeRow(number=number, draft=draft)
    if faults:
        yield IntakeRow(number=number, faults=tuple(faults))


def _codes(number: int, holders: list[Any], options: Options) -> tuple[tuple[str, ...], list[Fault]]:
    """Read the CPV codes of what is bought; other schemes are passed over."""
    raw = []
    for holder in holders:
        own = [holder] if part(holder, "scheme") else [part(holder, "classification")]
        for found in [*own, *objects(part(holder, "additionalClassifications"))]:
            if plain(part(found, "scheme")).upper() == "CPV":
                raw.append(part(found, "id"))
    return read_codes(number, raw, options)


def _buyer(release: Mapping[str, Any]) -> str | None:
    name = plain(part(release.get("buyer"), "name"))
    parties = (
        plain(party.get("name"))
        for party in objects(release.get("parties"))
        if isinstance(party.get("roles"), list)
        and {"buyer", "procuringEntity"} & set(map(str, party["roles"]))
    )
    return name or next(filter(None, parties), None)


def _places(release: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what may be codes of the places where the need is."""
    for item in objects(part(release.get("tender"), "items")):
        for address in [*objects(item.get("deliveryAddresses")), part(item, "deliveryAddress")]:
            yield part(address, "region")
            yield part(address, "countryName")


def _window(tender: object) -> TimeWindow:
    """Return when the contract would run; when tenders are taken says nothing about the need."""
    period = part(tender, "contractPeriod")
    days: list[date | None] = []
    for key in ("startDate", "endDate"):
        try:
            days.append(read_period(plain(part(period, key)))[0])
        except InvalidInput:
            days.append(None)
    if days[0] and days[1] and days[0] > days[1]:
        return TimeWindow()
    return TimeWindow(starts_on=days[0], ends_on=days[1])


def _amount(value: object) -> Decimal | None:
    try:
        amount = Decimal(str(part(value, "amount")))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None


def _currency(value: object, options: Options) -> str | None:
    try:
        return options.codes.currency(plain(part(value, "currency")))
    except InvalidInput:
        return None


def _moment(value: object) -> Any:  # noqa: ANN401
    try:
        return read_moment(plain(value))
    except InvalidInput:
        return None
