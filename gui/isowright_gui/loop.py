"""asyncio on Qt's event loop, as this program needs it."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QTimerEvent
from PySide6.QtWidgets import QApplication

from isowright_gui.sweeper import Sweeper

import qasync  # isort: skip  # takes the binding that is already imported

# Many Qt calls let go of the interpreter's lock. Taking it back from a busy thread lasts one interval, by default 5 ms:
# with a page of 200 widgets that is a second in which the window does not answer.
SWITCH_INTERVAL = 0.0005
THREADS = 8


class _Timer(qasync._SimpleTimer):  # type: ignore[misc]  # noqa: SLF001  no public door to it
    """Holds callbacks back while the loop does not run."""

    loop: Loop | None = None

    def timerEvent(self, event: QTimerEvent) -> None:
        if self.loop is None or self.loop.is_running():
            super().timerEvent(event)


class Loop(qasync.QEventLoop):  # type: ignore[misc]  # published without types
    """Tasks run only inside `run_*`. qasync alone also runs them whenever somebody lets Qt process events (itself, at
    the end of `run_until_complete`), and then they have no running loop and fail."""

    def __init__(self, app: QApplication) -> None:
        sys.setswitchinterval(SWITCH_INTERVAL)
        qasync._SimpleTimer, former = _Timer, qasync._SimpleTimer  # noqa: SLF001  no public door to it
        try:
            super().__init__(app)
        finally:
            qasync._SimpleTimer = former  # noqa: SLF001
        self._timer.loop = self
        self._sweeper = Sweeper()
        self.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="isowright"))

    def _process_event(self, key: Any, mask: int) -> None:
        if self.is_running():
            super()._process_event(key, mask)

    def close(self) -> None:
        if not self.is_closed():
            self._timer.loop = None
            self._sweeper.stop()
        super().close()


def make_loop(app: QApplication) -> asyncio.AbstractEventLoop:
    """A new loop on the application's; qasync's signature has no types."""
    loop: asyncio.AbstractEventLoop = Loop(app)
    return loop
