"""The console of a server: a page in which the operator plays the installer, then powers the machine off.

Its door is the one-time token of the link; the page then speaks with a session that only it knows.
"""

import secrets
from typing import Any

from isowright.practice.model import Caller, Server
from isowright.practice.refusals import Refusal

from .call import Answer, Call
from .console_page import CLOSED_PAGE, CONSOLE_PAGE
from .service import Path, Service

_REASONS = {
    "used": ("This console link was already used", "A link opens the console once."),
    "expired": ("This console link has expired", "A link is good for ten minutes."),
    "unknown": ("This console link is not valid", "It may have been cut off, or the practice cloud was restarted."),
}


class Console(Service):
    name = "console"

    def routes(self) -> list[Path]:
        return [
            Path("GET", "/vnc_auto.html", self.page, open=True),
            Path("GET", "/console/state", self.state, open=True),
            Path("POST", "/console/install", self.install, open=True),
            Path("POST", "/console/power-off", self.power_off, open=True),
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
        page = CONSOLE_PAGE.substitute(nonce=nonce, session=session)
        return Answer(200, page, headers, "text/html; charset=utf-8")

    def _server(self, call: Call) -> Server | None:
        server_id = self.context.console_server(call.headers.get("x-console-session", ""))
        if server_id is None:
            raise Refusal(403, "Practice.0403", "This console session is over. Open the console again.")
        return call.world.state.servers.get(server_id)

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
        if server is not None:
            call.world.servers.begin_install(server)
        return Answer(200, self._state(call, server))

    def power_off(self, call: Call) -> Answer:
        server = self._server(call)
        if server is not None:
            call.world.servers.power_off(server)
        return Answer(200, self._state(call, server))
