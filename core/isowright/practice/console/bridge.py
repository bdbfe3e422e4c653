"""Carries bytes between a WebSocket and the Unix socket on which QEMU speaks VNC.

QEMU has a WebSocket of its own, but it lets in any web page of any origin; behind this bridge nobody reaches the
screen without a ticket. Neither side is read faster than the other takes it: both `drain` and uvicorn's `send` wait.
"""

import asyncio
import contextlib
from asyncio import StreamReader, StreamWriter
from pathlib import Path

from starlette.types import Receive, Send

_PIECE = 64 * 1024
_STUCK = 10.0
"""Seconds after which a machine that takes no more keys is given up; QEMU takes them even while its guest is paused."""
SUBPROTOCOL = "binary"
_MACHINE_ENDED = (1000, "The machine closed its screen.")
_UNREACHABLE = (1011, "The machine's screen does not answer.")
_NOT_BINARY = (1003, "The screen speaks in binary messages.")


async def bridge(path: Path, receive: Receive, send: Send) -> None:
    """Accepts the WebSocket and returns when either side has ended, both closed.

    A screen that cannot be reached is told with a close code: the page can read that, but not a refused handshake.
    """
    await receive()  # the request itself
    await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
    try:
        reader, writer = await asyncio.open_unix_connection(path)
    except OSError:
        await send({"type": "websocket.close", "code": _UNREACHABLE[0], "reason": _UNREACHABLE[1]})
        return
    try:
        inward = asyncio.create_task(_inward(receive, writer), name="console: keys to the machine")
        outward = asyncio.create_task(_outward(reader, send), name="console: picture to the page")
        try:
            done, _ = await asyncio.wait({inward, outward}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            inward.cancel()
            outward.cancel()
            ends = await asyncio.gather(inward, outward, return_exceptions=True)
        for end in ends:
            # A connection that broke has ended, and a task that was cancelled above has too; anything else is a bug.
            if isinstance(end, Exception) and not isinstance(end, OSError):
                raise end
        if inward not in done or ends[0] is not None:
            code, reason = ends[0] if isinstance(ends[0], tuple) else _MACHINE_ENDED
            with contextlib.suppress(OSError):
                await send({"type": "websocket.close", "code": code, "reason": reason})
    finally:
        # Not `close`: that would wait for a machine that no longer reads.
        writer.transport.abort()


async def _inward(receive: Receive, writer: StreamWriter) -> tuple[int, str] | None:
    """Until the page hangs up (None), or says something that is not RFB (the code and reason to close with)."""
    while (message := await receive())["type"] != "websocket.disconnect":
        data = message.get("bytes")
        if data is None:
            return _NOT_BINARY
        writer.write(data)
        async with asyncio.timeout(_STUCK):
            await writer.drain()
    return None


async def _outward(reader: StreamReader, send: Send) -> None:
    while data := await reader.read(_PIECE):
        await send({"type": "websocket.send", "bytes": data})
