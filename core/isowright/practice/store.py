"""Where a world lives between two runs: one JSON file, replaced as a whole, readable by its owner only."""

import os
import re
from pathlib import Path

import msgspec

from isowright.errors import StateError
from isowright.home import FileLock

from .model import State

_PLAIN = re.compile(r"[A-Za-z0-9_-]*")


class Store:
    """`folder` must be a directory that may be written to. Raises OSError as the file system does, BlockingIOError if
    another practice cloud works with it: two would lose each other's changes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "world.json"
        self._written = -1
        self._lock = FileLock(folder / "world.lock")
        try:
            free = self._lock.acquire()
        except StateError as error:
            raise OSError(error.title) from error
        if not free:
            raise BlockingIOError(f"Another practice cloud works with {folder}{self._lock.owner_words()}.")

    def close(self) -> None:
        self._lock.release()

    def load(self) -> bytes | None:
        """The bytes of the last state, None if there is none. A damaged file, or one whose ids would lead out
        of the folder, is put aside under another name."""
        try:
            data = self._path.read_bytes()
            state = msgspec.json.decode(data, type=State)
            _refuse_paths(state)
        except FileNotFoundError:
            return None
        except ValueError:
            self._path.replace(self._path.with_name("world.damaged.json"))
            return None
        self._written = state.mutations
        return data

    def save(self, mutations: int, data: bytes) -> None:
        """Atomic: a reader sees the old or the new state, never half of one."""
        part = self._path.with_name("world.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        part.replace(self._path)
        self._written = mutations

    def is_behind(self, mutations: int) -> bool:
        return mutations != self._written


def _refuse_paths(state: State) -> None:
    """Raises ValueError for ids that are no plain words: files are named after them, and somebody else may have written
    the state."""
    blobs = [stored.blob for bucket in state.buckets.values() for stored in bucket.objects.values()]
    blobs += [part[0] for upload in state.uploads.values() for part in upload.parts.values()]
    ids = [*state.servers, *state.volumes, *state.images, *(image.id for image in state.images.values())]
    for server in state.servers.values():
        ids += [server.id, server.image_id, *server.volumes]
    for volume in state.volumes.values():
        ids += [volume.id, volume.image_id]
    names = ("server_id", "volume_id", "image_id")
    ids += [str(job.subject[name]) for job in state.jobs.values() for name in names if name in job.subject]
    if wrong := next((name for name in [*blobs, *ids] if not _PLAIN.fullmatch(name)), None):
        raise ValueError(wrong)
