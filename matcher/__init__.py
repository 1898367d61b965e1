"""Matching of residents' needs, staff ideas and suppliers' offerings."""

__version__ = "0.1.0"
