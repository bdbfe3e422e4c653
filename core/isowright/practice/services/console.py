"""The console of a server: the screen of its machine, or, if it has none, a page in which the operator plays the
installer and then powers the machine off.

The door is the one-time token of the link; the page then speaks with a session that only it knows. For the screen's
WebSocket it gets a one-time ticket, with which only a page of this door may come.
"""

import asyncio
import contextlib
import secrets
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from isowright.practice.console.bridge import bridge
from isowright.practice.console.page import page_headers, screen_page, static_file
from isowright.practice.model import Caller, Server
from isowright.practice.refusals import Refusal

from .call import Answer, Call
from .console_page import CLOSED_PAGE, CONSOLE_PAGE
from .service import Path as Route
from .service import Service

_REASONS = {
    "used": ("This console link was already used", "A link opens the console once."),
    "expired": ("This console link has expired", "A link is good for ten minutes."),
    "unknown": ("This console link is not valid", "It may have been cut off, or the practice cloud was restarted."),
}


# noVNC's folders are up to five deep.
_NOVNC_DEPTHS = ["/".join(f"{{{n}}}" for n in range(depth)) for depth in range(1, 7)]
_TICKET = "ticket."


class Console(Service):
    name = "console"

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/vnc_auto.html", self.page, open=True),
            Route("GET", "/console/state", self.state, open=True),
            Route("POST", "/console/install", self.install, open=True),
            Route("POST", "/console/power-off", self.power_off, open=True),
            Route("POST", "/console/ticket", self.ticket, open=True),
            Route("GET", "/console/static/{name}", self.static, open=True),
            *(Route("GET", f"/console/novnc/{names}", self.novnc, open=True) for names in _NOVNC_DEPTHS),
        ]

    def authenticate(self, call: Call) -> Caller:
        raise self.not_found(call)

    def not_found(self, call: Call) -> Refusal:
        return Refusal(404, "Practice.0404", f"There is no {call.method} {call.path} here.")

    def page(self, call: Call) -> Answer:
        nonce = secrets.token_urlsafe(16)
        headers = {
            "Content-Security-Policy": f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
            "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        try:
            session = self.context.open_console(call.query.get("token", ""))
        except LookupError as error:
            title, text = _REASONS[str(error.args[0])]
            page = CLOSED_PAGE.substitute(nonce=nonce, title=title, text=text)
            return Answer(403, page, headers, "text/html; charset=utf-8")
        if self.context.screens.vnc_socket(self.context.console_server(session) or "") is None:
            page = CONSOLE_PAGE.substitute(nonce=nonce, session=session)
        else:
            page = screen_page(session, advice=self.context.novnc.advice)
            headers = page_headers(call.world.state.ports["console"])
        return Answer(200, page, headers, "text/html; charset=utf-8")

    def _server_id(self, call: Call) -> str:
        server_id = self.context.console_server(call.headers.get("x-console-session", ""))
        if server_id is None:
            raise Refusal(403, "Practice.0403", "This console session is over. Open the console again.")
        return server_id

    def _server(self, call: Call) -> Server | None:
        return call.world.state.servers.get(self._server_id(call))

    def state(self, call: Call) -> Answer:
        return Answer(200, self._state(call, self._server(call)))

    def _state(self, call: Call, server: Server | None) -> dict[str, Any]:
        world = call.world
        if server is None or server.task_state == "deleting":
            return {"phase": "gone", "percent": 0}
        volumes = [world.state.volumes[v] for v in server.volumes if v in world.state.volumes]
        percent = 0
        if server.status == "SHUTOFF":
            phase = "off"
        elif server.status != "ACTIVE" or server.task_state:
            phase = "busy"
        elif server.install_ends is not None and server.install_began is not None:
            phase = "installing"
            length = max(server.install_ends - server.install_began, 0.001)
            percent = min(99, int(100 * (world.now - server.install_began) / length))
        elif world.servers.disk_installed(server):
            phase, percent = "installed", 100
        else:
            phase = "ready"
        return {
            "phase": phase,
            "percent": percent,
            "installed": world.servers.disk_installed(server),
            "server": server.name,
            "image": server.metadata.get("image_name", ""),
            "disks": [{"device": volume.device, "size": volume.size, "medium": volume.boot} for volume in volumes],
        }

    def install(self, call: Call) -> Answer:
        server = self._server(call)
        if self.context.screens.vnc_socket(self._server_id(call)) is not None:
            raise Refusal(409, "Practice.0001", "This server has a real machine: install the system on its screen.")
        if server is not None:
            call.world.servers.begin_install(server)
        return Answer(200, self._state(call, server))

    def power_off(self, call: Call) -> Answer:
        server = self._server(call)
        if server is not None:
            call.world.servers.power_off(server)
        return Answer(200, self._state(call, server))

    # The screen

    def static(self, call: Call) -> Answer:
        found = static_file(call.params["name"])
        if found is None:
            raise self.not_found(call)
        return Answer(200, found[0], {"X-Content-Type-Options": "nosniff"}, found[1])

    def novnc(self, call: Call) -> Answer:
        script = self.context.novnc.read("/".join(call.params.values()))
        if script is None:
            raise self.not_found(call)
        return Answer(200, script, {"X-Content-Type-Options": "nosniff"}, "text/javascript; charset=utf-8")

    def ticket(self, call: Call) -> Answer:
        server_id = self._server_id(call)
        if self.context.screens.vnc_socket(server_id) is None:
            text = "The machine has no screen now: it is off, or on its way up or down. Reconnect when it is on."
            raise Refusal(409, "Practice.0001", text)
        return Answer(200, {"ticket": self.context.tickets.issue(server_id)})

    async def socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carries the screen, or refuses with 403: a browser tells its page no more than that it was refused."""
        path = self._screen(scope)
        if path is None:
            await send({"type": "websocket.close"})
        else:
            # Only the end of the practice cloud cancels this; uvicorn would write it down as a failure of ours.
            with contextlib.suppress(asyncio.CancelledError):
                await bridge(path, receive, send)

    def _screen(self, scope: Scope) -> Path | None:
        """Where the screen is that this request may see."""
        headers = Headers(scope=scope)
        host, port = headers.get("host"), scope["server"][1]
        if host not in {f"127.0.0.1:{port}", f"localhost:{port}"} or headers.get("origin") != f"http://{host}":
            return None
        if scope["path"] != "/console/socket":
            return None
        tickets = [name.removeprefix(_TICKET) for name in scope["subprotocols"] if name.startswith(_TICKET)]
        server_id = self.context.tickets.redeem(tickets[0]) if len(tickets) == 1 else None
        return self.context.screens.vnc_socket(server_id) if server_id else None
