"""What firmware starts: the El Torito catalogue, and the partition tables that make an ISO bootable from USB sticks."""

from __future__ import annotations

import struct

from isowright.iso.reader import Blocks
from isowright.iso.report import Boot, Emulation, Platform
from isowright.iso.volume import SECTOR

_PLATFORMS: dict[int, Platform] = {0: "BIOS", 1: "PowerPC", 2: "Mac", 0xEF: "UEFI"}
_EMULATIONS: dict[int, Emulation] = {
    0: "none",
    1: "1.2 MB floppy",
    2: "1.44 MB floppy",
    3: "2.88 MB floppy",
    4: "hard disk",
}
_MOST_ENTRIES = 64
_LAST_HEADER, _HEADER, _EXTENSION = 0x91, 0x90, 0x44


def read_catalog(blocks: Blocks, sector: int) -> tuple[Boot, ...] | None:
    """All entries of all sections; None if there is no valid catalogue (El Torito 1.0, §2)."""
    data = blocks.read(sector * SECTOR, SECTOR)
    if len(data) < 64 or data[0] != 1 or data[30:32] != b"\x55\xaa" or sum(struct.unpack("<16H", data[:32])) & 0xFFFF:
        return None
    boots = [_entry(data[32:64], data[1])]
    at = 64
    last = False
    while not last and at + 32 <= len(data) and data[at] in (_HEADER, _LAST_HEADER):
        last = data[at] == _LAST_HEADER
        platform, count = data[at + 1], struct.unpack_from("<H", data, at + 2)[0]
        at += 32
        while count and at + 32 <= len(data) and len(boots) < _MOST_ENTRIES:
            if data[at] != _EXTENSION:
                boots.append(_entry(data[at : at + 32], platform))
                count -= 1
            at += 32
        while at + 32 <= len(data) and data[at] == _EXTENSION:
            at += 32
    return tuple(boots)


def _entry(raw: bytes, platform: int) -> Boot:
    sectors, lba = struct.unpack_from("<HI", raw, 6)
    return Boot(
        platform=_PLATFORMS.get(platform, "other"),
        emulation=_EMULATIONS.get(raw[1] & 0x0F, "other"),
        bootable=raw[0] == 0x88,
        sectors=sectors,
        lba=lba,
    )


def is_isohybrid(blocks: Blocks) -> bool:
    """Whether the system area holds a partition table, so that the ISO starts from a stick too."""
    start = blocks.read(0, 1024)
    if start[512:520] == b"EFI PART":
        return True
    used = (
        any(start[at + 4] and start[at + 12 : at + 16] != b"\0\0\0\0" for at in range(446, 510, 16))
        if len(start) >= 512
        else False
    )
    return used and start[510:512] == b"\x55\xaa"
