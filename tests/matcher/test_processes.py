import os
import subprocess
import sys

import pytest

from matcher import processes
from matcher.processes import is_dead, this_process


def test_a_process_is_dead_once_its_number_is_free_or_given_to_another():
    machine, _, process = this_process().rpartition(" ")
    number, _, started = process.partition("@")
    assert not is_dead(this_process())
    assert is_dead(f"{machine} {number}@{float(started) - 60:.2f}")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert is_dead(f"{machine} {ended.pid}@{started}")
    assert not is_dead(f"elsewhere {ended.pid}@{started}")


@pytest.mark.parametrize("owner", ["", "nobody", " 1", "a b@c"])
def test_of_an_owner_that_nobody_can_read_nothing_is_known(owner):
    assert not is_dead(owner)


def test_a_number_without_a_start_is_not_trusted(monkeypatch):
    monkeypatch.setattr(processes, "_machine", lambda: "here")
    assert not is_dead(f"here {os.getpid()}@")
