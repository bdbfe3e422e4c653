"""The checks before a run: running side by side, each row live, the worst first once all have ended."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from isowright import flow
from isowright.checks import AGAIN, Check, Finding, Remedy
from isowright_gui.theme import theme
from isowright_gui.widgets import Button, Card, CheckItem, Hairline, Label, Section, column, row

_STATES = {"fine": "done", "look": "warning", "must-fix": "failed", "skipped": "skipped"}
_WORST = {"must-fix": 0, "look": 1, "skipped": 3, "fine": 2}


def buttons(finding: Finding) -> tuple[Remedy, ...]:
    """At most two remedies that get a button: looking again has one below the list, and stands here if it is alone."""
    if finding.verdict in ("fine", "skipped"):
        return ()
    telling = [each for each in finding.remedies if each.kind != "again"]
    return tuple(telling or finding.remedies or (AGAIN,))[:2]


class ChecksPanel(Section):
    """Signals: `wanted(remedy)`, `again`. `findings()` are those that ended, worst first at the end."""

    wanted = Signal(object)
    again = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent, heading="")
        self.heading.setText(self.tr("Checks"))
        self.setAccessibleName(self.heading.text())
        self.count = Label("", "label", "muted", tabular=True)
        self.add_head(self.count)
        self.items: dict[str, CheckItem] = {}
        self._lines: dict[str, QWidget] = {}
        self._titles: dict[str, str] = {}
        self._order: list[str] = []
        self._found: dict[str, Finding] = {}
        self._card = Card(padded=False)
        self._rows = column(gap=0)
        self._card.body.addLayout(self._rows)
        self._card.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.add(self._card)
        self.again_button = Button(self.tr("Chec&k again"), "link", "arrow-clockwise")
        self.again_button.clicked.connect(self.again)
        foot = row(margins=(1, 0, 0, 0))
        foot.addWidget(self.again_button)
        foot.addStretch(1)
        self.body.addLayout(foot)
        self.retheme()

    def retheme(self) -> None:
        self.setMinimumWidth(theme().s(78))
        self.setMaximumWidth(theme().s(84))

    # -- what the page says

    def begin(self, checks: Sequence[Check]) -> Iterator[None]:
        """All of them run from now on, in the order shown until now. Their rows are made a few at a time: the window
        should answer between them."""
        self._found = {}
        self._count()
        for item in self.items.values():
            item.set_check("running")
        if not self._titles:
            self._titles = {check.id: check.title for check in checks}
            self._order = list(self._titles)
            self._count()
        # A round that was cut short has made some of them.
        for number, check_id in enumerate([each for each in self._order if each not in self.items]):
            self._add_row(check_id, lined=bool(self.items))
            if number % 2:
                yield
        self._order_tab()

    def show_finding(self, finding: Finding) -> None:
        """One has ended; its row stays where it is."""
        self._found[finding.id] = finding
        item = self.items[finding.id]
        word = self.tr("Later") if finding.verdict == "skipped" else ""
        texts = [self._words(each) for each in buttons(finding)]
        item.set_check(_STATES[finding.verdict], word, self._why(finding), *texts)
        for button in item.buttons:
            button.setAccessibleDescription(f"{finding.title}: {finding.why}")
        self._order_tab()
        self._count()

    def finish(self) -> None:
        """All have ended: the worst first."""
        places = {check_id: at for at, check_id in enumerate(self._titles)}
        wanted = sorted(self._titles, key=lambda one: (_WORST[self._found[one].verdict], places[one]))
        if wanted != self._order:
            focused = next((one for one, item in self.items.items() if item.isAncestorOf(self.focusWidget())), None)
            self._order = wanted
            self._lay_out()
            if focused is not None and (button := self.items[focused].button) is not None:
                button.setFocus()

    def stop(self) -> None:
        """The page is left, or they cannot be run: nothing turns any more."""
        for check_id, item in self.items.items():
            if check_id not in self._found:
                item.set_check("waiting", self.tr("Not checked"))
        self._count()

    def findings(self) -> list[Finding]:
        """Those that ended."""
        return [self._found[one] for one in self._order if one in self._found]

    def done(self) -> bool:
        """Whether all have ended."""
        return bool(self._titles) and len(self._found) == len(self._titles)

    def progress(self) -> tuple[int, int]:
        """How many have ended, of how many."""
        return len(self._found), len(self._titles)

    def first_remedy(self) -> QWidget | None:
        """The button of the first check that must be fixed, None if there is none."""
        found = next((one for one in self.findings() if one.verdict == "must-fix"), None)
        return self.items[found.id].button if found is not None else None

    # --

    def _count(self) -> None:
        ended, total = self.progress()
        self.count.setText(self.tr("{done} of {all} done").format(done=ended, all=total))

    def _why(self, finding: Finding) -> str:
        if finding.verdict == "fine":
            return ""
        return " ".join(part for part in (finding.why, finding.advice) if part)

    def _words(self, remedy: Remedy) -> str:
        if remedy.text:
            return remedy.text
        if remedy.kind == "go":
            return self.tr("Go to {step}").format(step=flow.title(remedy.target.partition(".")[0]))
        usual = {"sign-in": self.tr("Sign in again"), "leftovers": self.tr("Find leftovers")}
        return usual.get(remedy.kind, self.tr("Check again"))

    def _pressed(self, check_id: str, number: int) -> None:
        finding = self._found.get(check_id)
        if finding is not None and number < len(chosen := buttons(finding)):
            self.wanted.emit(chosen[number])

    def _add_row(self, check_id: str, *, lined: bool) -> None:
        """A row, and above it a hairline that begins under the text."""
        item = CheckItem(self._titles[check_id])
        item.set_check("running")
        item.remedy.connect(lambda: self._pressed(check_id, 0))
        item.other.connect(lambda: self._pressed(check_id, 1))
        line, above = QWidget(), row(gap=0, margins=(11, 0, 0, 0))
        above.addWidget(Hairline())
        line.setLayout(above)
        if not lined:
            line.hide()
        self.items[check_id], self._lines[check_id] = item, line
        self._rows.addWidget(line)
        self._rows.addWidget(item)

    def _lay_out(self) -> None:
        """Rows in order."""
        for at, check_id in enumerate(self._order):
            for place, widget in ((2 * at, self._lines[check_id]), (2 * at + 1, self.items[check_id])):
                if self._rows.indexOf(widget) != place:
                    self._rows.removeWidget(widget)
                    self._rows.insertWidget(place, widget)
            self._lines[check_id].setVisible(at > 0)
        self._order_tab()

    def _order_tab(self) -> None:
        """From the first row's buttons down to Check again."""
        stops = [each for check_id in self._order for each in self.items[check_id].buttons]
        for first, second in itertools.pairwise([*stops, self.again_button]):
            QWidget.setTabOrder(first, second)
