import os
import re
import signal
import socket
import subprocess
import sys

import httpx2
import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")


IN_BACKGROUND = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh"]


def served(cli, *arguments, before=()):
    """Start a command that serves; return the process and the lines it printed until it listened."""
    environment = {**os.environ, **cli.environment}
    process = subprocess.Popen(
        [*before, sys.executable, "-m", "matcher.cli", *arguments],
        env=environment,
        cwd=cli.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if "Ctrl-C" in line:
            return process, lines
    raise AssertionError(process.communicate()[1])


def ended(process, number=signal.SIGINT):
    process.send_signal(number)
    errors = process.communicate(timeout=60)[1]
    return process.returncode, errors


def address_in(lines):
    return next(found[0] for line in lines if (found := re.findall(r"http://[\d.:]+", line)))


@pytest.mark.parametrize("before", [(), IN_BACKGROUND], ids=["in front", "in the background"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_pages_and_api_are_served_on_a_free_port_until_a_signal(cli, number, before):
    process, lines = served(cli, "serve", before=before)
    try:
        address = address_in(lines)
        assert httpx2.get(f"{address}/api/v1/health", timeout=30).json() == {"status": "ok"}
    finally:
        code, errors = ended(process, number)
    assert code == 130, errors
    assert "Interrupted" in errors


def test_the_demonstration_prints_a_link_that_signs_in_for_each_role(bare):
    process, lines = served(bare, "demo")
    try:
        links = {line.split()[0]: line.split()[1] for line in lines if "/link/" in line}
        assert set(links) == {"officer", "coordinator", "administrator", "partner"}
        assert httpx2.get(links["officer"], timeout=30).status_code == 200
        [where] = [n for n, line in enumerate(lines) if line.startswith("Open one of these links")]
        assert not any("http://" in line for line in lines[:where])
        assert lines[where + 2].startswith("officer"), "the first address is one to click"
        [bare_at] = [n for n, line in enumerate(lines) if re.fullmatch(r".* http://[\d.:]+/", line)]
        assert bare_at > max(n for n, line in enumerate(lines) if "/link/" in line)
        assert "asks for a password" in lines[bare_at + 1]
        asked = httpx2.get(address_in(lines), timeout=30, headers={"Accept": "text/html"})
        assert asked.headers["location"].startswith("/login")
    finally:
        code, errors = ended(process)
    assert code == 130, errors


def test_a_port_that_is_taken_is_told_with_the_remedy(cli):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = cli("serve", "--port", taken.getsockname()[1], code=1)
    assert "cannot be listened on" in result.stderr
    assert "--port" in result.stderr


def test_what_only_this_machine_may_reach_is_not_served_to_others(cli):
    assert "this machine only" in cli("serve", code=1, MATCHER_HOST="0.0.0.0").stderr


def test_without_a_database_nothing_is_served(bare):
    assert "matcher init" in bare("serve", code=1).stderr
