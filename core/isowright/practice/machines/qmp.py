"""The monitor of one running machine: its state, its power, its screen, and how it came to its end.

Spoken by QEMU's own client of QMP over a socket that both sides have from the start: there is no path to wait for, and
nobody else can connect. Source of events and commands: QEMU QMP reference (run-state.json, ui.json, block-core.json).
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qemu.qmp import ExecuteError, Message, QMPClient, QMPError

from . import MachineError
from .png import png_from_ppm

_LIMIT = 10.0  # seconds for an answer

# The client reports as errors what is the usual end of a machine: the connection goes with it.
logging.getLogger("qemu.qmp").setLevel(logging.CRITICAL)


class Monitor:
    """shutdown: None while the machine runs, then whether its guest asked for the end. full: the guest was stopped
    because this computer had no room for what it wrote."""

    def __init__(self, name: str, on_trouble: Callable[[], None]) -> None:
        self.shutdown: bool | None = None
        self.full = False
        self._client = QMPClient(name)
        self._on_trouble = on_trouble
        self._connected = False
        self._drawing = asyncio.Lock()  # two pictures at once would be one file
        self._client.events.event_filter = self._heed

    async def connect(self, sock: socket.socket) -> None:
        """Raises MachineError if QEMU ends before it has answered, or does not answer."""
        try:
            await asyncio.wait_for(self._client.connect(sock), _LIMIT)
        except (QMPError, OSError, EOFError) as error:
            raise MachineError("QEMU ended before it answered.") from error
        self._connected = True

    async def close(self) -> None:
        # A connection that never came about has been closed by the client itself, which bears no second time.
        if not self._connected:
            return
        self._connected = False
        # What the connection died of is told by the end of the process.
        with contextlib.suppress(QMPError, OSError, EOFError):
            await self._client.disconnect()

    def _heed(self, event: Message) -> bool:
        """Looks at an event when it comes; none is kept."""
        data = event.get("data")
        facts: dict[str, Any] = data if isinstance(data, dict) else {}
        if event.get("event") == "SHUTDOWN":
            self.shutdown = bool(facts.get("guest"))
        elif event.get("event") == "BLOCK_IO_ERROR" and facts.get("nospace") and facts.get("action") == "stop":
            self.full = True
            self._on_trouble()
        return False

    async def _execute(self, command: str, **arguments: object) -> Any:
        """Raises LookupError if the machine is gone, ExecuteError if QEMU refuses."""
        try:
            return await asyncio.wait_for(self._client.execute(command, arguments), _LIMIT)
        except ExecuteError:
            raise
        except (QMPError, OSError, EOFError) as error:
            raise LookupError(command) from error

    async def go(self) -> None:
        """Lets a machine that was started with -S run. Raises MachineError if it does not."""
        try:
            await self._execute("cont")
            state = await self._execute("query-status")
        except (LookupError, ExecuteError) as error:
            raise MachineError(f"The machine did not start: {error}.") from error
        if not state["running"]:
            raise MachineError(f"The machine did not start: its state is {state['status']}.")

    async def press_power(self) -> None:
        """The guest is told by ACPI; it may or may not heed it."""
        with contextlib.suppress(LookupError, ExecuteError):
            await self._execute("system_powerdown")

    async def reset(self) -> None:
        with contextlib.suppress(LookupError, ExecuteError):
            await self._execute("system_reset")

    async def quit(self) -> None:
        """QEMU ends, with its disks in order; the connection may go before the answer comes."""
        with contextlib.suppress(LookupError, ExecuteError):
            await self._execute("quit")

    async def screenshot(self, folder: Path) -> bytes:
        """PNG. QEMU writes a file into `folder`, which is removed again. Raises LookupError if the machine is gone."""
        async with self._drawing:
            return await self._draw(folder / f"{self._client.name}.screen")

    async def _draw(self, path: Path) -> bytes:
        try:
            try:
                await self._execute("screendump", filename=str(path), format="png")
            except ExecuteError:
                # Before 7.1, and where QEMU was built without libpng.
                await self._execute("screendump", filename=str(path))
            return _taken(path)
        except (ExecuteError, OSError, ValueError) as error:
            raise LookupError(f"The machine has no screen to show: {error}") from error


def _taken(path: Path) -> bytes:
    """PNG of a file that QEMU wrote, which is removed."""
    try:
        picture = path.read_bytes()
    finally:
        path.unlink(missing_ok=True)
    return picture if picture.startswith(b"\x89PNG") else png_from_ppm(picture)
