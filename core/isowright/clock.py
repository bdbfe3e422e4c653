"""Time enters here and nowhere else, so that tests need no sleeping."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall time for people and signatures, monotonic seconds for durations, and waiting."""

    def now(self) -> datetime: ...
    def monotonic(self) -> float: ...
    async def sleep(self, seconds: float) -> None: ...


class Stopwatch:
    """How long something has been waited for, as far as that counts for a deadline.

    A computer that is suspended does not look, and whether its monotonic clock goes on meanwhile differs from system to
    system; without a network it looks in vain. So of the time from one look to the next only `MOST` seconds count, and
    at most a tenth of `limit`, the time after which the owner gives up: one slow answer is no long wait. Whoever gives
    up after a deadline has always looked just before.
    """

    MOST = 300.0
    LOOKS = 10  # at the least, before anybody gives up
    ASLEEP = 120.0  # seconds that the wall clock must be ahead of a pause

    def __init__(self, clock: Clock, limit: float | None = None) -> None:
        self.seconds = 0.0
        self._most = self.MOST if limit is None else min(self.MOST, limit / self.LOOKS)
        self._clock = clock
        self._looked = clock.monotonic()
        self._told = clock.now(), self._looked

    def looked(self) -> float:
        """To be called after each look: the seconds that count so far."""
        now = self._clock.monotonic()
        self.seconds += min(max(now - self._looked, 0.0), self._most)
        self._looked = now
        return self.seconds

    async def pause(self, seconds: float) -> float:
        """Sleep. Returns for how many seconds the computer was suspended since the last pause (or its clock was set),
        mostly 0."""
        before = self._clock.now()
        await self._clock.sleep(seconds)
        return self.suspended(before, seconds)

    def suspended(self, before: datetime, seconds: float) -> float:
        """As `pause`, for a sleep of at most `seconds` that began at `before` and has just ended."""
        wall, monotonic = self._clock.now(), self._clock.monotonic()
        # While something was asked, only a clock that stood tells: without one, a long answer looks the same.
        stood = (wall - self._told[0]).total_seconds() - (monotonic - self._told[1])
        self._told = wall, monotonic
        ahead = max((wall - before).total_seconds() - seconds, stood)
        return ahead if ahead >= self.ASLEEP else 0.0


LEAST_PATIENCE = 10.0  # real seconds


async def patience(clock: Clock, seconds: float) -> None:
    """Sleep for as long as something may take. A clock may run fast; disks, networks and processors do not: they have
    `LEAST_PATIENCE`."""
    began = time.monotonic()
    await clock.sleep(seconds)
    await patience_left(began)


async def patience_left(began: float) -> None:
    """The rest of `LEAST_PATIENCE` since `began`, by time.monotonic()."""
    await asyncio.sleep(max(LEAST_PATIENCE - (time.monotonic() - began), 0.0))


class SystemClock:
    """The computer's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class FastClock:
    """Runs `speed` times as fast as real time: a run against a fast practice cloud polls as often as a real one.

    Wall time stays real, because signatures and tokens are checked against it.
    """

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._start = time.monotonic()
        self._leap = 0.0
        self.skew = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skew

    def monotonic(self) -> float:
        return self._start + (time.monotonic() - self._start) * self._speed + self._leap

    def jump(self, seconds: float, *, monotonic: bool) -> None:
        """As if the computer had been suspended, when some systems' monotonic clock goes on and others' stops."""
        self.skew += timedelta(seconds=seconds)
        self._leap += seconds if monotonic else 0.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)
