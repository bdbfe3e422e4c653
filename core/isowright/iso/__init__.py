"""Looking into an ISO, local or in a bucket: what it is, whether it boots, which system it installs."""

from __future__ import annotations

import asyncio
import io
import stat
from pathlib import Path

from isowright.cloud.client import Cloud
from isowright.errors import InputError
from isowright.iso.inspect import base_name, inspect
from isowright.iso.propose import propose_by_name, propose_os
from isowright.iso.reader import Blocks, FileBlocks, MissingError
from isowright.iso.report import Boot, Finding, Inspection

__all__ = [
    "Boot",
    "Finding",
    "Inspection",
    "inspect_file",
    "inspect_object",
    "propose_by_name",
    "propose_os",
]

_FIRST_READ = 128 * 1024  # of an object: descriptors, and mostly catalogue and root folder, in one request


def inspect_file(path: Path) -> Inspection:
    """Blocking, some milliseconds whatever the size. Raises InputError if it cannot be read; what is wrong inside it is
    told by findings."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputError(f"{path} is a folder.", remedy="Choose the ISO file in it.")
        if not stat.S_ISREG(mode) and not stat.S_ISBLK(mode):  # opening a pipe would wait for ever
            raise InputError(f"{path} is no file.", remedy="Choose an ISO file.")
        with path.open("rb", buffering=0) as file:
            size = file.seek(0, io.SEEK_END)
            return inspect(path.name, FileBlocks(file, size))
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}.", remedy="Check the path.") from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise InputError(
            f"{path} cannot be read.",
            detail=str(getattr(error, "strerror", None) or error),
            remedy="Check its permissions, and that the disk or share that it is on is there.",
        ) from error


async def inspect_object(cloud: Cloud, bucket: str, key: str, size: int) -> Inspection:
    """Of an object of `size` bytes, by ranged requests of 2 MiB in all at the most. Raises the errors of `Obs.read`."""
    blocks = Blocks(size)
    gap: tuple[int, int] | None = (0, min(size, _FIRST_READ))
    while True:
        if gap and gap[1]:
            blocks.put(*gap, await cloud.obs.read(bucket, key, *gap))
        try:
            return await asyncio.to_thread(inspect, base_name(key), blocks)
        except MissingError as missing:
            gap = (missing.offset, missing.length)
