"""One virtual machine as a process: started, watched, ended.

It leads a process group of its own and is written down (leftovers.py); where the system can, it dies with the practice
cloud. It must be started on the thread that lives as long as the cloud: the kernel ends it with the one that made it.
"""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import MachineError
from .command import Plan, Tools, command_line
from .leftovers import write_down
from .qmp import Monitor

_QUIT_LIMIT = 5.0  # seconds for QEMU to put its disks in order


@dataclass(frozen=True)
class End:
    """How a machine ended. guest: it switched itself off. full: this computer had no room. words: for its log."""

    guest: bool
    full: bool
    words: str


class Vm:
    """A machine that runs. `end` is there once it does not; `on_end` is called then, on the event loop."""

    def __init__(self, tools: Tools, plan: Plan, folder: Path, on_end: Callable[["Vm"], None]) -> None:
        """`folder` takes pid files and passing files."""
        self.plan = plan
        self.end: End | None = None
        self._tools = tools
        self._folder = folder
        self._on_end = on_end
        self._wanted = False  # ended by us
        self._monitor = Monitor(plan.name, self._out_of_room)
        self._process: asyncio.subprocess.Process
        self._watching: asyncio.Task[None]
        self._pid_file: Path

    @property
    def pid(self) -> int:
        return self._process.pid

    async def start(self) -> None:
        """Returns once the guest runs. Raises MachineError; nothing is left running then."""
        self.plan.vnc.unlink(missing_ok=True)
        ours, theirs = socket.socketpair()
        complaints = self._folder / f"{self.plan.name}.stderr"
        self._pid_file = self._folder / f"{self.plan.name}.pid"
        try:
            with theirs, complaints.open("wb") as errors:
                self._process = await self._spawn(theirs, errors.fileno())
        except BaseException as error:
            ours.close()
            _last_words(complaints)
            if isinstance(error, OSError):
                raise MachineError(f"A machine cannot be started: {error.strerror or error}.") from error
            raise
        self._watching = asyncio.create_task(self._watch(complaints), name=f"machine {self.plan.name}")
        try:
            self._write_down(ours)
            await self._monitor.connect(ours)
            await self._monitor.go()
        except BaseException as error:
            self._wanted = True
            self._kill()
            await self._watching
            await self._monitor.close()
            if isinstance(error, MachineError) and self.end is not None and self.end.words:
                raise MachineError(f"{error} {self.end.words}") from error
            raise

    def _write_down(self, monitor: socket.socket) -> None:
        try:
            write_down(self._folder, self.plan.name, self._process.pid)
        except OSError as error:
            monitor.close()  # it is nobody's yet
            raise MachineError(f"A machine cannot be kept account of: {error.strerror or error}.") from error

    async def _spawn(self, monitor: socket.socket, errors: int) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                *command_line(self._tools, self.plan, monitor.fileno()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=errors,
                pass_fds=(monitor.fileno(),),
                process_group=0,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            )
        except OSError as error:
            raise MachineError(f"QEMU cannot be started: {error.strerror or error} ({self._tools.qemu}).") from error

    async def _watch(self, complaints: Path) -> None:
        status = await self._process.wait()
        await self._monitor.close()
        self._pid_file.unlink(missing_ok=True)
        self.plan.vnc.unlink(missing_ok=True)
        said = _last_words(complaints)
        guest = self._monitor.shutdown is True and status == 0
        words = ""
        if not guest and not (self._wanted and status in {0, -signal.SIGKILL}):
            how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
            words = f"QEMU {how}{f': {said}' if said else ''}."
        self.end = End(guest, self._monitor.full, words)
        self._on_end(self)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _out_of_room(self) -> None:
        """The guest is stopped and nothing can mend it here."""
        self._wanted = True
        self._kill()

    async def gone(self) -> None:
        await asyncio.shield(self._watching)

    async def switch_off(self, patience: float) -> bool:
        """Presses the power button and waits for the guest; whether it went by itself. The plug is pulled else."""
        if patience > 0:
            await self._monitor.press_power()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.gone(), patience)
        if self.end is not None:
            return True
        await self.pull_plug()
        return False

    async def pull_plug(self) -> None:
        """What the guest has written so far is on its disks."""
        self._wanted = True
        if self.end is None:
            await self._monitor.quit()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.gone(), _QUIT_LIMIT)
        if self.end is None:
            self._kill()
        await self.gone()

    async def press_power(self) -> None:
        await self._monitor.press_power()

    async def reset(self) -> None:
        await self._monitor.reset()

    async def screenshot(self) -> bytes:
        return await self._monitor.screenshot(self._folder)


def _last_words(complaints: Path) -> str:
    """What QEMU wrote on standard error, of which the file is taken away."""
    try:
        said = complaints.read_text(encoding="utf-8", errors="replace")
        complaints.unlink()
    except OSError:
        return ""
    return " ".join(said.split())[:400]
