"""The kernel of the tiny guest: Debian's generic one, fetched as a package and unpacked beside, not installed."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

META = "linux-image-amd64"
SECONDS = 300
WANTED = (
    # Disks and drives as QEMU and clouds offer them; the file systems of the disc and of the installed disk.
    *("virtio_pci", "virtio_blk", "virtio_scsi", "ahci", "ata_piix", "sd_mod", "sr_mod", "isofs"),
    *("vfat", "nls_cp437", "nls_ascii", "nls_utf8", "button", "evdev"),
)


class CannotBuildError(Exception):
    """Something that the guest is built from cannot be had; the text says what."""


def kernel(cache: Path) -> Path:
    """A folder with `vmlinuz`, and `modules/` with the wanted modules, those they need, and their `order`.

    Fetched once (71 MB) and kept in `cache`. Raises CannotBuildError.
    """
    for program in ("apt-get", "apt-cache", "dpkg-deb"):
        if shutil.which(program) is None:
            raise CannotBuildError(f"there is no {program} here")
    kept = cache / f"kernel-{_newest()}"
    if kept.is_dir():
        return kept
    with tempfile.TemporaryDirectory(dir=cache) as name:
        folder = Path(name)
        deb = _fetched(kept.name.removeprefix("kernel-"), folder)
        made = _unpacked(deb, folder)
        try:
            made.rename(kept)
        except OSError:  # another process of these tests was first
            if not kept.is_dir():
                raise
    return kept


@functools.cache
def _newest() -> str:
    """Name of the package that the meta-package needs, such as "linux-image-6.1.0-57-amd64"."""
    for again in (False, True):
        told = subprocess.run(["apt-cache", "depends", META], capture_output=True, text=True, check=False).stdout
        if found := re.search(r"Depends: (linux-image-\d\S*)", told):
            return found.group(1)
        if not again and os.geteuid() == 0:
            subprocess.run(["apt-get", "-q", "update"], capture_output=True, timeout=SECONDS, check=False)
    raise CannotBuildError(f"apt knows no {META}")


def _fetched(package: str, folder: Path) -> Path:
    command = ["apt-get", "-q", "-o", "Acquire::Retries=2", "download", package]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise CannotBuildError(f"apt-get has not brought {package} within {SECONDS} s") from None
    if debs := list(folder.glob("*.deb")):
        return debs[0]
    raise CannotBuildError(done.stderr.strip()[-300:] or f"apt-get has not brought {package}")


def _unpacked(deb: Path, folder: Path) -> Path:
    made = folder / "kernel"
    (made / "modules").mkdir(parents=True)
    modules: dict[str, Path] = {}
    with (
        subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as packed,
        tarfile.open(fileobj=packed.stdout, mode="r|") as tar,
    ):
        for member in tar:
            name = Path(member.name).name
            if not member.isfile() or not (name.startswith("vmlinuz-") or name.endswith(".ko")):
                continue
            path = made / "vmlinuz" if name.startswith("vmlinuz-") else folder / name
            path.write_bytes(tar.extractfile(member).read())
            if path.suffix == ".ko":
                modules[path.stem.replace("-", "_")] = path
    order = closure(modules)
    for name in order:
        modules[name].rename(made / "modules" / f"{name}.ko")
    (made / "modules" / "order").write_text("".join(f"{name}\n" for name in order))
    return made


def closure(modules: dict[str, Path]) -> list[str]:
    """The wanted modules and those they need, by `.modinfo depends=`, in an order in which they can be loaded."""
    order: list[str] = []

    def add(name: str) -> None:
        if name in order:
            return
        if name not in modules:
            raise CannotBuildError(f"the kernel has no module {name}")
        told = re.search(rb"\0depends=([^\0]*)\0", modules[name].read_bytes())
        for needed in told.group(1).decode().split(",") if told else ():
            if needed:
                add(needed.replace("-", "_"))
        order.append(name)

    for name in WANTED:
        add(name)
    return order
