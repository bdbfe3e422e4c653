"""A field: label, control, and one line under it that helps or says what is wrong."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from isowright_gui.theme import set_property, theme
from isowright_gui.widgets.animation import Animated
from isowright_gui.widgets.glyphs import StateGlyph, paint_spinner, paint_state
from isowright_gui.widgets.labels import Label, WrapLabel
from isowright_gui.widgets.layouts import column, row


class _Trailing(Animated):
    """Spinner or tick at the trailing end of the control."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.what = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_what(self, what: str) -> None:
        self.what = what
        self.setVisible(bool(what))
        self.set_moving(what == "checking")

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            if self.what == "checking":
                paint_spinner(painter, QRectF(self.rect()), self.phase)
            elif self.what:
                paint_state(painter, QRectF(self.rect()), self.what)


class Field(QWidget):
    """Label above (the control's buddy), control, help or error under it.

    The error replaces the help, reddens the border (`bad`), and is the control's accessible description. `checking`
    shows a spinner at the trailing end, `set_ok` a tick. Fields side by side: AlignTop; columns end with a stretch.
    """

    def __init__(
        self,
        label: str,
        control: QWidget,
        help_text: str = "",
        *,
        optional: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.control = control
        self._help, self._error, self._ok = help_text, "", False
        self._checking: str | None = None
        self.label = Label(label, "label")
        self.label.setBuddy(control)
        # With a parent from the start: shown without one, it would flash up as a window of its own.
        self._optional = Label(self.tr("Optional"), "caption", "muted", parent=self)
        self._optional.setVisible(optional)
        head = row(gap=1.5)
        head.addWidget(self.label)
        head.addWidget(self._optional)
        head.addStretch(1)
        self._glyph = StateGlyph("problem", size=3.25)
        self._line = WrapLabel("", "caption", "muted")
        foot = row(gap=1)
        foot.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        foot.addWidget(self._line, 1)
        body = column(self, gap=1)
        body.addLayout(head)
        body.addWidget(control)
        body.addLayout(foot)
        if not control.accessibleName():
            control.setAccessibleName(label.replace("&", ""))
        self._trailing = _Trailing(control)
        control.installEventFilter(self)
        self.setFocusProxy(control)
        self._show()

    # -- what pages say

    def set_help(self, text: str) -> None:
        """The muted line; an error hides it while it lasts."""
        self._help = text
        self._show()

    def set_error(self, text: str | None) -> None:
        """What to do about it, or None when it is right again. Ends checking."""
        self._error = text or ""
        if text:
            self._ok, self._checking = False, None
        self._show()

    def set_checking(self, checking: bool, text: str = "") -> None:
        """A remote check is under way; `text` ("Checking whether the name is free…") stands in for the help."""
        self._checking = text if checking else None
        if checking:
            self._error, self._ok = "", False
        self._show()

    def set_ok(self, text: str = "") -> None:
        """The remote check ended well; `text` becomes the help."""
        self._error, self._checking, self._ok = "", None, True
        if text:
            self._help = text
        self._show()

    def reset(self) -> None:
        """Neither wrong nor checked nor checking."""
        self._error, self._checking, self._ok = "", None, False
        self._show()

    def set_optional(self, optional: bool) -> None:
        """Show the muted word after the label."""
        self._optional.setVisible(optional)

    def set_label(self, label: str) -> None:
        """Change the label and the control's accessible name."""
        self.label.setText(label)
        self.control.setAccessibleName(label.replace("&", ""))

    def error(self) -> str:
        """The error shown, empty if none."""
        return self._error

    def line(self) -> str:
        """The line under the control, as shown."""
        return self._line.text()

    def checking(self) -> bool:
        """Whether a remote check is shown."""
        return self._checking is not None

    def ok(self) -> bool:
        """Whether the tick is shown."""
        return self._ok

    # --

    def _show(self) -> None:
        text = self._error or self._checking or self._help
        self._line.setText(text)
        self._line.setVisible(bool(text))
        self._line.set_tone("danger" if self._error else "muted")
        self._glyph.setVisible(bool(self._error))
        self.control.setAccessibleDescription(text)
        set_property(self.control, "bad", bool(self._error))
        what = "checking" if self._checking is not None else "done" if self._ok else ""
        self._trailing.show_what(what)
        if isinstance(self.control, QLineEdit) and not self.control.isReadOnly():
            margins = self.control.textMargins()
            inside = getattr(self.control, "button", None) is not None
            if not inside:
                margins.setRight(theme().s(5) if what else 0)
                self.control.setTextMargins(margins)
        self._place()

    def _place(self) -> None:
        side = theme().s(4)
        right = theme().s(2.5) if isinstance(self.control, QLineEdit) else theme().s(8)
        if getattr(self.control, "button", None) is not None:
            right = theme().s(8)
        self._trailing.resize(QSize(side, side))
        self._trailing.move(self.control.width() - right - side, (self.control.height() - side) // 2)

    def retheme(self) -> None:
        self._place()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False
