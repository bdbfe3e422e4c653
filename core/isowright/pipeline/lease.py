"""The right to drive one run: one process at a time has it, tells who it is, and gives signs of life.

The operating system's lock decides wherever it can be trusted: it ends with its process, however that ends, and it
outlasts any pause of it. In a folder that several computers share it may not be seen by the others; there a holder that
has given no sign of life for a minute loses its lease, and finds that out before it asks the cloud for any change.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from isowright.errors import LeaseLostError
from isowright.holder import Holder, read_holder, this_process
from isowright.home import FileLock, create_private

BEAT = 10.0  # seconds between two signs of life
DEAD_AFTER = 60.0  # seconds without one, where locks cannot be trusted
_SETTLED = 0.1  # of two that take over at once, the later one has it


class Lease(FileLock):
    """One process's claim on a run. All methods do file I/O: for worker threads."""

    def __init__(self, path: Path, who: str = "") -> None:
        super().__init__(path, who)
        self._unlocked = False  # taken over from somebody whose lock is still in the way

    @property
    def held(self) -> bool:
        return super().held or self._unlocked

    def acquire(self, patience: float = 0.3) -> bool:
        end = time.monotonic() + patience
        while True:
            if self._try():
                if not self._alive(read_holder(self.path), locked=False):
                    self._sign(this_process(self.who))
                    return True
                self._unlock()
            if time.monotonic() >= end:
                return self._take_over()
            time.sleep(0.02)

    def holder(self) -> Holder | None:
        """Who has it at this moment; None if it could be taken."""
        if self.held:
            return read_holder(self.path) or Holder()
        if not self.path.exists():
            return None
        found = read_holder(self.path)
        free = self._try()
        if free:
            self._unlock()
        return (found or Holder()) if self._alive(found, locked=not free) else None

    def taken(self) -> bool:
        return self.holder() is not None

    def still_ours(self) -> bool:
        """Whether nobody has taken it over."""
        signed = self._signed  # a release in another thread takes it away
        if not self.held or signed is None:  # on a full disk there is no name in the file; the lock counts
            return self.held
        found = read_holder(self.path)
        if found is None:  # just being written, perhaps
            time.sleep(0.02)
            found = read_holder(self.path)
        return found is not None and found.lease == signed.lease

    def check(self) -> None:
        """Raises LeaseLostError if somebody has taken it over."""
        if self.still_ours():
            return
        found = read_holder(self.path)
        raise LeaseLostError(
            "The run was taken over by another process.",
            detail=(f"{found.sentence(datetime.now(UTC))} " if found else "")
            + "This one had given no sign of life for too long; it stopped and asked the cloud for nothing more.",
            remedy="Watch it there. Once it has ended there, it can be gone on with here.",
        )

    def beat(self) -> bool:
        """A sign of life; False if the lease is lost."""
        if not self.still_ours():
            return False
        with contextlib.suppress(OSError):  # a disk that is away for a moment: the next one may come through
            os.utime(self.path)
        return True

    def release(self) -> None:
        if self._unlocked:
            if self.still_ours():
                with contextlib.suppress(OSError):
                    os.truncate(self.path, 0)
            self._unlocked, self._signed = False, None
        elif self.held and self.still_ours():
            super().release()
        else:
            self._unlock()  # the name in the file is somebody else's

    def _alive(self, holder: Holder | None, *, locked: bool) -> bool:
        """locked: somebody has the operating system's lock."""
        if holder is None or (holder.here and holder.locked):
            return locked
        return self._silence() < DEAD_AFTER

    def _silence(self) -> float:
        """Seconds since the last sign of life, by the clock of whoever keeps the files: no two computers' clocks are
        compared."""
        probe = self.path.with_name(f".{self.path.name}-{os.urandom(4).hex()}")
        try:
            create_private(probe)
            os.utime(probe)
            now = probe.stat().st_mtime
            probe.unlink()
            return now - self.path.stat().st_mtime
        except OSError:
            return 0.0

    def _take_over(self) -> bool:
        """From a holder elsewhere who is dead by all signs, though its lock is still in the way."""
        holder = read_holder(self.path)
        if holder is None or self._alive(holder, locked=True):
            return False
        mine = replace(this_process(self.who), locked=False)
        try:
            descriptor = os.open(self.path, os.O_RDWR)
        except OSError:
            return False
        try:
            os.write(descriptor, mine.to_bytes())
        except OSError:
            return False
        finally:
            os.close(descriptor)
        self._signed, self._unlocked = mine, True
        time.sleep(_SETTLED)
        if self.still_ours():
            return True
        self._unlocked, self._signed = False, None
        return False
