"""Words of a cell that stand for a kind, a status, a language or the size of an enterprise."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from matcher.errors import InvalidInput
from matcher.intake.columns import fold, kind_in
from matcher.types import EntryKind, EntryStatus, OrganisationSize

_STATUSES: Final = {
    EntryStatus.PUBLISHED: "published publicerad publicerat julkaistu publisert offentliggjort",
    EntryStatus.DRAFT: "draft utkast luonnos kladde udkast",
    EntryStatus.WITHDRAWN: "withdrawn återkallad återkallat peruttu trukket",
}  # fmt: skip
_SIZES: Final = {
    OrganisationSize.MICRO: "micro mikro mikroföretag mikroyritys mikrobedrift mikrovirksomhed",
    OrganisationSize.SMALL: "small litet liten lille små småföretag pieni pienyritys",
    OrganisationSize.MEDIUM: "medium mediumsized medel medelstor medelstort medelstora mellan keskisuuri "
    "mellomstor mellemstor",
    OrganisationSize.LARGE: "large stor stort storföretag suuri suuryritys",
}  # fmt: skip
_LANGUAGES: Final = {
    "sv": "svenska swedish ruotsi svensk swe", "en": "engelska english englanti engelsk eng",
    "fi": "finska finnish suomi finsk fin", "nb": "norska norwegian norsk bokmål norja nor no nob",
    "nn": "nynorska nynorsk nno", "da": "danska danish dansk tanska dan", "is": "isländska icelandic islanti",
    "de": "tyska german saksa deutsch", "fr": "franska french ranska", "es": "spanska spanish espanja",
    "pl": "polska polish", "ru": "ryska russian", "ar": "arabiska arabic", "uk": "ukrainska ukrainian",
    "so": "somaliska somali", "fa": "persiska persian farsi dari", "ti": "tigrinja tigrinska tigrinya",
    "se": "nordsamiska samiska sami sámi saami sme", "sma": "sydsamiska", "smj": "lulesamiska",
    "fit": "meänkieli tornedalsfinska", "yi": "jiddisch yiddish", "rom": "romani romska romani chib",
}  # fmt: skip
_STATUS_OF: Final = {fold(word): status for status, words in _STATUSES.items() for word in words.split()}
_SIZE_OF: Final = {fold(word): size for size, words in _SIZES.items() for word in words.split()}
_LANGUAGE_OF: Final = {fold(word): code for code, words in _LANGUAGES.items() for word in words.split()}
_CODE: Final = re.compile(r"[a-z]{2,3}")


def read_kind(raw: str) -> EntryKind:
    """Return the kind that a word stands for.

    Raises
    ------
    InvalidInput
        If it stands for none.
    """
    kind = kind_in(raw)
    if kind is not None:
        return kind
    raise InvalidInput(
        "This is no kind of entry.", remedy="Write need, idea or offering (behov, idé, erbjudande)."
    )


@lru_cache(256)
def read_status(raw: str) -> EntryStatus:
    """Return the status that a word stands for.

    Raises
    ------
    InvalidInput
        If it stands for none that a file may give.
    """
    status = _STATUS_OF.get(fold(raw))
    if status is not None:
        return status
    raise InvalidInput(
        "This is no status.",
        remedy="Write published, draft or withdrawn, or leave the column out by a mapping.",
    )


@lru_cache(256)
def read_size(raw: str) -> OrganisationSize:
    """Return the size of an enterprise that words stand for, such as ``litet företag``.

    Raises
    ------
    InvalidInput
        If they stand for none, or for several ("små och medelstora").
    """
    words = [fold(raw), *map(fold, re.split(r"[\W_]+", raw))]
    sizes = {_SIZE_OF[word] for word in words if word in _SIZE_OF}
    if len(sizes) == 1:
        return sizes.pop()
    raise InvalidInput(
        "This is no size of an enterprise.",
        remedy="Write micro, small, medium or large (mikro, litet, medelstort, stort), or leave it empty.",
    )


@lru_cache(256)
def read_language(raw: str) -> str:
    """Return the code of a language, given by its code (``sv``, ``sv-SE``) or its name.

    Raises
    ------
    InvalidInput
        If it is neither.
    """
    text = raw.strip().lower()
    code = _LANGUAGE_OF.get(fold(text)) or text.replace("_", "-").split("-")[0]
    if _CODE.fullmatch(code):
        return _LANGUAGE_OF.get(code, code)
    raise InvalidInput(
        "This language is not known.", remedy="Write its code, such as sv, fi or en, or leave it empty."
    )
