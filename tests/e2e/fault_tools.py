"""Runs with one thing going wrong, many side by side, and what must be true of each of them afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter
from dataclasses import dataclass, field

from kill_tools import AFTER, MADE_AFTER

from isowright.clock import FastClock
from isowright.cloud.transport import Timeouts
from isowright.errors import AppError
from isowright.events import Done, Failed, StageChanged, Waiting
from isowright.home import Home
from isowright.pipeline.engine import Engine

IMAGE = "result"
MADE = ("imsImportImageJob", "createServer", "imsVolumeCreateImageJob")
HANGS = 100.0  # real seconds in which every run has ended
TRIES = 5  # at a cell whose fault is not met
SHORT = Timeouts(connect=5.0, read=0.15)  # for clouds that fall silent
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}")


@dataclass(frozen=True)
class Asked:
    """A kind of request of a run: where it stands in it, and how the practice cloud tells it from the others.

    body: a part of its body, where the path does not tell. by_key: only asked by runs that sign in with an access key.
    last: only asked by runs with the last stages.
    after: for requests that create, the one before it as (path, service whose port is to be closed): a create uses a
    connection of its own, so that its port can be closed just before.
    """

    stage: str
    service: str
    method: str
    path: str
    body: str = ""
    by_key: bool = False
    after: tuple[str, str] | None = None
    last: bool = False

    def __str__(self):
        return f"{self.stage}: {self.method} {self.service} {self.path} {self.body}".strip()

    @property
    def rule(self):
        path, _, query = self.path.partition("?")
        pattern = re.escape(path).replace(re.escape("{id}"), "[^/?]+").replace(re.escape("{key}"), ".+")
        pattern = f"^{pattern}[?].*\\b{query}=" if query else f"^{pattern}([?]|$)"
        return {"service": self.service, "method": self.method, "path": pattern, "match_body": self.body}

    @property
    def reads(self):
        return self.method in ("GET", "HEAD")

    @property
    def creates(self):
        return self.after is not None

    @property
    def name(self):
        return (self.stage, self.service, self.method, self.path, self.body)


def asked_in(stage, row):
    """What kind a row of the practice cloud's list of requests is, as `Asked.name`."""
    path = _ID.sub("{id}", row["path"])
    if row["service"] == "obs":
        path = re.sub(r"^/[^/]+/.+", "/{id}/{key}", path)
    names = {part.partition("=")[0] for part in row["query"].split("&")}
    if path == "/v2/cloudimages" or "detail" in path:
        path += "?id" if "id" in names else "?name"
    body = ""
    if path.endswith("/cloudservers") and row["method"] == "POST":
        body = '"dry_run":true' if row["status"] == 202 else '"dry_run":false'
    return (stage, row["service"], row["method"], path, body)


@dataclass(frozen=True)
class Cell:
    """One request, one fault, once or until it is mended, and whether the run is then gone on with or cleaned up."""

    asked: Asked
    fault: str
    rules: tuple = field(hash=False, compare=False)
    lasting: bool = False
    clean_up: bool = False

    def __str__(self):
        how = "lasting" if self.lasting else "once"
        return f"{self.asked} x {self.fault}, {how}, {'cleaned up' if self.clean_up else 'gone on with'}"

    @property
    def slow(self):
        """Whether it waits long for what does not come: such cells are begun first."""
        return self.lasting and ("silence" in self.fault or self.asked.reads)


class Operator:
    """Watches a run: sets the fault up when its stage begins, installs, and mends the network when the run waits for
    it."""

    def __init__(self, lab, stage="", rules=()):
        self.lab = lab
        self.handle = None
        self.stages = []
        self.ends = []
        self._stage = stage
        self._rules = rules

    def __call__(self, event):
        if isinstance(event, StageChanged) and event.state == "running":
            self.stages.append((event.stage, len(self.lab.asked()) if self.lab.counts else 0))
            if event.stage == self._stage and self._rules:
                self.lab.faults(*self._rules)
                self._rules = ()
        if isinstance(event, Waiting) and event.reason == "operator":
            if event.stage == "test-boot":  # its console's log could not be read
                self.handle.boots(good=True)
                return
            self.lab.install(event.server_id)
            asyncio.get_running_loop().call_soon(self.handle.installed)  # after the stage's first look at the server
        elif isinstance(event, Waiting):
            self.lab.mend()


