"""What happens to jobs after the cloud has accepted them: they fail with and without remains, hang, speak in words that
nobody knows, succeed without naming anything, and what they made is not ready. None of it may leave anything behind."""

import asyncio
import contextlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fault_tools import HANGS, Lane, Operator, check_failure, check_world, opened, words

from isowright.errors import JobTimeoutError
from isowright.events import Done, Failed

SPEED = 4000.0
HURRY = 6000.0  # of the clock of runs that wait for a deadline

REGISTER, LAUNCH, STOP = "imsImportImageJob", "createServer", "stopServer"
CAPTURE, DELETE, DISK = "imsVolumeCreateImageJob", "deleteServer", "deleteVolume"
DISKS_LEFT = {"job": LAUNCH, "action": "fail-with-disks", "code": "Ecs.0403", "reason": "left over"}

# Rules, and the stage at which the run stops; "" = it bears them.
STOPS = {
    "ISO fails": ([{"job": REGISTER, "action": "fail", "code": "IMG.1075"}], "register-iso"),
    "ISO fails and stays killed": (
        [{"job": REGISTER, "action": "fail-with-debris", "code": "IMG.0057"}],
        "register-iso",
    ),
    "ISO in odd words": ([{"job": REGISTER, "action": "odd-words"}], ""),
    "ISO without ids": ([{"job": REGISTER, "action": "no-ids"}], ""),
    "ISO stays queued": ([{"world": "images-queued"}], "register-iso"),
    "server fails": ([{"job": LAUNCH, "action": "fail", "code": "Ecs.0204"}], "launch-server"),
    "server sold out": ([{"job": LAUNCH, "action": "fail", "code": "Ecs.0319"}], "launch-server"),
    "port left": ([{"job": LAUNCH, "action": "fail", "code": "Ecs.0401"}], "launch-server"),
    "server left in ERROR": ([{"job": LAUNCH, "action": "fail-with-debris", "code": "Ecs.0405"}], "launch-server"),
    "disks left": ([DISKS_LEFT], "launch-server"),
    "server in odd words": ([{"job": LAUNCH, "action": "odd-words"}], ""),
    "server without ids": ([{"job": LAUNCH, "action": "no-ids"}], ""),
    "server made, in ERROR": ([{"job": LAUNCH, "action": "in-error"}], "launch-server"),
    "disks not shown": ([{"world": "volumes-late"}], "launch-server"),
    "stop fails once": ([{"job": STOP, "action": "fail", "code": "Ecs.0219"}], ""),
    "stop fails": ([{"job": STOP, "action": "fail", "code": "Ecs.0219", "count": 2}], "capture-disk"),
    "stop in odd words": ([{"job": STOP, "action": "odd-words"}], ""),
    "image fails": ([{"job": CAPTURE, "action": "fail", "code": "IMG.0061"}], "capture-disk"),
    "image fails and stays killed": ([{"job": CAPTURE, "action": "fail-with-debris"}], "capture-disk"),
    "image in odd words": ([{"job": CAPTURE, "action": "odd-words"}], ""),
    "image without ids": ([{"job": CAPTURE, "action": "no-ids"}], ""),
    "deletion fails": ([{"job": DELETE, "action": "fail", "code": "Ecs.0219"}], "clean-up"),
    "deletion leaves the disks": ([{"job": DELETE, "action": "fail-with-debris", "code": "Ecs.0403"}], "clean-up"),
    "deletion in odd words": ([{"job": DELETE, "action": "odd-words"}], ""),
    "deletion without ids": ([{"job": DELETE, "action": "no-ids"}], ""),
}
SLOW = ("ISO stays queued", "disks not shown")
HANGING = {"stop": (STOP, "capture-disk"), "image": (CAPTURE, "capture-disk"), "deletion": (DELETE, "clean-up")}


