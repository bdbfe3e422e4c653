"""Inputs beyond Qt's line edit: choices, sizes in GiB, secrets, filters, lines of text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QWidget,
)

from isowright_gui.theme import set_type, theme
from isowright_gui.theme_icons import paint_icon
from isowright_gui.widgets.labels import WrapLabel
from isowright_gui.widgets.layouts import column, row


class LineEdit(QLineEdit):
    """A line of text; `mono` for keys and addresses."""

    def __init__(
        self, text: str = "", placeholder: str = "", *, mono: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        set_type(self, "mono" if mono else "body")
        self.setPlaceholderText(placeholder)
        self.setText(text)


class ComboBox(QComboBox):
    """A choice from a few. Does not change under the wheel while the page scrolls, nor widen the page."""

    def __init__(self, items: Iterable[tuple[str, Any]] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_type(self, "body")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setItemDelegate(QStyledItemDelegate(self))  # the default one ignores the sheet's item rules
        self.setMaxVisibleItems(12)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.retheme()
        self.set_items(items)

    def set_items(self, items: Iterable[tuple[str, Any]], *, keep: bool = True) -> None:
        """Replace the items (text, data); the chosen data stays chosen if it is still there. No signals for that."""
        chosen = self.currentData()
        blocked = self.blockSignals(True)
        self.clear()
        for text, data in items:
            self.addItem(text, data)
        self.blockSignals(blocked)
        if keep and chosen is not None:
            self.choose(chosen)

    def choose(self, data: Any) -> bool:
        """Choose the item with this data; False if there is none."""
        index = self.findData(data)
        if index >= 0:
            self.setCurrentIndex(index)
        return index >= 0

    def retheme(self) -> None:
        self.setIconSize(QSize(theme().s(4), theme().s(4)))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self).width()
        room -= 0 if option.currentIcon.isNull() else option.iconSize.width() + theme().s(1)
        middle = Qt.TextElideMode.ElideMiddle
        if self.currentIndex() < 0:
            painter.setPen(theme().color("muted"))
            place = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self)
            words = self.fontMetrics().elidedText(self.placeholderText(), middle, room)
            painter.drawText(place.adjusted(1, 0, -1, 0), Qt.AlignmentFlag.AlignVCenter, words)
            return
        option.currentText = self.fontMetrics().elidedText(option.currentText, middle, room - theme().s(1))
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class SpinBox(QSpinBox):
    """A whole number with a suffix, " GiB" unless told otherwise."""

    def __init__(
        self,
        value: int = 0,
        minimum: int = 0,
        maximum: int = 32768,
        *,
        suffix: str = " GiB",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        set_type(self, "body", tabular=True)
        self.setRange(minimum, maximum)
        self.setSuffix(suffix)
        self.setValue(value)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.retheme()

    def retheme(self) -> None:
        # The sheet cannot give the inner editor a padding without a second border.
        self.lineEdit().setTextMargins(theme().s(2), 0, 0, 0)
        self.setFixedHeight(theme().s(8))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _Inside(QToolButton):
    """A small painted button at the trailing end of a line edit."""

    def __init__(self, parent: QLineEdit, name: str) -> None:
        super().__init__(parent)
        self.icon_name = name
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def paintEvent(self, _event: QPaintEvent) -> None:
        side = theme().s(4)
        rect = QRectF(0, 0, side, side)
        rect.moveCenter(QRectF(self.rect()).center())
        token = "disabled" if not self.isEnabled() else "text" if self.underMouse() else "muted"
        with QPainter(self) as painter:
            paint_icon(painter, rect, self.icon_name, theme().color(token))


class _EditWithButton(LineEdit):
    def __init__(self, placeholder: str, button_icon: str, parent: QWidget | None) -> None:
        super().__init__("", placeholder, parent=parent)
        self.button = _Inside(self, button_icon)
        self.retheme()

    def retheme(self) -> None:
        side = theme().s(7)
        self.button.resize(side, side)
        self.setTextMargins(self._lead(), 0, side - theme().s(1), 0)
        self._place()

    def _lead(self) -> int:
        return 0

    def _place(self) -> None:
        self.button.move(self.width() - self.button.width() - 2, (self.height() - self.button.height()) // 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()


class PasswordEdit(_EditWithButton):
    """A secret: hidden until *Show* is pressed, and hidden again when it is emptied. No input-method dictionary."""

    def __init__(self, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(placeholder, "eye", parent)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText
            | Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
        )
        self.button.setCheckable(True)
        self.button.toggled.connect(self.set_revealed)
        self.textChanged.connect(self._hide_when_empty)
        self.set_revealed(False)

    def revealed(self) -> bool:
        """Whether the text can be read."""
        return self.echoMode() == QLineEdit.EchoMode.Normal

    def set_revealed(self, revealed: bool) -> None:
        """Show or hide the text."""
        self.setEchoMode(QLineEdit.EchoMode.Normal if revealed else QLineEdit.EchoMode.Password)
        self.button.icon_name = "eye-slash" if revealed else "eye"
        name = self.tr("Hide what is typed") if revealed else self.tr("Show what is typed")
        self.button.setAccessibleName(name)
        self.button.setToolTip(name)
        self.button.setChecked(revealed)

    def _hide_when_empty(self, text: str) -> None:
        if not text and self.revealed():
            self.set_revealed(False)


class SearchEdit(_EditWithButton):
    """A filter: magnifying glass, clear button, Esc empties it. Filter on `textChanged`."""

    def __init__(self, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(placeholder or self.tr("Filter"), "x", parent)
        self.setAccessibleName(self.placeholderText())
        self.button.setAccessibleName(self.tr("Clear"))
        self.button.setToolTip(self.tr("Clear"))
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Esc does the same from the keyboard
        self.button.clicked.connect(self.clear)
        self.button.hide()
        self.textChanged.connect(lambda text: self.button.setVisible(bool(text)))
        escape = QAction(self)
        escape.setShortcut(Qt.Key.Key_Escape)
        escape.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        escape.triggered.connect(self.clear)
        self.addAction(escape)

    def _lead(self) -> int:
        return theme().s(6)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = theme().s(4)
        place = QRectF(theme().s(2.5), (self.height() - side) / 2, side, side)
        with QPainter(self) as painter:
            paint_icon(painter, place, "magnifying-glass", theme().color("muted"))


class CheckRow(QWidget):
    """A checkbox with a sentence under it that says what ticking it means. `box` is the QCheckBox."""

    def __init__(self, text: str, help_text: str = "", *, checked: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = QCheckBox(text)
        set_type(self.box, "body")
        self.box.setChecked(checked)
        self._help = WrapLabel(help_text, "caption", "muted")
        under = row(margins=(6.5, 0, 0, 0))
        under.addWidget(self._help)
        body = column(self, gap=0.5)
        body.addWidget(self.box)
        body.addLayout(under)
        self.toggled = self.box.toggled
        self.setFocusProxy(self.box)
        self.set_help(help_text)

    def set_help(self, text: str) -> None:
        """Change the sentence."""
        self._help.setText(text)
        self._help.setVisible(bool(text))
        self.box.setAccessibleDescription(text)

    def isChecked(self) -> bool:
        """Whether the box is ticked."""
        return self.box.isChecked()

    def setChecked(self, checked: bool) -> None:
        """Tick or clear the box."""
        self.box.setChecked(checked)
