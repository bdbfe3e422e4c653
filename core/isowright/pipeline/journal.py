"""The durable record of all runs: what was about to be made, what was made, how far each run came.

Every awaited method returns when its entry is on disk (SQLite, WAL, synchronous=FULL), which is what lets a stage ask
the cloud for something only after the journal knows that it will. Secrets never come here.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import msgspec

from isowright.clock import Clock
from isowright.errors import InputError, StateError
from isowright.events import AnyEvent, ErrorInfo, Fate, Resource, ResourceChanged, ResourceKind, RunState, StageState
from isowright.pipeline.runs import RunInfo, StageInfo
from isowright.pipeline.stage import DOUBT, PERHAPS, VERIFIED
from isowright.pipeline.writer import Writer
from isowright.recipe import Recipe

_EVENT = msgspec.json.Decoder(AnyEvent)
REFUSED = "refused"  # fate of an intent that came to nothing; told to nobody


@dataclass(frozen=True)
class _Row:
    seq: int
    kind: ResourceKind
    name: str
    id: str
    fate: str
    note: str
    token: str
    created: str
    updated: str

    def public(self) -> Resource:
        return Resource(
            kind=self.kind,
            id=self.id,
            name=self.name,
            fate=cast("Fate", self.fate),
            note=self.note,
            created=datetime.fromisoformat(self.created),
            updated=datetime.fromisoformat(self.updated),
        )


class Journal:
    """All runs. One object per process; other processes may have the same file open."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._writer = Writer(path)
        self._clock = clock
        self._fences: dict[str, Callable[[], None]] = {}

    def fence(self, run: str, check: Callable[[], None] | None) -> None:
        """From now on, nothing about this run is written for which `check` raises: in the writer's thread, inside the
        transaction. None takes it away. It keeps a process that was stopped, and has lost the run meanwhile, from
        writing into what another one writes now."""
        if check is None:
            self._fences.pop(run, None)
        else:
            self._fences[run] = check

    def _pass(self, run: str) -> None:
        if (check := self._fences.get(run)) is not None:
            check()

    async def open(self) -> None:
        """Raises StateError: not writable, damaged beyond recovery, of a newer program."""
        await self._writer.open()

    @property
    def notice(self) -> StateError | None:
        """What has to be told about the file: it was damaged and is recovered, or has lost its last entries."""
        return self._writer.notice

    async def close(self) -> None:
        await self._writer.close()

    def _now(self) -> str:
        return self._clock.now().isoformat()

    async def create(self, recipe: Recipe, profile: str, stages: list[tuple[str, str]]) -> str:
        """A new run with its own id and mark; returns the id."""
        now = self._now()

        def work(db: sqlite3.Connection) -> str:
            while True:
                run = secrets.token_hex(6)
                if not db.execute("SELECT 1 FROM runs WHERE mark = ?", (run[:6],)).fetchone():
                    break
            db.execute(
                "INSERT INTO runs (id, mark, name, profile, recipe, state, created, updated) VALUES (?,?,?,?,?,?,?,?)",
                (run, run[:6], recipe.image.name, profile, _json(recipe), "new", now, now),
            )
            db.executemany(
                "INSERT INTO stages (run, id, position, title, state) VALUES (?,?,?,?,'waiting')",
                [(run, stage, position, title) for position, (stage, title) in enumerate(stages)],
            )
            return run

        return await self._writer.do(work, milestone=True)

    async def runs(self) -> list[RunInfo]:
        """Newest first."""

        def work(db: sqlite3.Connection) -> list[RunInfo]:
            ids = db.execute("SELECT id FROM runs ORDER BY created DESC, rowid DESC").fetchall()
            return [_info(db, run) for (run,) in ids]

        return await self._writer.do(work)

    async def info(self, run: str) -> RunInfo:
        """Raises InputError if there is no such run."""
        return await self._writer.do(lambda db: _info(db, run))

    async def record(self, run: str, tell: Callable[[AnyEvent], None]) -> RunRecord:
        """The run's journal for its stages. `tell` hears of every resource."""

        def work(db: sqlite3.Connection) -> tuple[dict[str, str], list[_Row]]:
            facts = dict(db.execute("SELECT key, value FROM facts WHERE run = ?", (run,)).fetchall())
            return facts, _rows(db, run)

        facts, rows = await self._writer.do(work)
        return RunRecord(self._writer, self._clock, run, facts, rows, tell, lambda: self._pass(run))

    async def set_run(
        self, run: str, state: RunState, *, error: ErrorInfo | None = None, elapsed: float | None = None
    ) -> None:
        """The run's state; `error` replaces the former one."""
        now = self._now()
        text = _json(error) if error else None

        def work(db: sqlite3.Connection) -> None:
            self._pass(run)
            db.execute("UPDATE runs SET state = ?, error = ?, updated = ? WHERE id = ?", (state, text, now, run))
            if elapsed is not None:
                db.execute("UPDATE runs SET elapsed = ? WHERE id = ?", (elapsed, run))

        await self._writer.do(work, milestone=True)

    async def set_recipe(self, run: str, recipe: Recipe, stages: list[tuple[str, str]]) -> None:
        """Other answers, and the stages that they need."""
        now = self._now()

        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE runs SET recipe = ?, name = ?, updated = ? WHERE id = ?",
                (_json(recipe), recipe.image.name, now, run),
            )
            _arrange(db, run, stages)

        await self._writer.do(work, milestone=True)

    async def arrange(self, run: str, stages: list[tuple[str, str]]) -> None:
        """The run's stages, if a program that knew others has written it."""
        await self._writer.do(lambda db: _arrange(db, run, stages), milestone=True)

    async def set_stage(self, run: str, stage: str, state: StageState, detail: str, elapsed: float) -> None:
        now = self._now()

        def work(db: sqlite3.Connection) -> None:
            self._pass(run)
            db.execute(
                "UPDATE stages SET state = ?, detail = ?, elapsed = ? WHERE run = ? AND id = ?",
                (state, detail, elapsed, run, stage),
            )
            db.execute("UPDATE runs SET updated = ? WHERE id = ?", (now, run))

        await self._writer.do(work, milestone=True)

    def keep_event(self, run: str, event: AnyEvent) -> None:
        """For the stored log; nobody waits for it. An entry that cannot be written is lost, never the run."""
        body = _json(event)

        def work(db: sqlite3.Connection) -> None:
            self._pass(run)
            db.execute("INSERT INTO events (run, body) VALUES (?,?)", (run, body))

        self._writer.post(work)

    async def events(self, run: str) -> list[AnyEvent]:
        """The stored log, oldest first."""

        def work(db: sqlite3.Connection) -> list[AnyEvent]:
            rows = db.execute("SELECT CAST(body AS BLOB) FROM events WHERE run = ? ORDER BY seq", (run,)).fetchall()
            return [event for (body,) in rows if (event := _event(run, body)) is not None]

        return await self._writer.do(work)

    async def forget(self, run: str) -> None:
        await self._writer.do(
            lambda db: db.execute("DELETE FROM runs WHERE id = ?", (run,)).close(),
            milestone=True,
        )

    async def doubtful(self) -> dict[str, str]:
        """Runs whose entries may be incomplete, and how ("look" or "anew": see `stage.DOUBT`)."""
        return await self._writer.do(
            lambda db: dict(
                db.execute("SELECT run, value FROM facts WHERE key = ? AND value IN ('look', 'anew')", (DOUBT,))
            )
        )

    async def suspect(
        self, run: str, stages: list[tuple[str, str]], things: list[tuple[ResourceKind, str]], *, anew: bool
    ) -> None:
        """Prepare a doubtful run: of each of `things` (kind, name) that it does not have, it may have asked for
        one. anew: all stages have to look what is there. Doing it twice is doing it once."""
        now = self._now()

        def work(db: sqlite3.Connection) -> None:
            there = {row.kind for row in _rows(db, run) if row.fate != REFUSED}
            db.executemany(
                "INSERT INTO resources (run, kind, name, id, fate, note, token, created, updated)"
                " VALUES (?,?,?,'','planned',?,'',?,?)",
                [(run, kind, name, PERHAPS, now, now) for kind, name in things if kind not in there],
            )
            db.executemany(
                "INSERT OR IGNORE INTO stages (run, id, position, title, state) VALUES (?,?,?,?,'waiting')",
                [(run, stage, position, title) for position, (stage, title) in enumerate(stages)],
            )
            if anew:
                db.execute("UPDATE stages SET state = 'waiting' WHERE run = ?", (run,))
            db.execute("UPDATE facts SET value = 'prepared' WHERE run = ? AND key = ?", (run, DOUBT))

        await self._writer.do(work, milestone=True)


