"""The footer of a page: Back, a hint with its glyph, other actions, one primary button."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from isowright_gui.theme import theme
from isowright_gui.widgets.buttons import BusyButton, Button, Kind
from isowright_gui.widgets.glyphs import StateGlyph
from isowright_gui.widgets.labels import Hairline, WrapLabel
from isowright_gui.widgets.layouts import NARROW, Margins, column, grid, row, set_units, thin

_MARGINS: Margins = (8, 3, 8, 3)


class Footer(QWidget):
    """Signals `back` and `primary`. At least 16 units high, the hint wraps; a hairline on top; never scrolls."""

    back = Signal()
    primary = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.back_button = Button(self.tr("&Back"))
        self.primary_button = BusyButton("", "primary")
        self.primary_button.setDefault(True)
        self._glyph = StateGlyph("info", size=4)
        self._glyph.hide()
        self._hint = WrapLabel("", "body", "muted")
        self._lead = row(gap=2)
        self._lead.addWidget(self.back_button)
        self._actions = row(gap=2)
        said = row(gap=2.5)
        said.addWidget(self._glyph)
        said.addWidget(self._hint, 1, Qt.AlignmentFlag.AlignVCenter)
        # The hint stands between the buttons, or over them where there is no room.
        self._line = grid(gap=2.5, margins=_MARGINS)
        self._said = QWidget()
        self._said.setLayout(said)
        self._narrow = False
        self._line.setColumnStretch(1, 1)
        self._line.addLayout(self._lead, 1, 0)
        self._line.addWidget(self._said, 1, 1)
        self._line.addLayout(self._actions, 1, 2)
        self._line.addWidget(self.primary_button, 1, 3)
        body = column(self, gap=0)
        body.addWidget(Hairline())
        body.addLayout(self._line, 1)
        self.back_button.clicked.connect(self.back)
        self.primary_button.clicked.connect(self.primary)
        self.set_primary("")
        self.retheme()

    def retheme(self) -> None:
        self.setMinimumHeight(theme().s(16) + 1)

    def minimumSizeHint(self) -> QSize:
        """As narrow as the buttons: the hint can stand over them."""
        least = super().minimumSizeHint()
        return least if self._narrow else QSize(least.width() - self._said.minimumSizeHint().width(), least.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < theme().s(NARROW)
        if narrow != self._narrow:
            self._narrow = narrow
            self._place_hint()
            set_units(self._line, 2.5, thin(_MARGINS, self.width()))

    def _place_hint(self) -> None:
        self._line.removeWidget(self._said)
        if self._narrow:
            self._line.addWidget(self._said, 0, 0, 1, 4)
        else:
            self._line.addWidget(self._said, 1, 1)
        self._said.setVisible(bool(self._hint.text()) or not self._narrow)

    def set_back(self, text: str | None) -> None:
        """The text of the button at the left, None to hide it."""
        self.back_button.setText(text or "")
        self.back_button.setVisible(bool(text))

    def set_primary(self, text: str, kind: Kind = "primary", icon: str = "") -> None:
        """The text of the button at the right, empty to hide it."""
        self.primary_button.set_kind(kind)
        if icon:
            self.primary_button.set_icon(icon)
        self.primary_button.setText(text)
        self.primary_button.setVisible(bool(text))

    def set_busy(self, verb: str | None) -> None:
        """The primary button at work ("Signing in…"), or None."""
        self.primary_button.set_busy(verb)

    def set_hint(self, text: str, tone: str = "muted", glyph: str = "") -> None:
        """One sentence. `glyph` is a StateGlyph state; with the tones danger and warning it comes by itself."""
        glyph = glyph or {"danger": "failed", "warning": "warning"}.get(tone, "")
        self._hint.setText(text)
        self._hint.set_tone(tone)
        self._said.setVisible(bool(text) or not self._narrow)
        self._glyph.setVisible(bool(glyph) and bool(text))
        if glyph:
            self._glyph.set_state(glyph)

    def hint(self) -> str:
        """The sentence shown."""
        return self._hint.text()

    def add_action(self, text: str, kind: Kind = "secondary", *, leading: bool = False) -> Button:
        """Append a button before the primary one, or at the left (Cancel run…, Run again)."""
        button = Button(text, kind)
        (self._lead if leading else self._actions).addWidget(button)
        return button

    def remove_action(self, button: Button) -> None:
        """Take an added button away."""
        self._lead.removeWidget(button)
        self._actions.removeWidget(button)
        button.hide()
        button.deleteLater()
