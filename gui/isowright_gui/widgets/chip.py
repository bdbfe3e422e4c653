"""Chips: soft fill, small icon, word. Also painted into table cells, hence the functions."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from isowright_gui.theme import theme
from isowright_gui.theme_icons import paint_icon
from isowright_gui.theme_tokens import TONES

_ICONS = {
    "accent": "sparkle-fill",
    "success": "check-circle",
    "warning": "warning",
    "danger": "x-circle",
    "neutral": "prohibit",
}


class ChipSpec(NamedTuple):
    """What a chip shows: word, tone (accent, success, warning, danger, neutral, inverse), icon ("-" for none).

    Without an icon the tone's own is taken, so that tones differ by shape as well.
    """

    text: str
    tone: str = "neutral"
    icon: str = ""

    def glyph(self) -> str:
        """The icon to paint, empty for none."""
        return "" if self.icon == "-" else self.icon or _ICONS.get(self.tone, "")


def chip_size(spec: ChipSpec) -> QSize:
    """Size in pixels: 5.5 units high, as wide as its word."""
    s = theme().s
    words = QFontMetricsF(theme().font("label")).horizontalAdvance(spec.text)
    lead = s(2.25) + s(3.25) + s(1) if spec.glyph() else s(2.25)
    return QSize(round(lead + words + s(2.25)) + 1, s(5.5))


def paint_chip(painter: QPainter, rect: QRectF, spec: ChipSpec, *, on_selection: bool = False) -> None:
    """Paint a chip; on a selected row the accent chip takes the surface fill, or it would vanish."""
    t, s = theme(), theme().s
    inverse = spec.tone == "inverse"
    words = t.color("on_inverse") if inverse else t.word(spec.tone)
    fill = t.color("inverse") if inverse else t.soft(spec.tone if spec.tone in TONES else "neutral")
    if on_selection and spec.tone == "accent":
        fill = t.color("surface")
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    left = rect.left() + s(2.25)
    if spec.glyph():
        side = s(3.25)
        paint_icon(painter, QRectF(left, rect.center().y() - side / 2, side, side), spec.glyph(), words)
        left += side + s(1)
    painter.setPen(words)
    painter.setFont(t.font("label"))
    room = QRectF(left, rect.top(), rect.right() - s(1.5) - left, rect.height())
    shown = QFontMetricsF(painter.font()).elidedText(spec.text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
    painter.restore()


class Chip(QWidget):
    """A chip as a widget; its accessible name is its word."""

    def __init__(self, text: str, tone: str = "neutral", icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = ChipSpec(text, tone, icon)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def set_chip(self, text: str, tone: str, icon: str = "") -> None:
        """Change word, tone and icon."""
        self._spec = ChipSpec(text, tone, icon)
        self.setAccessibleName(text)
        self.retheme()

    def text(self) -> str:
        """The word shown."""
        return self._spec.text

    def sizeHint(self) -> QSize:
        return chip_size(self._spec)

    def retheme(self) -> None:
        self.updateGeometry()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            paint_chip(painter, QRectF(self.rect()), self._spec)


class PracticeBadge(Chip):
    """The practice cloud is in use: always these two words, the only inverse thing in the product."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._words = QCoreApplication.translate("PracticeBadge", "Practice cloud")
        super().__init__(self._words, "inverse", "flask-fill", parent=parent)

    def set_narrow(self, narrow: bool) -> None:
        """The flask alone, where there is no room for words; those are its tooltip then."""
        self._spec = self._spec._replace(text="" if narrow else self._words)
        self.setToolTip(self._words if narrow else "")
        self.retheme()
