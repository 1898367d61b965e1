"""Retrieval: exact dense and lexical search, and their fusion."""

from matcher.retrieval.circumstances import Agreement, agreement, bonus
from matcher.retrieval.corpus import Corpus
from matcher.retrieval.directions import direction_between, query_kind, target_kind
from matcher.retrieval.facets import Filters
from matcher.retrieval.fusion import PairWeights
from matcher.retrieval.index import Analysed, EntryIndex
from matcher.retrieval.lexical import LexicalVectorizer, term_shares
from matcher.retrieval.searcher import Found, HybridSearcher, Parts, Question, pair_logits

__all__ = [
    "Agreement", "Analysed", "Corpus", "EntryIndex", "Filters", "Found", "HybridSearcher",
    "LexicalVectorizer", "PairWeights", "Parts", "Question", "agreement", "bonus", "direction_between",
    "pair_logits", "query_kind", "target_kind", "term_shares",
]  # fmt: skip
