"""The optional public IP: what it is for, what it costs, its line and speed."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QWidget

from isowright.recipe import NetworkSpec
from isowright_gui.widgets import CheckRow, ComboBox, Field, SpinBox, column, row

MAX_MBIT = 300  # what a new address may have without asking for more


class PublicIpForm(QWidget):
    """Signal `changed`; `answer()` is (wanted, type, Mbit/s)."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.wanted = CheckRow(
            self.tr("Give the server a public &IP"),
            self.tr(
                "Only for installers that load packages (cloud-init, for instance) from the internet, where the subnet "
                "has no way out of its own; the console does without. "
                "It costs by the hour or by traffic, and is deleted with the server."
            ),
        )
        self.kind = ComboBox(self._kinds())
        self.mbit = SpinBox(5, 1, MAX_MBIT, suffix=self.tr(" Mbit/s"))
        self.details = QWidget()
        line = row(self.details, gap=4, margins=(6.5, 0, 0, 0))
        line.addWidget(Field(self.tr("&Line"), self.kind), 1, Qt.AlignmentFlag.AlignTop)
        line.addWidget(Field(self.tr("B&andwidth"), self.mbit), 1, Qt.AlignmentFlag.AlignTop)
        body = column(self, gap=3)
        body.addWidget(self.wanted)
        body.addWidget(self.details)
        self.details.hide()
        self.wanted.toggled.connect(self._toggled)
        self.kind.activated.connect(lambda _: self.changed.emit())
        self.mbit.valueChanged.connect(lambda _: self.changed.emit())

    def _kinds(self) -> list[tuple[str, str]]:
        return [(self.tr("Dynamic BGP"), "5_bgp"), (self.tr("Static BGP"), "5_sbgp")]

    def answer(self) -> tuple[bool, str, int]:
        """(wanted, type, Mbit/s)."""
        return self.wanted.isChecked(), str(self.kind.currentData()), self.mbit.value()

    def show_answer(self, network: NetworkSpec) -> None:
        """Show what is answered; a type of a cloud's own stays what it is."""
        if (network.public_ip, network.public_ip_type, network.public_ip_mbit) == self.answer():
            return
        with QSignalBlocker(self.wanted.box), QSignalBlocker(self.kind), QSignalBlocker(self.mbit):
            self.wanted.setChecked(network.public_ip)
            if self.kind.findData(network.public_ip_type) < 0:
                self.kind.addItem(network.public_ip_type, network.public_ip_type)
            self.kind.choose(network.public_ip_type)
            self.mbit.setValue(network.public_ip_mbit)
        self.details.setVisible(network.public_ip)

    def _toggled(self, wanted: bool) -> None:
        self.details.setVisible(wanted)
        self.changed.emit()
