"""What a run may cost: each thing that is billed, for how long, and for how much where a price table says so."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from isowright.bill import Bill, Billable, money
from isowright.errors import AppError
from isowright.pipeline.estimates import span
from isowright_gui.widgets import Card, ElidedLabel, Label, Section, WrapLabel, clear, column, row


class BillCard(Section):
    """`show_bill` fills it; the lines are in the order of the bill."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.heading.setText(self.tr("What may cost, and for how long"))
        self.setAccessibleName(self.heading.text())
        card = Card(gap=2)
        self._rows = column(gap=1.5)
        self.note = WrapLabel("", "caption", "muted", selectable=True)
        card.body.addLayout(self._rows)
        card.add(self.note)
        self.add(card)
        self.lines: list[str] = []
        self._shown: tuple[Bill, str] | None = None

    def show_bill(self, bill: Bill, where: str, error: AppError | None = None) -> None:
        """where: the path of the price table. error: why it cannot be used."""
        note = f"{error.title} {error.detail} {error.remedy}" if error is not None else self._note(bill, where)
        if self._shown == (bill, note):
            return
        self._shown = (bill, note)
        clear(self._rows)
        self.lines = []
        for each in bill.rows:
            self._line(each.text, self._time(each), self._cost(each, bill))
        if bill.currency and bill.once is not None:
            self._line(self.tr("All that is deleted again"), "", money(bill.once, bill.currency), strong=True)
        self.note.setText(note)
        self.note.set_tone("danger" if error is not None else "muted")

    def _line(self, text: str, time: str, cost: str, *, strong: bool = False) -> None:
        line = row(gap=3)
        line.addWidget(ElidedLabel(text, "strong" if strong else "body", mode=Qt.TextElideMode.ElideRight), 1)
        line.addWidget(Label(time, "caption", "muted"))
        if cost:
            line.addWidget(Label(cost, "strong" if strong else "body", tabular=True))
        self._rows.addLayout(line)
        self.lines.append(" · ".join(part for part in (text, time, cost) if part))

    def _time(self, each: Billable) -> str:
        if each.stays:
            return self.tr("stays")
        if each.seconds is None and each.kind.startswith("test-"):
            return self.tr("until it has booted")
        if each.seconds is None:
            return self.tr("until clean-up")
        return self.tr("about {time}, then deleted").format(time=span(each.seconds))

    def _cost(self, each: Billable, bill: Bill) -> str:
        if not bill.currency:
            return ""
        if each.gb_month is not None:
            return self.tr("{price} {currency} a GB and month").format(
                price=f"{each.gb_month:g}", currency=bill.currency
            )
        if each.amount is None:
            return ""
        cost = money(each.amount, bill.currency)
        return self.tr("{cost} a month").format(cost=cost) if each.stays else cost

    def _note(self, bill: Bill, where: str) -> str:
        if bill.runs == 1:
            times = self.tr("Times are those of 1 earlier run of this computer here.")
        elif bill.runs:
            times = self.tr("Times are those of {count} earlier runs of this computer here.").format(count=bill.runs)
        else:
            times = self.tr("How long that is, the first run here will tell.")
        if bill.free:
            return f"{times} " + self.tr("Nothing is billed on the practice cloud.")
        if bill.currency:
            return f"{times} " + self.tr("Prices are from {file}.").format(file=where)
        return f"{times} " + self.tr("No prices are known for this cloud; {file} may hold yours.").format(file=where)
