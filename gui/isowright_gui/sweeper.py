"""Python's garbage is collected here, in the window's thread, and nowhere else.

Python collects cycles in whichever thread happens to allocate next: a worker, or the practice cloud's. A widget in such
a cycle is then destroyed there, and Qt crashes (tried: a QWidget with a timer, gc.collect() in another thread).
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimerEvent

INTERVAL = 250  # ms


class Sweeper(QObject):
    """Switches Python's own collecting off for good and does it by a timer, as often as Python would."""

    def __init__(self) -> None:
        super().__init__()
        gc.disable()
        self._timer = self.startTimer(INTERVAL)

    def stop(self) -> None:
        """No more sweeping. Collecting stays off: widgets outlive the loop."""
        self.killTimer(self._timer)

    def timerEvent(self, _event: QTimerEvent) -> None:
        for generation in (2, 1, 0):  # a collection takes the younger ones with it
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                gc.collect(generation)
                return


def settle() -> None:
    """What exists now (modules, classes) is there to stay: no later collection halts the window for looking at it."""
    gc.freeze()
