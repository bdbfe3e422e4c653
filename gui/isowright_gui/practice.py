"""The practice cloud of this computer, as the window uses it: started when first needed, stopped with the window."""

from __future__ import annotations

import asyncio
import http.client
import shutil
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from isowright.cloud.login import PasswordLogin
from isowright.cloud.models import Secret
from isowright.errors import NetworkError, StateError
from isowright.home import Home
from isowright.practice_choice import Servers, read_choice, write_choice
from isowright.recipe import CONSOLE, PRACTICE, Account

_LARGEST_SCREEN = 16 * 2**20  # bytes of a PNG
NO_MACHINES = "qemu"
"""The action of errors that `install_line` mends."""


class PracticeHost:
    """Runs the practice cloud in a thread of its own; what exists in it is kept in the data folder.

    `speed`: how many of the cloud's seconds pass in one real second.
    """

    def __init__(self, home: Home, speed: float = 60.0) -> None:
        self._home = home
        self._speed = speed
        self._lock = asyncio.Lock()
        self._running: Any = None
        self.ready: dict[str, Any] | None = None
        self.cloud: Any = None  # the PracticeCloud, for tests that script faults

    async def start(self) -> dict[str, Any]:
        """Start it if it is not running; returns what `isowright practice` prints as its first line."""
        async with self._lock:
            if self.ready is not None:
                return self.ready
            self._running, facts = await asyncio.to_thread(self._start)
            self.ready = facts
            return facts

    async def stop(self) -> None:
        """Stop it and wait until its state is on disk. Does nothing if it is not running."""
        async with self._lock:
            running, self._running, self.ready, self.cloud = self._running, None, None, None
            if running is not None:
                await asyncio.to_thread(running.__exit__, None, None, None)

    async def empty(self) -> None:
        """Stop it and delete all that exists in it."""
        await self.stop()
        await asyncio.to_thread(shutil.rmtree, self._state, ignore_errors=True)

    async def servers(self) -> Servers:
        """What was chosen, also by an earlier window of this computer."""
        return await asyncio.to_thread(self._kept)

    async def choose(self, servers: Servers) -> None:
        """From its next start on: it is stopped, and all that exists in it stays.

        Raises StateError if real machines cannot be had here; nothing is changed then.
        """
        if servers.real:
            await self._prove()
        await self.stop()
        await asyncio.to_thread(self._keep, servers)

    async def _prove(self) -> None:
        from isowright.practice.machines import MachineError
        from isowright.practice.machines.probe import probe

        def tried() -> None:
            asyncio.run(probe())  # on a loop that has child processes, which Qt's has not on every system

        try:
            await asyncio.to_thread(tried)
        except MachineError as error:
            raise _no_machines(error, "Install QEMU and switch them on again; or leave them off") from error

    def _kept(self) -> Servers:
        return read_choice(self._home.config)

    def _keep(self, servers: Servers) -> None:
        try:
            write_choice(self._home.config, servers)
        except OSError as error:
            raise StateError(
                "The choice cannot be kept.",
                detail=f"{self._home.config}: {error.strerror or error}.",
                remedy="Make the folder writable, then choose again.",
            ) from error

    @property
    def _state(self) -> Path:
        return self._home.data / "practice"

    def _start(self) -> tuple[Any, dict[str, Any]]:
        from isowright.practice.machines import MachineError, Settings
        from isowright.practice.server import practice_thread

        kept = self._kept()
        limits = Settings(memory=kept.memory, disk=kept.disk)
        running = practice_thread(self._state, speed=self._speed, machine=kept.machine, settings=limits)
        try:
            ready, self.cloud = running.__enter__()
        except MachineError as error:
            raise _no_machines(error, "Install QEMU; or switch “Real machines” off on Home") from error
        except OSError as error:
            raise StateError(
                "The practice cloud cannot start.",
                detail=f"{error.strerror or error}. Nothing of yours is lost.",
                remedy=f"End other programs that use {self._state}, or make it writable, then try again.",
                action="retry",
            ) from error
        return running, ready

    def _facts(self) -> dict[str, Any]:
        if self.ready is None:
            raise RuntimeError("The practice cloud is not running.")
        return self.ready

    def account(self) -> Account:
        """The practice account with its endpoints. The host must be running."""
        facts = self._facts()
        return Account(
            cloud=PRACTICE,
            region=facts["region"],
            domain=facts["domain"],
            user=facts["user"],
            project_id=facts["project_id"],
            project_name=facts["region"],
            endpoints={**facts["endpoints"], **facts["elsewhere"], CONSOLE: facts["console"]},
        )

    def login(self) -> PasswordLogin:
        """The practice account's password. The host must be running."""
        facts = self._facts()
        return PasswordLogin(domain=facts["domain"], user=facts["user"], password=Secret(facts["password"]))

    async def screen(self, server_id: str) -> bytes | None:
        """A PNG of the server's screen; None where machines have none. Raises NetworkError for what may pass."""
        return None if self.ready is None else await asyncio.to_thread(_screen, self.ready, server_id)

    def fill(self, account: Account) -> Account:
        """A practice account of a profile with today's endpoints in it; others come back as they are."""
        if account.cloud != PRACTICE:
            return account
        return msgspec.structs.replace(self.account(), keep_secret=account.keep_secret)


def install_line() -> str:
    """The command for a terminal that installs what real machines need."""
    from isowright.practice.machines.probe import install_command

    return f"sudo {install_command()}"


def _no_machines(error: Exception, remedy: str) -> StateError:
    linux = sys.platform == "linux"  # elsewhere nothing that could be installed helps
    return StateError(
        "Real machines cannot be had here.",
        detail=str(error),
        remedy=f"{remedy if linux else 'Leave them off'}: servers are played then, and need nothing.",
        action=NO_MACHINES if linux else "",
    )


def _screen(ready: dict[str, Any], server_id: str) -> bytes | None:
    """From the practice cloud's own door, which no service has."""
    where = urlsplit(ready["control"])
    word = b64encode(f"{ready['user']}:{ready['password']}".encode()).decode()
    door = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    try:
        path = f"/practice/servers/{quote(server_id, safe='')}/screen.png"
        door.request("GET", path, headers={"Authorization": f"Basic {word}"})
        answer = door.getresponse()
        if answer.status == http.client.NOT_FOUND:
            return None
        if answer.status == http.client.OK:
            return answer.read(_LARGEST_SCREEN)
        reason = f"HTTP {answer.status}"
    except (OSError, http.client.HTTPException) as error:
        reason = type(error).__name__
    finally:
        door.close()
    raise NetworkError(
        "The practice cloud does not show the server's screen.",
        detail=reason,
        remedy="It is tried again.",
        retryable=True,
    )
