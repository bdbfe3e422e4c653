"""Drives one run through its stages: in order, from where it stopped, with a deadline for each, to one final event."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from isowright.clock import patience_left
from isowright.cloud.outage import Outage
from isowright.errors import AppError, JobTimeoutError, LeaseLostError, StateError
from isowright.events import (
    Cancelled,
    Done,
    ErrorInfo,
    Failed,
    RunStarted,
    ServerSeen,
    Sighting,
    StageState,
    Transfer,
    Waiting,
)
from isowright.pipeline.journal import Journal
from isowright.pipeline.runs import RunInfo, StageInfo
from isowright.pipeline.stage import SETTLED, Context, HandBack, Stage
from isowright.pipeline.teller import Teller

End = Done | Failed | Cancelled | Waiting
ALWAYS_AGAIN = "sign-in"  # yields nothing that outlives a process
_STEP = 30.0

_logger = logging.getLogger(__name__)


class Runner:
    """One drive of one run. The context's callbacks are set here, since they belong to the running stage.

    `beside` is under way from the end of the first stage to the end of the drive; it cannot fail the run.
    """

    def __init__(
        self,
        info: RunInfo,
        stages: Sequence[Stage],
        context: Context,
        journal: Journal,
        teller: Teller,
        beside: Callable[[Context], Awaitable[None]],
    ) -> None:
        self._info = info
        self._stages = stages
        self._journal = journal
        self._teller = teller
        self._clock = context.clock
        self._rows = {row.id: row for row in info.stages}
        self._current: Stage | None = None
        self._beside = beside
        self._companion: asyncio.Future[None] | None = None
        self._began = 0.0
        self.context = replace(
            context,
            say=self._say,
            note=self._note,
            your_turn=self._your_turn,
            seen=self._seen,
            transfer=self._transfer,
        )

    async def run(self) -> End:
        """Until the run is done, has failed or waits for its operator. Cancelling it stops it where it is."""
        try:
            return await self._through()
        finally:
            await self._part()

    async def _through(self) -> End:
        info = self._info
        account = info.recipe.account
        self._teller.tell(
            RunStarted(
                run=info.id,
                at=self._clock.now(),
                name=info.name,
                cloud=account.cloud,
                region=account.region,
                resumed=info.state != "new",
                stages=tuple((stage.id, stage.title) for stage in self._stages),
            )
        )
        for stage in self._stages:
            row = self._row(stage)
            if row.state in ("done", "skipped") and stage.id != ALWAYS_AGAIN:
                self._teller.stage(stage.id, stage.title, row.state, row.detail, row.elapsed)
                continue
            try:
                if stage.id in (self.context.log.known(SETTLED) or "").split():
                    await self._set(stage, "skipped", "Found done in the cloud")
                    continue
                await self._set(stage, "running")
                self._current, self._began = stage, self._clock.monotonic()
                detail = await self._bounded(stage)
                await self._set(stage, "done", detail)
                self._accompany()
            except HandBack as back:
                return await self._handed_back(stage, back)
            except AppError as error:
                return await self._failed(stage, error)
            except Exception as error:
                _logger.exception("run %s: stage %s", info.id, stage.id)
                return await self._failed(stage, _unforeseen(error))
        return await self._done()

    def _accompany(self) -> None:
        if self._companion is None:
            self._companion = asyncio.ensure_future(self._beside(self.context))

    async def _part(self) -> None:
        if self._companion is None:
            return
        self._companion.cancel()
        (ended,) = await asyncio.gather(self._companion, return_exceptions=True)
        if isinstance(ended, Exception):
            _logger.error("run %s: what goes on beside its stages", self._info.id, exc_info=ended)

    @property
    def current(self) -> Stage | None:
        """The stage under way."""
        return self._current

    @property
    def elapsed(self) -> float:
        """Seconds of all stages, the one under way included."""
        return sum(row.elapsed for row in self._rows.values()) + self.stage_elapsed

    @property
    def stage_elapsed(self) -> float:
        """Seconds of this attempt at the stage under way."""
        return self._clock.monotonic() - self._began if self._current else 0.0

    async def cancelled(self) -> Cancelled:
        """To be called after `run` was cancelled by the operator."""
        stage = self._current
        if stage is not None:
            await self._set(stage, "cancelled", "Stopped by the operator")
        await self._journal.set_run(self._info.id, "cancelled", elapsed=self.elapsed)
        # From the disk: an entry whose caller was cancelled is there, but not in the stages' copy.
        resources = (await self._journal.info(self._info.id)).resources
        event = Cancelled(
            run=self._info.id,
            at=self._clock.now(),
            stage=stage.id if stage else "",
            resources=resources,
        )
        self._teller.tell(event)
        return event

    def taken_over(self, error: LeaseLostError) -> Failed:
        """Another process drives the run now: this drive ends, and the journal is that one's."""
        stage, self._current = self._current, None
        event = Failed(
            run=self._info.id,
            at=self._clock.now(),
            stage=stage.id if stage else "",
            error=ErrorInfo.of(error),
            resources=self.context.log.resources(),
        )
        self._teller.tell(event)
        return event

    async def _bounded(self, stage: Stage) -> str:
        """The stage's work under its deadline, which counts in the injected clock's seconds."""
        if stage.deadline is None:
            return await stage.run(self.context)
        work = asyncio.ensure_future(stage.run(self.context))
        limit = asyncio.ensure_future(self._wait_out(stage.deadline))
        try:
            await asyncio.wait({work, limit}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
        finally:
            limit.cancel()
            work.cancel()
            await asyncio.gather(work, limit, return_exceptions=True)
        raise JobTimeoutError(
            f"{stage.title} did not end within {round(stage.deadline / 60)} minutes.",
            detail="The cloud may still be at it; nothing that the run made is lost.",
            remedy="Retry to go on waiting, or clean up.",
            retryable=True,
            action="retry",
        )

    async def _wait_out(self, seconds: float) -> None:
        """In steps, because time in which this computer is suspended or offline does not count."""
        began = time.monotonic()
        while seconds > 0:
            step = min(seconds, _STEP)
            await self._clock.sleep(step)
            if not self.context.cloud.session.outages.offline:
                seconds -= step
        await patience_left(began)

    async def _handed_back(self, stage: Stage, back: HandBack) -> End:
        try:
            await self._set(stage, "your-turn", back.text)
            await self._journal.set_run(self._info.id, "waiting", elapsed=self.elapsed)
        except AppError as error:
            return await self._failed(stage, error)
        return self._teller.waiting(stage.id, back.text, back.server_id)

    async def _failed(self, stage: Stage, error: AppError) -> Failed:
        if isinstance(error, LeaseLostError):
            self._current = stage
            return self.taken_over(error)
        info = ErrorInfo.of(error)
        resources = self.context.log.resources()
        self._teller.log(stage.id, error.title, error.request_id)
        try:
            await self._set(stage, "failed", error.title)
            await self._journal.set_run(self._info.id, "failed", error=info, elapsed=self.elapsed)
            resources = (await self._journal.info(self._info.id)).resources
        except LeaseLostError as lost:
            return self.taken_over(lost)
        except StateError as journal_error:  # the journal itself may be what failed
            _logger.warning("run %s: its failure could not be journalled: %s", self._info.id, journal_error.title)
        event = Failed(
            run=self._info.id,
            at=self._clock.now(),
            stage=stage.id,
            error=info,
            resources=resources,
        )
        self._teller.tell(event)
        return event

    async def _done(self) -> End:
        elapsed = self.elapsed
        try:
            await self._journal.set_run(self._info.id, "done", elapsed=elapsed)
        except AppError as error:
            return await self._failed(self._stages[-1], error)
        image = self.context.log.resource("image")
        event = Done(
            run=self._info.id,
            at=self._clock.now(),
            image_id=image.id if image else "",
            image_name=image.name if image else self._info.name,
            elapsed=round(elapsed, 3),
            resources=self.context.log.resources(),
        )
        self._teller.tell(event)
        return event

    async def _set(self, stage: Stage, state: StageState, detail: str = "") -> None:
        """Journal a stage's state, then tell it. Its time is added up over all attempts."""
        row = self._row(stage)
        elapsed = row.elapsed + (self.stage_elapsed if self._current is stage else 0.0)
        if state != "running":
            self._current = None
        self._rows[stage.id] = StageInfo(stage.id, stage.title, state, detail, elapsed)
        self._teller.flush()
        await self._journal.set_stage(self._info.id, stage.id, state, detail, elapsed)
        self._teller.stage(stage.id, stage.title, state, detail, elapsed)

    def _row(self, stage: Stage) -> StageInfo:
        return self._rows.get(stage.id) or StageInfo(stage.id, stage.title)

    def _say(self, text: str, fraction: float | None) -> None:
        if self._current is not None:
            self._teller.progress(self._current.id, text, fraction)

    def _transfer(self, text: str, transfer: Transfer) -> None:
        if self._current is not None:
            fraction = transfer.done / transfer.total if transfer.total else None
            self._teller.progress(self._current.id, text, fraction, transfer)

    def _note(self, text: str, request_id: str) -> None:
        if self._current is not None:
            self._teller.log(self._current.id, text, request_id)

    def _seen(self, sighting: Sighting) -> None:
        if self._current is not None:
            self._teller.tell(
                ServerSeen(run=self._info.id, at=self._clock.now(), stage=self._current.id, server=sighting)
            )

    def outage(self, outage: Outage) -> None:
        """The network is gone, or back: for whoever watches the stage under way."""
        if self._current is not None:
            self._teller.outage(self._current.id, outage)

    def _your_turn(self, text: str, server_id: str) -> None:
        if (stage := self._current) is not None:
            elapsed = self._row(stage).elapsed + self.stage_elapsed
            self._teller.stage(stage.id, stage.title, "your-turn", "Waiting for you", elapsed)
            self._teller.waiting(stage.id, text, server_id)


def _unforeseen(error: Exception) -> AppError:
    return AppError(
        "Something went wrong inside Isowright itself.",
        detail=f"{type(error).__name__}. What the run made is in its list and can be cleaned up.",
        remedy="Retry. If it happens again, report it with the log file.",
        action="retry",
    )
