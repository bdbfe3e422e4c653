"""What a guest wrote to its serial console, made fit to be shown. Pure.

The text is the guest's: untrusted, of any length, with escape sequences for a terminal, and perhaps with secrets in it.
What comes out is a few short lines of printable characters. Sequences: ECMA-48 (CSI, OSC, DCS and the short ones).
"""

from __future__ import annotations

import re

LINES = 24
LONGEST_LINE = 160  # characters
_LOOKED_AT = 64 * 1024  # characters from the end: more is never shown, and never gone through

_SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]?"  # CSI
    r"|\x1b[\]PX^_][^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]?"
    r"|\x9b[0-?]*[ -/]*[@-~]?"
)


def last_lines(text: str) -> tuple[str, ...]:
    """The last LINES lines that say something, at most LONGEST_LINE characters each. A line that was written over (a
    bar, a percentage) is what stood there last."""
    seen = text[-_LOOKED_AT:]
    if len(seen) < len(text):
        seen = seen.partition("\n")[2] or seen  # the first line is cut, perhaps within a sequence
    plain = _SEQUENCES.sub("", seen).replace("\r\n", "\n")
    lines = [_line(line) for line in re.split("[\n\v\f\x85\u2028\u2029]", plain)]
    while lines and not lines[-1]:
        lines.pop()
    return tuple(lines[-LINES:])


def _line(text: str) -> str:
    stands = text.rstrip("\r").rpartition("\r")[2]
    plain = "".join(letter for letter in stands.expandtabs(4) if letter.isprintable()).rstrip()
    return plain if len(plain) <= LONGEST_LINE else f"{plain[: LONGEST_LINE - 1]}…"
