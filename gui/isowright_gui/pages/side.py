"""A main column with a panel beside it, or under it where the window is too narrow for both."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from isowright_gui.theme import theme
from isowright_gui.widgets import row

NARROW = 175  # units of content width below which the panel goes under the main column


class SideBySide(QWidget):
    """`main` takes what `side` leaves. Reflows by itself; the order of the keyboard stays main, then side."""

    def __init__(self, main: QWidget, side: QWidget, *, gap: float = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._main, self._side = main, side
        self._box: QBoxLayout = row(self, gap=gap)
        self._box.addWidget(main, 1)
        # In a line of its own, a panel narrower than the column is asked how high it is at its own width.
        holder = QWidget()
        line = row(holder, gap=0)
        line.addWidget(side, 1, Qt.AlignmentFlag.AlignTop)
        line.addStretch(0)
        self._box.addWidget(holder, 0, Qt.AlignmentFlag.AlignTop)
        self._under = False

    def minimumSizeHint(self) -> QSize:
        """As narrow as one column: the layout's own hint, of both beside each other, would keep the window wide."""
        widths = [widget.minimumSizeHint().width() for widget in (self._main, self._side)]
        return QSize(max(*widths, self._side.minimumWidth()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        under = event.size().width() < theme().s(NARROW)
        if under == self._under:
            return
        self._under = under
        self._box.setDirection(QBoxLayout.Direction.TopToBottom if under else QBoxLayout.Direction.LeftToRight)
        self._box.setStretch(0, 0 if under else 1)
