"""What a process does before anything else, so that its secrets stay its own: they leave the environment, which every
child would inherit, and neither a crash nor an exception that nobody caught shows them."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from collections.abc import Mapping
from types import TracebackType

VARIABLES = (
    "ISOWRIGHT_PASSWORD",
    "ISOWRIGHT_ACCESS_KEY",
    "ISOWRIGHT_SECRET_KEY",
    "ISOWRIGHT_SECURITY_TOKEN",
    "ISOWRIGHT_TOKEN",
    "ISOWRIGHT_PASSCODE",
    # Secrets of other programs, which none of our children needs either
    "HUAWEICLOUD_SDK_SK",
    "HUAWEICLOUD_SDK_SECURITY_TOKEN",
    "HW_SECRET_KEY",
    "HW_SECURITY_TOKEN",
    "HW_USER_PASSWORD",
    "HW_AUTH_TOKEN",
    "OS_PASSWORD",
    "OS_SECRET_KEY",
    "OS_SECURITY_TOKEN",
    "OS_TOKEN",
    "OS_AUTH_TOKEN",
    "ISOWRIGHT_PROXY_PASSWORD",
)

_taken: dict[str, str] = {}


def take_secrets() -> None:
    """Out of the environment; `given` still has them."""
    _taken.clear()
    for name in VARIABLES:
        if (value := os.environ.pop(name, None)) is not None:
            _taken[name] = value


def given() -> Mapping[str, str]:
    """The environment as it was handed to this process."""
    return {**os.environ, **_taken}


def guard_process() -> None:
    """No memory image on the disk; redacted what goes to standard error when nobody catches an exception."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # not on Windows, which keeps none by itself

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable
    if logging.lastResort is not None:  # what libraries say while there is no log file
        logging.lastResort.setFormatter(_Redacting())


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        from isowright.cloud.redact import redact

        return redact(super().format(record), tuple(_taken.values()))


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    import traceback

    _tell("".join(traceback.format_exception(kind, error, trace)))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _unraisable(args: sys.UnraisableHookArgs) -> None:
    if args.exc_value is not None:
        _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _tell(text: str) -> None:
    from isowright.cloud.redact import redact

    # Its values may be secret before any account has been opened.
    with contextlib.suppress(AttributeError, OSError, ValueError):  # no standard error, or a closed one
        sys.stderr.write(redact(text, tuple(_taken.values())))
        sys.stderr.flush()
