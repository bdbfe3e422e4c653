"""Sends the parts that are missing, some at once, each until it has arrived or cannot."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator

import msgspec

from isowright.cloud.client import Cloud
from isowright.cloud.part_transport import Interrupted, PartTransport
from isowright.events import Transfer
from isowright.upload.pacing import Control, Lanes, Meter
from isowright.upload.plan import Part, Plan
from isowright.upload.source import PIECE, Source

_TICK = 0.25  # seconds between two looks at the progress
_OVERLOADED = (429, 503)


class Place(msgspec.Struct, frozen=True):
    """Where the parts go."""

    bucket: str
    key: str
    upload_id: str


class Sender:
    """`md5s`: hex, of parts where known. `arrived` is awaited for each part: (part, MD5 in hex, ETag). `tell` hears how
    far it is. check: whether parts carry their MD5, for the cloud to compare."""

    def __init__(
        self,
        cloud: Cloud,
        transport: PartTransport,
        source: Source,
        plan: Plan,
        place: Place,
        control: Control,
        *,
        md5s: dict[int, str],
        arrived: Callable[[Part, str, str], Awaitable[None]],
        tell: Callable[[Transfer], None],
        lanes: Lanes | None = None,
        check: bool = True,
    ) -> None:
        self._cloud = cloud
        self._transport = transport
        self._source = source
        self._plan = plan
        self._place = place
        self._control = control
        self._md5s = md5s
        self._arrived = arrived
        self._tell = tell
        self._lanes = lanes or Lanes()
        self._check = check
        self._done = 0
        self._flight: dict[int, int] = {}  # part number → bytes that its present try has sent; written by threads
        self._halt = threading.Event()
        self._changed = asyncio.Event()
        self._meter = Meter()

    async def send(self, numbers: Iterable[int]) -> None:
        """Send these parts; all others are there already. Raises the AppError family: the first part that cannot be
        sent ends it, and what has arrived stays. Cancelling it stops all parts at once."""
        waiting = deque(numbers)
        self._done = self._plan.size - sum(self._plan.part(number).length for number in waiting)
        running: dict[asyncio.Task[None], int] = {}
        self._control.changed = self._changed.set
        try:
            while waiting or running:
                if self._control.paused:
                    flight = dict(self._flight)
                    back = await self._stop(running)
                    waiting.extendleft(reversed(back))
                    await self._while_paused(sum(flight.get(number, 0) for number in back))
                    continue
                while waiting and len(running) < self._lanes.count:
                    number = waiting.popleft()
                    running[asyncio.create_task(self._one(self._plan.part(number)))] = number
                await self._look(running)
                self._show()
        finally:
            self._control.changed = lambda: None
            await self._stop(running)

    async def _look(self, running: dict[asyncio.Task[None], int]) -> None:
        self._changed.clear()
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait({*running, changed}, timeout=_TICK, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
        for task in [task for task in running if task.done()]:
            del running[task]
            task.result()

    async def _stop(self, running: dict[asyncio.Task[None], int]) -> list[int]:
        """End what is under way; the numbers of parts that have to be sent again."""
        if not running:
            return []
        self._halt.set()
        for task in running:
            task.cancel()
        ended = await asyncio.gather(*running, return_exceptions=True)
        again = [number for number, end in zip(running.values(), ended, strict=True) if end is not None]
        running.clear()
        self._flight.clear()
        self._halt = threading.Event()
        return sorted(again)

    async def _while_paused(self, again: int) -> None:
        """again: bytes that had left, of parts that have to be sent once more."""
        self._meter.reset()
        self._tell(Transfer(done=self._done, total=self._plan.size, paused=True, again=again))
        while self._control.paused:
            self._changed.clear()
            await self._changed.wait()

    def _show(self) -> None:
        done = self._done + sum(list(self._flight.values()))
        rate = self._meter.rate(done)
        left = (self._plan.size - done) / rate if rate > 0 else None
        self._tell(Transfer(done=done, total=self._plan.size, rate=rate, left=left))

    async def _one(self, part: Part) -> None:
        halt = self._halt
        md5 = self._md5s.get(part.number, "")
        if self._check and not md5:
            md5 = await self._transport.work(lambda: self._source.md5(part.offset, part.length, halt), halt)
            self._md5s[part.number] = md5

        def seen(status: int) -> None:
            if status != 200:
                self._flight.pop(part.number, None)  # a failed try's bytes do not count
            if not halt.is_set() and (status in _OVERLOADED or not status):
                self._lanes.slow_down()

        etag = await self._cloud.multipart.send(
            self._transport,
            self._place.bucket,
            self._place.key,
            self._place.upload_id,
            part.number,
            length=part.length,
            body=lambda: self._body(part, halt),
            md5=md5,
            seen=seen,
        )
        self._flight.pop(part.number, None)
        self._done += part.length
        self._lanes.moved(part.length)
        await self._arrived(part, md5, etag)

    # --- in the threads -----------------------------------------------------------------------------------------------

    def _body(self, part: Part, halt: threading.Event) -> Iterator[bytes]:
        throttle = self._control.throttle
        self._source.check()
        sent = 0
        while sent < part.length:
            if halt.is_set():
                raise Interrupted
            data = self._source.at(part.offset + sent, min(throttle.piece(PIECE), part.length - sent))
            wait = throttle.take(len(data))
            if wait and halt.wait(wait):
                raise Interrupted
            yield data
            sent += len(data)
            self._flight[part.number] = sent
