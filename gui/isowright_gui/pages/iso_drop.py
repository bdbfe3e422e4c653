"""A file dragged over the page: what can be taken, and the cover that says so before it is let go."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QDropEvent, QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from isowright_gui.theme import set_type, theme
from isowright_gui.theme_icons import paint_icon
from isowright_gui.widgets import FocusRing


def _tr(text: str) -> str:
    return QCoreApplication.translate("IsoPage", text)


def dragged(mime: QMimeData) -> tuple[Path | None, str]:
    """(the file, "") or (None, why it cannot be taken). Whether it is a file at all is seen when it is opened."""
    urls = mime.urls()
    if len(urls) > 1:
        return None, _tr("These are {count} files. Drop one ISO.").format(count=len(urls))
    if not urls or not urls[0].isLocalFile():
        return None, _tr("This is not a file of this computer. Save it first, then drop the file.")
    return Path(urls[0].toLocalFile()), ""


class DropCover(QWidget):
    """Lies over the page while something is dragged over it. Never in the way of mouse and keyboard."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text, self._refused = "", False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        set_type(self, "heading")
        self.hide()

    def show_over(self, path: Path | None, refused: str) -> None:
        """As `dragged` says."""
        self._refused = path is None
        self._text = refused if path is None else _tr("Drop {name} to use it").format(name=path.name)
        self.setAccessibleName(self._text)
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.raise_()
        self.show()
        self.update()

    def text(self) -> str:
        """What it says."""
        return self._text

    def showEvent(self, _event: QShowEvent) -> None:
        self._cover_rings(True)

    def hideEvent(self, _event: QHideEvent) -> None:
        self._cover_rings(False)

    def _cover_rings(self, covered: bool) -> None:
        for ring in self.window().findChildren(FocusRing):
            ring.set_covered(covered)

    def paintEvent(self, _event: QPaintEvent) -> None:
        t = theme()
        tone = "danger" if self._refused else "accent"
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(t.word(tone), 2, Qt.PenStyle.DashLine))
            painter.setBrush(t.color("surface" if self._refused else "accent_soft"))
            inside = QRectF(self.rect()).adjusted(1, 1, -1, -1)
            painter.drawRoundedRect(inside, t.s(2.5), t.s(2.5))
            side = t.s(8)
            middle = min(self.height(), self.visibleRegion().boundingRect().height()) / 2
            place = QRectF((self.width() - side) / 2, middle - side - t.s(1), side, side)
            paint_icon(painter, place, "prohibit" if self._refused else "download-simple", t.word(tone))
            painter.setPen(t.word(tone))
            painter.setFont(self.font())
            words = QRectF(t.s(6), middle + t.s(1), self.width() - t.s(12), t.s(16))
            painter.drawText(
                words, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap, self._text
            )


class DropTarget(QObject):
    """Takes what is dragged over a widget and let go there: signal `dropped(path or None, why it cannot be taken)`."""

    dropped = Signal(object, str)

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.cover = DropCover(widget)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)
        for edit in widget.findChildren(QLineEdit):
            edit.setAcceptDrops(False)  # a file dropped on one is meant for the page

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.DragLeave:
            self.cover.hide()
            return True
        if kind not in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop):
            return False
        assert isinstance(event, QDropEvent)  # those of dragging are of its kind
        if not event.mimeData().hasUrls():
            return False
        event.acceptProposedAction()
        if kind == QEvent.Type.DragEnter:
            self.cover.show_over(*dragged(event.mimeData()))
        elif kind == QEvent.Type.Drop:
            self.cover.hide()
            self.dropped.emit(*dragged(event.mimeData()))
        return True
