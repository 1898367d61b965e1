"""Grouping: entries about one thing."""

from matcher.grouping.clusters import find_groups
from matcher.grouping.names import group_terms

__all__ = ["find_groups", "group_terms"]
