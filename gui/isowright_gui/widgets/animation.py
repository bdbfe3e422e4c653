"""What moves: spinners, arcs, unknown bars. Each stops when hidden, and stands still with reduced motion."""

from __future__ import annotations

from PySide6.QtCore import QTimerEvent
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from isowright_gui.theme import theme

BEAT_MS = 50  # 20 pictures a second; timers are coarse by a twentieth, which nobody sees in a spinner
BEATS_A_TURN = 20


class Animated(QWidget):
    """A widget with a beat. Call `set_moving`; read `phase` (0…1, one turn a second) when painting."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._timer = 0
        self._moving = False
        self.phase = 0.0

    def set_moving(self, moving: bool) -> None:
        """Whether there is something to show moving; the timer runs only while the widget is also visible."""
        self._moving = moving
        self._beat()
        self.update()

    def running(self) -> bool:
        """Whether the timer runs now."""
        return self._timer != 0

    def _beat(self) -> None:
        wanted = self._moving and self.isVisible() and not theme().reduced_motion
        if wanted and not self._timer:
            self._timer = self.startTimer(BEAT_MS)
        elif not wanted and self._timer:
            self.killTimer(self._timer)
            self._timer = 0

    def timerEvent(self, event: QTimerEvent) -> None:
        if event.timerId() != self._timer:
            super().timerEvent(event)
            return
        if self.window().isMinimized():
            return
        self.phase = (self.phase + 1 / BEATS_A_TURN) % 1.0
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._beat()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._beat()
