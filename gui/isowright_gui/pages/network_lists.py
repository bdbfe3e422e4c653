"""The lists of the Network page: subnets with their free addresses, security groups of which several may be ticked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from isowright.cloud.group_rules import in_words
from isowright.cloud.models import SecurityGroup, Subnet
from isowright.errors import AppError
from isowright_gui.models import Column, RowsModel
from isowright_gui.theme import theme
from isowright_gui.widgets import ChipSpec, SearchEdit, StatefulList, Table, TableCard, column

FILTER_FROM = 8  # rows from which on a filter helps


def _tr(text: str) -> str:
    return QCoreApplication.translate("NetworkPage", text)


def make_one() -> str:
    """The button of an empty list."""
    return _tr("Make one for this run")


def error_words(error: AppError) -> tuple[str, str, str]:
    """Title, sentence and details of an error in a list's place."""
    kept = _tr("Your choices are kept.")
    details = " ".join(part for part in (error.code, error.request_id) if part)
    return error.title, " ".join(part for part in (error.detail, error.remedy, kept) if part), details


def subnet_reason(subnet: Subnet) -> str:
    """Why a server cannot be put there, "" if it can."""
    return _tr("No free address") if subnet.free_addresses is not None and subnet.free_addresses < 1 else ""


def _subnet_chips(subnet: Subnet) -> list[ChipSpec]:
    if reason := subnet_reason(subnet):
        return [ChipSpec(reason, "neutral")]
    if not subnet.dhcp_enable:
        return [ChipSpec(_tr("DHCP is off"), "warning")]
    if subnet.free_addresses is not None and subnet.free_addresses < 5:
        return [ChipSpec(_tr("Few left"), "warning")]
    return [ChipSpec(_tr("Available"), "success")]


def _free(subnet: Subnet) -> str:
    return "–" if subnet.free_addresses is None else f"{subnet.free_addresses:,}"


class SubnetList(StatefulList):
    """Signal `subnet_chosen(Subnet)`."""

    subnet_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.model: RowsModel[Subnet] = RowsModel(
            [
                Column(_tr("Subnet"), lambda one: one.name),
                Column(_tr("Addresses"), lambda one: one.cidr, width=48, tone="muted"),
                Column(_tr("Free"), _free, width=20, align="right", tone="muted"),
                Column(_tr("State"), lambda _one: "", width=50, chips=_subnet_chips),
            ],
            key=lambda one: one.id,
            excluded=subnet_reason,
        )
        self.table = Table(self.model, _tr("Subnets"))
        super().__init__(TableCard(self.table), rows=3, parent=parent)
        self.model.setParent(self)
        self.table.chosen_changed.connect(self._chosen)
        self.setFocusProxy(self.table)

    def show_subnets(self, subnets: Sequence[Subnet], chosen: str, vpc: str) -> None:
        """The usable ones first, each group by name."""
        self.model.set_rows(sorted(subnets, key=lambda one: (bool(subnet_reason(one)), one.name.casefold(), one.id)))
        if not subnets:
            title = _tr("{vpc} has no subnet").format(vpc=vpc)
            text = _tr("Have a network made for this run, or make a subnet in the cloud's console and refresh.")
            self.set_empty(title, text, icon="tree-structure", action=make_one())
            return
        self.set_content()
        self.choose(chosen)

    def choose(self, subnet_id: str) -> None:
        """Mark the answer; nothing if it is not here or full."""
        blocked = self.table.blockSignals(True)
        if not subnet_id or not self.table.choose(subnet_id):
            self.table.choose(None)
        self.table.blockSignals(blocked)

    def _chosen(self, subnet: Subnet | None) -> None:
        if subnet is not None:
            self.subnet_chosen.emit(subnet)


class _GroupsModel(RowsModel[SecurityGroup]):
    """Knows which rows are ticked, and says so to screen readers."""

    def __init__(self) -> None:
        self.ticked: set[str] = set()
        super().__init__(
            [
                Column(_tr("Group"), lambda one: one.name, icon=self._box),
                Column(_tr("What it lets through"), self.rules_of, tone="muted", elide="right"),
            ],
            key=lambda one: one.id,
            search=lambda one: f"{one.name} {one.description} {self.rules_of(one)}",
        )

    def rules_of(self, group: SecurityGroup) -> str:
        """In plain words; its description where the cloud does not tell its rules."""
        return in_words(group, {one.id: one.name for one in self.rows()}) or _description(group)

    def _box(self, group: SecurityGroup) -> tuple[str, str]:
        return ("check-square-fill", "accent") if group.id in self.ticked else ("square", "neutral")

    def spoken(self, row: SecurityGroup, column: Column[SecurityGroup]) -> str:
        said = super().spoken(row, column)
        if column is not self.columns[0]:
            return said
        state = _tr("ticked") if row.id in self.ticked else _tr("not ticked")
        return f"{said}, {state}"


