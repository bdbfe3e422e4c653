"""A server's screen as a small picture that opens its console. The picture comes from a machine that anybody may have
programmed: its format and size are fixed here, and it is decoded beside the window's own thread."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from isowright_gui.theme import theme

WIDEST = 320  # pixels of the window's own measure
_WIDTH = 56  # units
_LARGEST = 8192  # pixels each way: what claims to be more is no screen


def decode(png: bytes, width: int) -> QImage | None:
    """The picture at most `width` pixels wide; None if it is no PNG of a screen's size. For a thread."""
    data = QByteArray(png)
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(b"png"))
    reader.setAutoDetectImageFormat(False)
    size = reader.size()
    if size.isEmpty() or max(size.width(), size.height()) > _LARGEST:
        return None
    image = reader.read()
    if image.isNull():
        return None
    if image.width() > width:
        image = image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
    return image


class ScreenButton(QAbstractButton):
    """Signal `clicked`: open the console. Hidden until there is a picture."""

    def __init__(self, server: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Screen of {server}: open the console").format(server=server))
        self.setToolTip(self.tr("Open console"))
        self.hide()

    def pixels(self) -> int:
        """As wide as a picture for it should be."""
        return round(min(theme().s(_WIDTH), WIDEST) * self.devicePixelRatioF())

    def show_image(self, image: QImage) -> None:
        """Show a decoded picture."""
        resized = self._image is None or image.size() != self._image.size()
        self._image = image
        if resized:
            self.setFixedSize(self.sizeHint())
        self.show()
        self.update()

    def image(self) -> QImage | None:
        """What is shown."""
        return self._image

    def sizeHint(self) -> QSize:
        width = min(theme().s(_WIDTH), WIDEST)
        if self._image is None:
            return QSize(width, width * 3 // 4)
        return QSize(width, max(1, round(width * self._image.height() / self._image.width())))

    def retheme(self) -> None:
        self.setFixedSize(self.sizeHint())

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._image is None:
            return
        t = theme()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            path = QPainterPath()
            path.addRoundedRect(box, t.s(1.5), t.s(1.5))
            painter.setClipPath(path)
            painter.drawImage(QRectF(self.rect()), self._image)
            painter.setClipping(False)
            painter.setPen(QPen(t.color("accent" if self.underMouse() or self.isDown() else "border"), 1))
            painter.drawPath(path)

    def enterEvent(self, _event: object) -> None:
        self.update()

    def leaveEvent(self, _event: object) -> None:
        self.update()
