"""The folders of practice clouds: nobody else on this computer reads them, and those that keep nothing leave nothing.

A cloud without a state folder works in a temporary one. If it is killed, that one stays, with the disks of its machines
in it and perhaps machines that still run: the next such cloud finds it by its name, and by its lock that nobody holds.
"""

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

from isowright.errors import StateError
from isowright.home import FileLock

from .machines.leftovers import reap

_PREFIX = "isowright-practice-"
_YOUNG = 60.0  # seconds in which a new folder's owner may not have locked it yet


def make_private(folder: Path) -> None:
    """Makes it if it is missing, for its owner alone: disks and objects may hold anything. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Some file systems know no owners; what lies there is as private as they are.
    with contextlib.suppress(OSError):
        folder.chmod(0o700)


def pids_folder(folder: Path) -> Path:
    """Where real machines of the cloud in `folder` are written down."""
    return folder / "machines" / "run"


class PassingFolder:
    """A folder for as long as a cloud lives. Those of dead clouds are removed first. Raises OSError."""

    def __init__(self) -> None:
        _sweep(Path(tempfile.gettempdir()))
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._lock = FileLock(self.path / "passing.lock")
        try:
            self._lock.acquire()
        except StateError as error:
            raise OSError(error.title) from error

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)  # where a file that is held cannot be removed


def _sweep(place: Path) -> None:
    for folder in place.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError, StateError):
            facts, lock = folder.lstat(), FileLock(folder / "passing.lock")
            ours = not hasattr(os, "getuid") or facts.st_uid == os.getuid()
            young = time.time() - lock.path.stat().st_mtime < _YOUNG
            if folder.is_symlink() or not ours or young or not lock.acquire(0):
                continue
            try:
                reap(pids_folder(folder))
            finally:
                lock.release()
            shutil.rmtree(folder, ignore_errors=True)