def _description(group: SecurityGroup) -> str:
    return "" if group.description == group.name else group.description


class GroupTable(Table):
    """Click and Space tick and untick a row; moving about changes nothing. Signal `toggled(id)`."""

    toggled = Signal(str)

    def __init__(self, model: _GroupsModel) -> None:
        super().__init__(model, _tr("Security groups"))
        self._groups = model

    def is_selected(self, position: int) -> bool:
        return self._groups.row_at(position).id in self._groups.ticked

    def _take(self, _index: QModelIndex | QPersistentModelIndex) -> None:
        pass  # the row that has the keyboard is not thereby chosen

    def _clicked(self, index: QModelIndex) -> None:
        self.toggled.emit(self._groups.row_at(index).id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            if self.currentIndex().isValid():
                self.toggled.emit(self._groups.row_at(self.currentIndex()).id)
            return
        super().keyPressEvent(event)


class GroupList(QWidget):
    """The groups, with a filter if they are many. Signals: `changed(ids, names)` of the ticked ones, `retry`."""

    changed = Signal(object, object)
    retry = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = _GroupsModel()
        self.model.setParent(self)
        self.table = GroupTable(self.model)
        self.table.horizontalHeader().hide()
        self.list = StatefulList(_Plain(self.table), rows=2)
        self.filter = SearchEdit(self.tr("Filter the groups"))
        self.filter.hide()
        body = column(self, gap=2)
        body.addWidget(self.filter)
        body.addWidget(self.list, 1)
        self.filter.textChanged.connect(self._filtered)
        self.list.clear_filter.connect(self.filter.clear)
        self.list.retry.connect(self.retry)
        self.table.toggled.connect(self._toggled)
        self.setFocusProxy(self.table)

    def show_groups(self, groups: Sequence[SecurityGroup], ticked: Collection[str]) -> None:
        """All groups, the ticked ones first so that they are seen without scrolling."""
        self.model.ticked = set(ticked)
        self.model.set_rows(sorted(groups, key=lambda one: (one.id not in ticked, one.name.casefold(), one.id)))
        self.filter.setVisible(len(groups) > FILTER_FROM)
        if groups:
            self._show_state()
        else:
            title = self.tr("No security group")
            self.list.set_empty(title, self.tr("The cloud takes its default one."), icon="shield")

    def tick(self, ticked: Collection[str]) -> None:
        """Show these as ticked, in the order that the rows have."""
        if set(ticked) != self.model.ticked:
            self.model.ticked = set(ticked)
            self.table.viewport().update()

    def show_error(self, error: AppError) -> None:
        """The groups could not be had."""
        self.list.set_error(*error_words(error), icon="shield-slash")

    def _toggled(self, group_id: str) -> None:
        self.model.ticked ^= {group_id}
        self.table.viewport().update()
        at = self.model.index(self.model.position(group_id), 0)
        self.model.dataChanged.emit(at, at)
        # Ticked ones that the list no longer names stay unticked: nobody could see or untick them.
        chosen = [one for one in self.model.rows() if one.id in self.model.ticked]
        self.changed.emit(tuple(one.id for one in chosen), tuple(one.name for one in chosen))

    def _filtered(self, text: str) -> None:
        self.model.set_filter(text)
        self._show_state()

    def _show_state(self) -> None:
        if self.model.shown():
            self.list.set_content()
        else:
            title = self.tr("No group matches “{text}”").format(text=self.model.filter())
            self.list.set_no_match(title, self.tr("{count} are hidden by the filter.").format(count=self.model.total()))


class _Plain(QWidget):
    """A table without a header in its card: a little air above and below the rows."""

    def __init__(self, table: Table, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        box = column(self, gap=0, margins=(0, 0.5, 0, 0.5))
        box.addWidget(table)
        self.setFocusProxy(table)


def rows_high(count: int, *, header: bool) -> int:
    """Pixels of a list card that shows `count` rows."""
    return theme().s(9 * count + (8.5 if header else 1)) + 4


def same_ids(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Equal but for the order."""
    return sorted(one) == sorted(other)
