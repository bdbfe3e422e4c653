"""Which machine a server of the world is: its memory, disks, disc and firmware; and where discs come from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from isowright.practice.catalog import FLAVORS
from isowright.practice.model import Server, State

from . import HostFullError, MachineError, Settings
from .command import Plan
from .disks import Disks

_SPARE = 192  # MiB that QEMU itself takes, and something for the rest of this computer


def firmware_of(state: State, server: Server, settings: Settings) -> Literal["bios", "uefi"]:
    """As the practice cloud was told, else as the server's metadata say, else as its image does."""
    image = state.images.get(server.image_id)
    said = [settings.firmware, server.metadata.get("hw_firmware_type", "")]
    if image is not None:
        # A changed attribute wins over the one that the image was made with.
        said += [image.extra.get("hw_firmware_type", "")]
        said += ["uefi" if image.extra.get("__support_uefi", "").lower() == "true" else "", image.firmware]
    return "uefi" if next((word for word in said if word), "bios") == "uefi" else "bios"


def plan_of(state: State, server: Server, disks: Disks, settings: Settings, *, log: Path, vnc: Path) -> Plan:
    """Raises MachineError if the machine cannot be had, HostFullError if this computer has no memory for it."""
    flavor = FLAVORS[server.flavor_id]
    if flavor.architecture:
        raise MachineError(f"Real machines here are x86; the flavor {flavor.id} is {flavor.architecture}.")
    memory = min(flavor.ram, settings.memory)
    free = free_memory()
    if free is not None and free < memory + _SPARE:
        raise HostFullError(
            f"A machine takes {memory} MiB of memory, and {free} MiB are free on this computer. "
            "Stop other servers, or set a lower limit (--memory-limit; Limits of real machines… on Home)."
        )
    image = state.images.get(server.image_id)
    disc = disks.disc(server.image_id) if server.metadata.get("virtual_env_type") == "IsoImage" else None
    if disc is not None and not disc.exists():
        raise MachineError(
            "The ISO file of the image cannot be found."
            if image is not None
            else "The ISO image of the server was deleted, and its file with it."
        )
    found = [disks.volume(volume_id) for volume_id in server.volumes]
    return Plan(
        name=server.id,
        memory=memory,
        disks=tuple(disk for disk in found if disk is not None),
        cd=disc,
        log=log,
        vnc=vnc,
        variables=disks.variables(server.id) if firmware_of(state, server, settings) == "uefi" else None,
    )


def iso_files(state: State) -> Iterator[tuple[str, str]]:
    """(id, blob) of the ISO images that were made of an object; "" where the object is gone or has no bytes."""
    for image in state.images.values():
        if image.env_type == "IsoImage" and image.origin.startswith("file,"):
            bucket, _, key = image.origin.removeprefix("file,").partition(":")
            stored = state.buckets[bucket].objects.get(key) if bucket in state.buckets else None
            yield image.id, stored.blob if stored is not None else ""


def free_memory() -> int | None:
    """MiB that could be had without swapping (proc(5): MemAvailable); None where nothing tells."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("MemAvailable:")), None)
