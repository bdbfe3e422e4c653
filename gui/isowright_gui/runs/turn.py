"""The operator's turn: open the console, install onto the second disk, power off."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QBoxLayout, QFrame, QWidget

from isowright.recipe import Recipe
from isowright_gui.runs.guide import checklist, script
from isowright_gui.runs.server_watch import ServerWatch, is_practice
from isowright_gui.theme import set_type
from isowright_gui.widgets import Button, CheckRow, ElidedLabel, Label, WrapLabel, column, grid, row
from isowright_gui.widgets.buttons import BusyButton


class YourTurn(QWidget):
    """The band's body at Install the OS. Signals `console` and `copied`. `server`: its name."""

    console = Signal()
    copied = Signal()

    def __init__(self, recipe: Recipe, server: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._script = script(recipe.image.os_type)
        body = column(self, gap=3)
        system = recipe.image.os_version or self.tr("the system")
        body.addWidget(
            WrapLabel(
                self.tr("Install {system} on the second disk ({size} GB, /dev/\u2060vdb), then power off.").format(
                    system=system, size=recipe.server.data_disk
                )
            )
        )
        self.open_button = BusyButton(self.tr("&Open console"), "primary", "monitor-play")
        self.open_button.clicked.connect(self.console)
        self._console = line = row(gap=4)
        line.addWidget(self.open_button)
        line.addWidget(
            WrapLabel(
                self.tr("Opens in your browser. Each click makes a fresh secret address, good for 10 minutes."),
                "caption",
                "muted",
            ),
            1,
        )
        body.addLayout(line)
        self.watch = ServerWatch(server, practice=is_practice(recipe))
        self.watch.console.connect(self.console)
        self.watch.hide()  # until the server was looked at
        body.addWidget(self.watch)
        body.addWidget(Label(self.tr("Before you power off"), "label", "muted"))
        self.boxes: list[CheckRow] = []
        self._boxes = grid(gap=2)
        items = checklist(recipe.image.os_type)
        for item in items:
            text = self.tr("{item} (optional)").format(item=item.text) if item.optional else item.text
            box = CheckRow(text)
            self.boxes.append(box)
        self.set_narrow(False)
        body.addLayout(self._boxes)
        if self._script:
            body.addWidget(self._script_line(recipe.image.os_type))

    def _script_line(self, os_type: str) -> QWidget:
        # A line of code to copy stands in its own surface.
        frame = QFrame()
        frame.setProperty("surface", "card")
        line = row(frame, gap=3, margins=(3, 1, 2, 1))
        what = (
            self.tr("Finishing script: drivers, disks by UUID, network, sshd")
            if os_type == "Linux"
            else self.tr("Finishing script: remote desktop, DHCP, drivers")
        )
        label = ElidedLabel(what, "caption", "muted", mode=Qt.TextElideMode.ElideRight)
        set_type(label, "caption")
        line.addWidget(label, 1)
        self.copy_button = Button(self.tr("Copy &script"), "ghost", "copy", small=True)
        self.copy_button.clicked.connect(self._copy)
        line.addWidget(self.copy_button)
        return frame

    def set_narrow(self, narrow: bool) -> None:
        """The checklist in one column instead of two, and what the button does under it."""
        self._console.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        self.watch.set_narrow(narrow)
        half = len(self.boxes) if narrow else (len(self.boxes) + 1) // 2
        for at, box in enumerate(self.boxes):
            self._boxes.addWidget(box, at % half, at // half)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._script)
        self.copy_button.setText(self.tr("Copied"))
        self.copied.emit()

    def opened_once(self) -> None:
        """The console has been opened: "Installation finished" is the primary button from now on."""
        self.open_button.set_kind("secondary")
