"""The focus ring: 2 px of accent, 2 px outside the widget, for whoever uses the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget
from shiboken6 import isValid

from isowright_gui.theme import theme

_GAP, _PEN = 2, 2
_KEYBOARD = {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason}
_PLACING = {QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.EnabledChange}


class FocusRing(QWidget):
    """One per window: `FocusRing(window)`. A mouse-transparent child that follows the focus inside that window.

    It shows after Tab, Backtab and shortcuts, and when the program moves the focus while the keyboard was the last
    thing used; not after a click. It is clipped to the scroll areas around the widget. Widgets with a true attribute
    `paints_own_focus` (tables ring their current row) are left alone.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._watched: list[QWidget] = []
        self._target: QWidget | None = None
        self._rect = QRect()
        self._keyboard = True  # nothing was clicked yet
        self._wanted = False
        self._covered = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._focus_changed)
        window.installEventFilter(self)
        self._follow(window.focusWidget())

    def target(self) -> QWidget | None:
        """The widget ringed now, None if no ring shows."""
        return self._target if self.isVisible() else None

    def set_covered(self, covered: bool) -> None:
        """Whether something lies over the page that the ring must not show through."""
        self._covered = covered
        self._place()

    def _focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is not None and (new is self._window or not self._window.isAncestorOf(new)):
            new = None
        self._follow(new)

    def _follow(self, widget: QWidget | None) -> None:
        for each in self._watched:
            if isValid(each):
                each.removeEventFilter(self)
        self._watched = []
        self._target = widget
        self._wanted = self._keyboard
        each_up = widget
        while each_up is not None and each_up is not self._window:
            each_up.installEventFilter(self)
            self._watched.append(each_up)
            each_up = each_up.parentWidget()
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _PLACING:
            self._place()
        elif kind == QEvent.Type.FocusOut and watched is self._target and isinstance(event, QFocusEvent):
            if event.reason() in _KEYBOARD:
                self._keyboard = True
            elif event.reason() == Qt.FocusReason.MouseFocusReason:
                self._keyboard = False
        elif kind == QEvent.Type.KeyPress:
            self._keyboard = True
        elif kind == QEvent.Type.MouseButtonPress:
            self._keyboard = self._wanted = False
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        target = self._target
        shown = (
            target is not None
            and not self._covered
            and isValid(target)
            and self._wanted
            and target.isVisible()
            and target.isEnabled()
            and bool(target.focusPolicy() & Qt.FocusPolicy.TabFocus)
            and not getattr(target, "paints_own_focus", False)
        )
        if not shown or target is None:
            self.hide()
            return
        out = _GAP + _PEN
        self._rect = QRect(target.mapTo(self._window, QPoint(0, 0)), target.size()).adjusted(-out, -out, out, out)
        clip = self._clip(target)
        seen = self._rect.intersected(clip)
        if seen.isEmpty():
            self.hide()
            return
        self.setGeometry(seen)
        self.raise_()
        self.show()
        self.update()

    def _clip(self, target: QWidget) -> QRect:
        clip = self._window.rect()
        each = target.parentWidget()
        while each is not None and each is not self._window:
            area = each.parentWidget()
            if isinstance(area, QAbstractScrollArea) and area.viewport() is each:
                clip = clip.intersected(QRect(each.mapTo(self._window, QPoint(0, 0)), each.size()))
            each = area
        return clip

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme().color("accent"), _PEN))
            rect = QRectF(self._rect.translated(-self.pos())).adjusted(1, 1, -1, -1)
            radius = theme().s(1.5) + _GAP
            painter.drawRoundedRect(rect, radius, radius)
