"""The rows of Home's list of runs: live while a run goes on."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from isowright.pipeline.runs import RunInfo
from isowright.recipe import PRACTICE
from isowright_gui.home.words import Line, place
from isowright_gui.theme import theme
from isowright_gui.widgets import PracticeBadge, ProgressBar
from isowright_gui.widgets.rows import ListRow

WHERE, WHEN, BAR = 68, 28, 36  # units
ROOM_FOR_ALL = 190


class RunRow(ListRow):
    """Opens its run when clicked, or with Enter or Space. `forget` and `save` (its answers as a profile), with its
    id, are asked for in the context menu."""

    opened = Signal(str)
    forget = Signal(str)
    save = Signal(str)

    def __init__(self, run: RunInfo, parent: QWidget | None = None) -> None:
        practice = run.recipe.account.cloud == PRACTICE
        where = self.tr_here("This computer") if practice else place(run.recipe.account)
        super().__init__(run.name, glyph="waiting", facts=((where, WHERE), ("", WHEN)), parent=parent)
        self.run = run
        self.finished = False
        if practice:
            self.beside.insertWidget(1, PracticeBadge())
        self.bar = ProgressBar()
        self.bar.setMaximumWidth(theme().s(BAR))
        self.bar.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.slot.addWidget(self.bar)
        self.slot.addSpacing(theme().s(4))
        self.clicked.connect(lambda: self.opened.emit(self.run.id))

    @staticmethod
    def tr_here(text: str) -> str:
        from PySide6.QtCore import QCoreApplication

        return QCoreApplication.translate("RunRow", text)

    def show_state(self, line: Line, when: str, *, bar: bool = False, fraction: float | None = None) -> None:
        """Say how it stands: glyph and words, when or how long, and a bar while it goes on."""
        self.set_state(line.glyph, line.text, line.tone or "muted")
        self.set_fact(1, when)
        self.bar.setVisible(bar)
        if bar:
            self.bar.set_fraction(fraction)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Where there is little room, where it runs and how far it is give way to its name and its state.
        self._facts[0].setVisible(event.size().width() >= theme().s(ROOM_FOR_ALL))
        self.bar.setMaximumWidth(theme().s(BAR if event.size().width() >= theme().s(ROOM_FOR_ALL) else BAR / 2))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().s(80), self.sizeHint().height())

    def keyPressEvent(self, event: object) -> None:
        if isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("&Open"), self.click)
        menu.addAction(self.tr("Save as &profile…"), lambda: self.save.emit(self.run.id))
        if self.finished:
            menu.addAction(self.tr("&Remove from the list"), lambda: self.forget.emit(self.run.id))
        keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        menu.popup(self.mapToGlobal(QPoint(theme().s(10), self.height())) if keyboard else event.globalPos())
