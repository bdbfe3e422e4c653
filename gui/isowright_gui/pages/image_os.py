"""Which OS the image holds: a type, and one of the cloud's own versions found by typing parts of its name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QCompleter, QLineEdit, QStyledItemDelegate, QWidget

from isowright.cloud.models import OsVersion
from isowright.iso.os_choices import choices
from isowright_gui.theme import icon, set_type, theme
from isowright_gui.widgets import ComboBox, Field, Label, Segmented, column, row


class VersionCombo(ComboBox):
    """Editable: typing narrows the list to what contains the text; nothing can be chosen that is not in it."""

    _popup: QAbstractItemView | None = None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.editor = edit = QLineEdit()
        self.setLineEdit(edit)
        # The sheet's rule for lines of text would draw a field inside the field.
        edit.setStyleSheet("QLineEdit { border: 0; padding: 0; background: transparent; min-height: 0; }")
        self.finder = completer = QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setMaxVisibleItems(10)
        self.setCompleter(completer)
        popup = completer.popup()
        assert popup is not None
        self._popup = popup
        popup.setItemDelegate(QStyledItemDelegate(popup))  # the default one ignores the sheet's item rules
        popup.setAccessibleName(self.tr("Matching OS versions"))
        set_type(popup, "body")
        self.retheme()

    def retheme(self) -> None:
        super().retheme()
        if self._popup is None:
            return
        t, s = theme().tokens, theme().s
        # A window of its own, so the sheet's rule for lists within combos does not reach it.
        self._popup.setStyleSheet(
            f"QListView {{ background: {t['surface']}; color: {t['text']}; border: 1px solid {t['border']};"
            f" padding: {s(1)}px; outline: 0; }}"
            f"QListView::item {{ min-height: {s(7.5)}px; padding: 0 {s(1.25)}px; border-radius: {s(1)}px; }}"
            f"QListView::item:selected, QListView::item:hover {{ background: {t['accent_soft']}; color: {t['text']}; }}"
        )

    def exact(self) -> str:
        """The entry that the text names, in any case; "" if it names none."""
        at = self.findText(self.currentText().strip(), Qt.MatchFlag.MatchFixedString)
        return self.itemText(at) if at >= 0 else ""


class OsFields(QWidget):
    """`changed(os_type, os_version)` by the operator; the version is "" while the text names none."""

    changed = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._versions: Sequence[OsVersion] = ()
        self._complete = True
        self._architecture = ""
        self._proposed = ""
        self._showing = False
        self.kind = Segmented(
            [(self.tr("Linux"), "Linux"), (self.tr("Windows"), "Windows"), (self.tr("Other"), "Other")],
            self.tr("OS type"),
        )
        self.version = VersionCombo()
        self.version.editor.setPlaceholderText(self.tr("Type to search, for example debian 12"))
        self.field = Field(self.tr("OS &version"), self.version)
        left = column(gap=1)
        label = Label(self.tr("OS type"), "label")
        left.addWidget(label)
        left.addWidget(self.kind)
        left.addStretch(1)
        line = row(self, gap=4)
        line.addLayout(left)
        line.addWidget(self.field, 1, Qt.AlignmentFlag.AlignTop)
        self.kind.changed.connect(self._kind_changed)
        self.version.editTextChanged.connect(lambda _: self._edited())
        self.version.activated.connect(lambda _: self._edited())
        self.retheme()

    def retheme(self) -> None:
        popup = self.version.finder.popup()
        assert popup is not None
        popup.setMinimumWidth(theme().s(60))

    def show_versions(
        self, versions: Sequence[OsVersion], *, complete: bool = True, architecture: str = "", proposed: str = ""
    ) -> None:
        """The cloud's list; the text stays. complete: nothing else can be right; else any text may be. architecture,
        proposed: of the ISO, as the inspection tells them."""
        self._versions, self._complete = versions, complete
        self._architecture, self._proposed = architecture, proposed
        if not complete:
            self.field.set_help(self.tr("This cloud has no list of its own: these are the documented ones."))
        self._fill()

    def show_answer(self, os_type: str, os_version: str) -> None:
        """Show an answer; text that names nothing stays for the operator to go on with."""
        self._showing = True
        if self.kind.value() != os_type:
            self.kind.set_value(os_type)
            self._fill()
        if os_version and self._named() != os_version:
            self.version.setEditText(os_version)
            at = self.version.findText(os_version)
            if at >= 0:
                self.version.setCurrentIndex(at)
        self._showing = False

    def show_missing(self) -> None:
        """Say at the field what is wrong with it."""
        if self._named():
            return
        text = self.version.currentText().strip()
        self.field.set_error(
            self.tr("The cloud does not know “{text}”. Choose one from the list.").format(text=text)
            if text
            else self.tr("Choose the OS version that the ISO installs.")
        )

    def known(self, os_type: str) -> list[str]:
        """The versions offered for a type."""
        found = choices(self._versions, os_type, architecture=self._architecture, proposed=self._proposed)
        return [version.os_version for version in found]

    def _fill(self) -> None:
        text, blocked = self.version.currentText(), self.version.blockSignals(True)
        names = self.known(self.kind.value())
        self.version.set_items([(name, name) for name in names], keep=False)
        if names and names[0] == self._proposed:
            self.version.setItemIcon(0, icon("disc", "accent"))
            self.version.setItemData(0, self.tr("What the ISO seems to install"), Qt.ItemDataRole.ToolTipRole)
        at = self.version.findText(text)
        self.version.setCurrentIndex(at)
        self.version.setEditText(text)
        self.version.blockSignals(blocked)

    def _kind_changed(self, kind: object) -> None:
        if self._showing:
            return
        self._showing = True
        if self._versions and self.version.currentText() not in self.known(str(kind)):
            self.version.setEditText("")
        self._fill()
        self._showing = False
        self._edited()

    def _edited(self) -> None:
        if self._showing:
            return
        self.field.reset()
        self.field.set_help("")
        self.changed.emit(self.kind.value(), self._named())

    def _named(self) -> str:
        return self.version.exact() or ("" if self._complete else self.version.currentText().strip())
