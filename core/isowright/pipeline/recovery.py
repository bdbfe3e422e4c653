"""Opening the journal whatever a power loss has made of it.

A damaged file is set aside, never deleted; what can be read of it is put together with the last copy. What was lost
may exist in the cloud all the same: every unfinished run is marked as doubtful (`DOUBT`), which makes it ask the cloud
by its marks before it goes on.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from isowright.errors import StateError
from isowright.pipeline.guard import Commits, Opening, Use, backup_path, commits, replace_durably
from isowright.pipeline.salvage import COLUMNS, UNREADABLE, Row, Salvage, gone, salvage
from isowright.pipeline.schema import (
    DamagedError,
    check_rows,
    connect,
    migrate,
    open_database,
    state_error,
)
from isowright.pipeline.stage import DOUBT, VERIFIED

_RUN_AT = {"runs": 0, "stages": 0, "resources": 1, "facts": 0, "events": 1}
_ENDED = ("done", "cleaned")
_LOSS = "The last entries of the journal of runs are lost."


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
            if gone(path) and (told.told() or backup_path(path).exists()):
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
                if notice is None and not others and _copied(path) > commits(database):
                    database.close()
                    notice = _recover(path, _rolled_back(lost), told)
                    database = open_database(path)
                notice = notice or _tell_loss(database, lost)
                told.tell(commits(database))
            use = Use(path)
        except sqlite3.Error as error:
            database.close()
            raise state_error(error, path) from error
        except BaseException:
            database.close()
            raise
        return Opened(database, use, told, notice)


def _copied(path: Path) -> int:
    """How many transactions the copy has; 0 if there is none that is good."""
    try:
        if gone(backup_path(path)):
            return 0
        copied = connect(backup_path(path), read_only=True)
        try:
            check_rows(copied)
            return commits(copied)
        finally:
            copied.close()
    except (*UNREADABLE, OSError, TypeError):
        return 0


def _rolled_back(lost: int, words: str = "") -> StateError:
    """The file is whole, but not the latest: disks that only say they have written do that when the power fails."""
    return StateError(
        _LOSS,
        detail=f"{lost} of them were written but are not there any more, as after a power failure. {words}".rstrip(),
        remedy="Nothing to do now. When an unfinished run goes on, it first looks in the cloud for what it has made.",
    )


def _tell_loss(database: sqlite3.Connection, lost: int) -> StateError:
    database.execute("BEGIN IMMEDIATE")
    try:
        doubtful = _doubt(database, "look")
        database.execute("COMMIT")
    except BaseException:
        database.execute("ROLLBACK")
        raise
    return _rolled_back(lost, _words(doubtful))


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
            damaged = salvage(path, folder / "damaged.sqlite")
            kept = salvage(backup_path(path), folder / "backup.sqlite")
            if not damaged.rows and not kept.rows and not gone(path):
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
    if damage.title == _LOSS:
        detail = [damage.detail, "The last copy has more of them and was taken instead."]
    else:
        detail = [f"The damaged file was set aside as {aside.name}." if aside else "The file was gone or empty."]
    if damaged.rows and damage.title != _LOSS:
        detail.append("What it still told is in the journal now.")
    if torn := sorted(set(COLUMNS) - {"events"} - damaged.whole):
        detail.append(
            f"Entries about {', '.join(torn)} could not all be read; "
            + ("those of the last copy stand in for them." if kept.rows else "there was no copy to stand in for them.")
        )
    if lost:
        detail.append(f"These belong to runs that nothing else is known of: {', '.join(lost)}.")
    detail.append(_words(doubtful))
    return StateError(
        damage.title if damage.title == _LOSS else "The journal of runs was damaged and has been recovered.",
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
    if gone(path):
        return None
    shutil.copy2(path, aside)
    return aside


def _rebuild(target: Path, damaged: Salvage, kept: Salvage, told: int) -> tuple[list[str], int]:
    """A whole journal. Returns what is left of runs that are lost themselves, and the number of doubtful runs."""
    tables = {table: _merged(table, damaged, kept) for table in COLUMNS}
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
        for table, columns in COLUMNS.items():
            marks = ", ".join("?" * len(columns))
            rows = [row for row in tables[table] if row[_RUN_AT[table]] in runs]
            database.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)  # noqa: S608
        _keep_verified(database)
        # A copy is an earlier state, but one that fits together; rows of a damaged file need not.
        tables_of_runs = {"runs", "stages", "resources", "facts"}
        torn = bool(damaged.rows) and not (tables_of_runs <= damaged.whole or kept.commits > damaged.commits)
        doubtful = _doubt(database, "anew" if torn else "look")
        count = max(told, damaged.commits, kept.commits) + 1
        database.execute("UPDATE meta SET value = ? WHERE key = 'commits'", (count,))
        database.execute("COMMIT")
    finally:
        database.close()
    return lost, doubtful


def _merged(table: str, damaged: Salvage, kept: Salvage) -> list[Row]:
    older, newer = (damaged, kept) if kept.commits > damaged.commits else (kept, damaged)
    if table in newer.whole:  # what it does not have was taken out
        return list(newer.rows[table].values())
    both = older.rows.get(table, {}) | newer.rows.get(table, {})
    return list(both.values())


def _keep_verified(database: sqlite3.Connection) -> None:
    """A finished run's image stays protected, even if the entry that says so is lost."""
    for run, image in database.execute(
        "SELECT run, resources.id FROM resources JOIN runs ON runs.id = run"
        " WHERE kind = 'image' AND state = 'done' AND resources.id != '' AND fate != 'deleted' ORDER BY seq"
    ).fetchall():
        database.execute("INSERT OR IGNORE INTO facts (run, key, value) VALUES (?, ?, ?)", (run, VERIFIED, image))
