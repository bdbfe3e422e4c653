"""What all services share: the world, its faults, the log of requests, and the requests that are being held."""

import secrets
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from isowright.practice.blobs import Blobs
from isowright.practice.faults import FaultBook, Rule
from isowright.practice.timing import CONSOLE_LINK_LIFE
from isowright.practice.world import World

from .call import Call, stamp
from .wire import Dropped, Hold

_LOG_LENGTH = 20_000


class Doors(Protocol):
    """The services' ports."""

    def close(self, service: str, rule_id: str, seconds: float) -> None:
        """New connections to the service are refused, kept ones end; for `seconds`, 0 = until `open`."""

    def open(self, rule_ids: set[str] | None) -> None:
        """Ports that these rules closed, or all, are open again."""


class OpenDoors:
    """Where there are no ports, none can be closed."""

    def close(self, service: str, rule_id: str, seconds: float) -> None:
        pass

    def open(self, rule_ids: set[str] | None) -> None:
        pass


class Context:
    def __init__(self, world: World, blobs: Blobs, save: Callable[[], None]) -> None:
        self.world = world
        self.blobs = blobs
        self.save = save
        self.requests: deque[dict[str, Any]] = deque(maxlen=_LOG_LENGTH)
        self.holds: list[Hold] = []
        self.doors: Doors = OpenDoors()
        self._checkpoint: bytes | None = None
        # In memory only: console links and sessions are secrets, and end with the process.
        self._links: dict[str, tuple[str, float]] = {}
        self._used_links: set[str] = set()
        self._sessions: dict[str, str] = {}
        self._desks: set[str] = set()

    @property
    def faults(self) -> FaultBook:
        return self.world.faults

    def log(self, service: str, call: Call, status: int, began: float, rules: list[Rule]) -> None:
        """No bodies, no queries with secrets, no headers: what was asked, by whom, and what came of it."""
        self.requests.append(
            {
                "service": service,
                "method": call.method,
                "path": call.path,
                "query": "" if service == "console" else call.raw_query,
                "range": call.headers.get("range", ""),
                "status": status,
                "when": stamp(began, milliseconds=True),
                "seconds": round(self.world.now - began, 4),
                "user": call.who.user.name if call.who else None,
                "request_id": call.request_id,
                "faults": [rule.id for rule in rules],
            }
        )

    def expire(self, action: str) -> None:
        if action == "expire-tokens":
            self.world.accounts.expire_tokens()
        else:
            self.world.accounts.expire_temporary_keys()
        self.save()

    def lose(self, action: str, upload_id: str) -> None:
        """Validity, or the first part that is there of an unfinished upload."""
        if action != "lose-part":
            self.expire(action)
            return
        upload = self.world.state.uploads.get(upload_id)
        if upload is not None and upload.parts:
            self.blobs.remove(self.world.objects.drop_part(upload, min(upload.parts)))
            self.save()

    def add_faults(self, script: Any) -> list[Rule]:
        """Raises ValueError with a sentence about what is wrong with the script."""
        rules = self.faults.add(script)
        self._act_at_once(rules)
        return rules

    def load_faults(self, path: Path) -> None:
        """Raises OSError or ValueError."""
        self._act_at_once(self.faults.load(path))

    def _act_at_once(self, rules: Iterable[Rule]) -> None:
        for rule in rules:
            if rule.immediate:
                rule.fired += 1
                self.expire(rule.action)

    async def hold(self, held: Hold) -> None:
        """Waits to be let go. Raises Dropped if it is thrown away."""
        self.holds.append(held)
        try:
            await held.let_go.wait()
        finally:
            self.holds.remove(held)
        if held.dropped:
            raise Dropped

    def release(self, rule_ids: set[str] | None, *, drop: bool = False) -> int:
        """Lets held requests go, or throws them away: those of some rules, or all; opens the ports that they closed.
        Returns how many requests were held."""
        self.doors.open(rule_ids)
        chosen = [held for held in self.holds if rule_ids is None or held.rule_id in rule_ids]
        for held in chosen:
            held.dropped = drop
            held.let_go.set()
        return len(chosen)

    # Checkpoints

    def checkpoint(self) -> None:
        """Remembers the world as it is, objects with their bytes."""
        self.world.settle()
        self._checkpoint = self.world.to_json()
        stored = [o for bucket in self.world.state.buckets.values() for o in bucket.objects.values()]
        self.blobs.kept = {o.blob for o in stored}

    def go_back(self) -> bool:
        """The world as it was at the checkpoint; no rules, no held requests, nothing asked. False: there is none."""
        if self._checkpoint is None:
            return False
        self.faults.remove(None)
        self.release(None, drop=True)
        self.world.go_back(self._checkpoint)
        self.requests.clear()
        self.save()
        return True

    # Console links

    def console_link(self, server_id: str) -> str:
        """A URL with a token that opens one page, once, within ten minutes."""
        token = secrets.token_urlsafe(32)
        self._links[token] = (server_id, self.world.now + CONSOLE_LINK_LIFE)
        return f"{self.world.urls['console']}/vnc_auto.html?token={token}&lang=EN"

    def open_console(self, token: str) -> str:
        """A session for a token's page. Raises LookupError with "used", "expired" or "unknown"."""
        if token in self._used_links:
            raise LookupError("used")
        server_id, expires = self._links.pop(token, ("", 0.0))
        if not server_id:
            raise LookupError("unknown")
        if expires <= self.world.now:
            raise LookupError("expired")
        self._used_links.add(token)
        session = secrets.token_urlsafe(32)
        self._sessions[session] = server_id
        return session

    def console_server(self, session: str) -> str | None:
        """The server id that a page's session may play with."""
        return self._sessions.get(session)

    def open_desk(self) -> str:
        """A session for the console's home."""
        session = secrets.token_urlsafe(32)
        self._desks.add(session)
        return session

    def at_desk(self, session: str) -> bool:
        return session in self._desks
