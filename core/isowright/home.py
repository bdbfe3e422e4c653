"""Where this program keeps its files, and the locks that keep two processes from sharing what only one may hold."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from isowright.errors import InUseError, StateError
from isowright.holder import Holder, read_holder, this_process

_VARIABLE = "ISOWRIGHT_HOME"


@dataclass(frozen=True)
class Home:
    """Folders for settings, data (the journal) and logs. Nothing is created before `ensure`."""

    config: Path
    data: Path
    logs: Path

    @classmethod
    def at(cls, root: Path) -> Home:
        """All three below one folder: portable use, tests."""
        return cls(config=root / "config", data=root / "data", logs=root / "logs")

    @classmethod
    def default(cls) -> Home:
        """ISOWRIGHT_HOME if it is set, else the operating system's conventions."""
        if root := os.environ.get(_VARIABLE):
            return cls.at(Path(root).expanduser())
        import platformdirs

        name = "isowright"
        return cls(
            config=platformdirs.user_config_path(name, appauthor=False),
            data=platformdirs.user_data_path(name, appauthor=False),
            logs=platformdirs.user_log_path(name, appauthor=False),
        )

    @property
    def profiles_dir(self) -> Path:
        return self.config / "profiles"

    @property
    def journal_path(self) -> Path:
        return self.data / "journal.sqlite"

    @property
    def uploads_dir(self) -> Path:
        """Records of uploads under way, one file a run."""
        return self.data / "uploads"

    @property
    def answers_dir(self) -> Path:
        """Answer files for installers that were written from the form. They may hold password hashes."""
        return self.data / "answers"

    @property
    def locks_dir(self) -> Path:
        return self.data / "locks"

    def ensure(self) -> None:
        """Make the folders, readable by their owner alone, and prove that they take files. Raises StateError."""
        for folder in (self.config, self.data, self.logs, self.profiles_dir, self.locks_dir, self.uploads_dir):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if os.name == "posix" and folder.stat().st_mode & 0o077 and folder.stat().st_uid == os.getuid():
                    folder.chmod(0o700)
                probe = folder / f".probe-{os.getpid()}"
                create_private(probe)
                probe.unlink()
            except OSError as error:
                raise StateError(
                    f"The folder {folder} cannot be written to.",
                    detail=f"{error.strerror or error}. Nothing was started and nothing is lost.",
                    remedy=f"Make the folder writable, free space on its disk, or name another folder in {_VARIABLE}.",
                    action="retry",
                ) from error

    @contextlib.contextmanager
    def lock_window(self) -> Iterator[None]:
        """Held by the one window that may use these folders. Raises InUseError if another process has it."""
        lock = FileLock(self.data / "window.lock", "window")
        if not lock.acquire():
            holder = read_holder(lock.path, signs=False)
            raise InUseError(
                "Isowright is already open.",
                detail=f"Another window works with the folder {self.data}."
                + (f" {holder.sentence(datetime.now(UTC))}" if holder else ""),
                remedy=f"Use the open window, or close it first. A second one needs a folder of its own ({_VARIABLE}).",
            )
        try:
            yield
        finally:
            lock.release()


def create_private(path: Path) -> None:
    """Make `path` if it is missing, readable and writable by its owner alone."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


class FileLock:
    """An operating system's lock on a file: it vanishes with the process that holds it, however that ends.

    The file itself stays, because removing it would let two processes lock two files of the same name.
    """

    def __init__(self, path: Path, who: str = "") -> None:
        """who: what is written into the file ("window", "command line")."""
        self.path = path
        self.who = who
        self._descriptor: int | None = None
        self._signed: Holder | None = None

    @property
    def held(self) -> bool:
        """By this object."""
        return self._descriptor is not None

    def acquire(self, patience: float = 0.3) -> bool:
        """Try for `patience` seconds, so that somebody who only looks (`taken`) is not mistaken for a holder.

        Raises StateError if the file cannot be made.
        """
        end = time.monotonic() + patience
        while not self._try():
            if time.monotonic() >= end:
                return False
            time.sleep(0.02)
        self._sign(this_process(self.who))
        return True

    def _sign(self, holder: Holder) -> None:
        if self._descriptor is None:
            return
        with contextlib.suppress(OSError):  # whose it is, is a courtesy: on a full disk the lock holds without it
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            told = holder.to_bytes()
            if os.write(self._descriptor, told) == len(told):
                self._signed = holder

    def _try(self) -> bool:
        try:
            descriptor = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise StateError(
                f"The file {self.path} cannot be written.",
                detail=f"{error.strerror or error}. Nothing was started and nothing is lost.",
                remedy=f"Make {self.path.parent} writable and free space on its disk, then retry.",
                action="retry",
            ) from error
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None and self._signed is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, 0)
        self._unlock()

    def _unlock(self) -> None:
        """Let go, and leave in the file what stands there."""
        self._signed = None
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def taken(self) -> bool:
        """Whether somebody holds it at this moment."""
        if self.held:
            return True
        if not self.path.exists():
            return False
        if self._try():
            self._unlock()
            return False
        return True

    def owner_words(self) -> str:
        """ " (process 1234)" if the file tells, else ""."""
        holder = read_holder(self.path)
        return f" (process {holder.process})" if holder and holder.process else ""


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        # Far beyond the text, since a locked range cannot be read by others.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
