"""The services' ports: closed, they refuse connections, as those of a service do that is down."""

import asyncio
import socket

import uvicorn

from .services.wire import Connection


def listen(port: int, *, must: bool) -> socket.socket:
    """A listening socket on loopback; on any free port if `port` is taken, unless it `must` be that one (OSError)."""
    # IPPROTO_TCP spelled out: asyncio switches Nagle's algorithm off only for sockets that name it, and with it on,
    # each request of a kept connection costs 44 ms.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            if must or port == 0:
                raise
            sock.bind(("127.0.0.1", 0))
        sock.listen(256)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


class Doors:
    """Closes and opens the ports of a running uvicorn server. `ports`: service name → port, in its sockets' order."""

    def __init__(self, server: uvicorn.Server, ports: dict[str, int]) -> None:
        self._server = server
        self._ports = ports
        self._closed: dict[str, str] = {}  # service → the rule that closed it
        self._opening: set[asyncio.Task[None]] = set()

    def close(self, service: str, rule_id: str, seconds: float) -> None:
        """Also ends connections on which nothing is being answered. `seconds` 0: until `open`."""
        if service not in self._ports or service in self._closed or service == "control":
            return
        self._closed[service] = rule_id
        self._server.servers[self._place(service)].close()
        for connection in list(self._server.server_state.connections):
            if (
                isinstance(connection, Connection)
                and connection.port == self._ports[service]
                and (connection.cycle is None or connection.cycle.response_complete)
            ):
                connection.transport.abort()
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self.open, {rule_id})

    def open(self, rule_ids: set[str] | None) -> None:
        """Ports that these rules closed, or all, are open again when this returns."""
        for service in [s for s, rule in self._closed.items() if rule_ids is None or rule in rule_ids]:
            del self._closed[service]
            sock = listen(self._ports[service], must=True)  # what connects now waits until it is accepted below
            task = asyncio.ensure_future(self._serve(service, sock))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def settled(self) -> None:
        """For the end: no port is on its way to being open."""
        await asyncio.gather(*self._opening)

    async def _serve(self, service: str, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        server = self._server

        def connection() -> Connection:
            return Connection(server.config, server.server_state, server.lifespan.state, loop)

        server.servers[self._place(service)] = await loop.create_server(connection, sock=sock)

    def _place(self, service: str) -> int:
        return list(self._ports).index(service)
