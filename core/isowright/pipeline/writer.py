"""One thread that owns the journal's connection, so that no event loop ever waits for a disk."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from isowright.errors import StateError
from isowright.pipeline.guard import Backup, Commits
from isowright.pipeline.recovery import open_journal
from isowright.pipeline.schema import state_error

T = TypeVar("T")
_COUNT = "UPDATE meta SET value = value + 1 WHERE key = 'commits' RETURNING value"
Work = Callable[[sqlite3.Connection], T]


class Writer:
    """Does pieces of work in order. What has accumulated meanwhile shares one transaction, so that a hundred runs
    do not wait for a hundred disk flushes; nobody is answered before that transaction is on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notice: StateError | None = None  # what has to be told about the file that was opened
        self._commits = Commits(path)
        self._backup = Backup(path)
        self._queue: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def open(self) -> None:
        """Open (and migrate) the file. Raises StateError."""
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._serve, args=(opened,), name="journal", daemon=True)
        self._thread.start()
        await asyncio.wrap_future(opened)

    async def close(self) -> None:
        """Finish what is queued and close the file."""
        if (thread := self._thread) is not None:
            self._thread = None
            self._queue.put(None)
            await asyncio.to_thread(thread.join)

    async def do(self, work: Work[T], *, milestone: bool = False) -> T:
        """Have `work` done; returns when its effect is on disk. It is done even if the caller is cancelled.

        milestone: the copy beside the journal should have it soon.
        """

        def reached(database: sqlite3.Connection) -> T:
            self._backup.due()
            return work(database)

        return await asyncio.shield(asyncio.wrap_future(self.post(reached if milestone else work)))

    def post(self, work: Work[T]) -> Future[T]:
        """Have `work` done some time, after everything that was asked for before."""
        if self._thread is None:
            raise RuntimeError("the journal is not open")
        answer: Future[T] = Future()
        self._queue.put((work, answer))
        return answer

    def _serve(self, opened: Future[None]) -> None:
        try:
            journal = open_journal(self.path)
        except (sqlite3.Error, OSError) as error:
            opened.set_exception(state_error(error, self.path))
            return
        except BaseException as error:  # noqa: BLE001  # whoever opens it must hear of it, or waits for ever
            opened.set_exception(error)
            return
        self.notice = journal.notice
        if journal.notice is not None:
            self._backup.due()
        opened.set_result(None)
        try:
            self._work(journal.database)
            self._backup.make(journal.database)
        finally:
            journal.database.close()
            journal.use.end()

    def _work(self, database: sqlite3.Connection) -> None:
        while True:
            try:
                first = self._queue.get(timeout=self._backup.wait())
            except queue.Empty:
                self._backup.make(database)
                continue
            if first is None:
                return
            batch = [first]
            last = False
            while not self._queue.empty() and len(batch) < 200:
                if (item := self._queue.get()) is None:
                    last = True
                    break
                batch.append(item)
            self._commit(database, batch)
            if last:
                return

    def _commit(self, database: sqlite3.Connection, batch: list[tuple[Work[Any], Future[Any]]]) -> None:
        done: list[Any] = []
        count = 0
        try:
            database.execute("BEGIN IMMEDIATE")
            before = database.total_changes
            done.extend(work(database) for work, _ in batch)
            if database.total_changes != before:
                count = database.execute(_COUNT).fetchone()[0]
            database.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001  # whatever it is, it belongs to whoever asked
            if database.in_transaction:
                database.execute("ROLLBACK")
            if len(batch) > 1:  # one piece is at fault: the others must not suffer
                for item in batch:
                    self._commit(database, [item])
                return
            failed = state_error(error, self.path) if isinstance(error, (sqlite3.Error, OSError)) else error
            if isinstance(error, msgspec.MsgspecError):
                failed = state_error(sqlite3.DatabaseError(f"malformed: {error}"), self.path)
            batch[0][1].set_exception(failed)
            return
        if count:
            self._commits.tell(count)
        for (_, answer), result in zip(batch, done, strict=True):
            answer.set_result(result)