class RunRecord:
    """The journal of one run, as its stages see it (`stage.RunLog`). Reads come from memory: only one process at a
    time holds a run."""

    def __init__(
        self,
        writer: Writer,
        clock: Clock,
        run: str,
        facts: dict[str, str],
        rows: list[_Row],
        tell: Callable[[AnyEvent], None],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._writer = writer
        self._check = check
        self._clock = clock
        self._run = run
        self._facts = facts
        self._rows = rows
        self._tell = tell

    async def fact(self, key: str, value: str) -> None:
        if self._facts.get(key) == value:
            return

        def work(db: sqlite3.Connection) -> None:
            self._check()
            db.execute("INSERT OR REPLACE INTO facts (run, key, value) VALUES (?,?,?)", (self._run, key, value))

        await self._writer.do(work)
        self._facts[key] = value

    def known(self, key: str) -> str | None:
        return self._facts.get(key) or None

    async def intend(self, kind: ResourceKind, name: str, note: str = "", token: str = "") -> None:
        await self._insert(kind, name, "", "planned", note, token)

    async def made(self, kind: ResourceKind, name: str, resource_id: str, note: str = "") -> None:
        same = [r for r in self._rows if r.kind == kind and r.id == resource_id]
        open_ = [r for r in self._rows if r.kind == kind and not r.id and r.name == name and r.fate != REFUSED]
        if same:
            if same[-1].fate in ("planned", "unknown") or (note and same[-1].note != note):
                await self._change(same[-1], note=note or same[-1].note, fate="exists")
        elif open_:
            await self._change(open_[-1], id=resource_id, fate="exists", note=note or open_[-1].note)
        else:
            await self._insert(kind, name, resource_id, "exists", note, "")

    async def refused(self, kind: ResourceKind) -> None:
        if (row := self._latest(kind)) is not None and not row.id:
            await self._change(row, fate=REFUSED)

    async def fate(self, kind: ResourceKind, resource_id: str, fate: Fate) -> None:
        for row in self._rows:
            if row.kind == kind and row.id == resource_id and row.fate not in (fate, REFUSED):
                await self._change(row, fate=fate)

    async def remark(self, kind: ResourceKind, resource_id: str, note: str) -> None:
        for row in self._rows:
            if row.kind == kind and row.id == resource_id and row.note != note:
                await self._change(row, note=note)

    def resource(self, kind: ResourceKind) -> Resource | None:
        row = self._latest(kind)
        return row.public() if row else None

    def intent_token(self, kind: ResourceKind) -> str:
        row = self._latest(kind)
        return row.token if row else ""

    def resources(self) -> tuple[Resource, ...]:
        return tuple(row.public() for row in self._rows if row.fate != REFUSED)

    def _latest(self, kind: ResourceKind) -> _Row | None:
        return next((r for r in reversed(self._rows) if r.kind == kind and r.fate != REFUSED), None)

    async def _insert(self, kind: ResourceKind, name: str, resource_id: str, fate: str, note: str, token: str) -> None:
        now = self._clock.now().isoformat()

        def work(db: sqlite3.Connection) -> int:
            self._check()
            cursor = db.execute(
                "INSERT INTO resources (run, kind, name, id, fate, note, token, created, updated)"
                " VALUES (?,?,?,?,?,?,?,?,?)",
                (self._run, kind, name, resource_id, fate, note, token, now, now),
            )
            return int(cursor.lastrowid or 0)

        seq = await self._writer.do(work)
        self._rows.append(_Row(seq, kind, name, resource_id, fate, note, token, now, now))
        self._announce(self._rows[-1])

    async def _change(self, row: _Row, **changes: str) -> None:
        now = self._clock.now().isoformat()
        new = replace(row, updated=now, **changes)  # type: ignore[arg-type]  # only text columns are changed

        def work(db: sqlite3.Connection) -> None:
            self._check()
            db.execute(
                "UPDATE resources SET id = ?, fate = ?, note = ?, updated = ? WHERE seq = ?",
                (new.id, new.fate, new.note, now, new.seq),
            )

        await self._writer.do(work)
        self._rows[next(i for i, r in enumerate(self._rows) if r.seq == row.seq)] = new
        self._announce(new)

    def _announce(self, row: _Row) -> None:
        fate = cast("Fate", "deleted" if row.fate == REFUSED else row.fate)
        self._tell(
            ResourceChanged(
                run=self._run,
                at=self._clock.now(),
                kind=row.kind,
                id=row.id,
                name=row.name,
                fate=fate,
                note="never made" if row.fate == REFUSED else row.note,
            )
        )


def _arrange(db: sqlite3.Connection, run: str, stages: list[tuple[str, str]]) -> None:
    """Exactly these rows, in this order; what is known of a stage stays. One that is not of the run any more stays too
    if something has come of it."""
    wanted = {stage for stage, _ in stages}
    states = dict(db.execute("SELECT id, state FROM stages WHERE run = ?", (run,)).fetchall())
    db.executemany(
        "DELETE FROM stages WHERE run = ? AND id = ?",
        [(run, stage) for stage, state in states.items() if stage not in wanted and state not in ("done", "skipped")],
    )
    for position, (stage, title) in enumerate(stages):
        if stage in states:
            db.execute("UPDATE stages SET position = ? WHERE run = ? AND id = ?", (position, run, stage))
        else:
            db.execute(
                "INSERT INTO stages (run, id, position, title, state) VALUES (?,?,?,?,'waiting')",
                (run, stage, position, title),
            )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _event(run: str, body: bytes) -> AnyEvent | None:
    """None if it cannot be read: the log is worth less than the run that it tells of."""
    try:
        event: AnyEvent = _EVENT.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return event if event.run == run else None


def _rows(db: sqlite3.Connection, run: str) -> list[_Row]:
    found = db.execute(
        "SELECT seq, kind, name, id, fate, note, token, created, updated FROM resources WHERE run = ? ORDER BY seq",
        (run,),
    )
    return [_Row(*row) for row in found]


def _info(db: sqlite3.Connection, run: str) -> RunInfo:
    row = db.execute(
        "SELECT mark, name, profile, recipe, state, created, updated, elapsed, error FROM runs WHERE id = ?", (run,)
    ).fetchone()
    if row is None:
        raise InputError(f"There is no run “{run}” in the journal.", remedy="See “isowright runs” for those there are.")
    mark, name, profile, recipe, state, created, updated, elapsed, error = row
    rows = [r for r in _rows(db, run) if r.fate != REFUSED]
    verified = db.execute("SELECT value FROM facts WHERE run = ? AND key = ?", (run, VERIFIED)).fetchone()
    images = [r.id for r in rows if r.kind == "image" and r.id and r.fate != "deleted"]
    stages = db.execute("SELECT id, title, state, detail, elapsed FROM stages WHERE run = ? ORDER BY position", (run,))
    return RunInfo(
        id=run,
        mark=mark,
        name=name,
        profile=profile,
        recipe=msgspec.json.decode(recipe, type=Recipe),
        state=state,
        created=datetime.fromisoformat(created),
        updated=datetime.fromisoformat(updated),
        elapsed=elapsed,
        error=msgspec.json.decode(error, type=ErrorInfo) if error else None,
        stages=tuple(StageInfo(*stage) for stage in stages),
        resources=tuple(r.public() for r in rows),
        image_id=verified[0] if verified and verified[0] else (images[-1] if images else ""),
        verified=bool(verified and verified[0]),
    )
