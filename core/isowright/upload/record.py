"""The durable record of an upload, a file of its own beside the journal: what is needed to go on with it after a crash.

One JSON object a line: the first tells which file goes where as which upload, each further one a part that the cloud
has. The first is on disk before the first part leaves; later ones may be lost with the power, and their parts are then
looked up in the cloud. No credentials come here.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from isowright.errors import StateError
from isowright.upload.source import Identity

VERSION = 1


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Which file goes where. sha256: of the whole file, "" = not computed. part_size in bytes."""

    version: int = VERSION
    run: str
    endpoint: str
    bucket: str
    key: str
    path: str
    identity: Identity
    part_size: int
    upload_id: str
    sha256: str = ""


class Sent(msgspec.Struct, frozen=True):
    """A part that arrived. md5 in hex; etag: what the cloud called it, of encrypted objects another one."""

    number: int
    md5: str
    etag: str


class RecordFile:
    """One run's. Methods do I/O: for worker threads."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of_run(cls, folder: Path, run: str) -> RecordFile:
        return cls(folder / f"{run}.jsonl")

    def read(self) -> tuple[Record, dict[int, Sent]] | None:
        """(what goes where, part number → the parts that arrived), or None if nothing usable is there."""
        try:
            lines = self.path.read_bytes().splitlines()
        except OSError:
            return None
        try:
            record = msgspec.json.decode(lines[0], type=Record)
        except (IndexError, msgspec.MsgspecError):
            return None
        if record.version != VERSION:
            return None
        sent: dict[int, Sent] = {}
        for line in lines[1:]:
            with contextlib.suppress(msgspec.MsgspecError):  # torn by a crash: that part is looked up
                part = msgspec.json.decode(line, type=Sent)
                sent[part.number] = part
        return record, sent

    def begin(self, record: Record) -> None:
        """Write it durably, in place of any former one. Raises StateError."""
        fresh = self.path.with_suffix(".new")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(record) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
            if os.name == "posix":
                folder = os.open(self.path.parent, os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)
        except OSError as error:
            raise StateError(
                "The record of the upload cannot be written.",
                detail=f"{self.path}: {error.strerror or error}. No part is sent that nobody would know of after a "
                "crash.",
                remedy=f"Free space on the disk of {self.path.parent} and make it writable for you, then retry.",
                action="retry",
            ) from error

    def add(self, number: int, md5: str, etag: str) -> bool:
        """Another part has arrived. False if that cannot be written: it is looked up after a crash then."""
        try:
            with self.path.open("ab") as file:
                file.write(msgspec.json.encode(Sent(number, md5, etag)) + b"\n")
        except OSError:
            return False
        return True

    def remove(self) -> None:
        with contextlib.suppress(OSError):
            self.path.unlink()


def records(folder: Path) -> list[Record]:
    """All uploads that this computer has begun and not ended. Does I/O: for a worker thread."""
    found = [RecordFile(path).read() for path in sorted(folder.glob("*.jsonl"))]
    return [pair[0] for pair in found if pair is not None]
