"""A changed ISO without a second copy of it: the original file, and the few bytes that differ.

An upload sends its parts at once, again and in any order, and goes on after a crash; a stream out of xorriso can be
read only once. So the changed ISO is never written down: it is read from the original and an overlay of some hundred
KiB, at any offset, as often as it is wanted, and always the same.
"""

from __future__ import annotations

import bisect
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from isowright.errors import StateError
from isowright.upload.source import Identity, Source

_VERSION = 1
_PIECE = 1024**2


class Patch(msgspec.Struct, frozen=True):
    """These bytes stand at this offset."""

    offset: int
    data: bytes


class Overlay(msgspec.Struct, frozen=True):
    """What to read for the original at `path` to become an ISO of `size` bytes.

    `patches` are in order and do not overlap. Between the original's end and the next patch are zeros. `identity` is
    the original's: of another file, this is no overlay.
    """

    path: str
    identity: Identity
    size: int
    patches: tuple[Patch, ...]
    version: int = _VERSION

    @property
    def added(self) -> int:
        """Bytes by which it is longer than the original."""
        return self.size - self.identity.size

    def digest(self) -> int:
        """63 bits that tell overlays apart."""
        told = hashlib.sha256(msgspec.json.encode(self.identity))
        for patch in self.patches:
            told.update(b"%d %d " % (patch.offset, len(patch.data)) + patch.data)
        return int.from_bytes(told.digest()[:8], "big") >> 1

    def save(self, path: Path) -> None:
        """Raises OSError."""
        part = path.with_name(path.name + ".part")
        part.write_bytes(msgspec.msgpack.encode(self))
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> Overlay:
        """Raises StateError."""
        try:
            overlay = msgspec.msgpack.decode(path.read_bytes(), type=cls)
        except (OSError, msgspec.MsgspecError) as error:
            raise StateError(
                "What was to be changed on the ISO cannot be read back.",
                detail=f"{path}: {error}. The ISO file itself is as it was.",
                remedy="Choose the ISO and its answers again.",
            ) from error
        if overlay.version != _VERSION:
            raise StateError(
                "What was to be changed on the ISO was written by another version of Isowright.",
                detail=f"{path} is of version {overlay.version}. The ISO file itself is as it was.",
                remedy="Choose the ISO and its answers again.",
            )
        return overlay


def in_order(patches: Iterator[Patch] | list[Patch]) -> tuple[Patch, ...]:
    """Sorted and joined; of two that overlap, the later one in the list counts."""
    whole: list[tuple[int, bytearray]] = []
    for patch in patches:
        begin, end = patch.offset, patch.offset + len(patch.data)
        touched = [entry for entry in whole if entry[0] <= end and begin <= entry[0] + len(entry[1])]
        first = min([begin, *(at for at, _ in touched)])
        last = max([end, *(at + len(data) for at, data in touched)])
        joined = bytearray(last - first)
        for at, data in touched:
            joined[at - first : at - first + len(data)] = data
            whole.remove((at, data))
        joined[begin - first : end - first] = patch.data
        whole.append((first, joined))
    return tuple(Patch(at, bytes(data)) for at, data in sorted(whole))


class OverlaySource(Source):
    """The changed ISO, to be read like a file: `size`, `at(offset, length)`, `md5`, `check`, `close`."""

    def __init__(self, base: Source, overlay: Overlay) -> None:
        # What it is known by in an upload's record: another overlay of the same file is another file.
        identity = Identity(overlay.size, base.identity.mtime_ns, overlay.digest())
        super().__init__(base.path, -1, identity)
        self._base = base
        self._patches = overlay.patches
        self._starts = [patch.offset for patch in overlay.patches]

    @classmethod
    def over(cls, overlay: Overlay) -> OverlaySource:
        """Opens the original. Raises InputError if it is not there, StateError if it is another file by now."""
        base = Source.open(Path(overlay.path))
        if base.identity != overlay.identity:
            base.close()
            raise StateError(
                f"{base.path.name} is not the file any more that the answers were put into.",
                detail="It was changed or replaced since. Nothing was sent of it.",
                remedy="Choose the ISO again: the answers are put into the new one.",
                action="step:iso.path",
            )
        return cls(base, overlay)

    def check(self) -> None:
        self._base.check()

    def at(self, offset: int, length: int) -> bytes:
        """As the file's: from 1 to `length` bytes, nothing behind the end."""
        length = min(length, self.size - offset)
        if length <= 0:
            return b""
        number = bisect.bisect_right(self._starts, offset) - 1
        if number >= 0:
            patch = self._patches[number]
            if offset < patch.offset + len(patch.data):
                begin = offset - patch.offset
                return patch.data[begin : begin + length]
        if number + 1 < len(self._starts):
            length = min(length, self._starts[number + 1] - offset)
        if offset >= self._base.size:
            return bytes(min(length, _PIECE))
        return self._base.at(offset, min(length, self._base.size - offset))

    def pieces(self) -> Iterator[bytes]:
        """All of it, from beginning to end."""
        offset = 0
        while offset < self.size:
            data = self.at(offset, _PIECE)
            yield data
            offset += len(data)

    def close(self) -> None:
        self._base.close()


def write(overlay: Overlay, out: Path) -> None:
    """The changed ISO as a file of its own. Raises OSError, and the errors of reading the original."""
    source = OverlaySource.over(overlay)
    part = out.with_name(out.name + ".part")
    try:
        with part.open("wb") as file:
            for data in source.pieces():
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
        source.check()
        part.replace(out)
    finally:
        source.close()
        part.unlink(missing_ok=True)
