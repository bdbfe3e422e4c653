"""What few need, folded away: "Advanced: proxy and CA file"."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from isowright_gui.widgets.buttons import Button
from isowright_gui.widgets.layouts import column


class Disclosure(QWidget):
    """A link with a caret over a body that it shows. `body` is a column; signal `toggled(open)`."""

    toggled = Signal(bool)

    def __init__(self, text: str, *, is_open: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = Button(text, "link", "caret-right")
        self.button.setCheckable(True)
        self.content = QWidget()
        self.body = column(self.content, gap=4, margins=(0, 2, 0, 0))
        outer = column(self, gap=0)
        outer.addWidget(self.button)
        outer.setAlignment(self.button, outer.alignment())
        outer.addWidget(self.content)
        self.button.toggled.connect(self._toggled)
        self.content.hide()
        self.set_open(is_open)
        self._describe()

    def add(self, widget: QWidget) -> None:
        """Append to the body."""
        self.body.addWidget(widget)

    def is_open(self) -> bool:
        """Whether the body shows."""
        return self.button.isChecked()

    def set_open(self, is_open: bool) -> None:
        """Show or hide the body."""
        self.button.setChecked(is_open)

    def _toggled(self, checked: bool) -> None:
        self.content.setVisible(checked)
        self.button.set_icon("caret-down" if checked else "caret-right")
        self._describe()
        self.toggled.emit(checked)

    def _describe(self) -> None:
        self.button.setAccessibleDescription(self.tr("Open") if self.is_open() else self.tr("Closed"))
