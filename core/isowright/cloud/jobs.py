"""Waiting for asynchronous jobs: looks soon, then less often, and near the end of a job that tells its progress, again
often. A job is always asked for on the host that issued it: `look` is that service's `job`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from isowright.clock import Clock, Stopwatch
from isowright.cloud.models import Job
from isowright.cloud.remedies import case_of
from isowright.errors import AppError, JobFailedError, JobTimeoutError

FIRST_LOOK = 1.0  # seconds
SHORTEST, LONGEST = 1.0, 10.0
SHARE = 0.04  # of the time waited so far: what a look too late costs at most
FAILED_LOOKS = 20  # in a row
_ENDS = re.compile("(?i)delete|detach|stop")  # job types that make nothing


async def wait(
    look: Callable[[], Awaitable[Job]],
    *,
    clock: Clock,
    deadline: float | None,
    what: str,
    on_look: Callable[[Job], None] = lambda _job: None,
    on_sleep: Callable[[float], None] = lambda _seconds: None,
) -> Job:
    """Until the job is SUCCESS. deadline: seconds from now, None = as long as it takes; it passes only after a look,
    and not because this computer was suspended or offline. on_sleep: hears of the former. what: "Registering the ISO".

    Raises JobFailedError with the deepest reason, JobTimeoutError, and whatever `look` raises that cannot pass by
    itself (or 20 times in a row). Status words that nobody has heard of count as running.
    """
    watch = Stopwatch(clock, deadline)
    failures = 0
    last: Job | None = None
    pause = FIRST_LOOK
    while True:
        if slept := await watch.pause(pause):
            on_sleep(slept)
        try:
            last = await look()
            failures = 0
        except AppError as error:
            failures += 1
            if not error.retryable or failures >= FAILED_LOOKS:
                raise
        else:
            on_look(last)
            if last.status == "FAIL":
                raise failed(what, last)
            if last.ended:
                return last
        elapsed = watch.looked()
        if deadline is not None and elapsed >= deadline:
            raise _too_late(what, deadline, last)
        pause = interval(elapsed, last.fraction if last else None)
        if deadline is not None:
            pause = min(pause, deadline - elapsed)


def interval(elapsed: float, fraction: float | None) -> float:
    """Seconds until the next look. A known fraction predicts the end; the look should fall just behind it."""
    pause = min(max(SHARE * elapsed, SHORTEST), LONGEST)
    if fraction is not None and 0.05 <= fraction < 1.0:
        left = elapsed / fraction - elapsed
        pause = min(pause, max(left, SHORTEST))
    return pause


def failed(what: str, job: Job) -> JobFailedError:
    """The error for a job in FAIL: the table's words where the code is known, the cloud's own as detail.

    ECS uses the same codes when it makes a server and when it stops or deletes one; no other answer of the operator's
    makes a deletion succeed.
    """
    case = case_of(job.error_code)
    if case and _ENDS.match(job.type) and (case.action == "clean-up" or case.action.startswith("step:")):
        case = None
    said = f"The cloud says: {job.reason}" if job.reason else "The cloud gives no reason."
    return JobFailedError(
        f"{what} failed: {case.title[0].lower()}{case.title[1:]}" if case else f"{what} failed.",
        detail=" ".join(part for part in (case.detail if case else "", said) if part),
        remedy=case.remedy
        if case
        else f"Try again. If it fails again, give the job's id to the cloud's support ({job.id}).",
        code=job.error_code,
        request_id=job.request_id,
        retryable=case is None or case.retryable,
        action=(case.action if case else "") or "retry",
        server_id=job.server_id,
    )


def _too_late(what: str, deadline: float, last: Job | None) -> JobTimeoutError:
    minutes = max(round(deadline / 60), 1)
    return JobTimeoutError(
        f"{what} did not end within {minutes} minute{'' if minutes == 1 else 's'}.",
        detail="The cloud is still at it, as far as it says; nothing was given up there."
        if last
        else "The cloud never told how it stands.",
        remedy="Try again: it goes on with the same job. If it hangs, clean up and give the job's id"
        f" ({last.id if last else 'unknown'}) to the cloud's support.",
        request_id=last.request_id if last else "",
        retryable=True,
        action="retry",
    )
