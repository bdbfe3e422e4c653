"""An installer at work by the answers on its ISO: nobody's turn. What it does can be watched, and nothing is asked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QWidget

from isowright.recipe import Recipe
from isowright_gui.runs.server_watch import ServerWatch, is_practice
from isowright_gui.widgets import WrapLabel, column, row
from isowright_gui.widgets.buttons import BusyButton


class ByItself(QWidget):
    """The band's body at Install the OS, with an answer file. Signal `console`. `server`: its name."""

    console = Signal()

    def __init__(self, recipe: Recipe, server: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        body = column(self, gap=3, margins=(0, 0, 0, 2))
        body.addWidget(
            WrapLabel(
                self.tr(
                    "The installer takes its answers from {file} and powers the server off when it is done."
                ).format(file=Path(recipe.iso.answers).name)
            )
        )
        self.open_button = BusyButton(self.tr("&Open console"), "secondary", "monitor-play")
        self.open_button.clicked.connect(self.console)
        self._console = line = row(gap=4)
        line.addWidget(self.open_button)
        note = self.tr("To watch it in your browser. If it asks something, its answers were not enough: answer there.")
        line.addWidget(WrapLabel(note, "caption", "muted"), 1)
        body.addLayout(line)
        self.watch = ServerWatch(server, practice=is_practice(recipe))
        self.watch.console.connect(self.console)
        self.watch.hide()  # until the server was looked at
        body.addWidget(self.watch)

    def set_narrow(self, narrow: bool) -> None:
        """What the button does under it."""
        self._console.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        self.watch.set_narrow(narrow)
