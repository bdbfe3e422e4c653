"""Time from the start of the process to the first painted window, against a bare PySide6 window, interleaved.

Bare: a label, centred, in a window of our size: what the shortest program with a window in it does.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

from table import Row

ROUNDS = 15

BARE = """
import os, sys
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
class Window(QLabel):
    def paintEvent(self, event):
        super().paintEvent(event)
        os.write(1, b"painted\\n")
        os._exit(0)
app = QApplication([])
window = Window("Hello", alignment=Qt.AlignmentFlag.AlignCenter)
window.resize(1120, 740)
window.show()
app.exec()
"""

OURS = """
import os, sys
from isowright_gui.wizard import window
class Window(window.MainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        os.write(1, b"painted\\n")
        os._exit(0)
window.MainWindow = Window
from isowright_gui import app
app.main()
"""


def _once(code: str, home: str) -> float:
    """Seconds until the window has been painted once."""
    # With compiled modules, as on every second start of a program that was installed.
    env = {**os.environ, "ISOWRIGHT_HOME": home}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=env) as process:
        line = process.stdout.readline()
        seconds = time.perf_counter() - begun
    if line != b"painted\n":
        raise RuntimeError("the window was not painted")
    return seconds


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as home:
        _once(BARE, home), _once(OURS, home)  # caches warm for both
        pairs = [(_once(BARE, home), _once(OURS, home)) for _ in range(ROUNDS)]
    ratio = statistics.median(ours / bare for bare, ours in pairs)
    bare, ours = (statistics.median(values) for values in zip(*pairs, strict=True))
    return [
        Row(
            "start to first window",
            f"{ours * 1000:.0f} ms",
            f"bare PySide6 window {bare * 1000:.0f} ms",
            f"{ratio:.2f}",
            "≤ 1.5",
            ratio <= 1.5,
        )
    ]
