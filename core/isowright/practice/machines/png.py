"""A portable pixmap, as old QEMUs write screens, as PNG (W3C PNG specification: chunks, filter type 0)."""

import re
import struct
import zlib

_HEAD = re.compile(rb"P6\s+(?:#[^\n]*\n\s*)*(\d+)\s+(\d+)\s+255\s", re.DOTALL)


def png_from_ppm(data: bytes) -> bytes:
    """Raises ValueError if the bytes are no P6 pixmap of 8 bits a colour."""
    head = _HEAD.match(data)
    if head is None:
        raise ValueError("This is no portable pixmap.")
    width, height = int(head[1]), int(head[2])
    pixels = memoryview(data)[head.end() :]
    row = width * 3
    if len(pixels) < row * height:
        raise ValueError("The pixmap is cut off.")
    lines = b"".join(b"\0" + pixels[at : at + row] for at in range(0, row * height, row))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
