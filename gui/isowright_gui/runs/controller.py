"""Drives runs for the window: one controller a run, alive whichever page is shown.

Widgets listen to `changed` and read `state`; they never hold the run. Events come on the window's own thread.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from isowright.cloud.login import Login
from isowright.errors import AppError, AuthError, InUseError, LeaseLostError
from isowright.events import AnyEvent, Cancelled, CleanedUp, Done, Failed
from isowright.pipeline.engine import RunHandle, RunInfo
from isowright.pipeline.sight import Sight
from isowright.recipe import Recipe
from isowright_gui.runs.state import BuildState
from isowright_gui.services import Services
from isowright_gui.tasks import TaskScope


class RunController(QObject):
    """One run: start, cancel, go on, clean up. `login` may be given; otherwise the vault is asked."""

    changed = Signal()  # `state` has changed
    ended = Signal(object)  # Done | Failed | Cancelled | CleanedUp
    problem = Signal(object)  # AppError that is not the run's own failure (cannot start, cannot clean up)

    def __init__(
        self, services: Services, info: RunInfo, login: Login | None = None, log: Iterable[AnyEvent] = ()
    ) -> None:
        super().__init__()
        self.services = services
        self.info = info
        self.login = login
        self.state = BuildState.from_info(info, log)
        self.handle: RunHandle | None = None
        self.cleaning = False
        self.trouble: AppError | None = None  # told by `problem` while nobody may have listened
        self._starting: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None
        self.tasks = TaskScope(f"run {info.id}", self._trouble)

    @property
    def active(self) -> bool:
        """Somebody drives it: a stage is running, waits for the operator, or is cleaned up."""
        return self.handle is not None or self.cleaning or self.tasks.running("start")

    @property
    def _idle(self) -> bool:
        """It has ended, even if its handle is still putting things away: see `_put_away`."""
        ended = self.handle is None or self.state.phase in ("failed", "cancelled", "done", "cleaned")
        return ended and not self.cleaning and not self.tasks.running("start")

    async def _put_away(self) -> None:
        """The last drive has given back its lock. An end is told a moment before."""
        if self._following is not None and not self._following.done():
            await asyncio.wait({self._following})

    def start(self) -> None:
        """Start it, go on, or try the failed stage again."""
        if self._idle:
            self.trouble = None
            self._starting = self.tasks.spawn(self._start(), name="start")
            self.changed.emit()

    def clean_up(self) -> None:
        """Delete what the run has made."""
        if self._idle:
            self.trouble = None
            self.cleaning = True
            self.tasks.spawn(self._clean_up(), name="clean-up")

    async def stop(self) -> None:
        """Stop and wait until it has; nothing is deleted."""
        if self._starting is not None and not self._starting.done():
            await asyncio.wait({self._starting})
        if (handle := self.handle) is not None and (following := self._following) is not None:
            await handle.cancel()
            await asyncio.wait({following})

    async def look_again(self) -> None:
        """Read anew what another process has written to the journal."""
        if not self.active:
            await self._reload()
            self.changed.emit()

    async def cleaned_up(self) -> None:
        """`clean_up`, waited for. Raises what goes wrong."""
        self.cleaning = True
        await self._clean_up(tell=True)

    def installed(self) -> None:
        """The operator says that the installation is finished."""
        if self.handle is not None:
            self.handle.installed()

    def pause_upload(self, *, pause: bool) -> None:
        """Stop sending, or go on."""
        if self.handle is not None:
            (self.handle.pause_upload if pause else self.handle.resume_upload)()
            self.changed.emit()

    def limit_upload(self, limit: float) -> None:
        """MB/s at the most, 0 = no limit."""
        if self.handle is not None:
            self.handle.set_upload_limit(limit)

    def boots(self, *, good: bool) -> None:
        """The operator says whether the server of the test boot has come up as it should."""
        if self.handle is not None:
            self.handle.boots(good=good)

    @property
    def sight(self) -> Sight | None:
        """What the server shows during the operator's turn, while this process drives the run."""
        return self.handle.sight if self.handle is not None else None

    async def console_url(self) -> str:
        """A fresh one-time address; a secret: open it, never keep it."""
        if self.handle is not None:
            return (await self.handle.console_url()).reveal()
        login = await self._login()  # another process drives it: whoever looks on may look at its console
        account = self.services.practice.fill(self.info.recipe.account)
        return (await self.services.engine.console_url(self.info.id, login, account=account)).reveal()

    async def rename_image(self, name: str) -> None:
        """Go on under another image name."""
        await self._put_away()
        await self.services.engine.rename_image(self.info.id, name)
        await self._refresh()
        self.start()

    async def revise(self, recipe: Recipe) -> None:
        """Go on with other answers, as far as nothing has been made of them. Raises InputError otherwise."""
        await self._put_away()
        self.info = await self.services.engine.revise(self.info.id, recipe)
        self.start()

    async def detach(self) -> None:
        """The window closes: leave the run as it is, to be found at the next start."""
        handle, self.handle = self.handle, None
        if handle is not None:
            await handle.detach()
        await self.tasks.close()

    async def _login(self) -> Login:
        account = self.info.recipe.account
        if account.cloud == "practice":
            await self.services.practice.start()
            return self.services.practice.login()
        login = self.login or await self.services.vault.get(account)
        if login is None:
            raise AuthError(
                f"No password or key for {account.user or account.access_key or account.cloud} is at hand.",
                detail="It was kept for an earlier session only, or removed from the keyring. The run is safe.",
                remedy="Sign in",
                action="sign-in",
            )
        return login

    async def _start(self) -> None:
        await self._put_away()
        login = await self._login()
        self.login = login
        account = self.services.practice.fill(self.info.recipe.account)
        try:
            handle = await self.services.engine.start(
                self.info.id, login, self._take, account=account, screen=self.services.screen_of(account)
            )
        except InUseError:  # another process was quicker
            await self._reload()
            raise
        self.handle = handle
        self.changed.emit()
        self._following = self.tasks.spawn(self._follow(handle), name="follow")

    async def _follow(self, handle: RunHandle) -> None:
        final = await handle.wait()
        if self.handle is not handle:
            return  # detached
        self.handle = None
        if isinstance(final, Failed) and final.error.kind == LeaseLostError.__name__:
            await self._reload()  # the journal is another process's now
        else:
            await self._refresh()
        self.changed.emit()
        if isinstance(final, Done | Failed | Cancelled):
            self.ended.emit(final)

    async def _clean_up(self, *, tell: bool = False) -> None:
        """`tell`: raise also what the state already shows at the stage Clean up."""
        self.cleaning = True
        self.state.phase = "cleaning"
        self.changed.emit()
        try:
            await self._put_away()
            login = await self._login()
            account = self.services.practice.fill(self.info.recipe.account)
            self.info = await self.services.engine.clean_up(self.info.id, login, self._take, account=account)
            await self._reload()
            self.ended.emit(CleanedUp(run=self.info.id, at=self.services.clock.now(), resources=self.info.resources))
        except AppError:
            shown = self.state.phase == "failed"  # the engine told of it before it raised it
            if shown:
                await self._refresh()
            else:
                await self._reload()
            if tell or not shown:
                raise
        finally:
            self.cleaning = False
            self.changed.emit()

    async def _refresh(self) -> None:
        with contextlib.suppress(AppError):
            self.info = await self.services.engine.info(self.info.id)

    async def _reload(self) -> None:
        """The journal's word on everything, in place of what was gathered from events."""
        with contextlib.suppress(AppError):
            self.info = await self.services.engine.info(self.info.id)
            log = await self.services.engine.log(self.info.id)
            self.state = BuildState.from_info(self.info, log)

    def _take(self, event: AnyEvent) -> None:
        self.state.take(event)
        self.changed.emit()

    def _trouble(self, error: AppError) -> None:
        self.trouble = error
        self.problem.emit(error)
        self.changed.emit()


