"""The console: its home, with the quotas, and for each server a page in which the operator plays the installer.

A server with a real machine shows its screen there instead. A server's door is the one-time token of the link; each
page speaks with a session that only it knows.
"""

import html
import secrets
from typing import Any

from isowright.practice.model import Caller, Server
from isowright.practice.refusals import Refusal

from .call import Answer, Call
from .console_page import CLOSED_PAGE, CONSOLE_PAGE
from .desk_page import DESK_PAGE
from .screen import ScreenService
from .service import Path

_REASONS = {
    "used": ("This console link was already used", "A link opens the console once."),
    "expired": ("This console link has expired", "A link is good for ten minutes."),
    "unknown": ("This console link is not valid", "It may have been cut off, or the practice cloud was restarted."),
}


def _headers(nonce: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


class Console(ScreenService):
    name = "console"

    def routes(self) -> list[Path]:
        return [
            Path("GET", "/", self.desk, open=True),
            Path("GET", "/console/quotas", self.quotas, open=True),
            Path("POST", "/console/quotas", self.raise_quotas, open=True),
            Path("GET", "/vnc_auto.html", self.page, open=True),
            Path("GET", "/console/state", self.state, open=True),
            Path("POST", "/console/install", self.install, open=True),
            Path("POST", "/console/power-off", self.power_off, open=True),
            *self.screen_routes(),
        ]

    def authenticate(self, call: Call) -> Caller:
        raise self.not_found(call)

    def not_found(self, call: Call) -> Refusal:
        return Refusal(404, "Practice.0404", f"There is no {call.method} {call.path} here.")

    # Its home: the quotas of the project

    def desk(self, call: Call) -> Answer:
        nonce = secrets.token_urlsafe(16)
        page = DESK_PAGE.substitute(
            nonce=nonce, session=self.context.open_desk(), region=html.escape(call.world.state.region)
        )
        return Answer(200, page, _headers(nonce), "text/html; charset=utf-8")

    def _at_desk(self, call: Call) -> None:
        if not self.context.at_desk(call.headers.get("x-console-session", "")):
            raise Refusal(403, "Practice.0403", "This page is over. Open the console again.")

    def quotas(self, call: Call) -> Answer:
        self._at_desk(call)
        return Answer(200, {"quotas": call.world.quotas(call.world.accounts.region_project().id)})

    def raise_quotas(self, call: Call) -> Answer:
        """What a ticket would bring: room for ten runs, however much is used."""
        self._at_desk(call)
        call.world.raise_quotas(call.world.accounts.region_project().id)
        return self.quotas(call)

    # Of a server

    def page(self, call: Call) -> Answer:
        nonce = secrets.token_urlsafe(16)
        headers = _headers(nonce)
        try:
            session = self.context.open_console(call.query.get("token", ""))
        except LookupError as error:
            title, text = _REASONS[str(error.args[0])]
            page = CLOSED_PAGE.substitute(nonce=nonce, title=title, text=text)
            return Answer(403, page, headers, "text/html; charset=utf-8")
        if call.world.machines.real:
            return self.screen(session)
        page = CONSOLE_PAGE.substitute(nonce=nonce, session=session)
        return Answer(200, page, headers, "text/html; charset=utf-8")

    def _server(self, call: Call) -> Server | None:
        return call.world.state.servers.get(self.session_server(call))

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
        elif len(volumes) == 1:  # from an ordinary image: it boots, or it does not
            phase = "booted" if volumes[0].installed else "no-system"
        elif world.guests.disk_installed(server):
            phase, percent = "installed", 100
        else:
            phase = "ready"
        return {
            "phase": phase,
            "percent": percent,
            "installed": world.guests.disk_installed(server),
            "server": server.name,
            "image": server.metadata.get("image_name", ""),
            "disks": [{"device": volume.device, "size": volume.size, "medium": volume.boot} for volume in volumes],
        }

    def install(self, call: Call) -> Answer:
        server = self._server(call)
        if server is not None:
            call.world.guests.begin_install(server)
        return Answer(200, self._state(call, server))

    def power_off(self, call: Call) -> Answer:
        server = self._server(call)
        if server is not None:
            call.world.guests.power_off(server)
        return Answer(200, self._state(call, server))
