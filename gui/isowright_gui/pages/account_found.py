"""What other programs on this computer sign in with, offered beside the form. Nothing is taken over without a click."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from isowright.flow import cloud_title
from isowright_gui.theme import theme
from isowright_gui.widgets import Button, Card, Hairline, Label, WrapLabel, clear, column, row

if TYPE_CHECKING:
    from isowright.found import Finding

_MOST = 5


class FoundCard(Card):
    """Hidden while there is nothing to offer, or nobody to offer it to. `wanted` carries a Finding."""

    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(gap=3, parent=parent)
        self.buttons: list[Button] = []
        self._any, self._asked = False, True
        self.add(Label(self.tr("Found on this computer"), "strong"))
        self._rows = column(gap=3)
        self.body.addLayout(self._rows)
        self.retheme()
        self.hide()

    def retheme(self) -> None:
        self.setFixedWidth(theme().s(72))

    def set_wanted(self, wanted: bool) -> None:
        """Whether somebody has yet to sign in."""
        self._asked = wanted
        self.setVisible(self._any and wanted)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """The first few of them, those that can be used before those that cannot."""
        clear(self._rows)
        self.buttons = []
        ordered = sorted(findings, key=lambda finding: (finding.login is None, not finding.usable))
        for finding in ordered[:_MOST]:
            self._rows.addWidget(Hairline())
            self._rows.addWidget(self._row(finding))
        if len(ordered) > _MOST:
            more = self.tr("{count} more: isowright accounts").format(count=len(ordered) - _MOST)
            self._rows.addWidget(WrapLabel(more, "caption", "muted"))
        self._any = bool(findings)
        self.setVisible(self._any and self._asked)

    def _row(self, finding: Finding) -> QWidget:
        holder = QWidget()
        lines = column(holder, gap=0.5)
        head = row(gap=2)
        head.addWidget(Label(finding.title, "body"), 1)
        if finding.usable:
            button = Button(self.tr("Fill in"), "link", small=True)
            button.setAccessibleName(self.tr("Fill in from {title}").format(title=finding.title))
            button.clicked.connect(lambda: self.wanted.emit(finding))
            self.buttons.append(button)
            head.addWidget(button)
        lines.addLayout(head)
        account = finding.account
        where = account.region or cloud_title(account.cloud) if finding.usable else ""
        facts = " · ".join(part for part in (where, finding.who) if part)
        for words, tone in ((facts, ""), (finding.origin, "muted"), (finding.problem, "warning")):
            if words:
                lines.addWidget(WrapLabel(words, "caption", tone))
        return holder
