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
from matcher.retrieval.facets import Filters
from matcher.retrieval.fusion import PairWeights
from matcher.retrieval.index import Analysed, EntryIndex
from matcher.retrieval.lexical import LexicalVectorizer, term_shares
from matcher.retrieval.remembered import Known, Remembered, alike
from matcher.retrieval.searcher import Found, HybridSearcher, Parts, Question, pair_logits

__all__ = [
    "QUERY_DIRECTIONS", "TARGET_DIRECTIONS", "Agreement", "Analysed", "Circumstances", "Corpus",
    "EntryIndex", "Filters", "Found", "HybridSearcher", "Known", "LexicalVectorizer", "PairWeights", "Parts",
    "Question", "Remembered", "alike", "direction_between", "pair_logits", "query_kind", "starts_from",
    "target_kind", "term_shares",
]  # fmt: skip
