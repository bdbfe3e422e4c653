"""Two profiles side by side: what differs, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from isowright.flow import title
from isowright.profile_diff import Difference, diff
from isowright.profiles import ProfileInfo
from isowright_gui.dialogs import Dialog, answered
from isowright_gui.models import Column, RowsModel
from isowright_gui.theme import theme
from isowright_gui.widgets import ComboBox, Field, StatefulList, Table, TableCard


class CompareDialog(Dialog):
    """`first` against one of `others`, all of which can be used. Call `use`."""

    def __init__(self, parent: QWidget | None, first: ProfileInfo, others: Sequence[ProfileInfo]) -> None:
        super().__init__(
            parent, QCoreApplication.translate("CompareDialog", "Compare “{name}”").format(name=first.name)
        )
        self._first = first
        self._others = {info.name: info for info in others}
        self.setMaximumWidth(theme().s(220))
        self.setMinimumWidth(theme().s(180))
        self.other = ComboBox()
        self.other.set_items([(name, name) for name in self._others], keep=False)
        self.body.addWidget(Field(self.tr("&With"), self.other))
        self.model: RowsModel[Difference] = RowsModel([], key=lambda one: one.field, parent=self)
        self.table: Table | None = None
        self.list: StatefulList | None = None
        self._place = self.body.count()
        self.other.currentIndexChanged.connect(lambda _: self._show())
        self._show()
        self.add_buttons([("", self.tr("&Close"), "primary")])

    async def use(self) -> None:
        """Show it, until it is closed."""
        await answered(self)

    def _show(self) -> None:
        """The table anew: its headings are the names of the two."""
        other = self._others[str(self.other.currentData())]
        assert self._first.recipe is not None
        assert other.recipe is not None
        found = diff(self._first.recipe, other.recipe)
        nothing = self.tr("not answered")
        self.model = RowsModel(
            [
                Column(self.tr("Answer"), lambda one: f"{title(one.step)}: {one.label}", width=50),
                Column(self._first.name, lambda one: one.words[0] or nothing, width=60),
                Column(other.name, lambda one: one.words[1] or nothing),
            ],
            key=lambda one: one.field,
            parent=self,
        )
        self.model.set_rows(found)
        self.table = Table(self.model, self.tr("What differs"))
        former, self.list = self.list, StatefulList(TableCard(self.table), rows=5)
        self.list.setMinimumHeight(theme().s(80))
        if former is not None:
            self.body.removeWidget(former)
            former.deleteLater()
        self.body.insertWidget(self._place, self.list, 1)
        if found:
            self.list.set_content()
        else:
            self.list.set_empty(
                self.tr("No difference"), self.tr("Both profiles have the same answers."), icon="equals"
            )
