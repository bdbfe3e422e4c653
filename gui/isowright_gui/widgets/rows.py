"""Rows of cards: resources of a run, checks before it, things that open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QSizePolicy, QWidget

from isowright_gui.theme import theme
from isowright_gui.widgets.buttons import Button
from isowright_gui.widgets.card import Card, Section
from isowright_gui.widgets.glyphs import STATES, Icon, StateGlyph, state_word
from isowright_gui.widgets.labels import ElidedLabel, Hairline, Label, WrapLabel
from isowright_gui.widgets.layouts import clear, column, row


class Resource(NamedTuple):
    """Something that a run made: name, kind in words, Phosphor icon; its fate as a state and a word.

    States: done (exists), running (being made or deleted), deleted, kept, warning, failed.
    """

    name: str
    kind: str
    icon: str = "disc"
    state: str = "done"
    word: str = ""


class ResourceRow(QWidget):
    """Name; below it glyph, fate word, kind."""

    def __init__(self, resource: Resource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = Icon(resource.icon, "muted", size=4.5)
        self._name = ElidedLabel("", "body")
        self._glyph = StateGlyph("done", size=3.5)
        self._word = Label("", "label")
        self._kind = ElidedLabel("", "caption", "muted", mode=Qt.TextElideMode.ElideRight)
        fate = row(gap=1)
        fate.addWidget(self._glyph)
        fate.addWidget(self._word)
        fate.addWidget(self._kind, 1)
        words = column(gap=0)
        words.addWidget(self._name)
        words.addLayout(fate)
        line = row(self, gap=3, margins=(4, 2, 4, 2))
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        self.set_resource(resource)

    def set_resource(self, resource: Resource) -> None:
        """Show another fate."""
        word = resource.word or (self.tr("Exists") if resource.state == "done" else state_word(resource.state))
        self._icon.set_icon(resource.icon)
        self._name.setText(resource.name)
        self._glyph.set_state(resource.state)
        self._word.setText(word)
        tone = STATES[resource.state]
        self._word.set_tone("muted" if tone == "neutral" else tone)
        self._kind.setText(f"· {resource.kind}")
        self.setAccessibleName(f"{resource.name}: {word}, {resource.kind}")


class ResourcePanel(Section):
    """ "Made by this run": rows in a card, one sentence under it about what is deleted or billed."""

    def __init__(self, heading: str = "", parent: QWidget | None = None) -> None:
        super().__init__(heading, parent)
        if not heading:
            self.heading.setText(self.tr("Made by this run"))
            self.setAccessibleName(self.heading.text())
        self._card = Card(padded=False)
        self._sentence = WrapLabel("", "caption", "muted")
        self._empty = WrapLabel(self.tr("Nothing yet."), "body", "muted")
        self._rows: list[ResourceRow] = []
        self._shown: list[Resource] = []
        self._list = column(gap=0)
        self._card.body.addLayout(self._list)
        holder = row(margins=(4, 3, 4, 3))
        holder.addWidget(self._empty)
        self._card.body.addLayout(holder)
        self._holder = holder
        self.add(self._card)
        self.add(self._sentence)
        self.body.addStretch(1)
        self._sentence.hide()

    def set_resources(self, resources: Sequence[Resource]) -> None:
        """Show these; rows are kept by position."""
        if list(resources) == self._shown:
            return
        self._shown = list(resources)
        if len(resources) < len(self._rows):
            clear(self._list)
            self._rows = []
        for at, resource in enumerate(resources):
            if at < len(self._rows):
                self._rows[at].set_resource(resource)
                continue
            if at:
                indent = row(gap=0, margins=(11.5, 0, 0, 0))
                indent.addWidget(Hairline())
                self._list.addLayout(indent)
            fresh = ResourceRow(resource)
            self._rows.append(fresh)
            self._list.addWidget(fresh)
        self._empty.setVisible(not resources)
        self._holder.setProperty("units", [2, 4, 3, 4, 3] if not resources else [0, 0, 0, 0, 0])
        margins = (theme().s(4), theme().s(3)) if not resources else (0, 0)
        self._holder.setContentsMargins(margins[0], margins[1], margins[0], margins[1])

    def set_sentence(self, text: str) -> None:
        """ "All of these are deleted again at Clean up."; empty to hide it."""
        self._sentence.setText(text)
        self._sentence.setVisible(bool(text))


class _Remedies(QWidget):
    """A button and another one; the other goes under the first where both do not fit side by side."""

    def __init__(self, first: Button, second: Button, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons = (first, second)
        self._line: QBoxLayout = row(self, gap=1.5)
        for button in self._buttons:
            self._line.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._line.addStretch(1)

    def minimumSizeHint(self) -> QSize:
        """As narrow as the wider one: the layout's own hint would keep the window wide."""
        widths = [each.sizeHint().width() for each in self._buttons if not each.isHidden()]
        return QSize(max(widths, default=0), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """To be called when their words have changed."""
        shown = [each for each in self._buttons if not each.isHidden()]
        self.setVisible(bool(shown))
        wide = sum(each.sizeHint().width() for each in shown) + self._line.spacing() * (len(shown) - 1)
        way = QBoxLayout.Direction.TopToBottom if wide > self.width() else QBoxLayout.Direction.LeftToRight
        if way != self._line.direction():
            self._line.setDirection(way)


class CheckItem(QWidget):
    """One preflight check: glyph, label, word at the right; why and small remedy buttons only when something is wrong.

    Signals `remedy` when the first button is pressed, `other` for the second. `set_check(state, word, why, remedy,
    other)`: states done, warning, failed, running, waiting, skipped.
    """

    remedy = Signal()
    other = Signal()

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._glyph = StateGlyph("waiting", size=4.5)
        self.label = WrapLabel(label)
        self._word = Label("", "label", "muted")
        self._why = WrapLabel("", "caption", "muted")
        self.button: Button | None = None  # made when something is wrong: most checks never need one
        self.second: Button | None = None
        self._remedies: _Remedies | None = None
        head = row(gap=3)
        head.addWidget(self.label, 1)
        head.addWidget(self._word, 0, Qt.AlignmentFlag.AlignTop)
        self._words = words = column(gap=1)
        words.addLayout(head)
        words.addWidget(self._why)
        line = row(self, gap=2.5, margins=(4, 2, 4, 2))
        line.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        self.set_check("waiting")

    @property
    def buttons(self) -> tuple[Button, ...]:
        """Those that there are, shown or not."""
        return tuple(each for each in (self.button, self.second) if each is not None)

    def state(self) -> str:
        """The state shown."""
        return self._glyph.state()

    def set_check(self, state: str, word: str = "", why: str = "", remedy: str = "", other: str = "") -> None:
        """Show a result; the words default to Fine, Look, Must fix, Checking…"""
        usual = {
            "done": self.tr("Fine"),
            "warning": self.tr("Look"),
            "failed": self.tr("Must fix"),
            "running": self.tr("Checking…"),
        }
        said = word or usual.get(state) or state_word(state)
        self._glyph.set_state(state)
        self._word.setText(said)
        tone = STATES[state]
        self._word.set_tone("muted" if tone == "neutral" else tone)
        self._why.setText(why)
        self._why.setVisible(bool(why))
        self._show_remedies(remedy, other)
        self.setAccessibleName(f"{self.label.text()}: {said}")
        self.setAccessibleDescription(why)

    def _show_remedies(self, *texts: str) -> None:
        if self._remedies is None:
            if not any(texts):
                return
            self.button, self.second = Button("", small=True), Button("", small=True)
            self._remedies = _Remedies(self.button, self.second)
            self._words.addWidget(self._remedies)
            self.button.clicked.connect(self.remedy)
            self.second.clicked.connect(self.other)
        for button, text in zip(self.buttons, texts, strict=True):
            button.setText(text)
            button.setVisible(bool(text))
        self._remedies.arrange()


class ListRow(QAbstractButton):
    """A row of two lines that opens on click, Enter or Space: glyph, name and second line, facts, chevron.

    `facts` are texts in columns of a fixed width in units; a widget can be put in `slot` (a bar, a chip).
    """

    def __init__(
        self,
        title: str,
        second: str = "",
        *,
        glyph: str = "",
        tone: str = "muted",
        facts: Sequence[tuple[str, float]] = (),
        opens: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._opens = opens
        self._glyph = StateGlyph(glyph or "waiting", size=4.5)
        self._glyph.setVisible(bool(glyph))
        self.title = Label(title)
        self.second = ElidedLabel(second, "caption", tone, mode=Qt.TextElideMode.ElideRight)
        self.beside = row(gap=2)
        self.beside.addWidget(self.title)
        self.beside.addStretch(1)
        words = column(gap=0.5)
        words.addStretch(1)
        words.addLayout(self.beside)
        words.addWidget(self.second)
        words.addStretch(1)
        line = row(self, gap=3, margins=(4, 0, 4, 0))
        line.addWidget(self._glyph)
        line.addLayout(words, 1)
        self.slot = row(gap=3)
        line.addLayout(self.slot)
        self._facts: list[ElidedLabel] = []
        self._widths: list[float] = []
        for at, (text, width) in enumerate(facts):
            fact = ElidedLabel(text, "caption", "muted")
            fact.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            side = Qt.AlignmentFlag.AlignRight if at == len(facts) - 1 else Qt.AlignmentFlag.AlignLeft
            fact.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self._facts.append(fact)
            self._widths.append(width)
            line.addWidget(fact)
        if opens:
            line.addWidget(Icon("caret-right", "muted"))
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._name()
        self.retheme()

    def set_state(self, glyph: str, second: str, tone: str = "muted") -> None:
        """Change glyph and second line."""
        self._glyph.setVisible(bool(glyph))
        if glyph:
            self._glyph.set_state(glyph)
        self.second.setText(second)
        self.second.set_tone(tone)
        self._name()

    def set_fact(self, at: int, text: str) -> None:
        """Change a fact."""
        self._facts[at].setText(text)
        self._name()

    def _name(self) -> None:
        self.setAccessibleName(self.title.text())
        facts = [self.second.text(), *(fact.text() for fact in self._facts)]
        self.setAccessibleDescription(", ".join(fact for fact in facts if fact))

    def retheme(self) -> None:
        for fact, width in zip(self._facts, self._widths, strict=True):
            fact.setFixedWidth(theme().s(width))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(theme().s(100), theme().s(13))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.update()

    def enterEvent(self, _event: object) -> None:
        self.update()

    def leaveEvent(self, _event: object) -> None:
        self.update()

    def keyPressEvent(self, event: object) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:  # type: ignore[attr-defined]
            self.click()
            return
        super().keyPressEvent(event)  # type: ignore[arg-type]

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not (self.underMouse() or self.isDown()) or not self.isEnabled():
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color("neutral_soft" if self.isDown() else "hover"))
            inset = theme().s(1)
            rect = QRectF(self.rect()).adjusted(inset, 1, -inset, -1)
            painter.drawRoundedRect(rect, theme().s(1.5), theme().s(1.5))
