"""Language: which one a text is written in, or honestly that it cannot be told.

Northern Sami, Yiddish and Meänkieli are told apart; Southern and Lule Sami and Romani are not. A text in
Meänkieli without its small words comes out as Finnish.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from matcher.types import UNKNOWN_LANGUAGE

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

MIN_WORDS: Final = 3
MIN_LETTERS: Final = 10
MIN_CONFIDENCE: Final = 0.6
"""Below it one guess in five was wrong, above it one in two hundred (sentences of NTREX-128)."""
MIN_NORWEGIAN: Final = 0.75
"""Of bokmål and nynorsk together: doubt between the two is no reason to say nothing."""
MAX_CHARS: Final = 2_000
"""Characters that are looked at; more make a guess slower, not better."""

CANDIDATES: Final = (
    "ar bg bs cs da de el en es et fa fi fo fr ga he hr hu is it ku lt lv mt nl nn no pl pt ro ru se sk sl so"
    " sq sr sv th tr uk vi zh"
).split()
"""What people here write, as py3langid names it; ``no`` is Norwegian bokmål."""

_WORD: Final = re.compile(r"[^\W\d_]+")
_YIDDISH: Final = re.compile("[\u05f0-\u05f2]|\u05d0[\u05b7\u05b8]|[\ufb1f\ufb2e\ufb2f]")
_MEANKIELI: Final = frozenset(
    "meän teän heän met tet het ette jokka häätyy häätys ko kans oon kläpit ruottiksi ruottin tehhään".split()
)
"""Words of Meänkieli that Finnish has not, or seldom: no Finnish text of 7 600 held two of them."""
_NEIGHBOURS: Final = ("sv", "no", "nn", "da")
# The same small words in Swedish, bokmål, nynorsk and Danish: what tells the neighbours apart.
_SMALL_WORDS: Final = """
och og og og|att at at at|är er er er|jag jeg eg jeg|inte ikke ikkje ikke|av av av af|från fra frå fra
för for for for|till til til til|efter etter etter efter|mig meg meg mig|dig deg deg dig|sig seg seg sig
nu nå no nu|hur hvordan korleis hvordan|vad hva kva hvad|vem hvem kven hvem|vilka hvilke kva hvilke
varför hvorfor kvifor hvorfor|där hvor kor hvor|mycket mye mykje meget|mycket meget mykje meget
mer mer meir mere|mera mer meir mere|många mange mange mange|flera flere fleire flere|något noe noko noget
några noen nokre nogle|någon noen nokon nogen|bara bare berre kun|bara kun berre bare|vara være vere være
vara være vera være|ska skal skal skal|kunde kunne kunne kunne|hade hadde hadde havde|blir blir blir bliver
blev ble blei blev|blev ble vart blev|gör gjør gjer gør|säger sier seier siger|ger gir gir giver
ge gi gje give|ta ta ta tage|hon hun ho hun|de de dei de|detta dette dette dette|dessa disse desse disse
en en ein en|ett et eit et|ut ut ut ud|upp opp opp op|utan uten utan uden|mellan mellom mellom mellem
när når når når|också også også også|alltid alltid alltid altid|aldrig aldri aldri aldrig
igen igjen igjen igen|vår vår vår vores|själv selv sjølv selv|genom gjennom gjennom gennem|vid ved ved ved
än enn enn end|ännu ennå enno endnu|barn barn barn børn|väg vei veg vej|väg veg veg vej
skola skole skule skole|vecka uke veke uge|tycker synes synest synes|lite litt litt lidt|lite lite lite lidt
liten liten liten lille|måste må må må
"""
_MISS: Final = math.exp(-2.0)
"""How much less likely a language becomes with a small word that only its neighbours use."""


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """An ISO 639 code, or ``und`` (unknown), and how sure it is in [0, 1]; 0 if unknown."""

    code: str
    confidence: float

    @property
    def is_known(self) -> bool:
        """Whether a language was told."""
        return self.code != UNKNOWN_LANGUAGE


UNKNOWN: Final = LanguageGuess(UNKNOWN_LANGUAGE, 0.0)


def identify_language(text: str) -> LanguageGuess:
    """Tell the language of a cleaned text: py3langid (naive Bayes), then small words among neighbours.

    Parameters
    ----------
    text
        A cleaned text of any length; the first 2 000 characters count.

    Returns
    -------
    LanguageGuess
        ISO 639 code (``nb`` for bokmål, ``nn`` for nynorsk, ``se`` for Northern Sami, ``fit`` for Meänkieli),
        or ``und`` if the text is too short or the best guess is below 0.6.
    """
    head = text[:MAX_CHARS]
    words = _WORD.findall(head.lower())
    if len(words) < MIN_WORDS or sum(map(len, words)) < MIN_LETTERS:
        return UNKNOWN
    likely = dict(_identifier().rank(head))
    _tell_neighbours_apart(likely, words)
    code = max(likely, key=lambda each: likely[each])
    confidence = likely[code]
    if code in ("no", "nn") and (together := likely["no"] + likely["nn"]) >= MIN_NORWEGIAN:
        confidence = together
    if confidence < MIN_CONFIDENCE:
        return UNKNOWN
    return LanguageGuess(_published_code(code, head), min(confidence, 1.0))


def _published_code(code: str, text: str) -> str:
    if code == "he" and _YIDDISH.search(text):
        return "yi"
    if code == "fi" and len(_MEANKIELI.intersection(_WORD.findall(text.lower()))) > 1:
        return "fit"
    return "nb" if code == "no" else code


def _tell_neighbours_apart(likely: dict[str, float], words: list[str]) -> None:
    """Share the neighbours' probability among them anew, by the small words that each of them uses."""
    known = _small_words()
    misses = dict.fromkeys(_NEIGHBOURS, 0)
    for users in filter(None, map(known.get, words)):
        for code in _NEIGHBOURS:
            misses[code] += code not in users
    fewest = min(misses.values())
    shared = sum(likely[code] for code in _NEIGHBOURS)
    weights = {code: likely[code] * _MISS ** (misses[code] - fewest) for code in _NEIGHBOURS}
    total = sum(weights.values())
    if total > 0:
        likely.update({code: shared * weight / total for code, weight in weights.items()})


@cache
def _small_words() -> dict[str, frozenset[str]]:
    """Map each small word to those of the four neighbours that use it."""
    users: dict[str, set[str]] = {}
    for line in _SMALL_WORDS.strip().replace("\n", "|").split("|"):
        for code, word in zip(_NEIGHBOURS, line.split(), strict=True):
            users.setdefault(word, set()).add(code)
    return {word: frozenset(codes) for word, codes in users.items() if len(codes) < len(_NEIGHBOURS)}


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(CANDIDATES)
    return identifier