@pytest.fixture(scope="module")
def lanes(new_lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("jobs")
    with contextlib.ExitStack() as stack:
        yield [Lane(stack.enter_context(new_lab(folder / f"{n}", speed=SPEED))) for n in range(2)]


@pytest.fixture
def count(record_property):
    """Says at the end of the tests how many cells there were."""
    return lambda: record_property("job fault matrix", 2)


async def stopped(lane, rules, stage, *, pace=200.0):
    """Drives a run into the fault, to where it stops. Returns the engine, the run's id and the end."""
    lane.reset()
    lane.faults(*rules)
    engine = await lane.open(pace=pace)
    run = await engine.create(lane.recipe())
    end = await lane.drive(engine, run.id, Operator(lane))
    if stage:
        assert isinstance(end, Failed), end
        assert end.stage == stage, words(end.error)
        await check_failure(engine, run.id, end)
        if stage == "clean-up":  # an end that no other answer would change
            assert end.error.action in ("retry", "clean-up"), words(end.error)
    else:
        assert isinstance(end, Done), end
    return engine, run.id, end


def anew(rules):
    """Types of jobs that may be begun a second time: those that came to nothing."""
    return [
        rule["job"] for rule in rules if rule.get("action", "") not in ("odd-words", "no-ids", "") and "job" in rule
    ]


async def gone_on_with(lane, rules, stage):
    engine, run, end = await stopped(lane, rules, stage)
    lane.mend()
    if isinstance(end, Failed):
        end = await lane.drive(engine, run, Operator(lane))
        assert isinstance(end, Done), words(end.error)
    check_world(lane, await engine.info(run), anew=anew(rules))


async def cleaned_up(lane, rules, stage):
    engine, run, end = await stopped(lane, rules, stage)
    lane.mend()
    if isinstance(end, Failed):
        info = await engine.clean_up(run, lane.lab.login, Operator(lane))
        check_world(lane, info, anew=anew(rules))


@pytest.mark.parametrize("fault", [pytest.param(f, marks=pytest.mark.matrix) if f in SLOW else f for f in STOPS])
async def test_jobs_that_go_wrong(lanes, fault, count):
    async with opened(lanes) as (one, two), asyncio.timeout(HANGS):
        await asyncio.gather(gone_on_with(one, *STOPS[fault]), cleaned_up(two, *STOPS[fault]))
    count()


async def test_disk_that_cannot_be_deleted_at_first(lanes):
    """What a failed launch leaves is taken away before the next attempt; a disk that resists stops the run, and goes
    once it can."""
    async with opened(lanes[:1]) as (lane,), asyncio.timeout(HANGS):
        engine, run, _ = await stopped(lane, [DISKS_LEFT, {"job": DISK, "action": "fail"}], "launch-server")
        end = await lane.drive(engine, run, Operator(lane))
        assert isinstance(end, Failed), end
        await check_failure(engine, run, end)
        assert {r.kind for r in end.resources if r.fate != "deleted"} >= {"data-volume"}
        lane.mend()
        end = await lane.drive(engine, run, Operator(lane))
        assert isinstance(end, Done), words(end.error)
        check_world(lane, await engine.info(run), anew=[LAUNCH])


@pytest.mark.parametrize("what", ["stop", pytest.param("image", marks=pytest.mark.matrix), "deletion"])
async def test_jobs_that_hang(lanes, what):
    """The deadline ends the wait with a remedy, and a clean-up takes everything away once the cloud is well."""
    job, stage = HANGING[what]
    rules = [{"job": job, "action": "hang", "count": 2 if job == STOP else 1}]
    async with opened(lanes[:1]) as (lane,), asyncio.timeout(HANGS):
        engine, run, end = await stopped(lane, rules, stage, pace=HURRY)
        assert end.error.kind in ("JobTimeoutError", "CloudError"), words(end.error)
        assert end.error.retryable, words(end.error)
        lane.mend()
        engine = await lane.open()
        if job == CAPTURE:  # an image that is being made cannot be deleted; it stays in the run's list until it can
            with pytest.raises(JobTimeoutError, match="neither made nor given up"):
                await engine.clean_up(run, lane.lab.login, Operator(lane))
            assert {r.kind for r in (await engine.info(run)).leftovers} == {"image"}
        check_world(lane, await engine.clean_up(run, lane.lab.login, Operator(lane)))
