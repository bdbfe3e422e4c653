"""A row of the list of leftovers: a box to tick, what it is, whose it is, and what becomes of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from isowright.orphans import Orphan, Removal
from isowright_gui.leftovers.words import age, facts
from isowright_gui.runs.words import kind_icon
from isowright_gui.widgets import Button, ElidedLabel, Icon, Label, StateGlyph, WrapLabel, column, row

_GLYPHS = {"free": "info", "young": "warning", "live": "running", "blocked": "skipped"}
_TONES = {"young": "warning"}


class LeftoverRow(QWidget):
    """`toggled`: the box was ticked or cleared. `opened`: the run that it belongs to is asked for, by its id."""

    toggled = Signal()
    opened = Signal(str)

    def __init__(self, orphan: Orphan, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.orphan = orphan
        self.box = QCheckBox()
        self.box.setChecked(orphan.chosen_at_first)
        self.box.setEnabled(orphan.removable)
        self.box.setAccessibleName(f"{orphan.name}, {facts(orphan)}, {age(orphan.age)}")
        self.box.toggled.connect(lambda _: self.toggled.emit())
        self.glyph = StateGlyph(_GLYPHS[orphan.verdict], size=3.5)
        self.reason = WrapLabel("", "caption")
        why = row(gap=1.5)
        why.addWidget(self.glyph, 0, Qt.AlignmentFlag.AlignTop)
        why.addWidget(self.reason, 1)
        head = row(gap=3)
        head.addWidget(ElidedLabel(orphan.name, "strong" if orphan.removable else "body"), 1)
        self.word = Label(age(orphan.age), "label", "muted")
        head.addWidget(self.word)
        words = column(gap=0.5)
        words.addLayout(head)
        words.addWidget(ElidedLabel(facts(orphan), "caption", "muted", mode=Qt.TextElideMode.ElideRight))
        words.addLayout(why)
        line = row(self, gap=3, margins=(4, 2.5, 4, 2.5))
        line.addWidget(self.box, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(Icon(kind_icon(orphan.kind), "muted", size=4.5), 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        self.open_button: Button | None = None
        if orphan.verdict == "live":
            self.open_button = Button(self.tr("Open its run"), "secondary", small=True)
            self.open_button.setAccessibleName(self.tr("Open the run {name}").format(name=orphan.run_name))
            self.open_button.setAutoDefault(False)
            self.open_button.clicked.connect(lambda: self.opened.emit(orphan.run))
            line.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignVCenter)
        self._say(orphan.reason, _TONES.get(orphan.verdict, "muted"))

    @property
    def chosen(self) -> bool:
        return self.box.isEnabled() and self.box.isChecked()

    def lock(self) -> None:
        """Nothing is chosen any more: what was is being deleted."""
        self.box.setEnabled(False)

    def show_removal(self, removal: Removal) -> None:
        """How far its deletion is, or what it came to."""
        state, word, tone, text = {
            "deleting": ("running", self.tr("Being deleted"), "accent", f"{removal.text}…"),
            "deleted": ("deleted", self.tr("Deleted"), "muted", self.tr("It is gone.")),
            "gone": ("deleted", self.tr("Gone"), "muted", self.tr("It was not there any more.")),
            "failed": ("failed", self.tr("Not deleted"), "danger", ""),
        }[removal.state]
        if removal.error is not None:
            parts = (removal.error.title, removal.error.detail, removal.error.remedy)
            text = " ".join(part for part in parts if part)
        self.glyph.set_state(state)
        self.word.setText(word)
        self.word.set_tone(tone)
        self._say(text, tone)

    def _say(self, text: str, tone: str) -> None:
        self.reason.setText(text)
        self.reason.set_tone(tone)
        self.box.setAccessibleDescription(f"{self.word.text()}. {text}")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The whole row is the box."""
        if event.button() == Qt.MouseButton.LeftButton and self.box.isEnabled():
            self.box.toggle()
            self.box.setFocus(Qt.FocusReason.MouseFocusReason)
        super().mousePressEvent(event)
