"""The folded section "Install without an operator" of the ISO page. Knows no recipes and reads no files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QWidget

from isowright.unattended.family import Family
from isowright.unattended.given import Remark
from isowright_gui.pages.iso_answers_form import AnswersForm
from isowright_gui.widgets import (
    Button,
    Card,
    Disclosure,
    ElidedLabel,
    Segmented,
    StateGlyph,
    Tile,
    WrapLabel,
    clear,
    column,
    row,
)

How = Literal["hand", "file", "form"]
_GLYPHS = {"failed": "problem", "warning": "warning", "done": "done"}


def _tr(text: str) -> str:
    return QCoreApplication.translate("IsoPage", text)


class Remarks(QWidget):
    """What is to be said of an answer file, each with its glyph, what it means and what to do."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = column(self, gap=2)

    def show_remarks(self, remarks: tuple[Remark, ...]) -> None:
        clear(self._rows)
        for remark in remarks:
            words = column(gap=0.5)
            words.addWidget(WrapLabel(remark.title, "body", "danger" if remark.verdict == "failed" else ""))
            if under := " ".join(part for part in (remark.detail, remark.remedy) if part):
                words.addWidget(WrapLabel(under, "caption", "muted"))
            line = row(gap=2)
            line.addWidget(StateGlyph(_GLYPHS[remark.verdict], size=4), 0, Qt.AlignmentFlag.AlignTop)
            line.addLayout(words, 1)
            self._rows.addLayout(line)
        self.setVisible(bool(remarks))


class AnswerFileCard(Card):
    """The answer file chosen, what kind it is, and what is to be said of it. `browse`: choose one."""

    browse = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(gap=3, parent=parent)
        self._tile = Tile("file-text")
        self.name = ElidedLabel("", "strong")
        self.kind = ElidedLabel("", "caption", "muted")
        self.place = ElidedLabel("", "caption", "muted")
        self.choose = Button(_tr("Choose answ&ers…"), "secondary", "folder-open")
        self.choose.clicked.connect(self.browse)
        words = column(gap=0.5)
        for label in (self.name, self.kind, self.place):
            words.addWidget(label)
        line = row(gap=3)
        line.addWidget(self._tile)
        line.addLayout(words, 1)
        line.addWidget(self.choose)
        self.body.addLayout(line)
        self.remarks = Remarks()
        self.add(self.remarks)
        self.show_file(None, "")

    def show_file(self, path: Path | None, about: str) -> None:
        """about: its kind, or what is being done with it."""
        self._tile.set_icon("file-text" if path else "download-simple", "accent" if path else "neutral")
        self.name.setText(path.name if path else _tr("Drop an answer file here"))
        self.kind.setText(about)
        self.kind.setVisible(bool(about))
        self.place.setText(str(path.parent) if path else _tr("Anywhere on this page, or choose one."))
        self.choose.setText(_tr("Choose other answ&ers…") if path else _tr("Choose answ&ers…"))
        name = _tr("Answer file: {name}").format(name=path.name) if path else _tr("No answer file chosen")
        self.setAccessibleName(name)

    def show_remarks(self, remarks: tuple[Remark, ...]) -> None:
        self.remarks.show_remarks(remarks)
        self.choose.setAccessibleDescription(" ".join(remark.title for remark in remarks))


class Unattended(QWidget):
    """Signals, by the operator only: `how_chosen(How)`; `browse`; `by_hand`: the answers are to be forgotten; `edited`:
    the form."""

    how_chosen = Signal(str)
    edited = Signal()
    browse = Signal()
    by_hand = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fold = Disclosure(_tr("&Install without an operator"))
        self.about = WrapLabel("", "body", "muted")
        self.how = Segmented(
            [(_tr("By hand"), "hand"), (_tr("Answer file"), "file"), (_tr("Form"), "form")],
            _tr("Who answers the installer"),
        )
        self.give_up = Button(_tr("Install by hand"), "secondary")
        self.file = AnswerFileCard()
        self._form: AnswersForm | None = None  # made when it is wanted: few do
        self.trouble = Remarks()
        switch = row()
        switch.addWidget(self.how)
        switch.addStretch(1)
        out = row()
        out.addWidget(self.give_up)
        out.addStretch(1)
        self.fold.body.addLayout(switch)
        self.fold.add(self.about)
        self.fold.body.addLayout(out)
        for widget in (self.trouble, self.file):
            self.fold.add(widget)
        outer = column(self, gap=0)
        outer.addWidget(self.fold)
        self.how.changed.connect(self._chosen)
        self.file.browse.connect(self.browse)
        self.give_up.clicked.connect(self.by_hand)
        self.show_no_iso()

    @property
    def form(self) -> AnswersForm:
        if self._form is None:
            self._form = AnswersForm()
            self._form.hide()
            self._form.edited.connect(self.edited)
            self.fold.add(self._form)
        return self._form

    def _chosen(self, how: How) -> None:
        self.how_chosen.emit(how)

    def show_no_iso(self) -> None:
        """Nothing has been looked into yet."""
        self.fold.set_open(False)
        self.fold.button.setEnabled(False)
        self.fold.button.setToolTip(_tr("Once a file has been chosen and looked into."))

    def show_unfit(self, why: str, *, answered: bool) -> None:
        """This ISO's installer takes no answers. answered: the recipe names some all the same."""
        self._ready()
        self.about.setText(why)
        self.about.set_tone("danger" if answered else "muted")
        for widget in (self.how, self.file, self._form, self.trouble):
            if widget is not None:
                widget.hide()
        self.about.show()
        self.give_up.setVisible(answered)
        if answered:
            self.fold.set_open(True)

    def show_how(self, how: How, family: Family) -> None:
        """The controls of one of the three ways."""
        self._ready()
        self.give_up.hide()
        self.how.show()
        blocked = self.how.blockSignals(True)
        self.how.set_value(how)
        self.how.blockSignals(blocked)
        self.about.set_tone("muted")
        self.about.setText(
            {
                "hand": _tr("You install the system in the server's console when the run has come that far."),
                "file": _tr("It is put onto the ISO while it is uploaded; the file here stays as it is."),
                "form": _tr("From it a file of the kind {kind} is written and put onto what is uploaded."),
            }[how].format(kind=family.title)
        )
        self.about.show()
        self.file.setVisible(how == "file")
        if how == "form" or self._form is not None:
            self.form.setVisible(how == "form")
        if how != "hand":
            self.fold.set_open(True)
        else:
            self.show_trouble(())

    def show_trouble(self, remarks: tuple[Remark, ...]) -> None:
        """What stops either way: a missing program, a folder that cannot be written to."""
        self.trouble.show_remarks(remarks)

    def _ready(self) -> None:
        self.fold.button.setEnabled(True)
        self.fold.button.setToolTip("")
