"""What shall become of the temporary server if this computer never comes back."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from isowright.recipe import MAX_AUTO_DELETE, ServerSpec
from isowright_gui.theme import theme
from isowright_gui.widgets import Card, CheckRow, Section, SpinBox, WrapLabel, column, row


class _Sentence(QWidget):
    """A box and its number; the number goes under the words where both do not fit side by side."""

    def __init__(self, box: CheckRow, number: SpinBox, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words, self._number = box, number
        self._line: QBoxLayout = row(self, gap=2)
        self._line.addWidget(box)
        self._line.addWidget(number)
        self._line.addStretch(1)

    def minimumSizeHint(self) -> QSize:
        """As narrow as the words alone: the layout's own hint would keep the window wide."""
        return QSize(self._words.sizeHint().width(), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self._words.sizeHint().width() + self._line.spacing() + self._number.sizeHint().width()
        under = event.size().width() < wide
        way = QBoxLayout.Direction.TopToBottom if under else QBoxLayout.Direction.LeftToRight
        if way != self._line.direction():
            self._line.setDirection(way)
            self._line.setAlignment(self._number, Qt.AlignmentFlag.AlignLeft if under else Qt.AlignmentFlag(0))


class LostCard(Section):
    """Signal `changed(hours)`: after how many hours the cloud deletes the server by itself, 0 = never."""

    changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.heading.setText(self.tr("If this computer is lost"))
        self.setAccessibleName(self.heading.text())
        self.wanted = CheckRow(self.tr("&Delete the temporary server by itself after"))
        self.hours = SpinBox(ServerSpec().auto_delete_hours, 1, MAX_AUTO_DELETE, suffix=self.tr(" h"))
        self.hours.setAccessibleName(self.tr("Hours until the cloud deletes the temporary server"))
        # Neither grows nor shrinks: the number stands next to its sentence.
        self.hours.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        words = self.tr("The cloud does it, disks included; a run under way puts it off.")
        self.wanted.box.setAccessibleDescription(words)
        self.hours.setAccessibleDescription(words)
        under = row(margins=(6.5, 0, 0, 0))
        under.addWidget(WrapLabel(words, "caption", "muted"))
        card = Card()
        lines = column(gap=1)
        lines.addWidget(_Sentence(self.wanted, self.hours))
        lines.addLayout(under)
        card.body.addLayout(lines)
        self.add(card)
        self.wanted.toggled.connect(self._toggled)
        self.hours.valueChanged.connect(lambda _: self._tell())
        self.retheme()

    def retheme(self) -> None:
        widest = self.hours.fontMetrics().horizontalAdvance(f"{MAX_AUTO_DELETE}{self.hours.suffix()}")
        self.hours.setFixedWidth(max(theme().s(20), widest + theme().s(10)))

    def answer(self) -> int:
        """Hours; 0 = never."""
        return self.hours.value() if self.wanted.isChecked() else 0

    def show_answer(self, hours: int) -> None:
        """Never leaves the number as it was, so that ticking again brings it back."""
        with QSignalBlocker(self.wanted.box), QSignalBlocker(self.hours):
            self.wanted.setChecked(bool(hours))
            if hours and hours != self.hours.value():
                self.hours.setValue(hours)
        self.hours.setEnabled(bool(hours))
        self._name()

    def _toggled(self, wanted: bool) -> None:
        self.hours.setEnabled(wanted)
        self._tell()

    def _tell(self) -> None:
        self._name()
        self.changed.emit(self.answer())

    def _name(self) -> None:
        """The whole sentence, as it is read by eye."""
        name = self.tr("Delete the temporary server by itself after {hours} hours")
        self.wanted.box.setAccessibleName(name.format(hours=self.hours.value()))
