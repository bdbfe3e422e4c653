"""A whole run in real seconds against the sum of the cloud's job times; beside it two ways of looking that others use.

Fixed: the same run with a look at each job every 10 s, as the Terraform provider does. Late: a first look after 60 s,
then every 10 s, as the vendor's Packer plugin does. All three go on side by side, each on a practice cloud of its own
at the speed of a real one. Job time is what the practice cloud has between begin and end of its jobs: it holds no
looking, and none of the seconds in which an image becomes active or a server vanishes behind its job.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import tempfile
from collections.abc import Iterator
from pathlib import Path

import harness
from table import Row

from isowright.cloud import jobs
from isowright.stages import _waiting

SPEED = 1.0
BOUND = 1.05

_policy: contextvars.ContextVar[tuple[float, float] | None] = contextvars.ContextVar("policy", default=None)


@contextlib.contextmanager
def _policies() -> Iterator[None]:
    """Let each run look at its jobs in its own way."""
    ours = jobs.wait

    async def wait(look, *, clock, deadline, what, on_look=lambda _job: None):
        policy = _policy.get()
        if policy is None:
            return await ours(look, clock=clock, deadline=deadline, what=what, on_look=on_look)
        first, every = policy
        await clock.sleep(first)
        while not (job := await look()).ended:
            on_look(job)
            await clock.sleep(every)
        return job

    jobs.wait = wait
    try:
        yield
    finally:
        jobs.wait = ours


async def _run(folder: Path, policy: tuple[float, float] | None) -> harness.Result:
    _policy.set(policy)  # of this task, and of the run's task that is made in it
    return await harness.whole_run(folder, SPEED)


async def _measure() -> list[Row]:
    assert _waiting.jobs is jobs  # the stages wait through this module
    with tempfile.TemporaryDirectory() as folder, _policies():
        results = await asyncio.gather(
            _run(Path(folder) / "ours", None),
            _run(Path(folder) / "fixed", (10.0, 10.0)),
            _run(Path(folder) / "late", (60.0, 10.0)),
        )
    rows = []
    for what, result in zip(
        ("whole run", "the same, looking every 10 s", "the same, first look after 60 s"), results, strict=True
    ):
        ratio = result.wall / result.jobs
        ours = what == "whole run"
        rows.append(
            Row(
                what,
                f"{result.wall:.1f} s",
                f"sum of job times {result.jobs:.1f} s",
                f"{ratio:.3f}",
                f"≤ {BOUND}" if ours else "",
                ratio <= BOUND if ours else None,
            )
        )
    return rows


def measure() -> list[Row]:
    return asyncio.run(_measure())
