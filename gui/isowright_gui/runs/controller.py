"""Drives runs for the window: one controller a run, alive whichever page is shown.

Widgets listen to `changed` and read `state`; they never hold the run. Events come on the window's own thread.
"""

from __future__ import annotations

import asyncio
import contextlib

from PySide6.QtCore import QObject, Signal

from isowright.cloud.login import Login
from isowright.errors import AppError, AuthError
from isowright.events import AnyEvent, Cancelled, CleanedUp, Done, Failed
from isowright.pipeline.engine import RunHandle, RunInfo
from isowright_gui.runs.state import BuildState
from isowright_gui.services import Services
from isowright_gui.tasks import TaskScope


class RunController(QObject):
    """One run: start, cancel, go on, clean up. `login` may be given; otherwise the vault is asked."""

    changed = Signal()  # `state` has changed
    ended = Signal(object)  # Done | Failed | Cancelled | CleanedUp
    problem = Signal(object)  # AppError that is not the run's own failure (cannot start, cannot clean up)

    def __init__(self, services: Services, info: RunInfo, login: Login | None = None) -> None:
        super().__init__()
        self.services = services
        self.info = info
        self.login = login
        self.state = BuildState.from_info(info)
        self.handle: RunHandle | None = None
        self.cleaning = False
        self.tasks = TaskScope(f"run {info.id}", self._trouble)

    @property
    def active(self) -> bool:
        """Somebody drives it: a stage is running, waits for the operator, or is cleaned up."""
        return self.handle is not None or self.cleaning or self.tasks.running("start")

    def start(self) -> None:
        """Start it, go on, or try the failed stage again."""
        if not self.active:
            self.tasks.spawn(self._start(), name="start")

    def clean_up(self) -> None:
        """Delete what the run has made."""
        if not self.active:
            self.tasks.spawn(self._clean_up(), name="clean-up")

    async def stop(self) -> None:
        """Stop and wait until it has; nothing is deleted."""
        handle = self.handle
        if handle is not None:
            await handle.cancel()
            await handle.wait()
            self.handle = None
            await self._refresh()
            self.state = BuildState.from_info(self.info)
            self.changed.emit()

    async def cleaned_up(self) -> None:
        """`clean_up`, waited for. Raises what goes wrong."""
        await self._clean_up()

    def installed(self) -> None:
        """The operator says that the installation is finished."""
        if self.handle is not None:
            self.handle.installed()

    async def console_url(self) -> str:
        """A fresh one-time address; a secret: open it, never keep it."""
        if self.handle is None:
            raise AppError("The run is not active.", remedy="Continue the run first.", action="retry")
        return (await self.handle.console_url()).reveal()

    async def rename_image(self, name: str) -> None:
        """Go on under another image name."""
        await self.services.engine.rename_image(self.info.id, name)
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
        login = await self._login()
        self.login = login
        account = self.services.practice.fill(self.info.recipe.account)
        self.handle = handle = await self.services.engine.start(self.info.id, login, self._take, account=account)
        self.changed.emit()
        self.tasks.spawn(self._follow(handle), name="follow")

    async def _follow(self, handle: RunHandle) -> None:
        final = await handle.wait()
        if self.handle is not handle:
            return  # detached
        self.handle = None
        await self._refresh()
        self.changed.emit()
        if isinstance(final, Done | Failed | Cancelled):
            self.ended.emit(final)

    async def _clean_up(self) -> None:
        self.cleaning = True
        self.state.phase = "cleaning"
        self.changed.emit()
        try:
            login = await self._login()
            account = self.services.practice.fill(self.info.recipe.account)
            self.info = await self.services.engine.clean_up(self.info.id, login, self._take, account=account)
            self.state = BuildState.from_info(self.info)
            self.ended.emit(CleanedUp(run=self.info.id, at=self.services.clock.now(), resources=self.info.resources))
        except AppError:
            await self._refresh()
            self.state = BuildState.from_info(self.info)
            raise
        finally:
            self.cleaning = False
            self.changed.emit()

    async def _refresh(self) -> None:
        with contextlib.suppress(AppError):
            self.info = await self.services.engine.info(self.info.id)

    def _take(self, event: AnyEvent) -> None:
        self.state.take(event)
        self.changed.emit()

    def _trouble(self, error: AppError) -> None:
        self.handle = None
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
            controller = self._controllers.setdefault(run_id, RunController(self.services, info, login))
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
