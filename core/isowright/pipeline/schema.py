"""The journal's tables and how an older file is brought up to date. The version is SQLite's own `user_version`.

Every row of the four tables that matter carries a checksum, kept by triggers: SQLite notices a broken page, but not a
flipped letter in an id, and a wrong id is a server that nobody finds again.
"""

from __future__ import annotations

import errno
import shutil
import sqlite3
import zlib
from pathlib import Path

from isowright.errors import StateError
from isowright.home import create_private

# Columns under the checksum, as of version 2. History: later columns get a checksum of their own, if any.
SUMMED = {
    "runs": ("id", "mark", "name", "profile", "recipe", "state", "created", "updated", "elapsed", "error"),
    "stages": ("run", "id", "position", "title", "state", "detail", "elapsed"),
    "resources": ("seq", "run", "kind", "name", "id", "fate", "note", "token", "created", "updated"),
    "facts": ("run", "key", "value"),
}


def _checksums(table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    new = ", ".join(f"NEW.{column}" for column in columns)
    listed = ", ".join(columns)
    body = f"BEGIN UPDATE {table} SET sum = row_sum({new}) WHERE rowid = NEW.rowid; END"  # noqa: S608  # constants
    return (
        f"ALTER TABLE {table} ADD COLUMN sum INTEGER NOT NULL DEFAULT 0",
        f"UPDATE {table} SET sum = row_sum({listed})",  # noqa: S608  # constants
        f"CREATE TRIGGER {table}_made AFTER INSERT ON {table} {body}",
        f"CREATE TRIGGER {table}_changed AFTER UPDATE OF {listed} ON {table} {body}",
    )


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
    (
        # How many transactions have been written: compared with a number beside the file, it tells lost ones.
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL)",
        "INSERT INTO meta (key, value) VALUES ('commits', 0)",
        *(statement for table, columns in SUMMED.items() for statement in _checksums(table, columns)),
    ),
)

_LEAST_ROOM = 65_536  # bytes; the write-ahead log and its index need about as much


_WITH_SUMS = 2  # the version from which on rows carry checksums
_ABSURD = 1000  # no version of the schema will ever be that high: its bytes in the file are damaged


class DamagedError(StateError):
    """The file holds what no journal holds."""


def open_database(path: Path) -> sqlite3.Connection:
    """A connection for the calling thread, with every commit on disk when it returns. Raises StateError, and of these
    DamagedError if a page or a row is not what was written."""
    try:
        create_private(path)
        if path.stat().st_size:
            _inspect(path)
        database = connect(path)
    except (OSError, sqlite3.Error) as error:
        raise state_error(error, path) from error
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA foreign_keys = ON")
        migrate(database)
    except sqlite3.Error as error:
        database.close()
        raise state_error(error, path) from error
    except BaseException:
        database.close()
        raise
    return database


def _inspect(path: Path) -> None:
    """Before anything is changed in the file: a connection that may write merges the log into it when it is closed."""
    database = connect(path, read_only=True)
    database.text_factory = lambda raw: raw.decode("utf-8", "replace")  # even the verdict may quote damaged text
    try:
        refuse_newer(database, path)
        _check(database)
        if version(database) >= _WITH_SUMS:
            check_rows(database)
    except (UnicodeDecodeError, OverflowError) as error:  # a message may quote damaged text, a number be too large
        raise sqlite3.DatabaseError(f"malformed: {error}") from error
    finally:
        database.close()


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection that knows the functions which the tables need."""
    where = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    database = sqlite3.connect(where, timeout=10.0, isolation_level=None, uri=True)
    database.execute("PRAGMA trusted_schema = ON")  # the triggers are ours, and they call `row_sum`
    database.create_function("row_sum", -1, row_sum, deterministic=True)
    return database


def row_sum(*values: object) -> int:
    """The checksum of a row's columns."""
    words = (repr(float(value)) if isinstance(value, int | float) else f"{value}" for value in values)
    return zlib.crc32("\x1f".join(words).encode("utf-8", "surrogatepass"))


def _check(database: sqlite3.Connection) -> None:
    """Pages and, of the small tables, indices: a wrong index finds rows of another run."""
    checks = ["quick_check(1)", *(f"integrity_check({table})" for table in SUMMED if version(database))]
    for check in checks:
        verdict = str(database.execute(f"PRAGMA {check}").fetchone()[0])
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"malformed: {verdict}")


def check_rows(database: sqlite3.Connection) -> None:
    """Every row is as it was written. Raises sqlite3.DatabaseError."""
    for table, columns in SUMMED.items():
        wrong = f"SELECT count(*) FROM {table} WHERE sum IS NOT row_sum({', '.join(columns)})"  # noqa: S608  # constants
        if count := database.execute(wrong).fetchone()[0]:
            raise sqlite3.DatabaseError(f"malformed: {count} rows of {table} are not as they were written")


def refuse_newer(database: sqlite3.Connection, path: Path) -> None:
    """Before anything is changed in the file."""
    found = version(database)
    if not 0 <= found < _ABSURD:
        raise sqlite3.DatabaseError(f"malformed: version {found}")
    if found > len(MIGRATIONS):
        raise StateError(
            "The journal of runs was written by a newer Isowright.",
            detail=f"{path} has version {found}; this program knows up to {len(MIGRATIONS)}. It was left as it is.",
            remedy="Start the newer Isowright, or set ISOWRIGHT_HOME to another folder.",
        )


def version(database: sqlite3.Connection) -> int:
    """Of the tables; 0 = there are none yet."""
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def migrate(database: sqlite3.Connection) -> None:
    """Bring the tables up to date, all at once or not at all."""
    if version(database) == len(MIGRATIONS):
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been quicker.
        for statement in (s for step in MIGRATIONS[version(database) :] for s in step):
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


# What SQLite says of files that are not as they were written, and of tables unlike ours.
_DAMAGE = (
    *("not a database", "malformed", "corrupt", "wrong # of entries", "*** in", "unsupported file format"),
    *("already exists", "duplicate column", "no such table", "no such column", "no column named"),
    *("Could not decode", "user-defined function", "datatype mismatch", "too big", "unrecognized token"),
)


def state_error(error: OSError | sqlite3.Error, path: Path) -> StateError:
    """What a failure of the journal means and what to do about it."""
    text = str(error)
    if "is full" in text or getattr(error, "errno", None) == errno.ENOSPC or ("I/O" in text and _no_room(path)):
        return StateError(
            "The disk is full: the journal could not be written.",
            detail="Nothing that is not in the journal is asked of the cloud, so the run stopped before its next step.",
            remedy=f"Free space on the disk of {path.parent}, then retry.",
            action="retry",
        )
    if any(words in text for words in _DAMAGE):
        return DamagedError(
            "The journal of runs is damaged.",
            detail=f"{path} cannot be read ({text}). It was not changed. What runs made in the cloud is still there "
            "and carries the tag app=isowright.",
            remedy="End every Isowright, then start it again: it sets the file aside and recovers what it can.",
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
