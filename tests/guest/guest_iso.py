"""Builds the tiny installer ISO: Debian's kernel, busybox and GRUB, BIOS and UEFI; the same bytes from the same parts.

    python tests/guest/guest_iso.py FOLDER      builds it there, if it is not there yet, and prints its path

What is on it: `boot/vmlinuz`, `boot/initrd` (init.sh, busybox, modules), `boot/grub/grub.cfg`, `efi.img`,
`guest/disk.efi` (the loader of what it installs) and the mark `guest/installer`.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from guest_kernel import CannotBuildError, kernel  # noqa: E402 (it lies beside, wherever this is started)

VOLUME_ID = "ISOWRIGHT_TEST"
EPOCH = 1_700_000_000  # of everything on it, seconds since 1970
DATE = "2023111422132000"  # the same for xorriso
MOST_BYTES = 15 * 1000**2

START = 2048  # first sector of the installed disk's partition
SECTORS = 81920  # of it: 40 MiB, the least that is surely FAT16
GRUB = Path("/usr/lib/grub")
PROGRAMS = {
    "xorriso": "xorriso",
    "grub-mkimage": "grub-common",
    "mformat": "mtools",
    "mcopy": "mtools",
    "busybox": "busybox-static",
}
_COMMON = ("normal", "configfile", "linux", "search", "search_fs_file", "search_label", "echo", "test", "part_msdos")
_BIOS = (*_COMMON, "biosdisk", "fat", "iso9660", "part_gpt")
_UEFI = (*_COMMON, "fat", "iso9660", "part_gpt", "efi_gop", "video", "video_fb")
_KERNEL = "console=ttyS0,115200 console=tty0 quiet mitigations=off no_timer_check tsc=reliable"

MENU = f"""\
set default=0
set timeout=1
set gfxpayload=keep

