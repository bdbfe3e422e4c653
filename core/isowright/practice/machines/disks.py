"""The disks, discs and images of real machines, as files in one folder: what is empty takes no room.

An empty disk is a sparse file (`ID.raw`); the disk of a server made from a private image is a layer over that image
(`ID.qcow2`), which therefore stays until no disk needs it. Images are compressed qcow2, as `qemu-img convert -c` makes
them. Sizes are GB of the API, which are GiB.
"""

import asyncio
import contextlib
import os
import re
import shutil
import signal
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from . import HostFullError, MachineError, Settings
from .command import Disk, Tools
from .leftovers import write_down
from .probe import find_firmware, install_command

_GIB = 1024**3
_SPARE = 256 * 1024**2  # bytes that are left to the rest of this computer
_PERCENT = re.compile(rb"\((\d{1,3}(?:\.\d+)?)/100%\)")


def read_progress(said: bytes) -> float | None:
    """0..1 of the last "    (12.34/100%)" in what `qemu-img -p` wrote, None if there is none."""
    found = _PERCENT.findall(said)
    return min(float(found[-1]) / 100, 1.0) if found else None


class Disks:
    """`folder` has volumes/, images/, discs/, variables/ and logs/; process ids go to `pids`. `tools`: those of
    the start, with the firmware that was there when it was last needed."""

    def __init__(self, folder: Path, pids: Path, tools: Tools, settings: Settings) -> None:
        self._volumes = folder / "volumes"
        self._images = folder / "images"
        self._discs = folder / "discs"
        self._variables = folder / "variables"
        self._folders = (self._volumes, self._images, self._discs, self._variables)
        self._logs = folder / "logs"  # not written here, but a guest can fill it too
        self._pids = pids
        self.tools = tools
        self._settings = settings
        for each in (*self._folders, self._logs):
            each.mkdir(parents=True, exist_ok=True)

    # Discs

    def disc(self, image_id: str) -> Path:
        return self._discs / f"{image_id}.iso"

    def keep_disc(self, image_id: str, blob: Path) -> None:
        """The image has the file from now on, whatever becomes of the object: the same bytes if that can be."""
        disc = self.disc(image_id)
        part = disc.with_suffix(".part")
        try:
            part.unlink(missing_ok=True)
            try:
                part.hardlink_to(blob)
            except OSError:
                shutil.copyfile(blob, part)
            part.replace(disc)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise MachineError(f"The ISO file cannot be kept: {error.strerror or error}.") from error

    # Volumes

    def volume(self, volume_id: str) -> Disk | None:
        for kind in ("raw", "qcow2"):
            path = self._volumes / f"{volume_id}.{kind}"
            if path.exists():
                return Disk(path, "raw" if kind == "raw" else "qcow2", volume_id[:20])
        return None

    def make_empty(self, volume_id: str, gigabytes: int) -> None:
        """Raises HostFullError, MachineError."""
        self.refuse_if_full()
        path = self._volumes / f"{volume_id}.raw"
        try:
            with path.open("xb") as file:
                file.truncate(gigabytes * _GIB)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise MachineError(f"A disk of {gigabytes} GB cannot be made: {error.strerror or error}.") from error

    async def make_from_image(self, volume_id: str, image_id: str, gigabytes: int) -> None:
        """Raises HostFullError, MachineError."""
        self.refuse_if_full()
        image = self.image(image_id)
        if not image.exists():
            raise MachineError("The image has no data here: it was not made by a real machine.")
        path = self._volumes / f"{volume_id}.qcow2"
        try:
            # By its place beside the disks: the state folder may be moved.
            base = Path("..", image.parent.name, image.name)
            layer = ("-f", "qcow2", "-F", "qcow2", "-b", str(base))
            await self._img(volume_id, "create", "-q", *layer, str(path), f"{gigabytes}G")
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def holds_system(self, volume_id: str) -> bool:
        """Whether a disk that was made empty has a boot record now, which UEFI systems have too."""
        disk = self.volume(volume_id)
        if disk is None or disk.format != "raw":
            return False
        with disk.path.open("rb") as file:
            return file.read(512)[510:] == b"\x55\xaa"

    def variables(self, server_id: str) -> Path:
        """A server's own UEFI variables; made when first asked for. Raises MachineError."""
        path = self._variables / f"{server_id}.fd"
        self.tools = replace(self.tools, firmware=find_firmware())
        if self.tools.firmware is None:
            raise MachineError(
                "The server starts with UEFI, and its firmware (OVMF) is missing. "
                f"Install: {install_command()}; then start the server again, or choose BIOS."
            )
        if not path.exists():
            try:
                shutil.copyfile(self.tools.firmware[1], path)
            except OSError as error:
                path.unlink(missing_ok=True)
                raise MachineError(f"The UEFI variables cannot be kept: {error.strerror or error}.") from error
        return path

    # Images

    def image(self, image_id: str) -> Path:
        return self._images / f"{image_id}.qcow2"

    async def capture(self, volume_id: str, image_id: str, tell: Callable[[float], None]) -> int:
        """Makes the image of a disk, telling 0..1 as it goes on; its size in bytes. Nothing is left of one that was
        cancelled or failed. Raises HostFullError, MachineError."""
        self.refuse_if_full()
        disk = self.volume(volume_id)
        if disk is None:
            raise MachineError("The disk has no data here: its server never ran on a real machine.")
        part = self._images / f"{image_id}.part"
        try:
            # -U: the disk may be in use, as it may in a cloud.
            kinds = ("-f", disk.format, "-O", "qcow2")
            await self._img(image_id, "convert", "-p", "-c", "-U", *kinds, str(disk.path), str(part), tell=tell)
            part.replace(self.image(image_id))
        finally:
            part.unlink(missing_ok=True)
        return self.image(image_id).stat().st_size

    # Room

    def used(self) -> int:
        """Bytes that all of it really takes. A disc that is also the object in the bucket is not counted."""
        total = 0
        for folder in (*self._folders, self._logs):
            with os.scandir(folder) as entries:
                for entry in entries:
                    with contextlib.suppress(FileNotFoundError):
                        facts = entry.stat()
                        total += facts.st_blocks * 512 if facts.st_nlink == 1 else 0
        return total

    def trouble(self) -> str:
        """A sentence if there is no room for more, else ""."""
        if self.used() >= self._settings.disk * _GIB:
            return (
                f"The disks and images of the practice cloud take the {self._settings.disk:g} GiB that they may take. "
                "Delete images or disks, or set a higher limit (--disk-limit; Limits of real machines… on Home)."
            )
        if shutil.disk_usage(self._volumes).free < _SPARE:
            return f"The disk of this computer is full. Free space where {self._volumes.parent} is."
        return ""

    def refuse_if_full(self) -> None:
        if trouble := self.trouble():
            raise HostFullError(trouble)

    # End

    def tidy(self, *, volumes: Collection[str], images: Collection[str], servers: Collection[str]) -> None:
        """Removes what belongs to nothing of this."""
        wanted = {
            self._volumes: volumes,
            self._images: images,
            self._discs: images,
            self._variables: servers,
        }
        for folder, names in wanted.items():
            for path in folder.iterdir():
                if path.stem not in names:
                    path.unlink(missing_ok=True)

    async def _img(self, name: str, *arguments: str, tell: Callable[[float], None] | None = None) -> None:
        """Runs qemu-img. Cancelled, it ends with what it does."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self.tools.guard,
                self.tools.img,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                process_group=0,
            )
        except OSError as error:
            raise MachineError(f"{self.tools.img} cannot be started: {error.strerror or error}.") from error
        assert process.stdout is not None
        assert process.stderr is not None
        pid_file = self._pids / f"img-{name}.pid"
        try:
            write_down(self._pids, f"img-{name}", process.pid)
            while said := await process.stdout.read(4096):
                share = read_progress(said)
                if tell is not None and share is not None:
                    tell(share)
            errors = (await process.stderr.read()).decode(errors="replace").strip()
            status = await process.wait()
        except OSError as error:
            raise MachineError(f"qemu-img cannot be kept account of: {error.strerror or error}.") from error
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            pid_file.unlink(missing_ok=True)
        if status == 0:
            return
        if "No space left" in errors:
            raise HostFullError(f"The disk of this computer is full. Free space where {self._volumes.parent} is.")
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"failed with status {status}"
        raise MachineError(f"qemu-img {how}: {' '.join(errors.split())[:400] or 'it said nothing'}.")
