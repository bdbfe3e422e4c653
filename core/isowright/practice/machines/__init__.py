"""What the servers of a practice cloud are: played by the world alone (`Scripted`), or real ones (see driver.py).

The world asks its machines few things, and never waits for them: real work is begun and ended by their driver.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from isowright.practice.model import Job


class Machines(Protocol):
    """real: servers run, and only they themselves can install or power off."""

    real: bool

    def waits(self, job: Job) -> bool:
        """Whether a job must not end yet, because its real work is under way or still to come."""

    def share(self, job: Job) -> float:
        """0..1 of a job's real work; 1 for jobs without any."""

    def console_log(self, server_id: str) -> str:
        """What the guest has written to its serial port, over all its starts. "" if nothing, or no such server."""

    def vnc_socket(self, server_id: str) -> Path | None:
        """The Unix socket that speaks RFB for a server's screen; None if there is no running machine."""

    def describe(self, server_id: str) -> dict[str, object] | None:
        """pid, firmware and accelerator of a running machine."""

    async def screenshot(self, server_id: str) -> bytes:
        """The screen as PNG. Raises LookupError if there is no running machine."""


class Scripted:
    """The world plays its machines: nothing runs, and jobs end when their time has come."""

    real = False

    def waits(self, job: Job) -> bool:  # noqa: ARG002 (as Machines)
        return False

    def share(self, job: Job) -> float:  # noqa: ARG002
        return 1.0

    def console_log(self, server_id: str) -> str:  # noqa: ARG002
        return ""

    def vnc_socket(self, server_id: str) -> Path | None:  # noqa: ARG002
        return None

    def describe(self, server_id: str) -> dict[str, object] | None:  # noqa: ARG002
        return None

    async def screenshot(self, server_id: str) -> bytes:
        raise LookupError(server_id)


@dataclass(frozen=True)
class Settings:
    """memory: MiB that one guest gets at most, whatever its flavor says. disk: GiB that all disks and images together
    may really take on this computer; the sizes that guests see are not touched. firmware: of all servers; "" = as their
    image or their metadata say. patience: seconds that a guest has to heed a power button."""

    memory: int = 1024
    disk: float = 20
    firmware: Literal["", "bios", "uefi"] = ""
    patience: float = 10.0


class MachineError(Exception):
    """Why a machine or a disk cannot be had: one or more sentences for people."""


class HostFullError(MachineError):
    """This computer has no room or no memory left for it."""
