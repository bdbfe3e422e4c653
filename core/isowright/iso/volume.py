"""The volume descriptors of ISO 9660 (ECMA-119 §8), and the recognition sequence of UDF (ECMA-167 part 2) behind."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from isowright.iso.reader import Blocks

SECTOR = 2048
FIRST = 16  # sector of the first descriptor
_MOST = 64  # descriptors looked at
_JOLIET = (b"%/@", b"%/C", b"%/E")
_UDF = (b"BEA01", b"NSR02", b"NSR03", b"TEA01", b"BOOT2")


@dataclass(frozen=True)
class Volume:
    """What one descriptor tells; `root`: the 34 bytes of the root folder's record; `blocks` of `block` bytes."""

    volume_id: str
    system_id: str
    publisher: str
    application: str
    created: str
    blocks: int
    block: int
    root: bytes


@dataclass(frozen=True)
class Descriptors:
    """`catalog`: sector of the El Torito catalogue, None = there is none."""

    primary: Volume | None = None
    joliet: Volume | None = None
    catalog: int | None = None
    udf: bool = False


def read_descriptors(blocks: Blocks) -> Descriptors:
    """All of them, up to the first sector that is none."""
    primary = joliet = catalog = None
    udf = False
    for number in range(FIRST, FIRST + _MOST):
        sector = blocks.read(number * SECTOR, SECTOR)
        name = sector[1:6]
        if name in _UDF:
            udf = udf or name.startswith(b"NSR")
        elif name != b"CD001" or len(sector) < SECTOR:
            break
        elif sector[0] == 0 and sector[7:30] == b"EL TORITO SPECIFICATION":
            catalog = catalog if catalog is not None else struct.unpack_from("<I", sector, 0x47)[0]
        elif sector[0] == 1 and primary is None:
            primary = _volume(sector, "ascii")
        elif sector[0] == 2 and joliet is None and sector[88:91] in _JOLIET:
            joliet = _volume(sector, "utf-16-be")
    return Descriptors(primary, joliet, catalog, udf)


def _volume(sector: bytes, encoding: str) -> Volume:
    block: int = struct.unpack_from("<H", sector, 128)[0]
    return Volume(
        volume_id=clean(sector[40:72], encoding),
        system_id=clean(sector[8:40], encoding),
        publisher=clean(sector[318:446], encoding),
        application=clean(sector[574:702], encoding),
        created=_date(sector[813:830]),
        blocks=struct.unpack_from("<I", sector, 80)[0],
        block=block if block in (512, 1024, 2048) else SECTOR,
        root=sector[156:190],
    )


def clean(raw: bytes, encoding: str = "ascii") -> str:
    """A padded text field, fit to be shown."""
    if encoding == "ascii":
        encoding = "utf-8"  # which some write there
    else:
        raw = raw[: len(raw) // 2 * 2]
    return printable(raw.decode(encoding, "replace"))


def printable(text: str) -> str:
    """Without control characters and others that change how the rest is shown."""
    text = text.split("\0", 1)[0]
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def _date(raw: bytes) -> str:
    """ "2024-08-31 10:38:05" of ECMA-119 §8.4.26.1's digits, "" if it is not set."""
    text = raw[:14].decode("ascii", "replace")
    if not (text.isascii() and text.isdigit() and len(text) == 14) or text.startswith("0000"):
        return ""
    return f"{text[:4]}-{text[4:6]}-{text[6:8]} {text[8:10]}:{text[10:12]}:{text[12:14]}"
