"""The operator's turn in a test boot: look at the console of the server that was started from the image, and say
whether it came up."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QWidget

from isowright.recipe import Recipe
from isowright_gui.widgets import Button, WrapLabel, column, row
from isowright_gui.widgets.buttons import BusyButton

STAGE = "test-boot"


class BootTurn(QWidget):
    """The band's body at Test boot. Signals `console` and `said(good)`."""

    console = Signal()
    said = Signal(bool)

    def __init__(self, recipe: Recipe, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        body = column(self, gap=3)
        body.addWidget(
            WrapLabel(
                self.tr("A server was started from {name}. Look whether {system} comes up to its login.").format(
                    name=recipe.image.name, system=recipe.image.os_version or self.tr("the system")
                )
            )
        )
        self.open_button = BusyButton(self.tr("&Open console"), "primary", "monitor-play")
        self.open_button.clicked.connect(self.console)
        self._console = line = row(gap=4)
        line.addWidget(self.open_button)
        note = self.tr("Opens in your browser. The server is deleted as soon as you have said what you saw.")
        line.addWidget(WrapLabel(note, "caption", "muted"), 1)
        body.addLayout(line)
        self.good_button = Button(self.tr("Looks &good"), icon="check")
        self.bad_button = Button(self.tr("Does not &boot"), "danger", "x")
        answers = row(gap=3)
        for button, good in ((self.good_button, True), (self.bad_button, False)):
            button.clicked.connect(lambda _=False, good=good: self._say(good=good))
            answers.addWidget(button)
        answers.addStretch(1)
        body.addLayout(answers)

    def _say(self, *, good: bool) -> None:
        for button in (self.good_button, self.bad_button, self.open_button):
            button.setEnabled(False)  # said once; the server goes
        self.said.emit(good)

    def set_narrow(self, narrow: bool) -> None:
        """What the button does under it."""
        self._console.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)

    def opened_once(self) -> None:
        """The console has been opened: "Looks good" is the primary button from now on."""
        self.open_button.set_kind("secondary")
        self.good_button.set_kind("primary")
