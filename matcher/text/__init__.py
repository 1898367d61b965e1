"""Text: cleaning, language, personal data, passages and lexical terms."""

from matcher.text.analysis import analyse
from matcher.text.cleaning import clean
from matcher.text.language import LanguageGuess, identify_language
from matcher.text.passages import split_passages, split_sentences
from matcher.text.redaction import Finding, FindingKind, Redaction, redact

__all__ = [
    "Finding",
    "FindingKind",
    "LanguageGuess",
    "Redaction",
    "analyse",
    "clean",
    "identify_language",
    "redact",
    "split_passages",
    "split_sentences",
]