menuentry "Install" {{
    linux /boot/vmlinuz {_KERNEL} ---
    initrd /boot/initrd
}}
menuentry "Start from the first disk" {{
    exit 1
}}
"""
DISK_MENU = f"""\
set gfxpayload=keep
linux /boot/vmlinuz {_KERNEL} installed @THEN@
initrd /boot/initrd
boot
"""


def build(cache: Path) -> Path:
    """The ISO, from `cache` if the same parts have made it before. Some 4 s, and the kernel's download once.

    Raises CannotBuildError, in words, where a part cannot be had.
    """
    cache.mkdir(parents=True, exist_ok=True)
    _look_for_programs()
    base = kernel(cache)
    made = cache / f"isowright-test-{_fingerprint(base)[:16]}.iso"
    if not made.exists():
        build_at(made, base)
        for old in cache.glob("isowright-test-*.iso"):
            if old != made:
                old.unlink(missing_ok=True)
    return made


def build_at(out: Path, base: Path) -> None:
    """Builds it anew. `base`: what `kernel` has given."""
    with tempfile.TemporaryDirectory(dir=out.parent) as name:
        folder = Path(name)
        whole = folder / "whole.iso"
        _iso(folder, base, whole)
        whole.replace(out)


def _look_for_programs() -> None:
    for program, package in PROGRAMS.items():
        if shutil.which(program) is None:
            raise CannotBuildError(f"there is no {program} here: apt-get install {package}")
    for kind, package in (("i386-pc", "grub-pc-bin"), ("x86_64-efi", "grub-efi-amd64-bin")):
        if not (GRUB / kind).is_dir():
            raise CannotBuildError(f"there is no {GRUB / kind} here: apt-get install {package}")
    if b"interpreter" in Path(shutil.which("busybox")).read_bytes()[:4096]:
        raise CannotBuildError("busybox needs shared libraries here: apt-get install busybox-static")


def _fingerprint(base: Path) -> str:
    """Of all that goes in."""
    digest = hashlib.sha256()
    parts = [HERE / "guest_iso.py", HERE / "init.sh", Path(shutil.which("busybox")), *sorted(base.rglob("*"))]
    parts += [GRUB / "i386-pc" / name for name in ("boot.img", "cdboot.img", "kernel.img")]
    parts += [GRUB / "x86_64-efi" / "kernel.img"]
    for path in parts:
        if path.is_file():
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    digest.update(_run("xorriso", "-version").encode())
    return digest.hexdigest()


def _iso(folder: Path, base: Path, out: Path) -> None:
    tree = folder / "tree"
    for name in ("boot/grub", "guest"):
        (tree / name).mkdir(parents=True)
    shutil.copy(base / "vmlinuz", tree / "boot/vmlinuz")
    (tree / "boot/grub/grub.cfg").write_text(MENU)
    (tree / "guest/installer").write_text("Isowright's test installer\n")
    _grub("x86_64-efi", tree / "guest/disk.efi", _UEFI, prefix="/boot/grub")
    _grub("i386-pc-eltorito", tree / "boot/bios.img", _BIOS, prefix="/boot/grub")
    early = folder / "early.cfg"
    early.write_text("search --no-floppy --set=root --file /guest/installer\nset prefix=($root)/boot/grub\n")
    _grub("x86_64-efi", folder / "cd.efi", _UEFI, prefix="/boot/grub", early=early)
    _efi_image(folder / "cd.efi", tree / "boot/efi.img")
    (tree / "boot/initrd").write_bytes(gzip.compress(_archive(_initrd(folder, base)), 9, mtime=0))
    _run(
        *("xorriso", "-as", "mkisofs", "-quiet", "-r", "-J", "-V", VOLUME_ID),
        *(f"--modification-date={DATE}", "--set_all_file_dates", DATE),
        *("-c", "boot/boot.cat", "-b", "boot/bios.img", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table"),
        *("--grub2-boot-info", "--grub2-mbr", GRUB / "i386-pc/boot_hybrid.img"),
        *("--protective-msdos-label", "--efi-boot", "boot/efi.img", "-efi-boot-part", "--efi-boot-image"),
        *("-o", out, tree),
    )


def _grub(kind: str, out: Path, modules: tuple[str, ...], *, prefix: str, early: Path | None = None) -> None:
    more = ("-c", early) if early else ()
    _run("grub-mkimage", "-O", kind, "-o", out, "-p", prefix, *more, *modules)


def _efi_image(loader: Path, out: Path) -> None:
    """A FAT file system for the firmware, with the loader in it."""
    kib = loader.stat().st_size // 1024 + 64
    _run("mformat", "-C", "-i", out, "-f", "2880" if kib < 2800 else "5760", "-N", "49534f57", "::")
    _run("mmd", "-i", out, "::/EFI", "::/EFI/BOOT")
    os.utime(loader, (EPOCH, EPOCH))
    _run("mcopy", "-m", "-i", out, loader, "::/EFI/BOOT/BOOTX64.EFI")


def _initrd(folder: Path, base: Path) -> Iterator[tuple[str, bytes, int]]:
    """(path, content, mode) of all that is in it. A folder has no content."""
    for name in ("bin", "dev", "proc", "sys", "modules", "guest"):
        yield name, b"", 0o040755
    yield "init", (HERE / "init.sh").read_bytes(), 0o100755
    yield "bin/busybox", Path(shutil.which("busybox")).read_bytes(), 0o100755
    yield "bin/sh", b"busybox", 0o120777
    for path in sorted((base / "modules").iterdir()):
        yield f"modules/{path.name}", path.read_bytes(), 0o100644
    yield "guest/start.img", _disk_start(folder), 0o100644
    yield "guest/partition.img", _partition_start(folder), 0o100644
    yield "guest/disk.cfg", DISK_MENU.encode(), 0o100644


def _disk_start(folder: Path) -> bytes:
    """Of a disk that BIOS starts: boot.img with a partition table, and GRUB's core in the gap behind it."""
    core = folder / "core.img"
    _grub("i386-pc", core, _BIOS, prefix="(,msdos1)/boot/grub")
    sector = bytearray((GRUB / "i386-pc/boot.img").read_bytes()[:512])
    sector[0x66:0x68] = b"\x90\x90"  # what grub-bios-setup does: take the drive number that BIOS gives
    sector[440:446] = b"ISOW\0\0"
    sector[446:510] = bytes(64)  # code for floppies
    # One active EFI system partition (0xef), which UEFI looks for its loader in.
    sector[446:462] = struct.pack("<B3sB3sII", 0x80, b"\xfe\xff\xff", 0xEF, b"\xfe\xff\xff", START, SECTORS)
    sector[510:512] = b"\x55\xaa"
    data = core.read_bytes()
    if 512 + len(data) > START * 512:
        raise CannotBuildError("GRUB's core does not fit before the first partition")
    return bytes(sector) + data


def _partition_start(folder: Path) -> bytes:
    """Of an empty FAT16: all that is not zero, and both tables."""
    image = folder / "partition.img"
    _run(
        *("mformat", "-C", "-i", image, "-T", str(SECTORS), "-h", "255", "-s", "63", "-H", str(START)),
        *("-N", "49534f58", "-v", "ISOWRIGHT", "::"),
    )
    with image.open("rb") as file:
        head = file.read(512)
        reserved, copies, roots = struct.unpack_from("<HBH", head, 14)
        (table,) = struct.unpack_from("<H", head, 22)
        file.seek(0)
        return file.read((reserved + copies * table) * 512 + roots * 32)


def _archive(members: Iterator[tuple[str, bytes, int]]) -> bytes:
    """A cpio archive (newc, the kernel's Documentation/driver-api/early-userspace/buffer-format)."""
    out = bytearray()
    for number, (name, data, mode) in enumerate([*members, ("TRAILER!!!", b"", 0)], 1):
        fields = (number, mode, 0, 0, 1, EPOCH, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        out += b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
        out += bytes(-len(out) % 4)
        out += data
        out += bytes(-len(out) % 4)
    return bytes(out)


def _run(*command: object) -> str:
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC", "SOURCE_DATE_EPOCH": str(EPOCH)}
    done = subprocess.run([str(word) for word in command], env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotBuildError(f"{command[0]} has failed: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


if __name__ == "__main__":
    try:
        print(build(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
    except CannotBuildError as error:
        sys.exit(f"The test ISO cannot be built: {error}")
