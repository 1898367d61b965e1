"""Retrieval: exact dense and lexical search, and their fusion."""

from matcher.retrieval.circumstances import Agreement, Circumstances
from matcher.retrieval.corpus import Corpus
from matcher.retrieval.directions import (
    QUERY_DIRECTIONS,
    TARGET_DIRECTIONS,
    direction_between,
    query_kind,
    starts_from,
    target_kind,
)
from matcher.retrieval.expansion import Expansion, load_expansion, save_expansion, unit
from matcher.retrieval.facets import Filters
from matcher.retrieval.fusion import PairWeights
from matcher.retrieval.index import Analysed, EntryIndex
from matcher.retrieval.lexical import LexicalVectorizer, term_shares
from matcher.retrieval.remembered import Known, Remembered, alike
from matcher.retrieval.searcher import Found, HybridSearcher, Parts, Question, pair_logits

__all__ = [
    "QUERY_DIRECTIONS", "TARGET_DIRECTIONS", "Agreement", "Analysed", "Circumstances", "Corpus",
    "EntryIndex", "Expansion", "Filters", "Found", "HybridSearcher", "Known", "LexicalVectorizer",
    "PairWeights", "Parts", "Question", "Remembered", "alike", "direction_between", "load_expansion",
    "pair_logits", "query_kind", "save_expansion", "starts_from", "target_kind", "term_shares", "unit",
]  # fmt: skip
