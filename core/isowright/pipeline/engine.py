"""What the window and the command line share: runs are made, driven, resumed, cleaned up and forgotten here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import msgspec

from isowright.clock import Clock, SystemClock
from isowright.cloud.client import Cloud
from isowright.cloud.login import Login
from isowright.cloud.models import Secret
from isowright.errors import AppError, InputError, InUseError, StateError
from isowright.events import AnyEvent, CleanedUp, ErrorInfo, Failed
from isowright.home import FileLock, Home
from isowright.pipeline.journal import Journal, RunRecord
from isowright.pipeline.runner import End, Runner
from isowright.pipeline.runs import RunInfo, StageInfo
from isowright.pipeline.stage import Context
from isowright.pipeline.teller import Teller
from isowright.recipe import Account, Recipe, image_name_problem
from isowright.stages import all_stages, beside

__all__ = ["End", "Engine", "RunHandle", "RunInfo", "StageInfo"]

_CLEAN_UP = ("clean-up", "Clean up")


class RunHandle:
    """A run that this process is driving. Its task lives here; keep the handle for as long as the run shall go on."""

    def __init__(self, run_id: str, runner: Runner, cloud: Cloud, teller: Teller, lock: FileLock) -> None:
        self.run_id = run_id
        self.runner = runner
        self._cloud = cloud
        self._teller = teller
        self._lock = lock
        self._cancelling = False
        self._task = asyncio.create_task(self._drive(), name=f"run {run_id}")

    @property
    def running(self) -> bool:
        return not self._task.done()

    async def wait(self) -> End | None:
        """The final event; None if the run was left as it is (`detach`). Cancelling the wait leaves the run alone."""
        await asyncio.wait({self._task})
        return None if self._task.cancelled() else self._task.result()

    async def cancel(self) -> End | None:
        """Stop now. Nothing is deleted: that is `Engine.clean_up`."""
        self._cancelling = True
        self._task.cancel()
        return await self.wait()

    async def detach(self) -> None:
        """Leave the run as it is, to be gone on with at the next start."""
        self._task.cancel()
        await asyncio.wait({self._task})

    def installed(self) -> None:
        """The operator says that the OS is installed."""
        self.runner.context.installed.set()

    async def console_url(self) -> Secret:
        """A fresh one-time URL of the temporary server's console, good for some ten minutes."""
        server = self.runner.context.log.resource("server")
        if not self.running or server is None or not server.id or server.fate == "deleted":
            raise StateError(
                "There is no server whose console could be opened.",
                detail="The temporary server has not been made yet, or is gone.",
                remedy="Wait until the run is at “Install the OS”.",
            )
        return await self._cloud.ecs.console_url(server.id)

    async def _drive(self) -> End:
        try:
            return await self.runner.run()
        except asyncio.CancelledError:
            if not self._cancelling:
                raise
            return await self.runner.cancelled()
        finally:
            self._teller.flush()
            await self._cloud.aclose()
            self._lock.release()


