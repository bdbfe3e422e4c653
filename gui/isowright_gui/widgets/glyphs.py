"""Glyphs: states as shapes that differ without colour, spinner, icons in tiles. All painted in tokens."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker, QPaintEvent, QPen, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from isowright_gui.theme import theme
from isowright_gui.theme_icons import paint_icon
from isowright_gui.widgets.animation import Animated

# state → tone. Shapes are in _SHAPES; "running" is drawn by hand, as its arc turns.
STATES: dict[str, str] = {
    "done": "success",
    "answered": "success",
    "current": "accent",
    "running": "accent",
    "failed": "danger",
    "problem": "danger",
    "warning": "warning",
    "info": "neutral",
    "waiting": "neutral",
    "ahead": "neutral",
    "skipped": "neutral",
    "deleted": "neutral",
    "cancelled": "neutral",
    "your_turn": "accent",
    "kept": "success",
    "costs": "warning",
    "paused": "warning",
}


def state_word(state: str) -> str:
    """A state in words, for screen readers and where nothing more exact is known."""
    return {
        "done": QCoreApplication.translate("StateGlyph", "Done"),
        "answered": QCoreApplication.translate("StateGlyph", "Answered"),
        "current": QCoreApplication.translate("StateGlyph", "Current"),
        "running": QCoreApplication.translate("StateGlyph", "Running"),
        "failed": QCoreApplication.translate("StateGlyph", "Failed"),
        "problem": QCoreApplication.translate("StateGlyph", "Problem"),
        "warning": QCoreApplication.translate("StateGlyph", "Warning"),
        "info": QCoreApplication.translate("StateGlyph", "Note"),
        "waiting": QCoreApplication.translate("StateGlyph", "Waiting"),
        "ahead": QCoreApplication.translate("StateGlyph", "Not yet"),
        "skipped": QCoreApplication.translate("StateGlyph", "Skipped"),
        "deleted": QCoreApplication.translate("StateGlyph", "Deleted"),
        "cancelled": QCoreApplication.translate("StateGlyph", "Cancelled"),
        "your_turn": QCoreApplication.translate("StateGlyph", "Your turn"),
        "kept": QCoreApplication.translate("StateGlyph", "Kept"),
        "costs": QCoreApplication.translate("StateGlyph", "May cost"),
        "paused": QCoreApplication.translate("StateGlyph", "Paused"),
    }[state]


UNIT = 256.0  # shapes are made at this size: strokers flatten curves to a fraction of a unit


def _point(x: float, y: float) -> QPointF:
    return QPointF(x * UNIT, y * UNIT)


def _line(*points: tuple[float, float]) -> QPainterPath:
    path = QPainterPath(_point(*points[0]))
    for point in points[1:]:
        path.lineTo(_point(*point))
    return path


def _stroked(path: QPainterPath, width: float) -> QPainterPath:
    stroker = QPainterPathStroker()
    stroker.setWidth(width * UNIT)
    stroker.setCapStyle(Qt.PenCapStyle.RoundCap)
    stroker.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return stroker.createStroke(path)


def _circle(radius: float, centre: tuple[float, float] = (0.5, 0.5)) -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(_point(*centre), radius * UNIT, radius * UNIT)
    return path


def _ring(width: float = 0.085, radius: float = 0.405) -> QPainterPath:
    return _stroked(_circle(radius), width)


_TICK = ((0.33, 0.52), (0.455, 0.64), (0.68, 0.395))


def _disc(*cut: QPainterPath) -> QPainterPath:
    """A disc with marks cut out of it: they show the ground, whatever that is."""
    path = _circle(0.42)
    for each in cut:
        path = path.subtracted(each)
    return path


def _person() -> QPainterPath:
    body = QPainterPath()
    body.moveTo(_point(0.29, 0.70))
    body.cubicTo(_point(0.29, 0.50), _point(0.71, 0.50), _point(0.71, 0.70))
    body.closeSubpath()
    return body.united(_circle(0.115, (0.5, 0.40)))


def _triangle() -> QPainterPath:
    body = _line((0.5, 0.16), (0.90, 0.84), (0.10, 0.84))
    body.closeSubpath()
    body = body.united(_stroked(body, 0.10))
    return body.subtracted(_stroked(_line((0.5, 0.40), (0.5, 0.58)), 0.09)).subtracted(_circle(0.055, (0.5, 0.73)))


def _bang() -> tuple[QPainterPath, QPainterPath]:
    return _stroked(_line((0.5, 0.28), (0.5, 0.53)), 0.10), _circle(0.06, (0.5, 0.69))


_SHAPES: dict[str, Callable[[], QPainterPath]] = {
    "done": lambda: _disc(_stroked(_line(*_TICK), 0.09)),
    "kept": lambda: _disc(_stroked(_line(*_TICK), 0.09)),
    "answered": lambda: _ring(0.07).united(_stroked(_line(*_TICK), 0.075)),
    "current": lambda: _ring(0.09).united(_circle(0.2)),
    "failed": lambda: _disc(
        _stroked(_line((0.37, 0.37), (0.63, 0.63)), 0.09), _stroked(_line((0.63, 0.37), (0.37, 0.63)), 0.09)
    ),
    "problem": lambda: _disc(*_bang()),
    "warning": _triangle,
    "info": lambda: (
        _ring(0.07).united(_stroked(_line((0.5, 0.47), (0.5, 0.68)), 0.08)).united(_circle(0.055, (0.5, 0.33)))
    ),
    "waiting": _ring,
    "ahead": _ring,
    "skipped": lambda: _ring(0.075).united(_stroked(_line((0.35, 0.5), (0.65, 0.5)), 0.08)),
    "deleted": lambda: _ring(0.075).united(_stroked(_line((0.35, 0.5), (0.65, 0.5)), 0.08)),
    "cancelled": lambda: _ring(0.075).united(_stroked(_line((0.22, 0.22), (0.78, 0.78)), 0.075)),
    "your_turn": lambda: _circle(0.46).subtracted(_person()),
    "paused": lambda: _disc(
        _stroked(_line((0.41, 0.36), (0.41, 0.64)), 0.09), _stroked(_line((0.59, 0.36), (0.59, 0.64)), 0.09)
    ),
    "costs": lambda: (
        _ring(0.07)
        .united(_stroked(_line((0.6, 0.4), (0.47, 0.36), (0.4, 0.43), (0.6, 0.57), (0.53, 0.64), (0.4, 0.6)), 0.065))
        .united(_stroked(_line((0.5, 0.28), (0.5, 0.34)), 0.065))
        .united(_stroked(_line((0.5, 0.66), (0.5, 0.72)), 0.065))
    ),
}


@cache
def _shape(state: str) -> QPainterPath:
    return _SHAPES[state]()


def paint_state(painter: QPainter, rect: QRectF, state: str, phase: float = 0.0, tone: str = "") -> None:
    """Paint a state into the largest centred square of `rect`; `phase` (0…1) turns the arc of "running"."""
    tone = tone or STATES[state]
    color = theme().color("border") if state in {"waiting", "ahead"} else theme().word(tone)
    side = min(rect.width(), rect.height())
    square = QRectF(0, 0, side, side)
    square.moveCenter(rect.center())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if state == "running":
        width = side * 0.1
        inner = square.adjusted(side * 0.1, side * 0.1, -side * 0.1, -side * 0.1)
        painter.setPen(QPen(theme().color("skeleton"), width))
        painter.drawEllipse(inner)
        painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(inner, int((90 - 360 * phase) * 16), -110 * 16)
    else:
        place = QTransform.fromTranslate(square.left(), square.top())
        place.scale(side / UNIT, side / UNIT)
        painter.fillPath(place.map(_shape(state)), color)
    painter.restore()


class StateGlyph(Animated):
    """A state as a glyph; its accessible name is the state in words. Only "running" moves."""

    def __init__(self, state: str = "waiting", *, size: float = 4.5, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = size
        self._state = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.set_state(state)

    def state(self) -> str:
        """The state shown."""
        return self._state

    def set_state(self, state: str) -> None:
        """One of STATES (KeyError otherwise)."""
        if state == self._state:
            return
        self.setAccessibleName(state_word(state))
        self._state = state
        self.set_moving(state == "running")

    def sizeHint(self) -> QSize:
        return QSize(theme().s(self._size), theme().s(self._size))

    def retheme(self) -> None:
        self.updateGeometry()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            paint_state(painter, QRectF(self.rect()), self._state, self.phase or 0.05)


class Spinner(Animated):
    """Something is being asked; turns while visible. `tone` is a token ("on_fill" on primary buttons)."""

    def __init__(self, *, size: float = 4, tone: str = "muted", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size, self._tone = size, tone
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.set_moving(True)

    def sizeHint(self) -> QSize:
        return QSize(theme().s(self._size), theme().s(self._size))

    def retheme(self) -> None:
        self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            paint_spinner(painter, QRectF(self.rect()), self.phase, self._tone)


def paint_spinner(painter: QPainter, rect: QRectF, phase: float, tone: str = "muted") -> None:
    """Eight spokes fading behind the leading one."""
    side = min(rect.width(), rect.height())
    color = theme().color(tone)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.center())
    lead = int(phase * 8)
    for spoke in range(8):
        painter.save()
        painter.rotate(45 * spoke)
        painter.setOpacity(1.0 - 0.1 * ((lead - spoke) % 8))
        painter.setPen(QPen(color, max(1.0, side * 0.085), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(0, -side * 0.22), QPointF(0, -side * 0.38))
        painter.restore()
    painter.restore()


class Icon(QWidget):
    """A Phosphor icon as a widget, e.g. of an empty state; decoration, hence without an accessible name."""

    def __init__(self, name: str, tone: str = "muted", *, size: float = 4, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._tone, self._size = name, tone, size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_icon(self, name: str, tone: str = "") -> None:
        """Change icon and, if given, its tone (a token)."""
        self._name, self._tone = name, tone or self._tone
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme().s(self._size), theme().s(self._size))

    def retheme(self) -> None:
        self.updateGeometry()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            paint_icon(painter, QRectF(self.rect()), self._name, theme().color(self._tone))


class Tile(QWidget):
    """An icon on a rounded soft square, at the head of a card."""

    def __init__(self, name: str, tone: str = "neutral", *, size: float = 9, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._tone, self._size = name, tone, size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_icon(self, name: str, tone: str = "neutral") -> None:
        """Change icon and tone (accent, neutral, success, …)."""
        self._name, self._tone = name, tone
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme().s(self._size), theme().s(self._size))

    def retheme(self) -> None:
        self.updateGeometry()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().soft(self._tone))
            radius = theme().s(1.5)
            painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
            icon = QRectF(0, 0, theme().s(4.5), theme().s(4.5))
            icon.moveCenter(QRectF(self.rect()).center())
            paint_icon(painter, icon, self._name, theme().word(self._tone))
