"""What stands beside the journal so that no damage goes unseen and none is final: who has it open, how many
transactions it holds, and a copy of its last good state.

Files beside `journal.sqlite`: `.opening` (a lock), `.user-…` (a lock for each process that has it open), `.commits`
(how many transactions have been written) and `journal.backup.sqlite` (the copy).
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import sqlite3
import time
from pathlib import Path
from typing import Self

from isowright.errors import StateError
from isowright.home import FileLock, create_private
from isowright.pipeline.schema import check_rows

_log = logging.getLogger(__name__)
_numbers = itertools.count()

_LEAST_PAUSE = 1.0  # seconds between two copies
_SHARE = 0.05  # of the writer's time that copies may take
_PATIENCE = 30.0  # seconds; the longest that another process may need to open, and perhaps to recover
_DIGITS = 16


def backup_path(path: Path) -> Path:
    return path.with_name(f"{path.stem}.backup{path.suffix}")


class Opening:
    """Held while the journal is opened: one process at a time, so that nobody recovers a file that another opens."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path.with_name(f"{path.name}.opening"))

    def __enter__(self) -> Self:
        if not self._lock.acquire(_PATIENCE):
            raise StateError(
                "The journal of runs is busy.",
                detail=f"Another process has been opening {self._path} for half a minute.",
                remedy="Close the other Isowright, then retry.",
                retryable=True,
                action="retry",
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def others(self) -> bool:
        """Whether another process has the journal open. Files of ended ones are removed."""
        found = False
        for path in self._path.parent.glob(f"{self._path.name}.user-*"):
            lock = FileLock(path)
            if not lock.acquire(0.0):
                found = True
                continue
            lock.release()
            with contextlib.suppress(OSError):  # under the lock of `Opening` nobody else comes to take it
                path.unlink()
        return found


class Use:
    """This process has the journal open."""

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path.with_name(f"{path.name}.user-{os.getpid()}-{next(_numbers)}"))
        self._lock.acquire()

    def end(self) -> None:
        self._lock.release()
        with contextlib.suppress(OSError):
            self._lock.path.unlink()


class Commits:
    """The number of transactions, kept a second time outside of the database.

    It is not flushed, so it may lag behind after a power loss; being ahead of the database is what tells: then the
    database has lost transactions that were written once.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}.commits")

    def told(self) -> int:
        """As the file tells it; 0 if it does not."""
        try:
            text = self._path.read_bytes()[:_DIGITS]
        except OSError:
            return 0
        return int(text) if len(text) == _DIGITS and text.isdigit() else 0

    def tell(self, count: int) -> None:
        with contextlib.suppress(OSError):  # a check that cannot be written only checks less
            descriptor = os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600)
            try:
                os.write(descriptor, f"{count:0{_DIGITS}}".encode())
            finally:
                os.close(descriptor)


def commits(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT value FROM meta WHERE key = 'commits'").fetchone()[0])


class Backup:
    """Copies the journal beside itself: soon after `due`, but never so often that runs would wait for it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._due = False
        self._not_before = 0.0

    def due(self) -> None:
        """Something is in the journal that the copy should have."""
        self._due = True

    def wait(self) -> float | None:
        """Seconds until `make` will do something; None = nothing to do."""
        return max(0.0, self._not_before - time.monotonic()) if self._due else None

    def make(self, database: sqlite3.Connection) -> None:
        """Copy now if it is due. A copy that cannot be made leaves the former one, and the run, alone."""
        if not self._due:
            return
        self._due = False
        began = time.monotonic()
        try:
            check_rows(database)  # a good copy is never replaced by a damaged one
            copy(database, backup_path(self._path))
        except (sqlite3.Error, OSError) as error:
            _log.warning("the journal was not copied: %s", error)
        took = time.monotonic() - began
        self._not_before = began + took + max(_LEAST_PAUSE, took / _SHARE)


def copy(database: sqlite3.Connection, target: Path) -> None:
    """A compact copy under the name `target`: the former file or the new one, whenever the power fails. Raises
    sqlite3.Error, OSError."""
    fresh = target.with_name(f".{target.name}-{os.getpid()}-{next(_numbers)}")
    try:
        create_private(fresh)
        database.execute("VACUUM INTO ?", (str(fresh),))
        replace_durably(fresh, target)
    finally:
        fresh.unlink(missing_ok=True)


def replace_durably(fresh: Path, target: Path) -> None:
    """`fresh` becomes `target`, and both its content and its name are on disk."""
    descriptor = os.open(fresh, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    fresh.replace(target)
    if os.name == "posix":
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
