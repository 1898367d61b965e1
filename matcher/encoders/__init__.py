"""Encoders: texts to vectors, and the cache that spares the work. Nothing heavy loads before it is used."""

from matcher.encoders.caching import encode_cached, vector_key
from matcher.encoders.hashing import HashingEncoder
from matcher.encoders.protocol import Encoder, FloatArray, Role, VectorStore
from matcher.encoders.registry import DEFAULT, load_encoder
from matcher.encoders.sentence_transformer import SentenceTransformerEncoder

__all__ = [
    "DEFAULT",
    "Encoder",
    "FloatArray",
    "HashingEncoder",
    "Role",
    "SentenceTransformerEncoder",
    "VectorStore",
    "encode_cached",
    "load_encoder",
    "vector_key",
]
