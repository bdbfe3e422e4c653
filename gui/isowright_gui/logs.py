"""Where the window writes what happened, without secrets, and what becomes of exceptions that nobody caught."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import sys
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from isowright.errors import AppError
from isowright.home import Home, create_private
from isowright.logs import to_file

_log = logging.getLogger(__name__)


@contextlib.contextmanager
def to_files(home: Home) -> Iterator[None]:
    """Log to a rotating file in `home.logs` (4 files of 1 MB) and crashes of the interpreter to a second one."""
    crashes = home.logs / "crash.log"
    create_private(crashes)
    with to_file(home.logs / "isowright.log", older=3), crashes.open("a", encoding="utf-8") as dump:
        faulthandler.enable(dump)  # it writes where the program was, never what it held
        try:
            yield
        finally:
            faulthandler.disable()


def as_app_error(error: BaseException) -> AppError:
    """Any exception in words; an AppError stays itself."""
    if isinstance(error, AppError):
        return error
    from isowright.cloud.redact import redact

    return AppError(
        "Something unexpected happened.",
        detail=redact(f"{type(error).__name__}: {error}").rstrip(": "),
        remedy="What was saved is safe. Try again; if it returns, report it together with the log file.",
    )


class Crashes:
    """The last catcher of exceptions: in slots (`sys.excepthook`) and in tasks (the loop's handler)."""

    def __init__(self, show: Callable[[AppError], None]) -> None:
        self._show = show

    def in_slot(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        _log.error("Unhandled in a slot", exc_info=(kind, error, trace))
        self._tell(error)

    def in_task(self, _loop: object, context: dict[str, Any]) -> None:
        error = context.get("exception")
        _log.error("Unhandled in a task: %s", context.get("message", ""), exc_info=error)
        if isinstance(error, Exception):
            self._tell(error)

    def _tell(self, error: BaseException) -> None:
        try:
            self._show(as_app_error(error))
        except Exception:  # noqa: BLE001  the last catcher must not raise
            _log.exception("The error could not be shown")
