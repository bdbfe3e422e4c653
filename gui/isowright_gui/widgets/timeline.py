"""The stages of a run as a timeline: gutter with glyphs, what each does now, its log, the operator's turn."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from isowright_gui.theme import set_type, theme
from isowright_gui.widgets.buttons import Button, IconButton
from isowright_gui.widgets.card import Card
from isowright_gui.widgets.glyphs import STATES, StateGlyph, state_word
from isowright_gui.widgets.labels import ElidedLabel, Label
from isowright_gui.widgets.layouts import column, row
from isowright_gui.widgets.progress import ProgressBar

_LOG_LINES = 500
_BANDS = {"your_turn": ("accent_soft", "accent"), "failed": ("sunken", "danger")}
_PASSED = {"done", "skipped"}
_PLAIN = _PASSED | {"waiting"}  # their glyphs say enough where there is no room for the word


class StageRow(QWidget):
    """One stage. States: waiting, running, your_turn, done, skipped, failed, cancelled, warning.

    `set_body` gives the operator's turn or the error of a failed stage a place in the band. `log_opened(bool)` is
    emitted when the log is folded out or in.
    """

    log_opened = Signal(bool)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.above_passed = False
        self.first = self.last = True
        self._state = ""
        self.glyph = StateGlyph("waiting", size=4.5)
        self.title = Label(title, "body")
        self.detail = ElidedLabel("", "caption", "muted")
        self.word = Label("", "label", "muted")
        self.elapsed = Label("", "body", "muted", tabular=True)
        self.elapsed.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.log_button = IconButton("caret-down", self.tr("Log of {stage}").format(stage=title), small=True)
        self.bar = ProgressBar(None)
        self.live = ElidedLabel("", "caption", "muted", mode=Qt.TextElideMode.ElideRight)
        self.log_link = Button(self.tr("Log"), "link", "caret-down")
        self.log_link.setAccessibleName(self.tr("Log of {stage}").format(stage=title))
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(_LOG_LINES)
        self.log.setProperty("surface", "sunken")
        self.log.setTabChangesFocus(True)
        self.log.setAccessibleName(self.tr("Log of {stage}").format(stage=title))
        set_type(self.log, "mono")
        for button in (self.log_button, self.log_link):
            button.setCheckable(True)
            button.toggled.connect(self.set_log_open)
        self._body: QWidget | None = None
        self._controls: QWidget | None = None
        self._has_log = False
        self._lay_out()
        self.set_state("waiting")
        self.retheme()

    def _lay_out(self) -> None:
        self._head = QWidget()
        head = row(self._head, gap=3)
        head.addWidget(self.title)
        head.addWidget(self.detail, 1)
        self._room = QWidget()  # takes the place of the detail
        head.addWidget(self._room, 1)
        head.addWidget(self.log_button)
        head.addWidget(self.word)
        head.addWidget(self.elapsed)
        live = row(gap=3)
        live.addWidget(self.live, 1)
        live.addWidget(self.log_link)
        self._content = column(gap=0.5)
        self._content.addWidget(self._head)
        self._content.addWidget(self.bar)
        self._content.addLayout(live)
        self._content.addWidget(self.log)
        self._line = row(self, gap=3, margins=(4, 0, 4, 0))
        self._gutter = column(gap=0)
        self._gutter.addWidget(self.glyph, 0, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._gutter.addStretch(1)
        self._line.addLayout(self._gutter)
        self._line.addLayout(self._content, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.log.hide()

    # -- what the build page says

    def state(self) -> str:
        """The state shown."""
        return self._state

    def set_state(self, state: str, word: str = "") -> None:
        """Show a state, in its own word unless another one is given."""
        self._state = state
        self.glyph.set_state(state)
        words = word or state_word(state)
        self.word.setText(words)
        tone = STATES[state]
        self.word.set_tone("muted" if tone in {"neutral", "success"} else tone)
        active = state in {"running", "your_turn", "failed"}
        set_type(self.title, "strong" if active else "body")
        self.title.set_tone("muted" if state in {"waiting", "skipped", "cancelled"} else "text")
        if state != "running":
            self.bar.hide()
            self.live.hide()
        else:
            self.bar.show()
            self.live.show()
        self.setAccessibleName(f"{self.title.text()}: {words}")
        self._place_log()
        self._make_room()
        self._pad()
        self.update()

    def set_notice(self, word: str) -> None:
        """A warning in place of the state's own word, as long as something from outside is waited for; "" ends it."""
        words = word or state_word(self._state)
        if words != self.word.text():
            self.word.setText(words)
            self.word.set_tone("warning" if word else STATES[self._state])
            self.setAccessibleName(f"{self.title.text()}: {words}")

    def set_paused(self, paused: bool) -> None:
        """A running stage stands still because somebody said so, until they say otherwise."""
        if self._state == "running":
            self.glyph.set_state("paused" if paused else "running")
            if paused:
                self.set_notice(state_word("paused"))

    def set_detail(self, text: str) -> None:
        """The inline detail of a finished stage: what it made."""
        self.detail.setText(text)

    def set_elapsed(self, text: str) -> None:
        """How long it took, or takes so far: "1 min 40 s"."""
        self.elapsed.setText(text)

    def set_progress(self, fraction: float | None) -> None:
        """0…1, None while the amount is unknown."""
        self.bar.set_fraction(fraction)

    def set_live(self, text: str) -> None:
        """The one live line: job and state, MB/s and time left."""
        self.live.setText(text)

    def append_log(self, line: str) -> None:
        """Append to the log; the last 500 lines are kept."""
        self._has_log = True
        self.log.appendPlainText(line)
        self._place_log()

    def set_log(self, lines: Sequence[str]) -> None:
        """Replace the log."""
        self._has_log = bool(lines)
        self.log.setPlainText("\n".join(lines[-_LOG_LINES:]))
        self._place_log()

    def set_log_open(self, is_open: bool) -> None:
        """Fold the log out or in."""
        if is_open == self.log_is_open():
            return
        self.log.setVisible(is_open)
        for button in (self.log_button, self.log_link):
            button.setChecked(is_open)
            button.set_icon("caret-up" if is_open else "caret-down")
        self._pad()
        self.log_opened.emit(is_open)

    def log_is_open(self) -> bool:
        """Whether the log shows."""
        return not self.log.isHidden()

    def set_body(self, body: QWidget | None) -> None:
        """What stands in the band under the title; the old body is deleted."""
        if self._body is not None:
            self._content.removeWidget(self._body)
            self._body.hide()
            self._body.deleteLater()
        self._body = body
        if body is not None:
            self._content.insertWidget(1, body)
        self._pad()

    def set_controls(self, controls: QWidget | None) -> None:
        """What can be done with a running stage, under its live line; the old ones are deleted."""
        if self._controls is not None:
            self._content.removeWidget(self._controls)
            self._controls.hide()
            self._controls.deleteLater()
        self._controls = controls
        if controls is not None:
            self._content.insertWidget(self._content.indexOf(self.log), controls)
        self._pad()

    def body(self) -> QWidget | None:
        """What stands in the band."""
        return self._body

    # --

    def _place_log(self) -> None:
        running = self._state == "running"
        self.log_link.setVisible(self._has_log and running)
        self.log_button.setVisible(self._has_log and not running)

    def _pad(self) -> None:
        tall = self._state in _BANDS or self.log_is_open()
        bottom = (
            4 if tall or self._body is not None or self._controls is not None else 2 if self._state == "running" else 0
        )
        self._content.setProperty("units", [0.5, 0, 0, 0, bottom])
        self._content.setContentsMargins(0, 0, 0, theme().s(bottom))

    def minimumSizeHint(self) -> QSize:
        """As narrow as title, log and time: what else stands in that line gives way."""
        return QSize(theme().s(84), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        narrow = self.width() < theme().s(108)
        self.detail.setVisible(not narrow)
        self.word.setVisible(not narrow or self._state not in _PLAIN)
        self.elapsed.setMinimumWidth(0 if narrow else theme().s(20))
        self._room.setVisible(narrow)

    def retheme(self) -> None:
        s = theme().s
        self._head.setFixedHeight(s(8))
        self._make_room()
        self.log.setFixedHeight(s(36))
        self._gutter.setContentsMargins(0, (s(8) - s(4.5)) // 2, 0, 0)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        t = theme()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self._state in _BANDS:
                fill, edge = _BANDS[self._state]
                painter.fillRect(self.rect(), t.color(fill))
                painter.fillRect(QRectF(0, 0, 3, self.height()), t.color(edge))
            glyph = self.glyph.geometry()
            x, gap = glyph.center().x() + 0.5, t.s(0.25)
            if not self.first:
                color = t.color("success" if self.above_passed else "hairline")
                painter.fillRect(QRectF(x - 0.75, 0, 1.5, glyph.top() - gap), color)
            if not self.last:
                color = t.color("success" if self._state in _PASSED else "hairline")
                top = glyph.bottom() + 1 + gap
                painter.fillRect(QRectF(x - 0.75, top, 1.5, self.height() - top), color)


class Timeline(Card):
    """Stage rows in a card, their connectors green below what is finished."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(padded=False, parent=parent)
        self._stages: dict[str, StageRow] = {}
        self.body.addSpacing(theme().s(1))
        self._rows = column(gap=0)
        self.body.addLayout(self._rows)
        self.body.addSpacing(theme().s(1))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def add_stage(self, stage_id: str, title: str) -> StageRow:
        """Append a stage."""
        stage = StageRow(title)
        self._stages[stage_id] = stage
        self._rows.addWidget(stage)
        self._connect()
        return stage

    def stage(self, stage_id: str) -> StageRow:
        """A stage's row; KeyError if there is none."""
        return self._stages[stage_id]

    def stages(self) -> dict[str, StageRow]:
        """All rows by id, in order."""
        return dict(self._stages)

    def set_state(self, stage_id: str, state: str, word: str = "") -> None:
        """Change the state of a stage, and the connectors with it."""
        self._stages[stage_id].set_state(state, word)
        self._connect()

    def _connect(self) -> None:
        rows = list(self._stages.values())
        for at, stage in enumerate(rows):
            stage.first, stage.last = at == 0, at == len(rows) - 1
            stage.above_passed = at > 0 and rows[at - 1].state() in _PASSED
            stage.update()
