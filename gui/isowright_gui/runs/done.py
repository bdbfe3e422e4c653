"""The end of a run: the image, what became of everything, the receipt."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QBoxLayout, QWidget

from isowright.pipeline.engine import RunInfo
from isowright_gui.home.words import place
from isowright_gui.runs.words import duration, shown
from isowright_gui.theme import set_type
from isowright_gui.widgets import (
    Button,
    Card,
    Label,
    ResourcePanel,
    Section,
    StateGlyph,
    WrapLabel,
    column,
    row,
)
from isowright_gui.widgets import Resource as Shown


class DonePanel(QWidget):
    """Shown in place of the timeline. Signal `save("json" | "html")`."""

    save = Signal(str)

    def __init__(self, info: RunInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.info = info
        body = column(self, gap=6)
        body.addWidget(self._image_card())
        self._below = below = row(gap=6)
        self._fates = fates = ResourcePanel(self.tr("What became of everything"))
        rows = [shown(r) for r in info.resources if r.kind != "image"]
        iso = info.recipe.iso
        if all(r.kind != "object" for r in info.resources):
            where = self.tr("Object in {bucket}").format(bucket=iso.bucket)
            rows.append(Shown(iso.key.rsplit("/", 1)[-1], where, "file", "kept", self.tr("Kept, was there before")))
        fates.set_resources(rows)
        below.addWidget(fates, 4)
        below.addWidget(self._receipt(), 3)
        body.addLayout(below)
        body.addStretch(1)

    def set_narrow(self, narrow: bool) -> None:
        """The receipt under the list instead of beside it."""
        down, beside = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._below.setDirection(down if narrow else beside)

    def _image_card(self) -> QWidget:
        info, image = self.info, self.info.recipe.image
        card = Card()
        line = row(gap=5)
        line.addWidget(StateGlyph("done", size=8), 0, Qt.AlignmentFlag.AlignTop)
        words = column(gap=1.5)
        words.addWidget(WrapLabel(image.name, "title", selectable=True))
        words.addWidget(
            WrapLabel(
                self.tr("{system} · {disk} GB minimum disk · {place}").format(
                    system=image.os_version, disk=info.recipe.server.data_disk, place=place(info.recipe.account)
                ),
                "body",
                "muted",
            )
        )
        line_id = row(gap=3)
        self.image_id = Label(info.image_id, "mono")
        self.image_id.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.image_id.setMinimumWidth(1)  # narrower, its end gives way: the button beside it copies all of it
        line_id.addWidget(self.image_id)
        self.copy_button = Button(self.tr("&Copy"), "ghost", "copy", small=True)
        self.copy_button.setAccessibleName(self.tr("Copy the image id"))
        self.copy_button.clicked.connect(self._copy)
        line_id.addWidget(self.copy_button)
        line_id.addStretch(1)
        words.addLayout(line_id)
        line.addLayout(words, 1)
        holder = QWidget()
        holder.setLayout(line)
        card.add(holder)
        return card

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.info.image_id)
        self.copy_button.setText(self.tr("Copied"))

    def _receipt(self) -> QWidget:
        section = Section(self.tr("Receipt"))
        for name, text in (("json", self.tr("Save &JSON")), ("html", self.tr("Save &HTML"))):
            button = Button(text, "link")
            button.clicked.connect(lambda _=False, name=name: self.save.emit(name))
            section.add_head(button)
            self._fates.head.addStrut(button.sizeHint().height())  # both cards begin at the same height
        card = Card(padded=False)
        total = 0.0
        for stage in self.info.stages:
            total += stage.elapsed
            if stage.state == "done":
                card.add(_fact(stage.title, duration(stage.elapsed)))
                card.add_line(4)
        card.add(_fact(self.tr("In all"), duration(total), strong=True))
        section.add(card)
        section.body.addStretch(1)
        return section


def _fact(label: str, value: str, *, strong: bool = False) -> QWidget:
    holder = QWidget()
    line = row(holder, gap=3, margins=(4, 2, 4, 2))
    name = Label(label, "strong" if strong else "body", "" if strong else "muted")
    said = Label(value, "strong" if strong else "body", tabular=True)
    set_type(said, "strong" if strong else "body")
    line.addWidget(name, 1)
    line.addWidget(said)
    return holder
