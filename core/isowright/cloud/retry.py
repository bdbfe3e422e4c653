"""What may be repeated, how often and after how long. Pure.

A create is never repeated when the first one may have worked: its outcome is looked up by whoever asked. With a client
token (ECS create) the cloud itself recognises the repeat.
"""

from __future__ import annotations

import math
import random
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from isowright.cloud.remedy_case import Nature
from isowright.cloud.wire import Kind

Trouble = Nature | Literal["not-sent", "lost", "unreadable"]
Verdict = Literal["again", "unknown", "stop"]

LONGEST_WAIT = 60.0  # seconds; also the cap on Retry-After

# Tries in all, the first included.
_TRIES: dict[str, int] = {
    "not-sent": 4,
    "lost": 4,
    "throttled": 7,
    "gateway": 7,
    "server": 3,
    "unknown": 3,
    "unreadable": 3,
    "wait": 6,
}
_TRIES_LOGIN = 3  # someone is looking at the button
_TRIES_PART = 8  # of some thousand, which one failure must not bring down
LONGEST_WAIT_PART = 20.0  # seconds
_RENEWALS_PART = 3  # new keys are not known at once to every server that takes parts
_AMBIGUOUS = ("lost", "gateway", "server", "unknown", "unreadable")


def decide(kind: Kind, trouble: Trouble, tries: int, *, doubt: bool = False) -> Verdict:
    """What to do after try number `tries` met `trouble`. doubt: an earlier try may have had its effect."""
    if kind == "create" and trouble in _AMBIGUOUS:
        return "unknown"
    limit = _TRIES.get(trouble, 1)
    if kind == "part" and limit > 1:
        limit = _TRIES_PART
    if kind == "login":
        limit = min(limit, _TRIES_LOGIN)
    if trouble == "wait" and kind in ("login", "read", "action"):
        limit = 1  # the caller knows what the server or image is waiting for
    if tries < limit:
        return "again"
    if kind == "create-with-token" and (doubt or trouble in _AMBIGUOUS):
        return "unknown"
    return "stop"


def renewals(kind: Kind) -> int:
    """How often one request may be sent again with another proof."""
    return _RENEWALS_PART if kind == "part" else 1


def is_ambiguous(trouble: Trouble) -> bool:
    """The request may have had its effect."""
    return trouble in _AMBIGUOUS


def delay(tries: int, retry_after: float | None = None, longest: float = LONGEST_WAIT) -> float:
    """Seconds before the next try: what the cloud asks for, else full jitter under 1, 2, 4 … `longest` s."""
    if retry_after is not None:
        return min(max(retry_after, 0.0), LONGEST_WAIT)
    # Spreads clients out; nobody has to be unable to guess it.
    return random.uniform(0.1, min(longest, 2.0 ** (tries - 1)))  # noqa: S311  # not cryptography


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds from a Retry-After header: a number, or a date."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        pass
    else:
        return seconds if math.isfinite(seconds) else None
    try:
        return (parsedate_to_datetime(value) - now).total_seconds()
    except (ValueError, TypeError):
        return None
