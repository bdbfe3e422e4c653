"""The head of Home: who this program is, settings, help, and the one primary button. Shows before the core is there."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from isowright_gui.theme import theme
from isowright_gui.widgets.buttons import Button, IconButton
from isowright_gui.widgets.labels import ElidedLabel, Label
from isowright_gui.widgets.layouts import column, row


def paint_app_glyph(painter: QPainter, rect: QRectF) -> None:
    """A disc in a rounded square: an ISO on its way."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().color("fill"))
    side = rect.width()
    painter.drawRoundedRect(rect, side * 0.2, side * 0.2)
    pen = QPen(theme().color("on_fill"), side * 0.075)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(rect.center(), side * 0.27, side * 0.27)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().color("on_fill"))
    painter.drawEllipse(rect.center(), side * 0.105, side * 0.105)


class AppGlyph(QWidget):
    """The program's own glyph; decoration."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(theme().s(9), theme().s(9))

    def retheme(self) -> None:
        self.updateGeometry()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            paint_app_glyph(painter, QRectF(self.rect()))


class HomeHeader(QWidget):
    """Signals: what was asked for. `set_ready` once the core is there; until then New image waits."""

    new_image = Signal()
    scheme_chosen = Signal(str)  # system, light, dark
    help_asked = Signal()
    about_asked = Signal()
    logs_asked = Signal()
    leftovers_asked = Signal()

    def __init__(self, scheme: str = "system", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        words = column(gap=0.25)
        words.addWidget(Label("Isowright", "title"))
        words.addWidget(ElidedLabel(self.tr("Private images from installer ISOs"), tone="muted"))
        self.settings = IconButton("gear-six", self.tr("Settings"))
        self.settings.setMenu(self._settings_menu(scheme))
        self.help = IconButton("question", self.tr("Help"))
        self.help.setMenu(self._help_menu())
        self.new = Button(self.tr("&New image"), "primary", "plus")
        self.new.setDefault(True)
        self.new.clicked.connect(self.new_image)
        line = row(self, gap=3)
        line.addWidget(AppGlyph(), 0, Qt.AlignmentFlag.AlignVCenter)
        line.addLayout(words, 1)
        line.addWidget(self.settings)
        line.addWidget(self.help)
        line.addSpacing(theme().s(2))
        line.addWidget(self.new)

    def set_ready(self) -> None:
        self.new.setEnabled(True)
        self.leftovers.setEnabled(True)

    def show_scheme(self, scheme: str) -> None:
        """Tick the scheme that is in use."""
        for action in self.settings.menu().actions():
            if action.data() == scheme:
                action.setChecked(True)

    def _settings_menu(self, scheme: str) -> QMenu:
        menu = QMenu(self)
        menu.setAccessibleName(self.tr("Settings"))
        schemes = QActionGroup(menu)
        for name, text in (
            ("system", self.tr("Colours of the &system")),
            ("light", self.tr("&Light")),
            ("dark", self.tr("&Dark")),
        ):
            action = QAction(text, menu, checkable=True, checked=name == scheme)
            action.setData(name)
            schemes.addAction(action)
            menu.addAction(action)
        schemes.triggered.connect(lambda action: self.scheme_chosen.emit(action.data()))
        menu.addSeparator()
        self.leftovers = menu.addAction(self.tr("Find left&overs…"), self.leftovers_asked.emit)
        self.leftovers.setEnabled(False)  # until the core is there
        menu.addAction(self.tr("Open the &folder of logs"), self.logs_asked.emit)
        return menu

    def _help_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAccessibleName(self.tr("Help"))
        menu.addAction(self.tr("&How it works"), self.help_asked.emit)
        menu.addAction(self.tr("&About Isowright"), self.about_asked.emit)
        return menu
