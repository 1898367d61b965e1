"""Floods held back: what people do without an account, each client does some times within a while."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address
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
            self._forget(now - self.seconds)
            times = self._seen.get(client) or deque(maxlen=self.times)
            if len(times) == self.times and times[0] >= now - self.seconds:
                raise TooManyAttempts("You have written very often in a short time.")
            times.append(now)
            # Last in the row, so that those who came long ago stand first.
            self._seen.pop(client, None)
            self._seen[client] = times

    def _forget(self, before: float) -> None:
        """Forget who came last before then, without looking at all the others."""
        while self._seen and self._seen[first := next(iter(self._seen))][-1] < before:
            del self._seen[first]


SENDING: Final = Limit(10, seconds=600)
"""Needs and ideas that somebody sends without an account."""
LOOKING: Final = Limit(120, seconds=600)
"""Looks at what is alike meanwhile."""
ASKING: Final = Limit(10, seconds=600)
"""Requests for an account, by the page and the API together."""


def client_of(request: Request) -> str:
    """Return whose requests count together: those of an address, or of the network of an IPv6 address.

    One household or server has a whole network of 2**64 IPv6 addresses, and may take another one each time.
    """
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, 64), strict=False))