class Lane:
    """A cloud on which one cell is run after the other. Wraps a Lab."""

    def __init__(self, lab):
        self.lab = lab
        self.counts = False
        self.fired = 0
        self._engines = {}
        lab.control("POST", "/practice/checkpoint")
        self.faults = lab.faults

    async def open(self, *, pace=200.0, **timeouts):
        """The engine with this clock and these timeouts; all keep their journal in one folder."""
        key = (pace, *sorted(timeouts.items()))
        if key not in self._engines:
            engine = Engine(Home.at(self.lab.folder), clock=FastClock(pace), **timeouts)
            await engine.open()
            self._engines[key] = engine
        return self._engines[key]

    async def close(self):
        for engine in self._engines.values():
            await engine.close()
        self._engines = {}

    def reset(self):
        self.lab.control("POST", "/practice/reset")
        self.fired = 0

    def mend(self):
        """The fault is gone; `fired` counts how often it struck."""
        rules = self.lab.control("GET", "/practice/faults")["rules"]
        self.fired += sum(rule["fired"] for rule in rules)
        self.lab.no_faults()

    def asked(self):
        return self.lab.control("GET", "/practice/requests")["requests"]

    def install(self, server_id):
        self.lab.control("POST", f"/practice/servers/{server_id}/finish-install?power_off=false")

    async def drive(self, engine, run_id, operator, *, by_key=False):
        login = self.lab.key_login if by_key else self.lab.login
        operator.handle = await engine.start(run_id, login, operator)
        return await operator.handle.wait()

    def recipe(self, *, by_key=False, last=False):
        bucket = self.lab.recipe().iso.bucket
        after = AFTER | {"export_bucket": bucket, "share_with": tuple(AFTER["share_with"])} if last else {}
        return self.lab.recipe(IMAGE, by_key=by_key, iso={"delete_object": True}, after=after)


async def requests_of_a_run(lane, *, by_key=False, last=False):
    """The kinds of requests of an undisturbed run, as `Asked.name`, in their order."""
    lane.reset()
    lane.counts = True
    engine = await lane.open()
    operator = Operator(lane)
    run = await engine.create(lane.recipe(by_key=by_key, last=last))
    end = await lane.drive(engine, run.id, operator, by_key=by_key)
    assert isinstance(end, Done), end
    lane.counts = False
    found = {}
    begins = operator.stages
    for number, row in enumerate(lane.asked()):
        stage = next(name for name, first in reversed(begins) if first <= number)
        found[asked_in(stage, row)] = True
    return list(found)


async def shoot(lane, cell):
    """Runs the cell; raises AssertionError with what is wrong.

    Where a cloud falls silent, patience is short from the first request on: on a busy computer a run may take slow
    answers for silence before the fault is met. That says nothing about the cell, which is run anew then.
    """
    for _ in range(TRIES if "silence" in cell.fault else 1):
        if (how := await _shoot(lane, cell)) is not None:
            return how
    raise AssertionError("the fault was never met")


