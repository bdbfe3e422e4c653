"""Changing a text file inside a FAT file system, such as the one in an ISO that UEFI starts from. Nothing is mounted.

Some makers keep a whole boot menu in there (Red Hat's family, SUSE), and not only a pointer to the one on the ISO.
Source of the layout: Microsoft, FAT: General Overview of On-Disk Format, 1.03.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

_MOST_ENTRIES = 4096
_MOST_FOLDERS = 256
_FOLDER, _VOLUME, _LONG_NAME = 0x10, 0x08, 0x0F


class FatError(Exception):
    """It is no FAT file system, a damaged one, or a full one."""


class Entry(NamedTuple):
    """A file or folder: `at`, where its 32 bytes stand in the image; `size` in bytes."""

    name: str
    folder: bool
    cluster: int
    size: int
    at: int


class Fat:
    """Over the bytes of an image; `image` holds what `replace` has changed."""

    def __init__(self, image: bytes) -> None:
        self.image = bytearray(image)
        if len(image) < 512 or image[510:512] != b"\x55\xaa":
            raise FatError("it has no boot sector")
        sector, per_cluster, reserved, copies, roots, total = struct.unpack_from("<HBHBHH", image, 11)
        self._sector: int = sector
        self._copies: int = copies
        table: int = struct.unpack_from("<H", image, 22)[0]
        (total32,) = struct.unpack_from("<I", image, 32)
        self._wide = table == 0
        if self._wide:
            table = struct.unpack_from("<I", image, 36)[0]
        if self._sector not in (512, 1024, 2048, 4096) or not per_cluster or not reserved or not self._copies:
            raise FatError("its boot sector makes no sense")
        self._cluster: int = self._sector * per_cluster
        self._table_at = reserved * self._sector
        self._table = table * self._sector
        self._roots_at = self._table_at + self._copies * self._table
        self._roots = roots * 32
        self._data_at: int = self._roots_at + -(-self._roots // self._sector) * self._sector
        told = ((total or total32) * self._sector - self._data_at) // self._cluster
        self._bits = 32 if self._wide else 12 if told < 4085 else 16
        # An image may be shorter than it says, and so may its table.
        whole = (len(image) - self._data_at) // self._cluster
        self._count = min(told, whole, self._table * 8 // self._bits - 2)
        if self._count <= 0:
            raise FatError("it has no room for files")
        (self._root,) = struct.unpack_from("<I", image, 44) if self._wide else (0,)

    def find(self, path: str) -> Entry | None:
        """Case ignored."""
        found: Entry | None = Entry("", True, self._root, 0, 0)
        for part in path.lower().split("/"):
            if found is None or not found.folder:
                return None
            found = next((entry for entry in self.children(found) if entry.name.lower() == part), None)
        return found

    def walk(self) -> Iterator[tuple[str, Entry]]:
        """All files, as (path, entry). A folder that is met again is damage, and is not gone into."""
        folders = [("", Entry("", True, self._root, 0, 0))]
        seen: set[int] = set()
        while folders:
            path, folder = folders.pop()
            for entry in self.children(folder):
                if not entry.folder:
                    yield path + entry.name, entry
                elif entry.cluster not in seen and len(seen) < _MOST_FOLDERS:
                    seen.add(entry.cluster)
                    folders.append((f"{path}{entry.name}/", entry))

    def children(self, folder: Entry) -> list[Entry]:
        found: list[Entry] = []
        long_name = ""
        for at in self._slots(folder):
            raw = self.image[at : at + 32]
            if len(raw) < 32 or raw[0] == 0:
                break
            if raw[0] == 0xE5:
                long_name = ""
            elif raw[11] == _LONG_NAME:
                units = bytes(raw[1:11] + raw[14:26] + raw[28:32]).decode("utf-16-le", "replace")
                long_name = units.split("\0", 1)[0] + ("" if raw[0] & 0x40 else long_name)
            else:
                high, low = struct.unpack_from("<H", raw, 20)[0], struct.unpack_from("<H", raw, 26)[0]
                if not raw[11] & _VOLUME and raw[0] != ord("."):  # itself, its parent
                    cluster = low | (high << 16 if self._wide else 0)
                    size = struct.unpack_from("<I", raw, 28)[0]
                    found.append(Entry(long_name or _short(raw), bool(raw[11] & _FOLDER), cluster, size, at))
                long_name = ""
        return found

    def read(self, entry: Entry) -> bytes:
        data = b"".join(bytes(self.image[at : at + self._cluster]) for at in map(self._at, self._chain(entry.cluster)))
        return data[: entry.size]

    def replace(self, path: str, data: bytes) -> None:
        """Gives the file this content. Raises FatError if there is no such file, or no room."""
        entry = self.find(path)
        if entry is None or entry.folder:
            raise FatError(f"it has no file {path}")
        chain = self._chain(entry.cluster)
        wanted = max(1, -(-len(data) // self._cluster))
        if wanted > len(chain):
            free = [number for number in range(2, self._count + 2) if self._next(number) == 0]
            more = free[: wanted - len(chain)]
            if len(chain) + len(more) < wanted:
                raise FatError("it has no room left")
            chain += more
        for one, following in zip(chain[:wanted], [*chain[1:wanted], -1], strict=True):
            self._set(one, following)
        for unused in chain[wanted:]:
            self._set(unused, 0)
        for number, at in enumerate(map(self._at, chain[:wanted])):
            piece = data[number * self._cluster : (number + 1) * self._cluster]
            self.image[at : at + self._cluster] = piece.ljust(self._cluster, b"\0")
        struct.pack_into("<H", self.image, entry.at + 26, chain[0] & 0xFFFF)
        if self._wide:
            struct.pack_into("<H", self.image, entry.at + 20, chain[0] >> 16)
        struct.pack_into("<I", self.image, entry.at + 28, len(data))

    def _slots(self, folder: Entry) -> Iterator[int]:
        if folder.cluster == 0 and not self._wide:
            yield from range(self._roots_at, self._roots_at + self._roots, 32)
            return
        left = _MOST_ENTRIES
        for at in map(self._at, self._chain(folder.cluster or self._root)):
            for slot in range(at, at + self._cluster, 32):
                if not left:
                    raise FatError("a folder in it is too long")
                left -= 1
                yield slot

    def _at(self, cluster: int) -> int:
        return self._data_at + (cluster - 2) * self._cluster

    def _chain(self, cluster: int) -> list[int]:
        chain: list[int] = []
        while 2 <= cluster < self._count + 2:
            chain.append(cluster)
            if len(chain) > self._count:
                raise FatError("it is damaged: a file in it has no end")
            cluster = self._next(cluster)
        return chain

    def _next(self, cluster: int) -> int:
        if self._bits == 12:
            at = self._table_at + cluster * 3 // 2
            pair: int = struct.unpack_from("<H", self.image, at)[0]
            return pair >> 4 if cluster & 1 else pair & 0xFFF
        if self._bits == 16:
            short: int = struct.unpack_from("<H", self.image, self._table_at + cluster * 2)[0]
            return short
        whole: int = struct.unpack_from("<I", self.image, self._table_at + cluster * 4)[0]
        return whole & 0x0FFFFFFF

    def _set(self, cluster: int, following: int) -> None:
        """In every copy of the table; -1 = the last one."""
        for copy in range(self._copies):
            base = self._table_at + copy * self._table
            if self._bits == 12:
                at = base + cluster * 3 // 2
                (pair,) = struct.unpack_from("<H", self.image, at)
                value = following & 0xFFF
                pair = (pair & 0x000F) | value << 4 if cluster & 1 else (pair & 0xF000) | value
                struct.pack_into("<H", self.image, at, pair)
            elif self._bits == 16:
                struct.pack_into("<H", self.image, base + cluster * 2, following & 0xFFFF)
            else:
                at = base + cluster * 4
                (old,) = struct.unpack_from("<I", self.image, at)
                struct.pack_into("<I", self.image, at, (old & 0xF0000000) | (following & 0x0FFFFFFF))


def _short(raw: bytearray) -> str:
    """Of 8 and 3 letters; Windows NT's marks tell which of the two parts is in small ones."""
    base, extension = raw[:8].decode("cp437").rstrip(), raw[8:11].decode("cp437").rstrip()
    base = base.lower() if raw[12] & 0x08 else base
    extension = extension.lower() if raw[12] & 0x10 else extension
    return f"{base}.{extension}" if extension else base
