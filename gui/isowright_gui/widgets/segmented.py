"""A switch between two or three ways: a trough with segments."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QWidget

from isowright_gui.widgets.buttons import Button
from isowright_gui.widgets.layouts import row, set_units


class _Segment(Button):
    """Only the chosen segment is in the tab order; arrows, Home and End choose another one, as radio buttons do."""

    def __init__(self, text: str, switch: Segmented) -> None:
        super().__init__(text, "segment", parent=switch)
        self._switch = switch
        self.setCheckable(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        forward = Qt.Key.Key_Right if self.layoutDirection() == Qt.LayoutDirection.LeftToRight else Qt.Key.Key_Left
        key = event.key()
        if key in {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down}:
            self._switch.step(1 if key in {forward, Qt.Key.Key_Down} else -1)
        elif key in {Qt.Key.Key_Home, Qt.Key.Key_End}:
            self._switch.jump(last=key == Qt.Key.Key_End)
        else:
            super().keyPressEvent(event)


class Segmented(QFrame):
    """`Segmented([(text, value), …], name)`; `value()`, `set_value`, signal `changed(value)` for choices by the user
    and by `set_value` alike, only when it is another one."""

    changed = Signal(object)

    def __init__(self, items: list[tuple[str, Any]], name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "trough")
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._values = [value for _, value in items]
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        line = row(self, gap=0.5)
        set_units(line, 0.5, (0.5, 0.5, 0.5, 0.5))
        self._chosen = 0
        for number, (text, _) in enumerate(items):
            segment = _Segment(text, self)
            if name:
                segment.setAccessibleDescription(name)
            self._group.addButton(segment, number)
            line.addWidget(segment)
        self._group.button(0).setChecked(True)
        self._group.idToggled.connect(self._toggled)
        self._order()

    def value(self) -> Any:
        """The value chosen."""
        return self._values[self._chosen]

    def set_value(self, value: Any) -> None:
        """Choose by value; ValueError if there is none such."""
        self._group.button(self._values.index(value)).setChecked(True)

    def buttons(self) -> list[Button]:
        """The segments, in order."""
        return [self._button(number) for number in range(len(self._values))]

    def step(self, by: int) -> None:
        """Choose the next enabled segment in a direction, around the ends, and focus it."""
        for away in range(1, len(self._values) + 1):
            button = self._button((self._chosen + by * away) % len(self._values))
            if button.isEnabled():
                self._focus(button)
                return

    def jump(self, *, last: bool) -> None:
        """Choose the first or the last enabled segment, and focus it."""
        enabled = [button for button in self.buttons() if button.isEnabled()]
        if enabled:
            self._focus(enabled[-1 if last else 0])

    def setFocus(self, *_: object) -> None:
        self._button(self._chosen).setFocus(Qt.FocusReason.OtherFocusReason)

    def _focus(self, button: Button) -> None:
        button.setChecked(True)
        button.setFocus(Qt.FocusReason.TabFocusReason)

    def _button(self, number: int) -> Button:
        button = self._group.button(number)
        assert isinstance(button, Button)
        return button

    def _toggled(self, number: int, checked: bool) -> None:
        if checked and number != self._chosen:
            self._chosen = number
            self._order()
            self.changed.emit(self._values[number])

    def _order(self) -> None:
        for number, button in enumerate(self.buttons()):
            chosen = number == self._chosen
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if chosen else Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(self._button(self._chosen))
