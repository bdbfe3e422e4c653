"""Reading few bytes of something large: blocks are kept, what is read is counted, and there is an end to it.

Parsers are plain functions over `Blocks`. Those of an object hold only what has been fetched: what lacks is asked for
by raising `MissingError`; whoever drives the parser fetches it and starts the parser anew, which by then has all it had
before at hand. So one parser serves files and objects, and knows nothing of networks.
"""

from __future__ import annotations

from typing import BinaryIO

BUDGET = 2 * 1024 * 1024  # bytes that one inspection reads at the most
_MOST_REQUESTS = 24  # of an object; a usual disc takes three to eight
_AT_ONCE = 256 * 1024


class MissingError(Exception):
    """These bytes have to be fetched first."""

    def __init__(self, offset: int, length: int) -> None:
        super().__init__(f"{length} bytes at {offset}")
        self.offset = offset
        self.length = length


class BudgetError(Exception):
    """What is left to look at would cost more than an inspection may."""


class Blocks:
    """Bytes of a file or object of `size` bytes, as far as they are known. `bytes_read`: what has been fetched."""

    def __init__(self, size: int, block: int = 32 * 1024, budget: int = BUDGET) -> None:
        self.size = size
        self.bytes_read = 0
        self._block = block
        self._budget = budget
        self._requests = _MOST_REQUESTS
        self._kept: dict[int, bytes] = {}

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes (256 KiB at the most) from `offset`, fewer at the end, none outside. Raises MissingError
        and BudgetError."""
        end = min(offset + min(length, _AT_ONCE), self.size)
        if offset < 0 or end <= offset:
            return b""
        first, last = offset // self._block, (end - 1) // self._block
        lacking = [number for number in range(first, last + 1) if number not in self._kept]
        if lacking:
            start = lacking[0] * self._block
            wanted = min((lacking[-1] + 1) * self._block, self.size) - start
            if self.bytes_read + wanted > self._budget or not self._requests:
                raise BudgetError
            self._fetch(start, wanted)
        joined = b"".join(self._kept.get(number, b"") for number in range(first, last + 1))
        begin = offset - first * self._block
        return joined[begin : begin + end - offset]

    def put(self, offset: int, length: int, data: bytes) -> None:
        """Keep what was fetched for `length` bytes from `offset`; fewer bytes than that are the end of it."""
        self.bytes_read += len(data)
        self._requests -= 1
        for start in range(0, length, self._block):
            self._kept[(offset + start) // self._block] = data[start : start + self._block]

    def _fetch(self, offset: int, length: int) -> None:
        raise MissingError(offset, length)


class FileBlocks(Blocks):
    """Of an open file."""

    def __init__(self, file: BinaryIO, size: int, budget: int = BUDGET) -> None:
        super().__init__(size, block=8 * 1024, budget=budget)
        self._requests = BUDGET
        self._file = file

    def _fetch(self, offset: int, length: int) -> None:
        self._file.seek(offset)
        parts: list[bytes] = []
        left = length
        while left and (part := self._file.read(left)):  # network file systems give less at a time
            parts.append(part)
            left -= len(part)
        self.put(offset, length, b"".join(parts))
