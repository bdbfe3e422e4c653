"""One way to say what went wrong: what, what it means, what to do, details to copy."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QWidget

from isowright_gui.theme import set_type, theme
from isowright_gui.widgets.buttons import Button, Kind
from isowright_gui.widgets.glyphs import StateGlyph
from isowright_gui.widgets.labels import Hairline, Label, WrapLabel
from isowright_gui.widgets.layouts import clear, column, grid, row


class ErrorCard(QFrame):
    """`title`: what; `detail`: what it means, first what is safe; `remedy`: what to do, in words.

    `add_action` appends the remedy as a button: the first is primary. `request_id`, `code` and further `facts` (label,
    value) stand in two columns with *Copy*. `framed=False` inside a band, which is a surface already.
    """

    def __init__(
        self,
        title: str = "",
        detail: str = "",
        remedy: str = "",
        *,
        request_id: str = "",
        code: str = "",
        facts: Sequence[tuple[str, str]] = (),
        framed: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        if framed:
            self.setProperty("surface", "card")
        margin = 4 if framed else 0
        self._glyph = StateGlyph("failed", size=4.5, parent=self)
        self._glyph.setVisible(framed)
        self.title = WrapLabel("", "strong", selectable=True)
        self.detail = WrapLabel("", "body", selectable=True)
        self.remedy = WrapLabel("", "body", "muted", selectable=True)
        head = row(gap=2)
        head.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.title, 1)
        self._buttons = row(gap=2)
        self._buttons.addStretch(1)
        self._button_count = 0
        self._line = Hairline()
        self._details_title = Label(self.tr("Details"), "label", "muted")
        self._copy = Button(self.tr("Copy"), "ghost", "copy", small=True)
        self._copy.setAccessibleName(self.tr("Copy the details"))
        self._copy.clicked.connect(self._put_on_clipboard)
        details_head = row(gap=2)
        details_head.addWidget(self._details_title)
        details_head.addStretch(1)
        details_head.addWidget(self._copy)
        self._facts_grid = grid(gap=2)
        self._facts_grid.setColumnStretch(1, 1)
        body = column(self, gap=2.5, margins=(margin, margin, margin, margin))
        body.addLayout(head)
        body.addWidget(self.detail)
        body.addWidget(self.remedy)
        body.addLayout(self._buttons)
        body.addWidget(self._line)
        body.addLayout(details_head)
        body.addLayout(self._facts_grid)
        self._facts: list[tuple[str, str]] = []
        self.set_problem(title, detail, remedy, request_id=request_id, code=code, facts=facts)
        self.retheme()

    def retheme(self) -> None:
        self._facts_grid.setColumnMinimumWidth(0, theme().s(26))

    def set_problem(
        self,
        title: str,
        detail: str,
        remedy: str,
        *,
        request_id: str = "",
        code: str = "",
        facts: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Say something else; buttons stay."""
        for part, text in ((self.title, title), (self.detail, detail), (self.remedy, remedy)):
            part.setText(text)
            part.setVisible(bool(text))
        self.setAccessibleName(title)
        self.setAccessibleDescription(" ".join(part for part in (detail, remedy) if part))
        known = [(self.tr("Error code"), code), (self.tr("Request id"), request_id), *facts]
        self._facts = [(label, value) for label, value in known if value]
        clear(self._facts_grid)
        for at, (label, value) in enumerate(self._facts):
            key = Label(label, "label", "muted")
            said = WrapLabel(value, "mono", selectable=True)
            said.setAccessibleName(f"{label}: {value}")
            self._facts_grid.addWidget(key, at, 0, Qt.AlignmentFlag.AlignTop)
            self._facts_grid.addWidget(said, at, 1)
        for widget in (self._line, self._details_title, self._copy):
            widget.setVisible(bool(self._facts))

    def add_action(self, text: str, kind: Kind | None = None, icon: str = "") -> Button:
        """Append a button; the first is primary unless told otherwise."""
        button = Button(text, kind or ("secondary" if self._button_count else "primary"), icon)
        self._buttons.insertWidget(self._button_count, button)
        self._button_count += 1
        return button

    def clear_actions(self) -> None:
        """Take all buttons away."""
        clear(self._buttons)
        self._buttons.addStretch(1)
        self._button_count = 0

    def details_text(self) -> str:
        """What *Copy* copies: title, meaning and facts, one a line."""
        lines = [self.title.text(), self.detail.text()]
        lines += [f"{label}: {value}" for label, value in self._facts]
        return "\n".join(part for part in lines if part)

    def _put_on_clipboard(self) -> None:
        QGuiApplication.clipboard().setText(self.details_text())
        self._copy.setText(self.tr("Copied"))
        set_type(self._copy, "label")
