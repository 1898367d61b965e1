"""The commands, put together; each group has a module of its own and loads what it needs when it runs."""

from __future__ import annotations

import errno
import signal
from types import FrameType
from typing import Any

import typer
from typer.core import TyperGroup

from matcher.cli import (
    accounts,
    databases,
    demo,
    doctor,
    exports,
    groups,
    imports,
    learning,
    matching,
    merges,
    partner_requests,
    serving,
    taking_up,
    theme_care,
    thresholds,
)
from matcher.cli.console import ExitCode, Interrupted, err, print_error
from matcher.cli.evaluate import evaluate
from matcher.errors import MatcherError, StorageFull


class Commands(TyperGroup):
    """The commands; whatever goes wrong on purpose is said in words, with a remedy and an exit code."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 -- typer's own context, which it does not export
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except Interrupted as interruption:
            err.print(f"\nInterrupted. {interruption}", markup=False)
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except KeyboardInterrupt:
            err.print("\nInterrupted.", markup=False)
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except Exception as error:
            known = _in_our_words(error)
            if known is None:
                raise
            print_error(known)
            raise typer.Exit(ExitCode.FAILED) from None


app = typer.Typer(
    cls=Commands,
    name="matcher",
    help="Finds which needs, ideas and offerings belong together. It suggests; a person decides.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("demo")(demo.demo)
app.command("init")(databases.init)
app.command("import")(imports.import_file)
app.command("match")(matching.match)
app.command("similar")(matching.similar)
app.command("serve")(serving.serve)
app.command("export")(exports.export)
app.command("evaluate")(evaluate)
app.command("learn")(learning.learn)
app.command("scorers")(learning.scorers)
app.command("rollback")(learning.rollback)
app.command("doctor")(doctor.doctor)
app.add_typer(groups.duplicates, name="duplicates")
app.add_typer(merges.merges, name="merges")
app.add_typer(merges.splits, name="splits")
app.add_typer(theme_care.themes, name="themes")
app.add_typer(taking_up.joint_needs, name="joint-needs")
app.add_typer(taking_up.cases, name="cases")
app.add_typer(thresholds.thresholds, name="thresholds")
app.add_typer(groups.notices, name="notices")
app.add_typer(accounts.users, name="user")
app.add_typer(accounts.organisations, name="organisation")
app.add_typer(partner_requests.requests, name="request")


def run() -> None:
    """Run the command line of this process."""
    # A service manager's way to say Ctrl-C.
    signal.signal(signal.SIGTERM, _interrupt)
    app()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _in_our_words(error: Exception) -> MatcherError | None:
    """Return what an error means to whoever runs the command; None if it is a fault of the program."""
    if isinstance(error, MatcherError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        return StorageFull(f"{error.strerror}.")
    from sqlalchemy.exc import SQLAlchemyError

    if not isinstance(error, SQLAlchemyError):
        return None
    from models.database import translate

    return translate(error)
