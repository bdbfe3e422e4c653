"""What proves that the object is the file: digests of it, and the sums that its publisher lays beside it."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from isowright.errors import InputError
from isowright.upload.plan import MIB, Plan
from isowright.upload.source import PIECE, Source

_SUMS_NAME = re.compile(r"(?i)sha256|checksum")
_PLAIN = re.compile(r"([0-9a-fA-F]{64})\s+[ *]?(.+)")
_TAGGED = re.compile(r"SHA256 \((.+)\) = ([0-9a-fA-F]{64})")
_ALONE = re.compile(r"([0-9a-fA-F]{64})")
_LONGEST = MIB  # of a file of sums
_MOST_FILES = 50
_ETAG = re.compile(r"([0-9a-f]{32})(?:-(\d{1,5}))?")
# What other clients cut files into: boto3 and aws-cli, esdk-obs-python, obsutil and others.
_OTHERS = tuple(size * MIB for size in (5, 8, 9, 10, 16, 20, 32, 50, 64, 100, 128, 256, 512, 1024))


@dataclass
class Scan:
    """All that one pass over the file is to compute. part_sizes: in bytes; 0 stands for the file as a whole."""

    sha256: bool = False
    part_sizes: tuple[int, ...] = ()
    digest: str = ""  # SHA-256 in hex
    md5s: dict[int, list[str]] = field(default_factory=dict)  # part size → MD5 of each part in hex

    def run(self, source: Source, stopped: Callable[[], None], moved: Callable[[int], None]) -> None:
        """For a thread. `stopped` may raise what ends it. `moved` hears of all bytes so far. Raises SourceError."""
        whole = hashlib.sha256() if self.sha256 else None
        running = {size: [hashlib.md5(usedforsecurity=False)] for size in self.part_sizes}
        offset = 0
        while offset < source.size:
            stopped()
            data = source.at(offset, min(PIECE, source.size - offset))
            if whole is not None:
                whole.update(data)
            for size, parts in running.items():
                _feed(parts, size, offset, data)
            offset += len(data)
            moved(offset)
        self.digest = whole.hexdigest() if whole is not None else ""
        self.md5s = {size: [part.hexdigest() for part in parts] for size, parts in running.items()}


def _feed(parts: list[hashlib._Hash], size: int, offset: int, data: bytes) -> None:
    """Into the digest of each part that the piece touches."""
    view = memoryview(data)
    while view:
        if size and len(parts) * size <= offset:
            parts.append(hashlib.md5(usedforsecurity=False))
        room = len(parts) * size - offset if size else len(view)
        parts[-1].update(view[:room])
        offset += len(view[:room])
        view = view[room:]


def etag_of(md5s: Iterable[str]) -> str:
    """ETag of the object that parts with these MD5s (hex, in order) make (OBS API reference, "Completing a multipart
    upload")."""
    digest = hashlib.md5(usedforsecurity=False)
    count = 0
    for md5 in md5s:
        digest.update(bytes.fromhex(md5))
        count += 1
    return f"{digest.hexdigest()}-{count}"


def is_digest(etag: str) -> bool:
    """Whether an ETag may be of MD5s."""
    return _ETAG.fullmatch(etag) is not None


def candidates(etag: str, size: int, likely: Sequence[int]) -> tuple[int, ...]:
    """The part sizes with which a file of `size` bytes may have got this ETag, likely ones first; 0 = in one piece."""
    match = _ETAG.fullmatch(etag)
    if match is None:
        return ()
    if match[2] is None:
        return (0,)
    fitting = [s for s in dict.fromkeys([*likely, *_OTHERS]) if s > 0 and Plan(size, s).count == int(match[2])]
    return tuple(fitting)[:4]


def fits(etag: str, scan: Scan) -> bool:
    """Whether the scanned file has this ETag, cut in one of the ways that were tried."""
    return any(etag == (md5s[0] if size == 0 else etag_of(md5s)) for size, md5s in scan.md5s.items())


def published_sha256(path: Path) -> tuple[str, Path] | None:
    """(SHA-256 in hex, the file that tells it) for an ISO whose publisher's sums lie beside it: SHA256SUMS,
    name.iso.sha256, CHECKSUM and their like. None if there is none. Does I/O: for a worker thread."""
    found: list[tuple[str, Path]] = []
    with contextlib.suppress(OSError):
        names = sorted(entry.name for entry in path.parent.iterdir() if _SUMS_NAME.search(entry.name))
        names.sort(key=lambda name: not name.startswith(path.name))  # the ISO's own file knows best
        for name in names[:_MOST_FILES]:
            beside = path.parent / name
            with contextlib.suppress(OSError):
                if beside.is_file() and beside.stat().st_size <= _LONGEST and beside != path:
                    own = name.startswith(path.name)
                    if digest := sum_in(beside.read_text("utf-8", "replace"), path.name, own=own):
                        found.append((digest, beside))
    return found[0] if found else None


def sum_in(text: str, name: str, *, own: bool = False) -> str:
    """The SHA-256 of the file `name` in a text of sums, in lower case, or "". own: it is of that file alone."""
    for line in text.splitlines():
        stripped = line.strip()
        if match := _TAGGED.fullmatch(stripped):
            if Path(match[1]).name == name:
                return match[2].lower()
        elif match := _PLAIN.fullmatch(stripped):
            if match[2].strip().removeprefix("./").rpartition("/")[2] == name:
                return match[1].lower()
        elif own and (match := _ALONE.fullmatch(stripped)):
            return match[1].lower()
    return ""


def wrong_sum(path: Path, wanted: str, found: str, told_by: str) -> InputError:
    """told_by: "SHA256SUMS", "" = typed."""
    where = f"{told_by} says" if told_by else "It should be"
    return InputError(
        f"{path.name} is not the file that its SHA-256 is of.",
        detail=f"{where} {wanted}; the file's is {found}. Nothing was sent.",
        remedy="Download the ISO again, and take the sum of the very same version; or leave the sum empty.",
        action="step:iso.sha256",
    )
