"""Set the project up and run it: ``python bootstrap.py``, or ``python bootstrap.py test`` for the tests.

Needs nothing but Python 3.11 or later: makes ``.venv`` beside this file, installs the pinned dependencies
into it, and goes on in there. The second time it starts at once, unless the pins have changed. Options are
handed on: ``python bootstrap.py run --once`` ends after printing, ``python bootstrap.py test -x`` stops at
the first failing test.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "installed.txt"
CONSTRAINTS = ROOT / "constraints.txt"


def say(text: str) -> None:
    """Tell what happens now, with the time."""
    sys.stdout.write(f"[{time.strftime('%H:%M:%S')}] {text}\n")
    sys.stdout.flush()


def run(*command: str | Path) -> int:
    """Run a command in the project's root; its output is shown as it comes."""
    process = subprocess.Popen([str(part) for part in command], cwd=ROOT)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The command was told as well; it is left the time to put its work away.
            continue


def wanted_stamp() -> str:
    """Return a digest of everything that decides what stands in the environment."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (ROOT / "pyproject.toml", CONSTRAINTS):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def install() -> None:
    """Make the environment hold the pinned dependencies and the project, or stop with the reason."""
    if STAMP.exists() and STAMP.read_text() == wanted_stamp():
        return
    if not PYTHON.exists():
        say("Making the environment in .venv")
        if run(sys.executable, "-m", "venv", VENV) != 0:
            sys.exit("The environment could not be made. On Debian and Ubuntu: apt install python3-venv")
    pip = (PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--constraint", CONSTRAINTS)
    steps = (
        ("Installing torch, the largest part (step 1 of 2)", ("torch", "setuptools")),
        (
            "Installing the other dependencies and the project (step 2 of 2)",
            ("--no-build-isolation", "--editable", f"{ROOT}[dev]"),
        ),
    )
    for text, what in steps:
        say(text)
        if run(*pip, *what) != 0:
            sys.exit("Installing failed; the lines above say why. Run the same command again: it carries on.")
    STAMP.write_text(wanted_stamp())
    say("Ready.")


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")


def ensure_browser() -> None:
    """Install a browser for the tests that drive one, where that can be done, or say what is missing."""
    if any(shutil.which(name) for name in BROWSERS):
        return
    if shutil.which("apt-get") and getattr(os, "geteuid", lambda: 1)() == 0:
        say("Installing Chromium, which the tests of the pages drive")
        install_it = ("apt-get", "install", "-y", "--no-install-recommends", "chromium")
        if run("apt-get", "update", "-q") == 0 and run(*install_it) == 0:
            return
    say("No Chromium was found on the path: unless another browser is, the tests that drive one are skipped.")


CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ruff", ("-m", "ruff", "check", ".")),
    ("ruff format", ("-m", "ruff", "format", "--check", ".")),
    ("mypy", ("-m", "mypy")),
    ("import contracts", ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")),
    ("tests", ("-m", "pytest")),
)


def test(pytest_arguments: list[str]) -> int:
    """Run every check, the tests last; the answer is 0 only if all passed."""
    ensure_browser()
    failed = []
    for name, command in CHECKS:
        say(f"Checking: {name}")
        if run(PYTHON, *command, *(pytest_arguments if name == "tests" else ())) != 0:
            failed.append(name)
    say("Failed: " + ", ".join(failed) if failed else "All checks passed.")
    return 1 if failed else 0


COMMANDS = ("run", "test", "install")


def main() -> int:
    """Read the command line and do what it says."""
    command, rest = "run", sys.argv[1:]
    if rest and rest[0] in ("-h", "--help"):
        sys.stdout.write(f"usage: python bootstrap.py [{'|'.join(COMMANDS)}] [options]\n\n{__doc__}")
        return 0
    if rest and not rest[0].startswith("-"):
        command, *rest = rest
    if command not in COMMANDS:
        sys.exit(f"There is no command {command}; use one of: {', '.join(COMMANDS)}.")
    if sys.version_info < (3, 11):  # noqa: UP036 -- this file is what tells it to those who have less
        sys.exit(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}.")
    install()
    if command == "test":
        return test(rest)
    if command == "run":
        return run(PYTHON, "-m", "matcher.cli", "demo", *rest)
    return 0


if __name__ == "__main__":
    sys.exit(main())
