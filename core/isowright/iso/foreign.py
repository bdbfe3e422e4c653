"""What a file is that was saved as .iso and is none: told by its first bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from isowright.iso.reader import Blocks

_FIRST_DESCRIPTOR = 34 * 1024
_PRINTABLE = bytes(range(32, 127)) + b"\t\r\n"


class Foreign(NamedTuple):
    """kind: "a zip archive"; remedy: what to do with it."""

    code: str
    kind: str
    remedy: str


_UNPACK = "Unpack it, and choose the ISO that is in it."
_DISK = (
    "It is a finished disk, no installer: import it into the image service as an image file, or choose the "
    "system's installer ISO."
)
_AGAIN = "Download the ISO again, and compare its SHA-256 with the one that its makers publish."
_CONVERT = "Convert it to an ISO (with bchunk or iat), or choose the ISO."
_FROM = "Choose the ISO that it is from."
_PAGE = (
    "Open the download page in a browser and take the link of the file itself; where it wants a sign-in, sign in first."
)

_MAGICS: tuple[tuple[int, bytes, Foreign], ...] = (
    (0, b"PK\x03\x04", Foreign("archive", "a zip archive", _UNPACK)),
    (0, b"7z\xbc\xaf\x27\x1c", Foreign("archive", "a 7z archive", _UNPACK)),
    (0, b"Rar!\x1a\x07", Foreign("archive", "a rar archive", _UNPACK)),
    (0, b"\x1f\x8b", Foreign("archive", "compressed with gzip", _UNPACK)),
    (0, b"BZh", Foreign("archive", "compressed with bzip2", _UNPACK)),
    (0, b"\xfd7zXZ\0", Foreign("archive", "compressed with xz", _UNPACK)),
    (0, b"\x28\xb5\x2f\xfd", Foreign("archive", "compressed with zstd", _UNPACK)),
    (257, b"ustar", Foreign("archive", "a tar archive, such as an OVA", _UNPACK)),
    (0, b"QFI\xfb", Foreign("disk-image", "a qcow2 disk image", _DISK)),
    (0, b"KDMV", Foreign("disk-image", "a vmdk disk image", _DISK)),
    (0, b"COWD", Foreign("disk-image", "a vmdk disk image", _DISK)),
    (0, b"# Disk DescriptorFile", Foreign("disk-image", "the description of a vmdk disk image", _DISK)),
    (0, b"vhdxfile", Foreign("disk-image", "a vhdx disk image", _DISK)),
    (0, b"conectix", Foreign("disk-image", "a vhd disk image", _DISK)),
    (64, b"\x7f\x10\xda\xbe", Foreign("disk-image", "a vdi disk image", _DISK)),
    (0, b"MSWIM\0\0\0", Foreign("windows-image", "a Windows image file (WIM or ESD)", _FROM)),
    (0, b"hsqs", Foreign("file-system", "a squashfs file system", _FROM)),
    (0, b"ER\x02\0", Foreign("disk-image", "an Apple disk image", "Choose the system's installer ISO.")),
    (0, b"\0" + b"\xff" * 10 + b"\0", Foreign("raw-cd", "a raw copy of a CD, as in .bin with .cue", _CONVERT)),
    (0, b"%PDF-", Foreign("document", "a PDF document", _AGAIN)),
    (0, b"MZ", Foreign("program", "a Windows program, such as a downloader", "Run it to get the ISO.")),
    (0, b"\x7fELF", Foreign("program", "a Linux program", "Choose the system's installer ISO.")),
    (0, b"d8:announce", Foreign("torrent", "a torrent file", "A torrent client downloads the ISO with it.")),
    (0, b"version https://git-lfs", Foreign("pointer", "a Git LFS pointer", "Fetch the file itself: git lfs pull.")),
)  # fmt: skip
_TEXTS: tuple[tuple[re.Pattern[bytes], Foreign], ...] = (
    (
        re.compile(rb"\s*(?:<!--.{0,512}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL),
        Foreign("web-page", "a web page (HTML)", _PAGE),
    ),
    (re.compile(rb"\s*<(?:\?xml|Error>)"), Foreign("web-page", "an XML text, such as a server's error", _PAGE)),
    (re.compile(rb'\s*\{\s*"'), Foreign("web-page", "a JSON text, such as a server's error", _PAGE)),
    (
        re.compile(rb"[0-9a-fA-F]{32,128}[ \t]+[*]?\S"),
        Foreign("checksums", "a list of checksums", "Choose the ISO that stands beside it."),
    ),
)
_RAW_DISK = Foreign("disk-image", "a raw disk image, or an image for USB sticks", _DISK)
_VHD = Foreign("disk-image", "a vhd disk image", _DISK)
_STUMP = Foreign("truncated", "the very beginning of a file: an ISO's first descriptor comes after 32 KiB", _AGAIN)
_BLANK = Foreign("blank", "nothing but zeros: a download that has reserved its place and never come", _AGAIN)
_TEXT = Foreign("text", "a text file", _AGAIN)
UNKNOWN = Foreign("unknown-format", "of a format that is not known here", _AGAIN)


def recognize(blocks: Blocks) -> Foreign:
    """Of a file that has no volume descriptors."""
    start = blocks.read(0, 4096)
    for offset, magic, foreign in _MAGICS:
        if start[offset : offset + len(magic)] == magic:
            return foreign
    for pattern, foreign in _TEXTS:
        if pattern.match(start.removeprefix(b"\xef\xbb\xbf")):
            return foreign
    return _by_look(blocks, start)


def _by_look(blocks: Blocks, start: bytes) -> Foreign:
    table = start[510:512] == b"\x55\xaa" and any(start[446:510])
    blank = not any(start)
    looks: tuple[tuple[Callable[[], bool], Foreign], ...] = (
        (lambda: blocks.size < _FIRST_DESCRIPTOR and (blank or table), _STUMP),
        (lambda: start[512:520] == b"EFI PART" or table, _RAW_DISK),
        (lambda: blocks.read(blocks.size - 512, 8) == b"conectix", _VHD),
        (lambda: blank and not any(blocks.read(32 * 1024, 64 * 1024)), _BLANK),
        (lambda: not start.translate(None, _PRINTABLE), _TEXT),
    )
    return next((foreign for applies, foreign in looks if applies()), UNKNOWN)
