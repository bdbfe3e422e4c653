"""A scrolling column with the page's margins, its right edge in line with header and footer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from isowright_gui.theme import theme
from isowright_gui.widgets.layouts import Margins, column, row, set_units, thin

_HEAD: Margins = (8, 6.5, 8, 4)


class _Content(QWidget):
    """As high as its words need at the width that it gets. The least height of a layout with wrapped words is that at
    the least width, far more than is shown: it would scroll over nothing."""

    def minimumSizeHint(self) -> QSize:
        least, layout = super().minimumSizeHint(), self.layout()
        if layout is not None and layout.hasHeightForWidth():
            least.setHeight(0)
        return least


class HeadBox(QWidget):
    """A page's header with the page's margins."""

    def __init__(self, header: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = row(self, margins=_HEAD)
        self._box.addWidget(header)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        set_units(self._box, 2, thin(_HEAD, self.width()))


class ScrollColumn(QScrollArea):
    """`body` is the column; `margins` in units. The bar, when it shows, stands inside the right margin."""

    def __init__(self, margins: Margins, *, gap: float = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._margins, self._gap, self._now = margins, gap, margins
        content = _Content()
        content.setProperty("surface", "")
        self.body: QVBoxLayout = column(content, gap=gap, margins=margins)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.verticalScrollBar().installEventFilter(self)
        self.setWidget(content)
        self.setCornerWidget(QWidget())  # the style's own is a dark square between two bars

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.verticalScrollBar() and event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._set_margins(bar=event.type() == QEvent.Type.Show)
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set_margins(bar=self.verticalScrollBar().isVisible())

    def _set_margins(self, *, bar: bool) -> None:
        left, top, right, bottom = thin(self._margins, self.width())
        taken = self.verticalScrollBar().sizeHint().width() / theme().u if bar else 0.0
        wanted = (left, top, max(0.0, right - taken), bottom)
        if wanted != self._now:
            self._now = wanted
            set_units(self.body, self._gap, wanted)
