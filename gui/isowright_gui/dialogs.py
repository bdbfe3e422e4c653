"""Questions and errors in windows of their own, for what fits in no row of a page.

All are opened, never executed: a nested event loop inside a coroutine would halt every other one. A question is a
coroutine that ends with its dialog; cancelling it closes the dialog.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QUrl
from PySide6.QtWidgets import QDialog, QFileDialog, QLayout, QWidget

from isowright.errors import AppError
from isowright_gui.theme import theme
from isowright_gui.widgets import Button, Field, LineEdit, StateGlyph, WrapLabel, column, row
from isowright_gui.widgets.buttons import Kind
from isowright_gui.widgets.focus_ring import FocusRing

Choice = tuple[str, str, Kind]  # id, words, kind; Enter does the primary one, else the first harmless one


class Dialog(QDialog):
    """Title, body, a line of buttons. `answer` is the id of the button that closed it, "" for Esc."""

    def __init__(self, parent: QWidget | None, title: str, tone: str = "") -> None:
        super().__init__(parent.window() if parent is not None else None)
        self.answer = ""
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        self.setMinimumWidth(theme().s(120))
        self.setMaximumWidth(theme().s(150))
        self.body = column(self, gap=4, margins=(6, 6, 6, 5))
        # Wrapped labels ask for far more height than they need at the width that they get.
        self.body.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        head = row(gap=3)
        if tone:
            head.addWidget(StateGlyph(tone, size=5), 0, Qt.AlignmentFlag.AlignTop)
        self.heading = WrapLabel(title, "heading")
        head.addWidget(self.heading, 1, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        self._line = row(gap=3)
        self.ring = FocusRing(self)
        self.buttons: dict[str, Button] = {}

    def add_buttons(self, buttons: Sequence[Choice]) -> None:
        """The last line. Esc is no button: it closes with the answer "" as the window's own × does."""
        self._line.addStretch(1)
        for name, text, kind in buttons:
            button = Button(text, kind)
            button.setAutoDefault(True)
            button.clicked.connect(lambda _=False, name=name: self.finish(name))
            self._line.addWidget(button)
            self.buttons[name] = button
        harmless = [b for b in self.buttons.values() if b.kind() != "danger"]
        self.default = next((b for b in harmless if b.kind() == "primary"), harmless[0] if harmless else None)
        if self.default is not None:
            self.default.setDefault(True)
        self.body.addStretch(1)
        self.body.addLayout(self._line)
        if self.default is not None:
            self.default.setFocus(Qt.FocusReason.OtherFocusReason)

    def finish(self, answer: str) -> None:
        self.answer = answer
        self.accept()

    def show_now(self) -> None:
        """Open, as high as its words need at its width."""
        width = max(self.minimumWidth(), min(self.sizeHint().width(), self.maximumWidth()))
        self.resize(width, self._height_at(width))
        self.open()

    def event(self, event: QEvent) -> bool:
        """Words that came later, of an error for instance, have their room as well."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self.resize(self.width(), max(self.height(), self._height_at(self.width())))
        return done

    def _height_at(self, width: int) -> int:
        layout = self.layout()
        height = layout.totalHeightForWidth(width) if layout is not None and layout.hasHeightForWidth() else -1
        return height if height > 0 else self.sizeHint().height()


async def answered(dialog: QDialog) -> int:
    """Open it if it is not open and wait until it is closed; it is deleted then, also if the wait is cancelled."""
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def take(result: int) -> None:
        if not future.done():
            future.set_result(result)

    dialog.finished.connect(take)
    if isinstance(dialog, Dialog):
        dialog.show_now()
    else:
        dialog.open()
    try:
        return await future
    finally:
        dialog.finished.disconnect(take)
        dialog.hide()
        dialog.deleteLater()


async def ask(parent: QWidget | None, title: str, text: str, buttons: Sequence[Choice], *, tone: str = "") -> str:
    """Ask with words on the buttons; returns the id of the one clicked, "" for Esc or ×.

    `tone`: a glyph before the title (one of widgets.glyphs.STATES: "warning", "your_turn", …).
    """
    dialog = Dialog(parent, title, tone)
    if text:
        dialog.body.addWidget(WrapLabel(text))
        dialog.setAccessibleDescription(text)
    dialog.add_buttons(buttons)
    await answered(dialog)
    return dialog.answer


async def ask_text(
    parent: QWidget | None,
    title: str,
    label: str,
    *,
    value: str = "",
    ok: str = "",
    text: str = "",
    check: Callable[[str], str | None] | None = None,
) -> str | None:
    """Ask for one line; returns it without surrounding spaces, None for Esc or Cancel.

    `check` says what is wrong with an entry (shown at the field, the dialog stays) or returns None.
    """
    dialog = Dialog(parent, title)
    if text:
        dialog.body.addWidget(WrapLabel(text, "body", "muted"))
    edit = LineEdit()
    edit.setText(value)
    edit.selectAll()
    field = Field(label, edit)
    dialog.body.addWidget(field)
    dialog.add_buttons([("", dialog.tr("&Cancel"), "secondary"), ("ok", ok or dialog.tr("&Save"), "primary")])

    def confirm() -> None:
        words = edit.text().strip()
        problem = check(words) if check is not None else (None if words else dialog.tr("Type a name."))
        if problem:
            field.set_error(problem)
            edit.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            dialog.finish("ok")

    okay = dialog.buttons["ok"]
    okay.clicked.disconnect()
    okay.clicked.connect(confirm)
    edit.textChanged.connect(lambda _: field.set_error(""))
    edit.setFocus()
    await answered(dialog)
    return edit.text().strip() if dialog.answer == "ok" else None


def show_problem(parent: QWidget | None, error: AppError, *, actions: Sequence[Choice] = ()) -> Dialog:
    """Show an error as the one card that all errors are: what, meaning, remedy, details. Returns the open dialog.

    Without `actions` there is Close alone. Closing deletes the dialog.
    """
    dialog = problem_dialog(parent, error, actions)
    dialog.finished.connect(dialog.deleteLater)
    dialog.show_now()
    return dialog


async def ask_problem(parent: QWidget | None, error: AppError, actions: Sequence[Choice]) -> str:
    """`show_problem`, and wait for what is chosen ("" for Close and Esc)."""
    dialog = problem_dialog(parent, error, actions)
    await answered(dialog)
    return dialog.answer


def problem_dialog(parent: QWidget | None, error: AppError, actions: Sequence[Choice]) -> Dialog:
    """The dialog of an error, not yet open."""
    from isowright_gui.widgets.error_card import ErrorCard

    dialog = Dialog(parent, error.title, "failed")
    facts = [(dialog.tr("Status"), str(error.status or "")), (dialog.tr("Request"), error.call)]
    card = ErrorCard(
        "", error.detail, error.remedy, request_id=error.request_id, code=error.code, facts=facts, framed=False
    )
    card.setAccessibleName(error.title)
    dialog.body.addWidget(card)
    dialog.setAccessibleDescription(f"{error.detail} {error.remedy}".strip())
    dialog.add_buttons([*actions, ("", dialog.tr("&Close"), "secondary" if actions else "primary")])
    return dialog


async def ask_file(
    parent: QWidget | None, title: str, filters: Sequence[str] = (), folder: Path | None = None
) -> Path | None:
    """Ask for an existing file; None for Cancel. `filters`: "Profiles (*.toml)"."""
    dialog = _file_dialog(parent, title, filters, folder)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    return await _file(dialog)


async def save_file(
    parent: QWidget | None, title: str, name: str, filters: Sequence[str] = (), folder: Path | None = None
) -> Path | None:
    """Ask where to write a file (an existing one is asked about); None for Cancel. The suffix of `name` is kept."""
    dialog = _file_dialog(parent, title, filters, folder)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setDefaultSuffix(Path(name).suffix.lstrip("."))
    dialog.selectFile(name)
    dialog.filterSelected.connect(lambda chosen: _follow(dialog, chosen))
    return await _file(dialog)


def _follow(dialog: QFileDialog, chosen: str) -> None:
    """The name's suffix becomes that of the chosen filter ("JSON (*.json)")."""
    suffix = chosen.rpartition("*.")[2].rstrip(")")
    dialog.setDefaultSuffix(suffix)
    for name in dialog.selectedFiles()[:1]:
        dialog.selectFile(Path(name).with_suffix(f".{suffix}").name)


def _file_dialog(parent: QWidget | None, title: str, filters: Sequence[str], folder: Path | None) -> QFileDialog:
    # Qt's own dialog: the native ones run loops of their own.
    dialog = QFileDialog(parent.window() if parent is not None else None, title)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setDirectory(str(folder or Path.home()))
    dialog.setSidebarUrls([QUrl.fromLocalFile(str(Path.home()))])
    dialog.setAccessibleName(title)
    if filters:
        dialog.setNameFilters(list(filters))
    return dialog


async def _file(dialog: QFileDialog) -> Path | None:
    chosen = await answered(dialog)
    files = dialog.selectedFiles()
    return Path(files[0]) if chosen == QDialog.DialogCode.Accepted.value and files else None
