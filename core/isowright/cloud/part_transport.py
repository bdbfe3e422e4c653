"""The way for large bodies: synchronous HTTP in threads of its own, so that no event loop feels it.

Bodies are generators: a part is never in memory as a whole, and the client copies none of their pieces.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from isowright.cloud.proxy import login_for, proxy_for
from isowright.cloud.transport import Timeouts, in_words, stamp_of, tls_context_for_threads
from isowright.errors import InputError
from isowright.recipe import Account

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

MOST_LANES = 8
_LARGEST_ANSWER = 1024**2
_PATIENCE = 10.0  # seconds in which a thread whose connection was shut ends at the latest


class Interrupted(Exception):  # noqa: N818  # nothing went wrong
    """Raised by a body that is not to be sent any further: no transport error, and never tried again by itself."""


class PartTransport:
    """`given`: instead of the network, for tests. Used from one event loop; close it when done."""

    def __init__(
        self, account: Account, *, timeouts: Timeouts | None = None, given: httpx.BaseTransport | None = None
    ) -> None:
        self._account = account
        self._timeouts = timeouts or Timeouts()
        self._given = given
        self._pool = ThreadPoolExecutor(MOST_LANES, thread_name_prefix="upload")
        self._building = threading.Lock()
        self._clients: dict[str, httpx.BaseTransport] = {}  # by proxy
        wait = self._timeouts
        self._limits = {"connect": wait.connect, "read": wait.read, "write": wait.read, "pool": None}
        self._done_with: list[httpx.BaseTransport] = []  # not closed while a thread may be using one of them
        self._at_work = 0
        self._sockets: list[socket.socket] = []

    async def put(
        self, url: str, headers: dict[str, str], body: Callable[[], Iterable[bytes]]
    ) -> tuple[int, dict[str, str], bytes]:
        """One PUT: status, headers (lower case), body. `headers` has the Content-Length. Raises NetworkError, TlsError,
        Interrupted, and whatever `body` raises."""
        return await self.work(lambda: self._put(url, headers, body()))

    async def work(self, task: Callable[[], T], halt: threading.Event | None = None) -> T:
        """Do something in the threads. When cancelled, `halt` is set, all connections are shut, and the thread is
        waited for."""
        running = asyncio.get_running_loop().run_in_executor(self._pool, task)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            if halt is not None:
                halt.set()
            self.interrupt()
            await asyncio.wait({running}, timeout=_PATIENCE)
            if running.done() and not running.cancelled():
                running.exception()  # looked at: nobody waits for it any more
            raise

    def interrupt(self) -> None:
        """Shut all connections: whoever waits for one of them is woken."""
        with self._building:
            sockets, self._sockets = self._sockets, []
            if not self._given:
                self._done_with += self._clients.values()
                self._clients = {}
        for sock in sockets:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)  # TLS is not told: its own state is another thread's
        self._close_old()

    async def aclose(self) -> None:
        """Safe to call twice."""
        self.interrupt()
        await asyncio.to_thread(self._pool.shutdown)
        with self._building:
            self._done_with += self._clients.values()
            self._clients = {}
        self._close_old()

    # --- in the threads -----------------------------------------------------------------------------------------------

    def _put(self, url: str, headers: dict[str, str], body: Iterable[bytes]) -> tuple[int, dict[str, str], bytes]:
        with self._building:
            self._at_work += 1
        try:
            return self._exchange(url, headers, body)
        finally:
            with self._building:
                self._at_work -= 1
            self._close_old()

    def _close_old(self) -> None:
        with self._building:
            if self._at_work:
                return
            old, self._done_with = self._done_with, []
        for client in old:
            client.close()

    def _exchange(self, url: str, headers: dict[str, str], body: Iterable[bytes]) -> tuple[int, dict[str, str], bytes]:
        import httpx

        proxy = proxy_for(self._account, url)
        client = self._client(proxy, url)
        try:
            limits = {"timeout": self._limits, "trace": self._trace}
            request = httpx.Request("PUT", url, headers=headers, content=body, extensions=limits)
            answer = client.handle_request(request)
            answer.request = request
            try:
                content = bytearray()
                for piece in answer.iter_bytes():
                    content += piece[: _LARGEST_ANSWER - len(content)]
                    if len(content) >= _LARGEST_ANSWER:
                        break
            finally:
                answer.close()
        except httpx.HTTPError as error:
            raise in_words(error, url, self._timeouts, by_proxy=bool(proxy)) from error
        except httpx.InvalidURL as error:
            raise InputError(
                f"“{url}” cannot be asked.",
                remedy="Check the endpoint, the bucket's and the object's name.",
                action="step:account",
            ) from error
        got = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers.raw}
        return answer.status_code, got, bytes(content)

    def _trace(self, event: str, info: dict[str, object]) -> None:
        if not event.endswith(("connect_tcp.complete", "start_tls.complete")):
            return
        stream = info.get("return_value")
        sock = stream.get_extra_info("socket") if hasattr(stream, "get_extra_info") else None
        if isinstance(sock, socket.socket):
            with self._building:
                self._sockets = [*(s for s in self._sockets if s.fileno() >= 0), sock]

    def _client(self, proxy: str, url: str) -> httpx.BaseTransport:
        with self._building:
            if (client := self._clients.get(proxy)) is None:
                client = self._clients[proxy] = self._build(proxy, url)
            return client

    def _build(self, proxy: str, url: str) -> httpx.BaseTransport:
        import httpx

        for name in ("httpcore", "httpx"):  # at DEBUG, all headers are written out
            logging.getLogger(name).setLevel(logging.WARNING)
        verify: ssl.SSLContext = (
            tls_context_for_threads(self._account.ca_file, stamp_of(self._account.ca_file))
            if url.startswith("https:") or proxy.startswith("https:")
            else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # no authorities at all: fails closed
        )
        road = self._given
        if road is None:
            from isowright.cloud.part_road import PartRoad

            login = login_for(self._account, proxy) if proxy else None
            auth = (login.user, login.password.reveal()) if login else None
            try:
                road = PartRoad(verify, MOST_LANES, (proxy, auth) if proxy else None)
            except (ValueError, ImportError, httpx.InvalidURL) as error:
                raise InputError(
                    "The proxy cannot be used.",
                    detail="Its address is not one of http://host:port or https://host:port.",
                    remedy="Correct the proxy under Advanced, or leave it empty.",
                    action="step:account.proxy",
                ) from error
        return road
