"""The arrows and ticks of the sheet, which takes pictures only by path: small SVGs in Qt's resources, in memory alone.

A folder for them would have to be somewhere, and be left there by a process that is killed.
"""

from __future__ import annotations

import struct

from PySide6.QtCore import qRegisterResourceData

_STROKE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16"><path d="{path}" fill="none" '
    'stroke="{color}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
_DISC = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">'
    '<circle cx="8" cy="8" r="3.6" fill="{color}"/></svg>'
)
_DOWN, _UP = "M4.2 6.2 L8 10 L11.8 6.2", "M4.2 9.8 L8 6 L11.8 9.8"
_TICK, _DASH = "M3.6 8.4 L6.6 11.3 L12.4 5", "M4 8 L12 8"
_FOLDER, _VERSION = 2, 1  # a flag of a node, and the form of the three tables, as Qt's resource compiler writes them
_registered: dict[str, tuple[bytes, bytes, bytes]] = {}  # Qt reads these for as long as the process lives


def pictures(name: str, tokens: dict[str, str]) -> dict[str, str]:
    """What → path, for the scheme `name` in these colours; made at the first call for a name."""
    drawn = _drawn(tokens)
    root = f"isowright-{name}"
    if root not in _registered:
        tables = _registered[root] = _tables(root, {what: text.encode() for what, text in drawn.items()})
        qRegisterResourceData(_VERSION, *tables)
    return {what: f":/{root}/{what}.svg" for what in drawn}


def _drawn(tokens: dict[str, str]) -> dict[str, str]:
    return {
        "down": _STROKE.format(path=_DOWN, color=tokens["muted"], width=1.6),
        "down_off": _STROKE.format(path=_DOWN, color=tokens["disabled"], width=1.6),
        "up": _STROKE.format(path=_UP, color=tokens["muted"], width=1.6),
        "up_off": _STROKE.format(path=_UP, color=tokens["disabled"], width=1.6),
        "tick": _STROKE.format(path=_TICK, color=tokens["on_fill"], width=1.8),
        "tick_off": _STROKE.format(path=_TICK, color=tokens["disabled"], width=1.8),
        "dash": _STROKE.format(path=_DASH, color=tokens["on_fill"], width=1.8),
        "dot": _DISC.format(color=tokens["on_fill"]),
        "dot_off": _DISC.format(color=tokens["disabled"]),
    }


def _tables(root: str, files: dict[str, bytes]) -> tuple[bytes, bytes, bytes]:
    """Tree, names and contents of one folder of SVGs; children stand in the order of their names' hashes."""
    names, contents = bytearray(), bytearray()

    def named(text: str) -> int:
        at = len(names)
        names.extend(struct.pack(">HI", len(text), _hash(text)) + text.encode("utf-16-be"))
        return at

    tree = struct.pack(">IHII", 0, _FOLDER, 1, 1) + struct.pack(">IHII", named(root), _FOLDER, len(files), 2)
    for what in sorted(files, key=lambda what: _hash(f"{what}.svg")):
        tree += struct.pack(">IHHHI", named(f"{what}.svg"), 0, 0, 1, len(contents))  # any country, any language
        contents.extend(struct.pack(">I", len(files[what])) + files[what])
    return tree, bytes(names), bytes(contents)


def _hash(text: str) -> int:
    """Qt's own hash of the names in its resources."""
    value = 0
    for letter in text:
        value = (value << 4) + ord(letter)
        value ^= (value & 0xF0000000) >> 23
        value &= 0x0FFFFFFF
    return value
