"""The network is gone: nothing leaves this computer, or nothing arrives. What waits for it, and how.

Only for requests of which not a byte has left (no address, refused, no connection in time), so that waiting for hours
and sending them then doubles nothing. Whoever drives a run sets `watch`; without one, nobody waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from isowright.clock import Clock

PAUSE = 30.0  # seconds between two tries
STRANGER = 900.0  # a host that has never answered is more likely a wrong endpoint: it is not waited for any longer


@dataclass(frozen=True)
class Outage:
    """`host` has not been reached since `since` (UTC). again: seconds until the next try; None = it just answered."""

    host: str
    since: datetime
    again: float | None
    lasted: float = 0.0  # seconds


class Outages:
    """Of one session, by host."""

    def __init__(self, clock: Clock) -> None:
        self.watch: Callable[[Outage], None] | None = None
        self._clock = clock
        self._begun: dict[str, tuple[datetime, float]] = {}
        self._known: set[str] = set()  # hosts that have ever answered
        self._given_up = asyncio.Event()

    @property
    def offline(self) -> bool:
        """Somebody is waiting for the network now."""
        return bool(self._begun)

    def answered(self, host: str) -> None:
        """It can be reached."""
        self._known.add(host)
        if (begun := self._begun.pop(host, None)) is not None and self.watch is not None:
            self.watch(Outage(host, begun[0], None, self._clock.monotonic() - begun[1]))

    def give_up(self) -> None:
        """The run is being stopped: nobody waits any more."""
        self._given_up.set()

    async def bear(self, host: str) -> bool:
        """Wait until the next try; False if it is no use to wait."""
        if self.watch is None or self._given_up.is_set():
            return False
        since, began = self._begun.setdefault(host, (self._clock.now(), self._clock.monotonic()))
        if host not in self._known and self._clock.monotonic() - began >= STRANGER:
            self.forget(host)
            return False
        self.watch(Outage(host, since, PAUSE, self._clock.monotonic() - began))
        stopped = asyncio.ensure_future(self._given_up.wait())
        slept = asyncio.ensure_future(self._clock.sleep(PAUSE))
        try:
            await asyncio.wait({stopped, slept}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            slept.cancel()
            await asyncio.wait({stopped, slept})
        return not self._given_up.is_set()

    def forget(self, host: str) -> None:
        """Nobody asks it any more."""
        self._begun.pop(host, None)
