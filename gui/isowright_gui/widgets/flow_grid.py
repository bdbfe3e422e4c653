"""Cards side by side: three columns, fewer when narrower, equal widths, same height in a row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from isowright_gui.theme import theme
from isowright_gui.widgets.layouts import clear, grid


class FlowGrid(QWidget):
    """`min_width` of a card in units; at most `max_columns` columns."""

    def __init__(
        self, *, min_width: float = 70, max_columns: int = 3, gap: float = 4, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._min, self._max, self._gap = min_width, max_columns, gap
        self._widgets: list[QWidget] = []
        self._columns = max_columns
        self._grid = grid(self, gap=gap)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_widgets(self, widgets: Sequence[QWidget]) -> None:
        """Replace the cards; those that go are deleted."""
        gone = [each for each in self._widgets if each not in widgets]
        for each in self._widgets:
            self._grid.removeWidget(each)
        for each in gone:
            each.hide()
            each.deleteLater()
        self._widgets = list(widgets)
        for each in self._widgets:
            policy = each.sizePolicy()
            policy.setHorizontalPolicy(QSizePolicy.Policy.Ignored)
            policy.setVerticalPolicy(QSizePolicy.Policy.Preferred)
            each.setSizePolicy(policy)
        self._place()

    def widgets(self) -> list[QWidget]:
        """The cards, in order."""
        return list(self._widgets)

    def columns(self) -> int:
        """How many columns fit now."""
        return self._columns

    def clear(self) -> None:
        """Delete all cards."""
        self._widgets = []
        clear(self._grid)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        gap = theme().s(self._gap)
        fit = (self.width() + gap) // (theme().s(self._min) + gap)
        columns = min(self._max, max(1, fit))
        if columns != self._columns:
            self._columns = columns
            self._place()

    def _place(self) -> None:
        for each in self._widgets:
            self._grid.removeWidget(each)
        for at, each in enumerate(self._widgets):
            self._grid.addWidget(each, at // self._columns, at % self._columns)
        for at in range(self._max):
            self._grid.setColumnStretch(at, 1 if at < self._columns else 0)
