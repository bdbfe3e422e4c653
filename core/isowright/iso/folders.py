"""Folders of ISO 9660 (ECMA-119 §9.1), with Joliet's or Rock Ridge's names where there are any."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from isowright.iso.reader import Blocks
from isowright.iso.tree import MOST_FOLDER_BYTES, MOST_NAMES, Node
from isowright.iso.volume import SECTOR, Volume

_FOLDER, _MORE = 0x02, 0x80  # flags of a record: it is a folder; the file goes on in the next record
_MOST_FIELDS = 48  # of one record, continued ones included; writers need ten
_CONTINUED = 8  # as how many fields a jump to where they go on counts


class IsoTree:
    """`kind`: "iso" or "joliet"."""

    def __init__(self, blocks: Blocks, volume: Volume, kind: str) -> None:
        self.kind = kind
        self._blocks = blocks
        self._block = volume.block
        self._encoding = "utf-16-be" if kind == "joliet" else "ascii"
        self._root = _record(volume.root, self._block)
        self._skip = 0
        self.rock_ridge = False
        if kind == "iso" and self._root is not None:
            self._look_for_rock_ridge(self._root)

    def root(self) -> Node | None:
        return self._root

    def children(self, folder: Node) -> tuple[Node, ...]:
        found: list[Node] = []
        going_on = False
        for raw in self._records(folder):
            node = _record(raw, self._block)
            if node is None or (raw[32] == 1 and raw[33] in (0, 1)):  # itself and its parent
                continue
            if going_on and found:  # the extents of a large file follow one another
                found[-1] = found[-1]._replace(size=found[-1].size + node.size)
            else:
                found.append(node._replace(name=self._name(raw)))
            going_on = bool(raw[25] & _MORE)
        return tuple(found)

    def size(self, file: Node) -> int:
        return file.size

    def read(self, file: Node, offset: int, length: int) -> bytes:
        return self._blocks.read(file.at + offset, min(length, file.size - offset))

    def _records(self, folder: Node) -> Iterator[bytes]:
        count = 0
        for start in range(0, min(folder.size, MOST_FOLDER_BYTES), SECTOR):
            sector = self._blocks.read(folder.at + start, SECTOR)
            at = 0
            while at < len(sector) and (length := sector[at]) >= 34:
                record = sector[at : at + length]
                if len(record) < length or 33 + record[32] > length:
                    return  # no record: what follows is none either
                yield record
                count += 1
                if count >= MOST_NAMES:
                    return
                at += length
            if not sector:
                return

    def _name(self, raw: bytes) -> str:
        if self.rock_ridge and (name := self._rock_ridge_name(raw)):
            return name
        plain = raw[33 : 33 + raw[32]].decode(self._encoding, "replace")
        return plain.split(";", 1)[0].rstrip(".")

    def _look_for_rock_ridge(self, root: Node) -> None:
        own = next(self._records(root), b"")
        area = own[33 + own[32] + (1 - own[32] % 2) :] if own else b""
        if area[:2] == b"SP" and area[4:6] == b"\xbe\xef" and len(area) >= 7:
            self._skip = area[6]
            self.rock_ridge = True

    def _rock_ridge_name(self, raw: bytes) -> str:
        """IEEE P1282 §4.1.4: names in NM fields, which may go on in another place."""
        area = raw[33 + raw[32] + (1 - raw[32] % 2) + self._skip :]
        name = bytearray()
        left = _MOST_FIELDS
        while left > 0:
            further = None
            at = 0
            while at + 4 <= len(area) and (length := area[at + 2]) >= 4 and left > 0:
                left -= 1
                field = area[at : at + length]
                if field[:2] == b"NM" and len(field) >= 5:
                    name += field[5:]
                elif field[:2] == b"CE" and len(field) >= 28:
                    further = struct.unpack_from("<I4xI4xI", field, 4)
                elif field[:2] == b"ST":
                    break
                at += length
            if further is None:
                break
            left -= _CONTINUED
            block, offset, length = further
            area = self._blocks.read(block * self._block + offset, min(length, SECTOR))
        return name[:255].decode("utf-8", "replace")


def _record(raw: bytes, block: int) -> Node | None:
    if len(raw) < 34:
        return None
    extent, size = struct.unpack_from("<I4xI", raw, 2)
    return Node("", bool(raw[25] & _FOLDER), (extent + raw[1]) * block, size)
