"""Waiting, asking and doubting, shared by the stages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from isowright.clock import Stopwatch
from isowright.cloud import jobs
from isowright.cloud.models import Job
from isowright.errors import AppError, JobTimeoutError, NetworkError, NotFoundError, UnknownOutcomeError
from isowright.pipeline.stage import Context

T = TypeVar("T")

_ANSWER_PATIENCE = 15.0  # real seconds that a cancelled run still waits for the answer to a create request
_JOB_UNKNOWN = "Common.0011"  # the record of an old job is gone


async def until(
    ctx: Context, look: Callable[[], Awaitable[T | None]], *, seconds: float, first: float = 1.0
) -> T | None:
    """Look until there is something, at intervals from 1 to 10 s; None once `seconds` have passed.

    Failures that may pass by themselves are borne 20 times in a row; the last look's is raised when the time is up, for
    whoever could not look does not know that there is nothing. Time in which this computer was suspended or
    offline does not count, and slow answers count little.
    """
    watch = Stopwatch(ctx.clock, seconds)
    failures = 0
    pause = first
    while True:
        blind: AppError | None = None
        try:
            if (found := await look()) is not None:
                return found
            failures = 0
        except AppError as error:
            failures += 1
            if not error.retryable or failures >= jobs.FAILED_LOOKS:
                raise
            blind = error
        waited = watch.looked()
        if waited >= seconds:
            if blind is not None:
                raise blind
            return None
        if slept := await watch.pause(min(pause, seconds - waited)):
            awake_again(ctx, slept)
        pause = jobs.interval(waited, None)


def awake_again(ctx: Context, seconds: float) -> None:
    """Tells that the computer was suspended for so long."""
    minutes = round(seconds / 60)
    lasted = f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
    ctx.note(f"This computer was suspended for {lasted}, or its clock was set; the cloud went on. Looking again", "")


async def said_or_slept(ctx: Context, event: asyncio.Event, watch: Stopwatch, seconds: float) -> None:
    """Until the next look, or until the operator says what is waited for."""
    before = ctx.clock.now()
    said = asyncio.ensure_future(event.wait())
    slept = asyncio.ensure_future(ctx.clock.sleep(seconds))
    try:
        await asyncio.wait({said, slept}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        said.cancel()
        slept.cancel()
        # Not `await task` under `suppress`: that would also swallow the run's own cancelling, just when it comes here.
        await asyncio.wait({said, slept})
    if asleep := watch.suspended(before, seconds):
        awake_again(ctx, asleep)


async def firmly(work: Coroutine[Any, Any, T]) -> T:
    """Let `work` (a create request and the journalling of its answer) end even if the run is cancelled meanwhile:
    an answer that is thrown away is a thing that nobody knows of."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.done():
            await asyncio.wait({task}, timeout=_ANSWER_PATIENCE)
        if task.done():
            if not task.cancelled():
                task.exception()  # looked at: the run is ending anyway, and the journal holds the intent
        else:
            task.cancel()
        raise


def in_doubt(error: AppError) -> bool:
    """Whether the request may have had its effect nevertheless."""
    return isinstance(error, UnknownOutcomeError) or (isinstance(error, NetworkError) and error.sent)


def job_forgotten(error: AppError) -> bool:
    """Whether the cloud no longer has a record of the job, as happens some time after its end."""
    return error.code == _JOB_UNKNOWN or isinstance(error, NotFoundError)


async def job(
    ctx: Context,
    look: Callable[[str], Awaitable[Job]],
    job_id: str,
    *,
    what: str,
    seconds: float,
    seen: Callable[[Job], None] = lambda _job: None,
) -> Job:
    """Wait for a job, telling its progress. what: "Registering the ISO"."""

    def on_look(found: Job) -> None:
        seen(found)
        state = found.task or found.status.capitalize()
        ctx.say(f"Job {job_id[:8]}… · {state}", found.fraction)

    ctx.note(f"{what}: job {job_id}", "")
    ctx.say(f"Job {job_id[:8]}… · accepted", None)
    ended = await jobs.wait(
        lambda: look(job_id),
        clock=ctx.clock,
        deadline=seconds,
        what=what,
        on_look=on_look,
        on_sleep=lambda slept: awake_again(ctx, slept),
    )
    ctx.note(f"{what}: job {job_id} ended", ended.request_id)
    return ended


def too_late(what: str, seconds: float, detail: str = "") -> JobTimeoutError:
    """`what`: "The image did not become active"."""
    return JobTimeoutError(
        f"{what} within {round(seconds / 60)} minutes.",
        detail=detail or "It may still happen; nothing that the run made is lost.",
        remedy="Retry to go on waiting, or clean up.",
        retryable=True,
        action="retry",
    )
