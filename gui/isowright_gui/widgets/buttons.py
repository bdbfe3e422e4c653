"""Buttons: one class, kinds by property. Verbs on them; one primary on a screen."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, QTimerEvent
from PySide6.QtGui import QHideEvent, QIcon, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QWidget

from isowright_gui.theme import set_property, set_type, theme
from isowright_gui.widgets.animation import BEAT_MS, BEATS_A_TURN
from isowright_gui.widgets.glyphs import paint_spinner

Kind = Literal["primary", "secondary", "danger", "ghost", "link", "icon", "segment"]

_TONES = {"primary": "on_fill", "danger": "danger", "link": "accent", "icon": "muted"}


class Button(QPushButton):
    """`kind`: primary, secondary, danger (outline), ghost, link. `icon` is a Phosphor name; tinted to the kind."""

    def __init__(
        self,
        text: str = "",
        kind: Kind = "secondary",
        icon: str = "",
        *,
        small: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._icon_name = icon
        self._kind: Kind = kind
        self.setProperty("kind", kind)
        if small:
            self.setProperty("small", True)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor if kind == "link" else Qt.CursorShape.ArrowCursor)
        self.setSizePolicy(QSizePolicy.Policy.Minimum if text else QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        set_type(self, "label" if small else "body" if kind == "link" else "button")
        self.retheme()

    def kind(self) -> Kind:
        """The kind in use."""
        return self._kind

    def set_kind(self, kind: Kind) -> None:
        """Change the kind, e.g. when another button becomes the primary one."""
        self._kind = kind
        set_property(self, "kind", kind)
        self.retheme()

    def set_icon(self, name: str) -> None:
        """Change the icon; empty for none."""
        self._icon_name = name
        self.retheme()

    def retheme(self) -> None:
        size = theme().s(4)
        self.setIconSize(QSize(size + (theme().s(1) if self.text() else 0), size))
        if self._icon_name:
            self.setIcon(theme().icon(self._icon_name, _TONES.get(self._kind, "text")))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class IconButton(Button):
    """An icon alone; `name` is what it does, its accessible name and tooltip."""

    def __init__(self, icon: str, name: str, *, small: bool = False, parent: QWidget | None = None) -> None:
        super().__init__("", "icon", icon, small=small, parent=parent)
        self.setAccessibleName(name)
        self.setToolTip(name)


class BusyButton(Button):
    """A button that can be at work: keeps its width, shows a spinner and the verb, ignores clicks and keys."""

    def __init__(
        self,
        text: str = "",
        kind: Kind = "primary",
        icon: str = "",
        *,
        small: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, kind, icon, small=small, parent=parent)
        self._verb = ""
        self._timer = 0
        self._phase = 0.0

    def busy(self) -> bool:
        """Whether it is at work."""
        return bool(self._verb)

    def set_busy(self, verb: str | None) -> None:
        """Start with the verb of what is being done ("Signing in…"), end with None."""
        if (verb or "") == self._verb:
            return
        if verb and not self._verb:
            self.setMinimumWidth(max(self.width() if self.isVisible() else 0, self.sizeHint().width()))
        self._verb = verb or ""
        if not verb:
            self.setMinimumWidth(0)
        self.setAccessibleDescription(self._verb)
        self._beat()
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        if not self._verb:
            return hint
        room = self.fontMetrics().horizontalAdvance(self._verb) + theme().s(6) + 2 * theme().s(4)
        return QSize(max(hint.width(), room), hint.height())

    def hitButton(self, pos: QPoint) -> bool:
        return not self._verb and super().hitButton(pos)

    def click(self) -> None:
        if not self._verb:
            super().click()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses it wherever it stands; Qt lets it do so in dialogs only."""
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if self._verb and (enter or event.key() in {Qt.Key.Key_Space, Qt.Key.Key_Select}):
            event.accept()
        elif enter:
            event.accept()
            self.click()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._verb:
            event.accept()
            return
        super().mousePressEvent(event)

    def _beat(self) -> None:
        wanted = bool(self._verb) and self.isVisible() and not theme().reduced_motion
        if wanted and not self._timer:
            self._timer = self.startTimer(BEAT_MS)
        elif not wanted and self._timer:
            self.killTimer(self._timer)
            self._timer = 0

    def timerEvent(self, event: QTimerEvent) -> None:
        if event.timerId() != self._timer:
            super().timerEvent(event)
            return
        self._phase = (self._phase + 1 / BEATS_A_TURN) % 1.0
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._beat()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._beat()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._verb:
            super().paintEvent(event)
            return
        with QPainter(self) as painter:
            option = QStyleOptionButton()
            self.initStyleOption(option)
            option.text, option.icon = "", QIcon()
            self.style().drawControl(QStyle.ControlElement.CE_PushButton, option, painter, self)
            tone = _TONES.get(self._kind, "text")
            words, side, gap = self.fontMetrics().horizontalAdvance(self._verb), theme().s(4), theme().s(1.5)
            left = (self.width() - words - side - gap) / 2
            paint_spinner(painter, QRectF(left, (self.height() - side) / 2, side, side), self._phase, tone)
            painter.setPen(theme().color(tone))
            painter.setFont(self.font())
            place = QRectF(left + side + gap, 0, words + 2, self.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._verb)
