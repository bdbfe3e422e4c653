"""Puts an answer file onto an ISO and has its boot menu start by itself: an overlay, the original is only read.

xorriso writes what changes as a further session behind the original (`-grow_blindly`), folders anew, boot images where
they were (`-boot_image any keep`: replaying them fails for those that a GPT points to). Of the original itself only the
volume descriptors differ, and the boot menu inside the EFI image of those makers who keep one there.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from isowright.errors import AppError, InputError
from isowright.iso import Inspection, inspect_file
from isowright.iso.folders import IsoTree
from isowright.iso.reader import FileBlocks
from isowright.iso.tree import Files
from isowright.iso.volume import FIRST, SECTOR, read_descriptors
from isowright.unattended import bootmenu
from isowright.unattended.family import Family
from isowright.unattended.fat import Fat, FatError
from isowright.unattended.overlay import Overlay, Patch, in_order
from isowright.upload.source import Source

_SECONDS = 300
_MOST_MENU = 256 * 1024
_MOST_ANSWERS = 1024**2
_MOST_ADDED = 64 * 1024**2  # folders of a disc with 100,000 files take 20 MB
_MOST_READ = 64 * 1024**2  # more than all that is looked for can be
_MOST_EFI = 64 * 1024**2
_ALIGNED = 32  # sectors; where sessions begin
_GRUB = ("boot/grub/grub.cfg", "boot/grub2/grub.cfg", "EFI/BOOT/grub.cfg", "EFI/BOOT/BOOT.conf", "EFI/grub/grub.cfg")
_ISOLINUX = ("isolinux", "boot/isolinux", "boot/x86_64/loader", "boot/syslinux", "syslinux", "")


def remaster(iso: Path, family: Family, answers: bytes) -> Overlay:
    """The overlay that has `iso` install itself by these answers. Blocking: a second or two, whatever its size.

    The same ISO, answers and xorriso give the same overlay. Raises InputError where the disc cannot be changed, and
    AppError where xorriso is missing or fails.
    """
    if len(answers) > _MOST_ANSWERS:
        raise InputError("The answer file has more than 1 MB.", remedy="Choose the answer file itself.")
    seen = inspect_file(iso)
    _check(seen)
    menus, patches = _boot_changes(iso, seen, family.arguments)
    files = menus | {path: data.encode() for path, data in family.beside.items()} | {family.place: answers}
    return put(iso, files, patches)


def put(iso: Path, files: dict[str, bytes], patches: Sequence[Patch] = ()) -> Overlay:
    """The overlay by which `iso` has these files too, or instead of those of the same paths, and these patches."""
    program = find_xorriso()
    source = Source.open(iso)
    try:
        seen = inspect_file(iso)
        _check(seen)
        start = -(-source.size // (SECTOR * _ALIGNED)) * _ALIGNED
        tail = _session(program, iso, files, start, joliet=seen.joliet)
        head = _head(source, tail, start)
        source.check()
        size = start * SECTOR + len(tail)
        all_patches = in_order([*patches, head, Patch(start * SECTOR, tail)])
        return Overlay(str(iso), source.identity, size, all_patches)
    finally:
        source.close()


def find_xorriso() -> str:
    """Its path. Raises AppError, with how to install it, if there is none."""
    found = shutil.which("xorriso")
    if found is None:
        how = {
            "darwin": "brew install xorriso",
            "win32": "there is none for Windows: do it on Linux or in WSL, with apt-get install xorriso",
        }.get(sys.platform, "sudo apt-get install xorriso (Debian, Ubuntu) or sudo dnf install xorriso (Fedora, RHEL)")
        raise AppError(
            "Putting answers onto an ISO needs the program xorriso, which is not installed.",
            detail="Nothing was changed.",
            remedy=f"Install it ({how}), then try again; or go on without an answer file and install by hand.",
            retryable=True,
            action="retry",
        )
    return found


def _check(seen: Inspection) -> None:
    told = ""
    if not seen.usable:
        told = next(finding.title for finding in seen.findings if finding.verdict == "failed")
    elif seen.udf:
        told = "It has a UDF file system too, which would not get the answers."
    elif not seen.volume_size:
        told = "It has no ISO 9660 file system."
    if told:
        raise InputError(
            f"{seen.name} cannot be given answers.",
            detail=f"{told} The file itself is as it was.",
            remedy="Choose another ISO, or go on without an answer file and install by hand.",
            action="step:iso.path",
        )


# ----------------------------------------------------------------------------------------------------------- boot menus


def _boot_changes(iso: Path, seen: Inspection, arguments: tuple[str, ...]) -> tuple[dict[str, bytes], list[Patch]]:
    """Boot menus to be replaced on the ISO, and what changes inside its EFI images."""
    with iso.open("rb") as file:
        blocks = FileBlocks(file, file.seek(0, os.SEEK_END), _MOST_READ)
        primary = read_descriptors(blocks).primary
        assert primary is not None  # _check has seen to it
        files = Files([IsoTree(blocks, primary, "iso")])
        menus = _grub_menus(files, arguments) | _isolinux_menus(files, arguments)
        patches: list[Patch] = []
        for boot in seen.boots:
            if boot.platform == "UEFI":
                file.seek(boot.lba * SECTOR)
                patches += _in_efi_image(boot.lba * SECTOR, file.read(_MOST_EFI), arguments)
    if not menus and not patches:
        raise InputError(
            f"{seen.name} has no boot menu of a kind that is known here.",
            detail="Neither a grub.cfg nor an isolinux.cfg with an entry that installs was found, so that it would not "
            "start by itself.",
            remedy="Go on without an answer file and install by hand.",
            action="step:iso.path",
        )
    return menus, patches


def _grub_menus(files: Files, arguments: tuple[str, ...]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path in _GRUB:
        if (text := _text(files, path)) and (edited := bootmenu.edit_grub(text, arguments)):
            found[_exact(files, path)] = edited.encode("utf-8", "surrogateescape")
    return found


def _isolinux_menus(files: Files, arguments: tuple[str, ...]) -> dict[str, bytes]:
    for folder in _ISOLINUX:
        begin = f"{folder}/" if folder else ""
        main = next((name for name in ("isolinux.cfg", "syslinux.cfg") if files.has(begin + name)), None)
        if main is None:
            continue
        names = [name for name in files.names(folder) if name.lower().endswith(".cfg")][:64]
        texts = {name.lower(): _text(files, begin + name) for name in names}
        edited = bootmenu.edit_isolinux(texts, arguments, main)
        if edited:
            return {
                _exact(files, begin + name): text.encode("utf-8", "surrogateescape") for name, text in edited.items()
            }
    return {}


def _text(files: Files, path: str) -> str:
    found = files.find(path)
    if found is None or found[1].folder or found[1].size > _MOST_MENU:
        return ""
    return found[0].read(found[1], 0, _MOST_MENU).decode("utf-8", "surrogateescape")


def _exact(files: Files, path: str) -> str:
    """The path as it is written on the ISO."""
    parts = path.split("/")
    return "/".join(
        found[1].name if (found := files.find("/".join(parts[: number + 1]))) else part
        for number, part in enumerate(parts)
    )


def _in_efi_image(offset: int, image: bytes, arguments: tuple[str, ...]) -> list[Patch]:
    """Patches of a FAT image that has a boot menu of its own; none where it has only a pointer to the ISO's."""
    try:
        fat = Fat(image)
        for path, entry in list(fat.walk()):
            if not path.lower().endswith(".cfg") or entry.size > _MOST_MENU:
                continue
            text = fat.read(entry).decode("utf-8", "surrogateescape")
            if edited := bootmenu.edit_grub(text, arguments):
                fat.replace(path, edited.encode("utf-8", "surrogateescape"))
    except FatError as error:
        if str(error) == "it has no room left":
            raise InputError(
                "The boot menu that UEFI reads has no room for the answers' place.",
                detail="It lies in a file system of its own on the ISO, which is full.",
                remedy="Go on without an answer file and install by hand.",
                action="step:iso.path",
            ) from error
        return []  # not FAT: nothing that we could change, and nothing that is ours to judge
    patches = (
        Patch(offset + at, bytes(fat.image[at : at + SECTOR]))
        for at in range(0, len(image), SECTOR)
        if fat.image[at : at + SECTOR] != image[at : at + SECTOR]
    )
    return list(patches)


