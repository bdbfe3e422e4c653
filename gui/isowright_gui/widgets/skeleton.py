"""Grey shapes where rows will be. They do not shimmer."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from isowright_gui.theme import theme

_WIDTHS = (34, 30, 26, 34, 28)


class Skeleton(QWidget):
    """`rows` rows of `height` units, as high as the real ones (9 for tables, 13 for rows of two lines)."""

    def __init__(self, rows: int = 4, height: float = 9, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows, self._height = rows, height
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(theme().s(40), self._rows * theme().s(self._height))

    def retheme(self) -> None:
        self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        s = theme().s
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            high, line = s(self._height), s(2.5)
            for row in range(self._rows):
                top, middle = row * high, row * high + high / 2
                painter.setBrush(theme().color("skeleton"))
                painter.drawRoundedRect(QRectF(s(4), middle - s(2.25), s(4.5), s(4.5)), s(1), s(1))
                wide = min(s(_WIDTHS[row % len(_WIDTHS)]), self.width() * 0.4)
                painter.drawRoundedRect(QRectF(s(11.5), middle - line / 2, wide, line), s(1), s(1))
                end = min(s(12), self.width() * 0.2)
                painter.drawRoundedRect(QRectF(self.width() - s(4) - end, middle - line / 2, end, line), s(1), s(1))
                painter.fillRect(QRect(s(4), top + high - 1, self.width() - s(4), 1), theme().color("hairline"))
