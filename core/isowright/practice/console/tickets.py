"""One-time tickets: what a console page shows to open its WebSocket.

The link opens the page once. The page then holds a session that no address, cookie or other tab has, and trades it for
a new ticket each time that it connects: the same page can connect again, a copied address cannot.
"""

import secrets
from collections.abc import Callable

TICKET_LIFE = 30.0
"""Real seconds from the page's request to its connection."""


class Tickets:
    """`now` gives epoch seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._open: dict[str, tuple[str, float]] = {}  # ticket → server id, when it ends

    def issue(self, server_id: str) -> str:
        now = self._now()
        self._open = {ticket: kept for ticket, kept in self._open.items() if kept[1] > now}
        ticket = secrets.token_urlsafe(32)
        self._open[ticket] = (server_id, now + TICKET_LIFE)
        return ticket

    def redeem(self, ticket: str) -> str | None:
        """The server id, the first time and in time; else None."""
        server_id, ends = self._open.pop(ticket, ("", 0.0))
        return server_id if ends > self._now() else None
