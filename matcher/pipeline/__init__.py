"""Joins the stages: entries become vectors and letters, these candidates, these scores, these proposals.

The only place that knows all stages. A matcher holds everything in memory, is fitted once, and takes single
entries in and out afterwards without being fitted again.
"""

from matcher.pipeline.coding import Coder
from matcher.pipeline.learning import Learned, Lesson, learn
from matcher.pipeline.matcher import Batch, Matcher
from matcher.pipeline.shipped import shipped_recipe
from matcher.pipeline.why_not import WhyNot

__all__ = ["Batch", "Coder", "Learned", "Lesson", "Matcher", "WhyNot", "learn", "shipped_recipe"]
