"""Who holds what only one process may use: as the lock's file tells it, and in words."""

from __future__ import annotations

import getpass
import json
import os
import socket
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

_ROOM = 512  # bytes: always as many, so that one write replaces all of a former holder
_LONGEST_NAME = 80


@dataclass(frozen=True, kw_only=True)
class Holder:
    """One process. Times are UTC.

    lease: new with each taking. who: "window", "command line" or "". locked: it also has the operating system's lock,
    which says more than any sign of life. seen: last sign of life, None where none is given.
    """

    lease: str = ""
    who: str = ""
    process: int = 0
    host: str = ""
    user: str = ""
    since: datetime | None = None
    locked: bool = True
    seen: datetime | None = None

    @property
    def here(self) -> bool:
        """On this computer."""
        return self.host == this_host()

    @property
    def brief(self) -> str:
        """ "the command line (process 1234)", "the window on pc7 (process 1234)", "another process"."""
        if not self.process:
            return "another process"
        who = {"window": "the window", "command line": "the command line"}.get(self.who, "another process")
        where = "" if self.here or not self.host else f" on {self.host}"
        return f"{who}{where} (process {self.process})"

    def sentence(self, now: datetime) -> str:
        """ "The window of this computer, process 1234, since 14:03; last sign of life 4 s ago."."""
        if not self.process:
            return "Another process, which has not told its name."
        who = {"window": "The window", "command line": "The command line"}.get(self.who, "Another process")
        parts = [f"{who} of {'this computer' if self.here or not self.host else self.host}", f"process {self.process}"]
        if self.user and self.user != this_user():
            parts.append(f"user {self.user}")
        if self.since is not None:
            parts.append(f"since {moment(self.since, now)}")
        sign = f"; last sign of life {_ago((now - self.seen).total_seconds())}" if self.seen is not None else ""
        return f"{', '.join(parts)}{sign}."

    def to_bytes(self) -> bytes:
        """JSON with blanks behind it: what `read_holder` reads."""
        facts = {
            "lease": self.lease,
            "who": self.who,
            "process": self.process,
            "host": self.host,
            "user": self.user,
            "since": self.since.isoformat() if self.since else None,
            "locked": self.locked,
        }
        return json.dumps(facts).encode().ljust(_ROOM)


def this_process(who: str, *, locked: bool = True) -> Holder:
    """This process, with a lease of its own."""
    return Holder(
        lease=os.urandom(16).hex(),
        who=who,
        process=os.getpid(),
        host=this_host(),
        user=this_user(),
        since=datetime.now(UTC).replace(microsecond=0),
        locked=locked,
    )


def read_holder(path: Path, *, signs: bool = True) -> Holder | None:
    """None if the file tells of nobody. signs: it is touched as a sign of life."""
    try:
        text = path.read_bytes().decode(errors="replace").strip()
        changed = path.stat().st_mtime
    except OSError:
        return None
    if text.isdigit():  # of an older program
        return Holder(process=int(text), host=this_host())
    try:
        facts = json.loads(text)
        since = facts["since"]
        holder = Holder(
            lease=str(facts["lease"]),
            who=str(facts["who"]),
            process=int(facts["process"]),
            host=str(facts["host"]),
            user=str(facts["user"]),
            since=datetime.fromisoformat(since) if since else None,
            locked=bool(facts["locked"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
    return replace(holder, seen=datetime.fromtimestamp(changed, UTC)) if signs else holder


def moment(then: datetime, now: datetime) -> str:
    """ "14:03", with the date where that is another day. Local time."""
    local = then.astimezone()
    return local.strftime("%H:%M" if local.date() == now.astimezone().date() else "%Y-%m-%d %H:%M")


@cache
def this_host() -> str:
    return socket.gethostname()[:_LONGEST_NAME]


@cache
def this_user() -> str:
    try:
        return getpass.getuser()[:_LONGEST_NAME]
    except (OSError, KeyError, ImportError):  # an account without a name
        return ""


def _ago(seconds: float) -> str:
    if seconds < 120:
        return f"{max(seconds, 0):.0f} s ago"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min ago"
    return f"{seconds / 3600:.0f} h ago"
