"""Words: labels in one of the theme's types and tones, labels that wrap or elide, header of a page, key–value rows."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from isowright_gui.theme import set_property, set_type
from isowright_gui.widgets.layouts import column, row


class Label(QLabel):
    """Plain text (never guessed to be HTML) in one of theme.TYPES and, optionally, a tone of the sheet."""

    def __init__(
        self,
        text: str = "",
        kind: str = "body",
        tone: str = "",
        *,
        tabular: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        set_type(self, kind, tabular=tabular)
        if tone:
            self.setProperty("tone", tone)
        self.setText(text)

    def set_tone(self, tone: str) -> None:
        """text, muted, accent, success, warning, danger."""
        set_property(self, "tone", tone)


class WrapLabel(Label):
    """A sentence: wraps, may be selected with the mouse, takes any width it is given."""

    def __init__(
        self,
        text: str = "",
        kind: str = "body",
        tone: str = "",
        *,
        selectable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, kind, tone, parent=parent)
        self.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def minimumSizeHint(self) -> QSize:
        # QLabel's own guess of a narrow column would make the page's minimum height grow with each sentence.
        widest = max((self.fontMetrics().horizontalAdvance(word) for word in self.text().split()), default=0)
        return QSize(min(widest, self.fontMetrics().averageCharWidth() * 12), self.fontMetrics().height())


class ElidedLabel(QLabel):
    """An identifier on one line, shortened in the middle; the full text is its tooltip and its accessible name.

    `text()` is always the full text.
    """

    def __init__(
        self,
        text: str = "",
        kind: str = "body",
        tone: str = "",
        *,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        set_type(self, kind)
        if tone:
            self.setProperty("tone", tone)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setAccessibleName(text)
        self._hint()

    def set_tone(self, tone: str) -> None:
        """As Label.set_tone."""
        set_property(self, "tone", tone)

    def elided(self) -> bool:
        """Whether the text is shown shortened now."""
        return self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 1, self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._hint()

    def _hint(self) -> None:
        self.setToolTip(self.text() if self.elided() else "")

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            rect = self.contentsRect()
            shown = self.fontMetrics().elidedText(self.text(), self._mode, rect.width())
            self.style().drawItemText(
                painter,
                rect,
                int(self.alignment() | Qt.AlignmentFlag.AlignVCenter),
                self.palette(),
                self.isEnabled(),
                shown,
                self.foregroundRole(),
            )


class PageHeader(QWidget):
    """Title and one muted sentence; a screen reader hears the title as the name of the group."""

    def __init__(self, title: str = "", sentence: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ElidedLabel(title, "title")  # names of images are part of some
        self.sentence = WrapLabel(sentence, "body", "muted")
        box = column(self, gap=0.5)
        box.addWidget(self.title)
        box.addWidget(self.sentence)
        self.set_texts(title, sentence)

    def set_texts(self, title: str, sentence: str, tone: str = "muted") -> None:
        """Change both lines; `tone` is the sentence's."""
        self.title.setText(title)
        self.sentence.setText(sentence)
        self.sentence.set_tone(tone)
        self.sentence.setVisible(bool(sentence))
        self.setAccessibleName(title)


class Hairline(QFrame):
    """One pixel between things, a frame of its own height: borders of a sheet blur at fractional ratios."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "hairline")
        self.setFixedHeight(1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)


class KeyValue(QWidget):
    """A fact: muted label, value. `stacked` puts the value below; `mono` is for identifiers, which can be selected.

    With `glyph` (a StateGlyph state such as "done" or "warning") the row begins with that state, as on the ISO card.
    """

    def __init__(
        self,
        key: str,
        value: str = "",
        *,
        stacked: bool = False,
        mono: bool = False,
        glyph: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        kind = "mono" if mono else "body"
        self._key = Label(key, "caption" if stacked else "body", "muted")
        self._glyph = None
        self.value: Label | ElidedLabel
        if stacked:
            self.value = ElidedLabel(value, kind)
            box = column(self, gap=0.25)
            box.addWidget(self._key)
            box.addWidget(self.value)
        else:
            self.value = WrapLabel(value, kind, selectable=mono)
            self.value.setAlignment(Qt.AlignmentFlag.AlignRight)
            line = row(self, gap=2)
            if glyph:
                from isowright_gui.widgets.glyphs import StateGlyph

                self._glyph = StateGlyph(glyph, size=4)
                line.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(self._key, 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(self.value, 1)
        self.setAccessibleName(f"{key}: {value}")

    def set_value(self, value: str, glyph: str = "") -> None:
        """Change the value, and the state of the glyph if there is one."""
        self.value.setText(value)
        self.setAccessibleName(f"{self._key.text()}: {value}")
        if glyph and self._glyph is not None:
            self._glyph.set_state(glyph)
