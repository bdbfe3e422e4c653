"""A local ISO, runs that upload it, and what must be true of the object afterwards."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from pathlib import Path

from isowright.events import LogLine, Progress
from isowright.practice.isos import IsoPlan, make_iso

MIB = 1024**2
KEY = "my-installer.iso"
PARTS = 6
PART = r"partNumber="
INITIATE, COMPLETE = r"[?]uploads$", r"[?]uploadId=[^&]+$"


def local_iso(path: Path, *, parts: int = PARTS, seed: int = 1) -> Path:
    """An ISO of that many parts of 1 MiB, the last one not full."""
    make_iso(IsoPlan("Local installer", (("/.disk/info", "Local 1\n"),), filler=4096), path)
    with path.open("ab") as out:
        out.write(random.Random(seed).randbytes(parts * MIB - 300_000 - path.stat().st_size))
    assert (parts - 1) * MIB < path.stat().st_size < parts * MIB
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass
class Desk:
    """A lab with a file: `cloud` is the practice cloud behind it."""

    lab: object
    cloud: object
    path: Path

    @property
    def bucket(self) -> str:
        return next(b["name"] for b in self.lab.ready["buckets"] if "-isos-" in b["name"])

    def recipe(self, name="result", **iso):
        return self.lab.recipe(name, iso={"bucket": self.bucket, "key": KEY, "path": str(self.path)} | iso)

    def requests(self, method, pattern=""):
        """The requests to the object service, by method and a part of the query."""
        found = self.lab.control("GET", "/practice/requests")
        found = found["requests"] if isinstance(found, dict) else found
        return [
            r
            for r in found
            if r["service"] == "obs" and r["method"] == method and pattern in f"{r['path']}?{r['query']}"
        ]

    def parts_sent(self):
        return self.requests("PUT", "partNumber=")

    def stored(self, key=KEY):
        return self.cloud.world.state.buckets[self.bucket].objects.get(key)

    def stored_sha256(self, key=KEY):
        stored = self.stored(key)
        digest = hashlib.sha256()
        for piece in self.cloud.context.blobs.read(stored.blob, 0, stored.size):
            digest.update(piece)
        return digest.hexdigest()

    def expect_object(self):
        """The object is the file, and nothing of its upload is left."""
        assert self.stored_sha256() == sha256(self.path)
        self.expect_no_uploads()

    def expect_no_uploads(self):
        assert self.cloud.world.state.uploads == {}
        assert list((self.lab.folder / "data" / "uploads").glob("*")) == []

    def expect_nothing(self):
        assert self.stored() is None
        self.expect_no_uploads()


def transfers(events):
    return [e for e in events if isinstance(e, Progress) and e.transfer is not None]


def log_of(events):
    return "\n".join(e.text for e in events if isinstance(e, LogLine) and e.stage == "upload-iso")
