"""Cards and banners: flat surfaces with a hairline, or a soft fill."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from isowright_gui.theme import set_property
from isowright_gui.theme_tokens import word_token
from isowright_gui.widgets.buttons import Button, IconButton, Kind
from isowright_gui.widgets.glyphs import Icon
from isowright_gui.widgets.labels import Hairline, Label, WrapLabel
from isowright_gui.widgets.layouts import column, row, set_units


class Card(QFrame):
    """A surface with a hairline, padding 4; `padded=False` for lists, whose rows bring their own. Never one in another.

    `body` is its column.
    """

    def __init__(self, *, padded: bool = True, gap: float = 2, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.body: QVBoxLayout = column(
            self, gap=gap if padded else 0, margins=(4, 4, 4, 4) if padded else (0, 0, 0, 0)
        )
        if not padded:
            self.body.setContentsMargins(1, 1, 1, 1)
            self.body.setProperty("units", None)

    def add(self, widget: QWidget) -> None:
        """Append a widget."""
        self.body.addWidget(widget)

    def add_line(self, indent: float = 0) -> Hairline:
        """Append a hairline that starts `indent` units from the left: under the text, not under the icon."""
        line, holder = Hairline(), row(margins=(indent, 0, 0, 0), gap=0)
        holder.addWidget(line)
        self.body.addLayout(holder)
        return line


class Banner(QFrame):
    """One per screen at most: icon, strong sentence, consequence, buttons at the right. Signal `dismissed` by its ×."""

    dismissed = Signal()

    def __init__(
        self,
        title: str,
        text: str = "",
        *,
        tone: str = "accent",
        icon: str = "info",
        closable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", "soft")
        self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        one_line = not text
        line = row(self, gap=3, margins=(4, 2, 3, 2) if one_line else (4, 3, 3, 3))
        self._icon = Icon(icon, word_token(tone), size=4.5)
        words = column(gap=0.5)
        self.title = WrapLabel(title, "body" if one_line else "strong")
        self.text = WrapLabel(text, parent=self)
        self.text.setVisible(bool(text))
        words.addWidget(self.title)
        words.addWidget(self.text)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter if one_line else Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        self._actions: QHBoxLayout = row(gap=3)
        line.addLayout(self._actions)
        if closable:
            close = IconButton("x", self.tr("Dismiss"), small=True)
            close.clicked.connect(self.dismissed)
            line.addWidget(close, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)

    def add_action(self, text: str, kind: Kind = "secondary") -> Button:
        """Append a button: ghost for Leave, link in one-line banners, else secondary."""
        button = Button(text, kind)
        self._actions.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        return button

    def set_texts(self, title: str, text: str = "", tone: str = "") -> None:
        """Change what it says and, if given, its tone."""
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        if tone:
            set_property(self, "tone", tone)
            self._icon.set_icon(self._icon._name, word_token(tone))  # noqa: SLF001  same package, same picture


class Section(QWidget):
    """A heading with something at its right (a link, a count) over a body column."""

    def __init__(self, heading: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = Label(heading, "heading")
        self.head: QHBoxLayout = row(gap=3)
        self.head.addWidget(self.heading)
        self.head.addStretch(1)
        self.body: QVBoxLayout = column(self, gap=2)
        set_units(self.body, 2)
        self.body.addLayout(self.head)
        self.setAccessibleName(heading)

    def add_head(self, widget: QWidget) -> None:
        """Put a widget at the right of the heading."""
        self.head.addWidget(widget)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Append to the body."""
        self.body.addWidget(widget, stretch)
