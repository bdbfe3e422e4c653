"""Which parts a file is sent in. Pure. Limits (OBS API reference): 10,000 parts, of 100 KB to 5 GB."""

from __future__ import annotations

import os
from collections.abc import Iterator

import msgspec

MIB = 1024**2
MOST_PARTS = 10_000
SMALLEST = MIB
USUAL = 16 * MIB
VARIABLE = "ISOWRIGHT_PART_SIZE"  # MiB, for lines on which 16 MiB rarely get through


class Part(msgspec.Struct, frozen=True):
    """number: from 1. offset and length in bytes."""

    number: int
    offset: int
    length: int


class Plan(msgspec.Struct, frozen=True):
    """A file of `size` bytes in parts of `part_size`; the last one is what is left."""

    size: int
    part_size: int

    @property
    def count(self) -> int:
        return max(1, -(-self.size // self.part_size))

    def part(self, number: int) -> Part:
        offset = (number - 1) * self.part_size
        return Part(number, offset, min(self.part_size, self.size - offset))

    def parts(self) -> Iterator[Part]:
        return (self.part(number) for number in range(1, self.count + 1))


def part_size(size: int, usual: int = 0) -> int:
    """Bytes of a part of a file of `size` bytes: the usual number, more where that would be more than 10,000 parts;
    whole MiB."""
    usual = max(SMALLEST, usual or wanted())
    least = -(-size // MOST_PARTS)
    return max(usual, -(-least // MIB) * MIB)


def wanted() -> int:
    """Bytes of a part as ISOWRIGHT_PART_SIZE says, else 16 MiB. What is no number from 1 to 5,000 is ignored."""
    text = os.environ.get(VARIABLE, "")
    return int(text) * MIB if text.isdigit() and 1 <= int(text) <= 5000 else USUAL
