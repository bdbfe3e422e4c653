"""The form for an ISO on this computer: the file, where it is uploaded to, and what it must be. Knows no recipes."""

from __future__ import annotations

import math
import re
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QWidget

from isowright.flow import size_text
from isowright_gui.pages.iso_buckets import BucketLine
from isowright_gui.pages.iso_unattended import Unattended
from isowright_gui.theme import theme
from isowright_gui.widgets import (
    Button,
    Card,
    ComboBox,
    ElidedLabel,
    Field,
    LineEdit,
    SpinBox,
    StateGlyph,
    Tile,
    WrapLabel,
    column,
    grid,
    row,
)

MAX_LIMIT = 10_000  # MB/s
_SUM = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{64}(?![0-9A-Za-z])")


def _tr(text: str) -> str:
    return QCoreApplication.translate("IsoPage", text)


def sum_of(text: str) -> str:
    """The SHA-256 in a text that may hold more, such as a line of SHA256SUMS; else the text without spaces."""
    found = _SUM.search(text)
    return found.group().lower() if found else "".join(text.split()).lower()


class FileCard(Card):
    """The file chosen, or the place to drop one. `browse`: choose one."""

    browse = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(gap=2, parent=parent)
        self._tile = Tile("disc")
        self.name = ElidedLabel("", "strong")
        self.place = ElidedLabel("", "caption", "muted")
        self.choose = Button(_tr("Choose a &file…"), "secondary", "folder-open")
        self.choose.clicked.connect(self.browse)
        words = column(gap=0.5)
        words.addWidget(self.name)
        words.addWidget(self.place)
        line = row(gap=3)
        line.addWidget(self._tile)
        line.addLayout(words, 1)
        line.addWidget(self.choose)
        self._glyph = StateGlyph("problem", size=3.25)
        self._problem = WrapLabel("", "caption", "danger")
        foot = row(gap=1)
        foot.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        foot.addWidget(self._problem, 1)
        self.body.addLayout(line)
        self.body.addLayout(foot)
        self.show_file(None)

    def show_file(self, path: Path | None, size: int = 0) -> None:
        """The file, or the words for none."""
        self._tile.set_icon("disc" if path else "download-simple", "accent" if path else "neutral")
        self.name.setText(path.name if path else _tr("Drop an ISO here"))
        about = [str(path.parent), size_text(size)] if path else [_tr("Anywhere on this page, or choose one.")]
        self.place.setText(" · ".join(part for part in about if part))
        self.choose.setText(_tr("Choose another &file…") if path else _tr("Choose a &file…"))
        self.choose.set_kind("secondary")
        self.setAccessibleName(_tr("ISO file: {name}").format(name=path.name) if path else _tr("No ISO file chosen"))
        self.show_problem("")

    def show_problem(self, text: str) -> None:
        """What is wrong with the file, "" = nothing."""
        self._problem.setText(text)
        for widget in (self._glyph, self._problem):
            widget.setVisible(bool(text))
        self.setAccessibleDescription(text)
        self.choose.setAccessibleDescription(text)

    def problem(self) -> str:
        return self._problem.text()


