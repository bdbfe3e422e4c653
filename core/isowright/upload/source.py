"""The file that is sent: what it is known by, and reading it without keeping it."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from pathlib import Path

import msgspec

from isowright.cloud.part_transport import Interrupted
from isowright.errors import AppError, InputError

PIECE = 1024**2  # bytes read at a time: as many as a socket takes gladly, as few as do not count in memory


class SourceError(AppError):
    """The local file cannot be read, or is not what it was."""


class Identity(msgspec.Struct, frozen=True):
    """Two files are taken for the same one if all of this is the same. mtime in nanoseconds since 1970."""

    size: int
    mtime_ns: int
    inode: int


class Source:
    """An open file. It stays the same file, whatever its name comes to mean; `check` tells whether it still is."""

    def __init__(self, path: Path, descriptor: int, identity: Identity) -> None:
        self.path = path
        self.identity = identity
        self._descriptor = descriptor

    @classmethod
    def open(cls, path: Path) -> Source:
        """Raises InputError if there is no such file or it cannot be read."""
        try:
            if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for a writer
                raise InputError(
                    f"{path} is not a file.",
                    remedy="Choose the ISO file itself.",
                    action="step:iso.path",
                )
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
        except (OSError, ValueError) as error:
            raise InputError(
                f"{path} cannot be read.",
                detail=f"{getattr(error, 'strerror', None) or error}. Nothing was sent.",
                remedy="Check that the file is there and that you may read it, or choose another one.",
                action="step:iso.path",
            ) from error
        source = cls(path, descriptor, _identity(os.fstat(descriptor)))
        if source.size == 0:
            source.close()
            raise InputError(
                f"{path} is empty.", remedy="Download the ISO again, or choose another file.", action="step:iso.path"
            )
        return source

    @property
    def size(self) -> int:
        return self.identity.size

    def check(self) -> None:
        """Raises SourceError if the file was changed, replaced or taken away since it was opened."""
        try:
            named, held = _identity(self.path.stat()), _identity(os.fstat(self._descriptor))
        except OSError as error:
            raise SourceError(
                f"{self.path.name} is no longer there.",
                detail=f"{self.path}: {error.strerror or error}. What was sent so far is kept.",
                remedy="Put the file back (plug its disk in again), then retry; or choose another one.",
                retryable=True,
                action="retry",
            ) from error
        if named != self.identity or held != self.identity:
            raise SourceError(
                f"{self.path.name} was changed while it was being sent.",
                detail="Parts of two versions would make an ISO that is neither. No object was made of them.",
                remedy="Wait until nothing writes to the file any more, then retry: it is sent anew.",
                retryable=True,
                action="retry",
            )

    def at(self, offset: int, length: int) -> bytes:
        """From 1 to `length` bytes at `offset`. Raises SourceError."""
        try:
            data = _pread(self._descriptor, length, offset)
        except OSError as error:
            raise SourceError(
                f"{self.path.name} could not be read any further.",
                detail=f"At byte {offset:,}: {error.strerror or error}. What was sent so far is kept.",
                remedy="Check the disk that the file is on, then retry; or copy the file to another one.",
                retryable=True,
                action="retry",
            ) from error
        if not data:
            raise SourceError(
                f"{self.path.name} has become shorter while it was being sent.",
                detail=f"It ended at byte {offset:,} of {self.size:,}. No object was made of it.",
                remedy="Download or copy the file again, then retry: it is sent anew.",
                retryable=True,
                action="retry",
            )
        return data

    def md5(self, offset: int, length: int, halt: threading.Event) -> str:
        """Of a part, in hex. Raises SourceError, and Interrupted once `halt` is set."""
        digest = hashlib.md5(usedforsecurity=False)
        end = offset + length
        while offset < end:
            if halt.is_set():
                raise Interrupted
            data = self.at(offset, min(PIECE, end - offset))
            digest.update(data)
            offset += len(data)
        return digest.hexdigest()

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _identity(status: os.stat_result) -> Identity:
    return Identity(status.st_size, status.st_mtime_ns, status.st_ino)


if hasattr(os, "pread"):

    def _pread(descriptor: int, length: int, offset: int) -> bytes:
        return os.pread(descriptor, length, offset)

else:  # Windows: one file position for all threads
    _position = threading.Lock()

    def _pread(descriptor: int, length: int, offset: int) -> bytes:
        with _position:
            os.lseek(descriptor, offset, os.SEEK_SET)
            return os.read(descriptor, length)
