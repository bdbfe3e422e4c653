"""The HTTP client, built off the event loop, and words for every way in which no answer comes.

Importing httpx and building its TLS context take 40 to 120 ms: both happen in a worker thread at the first request, so
that a window's event loop never waits for them.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from isowright.cloud.proxy import LOOPBACK, proxy_for
from isowright.cloud.wire import request_id
from isowright.errors import AppError, InputError, NetworkError, ProxyLoginError, TlsError
from isowright.recipe import Account

if TYPE_CHECKING:
    import httpx

LARGEST = 64 * 1024**2  # bytes; no list and no part of an object that is asked for is longer
_LARGEST_ERROR = 1024**2
# Where distributions keep them (Debian, Fedora and RHEL, SUSE, Alpine), if OpenSSL was built to look elsewhere.
_SYSTEMS_AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
# A handshake that waits for more, or was cut off, says nothing about certificates.
_NO_VERDICT = (
    ssl.SSLWantReadError,
    ssl.SSLWantWriteError,
    ssl.SSLEOFError,
    ssl.SSLSyscallError,
    ssl.SSLZeroReturnError,
)


# Which proxy such a file names for whom is a program's answer, not a setting: no client of this kind runs them.
_PAC = "Where a PAC file tells this computer its proxy, enter that proxy under Advanced: such files are not read."


class Timeouts(msgspec.Struct, frozen=True):
    """How long the network may keep us waiting, in real seconds: for a connection, between two pieces of an answer."""

    connect: float = 10.0
    read: float = 60.0


class Transport:
    """Two clients on one TLS context: one keeps connections alive, one opens a fresh one for each create.

    A kept connection may be closed by the other side just when a request leaves; for a read that is a retry, for a
    create a lost answer that has to be looked up.
    """

    def __init__(
        self,
        account: Account,
        bases: Iterable[str],
        transport: httpx.AsyncBaseTransport | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._account = account
        self._bases = tuple(bases)
        self._given = transport
        self._timeouts = timeouts or Timeouts()
        self._building = asyncio.Lock()
        self._clients: tuple[httpx.AsyncClient, httpx.AsyncClient] | None = None
        self._proxies: dict[str, str] = {}  # scheme and host of a request → its proxy, "" for none

    async def exchange(
        self, method: str, url: str, headers: dict[str, str], body: bytes, *, fresh: bool = False
    ) -> tuple[int, dict[str, str], bytes]:
        """One request, one answer: status, headers (lower case), body, of which no more than LARGEST is read.

        Raises NetworkError, TlsError, InputError.
        """
        clients = await self._ready()
        if _origin(url) not in self._proxies:  # the system may take its time to say
            self._proxies[_origin(url)] = await asyncio.to_thread(proxy_for, self._account, url)
        import httpx

        got: dict[str, str] = {}
        content = bytearray()
        try:
            async with clients[1 if fresh else 0].stream(method, url, headers=headers, content=body or None) as answer:
                got = {k.lower(): v for k, v in answer.headers.items()}
                most = LARGEST if answer.is_success else _LARGEST_ERROR
                async for piece in answer.aiter_bytes():
                    content += piece[: most - len(content)]
                    if len(content) >= most:
                        break
        except httpx.HTTPError as error:
            words = in_words(error, url, self._timeouts, by_proxy=bool(self._proxies.get(_origin(url))))
            words.request_id = request_id(got)
            raise words from error
        except httpx.InvalidURL as error:
            raise InputError(
                f"“{url}” cannot be asked.",
                remedy="Check the endpoint, the bucket's and the object's name.",
                action="step:account",
            ) from error
        return answer.status_code, got, bytes(content)

    async def aclose(self) -> None:
        """Close all connections; safe to call twice."""
        clients, self._clients = self._clients, None
        for client in clients or ():
            await client.aclose()

    async def _ready(self) -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
        if self._clients is None:
            async with self._building:
                if self._clients is None:
                    self._clients = await asyncio.to_thread(self._build)
        return self._clients

    def _build(self) -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
        import httpx

        # At DEBUG, httpcore writes all headers out, and the token is one of them.
        for name in ("httpcore", "httpx"):
            logging.getLogger(name).setLevel(logging.WARNING)
        # Loaded by the first connection otherwise, on the event loop.
        for module in ("httpcore._backends.anyio", "anyio._backends._asyncio"):
            import_module(module)
        verify: ssl.SSLContext = (
            tls_context(self._account.ca_file, stamp_of(self._account.ca_file))
            if any(base.startswith("https:") for base in self._bases)
            else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # no authorities at all: fails closed
        )
        timeout = httpx.Timeout(self._timeouts.read, connect=self._timeouts.connect)

        from isowright.cloud.roads import Roads, road

        def client(limits: httpx.Limits) -> httpx.AsyncClient:
            roads = Roads(
                lambda url: self._proxies.get(_origin(url), ""),
                lambda proxy: road(self._account, proxy, verify, limits),
            )
            return httpx.AsyncClient(transport=self._given or roads, timeout=timeout, trust_env=False)

        for base in self._bases:
            proxy = self._proxies[_origin(base)] = proxy_for(self._account, base)
            road(self._account, proxy, verify, httpx.Limits())  # proves that it can be used
        return (
            client(httpx.Limits(max_connections=16, max_keepalive_connections=8, keepalive_expiry=15.0)),
            client(httpx.Limits(max_connections=4, max_keepalive_connections=0)),
        )


def _origin(url: str) -> str:
    """ "https://host": what a proxy is chosen by."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}"


