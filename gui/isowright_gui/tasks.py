"""Ownership of asyncio tasks by the page or window that started them.

A task is always held by a scope, its failure always reaches somebody, and closing a scope ends what it owns before the
widgets are deleted.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from isowright.errors import AppError

_log = logging.getLogger(__name__)

ErrorHandler = Callable[[AppError], None]


class TaskScope:
    """Owns tasks. `on_error` gets every AppError that a task does not handle; other exceptions go to `on_crash`."""

    def __init__(self, name: str, on_error: ErrorHandler | None = None) -> None:
        self.name = name
        self._on_error = on_error
        self._tasks: dict[str, set[asyncio.Task[Any]]] = {}
        self.closed = False

    def spawn(
        self,
        coro: Coroutine[Any, Any, Any],
        *,
        name: str,
        on_error: ErrorHandler | None = None,
        replace: bool = False,
    ) -> asyncio.Task[Any] | None:
        """Run `coro` in this scope. `replace`: cancel a task of the same name first (the newest answer wins)."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a timer of Qt's that comes when the loop has ended already
            loop = None
        if self.closed or loop is None:
            coro.close()
            return None
        if replace:
            self.cancel(name)
        task = loop.create_task(coro, name=f"{self.name}:{name}")
        self._tasks.setdefault(name, set()).add(task)
        task.add_done_callback(lambda done: self._finished(name, done, on_error or self._on_error))
        return task

    def running(self, name: str) -> bool:
        return any(not task.done() for task in self._tasks.get(name, ()))

    def of(self, name: str) -> list[asyncio.Task[Any]]:
        """Those under way, to be waited for."""
        return [task for task in self._tasks.get(name, ()) if not task.done()]

    def cancel(self, name: str) -> None:
        for task in self._tasks.get(name, ()):
            task.cancel()

    async def close(self) -> None:
        """Cancel everything and wait until it has ended."""
        self.closed = True
        tasks = [task for group in self._tasks.values() for task in group if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        self._tasks.clear()

    def _finished(self, name: str, task: asyncio.Task[Any], on_error: ErrorHandler | None) -> None:
        self._tasks.get(name, set()).discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None or self.closed:
            return
        if isinstance(error, AppError) and on_error is not None:
            on_error(error)
        else:
            # Reaches the loop's exception handler: logged, shown by the window, and failing the test that caused it.
            task.get_loop().call_exception_handler(
                {"message": f"task {task.get_name()} failed", "exception": error, "task": task}
            )
