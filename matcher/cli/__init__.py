"""The command line: the same services as the API, for whoever runs the machine."""

from __future__ import annotations


def main() -> None:
    """Run the command line; the console script's entry point."""
    from matcher.cli.app import run

    run()
