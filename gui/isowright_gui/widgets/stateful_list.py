"""A list and the other things that a list can be: loading, empty, without a match, not to be had."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from isowright_gui.widgets.buttons import Button
from isowright_gui.widgets.card import Card
from isowright_gui.widgets.glyphs import Icon, Spinner
from isowright_gui.widgets.labels import Label, WrapLabel
from isowright_gui.widgets.layouts import column, row
from isowright_gui.widgets.skeleton import Skeleton

SKELETON_MS = 150  # what comes sooner shows nothing but the result
SENTENCE_MS = 2000  # what takes longer says what it waits for

State = Literal["content", "loading", "empty", "no_match", "error"]


class Notice(QWidget):
    """Centred: icon, strong line, a sentence, at most two buttons, and details that unfold."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.icon = Icon("folder-open", size=8)
        self.title = Label("", "strong")
        self.title.setWordWrap(True)
        self.text = WrapLabel("", "body", "muted")
        self.first = Button("")
        self.second = Button("", "ghost")
        self.details = WrapLabel("", "mono", "muted", selectable=True)
        buttons = row(gap=2)
        buttons.addStretch(1)
        buttons.addWidget(self.first)
        buttons.addWidget(self.second)
        buttons.addStretch(1)
        box = column(self, gap=1.5, margins=(6, 6, 6, 6))
        box.addStretch(1)
        box.addWidget(self.icon, 0, Qt.AlignmentFlag.AlignHCenter)
        for label in (self.title, self.text, self.details):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        box.addWidget(self.title)
        box.addWidget(self.text)
        box.addLayout(buttons)
        box.addWidget(self.details)
        box.addStretch(1)

    def fill(
        self, icon: str, title: str, text: str = "", *, tone: str = "muted", first: str = "", second: str = ""
    ) -> None:
        """Set everything; empty texts hide their widgets."""
        self.icon.set_icon(icon, tone)
        for widget, words in ((self.title, title), (self.text, text), (self.first, first), (self.second, second)):
            widget.setText(words)
            widget.setVisible(bool(words))
        self.details.hide()
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)


class StatefulList(Card):
    """A card around `content`. Loading shows nothing for 150 ms, then a skeleton, after 2 s a sentence.

    Refreshing keeps the old rows: `set_loading` over content leaves it, and tells so by `busy()`. Signals: `retry` (Try
    again), `clear_filter`, `action` (the button of an empty list).
    """

    retry = Signal()
    clear_filter = Signal()
    action = Signal()

    def __init__(
        self, content: QWidget, *, rows: int = 4, row_height: float = 9, parent: QWidget | None = None
    ) -> None:
        super().__init__(padded=False, parent=parent)
        self._state: State = "content"
        self._busy = False
        self._details = ""
        self.content = content
        self._loading = QWidget()
        self._skeleton = Skeleton(rows, row_height)
        self._sentence = WrapLabel("", "caption", "muted")
        self._spinner = Spinner(tone="accent")
        words = row(gap=2, margins=(4, 2, 4, 2))
        words.addWidget(self._spinner)
        words.addWidget(self._sentence, 1)
        waiting = column(self._loading, gap=0)
        waiting.addWidget(self._skeleton)
        waiting.addLayout(words)
        waiting.addStretch(1)
        self.notice = Notice()
        self._stack = QStackedLayout()
        self.body.addLayout(self._stack, 1)  # first, so that what is added has a parent when it is shown
        for widget in (content, self._loading, self.notice):
            self._stack.addWidget(widget)
        self._skeleton_timer = self._timer(SKELETON_MS, self._show_skeleton)
        self._sentence_timer = self._timer(SENTENCE_MS, self._show_sentence)
        self.notice.first.clicked.connect(self._first)
        self.notice.second.clicked.connect(self._toggle_details)

    def _timer(self, after: int, what: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(after)
        timer.timeout.connect(what)
        return timer

    def state(self) -> State:
        """content, loading, empty, no_match or error."""
        return self._state

    def busy(self) -> bool:
        """Whether something is being asked, with or without old rows to look at meanwhile."""
        return self._busy

    def set_loading(self, sentence: str, *, keep: bool = True) -> None:
        """`sentence`: "Asking for flavors in eu-de-01…". `keep=False` drops old rows (another question is asked)."""
        if self._busy and self._state == "loading":
            self._sentence.setText(sentence)
            return
        kept = keep and self._state in {"content", "no_match"} and self._ever
        self._enter(self._state if kept else "loading")
        self._busy = True
        if kept:
            return
        self._sentence.setText(sentence)
        for widget in (self._skeleton, self._sentence, self._spinner):
            widget.hide()
        self._stack.setCurrentWidget(self._loading)
        self._skeleton_timer.start()
        self._sentence_timer.start()

    def set_content(self) -> None:
        """The rows are there."""
        self._enter("content")
        self._ever = True
        self._stack.setCurrentWidget(self.content)

    def set_empty(self, title: str, text: str = "", *, icon: str = "folder-open", action: str = "") -> None:
        """There is nothing: what would be here and how to get it; the button emits `action`."""
        self._enter("empty")
        self.notice.fill(icon, title, text, first=action)
        self._stack.setCurrentWidget(self.notice)

    def set_no_match(self, title: str, text: str = "") -> None:
        """The filter hides everything; the button emits `clear_filter`."""
        self._enter("no_match")
        self._ever = True
        self.notice.fill("magnifying-glass", title, text, first=self.tr("Clear filter"))
        self._stack.setCurrentWidget(self.notice)

    def set_error(self, title: str, text: str, details: str = "", *, icon: str = "cloud-slash") -> None:
        """It cannot be had: what, what it means; *Try again* emits `retry`; details unfold."""
        self._enter("error")
        more = self.tr("Details…") if details else ""
        self.notice.fill(icon, title, text, tone="danger", first=self.tr("Try again"), second=more)
        self.notice.details.setText(details)
        self._stack.setCurrentWidget(self.notice)

    def sentence_shown(self) -> bool:
        """Whether the wait is explained in words by now."""
        return self._state == "loading" and not self._sentence.isHidden()

    def skeleton_shown(self) -> bool:
        """Whether the skeleton shows by now."""
        return self._state == "loading" and not self._skeleton.isHidden()

    _ever = False

    def _enter(self, state: State) -> None:
        self._state, self._busy = state, False
        self._skeleton_timer.stop()
        self._sentence_timer.stop()

    def _show_skeleton(self) -> None:
        self._skeleton.show()

    def _show_sentence(self) -> None:
        self._spinner.show()
        self._sentence.show()

    def _first(self) -> None:
        signals = {"error": self.retry, "no_match": self.clear_filter, "empty": self.action}
        if (signal := signals.get(self._state)) is not None:
            signal.emit()

    def _toggle_details(self) -> None:
        self.notice.details.setVisible(self.notice.details.isHidden())