async def _shoot(lane, cell):
    """None if the run has failed before the fault was met."""
    lane.reset()
    engine = await lane.open(**({"timeouts": SHORT} if "silence" in cell.fault else {}))
    by_key = cell.asked.by_key
    run = await engine.create(lane.recipe(by_key=by_key, last=cell.asked.last))
    operator = Operator(lane, cell.asked.stage, cell.rules)
    async with asyncio.timeout(HANGS):
        end = await lane.drive(engine, run.id, operator, by_key=by_key)
        lane.mend()
        if not lane.fired and isinstance(end, Failed) and end.error.kind in ("NetworkError", "UnknownOutcomeError"):
            return None
        assert lane.fired, f"the fault was never met: {end}"
        if isinstance(end, Failed):
            await check_failure(engine, run.id, end)
            if cell.clean_up:
                login = lane.lab.key_login if by_key else lane.lab.login
                info = await engine.clean_up(run.id, login, Operator(lane))
                check_world(lane, info)
                return "cleaned up"
            first = end
            end = await lane.drive(await lane.open(), run.id, Operator(lane), by_key=by_key)
            assert isinstance(end, Done), f"first {words(first.error)}; once it was gone {words(end.error)}"
            how = "gone on with"
        else:
            how = "borne"
        assert isinstance(end, Done), end
        check_world(lane, await engine.info(run.id))
        return how


async def check_failure(engine, run_id, end):
    """What every failure owes the operator."""
    error = end.error
    assert error.title, error
    assert error.remedy, error
    assert error.action, error
    known = {kind.__name__ for kind in all_kinds(AppError)} - {"AppError"}
    assert error.kind in known, f"not foreseen: {words(error)}"
    info = await engine.info(run_id)
    assert (info.state, info.error) == ("failed", error)
    assert info.resources == end.resources


def all_kinds(kind):
    for sub in kind.__subclasses__():
        yield sub
        yield from all_kinds(sub)


def words(error):
    return f"{error.kind}: {error.title} [{error.detail}] ({error.action})"


def check_world(lane, info, *, anew=()):
    """One image of the installed disk if the run got so far, and nothing else; nothing was made twice but what had
    failed (`anew`: types of jobs)."""
    assert info.leftovers == (), info.leftovers
    whole = lane.lab.control("GET", "/practice/world")
    made = Counter(job["job_type"] for job in whole["jobs"])
    made["createServer"] -= bool(info.recipe.after.test_boot and info.verified)  # the one of the test boot
    twice = {kind: made[kind] for kind in (*MADE, *MADE_AFTER) if made[kind] > 1 + (kind in anew)}
    assert not twice, f"made twice: {twice}"
    world = lane.lab.world()
    assert world["servers"] == [], [s["status"] for s in world["servers"]]
    assert world["volumes"] == [], [(v["name"], v["status"]) for v in world["volumes"]]
    here = info.recipe.account.project_id
    copies = [(i["name"], i["status"], i["installed"]) for i in world["images"] if i["owner"] != here]
    assert copies in ([], [(IMAGE, "active", True)]), copies
    images = [(i["id"], i["name"], i["status"], i["installed"]) for i in world["images"] if i["owner"] == here]
    assert images == ([(info.image_id, IMAGE, "active", True)] if info.verified else []), images
    iso = lane.recipe().iso
    bucket = next(b for b in whole["buckets"] if b["name"] == iso.bucket)
    there = iso.key in [o["key"] for o in bucket["objects"]]
    assert there is not (info.state == "done" and deleted(info)), "the ISO object"
    assert info.state == ("done" if info.verified else "cleaned")


def deleted(info):
    return any(r.kind == "object" and r.fate == "deleted" for r in info.resources)


async def shoot_all(lanes, cells):
    """Runs all cells, one on each lane at a time. Returns how often each end came; raises AssertionError with all that
    went wrong."""
    waiting = sorted(cells, key=lambda cell: cell.slow)
    ends, wrong = Counter(), []

    async def work(lane):
        while waiting:
            cell = waiting.pop()
            try:
                ends[await shoot(lane, cell)] += 1
            except TimeoutError:
                wrong.append(f"{cell}: has not ended")
            except (AssertionError, AppError, LookupError) as error:
                wrong.append(f"{cell}: {type(error).__name__}: {error}")

    await asyncio.gather(*(work(lane) for lane in lanes))
    assert not wrong, f"{len(wrong)} of {len(cells)} cells:\n" + "\n".join(sorted(wrong))
    return ends


@contextlib.asynccontextmanager
async def opened(lanes):
    """For one test: engines live on its loop."""
    try:
        yield lanes
    finally:
        for lane in lanes:
            await lane.close()