# -------------------------------------------------------------------------------------------------------------- session


def _session(program: str, iso: Path, files: dict[str, bytes], start: int, *, joliet: bool) -> bytes:
    """What xorriso writes behind the original: folders, the new files, descriptors of its own."""
    with tempfile.TemporaryDirectory(prefix="isowright-") as name:
        folder = Path(name)
        out = folder / "session"
        command = [program, "-no_rc", "-abort_on", "FAILURE", "-iso_rr_pattern", "off", "-overwrite", "on"]
        command += ["-indev", f"stdio:{iso.absolute()}", "-joliet", "on" if joliet else "off"]
        command += ["-grow_blindly", str(start), "-outdev", f"stdio:{out}", "-boot_image", "any", "keep"]
        for number, (path, data) in enumerate(sorted(files.items())):
            local = folder / f"file{number}"
            local.write_bytes(data)
            local.chmod(0o444)
            os.utime(local, (_EPOCH, _EPOCH))
            command += [
                "-map",
                str(local),
                f"/{path}",
                "-chown",
                "0",
                f"/{path}",
                "--",
                "-chgrp",
                "0",
                f"/{path}",
                "--",
            ]
        # Folders that are new, or have something new in them, would have the time of now.
        folders = {"/", *(f"/{parent}" for path in files for parent in PurePosixPath(path).parents if parent.name)}
        command += ["-alter_date", "b", f"={_EPOCH}", *sorted(folders), "--"]
        command += ["-padding", "0", "-commit", "-end"]
        env = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        env |= {"LC_ALL": "C.UTF-8", "TZ": "UTC", "SOURCE_DATE_EPOCH": str(_EPOCH)}
        try:
            done = subprocess.run(  # noqa: S603 (no shell; the program is xorriso by its whole path)
                command,
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _failed(f"It has not ended within {_SECONDS} s.") from error
        if done.returncode or not out.is_file() or not SECTOR <= out.stat().st_size <= _MOST_ADDED:
            lines = [line for line in done.stderr.splitlines() if "FAILURE" in line or "FATAL" in line]
            raise _failed(" ".join(lines[-2:])[-400:] or "It has written nothing.")
        data = out.read_bytes()
        return data + bytes(-len(data) % SECTOR)


_EPOCH = 1_600_000_000  # times on the new session: a constant, so that it is the same each time


def _failed(told: str) -> AppError:
    return AppError(
        "The answers could not be put onto the ISO.",
        detail=f"xorriso: {told} The ISO file itself is as it was.",
        remedy="Check that the ISO is whole, and that there is room for temporary files; or go on without answers.",
        action="step:iso.path",
    )


def _head(source: Source, tail: bytes, start: int) -> Patch:
    """The descriptors at the beginning: the original's, with the folders, and thereby the files, of the session."""
    new = _descriptors(tail)
    old = _descriptors(_read(source, 0, (FIRST + 64) * SECTOR))
    if not new or len(new) > len(old):
        raise _failed("It has written descriptors that do not fit.")
    blocks = struct.pack("<I", start + len(tail) // SECTOR), struct.pack(">I", start + len(tail) // SECTOR)
    out = bytearray()
    for sector in new:
        joined = bytearray(sector)
        before = next((one for one in old if one[0] in (1, 2) and one[:8] == sector[:8]), None)
        if sector[0] in (1, 2) and before is not None:
            joined = bytearray(before)
            joined[132:190] = sector[132:190]  # path tables and root folder
            joined[80:88] = b"".join(blocks)
            if b"ISO MD5SUM" in joined[883:1395]:  # of the whole original (implantisomd5): not true any more
                joined[883:1395] = b" " * 512
        out += joined
    return Patch(FIRST * SECTOR, bytes(out))


def _descriptors(data: bytes) -> list[bytes]:
    """Up to and with the one that ends them."""
    found: list[bytes] = []
    for at in range(FIRST * SECTOR, len(data), SECTOR):
        sector = data[at : at + SECTOR]
        if sector[1:6] != b"CD001":
            break
        found.append(sector)
        if sector[0] == 255:
            break
    return found


def _read(source: Source, offset: int, length: int) -> bytes:
    out = bytearray()
    while len(out) < length and offset + len(out) < source.size:
        out += source.at(offset + len(out), length - len(out))
    return bytes(out)