def stamp_of(path: str) -> float:
    """A mended CA file counts at once: its time is part of what a context is remembered by."""
    try:
        return Path(path).stat().st_mtime if path else 0.0
    except OSError:
        return 0.0


@lru_cache(maxsize=8)
def tls_context(ca_file: str, _stamp: float) -> ssl.SSLContext:
    """Trusts the operating system's authorities (a company's among them), certifi's, and those in `ca_file`. Always
    verifies: there is no switch. Takes tens of ms: for worker threads. Raises InputError if `ca_file` cannot be used.
    """
    import truststore

    return _with_authorities(truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ca_file)


@lru_cache(maxsize=8)
def tls_context_for_threads(ca_file: str, _stamp: float) -> ssl.SSLContext:
    """The same trust for many connections side by side. Where the system's authorities are files, truststore reads them
    again for each connection, and lets one handshake wait for the other; here they are read once. Raises InputError.
    """
    if sys.platform in ("win32", "darwin"):
        return tls_context(ca_file, _stamp)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_default_verify_paths()
    if ssl.get_default_verify_paths().cafile is None:
        for path in _SYSTEMS_AUTHORITIES:
            if Path(path).is_file():
                context.load_verify_locations(path)
                break
    return _with_authorities(context, ca_file)


def _with_authorities(context: ssl.SSLContext, ca_file: str) -> ssl.SSLContext:
    import certifi

    context.minimum_version = ssl.TLSVersion.TLSv1_2  # some systems' Python allows less
    context.load_verify_locations(certifi.where())
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise InputError(
                f"The CA file “{ca_file}” cannot be used.",
                detail="It is missing, not readable, or holds no certificate in PEM form.",
                remedy="Choose another file under Advanced, or leave it empty.",
                action="step:account.ca_file",
            ) from error
    return context


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it came from."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [c for c in (current.__cause__, current.__context__) if c is not None]
        if isinstance(current, BaseExceptionGroup):
            waiting += current.exceptions


def host_of(url: str) -> str:
    """ "ims.eu-de.otc.t-systems.com", with the port if it is given."""
    parts = urlsplit(url)
    return f"{parts.hostname or url}:{parts.port}" if parts.port else parts.hostname or url


