"""The user's own practice cloud, in this process and with its state in the data folder, for commands that need it."""

from __future__ import annotations

import asyncio
from typing import Any, Self

from msgspec.structs import replace

from isowright.cloud.login import PasswordLogin
from isowright.cloud.models import Secret
from isowright.errors import InUseError, StateError
from isowright.home import FileLock, Home
from isowright.recipe import CONSOLE, PRACTICE, Account


class PracticeHost:
    """Starts the practice cloud with the first account that needs it, stops it at the end of `async with`."""

    def __init__(self, home: Home, speed: float = 60.0) -> None:
        self._home = home
        self._speed = speed
        self._running: Any = None
        self._ready: dict[str, Any] = {}
        self._lock = FileLock(home.data / "practice.lock")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._running is not None:
            await asyncio.to_thread(self._running.__exit__, None, None, None)
            self._lock.release()

    async def fill(self, account: Account) -> Account:
        """A practice account with today's endpoints in it; others come back as they are. Raises InUseError."""
        if account.cloud != PRACTICE:
            return account
        if self._running is None:
            await asyncio.to_thread(self._start)
        ready = self._ready
        return replace(
            account,
            region=ready["region"],
            method="password",
            domain=ready["domain"],
            user=ready["user"],
            project_id=ready["project_id"],
            project_name=ready["region"],
            endpoints=ready["endpoints"] | {CONSOLE: ready["console"]},
        )

    def login(self) -> PasswordLogin:
        """Of the practice account; after `fill`."""
        ready = self._ready
        return PasswordLogin(domain=ready["domain"], user=ready["user"], password=Secret(ready["password"]))

    def _start(self) -> None:
        # Two processes that write one world would lose each other's changes.
        if FileLock(self._home.data / "window.lock").taken() or not self._lock.acquire():
            raise InUseError(
                "The practice cloud is in use.",
                detail="The window or another command works with it.",
                remedy="Close the window or wait for the other command, then try again.",
                action="retry",
            )
        from isowright.practice.machines import MachineError, Settings
        from isowright.practice.server import practice_thread
        from isowright.practice_choice import read_choice

        # As chosen in the window: it is the same cloud, with the same servers.
        kept = read_choice(self._home.config)
        limits = Settings(memory=kept.memory, disk=kept.disk)
        place = self._home.data / "practice"
        running = practice_thread(place, speed=self._speed, machine=kept.machine, settings=limits)
        try:
            self._ready, _cloud = running.__enter__()
        except BaseException as error:
            self._lock.release()
            if isinstance(error, MachineError):
                raise StateError(
                    "The practice cloud cannot start with real machines.",
                    detail=str(error),
                    remedy="Mend that, or switch “Real machines” off on Home in the window: servers are played then.",
                    action="retry",
                ) from error
            if isinstance(error, OSError):
                raise StateError(
                    "The practice cloud cannot start.",
                    detail=f"{error.strerror or error}.".replace("..", "."),
                    remedy=f"Make {self._home.data} writable and free space on its disk, then try again.",
                    action="retry",
                ) from error
            raise
        self._running = running
