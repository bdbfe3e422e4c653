"""What the search tells, as data with its words: for the window, the command line and `--json`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from isowright.errors import AppError
from isowright.events import ErrorInfo

Kind = Literal["server", "system-volume", "data-volume", "iso-image", "upload", "vpc"]
Billed = Literal["hourly", "storage", "no"]
Verdict = Literal["free", "young", "live", "blocked"]

_KINDS: dict[str, str] = {
    "server": "temporary server",
    "system-volume": "system disk",
    "data-volume": "data disk",
    "iso-image": "ISO image",
    "upload": "unfinished upload",
    "vpc": "VPC",
}


class Orphan(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="orphan"):
    """One thing that carries our marks. `run`: the run's id, or its mark if the thing tells no more.

    verdict: "free" = nobody needs it; "young" = of another computer and recent, which may still use it; "live" = of an
    unfinished run of this computer; "blocked" = deleting it would harm something that is not ours. `reason` says why
    in one sentence. age: seconds, None if the cloud does not tell; size: "2 vCPU, 4 GiB, 80 GB of disks".
    disks: ids of the disks that go with a server. A VPC takes its run's subnet along.
    """

    kind: Kind
    id: str
    name: str
    run: str
    verdict: Verdict
    reason: str
    here: bool = False  # the run is in this computer's journal
    run_name: str = ""
    created: datetime | None = None
    age: float | None = None
    size: str = ""
    billed: Billed = "no"
    disks: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.id

    @property
    def removable(self) -> bool:
        """It may be chosen."""
        return self.verdict in ("free", "young")

    @property
    def chosen_at_first(self) -> bool:
        """Nothing speaks against deleting it."""
        return self.verdict == "free"


class Unseen(msgspec.Struct, frozen=True):
    """A kind of things that could not be looked at. what: "servers"."""

    what: str
    error: AppError


class Found(msgspec.Struct, frozen=True):
    """Servers first, then disks, ISO images, uploads and networks, oldest first within a kind."""

    orphans: tuple[Orphan, ...] = ()
    unseen: tuple[Unseen, ...] = ()


class Removal(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="orphan-removal"):
    """What becomes of one chosen thing. state: "deleting" (`text` says how far), then "deleted", "gone" (it was not
    there any more) or "failed" with the error."""

    kind: Kind
    id: str
    name: str
    run: str
    state: Literal["deleting", "deleted", "gone", "failed"]
    text: str = ""
    error: ErrorInfo | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.id


def kind_word(kind: str) -> str:
    """ "system disk"."""
    return _KINDS.get(kind, kind)


def lasting(seconds: float) -> str:
    """A time span as one looks at leftovers: "5 minutes", "1 hour", "3 days"."""
    for unit, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= unit:
            count = int(seconds // unit)
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    return "less than a minute"
