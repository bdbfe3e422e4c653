"""What the servers of the practice cloud of this computer's user are: chosen in the window, heeded by commands too."""

import contextlib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

_FILE = "practice.json"


class Servers(msgspec.Struct, frozen=True):
    """What the servers of the practice cloud are: played, or machines that QEMU runs. memory: MiB that one of them gets
    at most; disk: GiB that all of their disks and images together may take on this computer."""

    machine: Literal["scripted", "qemu"] = "scripted"
    memory: Annotated[int, msgspec.Meta(ge=64)] = 1024
    disk: Annotated[int, msgspec.Meta(ge=1)] = 20

    @property
    def real(self) -> bool:
        return self.machine == "qemu"


def read_choice(config: Path) -> Servers:
    """Kept in the folder of settings; played ones if nothing that can be read is."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode((config / _FILE).read_bytes(), type=Servers)
    return Servers()


def write_choice(config: Path, servers: Servers) -> None:
    """Replaced as a whole. Raises OSError."""
    config.mkdir(parents=True, exist_ok=True)
    part = config / f"{_FILE}.part"
    part.write_bytes(msgspec.json.encode(servers))
    part.replace(config / _FILE)
