"""The bytes of objects, as files in one folder: state keeps names only, so that it stays small."""

import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from .folders import make_private
from .isos import IsoPlan, make_iso

_CHUNK = 256 * 1024


class Incoming:
    """A blob on its way in: its bytes are never in memory as a whole. It is nobody's until it is `taken`."""

    def __init__(self, blob: str, path: Path, *, sha256: bool) -> None:
        self.blob = blob
        self.size = 0
        self.taken = False
        self._path = path
        self._file = path.open("wb")
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256() if sha256 else None

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._md5.update(data)
        if self._sha256 is not None:
            self._sha256.update(data)
        self.size += len(data)

    def end(self) -> None:
        self._file.close()

    def drop(self) -> None:
        """Gone, unless it was taken."""
        self._file.close()
        if not self.taken:
            self._path.unlink(missing_ok=True)

    @property
    def md5(self) -> bytes:
        return self._md5.digest()

    @property
    def sha256(self) -> str:
        """In hex; "" if nobody asked for it."""
        return self._sha256.hexdigest() if self._sha256 is not None else ""


class Blobs:
    """Files are written once and never changed; made ISOs are kept under a name derived from their plan."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.kept: set[str] = set()  # not to be removed: a checkpoint of the world names them
        make_private(folder)

    def path(self, blob: str) -> Path:
        return self._folder / blob

    def new(self) -> str:
        return secrets.token_hex(12)

    def put(self, data: bytes) -> str:
        blob = self.new()
        self.path(blob).write_bytes(data)
        return blob

    def receive(self, *, sha256: bool) -> "Incoming":
        """A blob that comes piece by piece."""
        blob = self.new()
        return Incoming(blob, self.path(blob), sha256=sha256)

    def remove(self, blob: str) -> None:
        if blob and blob not in self.kept:
            self.path(blob).unlink(missing_ok=True)

    def iso(self, plan: IsoPlan) -> tuple[str, str, int]:
        """(blob, MD5, size) of the ISO of a plan; each use gets a blob of its own name so that removal is simple."""
        name = "iso-" + hashlib.sha256(repr(plan).encode()).hexdigest()[:16]
        made = self.path(name)
        if not made.exists():
            part = made.with_suffix(".part")
            make_iso(plan, part)
            part.replace(made)
        data = made.read_bytes()
        return self.put(data), hashlib.md5(data, usedforsecurity=False).hexdigest(), len(data)

    def concat(self, blobs: list[str]) -> str:
        """One blob out of several, in order."""
        joined = self.new()
        with self.path(joined).open("wb") as out:
            for blob in blobs:
                for chunk in self.read(blob, 0, self.path(blob).stat().st_size):
                    out.write(chunk)
        return joined

    def read(self, blob: str, start: int, length: int) -> Iterator[bytes]:
        """`length` bytes from `start`; a blob without a name reads as zeros."""
        if not blob:
            zeros = bytes(_CHUNK)
            while length > 0:
                yield zeros[: min(length, _CHUNK)]
                length -= _CHUNK
            return
        with self.path(blob).open("rb") as file:
            file.seek(start)
            while length > 0 and (chunk := file.read(min(length, _CHUNK))):
                yield chunk
                length -= len(chunk)
