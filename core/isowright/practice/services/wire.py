"""Rough treatment of connections, for fault scripts: resets, halves, and requests that wait to be let go."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from .call import Answer

_TRANSPORT = "practice.transport"


class Connection(H11Protocol):
    """uvicorn's HTTP/1.1 connection that lets the application reach its transport, and others its port."""

    @property
    def port(self) -> int:
        return int(self.transport.get_extra_info("sockname")[1])

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, _TRANSPORT: transport}


@dataclass
class Hold:
    """A request that waits: which rule, before or after the effect, and what it was."""

    rule_id: str
    where: Literal["before", "after"]
    what: str
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    dropped: bool = False


class Dropped(Exception):  # noqa: N818  # nothing went wrong: a script wanted it so
    """A held request was thrown away."""


def _transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport = scope["state"][_TRANSPORT]
    return transport


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def reset(scope: Scope, receive: Receive) -> None:
    """Ends the connection with a TCP reset: the client cannot know what was done."""
    transport = _transport(scope)
    sock: Any = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):  # the client may be gone already
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _until_gone(receive)


async def keep_silent(hold: Callable[[], Awaitable[None]], scope: Scope, receive: Receive) -> None:
    """Answers nothing until the client has had enough, or `hold` ends: then the connection is reset."""
    gone = asyncio.ensure_future(_until_gone(receive))
    held = asyncio.ensure_future(hold())
    await asyncio.wait({gone, held}, return_when=asyncio.FIRST_COMPLETED)
    gone.cancel()
    held.cancel()
    await asyncio.gather(gone, held, return_exceptions=True)
    _transport(scope).abort()
    await _until_gone(receive)


async def send_half(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    """Promises the whole answer, sends half of it and hangs up."""
    content = answer.encode()
    data = content if isinstance(content, bytes) else b"".join(content)
    headers = {"content-type": answer.media_type, **answer.headers, "content-length": str(len(data))}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": data[: len(data) // 2], "more_body": True})
    _transport(scope).close()
    await _until_gone(receive)