def in_words(error: Exception, url: str, timeouts: Timeouts, *, by_proxy: bool) -> AppError:
    """For people: what an httpx.HTTPError means. by_proxy: a proxy was in between."""
    import httpx

    host = host_of(url)
    causes = list(_causes(error))
    before = isinstance(error, _unsent())
    tls = next((c for c in causes if isinstance(c, ssl.SSLError) and not isinstance(c, _NO_VERDICT)), None)
    if before and tls is not None:
        return _tls_words(tls, host)
    if isinstance(error, httpx.ProxyError) and str(error).startswith("407"):
        return ProxyLoginError(
            "The proxy wants a user name and password, or refuses those it was given.",
            detail="Nothing was sent, and nothing is tried again: some proxies lock users.",
            remedy="Enter the proxy's user and password under Advanced, or set ISOWRIGHT_PROXY_USER and "
            "ISOWRIGHT_PROXY_PASSWORD.",
            action="step:account.proxy_user",
            host=host,
        )
    if isinstance(error, httpx.ProxyError) or (by_proxy and isinstance(error, httpx.ConnectError)):
        return NetworkError(
            "The proxy could not be reached, or refused.",
            remedy="Check the proxy under Advanced, or the environment's proxy settings.",
            action="step:account.proxy",
            retryable=True,
            host=host,
        )
    title, detail, remedy = next(
        (title, detail, remedy)
        for kinds, title, detail, remedy in _network_words(host, timeouts)
        if any(isinstance(c, kinds) for c in causes)
    )
    if before and not by_proxy and urlsplit(url).hostname not in LOOPBACK:
        remedy += f" {_PAC}"
    return NetworkError(title, detail=detail, remedy=remedy, sent=not before, host=host, action="retry", retryable=True)


def _unsent() -> tuple[type[Exception], ...]:
    """Failures before a byte of the request left."""
    import httpx

    return (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.ProxyError,
        httpx.UnsupportedProtocol,
        httpx.LocalProtocolError,
    )


def _network_words(host: str, timeouts: Timeouts) -> Iterator[tuple[tuple[type[BaseException], ...], str, str, str]]:
    """(exceptions, title, detail, remedy), the most telling first; the last one takes all."""
    import httpx

    yield (
        (socket.gaierror,),
        f"“{host}” could not be found.",
        "Its name has no address: no network, or a wrong region or endpoint.",
        "Check the network connection, then the region and endpoints.",
    )
    yield (
        (ConnectionRefusedError,),
        f"“{host}” refused the connection.",
        "The computer is there, but nothing answers at this port.",
        "Check the endpoint and whether a proxy is needed, then try again.",
    )
    yield (
        (httpx.ConnectTimeout, httpx.PoolTimeout),
        f"“{host}” does not answer.",
        f"No connection within {timeouts.connect:g} seconds.",
        "Check the network, a firewall or proxy in between, and the endpoint; then try again.",
    )
    yield (
        _unsent(),
        f"“{host}” could not be reached.",
        "Nothing was sent.",
        "Check the network connection and the endpoint, then try again.",
    )
    yield (
        (httpx.TimeoutException,),
        f"“{host}” took too long to answer.",
        f"The request was sent; nothing came back within {timeouts.read:g} seconds.",
        "Try again.",
    )
    yield (
        (Exception,),
        f"The connection to “{host}” broke off.",
        "The request was sent, its answer was lost.",
        "Check the network connection, then try again.",
    )


def _tls_words(error: ssl.SSLError, host: str) -> TlsError:
    text = str(error).lower()
    remedy = "Check the endpoint. If a company proxy or a private cloud is in between, set its CA file under Advanced."
    action = "step:account.ca_file"
    if "self-signed" in text or "self signed" in text or "unable to get local issuer" in text:
        why = "Its certificate was signed by an authority that this computer does not know."
    elif "hostname mismatch" in text or "not valid for" in text:
        why = "Its certificate is for another name."
        remedy, action = "Check the endpoint's host name.", "step:account.endpoints"
    elif "expired" in text or "not yet valid" in text:
        why = "Its certificate has expired or is not valid yet."
        remedy, action = "Check this computer's clock; else the cloud has to renew its certificate.", "retry"
    elif "wrong version number" in text or "record layer" in text:
        why = "It does not speak TLS at this port."
        remedy, action = "Check the endpoint: http and https, or the port, may be mixed up.", "step:account.endpoints"
    else:
        why = "The secure connection could not be made."
    return TlsError(
        f"“{host}” could not prove who it is.",
        detail=f"{why} Nothing was sent.",
        remedy=remedy,
        action=action,
    )
