"""Repositories: every query, and the way from records to the engine's types."""
