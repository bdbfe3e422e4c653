"""Phosphor icons, painted as outlines in token colours.

The glyphs come from the font that the qtawesome package carries. The package itself is not imported: it registers a
dozen fonts and costs 250 ms of start-up plus 70 ms at the first icon, reading one font and its table costs 4 ms.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPainterPath, QPixmap, QTransform

EM = 256.0  # the size at which outlines are taken from the font; Phosphor draws on a square of one em
Colour = Callable[[str], QColor]


@cache
def _font() -> tuple[QFont, dict[str, str]]:
    """The icon font and its table of names, loaded at the first icon."""
    spec = importlib.util.find_spec("qtawesome")
    if spec is None or spec.origin is None:
        raise RuntimeError("The qtawesome package, which carries the icon font, is not installed.")
    folder = Path(spec.origin).parent / "fonts"
    table = json.loads(next(folder.glob("phosphor-charmap-*.json")).read_text("utf-8"))
    number = QFontDatabase.addApplicationFont(str(next(folder.glob("phosphor-[0-9]*.ttf"))))
    font = QFont(QFontDatabase.applicationFontFamilies(number))
    font.setPixelSize(int(EM))
    return font, table


@cache
def outline(name: str) -> QPainterPath:
    """The outline of an icon in a square of 256 units, origin at the top left.

    `name` is Phosphor's, with or without the "ph." of qtawesome ("ph.check-circle-fill"). KeyError for unknown names.
    """
    font, table = _font()
    path = QPainterPath()
    path.addText(0, EM, font, chr(int(table[name.removeprefix("ph.")], 16)))
    return path


def paint_icon(painter: QPainter, rect: QRectF, name: str, color: QColor, angle: float = 0.0) -> None:
    """Paint an icon into the largest centred square of `rect`, turned clockwise by `angle` degrees."""
    side = min(rect.width(), rect.height())
    centre = rect.center()
    turn = QTransform.fromTranslate(centre.x(), centre.y())
    turn.rotate(angle)
    turn.scale(side / EM, side / EM)
    turn.translate(-EM / 2, -EM / 2)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillPath(turn.map(outline(name)), color)
    painter.restore()


class GlyphEngine(QIconEngine):
    """Draws one icon in one tone; the colour is looked up at paint time, so a scheme change needs a repaint only."""

    def __init__(self, name: str, tone: str, colour: Colour) -> None:
        super().__init__()
        self._name, self._tone, self._colour = name, tone, colour

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _state: QIcon.State) -> None:
        token = "disabled" if mode == QIcon.Mode.Disabled else self._tone
        square = QRectF(rect)
        if rect.width() > rect.height():  # room at the trailing side: the gap between icon and words of a button
            square.setWidth(rect.height())
        paint_icon(painter, square, self._name, self._colour(token))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        return pixmap

    def clone(self) -> QIconEngine:
        return GlyphEngine(self._name, self._tone, self._colour)
