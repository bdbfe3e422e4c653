"""Folders of UDF (ECMA-167 parts 3 and 4), as Windows discs have them: one partition, no metadata file."""

from __future__ import annotations

import struct

from isowright.iso.reader import Blocks
from isowright.iso.tree import MOST_FOLDER_BYTES, MOST_NAMES, Node
from isowright.iso.volume import SECTOR, printable

_ANCHOR, _PARTITION, _LOGICAL, _END = 2, 5, 6, 8  # tags of descriptors
_FILE_SET, _NAME, _FILE, _EXTENDED_FILE = 256, 257, 261, 266
_MOST_DESCRIPTORS = 32
_MOST_EXTENTS = 256
_IS_FOLDER, _DELETED, _PARENT = 2, 4, 8  # characteristics of a name


class UdfTree:
    """Nothing in it if it is of a kind that is not understood."""

    kind = "udf"

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self.volume_id = ""
        self.end = 0
        """Where the partition ends, in bytes; 0 = not told."""
        self._start = 0
        self._files: dict[int, tuple[int, tuple[tuple[int, int], ...], bytes | None]] = {}
        self._root = self._find_root()

    def root(self) -> Node | None:
        return self._root

    def children(self, folder: Node) -> tuple[Node, ...]:
        data = self.read(folder, 0, min(self.size(folder), MOST_FOLDER_BYTES))
        found: list[Node] = []
        at = 0
        while at + 38 <= len(data) and len(found) < MOST_NAMES and _tag(data, at) == _NAME:
            traits, length = data[at + 18], data[at + 19]
            block = struct.unpack_from("<I", data, at + 24)[0]
            begin = at + 38 + struct.unpack_from("<H", data, at + 36)[0]
            if not traits & (_DELETED | _PARENT) and length:
                name = _text(data[begin : begin + length])
                found.append(Node(name, bool(traits & _IS_FOLDER), self._start + block * SECTOR, -1))
            at = (begin + length + 3) & ~3
        return tuple(found)

    def size(self, file: Node) -> int:
        return self._file(file.at)[0]

    def read(self, file: Node, offset: int, length: int) -> bytes:
        size, extents, inside = self._file(file.at)
        length = min(length, size - offset, MOST_FOLDER_BYTES)
        if inside is not None:
            return inside[offset : offset + max(length, 0)]
        parts: list[bytes] = []
        for start, extent in extents:
            if length <= 0:
                break
            if offset >= extent:
                offset -= extent
                continue
            part = self._blocks.read(start + offset, min(length, extent - offset))
            if not part:
                break
            parts.append(part)
            length -= len(part)
            offset = 0
        return b"".join(parts)

    def _file(self, at: int) -> tuple[int, tuple[tuple[int, int], ...], bytes | None]:
        """Size, extents (start in bytes, length), and the content where the entry itself holds it."""
        if at not in self._files:
            self._files[at] = self._file_entry(self._blocks.read(at, SECTOR))
        return self._files[at]

    def _file_entry(self, entry: bytes) -> tuple[int, tuple[tuple[int, int], ...], bytes | None]:
        tag = _tag(entry, 0)
        if len(entry) < SECTOR or tag not in (_FILE, _EXTENDED_FILE):
            return 0, (), None
        flags, size = struct.unpack_from("<H20xQ", entry, 34)
        base = 168 if tag == _FILE else 208
        attributes, length = struct.unpack_from("<II", entry, base)
        area = entry[base + 8 + attributes : base + 8 + attributes + length]
        if flags & 7 == 3:
            return min(size, len(area)), (), area
        step = {0: 8, 1: 16}.get(flags & 7, 0)
        extents: list[tuple[int, int]] = []
        for at in range(0, len(area) - step + 1 if step else 0, step or 1):
            raw, block = struct.unpack_from("<II", area, at)
            if raw >> 30 == 0 and raw and len(extents) < _MOST_EXTENTS:  # recorded
                extents.append((self._start + block * SECTOR, raw & 0x3FFFFFFF))
        return size, tuple(extents), None

    def _find_root(self) -> Node | None:
        anchor = self._blocks.read(256 * SECTOR, SECTOR)
        if _tag(anchor, 0) != _ANCHOR:
            return None
        length, place = struct.unpack_from("<II", anchor, 16)
        partition = logical = b""
        for number in range(min(length // SECTOR, _MOST_DESCRIPTORS)):
            sector = self._blocks.read((place + number) * SECTOR, SECTOR)
            tag = _tag(sector, 0)
            if tag == _PARTITION and not partition:
                partition = sector
            elif tag == _LOGICAL and not logical:
                logical = sector
            elif tag == _END or not sector:
                break
        if len(partition) < SECTOR or len(logical) < SECTOR:
            return None
        first, count = struct.unpack_from("<II", partition, 188)
        self._start, self.end = first * SECTOR, (first + count) * SECTOR
        self.volume_id = printable(_text(logical[84 : 84 + min(logical[211], 127)]))
        if struct.unpack_from("<I", logical, 212)[0] != SECTOR or logical[440] != 1:
            return None
        files = self._blocks.read(self._start + struct.unpack_from("<I", logical, 252)[0] * SECTOR, SECTOR)
        if _tag(files, 0) != _FILE_SET or len(files) < SECTOR:
            return None
        return Node("", True, self._start + struct.unpack_from("<I", files, 404)[0] * SECTOR, -1)


def _tag(data: bytes, at: int) -> int:
    """ECMA-167 3/7.2: the tag's number if its checksum is right, else 0."""
    tag = data[at : at + 16]
    if len(tag) < 16 or (sum(tag) - tag[4]) & 0xFF != tag[4]:
        return 0
    return int.from_bytes(tag[:2], "little")


def _text(raw: bytes) -> str:
    """OSTA compressed Unicode: the first byte tells how wide the characters are."""
    if not raw:
        return ""
    text = raw[1:].decode("utf-16-be", "replace") if raw[0] == 16 else raw[1:].decode("latin-1")
    return text.split("\0", 1)[0].strip()
