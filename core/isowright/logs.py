"""Log files: what happened behind the words of a window or a command, without secrets."""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from isowright.home import create_private

MAX_BYTES = 1_000_000
_FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
_TALKATIVE = ("httpcore", "httpx", "asyncio", "qasync")  # below WARNING they tell of headers and every event


class RedactingFormatter(logging.Formatter):
    """The last gate: whatever a library may log, tokens, keys and passwords do not reach the disk."""

    def format(self, record: logging.LogRecord) -> str:
        from isowright.cloud.redact import redact  # not before there is something to write: a start must be quick

        return redact(super().format(record))


class _File(logging.handlers.RotatingFileHandler):
    """Private, and silent about itself: a log that cannot be written is no reason to disturb who reads the terminal."""

    def _open(self) -> Any:
        create_private(Path(self.baseFilename))
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # logging's own name
        pass

    def close(self) -> None:
        with contextlib.suppress(OSError):  # what it still held back does not fit either
            super().close()


@contextlib.contextmanager
def to_file(path: Path, *, older: int = 1) -> Iterator[None]:
    """Everything from INFO up goes to `path` (1 MB, and the `older` ones before it); nothing is made while nothing
    happens. Levels and handlers are as before afterwards."""
    handler = _File(path, maxBytes=MAX_BYTES, backupCount=older, encoding="utf-8", delay=True)
    handler.setFormatter(RedactingFormatter(_FORMAT))
    root = logging.getLogger()
    level = root.level
    talkative = [(logger, logger.level) for logger in map(logging.getLogger, _TALKATIVE)]
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for logger, _ in talkative:
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.setLevel(level)
        for logger, former in talkative:
            logger.setLevel(former)
        root.removeHandler(handler)
        handler.close()
