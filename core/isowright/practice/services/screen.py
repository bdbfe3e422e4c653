"""The part of the console that shows a real machine's screen: page, scripts, one-time tickets and WebSocket.

A page has a session that only it knows, and trades it for a ticket each time that it connects. With a ticket, only a
page of this door may come.
"""

import asyncio
import contextlib
from pathlib import Path as FilePath

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from isowright.practice.console.bridge import bridge
from isowright.practice.console.novnc import NoVnc
from isowright.practice.console.page import page_headers, screen_page, static_file
from isowright.practice.console.tickets import Tickets
from isowright.practice.refusals import Refusal

from .call import Answer, Call
from .context import Context
from .service import Path, Service

# noVNC's folders are up to five deep.
_NOVNC_DEPTHS = ["/".join(f"{{{n}}}" for n in range(depth)) for depth in range(1, 7)]
_TICKET = "ticket."


class ScreenService(Service):
    """What Console adds its own pages to."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._tickets = Tickets(lambda: context.world.now)
        self._novnc = NoVnc()

    def screen_routes(self) -> list[Path]:
        return [
            Path("POST", "/console/ticket", self.ticket, open=True),
            Path("GET", "/console/static/{name}", self.static, open=True),
            *(Path("GET", f"/console/novnc/{names}", self.novnc, open=True) for names in _NOVNC_DEPTHS),
        ]

    def session_server(self, call: Call) -> str:
        """The id of the server that the page which asks was opened for."""
        server_id = self.context.console_server(call.headers.get("x-console-session", ""))
        if server_id is None:
            raise Refusal(403, "Practice.0403", "This console session is over. Open the console again.")
        return server_id

    def screen(self, session: str) -> Answer:
        port = self.context.world.state.ports["console"]
        page = screen_page(session, advice=self._novnc.advice)
        return Answer(200, page, page_headers(port), "text/html; charset=utf-8")

    def static(self, call: Call) -> Answer:
        found = static_file(call.params["name"])
        if found is None:
            raise self.not_found(call)
        return Answer(200, found[0], {"X-Content-Type-Options": "nosniff"}, found[1])

    def novnc(self, call: Call) -> Answer:
        script = self._novnc.read("/".join(call.params.values()))
        if script is None:
            raise self.not_found(call)
        return Answer(200, script, {"X-Content-Type-Options": "nosniff"}, "text/javascript; charset=utf-8")

    def ticket(self, call: Call) -> Answer:
        server_id = self.session_server(call)
        if self.context.world.machines.vnc_socket(server_id) is None:
            text = "The machine has no screen now: it is off, or on its way up or down. Reconnect when it is on."
            raise Refusal(409, "Practice.0001", text)
        return Answer(200, {"ticket": self._tickets.issue(server_id)})

    # The WebSocket

    async def socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carries the screen, or refuses with 403: a browser tells its page no more than that it was refused."""
        path = self._admitted(scope)
        if path is None:
            await send({"type": "websocket.close"})
        else:
            # Only the end of the practice cloud cancels this; uvicorn would write it down as a failure of ours.
            with contextlib.suppress(asyncio.CancelledError):
                await bridge(path, receive, send)

    def _admitted(self, scope: Scope) -> FilePath | None:
        """Where the screen is that this request may see."""
        headers = Headers(scope=scope)
        host, port = headers.get("host"), scope["server"][1]
        if host not in {f"127.0.0.1:{port}", f"localhost:{port}"} or headers.get("origin") != f"http://{host}":
            return None
        if scope["path"] != "/console/socket":
            return None
        tickets = [name.removeprefix(_TICKET) for name in scope["subprotocols"] if name.startswith(_TICKET)]
        server_id = self._tickets.redeem(tickets[0]) if len(tickets) == 1 else None
        return self.context.world.machines.vnc_socket(server_id) if server_id else None
