"""Cleaning: what was typed, pasted or exported becomes plain, well-formed text."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ftfy import TextFixerConfig

MAX_PASSES: Final = 10
"""Layers of markup in markup that are taken off; more is an attack, not a text."""

_PARAGRAPHS: Final = frozenset(
    "address article aside blockquote body div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr"
    " html main nav ol p pre section table ul".split()
)
_LINES: Final = frozenset("br caption dd dt figcaption legend li option tr".split())
_CELLS: Final = frozenset("td th".split())
_INLINE: Final = frozenset(
    "a abbr acronym area b bdi bdo big button center cite code col colgroup data del details dfn em font head"
    " i iframe img input ins kbd label link map mark meta noscript picture q rp rt ruby s samp select"
    " small source span strike strong sub summary sup tbody textarea tfoot thead time title tt u var"
    " wbr".split()
)
_FLAGS: Final = (
    "checked|controls|defer|disabled|hidden|itemscope|multiple|nowrap|open|readonly|required|selected"
)
_KEPT: Final = (_PARAGRAPHS | _LINES | _CELLS) - {"html", "body"}
_NAMES: Final = _PARAGRAPHS | _LINES | _CELLS | _INLINE
# Only what is well-formed is a tag: "<5 grader", "a<b och c>d" and "<anna@example.se>" are text. Quantifiers
# are possessive, so that no input makes the match slow.
_TAG: Final = re.compile(
    rf"""</?+([a-z][a-z0-9]*+(?::[a-z]++)?+)
    (?:\s++(?:[\w:.-]++\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'|[^\s"'<>=`]++)|(?:{_FLAGS})(?=[\s/>])))*+\s*+/?+>""",
    re.IGNORECASE | re.VERBOSE,
)
# A text with no sign but these was decoded right: broken decoding leaves at least one other.
_SUSPECT: Final = re.compile("[^\x00-\x7f\xa0åäöÅÄÖæøÆØéÉèàáüÜ§°²³½´«»–—‘’“”„•…]")
# ftfy is careful where a line is broken in part only; these pairs are no Nordic spelling.
_NORDIC_MOJIBAKE: Final = re.compile("Ã(?:[¤¥¶¦¸©¼]|[„…–†˜](?=[A-Za-z]))")
_DECLARATION: Final = re.compile(r"<(?:!doctype\b|\?xml|!\[(?:if|endif)\b)[^<>]*+>", re.IGNORECASE)
_RAW_TAG: Final = re.compile(r"</?+(?:script|style)\b[^<>]*+>", re.IGNORECASE)
_HIDDEN: Final = (
    (re.compile(r"<script\b", re.IGNORECASE), "</script>"),
    (re.compile(r"<style\b", re.IGNORECASE), "</style>"),
    (re.compile("<!--"), "-->"),
)
_STRAY: Final = re.compile(r"[<>&]")
_ESCAPED: Final = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_BREAK: Final = re.compile(r"<(/?)([a-z0-9]+)>")
_ENTITY: Final = re.compile(r"&#?\w{1,24};")
_NESTED_ENTITY: Final = re.compile(r"&(?:amp;|#0*38;|#x0*26;)+", re.IGNORECASE)
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0f\ufeff\ufff0-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_LINE_BREAK: Final = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_BLANKS: Final = re.compile(r"[^\S\n]+")
_AROUND_BREAKS: Final = re.compile(r" ?\n[ \n]*")


def clean(raw: str) -> str:
    """Return the text repaired, without markup, and with plain white space.

    Mojibake is repaired (ftfy), characters are composed (NFC), HTML and what it hides is taken out, control,
    bidirectional, zero-width and private characters are dropped, runs of white space become one blank, one
    line break, or one empty line where a paragraph ends. Cleaning a cleaned text changes nothing.

    Parameters
    ----------
    raw
        The text as it came.

    Returns
    -------
    str
        The cleaned text, perhaps empty. It holds no HTML tag, not even an escaped one.
    """
    text = raw
    for _ in range(MAX_PASSES):
        before, text = text, _clean_once(text)
        if text == before:
            break
    return text


def _clean_once(text: str) -> str:
    if not text.isascii():
        text = _repair(text)
    if "&" in text:
        text = _unescape(text)
    if "<" in text:
        text = _without_markup(text)
    text = _LINE_BREAK.sub("\n", text)
    text = _UNPRINTABLE.sub("", text)
    text = unicodedata.normalize("NFC", text)
    return _folded(text)


def _folded(text: str) -> str:
    text = _BLANKS.sub(" ", text)
    if "\n" in text:
        text = _AROUND_BREAKS.sub(lambda run: "\n\n" if run[0].count("\n") > 1 else "\n", text)
    return text.strip()


@cache
def _repairs() -> TextFixerConfig:
    from ftfy import TextFixerConfig

    # Quotes, widths, ligatures and line ends are the writer's own or are folded below.
    return TextFixerConfig(
        unescape_html=False,
        remove_terminal_escapes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        fix_line_breaks=False,
        remove_control_chars=False,
        normalization=None,
        explain=False,
    )


def _repair(text: str) -> str:
    import ftfy

    if not _SUSPECT.search(text):
        return text
    text = _NORDIC_MOJIBAKE.sub(lambda pair: pair[0].encode("cp1252").decode("utf-8"), text)
    return str(ftfy.fix_text(text, _repairs()))


def _unescape(text: str) -> str:
    from ftfy.fixes import unescape_html

    text = _NESTED_ENTITY.sub("&", text)
    return str(unescape_html(text)) if _ENTITY.search(text) else text


def _without_markup(text: str) -> str:
    """Take out tags, comments, scripts and styles; what only looks like a tag stays."""
    import nh3

    text = _DECLARATION.sub("", text)
    for opening, closing in _HIDDEN:
        text = _without_spans(text, opening, closing)
    text = _RAW_TAG.sub("", text)
    escaped = _with_text_escaped(text)
    if escaped is None:
        return text
    plain = nh3.clean(escaped, tags=set(_KEPT), attributes={}, clean_content_tags=set())
    return html.unescape(_BREAK.sub(_break_for, plain))


def _without_spans(text: str, opening: re.Pattern[str], closing: str) -> str:
    """Drop each span from ``opening`` to the next ``closing``; an opening that nothing closes stays."""
    lower, kept, position = text.lower(), [], 0
    if len(lower) != len(text):  # a letter whose lower case is longer: offsets would not agree
        lower = text
    while (start := opening.search(text, position)) is not None:
        end = lower.find(closing, start.end())
        if end < 0:
            break
        kept.append(text[position : start.start()])
        position = end + len(closing)
    return "".join([*kept, text[position:]])


def _with_text_escaped(text: str) -> str | None:
    """Escape everything between tags, so that a parser takes it for text; ``None`` if there are no tags."""
    parts: list[str] = []
    position = 0
    for tag in _TAG.finditer(text):
        if tag[1].lower() in _NAMES or ":" in tag[1]:
            parts += [_escape(text[position : tag.start()]), tag[0]]
            position = tag.end()
    return "".join([*parts, _escape(text[position:])]) if parts else None


def _escape(text: str) -> str:
    return _STRAY.sub(lambda char: _ESCAPED[char[0]], text)


def _break_for(tag: re.Match[str]) -> str:
    """White space for a tag; a line begins with its tag and needs nothing at its end."""
    is_end, name = bool(tag[1]), tag[2]
    if name in _PARAGRAPHS:
        return "\n\n"
    if is_end:
        return ""
    return "\n" if name in _LINES else " "
