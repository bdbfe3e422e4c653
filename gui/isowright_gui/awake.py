"""Keeps the computer from falling asleep while a run goes on; the screen may go dark.

Each system has its own way: a helper process that holds the request and ends with it (Linux, macOS), a call (Windows).
Where there is none the run still survives sleep: it goes on from its last look at the cloud.
"""

from __future__ import annotations

import shutil
import sys

from PySide6.QtCore import QObject, QProcess

_CONTINUOUS, _SYSTEM_REQUIRED = 0x80000000, 0x1  # SetThreadExecutionState's flags


class Awake(QObject):
    """`hold()` as often as wanted; `release()` ends it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._helper: QProcess | None = None
        self.held = False

    def hold(self, why: str) -> None:
        if self.held:
            return
        self.held = True
        if sys.platform == "win32":
            import ctypes

            ctypes.windll.kernel32.SetThreadExecutionState(_CONTINUOUS | _SYSTEM_REQUIRED)
        elif (command := _command(why)) is not None:
            helper = QProcess(self)
            helper.setStandardOutputFile(QProcess.nullDevice())
            helper.setStandardErrorFile(QProcess.nullDevice())
            helper.start(command[0], command[1:])
            self._helper = helper

    def release(self) -> None:
        if not self.held:
            return
        self.held = False
        if sys.platform == "win32":
            import ctypes

            ctypes.windll.kernel32.SetThreadExecutionState(_CONTINUOUS)
        if self._helper is not None:
            # Both helpers run `cat` on our pipe: closing it ends them, and so does our death, however it comes.
            helper, self._helper = self._helper, None
            helper.finished.connect(helper.deleteLater)
            helper.closeWriteChannel()


def _command(why: str) -> list[str] | None:
    if sys.platform == "darwin":
        return ["/usr/bin/caffeinate", "-i", "/bin/cat"]
    inhibit = shutil.which("systemd-inhibit")
    cat = shutil.which("cat")
    if inhibit is None or cat is None:
        return None
    return [inhibit, "--what=sleep:idle", "--who=Isowright", f"--why={why}", "--mode=block", cat]
