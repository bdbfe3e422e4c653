"""Tags of the image: pairs as rows, added and removed with the keyboard alone."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from isowright.recipe import ImageSpec, Recipe
from isowright_gui.widgets import Button, Field, IconButton, Label, LineEdit, column, row

MAX_TAGS = 8  # of the cloud's ten, two mark the run


class _TagRow(QWidget):
    """One pair; Delete or Backspace in an empty key removes it."""

    edited = Signal()
    removed = Signal()
    entered = Signal(bool)  # in the key

    def __init__(self, key: str, value: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key, self.value = _Edit(key, self.tr("Key")), _Edit(value, self.tr("Value"))
        self.key.setAccessibleName(self.tr("Tag key"))
        self.value.setAccessibleName(self.tr("Tag value"))
        self.remove = IconButton("x", "")
        line: QHBoxLayout = row(self, gap=2)
        line.addWidget(self.key, 2)
        line.addWidget(Label("=", tone="muted"))
        line.addWidget(self.value, 3)
        line.addWidget(self.remove)
        for edit in (self.key, self.value):
            edit.textEdited.connect(lambda _: self._edited())
            edit.entered.connect(lambda edit=edit: self.entered.emit(edit is self.key))
        self.key.emptied.connect(self.removed)
        self.remove.clicked.connect(self.removed)
        self._name_button()

    def _edited(self) -> None:
        self._name_button()
        self.edited.emit()

    def _name_button(self) -> None:
        key = self.key.text().strip()
        name = self.tr("Remove the tag {key}").format(key=key) if key else self.tr("Remove this tag")
        self.remove.setAccessibleName(name)
        self.remove.setToolTip(name)


class _Edit(LineEdit):
    """Enter goes on within the editor instead of pressing the page's primary button."""

    entered = Signal()
    emptied = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.text():
            self.entered.emit()
            return
        if event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete) and not self.text():
            self.emptied.emit()
            return
        super().keyPressEvent(event)


class TagEditor(QWidget):
    """`changed(dict)` after each edit by the operator. Rows with an empty key count for nothing."""

    changed = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[_TagRow] = []
        self._holder = QWidget()
        self._list = column(self._holder, gap=2)
        self.add_button = Button(self.tr("Add a ta&g"), icon="plus", small=True)
        self.add_button.clicked.connect(lambda: self._add("", "", focus=True))
        self._field = Field(self.tr("Tags"), self._holder, optional=True)
        self._holder.hide()
        body = column(self, gap=2)
        body.addWidget(self._field)
        body.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        self._show_limits()

    def tags(self) -> dict[str, str]:
        """The pairs as they stand."""
        return {r.key.text().strip(): r.value.text().strip() for r in self.rows if r.key.text().strip()}

    def show_tags(self, tags: Mapping[str, str]) -> None:
        """Show other pairs; nothing happens if they are those shown."""
        if dict(tags) == self.tags():
            return
        for each in list(self.rows):
            self._drop(each)
        for key, value in tags.items():
            self._add(key, value)

    def problem(self) -> str:
        """What is wrong with the first tag that is, and what to do; "" if all are right."""
        return self._first_problem()[0]

    def wrong(self) -> QWidget:
        """Where to mend it."""
        return self._first_problem()[1]

    def show_problem(self) -> None:
        """Say what is wrong under the tags."""
        self._field.set_error(self.problem() or None)

    def _first_problem(self) -> tuple[str, QWidget]:
        keys = [each.key.text().strip() for each in self.rows]
        for each in self.rows:
            key, value = each.key.text().strip(), each.value.text().strip()
            if not key and value:
                return self.tr("A tag has a value but no key. Enter a key, or remove the tag."), each.key
            if key and keys.count(key) > 1:
                return self.tr("The key “{key}” is there twice. Change or remove one.").format(key=key), each.key
            found = Recipe(image=ImageSpec(tags={key: value})).problems("image") if key else []
            if wrong := next((problem for problem in found if problem.field == "tags"), None):
                return f"{wrong.message} {wrong.remedy}", each.key
        return "", self.add_button

    def _add(self, key: str, value: str, *, focus: bool = False) -> None:
        if len(self.rows) >= MAX_TAGS:
            return
        made = _TagRow(key, value)
        made.edited.connect(self._edited)
        made.removed.connect(lambda: self._remove(made))
        made.entered.connect(lambda in_key: self._next(made, in_key=in_key))
        self.rows.append(made)
        self._list.addWidget(made)
        self._show_limits()
        if focus:
            made.key.setFocus(Qt.FocusReason.TabFocusReason)

    def _next(self, current: _TagRow, *, in_key: bool) -> None:
        """Enter in a key leads to its value, in a value to the next tag."""
        if in_key:
            current.value.setFocus(Qt.FocusReason.TabFocusReason)
        elif current is self.rows[-1] and len(self.rows) < MAX_TAGS:
            self._add("", "", focus=True)
        else:
            self.add_button.setFocus(Qt.FocusReason.TabFocusReason)

    def _remove(self, gone: _TagRow) -> None:
        at = self.rows.index(gone)
        self._drop(gone)
        target = self.rows[min(at, len(self.rows) - 1)].key if self.rows else self.add_button
        target.setFocus(Qt.FocusReason.TabFocusReason)
        self._edited()

    def _drop(self, gone: _TagRow) -> None:
        self.rows.remove(gone)
        self._list.removeWidget(gone)
        gone.hide()
        gone.deleteLater()
        self._show_limits()

    def _edited(self) -> None:
        self._field.set_error(None)
        self.changed.emit(self.tags())

    def _show_limits(self) -> None:
        full = len(self.rows) >= MAX_TAGS
        self._holder.setVisible(bool(self.rows))
        self.add_button.setEnabled(not full)
        self._field.set_help(
            self.tr("8 is the limit; two more mark the run.")
            if full
            else self.tr("Found again in the console and on the bill. Two more mark the run.")
        )
