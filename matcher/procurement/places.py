"""Places: Sweden's municipalities and counties, and the Union's regions (NUTS).

Municipality and county codes are Statistics Sweden's; NUTS-3 regions are the counties (Commission Delegated
Regulation (EU) 2023/674 and those before it: Sweden's have not changed since 2008). Names and codes alone
live here; how far places are from each other is in ``matcher.procurement.distances``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from matcher.errors import InvalidInput

SAMPLE_MUNICIPALITIES: Final[Mapping[str, str]] = MappingProxyType(
    {"9901": "Granälven", "9902": "Älvhamn", "9903": "Lavaträsk", "9904": "Kuusivaara", "9905": "Fjällmora"}
)
"""Municipalities of the sample data's fictional region; codes 99xx belong to no county."""

NUTS_COUNTRIES: Final = frozenset(
    "SE FI DK NO IS AT BE BG CY CZ DE EE EL ES FR HR HU IE IT LT LU LV MT NL PL PT RO SI SK"
    " AL CH LI ME MK RS TR UK".split()
)
_SAME_COUNTRY: Final = {"GR": "EL", "GB": "UK"}
_NUTS: Final = re.compile(r"[A-Z]{2}[0-9A-Z]{0,3}")
# Parts of a NUTS code that are digits in these countries; Finland's second level has letters (FI1D).
_NUTS_DIGITS: Final = re.compile(r"(?:SE|DK|NO|IS)\d{0,3}|FI(?:[12](?:[0-9A-D][0-9A-E]?)?)?")
_COUNTRY_NAMES: Final = {
    "sverige": "SE", "sweden": "SE", "ruotsi": "SE", "hela landet": "SE", "hela sverige": "SE", "riket": "SE",
    "finland": "FI", "suomi": "FI", "norge": "NO", "norway": "NO", "norja": "NO",
    "danmark": "DK", "denmark": "DK", "tanska": "DK", "island": "IS", "iceland": "IS", "islanti": "IS",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class County:
    """One of Sweden's 21 counties: two digits, name, NUTS-3 region."""

    code: str
    name: str
    nuts: str


def read_table(name: str) -> Iterator[list[str]]:
    """Yield the rows of one of the tables that come with the program, without its header."""
    text = (files("matcher.procurement") / "data" / name).read_text(encoding="utf-8")
    return (line.split("\t") for line in text.splitlines()[1:])


MUNICIPALITIES: Final[Mapping[str, str]] = MappingProxyType(
    {code: name for code, name, *_ in read_table("municipalities.tsv")}
)
"""Name by four-digit code, without the word "kommun"."""

COUNTIES: Final[Mapping[str, County]] = MappingProxyType(
    {code: County(code, name, nuts) for code, name, nuts in read_table("counties.tsv")}
)
"""County by two-digit code."""


def county_of(municipality: str) -> County | None:
    """Return the county of a municipality's code; None for the sample's and for unknown ones."""
    return COUNTIES.get(municipality[:2]) if municipality in MUNICIPALITIES else None


def nuts_of(municipality: str) -> str | None:
    """Return the NUTS-3 region that a municipality lies in."""
    county = county_of(municipality)
    return county.nuts if county else None


def place_name(code: str) -> str | None:
    """Return the name of a municipality, county or Swedish NUTS-3 region by its code."""
    name = MUNICIPALITIES.get(code) or SAMPLE_MUNICIPALITIES.get(code)
    counties = (county.name for county in COUNTIES.values() if code in (county.code, county.nuts))
    return name or next(counties, None)


def find_municipality(name: str) -> str | None:
    """Return the code of the municipality with this name, written with or without "kommun" or "stad"."""
    return _municipality_codes().get(_bare(name))


def read_municipality(raw: str) -> str:
    """Return a municipality's code from its code or name; a zero that a spreadsheet dropped is put back.

    Raises
    ------
    InvalidInput
        If there is no such municipality.
    """
    text = raw.strip()
    code = text.zfill(4) if text.isdecimal() and text.isascii() else find_municipality(text)
    if code in MUNICIPALITIES or code in SAMPLE_MUNICIPALITIES:
        return str(code)
    raise InvalidInput(
        "This is no Swedish municipality.",
        field="municipality",
        remedy="Write the four-digit code, such as 2482, or the name; outside Sweden use a NUTS region.",
    )


def read_region(raw: str) -> str:
    """Return the code of a region: NUTS, or four digits for a municipality.

    Names of counties, municipalities and Nordic countries are understood, too.

    Raises
    ------
    InvalidInput
        If there is no such region.
    """
    text = raw.strip()
    if text.isdecimal():
        return read_municipality(text)
    name = " ".join(text.split()).casefold()
    named = _COUNTRY_NAMES.get(name) or _county_regions().get(name) or find_municipality(text)
    code = _SAME_COUNTRY.get(text[:2].upper(), text[:2].upper()) + text[2:].upper()
    if named or _is_nuts(code):
        return named or code
    raise InvalidInput(
        "This is no region.",
        field="regions",
        remedy="Write NUTS codes such as SE331, municipality codes such as 2482, or a county's name.",
    )


def _is_nuts(code: str) -> bool:
    if not _NUTS.fullmatch(code) or code[:2] not in NUTS_COUNTRIES:
        return False
    if code.startswith("SE"):
        return any(county.nuts.startswith(code) for county in COUNTIES.values())
    return code[:2] not in ("DK", "NO", "IS", "FI") or _NUTS_DIGITS.fullmatch(code) is not None


def _bare(name: str) -> str:
    """Fold a name: small letters, without "kommun", "stad", "län" and the genitive before them."""
    folded = unicodedata.normalize("NFC", " ".join(name.split())).casefold()
    for ending in (" kommun", " stad", " län"):
        if folded.endswith(ending):
            return folded.removesuffix(ending).removesuffix("s")
    return folded


@cache
def _municipality_codes() -> dict[str, str]:
    names = {**MUNICIPALITIES, **SAMPLE_MUNICIPALITIES}
    # The genitive's s is dropped above, so that names which end in s are found by both forms.
    codes = {name.casefold().removesuffix("s"): code for code, name in names.items()}
    return {**codes, **{name.casefold(): code for code, name in names.items()}}


@cache
def _county_regions() -> dict[str, str]:
    regions: dict[str, str] = {}
    for county in COUNTIES.values():
        bare = _bare(county.name)
        regions |= {county.name.casefold(): county.nuts, f"region {bare}": county.nuts}
        if bare not in _municipality_codes():  # else the bare name means the town
            regions[bare] = county.nuts
    return regions