class RunBook(QObject):
    """All controllers of this window, by run id; kept so that a run goes on while other pages are shown."""

    changed = Signal(str)  # run id

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self._controllers: dict[str, RunController] = {}

    async def open(self, run_id: str, login: Login | None = None) -> RunController:
        """The run's controller, made from the journal if there is none yet."""
        controller = self._controllers.get(run_id)
        if controller is None:
            info = await self.services.engine.info(run_id)
            log = await self.services.engine.log(run_id)
            controller = self._controllers.get(run_id)  # two may have asked at once
        if controller is None:
            controller = self._controllers[run_id] = RunController(self.services, info, login, log)
            controller.changed.connect(lambda: self.changed.emit(run_id))
        if login is not None:
            controller.login = login
        return controller

    def get(self, run_id: str) -> RunController | None:
        return self._controllers.get(run_id)

    @property
    def active(self) -> list[RunController]:
        return [controller for controller in self._controllers.values() if controller.active]

    def forget(self, run_id: str) -> None:
        """Drop an ended run's controller."""
        controller = self._controllers.get(run_id)
        if controller is not None and not controller.active:
            del self._controllers[run_id]

    async def close(self) -> None:
        """Detach from every run."""
        await asyncio.gather(*(controller.detach() for controller in self._controllers.values()))
        self._controllers.clear()
