"""Connections that take large pieces without copying them: what a send leaves of a piece is kept as a view of it.

httpcore's own stream cuts the rest of the bytes off instead; TLS takes 16 KiB at a time, so that each megabyte would be
copied thirty times over. Imported in worker threads alone, as httpx is.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable, Iterator
from typing import Any, cast

import httpcore
import httpx


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._socket = cast("socket.socket", inner.get_extra_info("socket"))

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        try:
            self._socket.settimeout(timeout)
            while rest:
                rest = rest[self._socket.send(rest) :]
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except (OSError, ValueError, AttributeError) as error:  # the latter two: TLS, shut by another thread
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(super().connect_tcp(host, port, timeout, local_address, socket_options))


class _Body(httpx.SyncByteStream):
    """The answer's."""

    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        except _TROUBLE as error:
            raise _as_httpx(error) from error

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()


class PartRoad(httpx.BaseTransport):
    """By way of `proxy` (URL, user and password or None), or directly."""

    def __init__(
        self, verify: ssl.SSLContext, connections: int, proxy: tuple[str, tuple[str, str] | None] | None = None
    ) -> None:
        """Raises ValueError if the proxy cannot be one."""
        common: dict[str, Any] = {
            "ssl_context": verify,
            "max_keepalive_connections": connections,
            "keepalive_expiry": 15.0,
            "network_backend": _Backend(),
        }
        self._pool: httpcore.ConnectionPool
        if proxy is None:
            self._pool = httpcore.ConnectionPool(**common)
        else:
            by = httpx.Proxy(proxy[0], auth=proxy[1])
            self._pool = httpcore.HTTPProxy(
                httpcore.URL(scheme=by.url.raw_scheme, host=by.url.raw_host, port=by.url.port, target=by.url.raw_path),
                proxy_auth=by.raw_auth,
                proxy_ssl_context=verify if proxy[0].startswith("https:") else None,
                **common,
            )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        raw = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=cast("Iterable[bytes]", request.stream),
            extensions=request.extensions,
        )
        try:
            answer = self._pool.handle_request(raw)
        except _TROUBLE as error:
            raise _as_httpx(error) from error
        stream = _Body(cast("Iterable[bytes]", answer.stream))
        return httpx.Response(answer.status, headers=answer.headers, stream=stream, extensions=answer.extensions)

    def close(self) -> None:
        self._pool.close()


_TROUBLE = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


def _as_httpx(error: Exception) -> httpx.TransportError:
    """The same kind of trouble, as httpx calls it: the names are the same."""
    kind = getattr(httpx, type(error).__name__, httpx.TransportError)
    found: httpx.TransportError = kind(str(error))
    return found
