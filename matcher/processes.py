"""Processes: which one owns some work, and whether it still lives, as far as that can be told from here."""

from __future__ import annotations

import os
import socket
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

import psutil

_TOLERANCE_S: Final = 5.0
"""Seconds by which the start of a process may seem to move when the clock is set right."""


def this_process() -> str:
    """Name this process for others: machine, number and start."""
    return _named(os.getpid())


def is_dead(owner: str) -> bool:
    """Whether a process that was named by ``this_process`` is known to have ended.

    Of one on another machine, or in another container, nothing is known.
    """
    machine, _, process = owner.rpartition(" ")
    number, _, started = process.partition("@")
    if machine != _machine() or not number.isdigit():
        return False
    try:
        latest_at = float(started) + _TOLERANCE_S
        found = psutil.Process(int(number))
        began_at, state = float(found.create_time()), found.status()
    except psutil.NoSuchProcess:
        return True
    except (psutil.AccessDenied, ValueError):
        return False
    # Its number may have been given to another process since.
    return bool(state == psutil.STATUS_ZOMBIE) or began_at > latest_at


@cache
def _named(number: int) -> str:
    # The number is the key: a child that was forked is another process.
    return f"{_machine()} {number}@{psutil.Process(number).create_time():.2f}"


@cache
def _machine() -> str:
    """Name what process numbers are counted in: the machine, by name and address, and the container.

    Where a machine has no address that can be read, ``getnode`` differs from process to process, so that
    nothing is taken for dead.
    """
    container = ""
    with suppress(OSError):
        container = str(Path("/proc/self/ns/pid").stat().st_ino)
    return f"{socket.gethostname()[:100]}/{uuid.getnode():012x}/{container}"
