"""Notices of the European Union's journal (TED): a published need and, through its awards, track records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from matcher.intake.dates import read_moment
from matcher.intake.options import Options
from matcher.types import EntryDraft, EntryKind, Fault, IntakeRow

SOURCE: Final = "ted"


def is_notice(record: Mapping[str, Any]) -> bool:
    """Whether a record has the form of a notice."""
    return "ojs_no" in record or {"cpv_main", "buyer", "lots"} <= record.keys()


def read_notice(number: int, record: Mapping[str, Any], options: Options) -> Iterator[IntakeRow]:
    """Yield the need of a notice, then for each winner what it was chosen for; or what is wrong."""
    notice_id = plain(record.get("id")) or plain(record.get("ojs_no"))
    lots, longest = objects(record.get("lots")), options.limits.max_field_chars
    parts = (plain(lot.get(key)) for lot in lots for key in ("title", "description"))
    text = joined([plain(record.get("description")), *parts], longest=longest)
    title, text = headline(plain(record.get("title")), text)
    all_codes = record.get("cpv_all")
    raw_codes = [record.get("cpv_main"), *(all_codes if isinstance(all_codes, list) else [])]
    cpv, faults = read_codes(number, raw_codes, options)
    if not notice_id:
        faults.append(_fault(number, "id", "The notice has no id.", "Give each notice its number."))
    if not text:
        faults.append(_fault(number, "title", "The notice has neither title nor text.", "Leave it out."))
    if faults:
        yield IntakeRow(number=number, faults=tuple(faults))
        return
    shared: dict[str, Any] = {
        "source": options.source or SOURCE,
        "language": plain(record.get("lang")).lower()[:2] or None,
        "cpv": cpv,
        "regions": read_regions([record.get("country")], options),
        "created_at": _published(record),
    }
    need = EntryDraft(
        source_id=notice_id,
        kind=EntryKind.NEED,
        title=title,
        text=text,
        organisation=plain(record.get("buyer")) or None,
        tags=tuple(filter(None, (plain(record.get("doc_type")), plain(record.get("nature"))))),
        **shared,
    )
    yield IntakeRow(number=number, draft=need)
    if options.awards:
        for draft in _track_records(record, need, shared, options):
            yield IntakeRow(number=number, draft=draft)


def _track_records(
    record: Mapping[str, Any], need: EntryDraft, shared: dict[str, Any], options: Options
) -> Iterator[EntryDraft]:
    """Yield an offering for each winner, told by the lots that it won."""
    won: dict[str, list[Mapping[str, Any]]] = {}
    for award in objects(record.get("awards")):
        winners = award.get("winners")
        for winner in filter(None, map(plain, winners if isinstance(winners, list) else [])):
            won.setdefault(winner, []).append(award)
    lots = {plain(lot.get("lot_no")): lot for lot in objects(record.get("lots"))}
    for winner, awards in won.items():
        texts = [plain(award.get("title")) for award in awards]
        for award in awards:
            lot = lots.get(plain(award.get("lot_no")))
            texts += [plain(part(lot, "title")), plain(part(lot, "description"))]
        longest = options.limits.max_field_chars - len(need.title) - 2
        title, text = headline(texts[0] or need.title, joined(texts[1:], longest=longest))
        yield EntryDraft(
            source_id=award_id(need.source_id, winner),
            kind=EntryKind.OFFERING,
            title=title,
            text=text if text != title else plain(record.get("description")) or text,
            organisation=winner,
            tags=(TRACK_RECORD,),
            **shared,
        )


def _published(record: Mapping[str, Any]) -> Any:  # noqa: ANN401
    try:
        return read_moment(plain(record.get("date")))
    except InvalidInput:
        return None


def _fault(number: int, field: str, message: str, remedy: str) -> Fault:
    return Fault(row=number, field=field, message=message, remedy=remedy)
