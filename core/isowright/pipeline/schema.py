"""The journal's tables and how an older file is brought up to date. The version is SQLite's own `user_version`."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from pathlib import Path

from isowright.errors import AppError, StateError
from isowright.home import create_private

# Each entry leads from its index to the next version. Entries are history: add, never edit.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE runs (
            id TEXT PRIMARY KEY, mark TEXT NOT NULL UNIQUE, name TEXT NOT NULL, profile TEXT NOT NULL,
            recipe TEXT NOT NULL, state TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL,
            elapsed REAL NOT NULL DEFAULT 0, error TEXT)""",
        """CREATE TABLE stages (
            run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, id TEXT NOT NULL, position INTEGER NOT NULL,
            title TEXT NOT NULL, state TEXT NOT NULL, detail TEXT NOT NULL DEFAULT '', elapsed REAL NOT NULL DEFAULT 0,
            PRIMARY KEY (run, id))""",
        # What the run made or was about to make. id '' = intended, outcome not known (or refused: see fate).
        """CREATE TABLE resources (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            kind TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, fate TEXT NOT NULL, note TEXT NOT NULL,
            token TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL)""",
        "CREATE INDEX resources_of_run ON resources (run, seq)",
        """CREATE TABLE facts (
            run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, key TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (run, key))""",
        """CREATE TABLE events (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            body TEXT NOT NULL)""",
        "CREATE INDEX events_of_run ON events (run, seq)",
    ),
)

_LEAST_ROOM = 65_536  # bytes; the write-ahead log and its index need about as much


def open_database(path: Path) -> sqlite3.Connection:
    """A connection for the calling thread, with every commit on disk when it returns. Raises StateError."""
    try:
        create_private(path)
        database = sqlite3.connect(path, timeout=10.0, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise state_error(error, path) from error
    try:
        _check(database)
        _refuse_newer(database, path)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA foreign_keys = ON")
        _migrate(database)
    except sqlite3.Error as error:
        database.close()
        raise state_error(error, path) from error
    except BaseException:
        database.close()
        raise
    return database


def _check(database: sqlite3.Connection) -> None:
    verdict = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
    if verdict != "ok":
        raise sqlite3.DatabaseError(f"malformed: {verdict}")


def _refuse_newer(database: sqlite3.Connection, path: Path) -> None:
    """Before anything is changed in the file."""
    version = _version(database)
    if version > len(MIGRATIONS):
        raise StateError(
            "The journal of runs was written by a newer Isowright.",
            detail=f"{path} has version {version}; this program knows up to {len(MIGRATIONS)}. It was left as it is.",
            remedy="Start the newer Isowright, or set ISOWRIGHT_HOME to another folder.",
        )


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _migrate(database: sqlite3.Connection) -> None:
    if _version(database) == len(MIGRATIONS):
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been quicker.
        for statement in (s for step in MIGRATIONS[_version(database) :] for s in step):
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        database.execute("COMMIT")
    except BaseException:
        database.execute("ROLLBACK")
        raise


def _no_room(path: Path) -> bool:
    """SQLite calls a full disk an I/O error where it cannot make the files beside the journal."""
    try:
        return shutil.disk_usage(path.parent).free < _LEAST_ROOM
    except OSError:
        return False


def state_error(error: OSError | sqlite3.Error, path: Path) -> AppError:
    """What a failure of the journal means and what to do about it."""
    text = str(error)
    if "is full" in text or getattr(error, "errno", None) == errno.ENOSPC or ("I/O" in text and _no_room(path)):
        return StateError(
            "The disk is full: the journal could not be written.",
            detail="Nothing that is not in the journal is asked of the cloud, so the run stopped before its next step.",
            remedy=f"Free space on the disk of {path.parent}, then retry.",
            action="retry",
        )
    if any(words in text for words in ("not a database", "malformed", "corrupt", "wrong # of entries", "*** in")):
        return StateError(
            "The journal of runs is damaged.",
            detail=f"{path} cannot be read ({text}). It was not changed. What runs made in the cloud is still there "
            "and carries the tag app=isowright.",
            remedy=f"Restore {path.name} from a backup, or rename it: Isowright then begins a new journal.",
        )
    if "locked" in text or "busy" in text:
        return StateError(
            "The journal of runs is busy.",
            detail="Another process has been writing to it for more than ten seconds.",
            remedy="Close the other Isowright, then retry.",
            retryable=True,
            action="retry",
        )
    return StateError(
        "The journal of runs cannot be written.",
        detail=f"{path}: {text}. Nothing that is not in the journal is asked of the cloud.",
        remedy=f"Make {path.parent} writable for you, then retry.",
        action="retry",
    )