class Engine:
    """All runs of one data folder. Other processes may use the same folder; each run is driven by one at a time."""

    def __init__(self, home: Home, *, clock: Clock | None = None) -> None:
        self.home = home
        self.clock: Clock = clock or SystemClock()
        self._journal = Journal(home.journal_path, self.clock)
        self._handles: dict[str, RunHandle] = {}

    async def open(self) -> None:
        """Raises StateError if the folder or the journal cannot be used."""
        await asyncio.to_thread(self.home.ensure)
        await self._journal.open()

    async def close(self) -> None:
        """Runs under way are left as they are (`RunHandle.detach`)."""
        for handle in list(self._handles.values()):
            await handle.detach()
        await self._journal.close()

    async def runs(self) -> list[RunInfo]:
        """All runs, newest first."""
        infos = await self._journal.runs()
        held = await asyncio.to_thread(lambda: {info.id: self._lock(info.id).taken() for info in infos})
        return [self._live(info, held=held[info.id]) for info in infos]

    async def info(self, run_id: str) -> RunInfo:
        """Raises InputError if there is no such run."""
        info = await self._journal.info(run_id)
        return self._live(info, held=await asyncio.to_thread(self._lock(run_id).taken))

    async def log(self, run_id: str) -> list[AnyEvent]:
        """The stored LogLine and StageChanged events, oldest first."""
        return await self._journal.events(run_id)

    async def create(self, recipe: Recipe, *, profile: str = "") -> RunInfo:
        """Journal a new run; nothing is asked of the cloud. Raises InputError if the recipe cannot be run."""
        if problems := recipe.problems():
            first = problems[0]
            raise InputError(first.message, remedy=first.remedy, action=f"step:{first.step}.{first.field}")
        run_id = await self._journal.create(recipe, profile, [(s.id, s.title) for s in all_stages()])
        return await self._journal.info(run_id)

    async def start(
        self,
        run_id: str,
        login: Login,
        watch: Callable[[AnyEvent], None],
        *,
        on_install: str = "wait",
        account: Account | None = None,
    ) -> RunHandle:
        """Start, continue or retry a run. `account` replaces the stored one (the practice cloud's ports may change).

        Raises InUseError if another process drives it, InputError if it has ended.
        """
        lock = await self._acquire(run_id)
        try:
            info = await self._startable(run_id)
            teller = Teller(run_id, self._journal, self.clock, watch)
            record = await self._journal.record(run_id, teller.tell)
            cloud = Cloud.open(account or info.recipe.account, login, clock=self.clock)
            await self._journal.set_run(run_id, "running")
        except BaseException:
            lock.release()
            raise
        context = self._context(info, cloud, record, on_install)
        runner = Runner(info, all_stages(), context, self._journal, teller, beside)
        handle = RunHandle(run_id, runner, cloud, teller, lock)
        self._handles[run_id] = handle
        handle._task.add_done_callback(lambda _task: self._drop(handle))  # noqa: SLF001  # same module, one idea
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
        lock = await self._acquire(run_id)
        try:
            info = await self._journal.info(run_id)
            teller = Teller(run_id, self._journal, self.clock, watch)
            record = await self._journal.record(run_id, teller.tell)
            began = self.clock.monotonic()
            teller.stage(*_CLEAN_UP, "running")
            try:
                if info.leftovers:
                    await self._undo(info, login, record, teller, account)
            except AppError as error:
                await self._clean_up_failed(info, teller, record, error, self.clock.monotonic() - began)
                raise
            elapsed = self.clock.monotonic() - began
            detail = "Nothing temporary is left"
            await self._journal.set_stage(run_id, _CLEAN_UP[0], "done", detail, elapsed)
            await self._journal.set_run(run_id, "done" if info.verified else "cleaned")
            teller.stage(*_CLEAN_UP, "done", detail, elapsed)
            teller.tell(CleanedUp(run=run_id, at=self.clock.now(), resources=record.resources()))
        finally:
            lock.release()
        return await self.info(run_id)

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
            there = {r.kind for r in info.leftovers} | ({"image"} if info.verified else set())
            fixed = [
                ("The account", bool(info.resources) and recipe.account != old.account),
                ("The ISO", "iso-image" in there and _iso_part(recipe) != _iso_part(old)),
                ("The server", "server" in there and (recipe.server, recipe.network) != (old.server, old.network)),
                ("The image", "image" in there and recipe.image != old.image),
            ]
            if what := next((name for name, bad in fixed if bad), ""):
                raise InputError(
                    f"{what} can no longer be changed: the run has made something of it.",
                    remedy="Clean up, then start a new run with the other answers.",
                    action="clean-up",
                )
            await self._journal.set_recipe(run_id, recipe)
        return await self.info(run_id)

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
        )

    async def _undo(
        self, info: RunInfo, login: Login, record: RunRecord, teller: Teller, account: Account | None
    ) -> None:
        """Every stage's undo, last stage first; one that fails does not keep the others from it."""
        cloud = Cloud.open(account or info.recipe.account, login, clock=self.clock)
        context = replace(
            self._context(info, cloud, record, "wait"),
            say=lambda text, fraction: teller.progress(_CLEAN_UP[0], text, fraction),
            note=lambda text, request_id: teller.log(_CLEAN_UP[0], text, request_id),
        )
        first: AppError | None = None
        try:
            await cloud.sign_in()
            for stage in reversed(all_stages()):
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

    def _lock(self, run_id: str) -> FileLock:
        return FileLock(self.home.locks_dir / f"{run_id}.lock")

    async def _acquire(self, run_id: str) -> FileLock:
        lock = self._lock(run_id)
        taking = asyncio.ensure_future(asyncio.to_thread(lock.acquire))
        try:
            got = await asyncio.shield(taking)
        except asyncio.CancelledError:  # the thread goes on: what it takes would never be given back
            if await taking:
                lock.release()
            raise
        if not got:
            raise InUseError(
                "This run is being driven already.",
                detail=f"Another window or command works on it{lock.owner_words()}.",
                remedy="Watch it there, or stop it there first.",
            )
        return lock

    @asynccontextmanager
    async def _held(self, run_id: str) -> AsyncIterator[None]:
        lock = await self._acquire(run_id)
        try:
            yield
        finally:
            lock.release()

    def _drop(self, handle: RunHandle) -> None:
        if self._handles.get(handle.run_id) is handle:
            del self._handles[handle.run_id]

    def _live(self, info: RunInfo, *, held: bool) -> RunInfo:
        """With what only this process knows: who holds it, and the time of the stage under way."""
        handle = self._handles.get(info.id)
        if handle is None or (stage := handle.runner.current) is None:
            return msgspec.structs.replace(info, held=held)
        more = handle.runner.stage_elapsed
        stages = tuple(
            msgspec.structs.replace(row, elapsed=row.elapsed + more) if row.id == stage.id else row
            for row in info.stages
        )
        return msgspec.structs.replace(info, held=held, stages=stages, elapsed=handle.runner.elapsed)


def _iso_part(recipe: Recipe) -> tuple[object, ...]:
    """The answers that went into the ISO image."""
    return recipe.iso, recipe.image.os_version, recipe.image.min_disk, recipe.image.enterprise_project_id
