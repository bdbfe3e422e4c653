"""Opening the journal whatever a power loss has made of it.

A damaged file is set aside, never deleted; what can be read of it is put together with the last copy. What was lost
may exist in the cloud all the same: every unfinished run is marked as doubtful (`DOUBT`), which makes it ask the cloud
by its marks before it goes on.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import msgspec

from isowright.errors import StateError
from isowright.events import ErrorInfo, Fate, ResourceKind, RunState, StageState
from isowright.pipeline.guard import Commits, Opening, Use, backup_path, commits, replace_durably
from isowright.pipeline.schema import (
    SUMMED,
    DamagedError,
    connect,
    migrate,
    open_database,
    refuse_newer,
    row_sum,
    state_error,
    version,
)
from isowright.pipeline.stage import DOUBT, VERIFIED
from isowright.recipe import Recipe

_COLUMNS = {**SUMMED, "events": ("seq", "run", "body")}
_KEYS = {"runs": (0,), "stages": (0, 1), "resources": (0,), "facts": (0, 1), "events": (0,)}
_RUN_AT = {"runs": 0, "stages": 0, "resources": 1, "facts": 0, "events": 1}
_MOST_LOOKS = 5000  # for single rows between two unreadable places
# A message of SQLite's may quote damaged text, a size be too large for anything.
_UNREADABLE = (sqlite3.Error, UnicodeDecodeError, OverflowError, MemoryError)
_ENDED = ("done", "cleaned")

Row = tuple[Any, ...]


@dataclass
class _Salvage:
    """What one file still holds. `whole`: tables of which nothing is missing."""

    rows: dict[str, dict[Row, Row]] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    commits: int = 0


@dataclass(frozen=True)
class Opened:
    """An opened journal. `notice`: what has to be told about it, or None."""

    database: sqlite3.Connection
    use: Use
    commits: Commits
    notice: StateError | None


def open_journal(path: Path) -> Opened:
    """For the thread that will use it. Raises StateError."""
    with Opening(path) as opening:
        others = opening.others()
        told = Commits(path)
        notice = None
        try:
            if _gone(path) and (told.told() or backup_path(path).exists()):
                raise DamagedError(  # noqa: TRY301  # as if the file had said so itself
                    "The journal of runs is gone.",
                    detail=f"{path} is empty or not there. What runs made in the cloud carries the tag app=isowright.",
                    remedy="End every Isowright, then start it again: it goes on with the last copy.",
                )
            database = open_database(path)
        except DamagedError as error:
            if others:
                raise StateError(
                    error.title,
                    detail=f"{error.detail} Another Isowright has it open, so nothing is done about it yet.",
                    remedy="Close every other Isowright, then start it again: it recovers what it can.",
                    action="retry",
                ) from error
            notice = _recover(path, error, told)
            database = open_database(path)
        try:
            if (lost := told.told() - commits(database)) > 0:
                notice = notice or _rolled_back(database, lost)
                told.tell(commits(database))
            use = Use(path)
        except sqlite3.Error as error:
            database.close()
            raise state_error(error, path) from error
        except BaseException:
            database.close()
            raise
        return Opened(database, use, told, notice)


def _gone(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:
        return True


def _rolled_back(database: sqlite3.Connection, lost: int) -> StateError:
    """The file is whole, but not the latest: disks that only say they have written do that when the power fails."""
    database.execute("BEGIN IMMEDIATE")
    try:
        doubtful = _doubt(database, "look")
        database.execute("COMMIT")
    except BaseException:
        database.execute("ROLLBACK")
        raise
    return StateError(
        "The last entries of the journal of runs are lost.",
        detail=f"{lost} of them were written but are not there any more, as after a power failure. {_words(doubtful)}",
        remedy="Nothing to do now. When an unfinished run goes on, it first looks in the cloud for what it has made.",
    )


def _words(doubtful: int) -> str:
    if not doubtful:
        return "No run was unfinished."
    return "One run was unfinished." if doubtful == 1 else f"{doubtful} runs were unfinished."


def _doubt(database: sqlite3.Connection, how: str) -> int:
    """Mark every unfinished run; returns how many there are."""
    runs = database.execute("SELECT id FROM runs WHERE state NOT IN (?, ?)", _ENDED).fetchall()
    database.executemany(
        "INSERT OR REPLACE INTO facts (run, key, value) VALUES (?, ?, ?)", [(run, DOUBT, how) for (run,) in runs]
    )
    return len(runs)


# --- recovery ---------------------------------------------------------------------------------------------------------


def _recover(path: Path, damage: StateError, told: Commits) -> StateError:
    """The journal made anew from what is left; returns what has to be told. Raises StateError and leaves everything
    as it is if nothing is left, or if there is no room."""
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".recover-") as name:
            folder = Path(name)
            damaged = _salvage(path, folder / "damaged.sqlite")
            kept = _salvage(backup_path(path), folder / "backup.sqlite")
            if not damaged.rows and not kept.rows and not _gone(path):
                raise StateError(
                    damage.title,
                    detail=damage.detail,
                    remedy=f"Restore {path.name} from a backup of yours, or rename it: Isowright then begins anew.",
                )
            lost, doubtful = _rebuild(folder / "new.sqlite", damaged, kept, told.told())
            aside = _set_aside(path)
            replace_durably(folder / "new.sqlite", path)
    except OSError as error:
        raise state_error(error, path) from error
    except sqlite3.Error as error:
        raise StateError(
            damage.title,
            detail=f"{damage.detail} It could not be recovered either ({error}).",
            remedy=f"Free space on the disk of {path.parent} and retry; or restore {path.name} from a backup of yours.",
            action="retry",
        ) from error
    detail = [f"The damaged file was set aside as {aside.name}." if aside else "The file was gone or empty."]
    if damaged.rows:
        detail.append("What it still told is in the journal now.")
    if torn := sorted(set(_COLUMNS) - {"events"} - damaged.whole):
        detail.append(
            f"Entries about {', '.join(torn)} could not all be read; "
            + ("those of the last copy stand in for them." if kept.rows else "there was no copy to stand in for them.")
        )
    if lost:
        detail.append(f"These belong to runs that nothing else is known of: {', '.join(lost)}.")
    detail.append(_words(doubtful))
    return StateError(
        "The journal of runs was damaged and has been recovered.",
        detail=" ".join(detail),
        remedy="Look through the list of runs. An unfinished one first looks in the cloud for what it has made; what "
        "no run knows of carries the tag app=isowright there.",
    )


def _set_aside(path: Path) -> Path | None:
    """The damaged file and what belongs to it under another name. The log goes first: it must never be taken for one
    of the new file. The file itself stays under its own name too, until the new one replaces it."""
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    aside = path.with_name(f"{path.stem}.damaged-{stamp}{path.suffix}")
    for suffix in ("-wal", "-shm"):
        if (beside := path.with_name(path.name + suffix)).exists():
            beside.replace(aside.with_name(aside.name + suffix))
    if _gone(path):
        return None
    shutil.copy2(path, aside)
    return aside


def _salvage(path: Path, copy: Path) -> _Salvage:
    """What can be read of `path`. It is read from a copy, since even looking makes SQLite mend a file."""
    found = _Salvage()
    if _gone(path):
        return found
    shutil.copyfile(path, copy)
    if (log := path.with_name(path.name + "-wal")).exists():
        shutil.copyfile(log, copy.with_name(copy.name + "-wal"))
    database = connect(copy)
    try:
        database.text_factory = lambda raw: raw.decode("utf-8", "replace")
        refuse_newer(database, path)
        if not version(database):
            return found
        for table, columns in _COLUMNS.items():
            if (rows := _rows(database, table, columns, found)) is not None:
                found.rows[table] = rows
        try:
            found.commits = commits(database)
        except (*_UNREADABLE, TypeError):
            found.commits = 0
    except _UNREADABLE:  # not even a page of the schema
        return _Salvage()
    finally:
        database.close()
    return found


def _rows(database: sqlite3.Connection, table: str, columns: Sequence[str], found: _Salvage) -> dict[Row, Row] | None:
    """The good rows of a table by their keys; None if the file does not know of it."""
    try:
        known = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    except _UNREADABLE:
        return None
    if not known:
        return None
    checked = "sum" in known
    raw, whole = _read(database, table, [*columns, "sum"] if checked else columns)
    good = [row for row in raw if (row[-1] == row_sum(*row[:-1]) if checked else _sane(table, row))]
    if whole and len(good) == len(raw):
        found.whole.add(table)
    return {tuple(row[i] for i in _KEYS[table]): row[: len(columns)] for row in good}


def _read(database: sqlite3.Connection, table: str, columns: Sequence[str]) -> tuple[list[Row], bool]:
    """Rows from the beginning to the first unreadable page, from the end to the last one, and one by one between."""
    ask = f"SELECT rowid, {', '.join(columns)} FROM {table} NOT INDEXED"  # noqa: S608  # constants
    found: dict[int, Row] = {}
    ends: list[int] = []
    for order in ("ASC", "DESC"):
        last = 0
        try:
            for row in database.execute(f"{ask} ORDER BY rowid {order}"):
                last = row[0]
                found[last] = row[1:]
        except _UNREADABLE:
            ends.append(last)
        else:
            if order == "ASC":
                return list(found.values()), True
            ends.append(last)
    low, high = ends
    for number in range(low + 1, min(high or low + _MOST_LOOKS, low + _MOST_LOOKS)):
        if number not in found:
            try:
                row = database.execute(f"{ask} WHERE rowid = ?", (number,)).fetchone()
            except _UNREADABLE:
                continue
            if row is not None and row[0] == number:
                found[number] = row[1:]
    return [found[number] for number in sorted(found)], False


def _sane(table: str, row: Row) -> bool:
    """Whether the row can be worked with: of a file without checksums, that is all there is to go by."""
    try:
        return _TESTS[table](*row[: len(_COLUMNS[table])])
    except (TypeError, ValueError, msgspec.MsgspecError):
        return False


def _run_sane(*row: Any) -> bool:
    run, mark, name, profile, recipe, state, created, updated, elapsed, error = row
    msgspec.json.decode(recipe, type=Recipe)
    if error is not None:
        msgspec.json.decode(error, type=ErrorInfo)
    datetime.fromisoformat(created)
    datetime.fromisoformat(updated)
    int(run, 16)
    words = _text(name, profile)
    return words and mark == run[:6] and state in get_args(RunState) and isinstance(elapsed, int | float)


def _stage_sane(*row: Any) -> bool:
    run, stage, position, title, state, detail, elapsed = row
    numbers = isinstance(position, int) and isinstance(elapsed, int | float)
    return _text(run, stage, title, detail) and numbers and state in get_args(StageState)


def _resource_sane(*row: Any) -> bool:
    _, run, kind, name, resource_id, fate, note, token, created, updated = row
    datetime.fromisoformat(created)
    datetime.fromisoformat(updated)
    known = kind in get_args(ResourceKind) and fate in (*get_args(Fate), "refused")
    return known and _text(run, name, resource_id, note, token)


def _event_sane(_seq: Any, run: Any, body: Any) -> bool:
    return _text(run, body) and msgspec.json.decode(body, type=dict[str, Any]).get("run") == run


def _text(*values: Any) -> bool:
    return all(isinstance(value, str) and value.isprintable() for value in values)


_TESTS: dict[str, Callable[..., bool]] = {
    "runs": _run_sane,
    "stages": _stage_sane,
    "resources": _resource_sane,
    "facts": _text,
    "events": _event_sane,
}


def _rebuild(target: Path, damaged: _Salvage, kept: _Salvage, told: int) -> tuple[list[str], int]:
    """A whole journal. Returns what is left of runs that are lost themselves, and the number of doubtful runs."""
    tables = {table: _merged(table, damaged, kept) for table in _COLUMNS}
    runs = {row[0] for row in tables["runs"]}
    lost = [
        f"{row[2]} {row[4] or row[3]}"
        for row in tables["resources"]
        if row[1] not in runs and row[5] not in ("deleted", "kept", "refused")
    ]
    database = connect(target)
    try:
        database.execute("PRAGMA synchronous = FULL")
        migrate(database)
        database.execute("BEGIN IMMEDIATE")
        for table, columns in _COLUMNS.items():
            marks = ", ".join("?" * len(columns))
            rows = [row for row in tables[table] if row[_RUN_AT[table]] in runs]
            database.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)  # noqa: S608
        _keep_verified(database)
        # A copy is an earlier state, but one that fits together; rows of a damaged file need not.
        torn = bool(damaged.rows) and not {"runs", "stages", "resources", "facts"} <= damaged.whole
        doubtful = _doubt(database, "anew" if torn else "look")
        count = max(told, damaged.commits, kept.commits) + 1
        database.execute("UPDATE meta SET value = ? WHERE key = 'commits'", (count,))
        database.execute("COMMIT")
    finally:
        database.close()
    return lost, doubtful


def _merged(table: str, damaged: _Salvage, kept: _Salvage) -> list[Row]:
    if table in damaged.whole:  # what it does not have was taken out
        return list(damaged.rows[table].values())
    both = kept.rows.get(table, {}) | damaged.rows.get(table, {})
    return list(both.values())


def _keep_verified(database: sqlite3.Connection) -> None:
    """A finished run's image stays protected, even if the entry that says so is lost."""
    for run, image in database.execute(
        "SELECT run, resources.id FROM resources JOIN runs ON runs.id = run"
        " WHERE kind = 'image' AND state = 'done' AND resources.id != '' AND fate != 'deleted' ORDER BY seq"
    ).fetchall():
        database.execute("INSERT OR IGNORE INTO facts (run, key, value) VALUES (?, ?, ?)", (run, VERIFIED, image))
