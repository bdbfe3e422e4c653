"""The dead-man switch in words: what a resource's note says of it, and how that is read again. Pure.

A switch is a time (UTC, whole minutes) at which the cloud itself deletes the temporary server, unless a living run has
put it off before.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_WORDS = "dead-man switch "
_IN_NOTE = re.compile(_WORDS + r"(\d{4}-\d\d-\d\d \d\d:\d\d) UTC")


def words(moment: datetime) -> str:
    """ "2031-04-05 06:07 UTC"."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def noted(note: str, moment: datetime | None) -> str:
    """A resource's note with the switch's time in it, in place of a former one; None takes it out."""
    plain = _IN_NOTE.sub("", note).rstrip(", ")
    if moment is None:
        return plain
    return f"{plain}, {_WORDS}{words(moment)}" if plain else f"{_WORDS}{words(moment)}"


def time_in(note: str) -> datetime | None:
    """The switch's time that a note tells, None if it tells none."""
    found = _IN_NOTE.search(note)
    return datetime.strptime(found.group(1), "%Y-%m-%d %H:%M").replace(tzinfo=UTC) if found else None
