"""Passes a run's events on to whoever watches, keeps the log of them, and slows progress down to what eyes follow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Literal

from isowright.clock import Clock
from isowright.cloud.outage import Outage
from isowright.events import AnyEvent, LogLine, Progress, StageChanged, StageState, Transfer, Waiting
from isowright.holder import moment
from isowright.pipeline.journal import Journal

_PROGRESS_EVERY = 0.1  # real seconds

_logger = logging.getLogger(__name__)


class Teller:
    """Events of one run. Progress comes at most ten times a second, and the latest never gets lost."""

    def __init__(self, run: str, journal: Journal, clock: Clock, watch: Callable[[AnyEvent], None]) -> None:
        self.run = run
        self._journal = journal
        self._clock = clock
        self._watch = watch
        self._told_at = float("-inf")
        self._held: Progress | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._outage = ""

    def tell(self, event: AnyEvent) -> None:
        """To the watcher, after the progress that came before it. A watcher's fault never harms the run."""
        if not isinstance(event, Progress):
            self.flush()
        if isinstance(event, LogLine | StageChanged):
            self._journal.keep_event(self.run, event)
        try:
            self._watch(event)
        except Exception:
            _logger.exception("a watcher of run %s failed", self.run)

    def stage(self, stage: str, title: str, state: StageState, detail: str = "", elapsed: float = 0.0) -> None:
        self.tell(
            StageChanged(
                run=self.run,
                at=self._clock.now(),
                stage=stage,
                title=title,
                state=state,
                detail=detail,
                elapsed=round(elapsed, 3),
            )
        )

    def log(self, stage: str, text: str, request_id: str = "") -> None:
        self.tell(LogLine(run=self.run, at=self._clock.now(), stage=stage, text=text, request_id=request_id))

    def waiting(
        self, stage: str, text: str, server_id: str, reason: Literal["operator", "installer"] = "operator"
    ) -> Waiting:
        event = Waiting(run=self.run, at=self._clock.now(), stage=stage, reason=reason, text=text, server_id=server_id)
        self.tell(event)
        return event

    def outage(self, stage: str, outage: Outage) -> None:
        """What is waited for, and that it has come."""
        if outage.again is None:
            self._outage = ""
            self.log(stage, f"{outage.host} can be reached again, after {_lasting(outage.lasted)}")
            self.progress(stage, "Connected again", None)
            return
        now = self._clock.now()
        text = (
            f"No connection to {outage.host} since {moment(outage.since, now)}; trying again every "
            f"{outage.again:.0f} s. What was begun goes on in the cloud."
        )
        if self._outage != text:
            self._outage = text
            self.log(stage, text)
        self.tell(Waiting(run=self.run, at=now, stage=stage, reason="network", text=text))

    def progress(self, stage: str, text: str, fraction: float | None, transfer: Transfer | None = None) -> None:
        event = Progress(
            run=self.run, at=self._clock.now(), stage=stage, text=text, fraction=fraction, transfer=transfer
        )
        loop = asyncio.get_running_loop()
        wait = self._told_at + _PROGRESS_EVERY - loop.time()
        if wait <= 0 and self._timer is None:
            self._told_at = loop.time()
            self.tell(event)
            return
        self._held = event
        if self._timer is None:
            self._timer = loop.call_later(max(wait, 0.0), self._due)

    def _due(self) -> None:
        self._timer = None
        if (event := self._held) is not None:
            self._held = None
            self._told_at = asyncio.get_running_loop().time()
            self.tell(event)

    def flush(self) -> None:
        """Drop the timer and tell what it held back."""
        if self._timer is not None:
            self._timer.cancel()
            self._due()


def _lasting(seconds: float) -> str:
    """ "40 s", "12 min", "1 h 20 min"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
