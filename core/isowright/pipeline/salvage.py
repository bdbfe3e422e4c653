"""Reading what a damaged journal still holds: good rows only, and whether any are missing."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import msgspec

from isowright.events import ErrorInfo, Fate, ResourceKind, RunState, StageState
from isowright.pipeline.guard import commits
from isowright.pipeline.schema import SUMMED, connect, refuse_newer, row_sum, version
from isowright.recipe import Recipe

COLUMNS = {**SUMMED, "events": ("seq", "run", "body")}
_KEYS = {"runs": (0,), "stages": (0, 1), "resources": (0,), "facts": (0, 1), "events": (0,)}
_MOST_LOOKS = 5000  # for single rows between two unreadable places
# A message of SQLite's may quote damaged text, a size be too large for anything.
UNREADABLE = (sqlite3.Error, UnicodeDecodeError, OverflowError, MemoryError)

Row = tuple[Any, ...]


@dataclass
class Salvage:
    """What one file still holds. `whole`: tables of which nothing is missing."""

    rows: dict[str, dict[Row, Row]] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    commits: int = 0


def gone(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:
        return True


def salvage(path: Path, copy: Path) -> Salvage:
    """What can be read of `path`. It is read from a copy, since even looking makes SQLite mend a file."""
    found = Salvage()
    if gone(path):
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
        for table, columns in COLUMNS.items():
            if (rows := _rows(database, table, columns, found)) is not None:
                found.rows[table] = rows
        try:
            found.commits = commits(database)
        except (*UNREADABLE, TypeError):
            found.commits = 0
    except UNREADABLE:  # not even a page of the schema
        return Salvage()
    finally:
        database.close()
    return found


def _rows(database: sqlite3.Connection, table: str, columns: Sequence[str], found: Salvage) -> dict[Row, Row] | None:
    """The good rows of a table by their keys; None if the file does not know of it."""
    try:
        known = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    except UNREADABLE:
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
        except UNREADABLE:
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
            except UNREADABLE:
                continue
            if row is not None and row[0] == number:
                found[number] = row[1:]
    return [found[number] for number in sorted(found)], False


def _sane(table: str, row: Row) -> bool:
    """Whether the row can be worked with: of a file without checksums, that is all there is to go by."""
    try:
        return _TESTS[table](*row[: len(COLUMNS[table])])
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
