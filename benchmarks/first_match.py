"""From a fresh clone to a first accepted match: ``python -m benchmarks.first_match [--folder FOLDER]``.

Starts the README's first command with its environment already there and with an empty data folder, signs in
as the officer by the link that it prints, and accepts the likeliest proposal by the forms of the pages: what
a person does, without the time that a person reads.
"""

from __future__ import annotations

import argparse
import http.cookiejar
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
STEPS: Final = (
    # what has been done when the program prints a line like this
    ("start", re.compile(r"^Sample data")),
    ("load the sample", re.compile(r"^\d+ needs, ideas and offerings")),
    ("match", re.compile(r"^Match done")),
    ("group, print, serve", re.compile(r"^\s+officer\s+(http://\S+)")),
)


class Part(NamedTuple):
    """A part of the way, and how long it took."""

    name: str
    seconds: float


@contextmanager
def started(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the README's first command with an empty data folder; end it afterwards."""
    environment = {
        **os.environ,
        "MATCHER_DATA_DIR": str(folder),
        "MATCHER_DATABASE_URL": "",
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, str(ROOT / "bootstrap.py"), "run", "--port", "0"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=os.name != "nt",
    )
    try:
        yield process
    finally:
        if os.name == "nt":
            process.terminate()
        else:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


class Browser:
    """Opens pages and sends their forms, with a session, as a browser does."""

    def __init__(self) -> None:
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies)
        self._opener.addheaders = [("Accept", "text/html")]

    def open(self, address: str, form: dict[str, str] | None = None) -> str:
        """Return a page, sent a form if there is one."""
        data = urllib.parse.urlencode(form).encode() if form else None
        with self._opener.open(address, data, timeout=60) as answer:
            return str(answer.read().decode())


def field(html: str, name: str) -> str:
    """Return the value of the first hidden field of a name."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    if found is None:
        raise LookupError(f"The page has no field {name}.")
    return found[1]


def sign_in(browser: Browser, link: str) -> None:
    """Follow a link for signing in."""
    html = browser.open(link)
    browser.open(link, {"csrf_token": field(html, "csrf_token")})


def accept_likeliest(browser: Browser, site: str) -> None:
    """Accept the likeliest proposal, the way that the review's first page leads."""
    queue = browser.open(f"{site}/review")
    need = re.search(r'href="(/review/[^"]+)" lang="[^"]*" data-open', queue)
    if need is None:
        raise LookupError("Nothing waits for a review.")
    bench = browser.open(site + need[1].replace("&amp;", "&"))
    address = re.search(r'action="(/proposals/[^"]+/verdict)"', bench)
    if address is None:
        raise LookupError("The need has no proposal to judge.")
    form = {
        "csrf_token": field(bench, "csrf_token"),
        "version": field(bench.split(address[1], 1)[1], "version"),
        "verdict": "accept",
        "back": need[1].replace("&amp;", "&"),
    }
    shown = browser.open(site + address[1], form)
    if 'class="state good"' not in shown:
        raise LookupError("The page does not show the proposal as accepted.")


def measure(folder: Path) -> Iterator[Part]:
    """Yield the parts of the way, in order."""
    since = time.perf_counter()

    def part(name: str) -> Part:
        nonlocal since
        before, since = since, time.perf_counter()
        return Part(name, since - before)

    with started(folder) as process:
        link = ""
        waited_for = iter(STEPS)
        name, pattern = next(waited_for)
        for line in process.stdout or ():
            if found := pattern.search(line):
                yield part(name)
                link = found[1] if found.groups() else ""
                if link:
                    break
                name, pattern = next(waited_for)
        if not link:
            raise LookupError("The program ended before it printed a link.")
        site = link.split("/link/")[0]
        browser = Browser()
        sign_in(browser, link)
        yield part("sign in")
        accept_likeliest(browser, site)
        yield part("accept")


def main(arguments: Sequence[str] | None = None) -> int:
    """Go the way and print how long its parts took; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_match", description=__doc__)
    parser.add_argument("--folder", type=Path, help="empty data folder; left out, one for the time being")
    options = parser.parse_args(arguments)
    total = 0.0
    sys.stdout.write("| part | seconds |\n|---|---|\n")
    with tempfile.TemporaryDirectory() as name:
        for each in measure(options.folder or Path(name)):
            total += each.seconds
            sys.stdout.write(f"| {each.name} | {each.seconds:.1f} |\n")
            sys.stdout.flush()
    sys.stdout.write(f"| all | {total:.1f} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
