"""Where a world lives between two runs: one JSON file, replaced as a whole, readable by its owner only."""

import os
from pathlib import Path

import msgspec

from isowright.errors import StateError
from isowright.home import FileLock

from .model import State


class Store:
    """`folder` must be a directory that may be written to. Raises OSError as the file system does, BlockingIOError if
    another practice cloud works with it: two would lose each other's changes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "world.json"
        self._written = -1
        self._lock = FileLock(folder / "world.lock")
        try:
            free = self._lock.acquire()
        except StateError as error:
            raise OSError(error.title) from error
        if not free:
            raise BlockingIOError(f"Another practice cloud works with {folder}{self._lock.owner_words()}.")

    def close(self) -> None:
        self._lock.release()

    def load(self) -> bytes | None:
        """The bytes of the last state, None if there is none. A damaged file is put aside under another name."""
        try:
            data = self._path.read_bytes()
            state = msgspec.json.decode(data, type=State)
        except FileNotFoundError:
            return None
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._path.replace(self._path.with_name("world.damaged.json"))
            return None
        self._written = state.mutations
        return data

    def save(self, mutations: int, data: bytes) -> None:
        """Atomic: a reader sees the old or the new state, never half of one."""
        part = self._path.with_name("world.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        part.replace(self._path)
        self._written = mutations

    def is_behind(self, mutations: int) -> bool:
        return mutations != self._written
