"""What a Windows image file tells of itself: its header (Microsoft's "Windows Imaging File Format") points at XML."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

_MAGIC = b"MSWIM\0\0\0"
_MOST = 192 * 1024  # of the XML
_ARCHITECTURES = {"0": "i386", "5": "armhf", "6": "ia64", "9": "x86_64", "12": "aarch64"}


@dataclass(frozen=True)
class WindowsImage:
    """Of the first edition in it. server: None = not told."""

    build: int
    server: bool | None
    architecture: str
    editions: int


def read_wim(read: Callable[[int, int], bytes]) -> WindowsImage | None:
    """`read` gives bytes of the file at an offset. None if it is no such file or does not tell."""
    header = read(0, 208)
    if len(header) < 96 or not header.startswith(_MAGIC):
        return None
    packed, offset = struct.unpack_from("<QQ", header, 72)
    size = packed & 0xFF_FFFF_FFFF_FFFF
    if not 0 < size <= _MOST:
        return None
    text = read(offset, size).decode("utf-16", "replace")
    build = re.search(r"<BUILD>(\d{4,6})</BUILD>", text)
    if build is None:
        return None
    kind = re.search(r"<INSTALLATIONTYPE>([^<]{1,40})</", text)
    arch = re.search(r"<ARCH>(\d{1,2})</ARCH>", text)
    return WindowsImage(
        build=int(build.group(1)),
        server=kind.group(1).lower().startswith("server") if kind else None,
        architecture=_ARCHITECTURES.get(arch.group(1), "") if arch else "",
        editions=len(re.findall(r"<IMAGE INDEX=", text)),
    )
