"""The progress bar: one unit high, round ends."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from isowright_gui.theme import theme
from isowright_gui.widgets.animation import Animated


class ProgressBar(Animated):
    """`set_fraction(0…1)`, or None while the amount is unknown: then a third of the bar travels."""

    def __init__(self, fraction: float | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fraction: float | None = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Progress"))
        self.set_fraction(fraction)

    def fraction(self) -> float | None:
        """The fraction shown."""
        return self._fraction

    def set_fraction(self, fraction: float | None) -> None:
        """Values outside 0…1 are cut off."""
        self._fraction = None if fraction is None else min(1.0, max(0.0, fraction))
        if self._fraction is None:
            words = self.tr("Amount unknown")
        else:
            words = self.tr("{n} %").format(n=round(100 * self._fraction))
        self.setAccessibleDescription(words)
        self.set_moving(fraction is None)

    def sizeHint(self) -> QSize:
        return QSize(theme().s(30), theme().s(1))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().s(8), theme().s(1))

    def retheme(self) -> None:
        self.updateGeometry()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            whole, radius = QRectF(self.rect()), self.height() / 2
            painter.setBrush(theme().color("skeleton"))
            painter.drawRoundedRect(whole, radius, radius)
            painter.setBrush(theme().color("accent" if theme().scheme == "dark" else "fill"))
            part = QRectF(whole)
            if self._fraction is None:
                third = whole.width() / 3
                part.setWidth(third)
                swing = 2 * self.phase if self.phase < 0.5 else 2 - 2 * self.phase
                part.moveLeft(swing * (whole.width() - third) if self.running() else third)
            elif self._fraction == 0:
                return
            else:
                part.setWidth(max(whole.height(), whole.width() * self._fraction))
            painter.drawRoundedRect(part, radius, radius)
