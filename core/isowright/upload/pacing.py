"""How many parts at once, how fast at the most, how long it will still take. Pure but for the clock that is given."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from isowright.cloud.part_transport import MOST_LANES

FIRST_LANES = 2
_PERIOD = 10.0  # seconds over which throughput is compared
_GAIN = 1.1  # of throughput, that a further connection must have brought
_MB = 1_000_000
_BURST = 0.25  # seconds of the limit that may leave at once
_WINDOW = 8.0  # seconds that the displayed rate is of


class Lanes:
    """How many parts are sent at once: one more as long as that makes it faster, half of them when the cloud asks to
    slow down. From 1 to `most`."""

    def __init__(
        self, first: int = FIRST_LANES, most: int = MOST_LANES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.count = min(first, most)
        self._most = most
        self._clock = clock
        self._since = clock()
        self._bytes = 0
        self._best = 0.0
        self._grown = True  # the present number has not been judged yet

    def moved(self, count: int) -> None:
        """So many bytes have arrived."""
        self._bytes += count
        now = self._clock()
        lasted = now - self._since
        if lasted < _PERIOD:
            return
        rate = self._bytes / lasted
        self._since, self._bytes = now, 0
        if rate >= self._best * _GAIN and self._grown:
            self._best = rate
            self._grown = self.count < self._most
            self.count = min(self.count + 1, self._most)
        else:
            self._best = max(self._best, rate)
            self._grown = False

    def slow_down(self) -> None:
        """The cloud is overloaded, or a connection has stalled."""
        self.count = max(1, self.count // 2)
        self._best, self._grown = 0.0, True
        self._since, self._bytes = self._clock(), 0


class Throttle:
    """A token bucket that all threads take from. limit: MB/s (10^6 bytes), 0 = none; may be changed at any time."""

    def __init__(self, limit: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._free_at = clock()

    def piece(self, usual: int) -> int:
        """How many bytes to take at a time: a tenth of a second's worth, but no more than usual."""
        limit = self.limit
        return usual if limit <= 0 else max(16 * 1024, min(usual, int(limit * _MB / 10)))

    def take(self, count: int) -> float:
        """Seconds to wait before `count` bytes may leave."""
        limit = self.limit
        if limit <= 0:
            return 0.0
        with self._lock:
            now = self._clock()
            self._free_at = max(self._free_at, now - _BURST) + count / (limit * _MB)
            return max(0.0, self._free_at - now)

    def change(self, limit: float) -> None:
        with self._lock:
            self.limit = limit
            self._free_at = self._clock()


class Meter:
    """Bytes a second over the last seconds, and what is left of the time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()

    def reset(self) -> None:
        self._seen.clear()

    def rate(self, done: int) -> float:
        """To be called again and again with all bytes done so far."""
        now = self._clock()
        if self._seen and done < self._seen[-1][1]:  # a try has failed: its bytes do not count
            self._seen.clear()
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > _WINDOW:
            self._seen.popleft()
        (then, before), lasted = self._seen[0], now - self._seen[0][0]
        return (done - before) / lasted if lasted > 0.2 and then < now else 0.0


class Control:
    """What the operator may change while it goes on: pause, resume, limit. All from the event loop's thread."""

    def __init__(self, limit: float = 0.0) -> None:
        self.throttle = Throttle(limit)
        self.paused = False
        self.changed: Callable[[], None] = lambda: None  # set by whoever is sending

    def pause(self) -> None:
        self.paused = True
        self.changed()

    def resume(self) -> None:
        self.paused = False
        self.changed()

    def limit(self, rate: float) -> None:
        """MB/s (10^6 bytes), 0 = none."""
        self.throttle.change(max(0.0, rate))
        self.changed()
