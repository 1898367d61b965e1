"""Takes the pictures that the README shows: ``python -m benchmarks.screenshots [--into FOLDER]``.

Runs the demonstration on a fresh database, signs in by the links that it prints, and looks with a real
Chromium. Needs the development dependencies and a Chromium or Chrome on the machine.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
SIZE = (1280, 800)
LINK = re.compile(r"^\s+(officer|coordinator|administrator|partner)\s+(http://\S+)", re.MULTILINE)
VIEWS = (
    # picture, role, address, the link in it that is followed, colours
    ("home", "officer", "/", None, "light"),
    ("review", "officer", "/review", "main a[href^='/review/']", "light"),
    ("review-dark", "officer", "/review", "main a[href^='/review/']", "dark"),
    ("themes", "coordinator", "/themes", None, "light"),
    ("overview", "coordinator", "/overview", None, "light"),
    ("register", "partner", "/register", None, "light"),
)


@contextmanager
def demonstration(folder: Path) -> Iterator[dict[str, str]]:
    """Serve the demonstration; yield the sign-in link of each role."""
    environment = {
        **os.environ,
        "MATCHER_DATA_DIR": str(folder),
        "MATCHER_DATABASE_URL": "",
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "matcher.cli", "demo"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        links: dict[str, str] = {}
        for line in process.stdout or ():
            links |= dict(LINK.findall(line))
            if len(links) == 4:
                break
        yield links
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def take(browser: Browser, links: dict[str, str], into: Path) -> None:
    """Take every picture."""
    pages: dict[str, Page] = {}
    for name, role, address, follow, colours in VIEWS:
        if role not in pages:
            width, height = SIZE
            context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
            pages[role] = context.new_page()
            pages[role].goto(links[role])
            pages[role].click("main form button")
        page = pages[role]
        page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
        page.goto(re.sub(r"(http://[^/]+).*", r"\1", links[role]) + address)
        if follow is not None:
            page.click(follow)
        page.wait_for_load_state()
        page.screenshot(path=into / f"{name}.png")
        sys.stderr.write(f"{name}.png\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screenshots", description=__doc__)
    parser.add_argument("--into", type=Path, default=FOLDER)
    options = parser.parse_args(arguments)
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        sys.stderr.write("No Chromium or Chrome was found: install one, such as with apt install chromium.\n")
        return 1
    from playwright.sync_api import sync_playwright

    options.into.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as name,
        demonstration(Path(name)) as links,
        sync_playwright() as playwright,
    ):
        flags = ["--no-sandbox", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        take(browser, links, options.into)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
