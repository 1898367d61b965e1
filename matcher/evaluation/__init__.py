"""Evaluation: data sets, measures with intervals, and the run that prints them."""
