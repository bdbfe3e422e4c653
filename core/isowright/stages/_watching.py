"""Watching a server during the operator's turn: its state, its console's log, its screen; and that nothing happens.

Nothing here can fail the run. What the cloud does not tell is asked for once and then left alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from types import TracebackType
from typing import Literal, Self

from isowright.clock import Stopwatch
from isowright.cloud.models import Server
from isowright.console_text import last_lines
from isowright.errors import AppError, NotFoundError
from isowright.events import Sighting
from isowright.pipeline.stage import Context
from isowright.recipe import PRACTICE

IDLE = 1800.0  # seconds without a sign of life until the operator is told
_LINES = 100  # of the log, asked for; fewer are shown
_FIRST_PAUSE = 2.0  # a server that is finished with at once need not be watched
_LOG_PAUSES = 10.0, 20.0  # seconds between two looks at the log: after a change, and at the most
_SCREEN_PAUSES = 2.0, 20.0  # while somebody looks at it, and while nobody does
_LONGEST_PAUSE = 160.0  # after failures
_BLINKING = 8  # pictures: one of the last so many is no sign of life, but a cursor

_logger = logging.getLogger(__name__)


class Watcher:
    """`async with Watcher(ctx, server_id) as watcher`: the stage gives it every look at the server's state."""

    def __init__(self, ctx: Context, server_id: str) -> None:
        self._ctx = ctx
        self._id = server_id
        resource = ctx.log.resource("server")
        self._name = resource.name if resource else server_id  # our own: it is told to the desktop
        self._watch = Stopwatch(ctx.clock)  # of a night in which the computer slept, only minutes count
        self._since = 0.0
        self._changed = ctx.clock.now()
        self._idle = False
        self._state: tuple[str, str] | None = None
        self._log: Literal["", "told", "untold"] = ""
        self._log_digest = b""
        self._pictures: deque[bytes] = deque(maxlen=_BLINKING)
        self._consoles = ctx.sight.consoles
        self._told: Sighting | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        for ended in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                _logger.error("run %s: watching its server", self._ctx.run_id, exc_info=ended)
        self._ctx.sight.forget()

    def looked(self, server: Server | None) -> None:
        """The stage has asked for the server's state; None: the cloud did not know it just then."""
        seconds = self._watch.looked()
        if server is not None:
            state = server.status, server.task_state or ""
            changed, self._state = state != self._state, state
            if changed:
                self._sign()
            if not self._tasks and server.status != "SHUTOFF":
                self._begin()
        if self._ctx.sight.consoles != self._consoles:
            self._consoles = self._ctx.sight.consoles
            self._sign()
        if not self._idle and seconds - self._since >= IDLE:
            self._idle = True
            billed = "" if self._ctx.recipe.account.cloud == PRACTICE else "; the server is billed meanwhile"
            self._ctx.note(f"Nothing has happened on {self._name} for 30 minutes{billed}", "")
        self._tell()

    def _begin(self) -> None:
        """Not before the server was seen to run."""
        self._tasks = [asyncio.create_task(self._read_log(), name="console's log")]
        if self._ctx.screen is not None:
            self._tasks.append(asyncio.create_task(self._take_pictures(), name="screen"))

    def _sign(self) -> None:
        """Of life."""
        self._since, self._idle = self._watch.seconds, False
        self._changed = self._ctx.clock.now()

    def _tell(self) -> None:
        if self._state is None:
            return
        status, task = self._state
        sighting = Sighting(
            server_id=self._id,
            name=self._name,
            state=status,
            task=task,
            log=self._log,
            screen=bool(self._ctx.sight.screen),
            changed=self._changed,
            idle=self._idle,
        )
        if sighting != self._told:
            self._told = sighting
            self._ctx.seen(sighting)

    # -- the console's log

    async def _read_log(self) -> None:
        ctx, (soon, late) = self._ctx, _LOG_PAUSES
        pause, failures = soon, 0
        await ctx.clock.sleep(_FIRST_PAUSE)
        while True:
            try:
                text = await ctx.cloud.ecs.console_output(self._id, _LINES)
            except AppError as error:
                # "Not found" is said of the server, and the stage sees to that.
                if not error.retryable and not isinstance(error, NotFoundError):
                    self._give_up(f"The console's log cannot be read: {error.title}", error.request_id)
                    return
                failures += 1
                pause = min(late * 2 ** (failures - 1), _LONGEST_PAUSE)
            else:
                if text is None:
                    self._give_up("This cloud does not tell what a server writes to its console")
                    return
                failures = 0
                pause = soon if self._read(text) else min(pause * 1.5, late)
            await ctx.clock.sleep(pause)

    def _give_up(self, why: str, request_id: str = "") -> None:
        self._log, self._ctx.sight.lines = "untold", ()
        self._ctx.note(why, request_id)
        self._tell()

    def _read(self, text: str) -> bool:
        """Whether there is anything new. Only a digest of the whole is kept."""
        first, self._log = self._log == "", "told"
        digest = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()
        new = digest != self._log_digest
        if new:
            self._log_digest = digest
            self._ctx.sight.lines = last_lines(text)
            self._sign()
        if first or new:
            self._tell()
        return new

    # -- the screen

    async def _take_pictures(self) -> None:
        ctx, (soon, late) = self._ctx, _SCREEN_PAUSES
        failures = 0
        await ctx.clock.sleep(_FIRST_PAUSE)
        while (take := ctx.screen) is not None:
            wait = late
            try:
                picture = await take(self._id)
            except AppError as error:
                if not error.retryable:
                    ctx.note(f"The server's screen cannot be shown: {error.title}", error.request_id)
                    return
                failures += 1
                wait = min(late * 2 ** (failures - 1), _LONGEST_PAUSE)
            else:
                if picture is None:
                    return
                failures = 0
                self._look_at(picture)
            waited = 0.0
            while waited < (soon if ctx.sight.looked_at and not failures else wait):
                await ctx.clock.sleep(soon)
                waited += soon

    def _look_at(self, picture: bytes) -> None:
        if picture == self._ctx.sight.screen:
            return
        self._ctx.sight.screen = picture
        digest = hashlib.blake2b(picture, digest_size=16).digest()
        if digest in self._pictures:  # it was like this a moment ago, and will be again
            self._told = None  # to be shown nevertheless
        else:
            self._pictures.append(digest)
            self._sign()
        self._tell()
