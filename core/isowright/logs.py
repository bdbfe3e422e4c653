"""The log file of a command: what happened behind its words, without secrets."""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
from collections.abc import Iterator
from pathlib import Path

from isowright.cloud.redact import redact

_MAX_BYTES = 1_000_000
_FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"


class _Redacted(logging.Formatter):
    """The last gate: whatever a library may log, tokens, keys and passwords do not reach the disk."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _File(logging.handlers.RotatingFileHandler):
    """A log that cannot be written, on a full disk for instance, is no reason to disturb whoever reads the terminal."""

    def handleError(self, record: logging.LogRecord) -> None:  # logging's own name
        pass


@contextlib.contextmanager
def to_file(path: Path) -> Iterator[None]:
    """Everything from INFO up goes to `path` (1 MB, and the one before it); nothing is made while nothing happens."""
    handler = _File(path, maxBytes=_MAX_BYTES, backupCount=1, encoding="utf-8", delay=True)
    handler.setFormatter(_Redacted(_FORMAT))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()
