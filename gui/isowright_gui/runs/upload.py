"""What the operator can do while the ISO is uploaded: pause, go on, change the limit. And its progress in words."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QWidget

from isowright.events import Transfer
from isowright.flow import size_text
from isowright_gui.theme import theme
from isowright_gui.widgets import Button, Label, SpinBox, WrapLabel, column, row

STAGE = "upload-iso"
MAX_LIMIT = 10_000  # MB/s
_UNITS = ((1 << 30, "GiB", 1), (1 << 20, "MiB", 0), (1 << 10, "KiB", 0))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Build", text)


def amounts(transfer: Transfer) -> str:
    """ "1.2 of 4.3 GiB"."""
    size, unit, digits = next((u for u in _UNITS if transfer.total >= u[0]), _UNITS[-1])
    done, total = transfer.done / size, max(transfer.total / size, 1 if size == 1 << 10 else 0)
    return _tr("{done} of {total} {unit}").format(done=f"{done:.{digits}f}", total=f"{total:.{digits}f}", unit=unit)


def rate(per_second: float) -> str:
    """ "85 MB/s"."""
    mb = per_second / 1e6
    return _tr("{rate} MB/s").format(rate=f"{mb:.0f}" if mb >= 10 else f"{mb:.1f}")


def left(seconds: float) -> str:
    """ "42 s left", "3 min left", "1 h 05 min left": as exact as such a guess is."""
    if seconds < 60:
        return _tr("{s} s left").format(s=max(1, math.ceil(seconds)))
    if seconds < 3600:
        return _tr("{m} min left").format(m=math.ceil(seconds / 60))
    whole = math.ceil(seconds / 60)
    return _tr("{h} h {m:02} min left").format(h=whole // 60, m=whole % 60)


def transfer_words(transfer: Transfer) -> str:
    """The live line."""
    if transfer.paused:
        kept = _tr("Paused · {amounts} safe in the bucket").format(amounts=amounts(transfer))
        again = _tr("{size} under way are sent again").format(size=size_text(transfer.again))
        return f"{kept}, {again}" if transfer.again else kept
    parts = [amounts(transfer)]
    if transfer.rate > 0:
        parts.append(rate(transfer.rate))
    if transfer.left is not None:
        parts.append(left(transfer.left))
    return " · ".join(parts)


class UploadPanel(QWidget):
    """Signals by the operator: `pause_wanted(bool)`, `limit_wanted(float)` in MB/s, 0 = none."""

    pause_wanted = Signal(bool)
    limit_wanted = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paused = False
        self.pause = Button(_tr("&Pause"), "secondary", "pause", small=True)
        self.pause.clicked.connect(lambda: self.pause_wanted.emit(not self._paused))
        self._label = Label(_tr("&Limit"), "label", "muted")
        self.limit = SpinBox(0, 0, MAX_LIMIT, suffix=_tr(" MB/s"))
        self.limit.setKeyboardTracking(False)  # "100" is not first a limit of 1 and of 10
        self.limit.setSpecialValueText(_tr("No limit"))
        self.limit.setAccessibleName(_tr("Bandwidth limit"))
        self.limit.valueChanged.connect(lambda value: self.limit_wanted.emit(float(value)))
        self._label.setBuddy(self.limit)
        line = row(gap=3)
        line.addWidget(self.pause)
        line.addStretch(1)
        line.addWidget(self._label)
        line.addWidget(self.limit)
        self.note = WrapLabel(
            _tr(
                "It goes on with what is safe in the bucket: after a pause, a lost connection, the end of this program."
            ),
            "caption",
            "muted",
        )
        body = column(self, gap=1.5, margins=(0, 1, 0, 0))
        body.addLayout(line)
        body.addWidget(self.note)
        self.retheme()

    def retheme(self) -> None:
        self.limit.setFixedWidth(theme().s(36))

    def show_state(self, *, paused: bool, limit: float) -> None:
        """As the run has it; what is being typed is left alone."""
        if paused != self._paused:
            self._paused = paused
            self.pause.setText(_tr("R&esume") if paused else _tr("&Pause"))
            self.pause.set_icon("play" if paused else "pause")
        if math.ceil(limit) != self.limit.value() and not self.limit.lineEdit().hasFocus():
            blocked = self.limit.blockSignals(True)
            self.limit.setValue(math.ceil(limit))
            self.limit.blockSignals(blocked)

    def paused(self) -> bool:
        return self._paused

    def focus(self) -> None:
        self.pause.setFocus(Qt.FocusReason.OtherFocusReason)