class LocalIso(QWidget):
    """Signals: `browse`; by the operator only: `bucket_chosen(str)`, `key_edited(str)`, `sum_edited(str)`,
    `limit_edited(float)` in MB/s."""

    browse = Signal()
    bucket_chosen = Signal(str)
    key_edited = Signal(str)
    sum_edited = Signal(str)
    limit_edited = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.file = FileCard()
        self.file.browse.connect(self.browse)
        self.bucket = ComboBox()
        self.bucket.setPlaceholderText(_tr("Choose a bucket"))
        self.bucket_field = Field(_tr("Upload to buc&ket"), self.bucket)
        self.bucket_line = BucketLine()
        self.key = LineEdit()
        self.key_field = Field(_tr("&Object name"), self.key)
        self.suggestion = Button("", "link")
        self.suggestion.hide()
        self.sum = LineEdit(mono=True)
        self.sum.setMaxLength(400)  # a whole line of a file of sums may be pasted
        self.sum_field = Field(_tr("SH&A-256"), self.sum, optional=True)
        self.limit = SpinBox(0, 0, MAX_LIMIT, suffix=_tr(" MB/s"))
        self.limit.setSpecialValueText(_tr("No limit"))
        self.limit_field = Field(
            _tr("Bandwidth &limit"), self.limit, _tr("Can be changed while it uploads."), optional=True
        )
        self.unattended = Unattended()
        self._lay_out()
        self.bucket.activated.connect(lambda at: self.bucket_chosen.emit(str(self.bucket.itemData(at))))
        self.key.textEdited.connect(self.key_edited)
        self.sum.textEdited.connect(self._sum_typed)
        self.limit.valueChanged.connect(lambda value: self.limit_edited.emit(float(value)))
        self.retheme()

    def _lay_out(self) -> None:
        under = row()
        under.addWidget(self.suggestion)
        under.addStretch(1)
        holder = QWidget()  # a widget knows its height at a width, a layout in a grid does not
        name = column(holder, gap=0.5)
        name.addWidget(self.key_field)
        name.addLayout(under)
        fields = grid(gap=4)
        fields.addWidget(self.bucket_field, 0, 0, Qt.AlignmentFlag.AlignTop)
        fields.addWidget(holder, 0, 1, Qt.AlignmentFlag.AlignTop)
        for at in (0, 1):
            fields.setColumnStretch(at, 1)
        last = row(gap=4)
        last.addWidget(self.sum_field, 1, Qt.AlignmentFlag.AlignTop)
        last.addWidget(self.limit_field, 0, Qt.AlignmentFlag.AlignTop)
        body = column(self, gap=4)
        body.addWidget(self.file)
        above = column(gap=1)
        above.addLayout(fields)
        above.addWidget(self.bucket_line)
        body.addLayout(above)
        body.addLayout(last)
        body.addWidget(self.unattended)

    def retheme(self) -> None:
        # The numbers are short, and the sum is long.
        self.limit_field.setFixedWidth(theme().s(44))

    # -- answers shown

    def show_key(self, key: str) -> None:
        if key != self.key.text():
            self.key.setText(key)
            self.key.setCursorPosition(0)  # its beginning tells more than its end

    def suggest(self, name: str) -> None:
        """Offer another object name, "" = none."""
        short = name if len(name) < 26 else f"{name[:10]}…{name[-14:]}"
        self.suggestion.setText(_tr("Use {name}").format(name=short))
        self.suggestion.setAccessibleName(_tr("Use {name}").format(name=name))
        self.suggestion.setVisible(bool(name))

    def show_sum(self, text: str, told_by: str) -> None:
        """told_by: the file beside the ISO that it was read from, "" = typed."""
        if text != self.sum.text():
            self.sum.setText(text)
            self.sum.setCursorPosition(0)
        self.sum_field.set_error(None)
        self.sum_field.set_help(self._sum_help(text, told_by))

    def show_limit(self, limit: float) -> None:
        blocked = self.limit.blockSignals(True)
        self.limit.setValue(math.ceil(limit))
        self.limit.blockSignals(blocked)

    def _sum_help(self, text: str, told_by: str) -> str:
        if told_by and text:
            return _tr("Read from {file} beside the ISO. Compared before the first byte leaves.").format(file=told_by)
        if told_by:
            return _tr("{file} beside the ISO is compared all the same.").format(file=told_by)
        if text and len(text) < 64:
            return _tr("{count} of 64 digits.").format(count=len(text))
        return _tr("From the page that you downloaded it from. Compared before the first byte leaves.")

    def _sum_typed(self, text: str) -> None:
        found = sum_of(text)
        if found != text and len(found) == 64:
            self.sum.setText(found)
            self.sum.setCursorPosition(0)
        self.sum_edited.emit(found)
