"""What the window and the command line share: runs are made, driven, resumed, cleaned up and forgotten here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import msgspec

from isowright import names
from isowright.clock import Clock, SystemClock
from isowright.cloud import catalog
from isowright.cloud.client import Cloud
from isowright.cloud.login import Login
from isowright.cloud.models import Secret
from isowright.cloud.transport import Timeouts
from isowright.errors import AppError, InputError, InUseError, StateError
from isowright.events import AnyEvent, CleanedUp, ErrorInfo, Failed
from isowright.holder import Holder
from isowright.home import Home
from isowright.pipeline.handle import RunHandle, console_of
from isowright.pipeline.journal import Journal, RunRecord
from isowright.pipeline.lease import BEAT, Lease
from isowright.pipeline.runner import End, Runner
from isowright.pipeline.runs import RunInfo, StageInfo
from isowright.pipeline.stage import Context, Screen
from isowright.pipeline.teller import Teller
from isowright.recipe import PRACTICE, Account, Recipe, image_name_problem
from isowright.stages import beside, recall, stages_of, things
from isowright.upload.pacing import Control

__all__ = ["End", "Engine", "RunHandle", "RunInfo", "StageInfo"]

_CLEAN_UP = ("clean-up", "Clean up")
_SHORTEST_BEAT = 0.5  # real seconds


class Engine:
    """All runs of one data folder. Other processes may use the same folder; each run is driven by one at a time.

    who: what other processes are told of this one: "window" or "command line".
    """

    def __init__(
        self,
        home: Home,
        *,
        clock: Clock | None = None,
        who: str = "command line",
        timeouts: Timeouts | None = None,
    ) -> None:
        self.home = home
        self.who = who
        self.clock: Clock = clock or SystemClock()
        self._timeouts = timeouts
        self._journal = Journal(home.journal_path, self.clock)
        self._handles: dict[str, RunHandle] = {}
        self._leases: dict[str, Lease] = {}
        self._beating: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Raises StateError if the folder or the journal cannot be used."""
        await asyncio.to_thread(self.home.ensure)
        await self._journal.open()
        for run_id, how in (await self._journal.doubtful()).items():
            info = await self._journal.info(run_id)
            stages = [(stage.id, stage.title) for stage in stages_of(info.recipe)]
            await self._journal.suspect(run_id, stages, things(info.mark, info.recipe), anew=how == "anew")

    @property
    def notice(self) -> StateError | None:
        """To be told to whoever opened it: the journal was damaged and is recovered, or has lost entries."""
        return self._journal.notice

    async def close(self) -> None:
        """Runs under way are left as they are (`RunHandle.detach`)."""
        for handle in list(self._handles.values()):
            await handle.detach()
        if (beating := self._beating) is not None:
            beating.cancel()
            await asyncio.wait({beating})
        await self._journal.close()

    async def runs(self) -> list[RunInfo]:
        """All runs, newest first."""
        infos = await self._journal.runs()
        holders = await asyncio.to_thread(lambda: {info.id: self._lease(info.id).holder() for info in infos})
        return [self._live(info, holders[info.id]) for info in infos]

    async def info(self, run_id: str) -> RunInfo:
        """Raises InputError if there is no such run."""
        info = await self._journal.info(run_id)
        return self._live(info, await asyncio.to_thread(self._lease(run_id).holder))

    async def log(self, run_id: str) -> list[AnyEvent]:
        """The stored LogLine and StageChanged events, oldest first."""
        return await self._journal.events(run_id)

    async def create(self, recipe: Recipe, *, profile: str = "") -> RunInfo:
        """Journal a new run, the variables of its image's name filled in; nothing is asked of the cloud. Raises
        InputError if the recipe cannot be run."""
        if problems := recipe.problems():
            first = problems[0]
            raise InputError(first.message, remedy=first.remedy, action=f"step:{first.step}.{first.field}")
        if recipe.account.cloud != PRACTICE:  # whose endpoints are told when it starts
            catalog.endpoints(recipe.account)  # a run of no cloud could never go on
        recipe = self._named(recipe)
        run_id = await self._journal.create(recipe, profile, _rows(recipe))
        return await self._journal.info(run_id)

    async def start(
        self,
        run_id: str,
        login: Login,
        watch: Callable[[AnyEvent], None],
        *,
        on_install: str = "wait",
        boots: bool | None = None,
        account: Account | None = None,
        screen: Screen | None = None,
    ) -> RunHandle:
        """Start, continue or retry a run. `boots`: what the operator says of its test boot. `screen`: shows its
        servers' screens, where somebody can.

        `account` replaces the stored one (the practice cloud's ports may change).

        Raises InUseError if another process drives it, InputError if it has ended.
        """
        lease = await self._acquire(run_id)
        try:
            info = await self._startable(run_id)
            if [(row.id, row.title) for row in info.stages] != _rows(info.recipe):
                await self._journal.arrange(run_id, _rows(info.recipe))
                info = await self._journal.info(run_id)
            teller = Teller(run_id, self._journal, self.clock, watch)
            record = await self._journal.record(run_id, teller.tell)
            cloud = Cloud.open(account or info.recipe.account, login, clock=self.clock, timeouts=self._timeouts)
            cloud.session.before_change = lease.check
            await self._journal.set_run(run_id, "running")
        except BaseException:
            self._release(lease, run_id)
            raise
        context = replace(self._context(info, cloud, record, on_install), screen=screen)
        if boots is not None:
            context.boots.say(good=boots)
        runner = Runner(info, stages_of(info.recipe), context, self._journal, teller, beside)
        cloud.session.outages.watch = runner.outage
        handle = RunHandle(run_id, runner, cloud, teller, lease, lambda: self._release(lease, run_id))
        self._handles[run_id] = handle
        handle.when_ended(lambda: self._drop(handle))
        try:
            await asyncio.sleep(0)  # a task cancelled before its first step would never give back lock and connections
        except asyncio.CancelledError:  # nobody gets the handle: the run is left as it is
            await handle.detach()
            raise
        return handle

    async def _startable(self, run_id: str) -> RunInfo:
        info = await self._journal.info(run_id)
        if not info.unfinished:
            raise InputError(
                "This run has ended.", detail=info.name, remedy="Run its profile again, or start a new image."
            )
        return info

    async def clean_up(
        self, run_id: str, login: Login, watch: Callable[[AnyEvent], None], *, account: Account | None = None
    ) -> RunInfo:
        """Delete what the run made, and nothing else; a verified image stays. Raises what stood in the way, after
        everything that could be deleted is."""
        lease = await self._acquire(run_id)
        try:
            info = await self._journal.info(run_id)
            teller = Teller(run_id, self._journal, self.clock, watch)
            record = await self._journal.record(run_id, teller.tell)
            began = self.clock.monotonic()
            teller.stage(*_CLEAN_UP, "running")
            try:
                if info.leftovers:
                    await self._undo(info, login, record, teller, account, lease)
            except AppError as error:
                await self._clean_up_failed(info, teller, record, error, self.clock.monotonic() - began)
                raise
            elapsed = self.clock.monotonic() - began
            detail = "Nothing temporary is left"
            await self._journal.set_stage(run_id, _CLEAN_UP[0], "done", detail, elapsed)
            verified = (await self._journal.info(run_id)).verified  # it may have been found to be
            await self._journal.set_run(run_id, "done" if verified else "cleaned")
            teller.stage(*_CLEAN_UP, "done", detail, elapsed)
            teller.tell(CleanedUp(run=run_id, at=self.clock.now(), resources=record.resources()))
        finally:
            self._release(lease, run_id)
        return await self.info(run_id)

    async def console_url(self, run_id: str, login: Login, *, account: Account | None = None) -> Secret:
        """As RunHandle's, for a run that nobody or another process drives: looking changes nothing."""
        info = await self._journal.info(run_id)
        servers = [r for r in info.resources if r.kind == "server"]
        server_id = console_of(servers[-1] if servers else None)
        cloud = Cloud.open(account or info.recipe.account, login, clock=self.clock, timeouts=self._timeouts)
        try:
            return await cloud.ecs.console_url(server_id)
        finally:
            await cloud.aclose()

    async def forget(self, run_id: str) -> None:
        """Take a run off the list. Raises StateError while something that it made may exist."""
        async with self._held(run_id):
            info = await self._journal.info(run_id)
            if info.leftovers:
                raise StateError(
                    "This run has left something in the cloud.",
                    detail="Forgotten, nobody would know what to delete: "
                    + ", ".join(r.name for r in info.leftovers)
                    + ".",
                    remedy="Clean up first.",
                    action="clean-up",
                )
            await self._journal.forget(run_id)

    async def rename_image(self, run_id: str, name: str) -> None:
        """Go on under another image name: the remedy of a taken one. Raises InputError for an illegal name, or once
        the image is being made."""
        if problem := image_name_problem(name):
            raise InputError(problem[0], remedy=problem[1], action="rename")
        info = await self._journal.info(run_id)
        image = msgspec.structs.replace(info.recipe.image, name=name)
        await self.revise(run_id, msgspec.structs.replace(info.recipe, image=image))

    async def revise(self, run_id: str, recipe: Recipe) -> RunInfo:
        """Change the answers of a stopped run as far as nothing has been made of them: another flavor, another name.
        Raises InputError otherwise."""
        if problems := recipe.problems():
            raise InputError(problems[0].message, remedy=problems[0].remedy)
        async with self._held(run_id):
            info = await self._journal.info(run_id)
            old = info.recipe
            recipe = self._named(recipe, old)
            there = {r.kind for r in info.leftovers} | ({"image"} if info.verified else set())
            done = {r.kind for r in info.resources if r.fate != "deleted"}
            fixed = [
                ("The account", bool(info.resources) and recipe.account != old.account),
                ("The ISO", "iso-image" in there and _iso_part(recipe) != _iso_part(old)),
                ("The server", "server" in there and (recipe.server, recipe.network) != (old.server, old.network)),
                ("The network", bool(there & {"vpc", "subnet"}) and recipe.network.make != old.network.make),
                ("The image", "image" in there and recipe.image != old.image),
                ("The copy", "image-copy" in done and _copy_part(recipe) != _copy_part(old)),
                ("The export", "export" in done and _export_part(recipe) != _export_part(old)),
            ]
            if what := next((name for name, bad in fixed if bad), ""):
                raise InputError(
                    f"{what} can no longer be changed: the run has made something of it.",
                    remedy="Clean up, then start a new run with the other answers.",
                    action="clean-up",
                )
            await self._journal.set_recipe(run_id, recipe, _rows(recipe))
        return await self.info(run_id)

    def _named(self, recipe: Recipe, old: Recipe | None = None) -> Recipe:
        """The image's name filled in for now. A name that was typed has no pattern."""
        if old is not None and recipe.image.name in (old.image.name, old.image.name_pattern):
            return msgspec.structs.replace(
                recipe,
                image=msgspec.structs.replace(recipe.image, name=old.image.name, name_pattern=old.image.name_pattern),
            )
        plain = msgspec.structs.replace(recipe, image=msgspec.structs.replace(recipe.image, name_pattern=""))
        return names.filled(plain, self.clock.now().astimezone())

    def _context(self, info: RunInfo, cloud: Cloud, record: RunRecord, on_install: str) -> Context:
        return Context(
            run_id=info.id,
            mark=info.mark,
            recipe=info.recipe,
            cloud=cloud,
            clock=self.clock,
            log=record,
            say=lambda _text, _fraction: None,
            note=lambda _text, _request_id: None,
            your_turn=lambda _text, _server_id: None,
            on_install=on_install,
            upload=Control(info.recipe.iso.limit),
            uploads=self.home.uploads_dir,
        )

    async def _undo(
        self,
        info: RunInfo,
        login: Login,
        record: RunRecord,
        teller: Teller,
        account: Account | None,
        lease: Lease,
    ) -> None:
        """Every stage's undo, last stage first; one that fails does not keep the others from it."""
        cloud = Cloud.open(account or info.recipe.account, login, clock=self.clock, timeouts=self._timeouts)
        cloud.session.before_change = lease.check
        cloud.session.outages.watch = lambda outage: teller.outage(_CLEAN_UP[0], outage)
        context = replace(
            self._context(info, cloud, record, "wait"),
            say=lambda text, fraction: teller.progress(_CLEAN_UP[0], text, fraction),
            note=lambda text, request_id: teller.log(_CLEAN_UP[0], text, request_id),
        )
        first: AppError | None = None
        try:
            await cloud.sign_in()
            await recall(context)
            for stage in reversed(stages_of(info.recipe)):
                if stage.undo is None:
                    continue
                try:
                    await stage.undo(context)
                except AppError as error:
                    teller.log(_CLEAN_UP[0], f"{stage.title}: {error.title}", error.request_id)
                    first = first or error
        finally:
            teller.flush()
            await cloud.aclose()
        if first is not None:
            raise first

    async def _clean_up_failed(
        self, info: RunInfo, teller: Teller, record: RunRecord, error: AppError, elapsed: float
    ) -> None:
        teller.stage(*_CLEAN_UP, "failed", error.title, elapsed)
        state = "failed" if info.state == "running" else info.state
        # What stopped the run stays its error: that is what a retry has to do with.
        await self._journal.set_run(info.id, state, error=info.error or ErrorInfo.of(error))
        teller.tell(
            Failed(
                run=info.id,
                at=self.clock.now(),
                stage=_CLEAN_UP[0],
                error=ErrorInfo.of(error),
                resources=record.resources(),
            )
        )

    def _lease(self, run_id: str) -> Lease:
        return Lease(self.home.locks_dir / f"{run_id}.lock", self.who)

    async def _acquire(self, run_id: str) -> Lease:
        lease = self._lease(run_id)
        taking = asyncio.ensure_future(asyncio.to_thread(lease.acquire))
        try:
            got = await asyncio.shield(taking)
        except asyncio.CancelledError:  # the thread goes on: what it takes would never be given back
            if await taking:
                lease.release()
            raise
        if not got:
            raise in_use(await asyncio.to_thread(lease.holder), self.clock)
        self._leases[run_id] = lease
        self._journal.fence(run_id, lease.check)
        if self._beating is None or self._beating.done():
            self._beating = asyncio.create_task(self._beat(), name="signs of life")
        return lease

    def _release(self, lease: Lease, run_id: str) -> None:
        if self._leases.get(run_id) is lease:
            del self._leases[run_id]
            self._journal.fence(run_id, None)
        lease.release()

    async def _beat(self) -> None:
        """A sign of life for every run that this process drives, by one timer; ends with the last of them."""
        pause = BEAT
        while self._leases:
            began = time.monotonic()
            await self.clock.sleep(pause)
            if time.monotonic() - began < _SHORTEST_BEAT:  # the clock runs fast, the disk does not
                pause *= 2
            leases = dict(self._leases)
            for run_id in await asyncio.to_thread(_lost, leases):
                if (handle := self._handles.get(run_id)) is not None and self._leases.get(run_id) is leases[run_id]:
                    handle.lost()

    @asynccontextmanager
    async def _held(self, run_id: str) -> AsyncIterator[None]:
        lease = await self._acquire(run_id)
        try:
            yield
        finally:
            self._release(lease, run_id)

    def _drop(self, handle: RunHandle) -> None:
        if self._handles.get(handle.run_id) is handle:
            del self._handles[handle.run_id]

    def _live(self, info: RunInfo, holder: Holder | None) -> RunInfo:
        """With what only this process knows: who holds it, and the time of the stage under way."""
        handle = self._handles.get(info.id)
        if handle is None or (stage := handle.runner.current) is None:
            return msgspec.structs.replace(info, held=holder is not None, holder=holder)
        more = handle.runner.stage_elapsed
        stages = tuple(
            msgspec.structs.replace(row, elapsed=row.elapsed + more) if row.id == stage.id else row
            for row in info.stages
        )
        return msgspec.structs.replace(
            info, held=holder is not None, holder=holder, stages=stages, elapsed=handle.runner.elapsed
        )


def in_use(holder: Holder | None, clock: Clock) -> InUseError:
    """For whoever wants a run that `holder` drives."""
    return InUseError(
        "This run is being driven already.",
        detail=(holder or Holder()).sentence(clock.now()),
        remedy="Watch it there, or stop it there first.",
    )


def _lost(leases: dict[str, Lease]) -> list[str]:
    return [run_id for run_id, lease in leases.items() if lease.held and not lease.beat()]


def _rows(recipe: Recipe) -> list[tuple[str, str]]:
    return [(stage.id, stage.title) for stage in stages_of(recipe)]


def _copy_part(recipe: Recipe) -> tuple[object, ...]:
    after = recipe.after
    return after.copy_region, after.copy_project, names.copy_name(recipe)


def _export_part(recipe: Recipe) -> tuple[object, ...]:
    return recipe.after.export_bucket, names.export_key(recipe)


def _iso_part(recipe: Recipe) -> tuple[object, ...]:
    """The answers that went into the ISO image."""
    return (
        recipe.iso.bucket,
        recipe.iso.key,
        recipe.image.os_version,
        recipe.image.min_disk,
        recipe.image.firmware,
        recipe.image.enterprise_project_id,
    )
