"""The side list of steps: where one is, what was answered, where one may go."""

from __future__ import annotations

from typing import Literal, NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from isowright_gui.theme import set_type, theme
from isowright_gui.widgets.buttons import Button
from isowright_gui.widgets.chip import PracticeBadge
from isowright_gui.widgets.glyphs import paint_state, state_word
from isowright_gui.widgets.labels import ElidedLabel
from isowright_gui.widgets.layouts import column, row

StepState = Literal["done", "current", "ahead", "problem"]

_GLYPHS = {"done": "answered", "current": "current", "ahead": "ahead", "problem": "problem"}


class Step(NamedTuple):
    """One step: `state` done (answered, can be jumped to), current, ahead (not yet) or problem; its answer."""

    id: str
    title: str
    state: StepState = "ahead"
    answer: str = ""


class StepRow(QAbstractButton):
    """One painted row; disabled while ahead. `current` says which page shows, whatever the state."""

    def __init__(self, step: Step, stepper: Stepper) -> None:
        super().__init__(stepper)
        self._stepper = stepper
        self.step = step
        self.current = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_step(step, current=step.state == "current")

    def set_step(self, step: Step, *, current: bool) -> None:
        """Show another state."""
        self.step, self.current = step, current
        self.setText(step.title)
        self.setEnabled(step.state != "ahead" or current)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if self.isEnabled() else Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(step.title)
        words = [state_word(_GLYPHS["current" if current and step.state == "ahead" else step.state])]
        if current and step.state != "current":
            words.append(state_word("current"))
        self.setAccessibleDescription(", ".join([*words, step.answer] if step.answer else words))
        self._tip()
        self.updateGeometry()
        self.update()

    def retheme(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme().s(52), theme().s(11 if self.step.answer and not self.current else 9))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tip()

    def _tip(self) -> None:
        if self._stepper.narrow:
            self.setToolTip(f"{self.step.title}: {self.step.answer}" if self.step.answer else self.step.title)
            return
        wide = QFontMetricsF(theme().font("caption")).horizontalAdvance(self.step.answer)
        self.setToolTip(self.step.answer if wide > self._text_width() or self.current else "")

    def _text_width(self) -> float:
        return self.width() - theme().s(10) - theme().s(2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.key() in steps:
            self._stepper.move_focus(self, steps[Qt.Key(event.key())])
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, _event: object) -> None:
        self.update()

    def leaveEvent(self, _event: object) -> None:
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        t, s = theme(), theme().s
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            whole = QRectF(self.rect())
            if self.current:
                painter.setBrush(t.color("surface"))
                painter.drawRoundedRect(whole, s(1.5), s(1.5))
                painter.setBrush(t.color("accent"))
                painter.drawRoundedRect(QRectF(0, s(2.5), 3, self.height() - 2 * s(2.5)), 1.5, 1.5)
            elif self.isEnabled() and (self.underMouse() or self.isDown()):
                painter.setBrush(t.color("hairline" if self.isDown() else "neutral_soft"))
                painter.drawRoundedRect(whole, s(1.5), s(1.5))
            side = s(5)
            glyph = QRectF(s(3) - s(0.25), (self.height() - side) / 2, side, side)
            state = self.step.state
            paint_state(painter, glyph, "current" if self.current and state != "problem" else _GLYPHS[state])
            if self._stepper.narrow:
                return
            title = t.font("strong" if self.current else "body")
            painter.setFont(title)
            painter.setPen(t.color("text" if self.isEnabled() else "muted"))
            room = QRectF(s(10), 0, self._text_width(), self.height())
            two = bool(self.step.answer) and not self.current
            middle = Qt.AlignmentFlag.AlignVCenter
            if two:
                upper, under = QFontMetricsF(title).height(), QFontMetricsF(t.font("caption")).height()
                top = (self.height() - upper - under) / 2
                painter.drawText(QRectF(room.left(), top, room.width(), upper), middle, self._short(title, self.text()))
                small = t.font("caption")
                painter.setFont(small)
                painter.setPen(t.color("danger" if state == "problem" else "muted"))
                place = QRectF(room.left(), top + upper, room.width(), under)
                painter.drawText(place, middle, self._short(small, self.step.answer))
            else:
                painter.drawText(room, middle, self._short(title, self.text()))

    def _short(self, font: QFont, text: str) -> str:
        metrics = QFontMetricsF(font)
        return metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, self._text_width())


