"""Floods held back: what people do without an account, each client does some times within a while."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from fastapi import Request

from matcher.errors import TooManyAttempts


class Limit:
    """Lets each client do something some times within a while; keeps no address longer than that.

    Parameters
    ----------
    times
        How often within the while.
    seconds
        How long the while is.
    clock
        Tells the time in seconds.
    """

    def __init__(self, times: int, *, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.times, self.seconds, self.clock = times, seconds, clock
        self._seen: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def check(self, client: str) -> None:
        """Count once more.

        Raises
        ------
        TooManyAttempts
            If that is too often.
        """
        now = self.clock()
        with self._lock:
            for known in [key for key, at in self._seen.items() if at[-1] < now - self.seconds]:
                del self._seen[known]
            times = self._seen.setdefault(client, deque(maxlen=self.times))
            if len(times) == self.times and times[0] >= now - self.seconds:
                raise TooManyAttempts("You have written very often in a short time.")
            times.append(now)


SENDING: Final = Limit(10, seconds=600)
"""Needs and ideas that somebody sends without an account."""
LOOKING: Final = Limit(120, seconds=600)
"""Looks at what is alike meanwhile."""
ASKING: Final = Limit(10, seconds=600)
"""Requests for an account, by the page and the API together."""


def client_of(request: Request) -> str:
    """Return whose requests count together."""
    return request.client.host if request.client else ""