class Stepper(QWidget):
    """The sidebar: Home, name of what is made, steps, practice badge, *Save and close*.

    Signals: `activated(id)` for a step that was clicked or entered (not the current one), `home`, `leave`. Up and Down
    move between the steps that can be reached.
    """

    activated = Signal(str)
    home = Signal()
    leave = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.narrow = False
        self.setProperty("surface", "sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Steps"))
        self.home_button = Button(self.tr("&Home"), "ghost", "caret-left", small=True)
        self.home_button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.heading = ElidedLabel("", "strong")
        self.badge = PracticeBadge()
        self.badge.hide()
        self.leave_button = Button(self.tr("&Save and close"), "ghost", "tray", small=True)
        self.leave_button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._rows: dict[str, StepRow] = {}
        self._steps = column(gap=0.5)
        body = column(self, gap=0, margins=(3, 4, 3, 4))
        top = row()
        top.addWidget(self.home_button)
        top.addStretch(1)
        body.addLayout(top)
        name = row(margins=(3, 3, 2, 2))
        name.addWidget(self.heading, 1)
        body.addLayout(name)
        body.addLayout(self._steps)
        body.addStretch(1)
        foot = column(gap=2)
        badge = row(margins=(2.5, 0, 0, 0))
        badge.addWidget(self.badge)
        badge.addStretch(1)
        foot.addLayout(badge)
        last = row()
        last.addWidget(self.leave_button)
        last.addStretch(1)
        foot.addLayout(last)
        body.addLayout(foot)
        self.home_button.clicked.connect(self.home)
        self.leave_button.clicked.connect(self.leave)
        self.retheme()

    def retheme(self) -> None:
        self.setFixedWidth(theme().s(17 if self.narrow else 58))

    def set_narrow(self, narrow: bool) -> None:
        """Glyphs alone, for windows that have no room for words; those are tooltips and accessible names then."""
        if narrow == self.narrow:
            return
        self.narrow = narrow
        for button, text in ((self.home_button, self.tr("&Home")), (self.leave_button, self.tr("&Save and close"))):
            button.setAccessibleName(text.replace("&", ""))
            button.setToolTip(text.replace("&", "") if narrow else "")
            button.setText("" if narrow else text)
            button.setShortcut(QKeySequence.mnemonic(text))  # which went with the text
            button.retheme()
        self.heading.setVisible(not narrow)
        self.badge.set_narrow(narrow)
        for each in self._rows.values():
            each.retheme()
        self.retheme()

    def set_heading(self, text: str) -> None:
        """The name of what is made: "New image", later the recipe's name."""
        self.heading.setText(text)

    def set_practice(self, practice: bool) -> None:
        """Show the badge whenever the practice cloud is in use."""
        self.badge.setVisible(practice)

    def set_steps(self, steps: list[Step], current: str = "") -> None:
        """Show these steps; rows are kept by id. `current` is the page shown, if a state "problem" hides it."""
        if [step.id for step in steps] != list(self._rows):
            for old in self._rows.values():
                self._steps.removeWidget(old)
                old.hide()
                old.deleteLater()
            self._rows = {}
            for step in steps:
                fresh = StepRow(step, self)
                set_type(fresh, "body")
                fresh.clicked.connect(self._clicked)
                self._rows[step.id] = fresh
                self._steps.addWidget(fresh)
        for step in steps:
            self._rows[step.id].set_step(step, current=step.state == "current" or step.id == current)

    def row_of(self, step_id: str) -> StepRow:
        """The row of a step, a button; KeyError if there is none."""
        return self._rows[step_id]

    def move_focus(self, start: StepRow, by: int) -> None:
        """Focus the next reachable row above (-1) or below (1)."""
        reachable = [each for each in self._rows.values() if each.isEnabled()]
        at = reachable.index(start) + by
        if 0 <= at < len(reachable):
            reachable[at].setFocus(Qt.FocusReason.TabFocusReason)

    def _clicked(self) -> None:
        sender = self.sender()
        if isinstance(sender, StepRow) and not sender.current:
            self.activated.emit(sender.step.id)
