"""The flavors of a zone, sorted into those that fit and those that do not, each with its reason; and their list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QCoreApplication, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QWidget

from isowright.cloud.flavors import describe, is_arm, judge, rank
from isowright.cloud.models import AvailabilityZone, Flavor
from isowright.errors import AppError
from isowright_gui.models import Column, RowsModel
from isowright_gui.theme import icon, set_type, theme
from isowright_gui.widgets import (
    Banner,
    ChipSpec,
    ComboBox,
    IconButton,
    SearchEdit,
    StatefulList,
    Table,
    TableCard,
    column,
    grid,
)
from isowright_gui.widgets.layouts import NARROW


def _tr(text: str) -> str:
    return QCoreApplication.translate("ServerPage", text)


@dataclass(frozen=True, slots=True)
class FlavorRow:
    """One row. `reason` "" = may be chosen; `caution` is a remark on one that may; ram in MB."""

    id: str
    vcpus: int
    ram: int
    kind: str
    note: str
    reason: str = ""
    caution: str = ""
    own_risk: bool = False
    best: bool = False


@dataclass(frozen=True)
class Offer:
    """What a zone offers: the fitting ones best first, the others by name."""

    zone: str
    fitting: tuple[FlavorRow, ...]
    excluded: tuple[FlavorRow, ...]
    any_type: bool = False

    def find(self, flavor_id: str) -> FlavorRow | None:
        """The row of a flavor, fitting or not."""
        return next((one for one in (*self.fitting, *self.excluded) if one.id == flavor_id), None)


def sort_out(flavors: Sequence[Flavor], zone: str, *, any_type: bool = False) -> Offer:
    """Takes 60 ms for 10,000 flavors: call it in a thread. any_type: other kinds than general computing fit as well."""
    best_first = rank(flavors, zone, any_type=any_type)
    fitting: list[FlavorRow] = []
    for flavor in best_first:
        verdict = judge(flavor, zone, any_type=any_type)
        strict = judge(flavor, zone) if any_type else verdict
        best = not fitting and not strict.reason and not verdict.note
        fitting.append(
            _row(flavor, caution=strict.reason or verdict.note, own_risk=bool(strict.reason), best=best),
        )
    known = {flavor.id for flavor in best_first}
    others = [flavor for flavor in flavors if flavor.id not in known]
    excluded = [_row(one, reason=judge(one, zone, any_type=any_type).reason) for one in others]
    return Offer(zone, tuple(fitting), tuple(sorted(excluded, key=lambda one: one.id)), any_type)


def _row(
    flavor: Flavor, *, reason: str = "", caution: str = "", own_risk: bool = False, best: bool = False
) -> FlavorRow:
    return FlavorRow(
        flavor.id, flavor.vcpus, flavor.ram, _kind(flavor), describe(flavor), reason, caution, own_risk, best
    )


def _kind(flavor: Flavor) -> str:
    if is_arm(flavor):
        return _tr("ARM")
    names = {
        "normal": _tr("General"),
        "entry": _tr("Entry-level"),
        "computingv3": _tr("Computing"),
        "cpuv1": _tr("Computing"),
        "cpuv2": _tr("Computing"),
        "highmem": _tr("Memory"),
        "saphana": _tr("Memory"),
        "diskintensive": _tr("Storage"),
        "highio": _tr("Storage"),
        "gpu": _tr("GPU"),
        "fpga": _tr("FPGA"),
        "ascend": _tr("AI"),
    }
    kind = flavor.specs.get("ecs:performancetype") or flavor.specs.get("hws:performancetype") or ""
    return names.get(kind, kind or _tr("Other"))


def _chips(flavor: FlavorRow) -> list[ChipSpec]:
    if flavor.reason:
        return [ChipSpec(flavor.reason, "neutral")]
    if flavor.caution:
        return [ChipSpec(flavor.caution, "warning")]
    available = ChipSpec(_tr("Available"), "success")
    return [ChipSpec(_tr("Recommended"), "accent"), available] if flavor.best else [available]


def _memory(flavor: FlavorRow) -> str:
    return f"{flavor.ram / 1024:g} GiB"


class FlavorPicker(QWidget):
    """Zone, filter and table. Knows nothing of recipes.

    Signals: `zone_chosen(name)`, `flavor_chosen(id)`, `refresh` (also: try again), `anyway` (other kinds of flavors may
    be taken).
    """

    zone_chosen = Signal(str)
    flavor_chosen = Signal(str)
    refresh = Signal()
    anyway = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.offer: Offer | None = None
        self._elsewhere = ""
        self._narrow = False
        self.zone = ComboBox()
        self.zone.setAccessibleName(self.tr("Availability zone"))
        self.zone.setPlaceholderText(self.tr("Choose a zone"))
        self.filter = SearchEdit(self.tr("Filter by name, vCPU or memory"))
        self.show_excluded = QCheckBox()
        set_type(self.show_excluded, "body")
        self.refresh_button = IconButton("arrow-clockwise", self.tr("Refresh the list"))
        self._bar = bar = grid(gap=3)
        bar.setColumnStretch(1, 1)
        bar.addWidget(self.zone, 0, 0)
        bar.addWidget(self.filter, 0, 1)
        bar.addWidget(self.show_excluded, 0, 2)
        bar.addWidget(self.refresh_button, 0, 3)
        self.banner = Banner("", " ", tone="warning", icon="warning")
        self.elsewhere_button = self.banner.add_action("")
        self.anyway_button = self.banner.add_action(self.tr("Use another &kind"))
        self.anyway_button.setAccessibleDescription(self.tr("Any flavor with 2 vCPU and KVM, at your own risk"))
        self.banner.hide()
        self.model: RowsModel[FlavorRow] = RowsModel(
            [
                Column(self.tr("Flavor"), lambda one: one.id, width=40),
                Column(self.tr("vCPU"), lambda one: str(one.vcpus), width=16, align="right", tone="muted"),
                Column(self.tr("Memory"), _memory, width=24, align="right", tone="muted"),
                Column(self.tr("Kind"), lambda one: one.kind, width=30, tone="muted"),
                Column(self.tr("Fit"), lambda _one: "", chips=_chips),
            ],
            key=lambda one: one.id,
            search=lambda one: f"{one.id} {one.vcpus} vcpu {_memory(one)} {one.kind}",
            excluded=lambda one: one.reason,
            parent=self,
        )
        self.table = Table(self.model, self.tr("Flavors"))
        self.list = StatefulList(TableCard(self.table), rows=5)
        body = column(self, gap=3)
        body.addLayout(bar)
        body.addWidget(self.banner)
        body.addWidget(self.list, 1)
        self.zone.activated.connect(lambda at: self.zone_chosen.emit(str(self.zone.itemData(at))))
        self.filter.textChanged.connect(self._filtered)
        self.show_excluded.toggled.connect(self._show_rows)
        self.refresh_button.clicked.connect(self.refresh)
        self.elsewhere_button.clicked.connect(lambda: self.zone_chosen.emit(self._elsewhere))
        self.anyway_button.clicked.connect(self.anyway)
        self.table.chosen_changed.connect(self._chosen)
        self.list.retry.connect(self.refresh)
        self.list.clear_filter.connect(self.filter.clear)
        down = QShortcut(QKeySequence(Qt.Key.Key_Down), self.filter)
        down.setContext(Qt.ShortcutContext.WidgetShortcut)
        down.activated.connect(self._into_table)
        self._name_checkbox()
        self.retheme()

    def retheme(self) -> None:
        self.zone.setMinimumWidth(theme().s(44))
        self.zone.setMaximumWidth(theme().s(56))
        self.list.setMinimumHeight(theme().s(56))

    def minimumSizeHint(self) -> QSize:
        """Narrow enough for the checkbox to stand under the filter."""
        return QSize(theme().s(80), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < theme().s(NARROW)
        if narrow == self._narrow:
            return
        self._narrow = narrow
        self._bar.removeWidget(self.show_excluded)
        if narrow:
            self._bar.addWidget(self.show_excluded, 1, 0, 1, 4)
        else:
            self._bar.addWidget(self.show_excluded, 0, 2)

    # -- what the page shows

    def show_zones(self, zones: Sequence[AvailabilityZone], chosen: str) -> None:
        """Closed zones are named, but cannot be chosen; the answer stays visible even if the cloud lists it no more."""
        items = [(one.name if one.available else self.tr("{zone}, closed").format(zone=one.name), one) for one in zones]
        names = [one.name for one in zones]
        open_names = [one.name for one in zones if one.available]
        with QSignalBlocker(self.zone):
            self.zone.set_items([(text, one.name) for text, one in items], keep=False)
            if chosen and chosen not in names:
                text = self.tr("{zone}, gone") if zones else "{zone}"  # without a list nobody knows
                self.zone.addItem(text.format(zone=chosen), chosen)
                names.append(chosen)
            rows = cast("QStandardItemModel", self.zone.model())
            for at, name in enumerate(names):
                self.zone.setItemIcon(at, icon("map-pin", "muted"))
                rows.item(at).setEnabled(name in open_names)
            self.zone.setCurrentIndex(self.zone.findData(chosen) if chosen else -1)

    def show_loading(self, zone: str, *, keep: bool) -> None:
        """Asking. `keep`: the same zone again, whose rows stay meanwhile."""
        if not keep:
            self.offer = None
            self.banner.hide()
            self.model.set_rows([])
            self._name_checkbox()
        words = self.tr("Asking for the flavors in {zone}…").format(zone=zone) if zone else self.tr("Asking for zones…")
        self.list.set_loading(words, keep=keep)

    def show_offer(self, offer: Offer, chosen: str, filter_text: str | None = None) -> None:
        """The flavors of the zone, and which of them is the answer."""
        self.offer = offer
        if filter_text is not None:
            self.filter.setText(filter_text)
        self._name_checkbox()
        self._show_rows()
        self.choose(chosen)
        nothing = not offer.fitting and bool(offer.excluded)
        if nothing:
            self.say_nothing_fits({})
        self.banner.setVisible(nothing)

    def choose(self, flavor_id: str) -> None:
        """Mark the answer; nothing if it is not here or does not fit."""
        with QSignalBlocker(self.table):
            if not flavor_id or not self.table.choose(flavor_id):
                self.table.choose(None)

    def say_nothing_fits(self, elsewhere: Mapping[str, int]) -> None:
        """The zone has no fitting flavor; how many others have, as far as known."""
        assert self.offer is not None
        self._elsewhere = zone = max(elsewhere, key=lambda name: elsewhere[name], default="")
        text = self.tr("An ISO needs general computing with 2 vCPU, at least 4 GiB, on KVM.")
        for other, count in elsewhere.items():
            found = self.tr("{zone} has {count} that fit.").format(zone=other, count=count)
            if count == 1:
                found = self.tr("{zone} has 1 that fits.").format(zone=other)
            text = f"{text} {found}"
        self.banner.set_texts(self.tr("No flavor in {zone} fits").format(zone=self.offer.zone), text)
        self.elsewhere_button.setText(self.tr("&Use {zone}").format(zone=zone))
        self.elsewhere_button.setVisible(bool(zone))
        self.anyway_button.setVisible(not self.offer.any_type)

    def way_out(self) -> QWidget:
        """Where somebody without a flavor goes: to the table, or to a button that leads to fitting ones."""
        if self.banner.isVisible():
            return self.elsewhere_button if self.elsewhere_button.isVisible() else self.anyway_button
        return self.table if self.model.shown() else self.filter

    def show_error(self, error: AppError) -> None:
        """It could not be had; answers are kept."""
        details = " ".join(part for part in (error.code, error.request_id) if part)
        kept = self.tr("Your choices are kept.")
        self.banner.hide()
        self.list.set_error(error.title, " ".join(part for part in (error.detail, error.remedy, kept) if part), details)

    def show_no_zone(self) -> None:
        """No zone is open."""
        self.list.set_empty(
            self.tr("No zone of this region is open"),
            self.tr("The cloud lists none that can take a server now. Refresh later, or choose another region."),
            icon="map-pin",
        )

    # --

    def _name_checkbox(self) -> None:
        count = len(self.offer.excluded) if self.offer is not None else 0
        self.show_excluded.setText(
            self.tr("Sho&w 1 that does not fit")
            if count == 1
            else self.tr("Sho&w {count} that do not fit").format(count=count)
        )
        # Where nothing fits, they are shown anyway.
        self.show_excluded.setVisible(count > 0 and self.offer is not None and bool(self.offer.fitting))

    def _show_rows(self) -> None:
        if self.offer is None:
            return
        # Where nothing fits, the reasons are what there is to see.
        all_of_them = self.show_excluded.isChecked() or not self.offer.fitting
        self.model.set_rows([*self.offer.fitting, *self.offer.excluded] if all_of_them else self.offer.fitting)
        self._show_state()

    def _show_state(self) -> None:
        if self.model.shown():
            self.list.set_content()
        elif self.model.total():
            words = self.tr("{count} are hidden by the filter.").format(count=self.model.total())
            self.list.set_no_match(self.tr("No flavor matches “{text}”").format(text=self.model.filter()), words)
        else:
            self.list.set_empty(
                self.tr("The cloud lists no flavor here"),
                self.tr("Choose another zone, or refresh the list."),
                icon="cpu",
            )

    def _filtered(self, text: str) -> None:
        self.model.set_filter(text)
        if self.list.state() in ("content", "no_match"):
            self._show_state()

    def _into_table(self) -> None:
        """Down in the filter: to the chosen row, or to the first of what was found, which is thereby chosen."""
        chosen = self.table.chosen()
        if chosen is None or self.model.position(chosen.id) < 0:
            shown = (self.model.row_at(at) for at in range(self.model.shown()))
            if (first := next((one for one in shown if not one.reason), None)) is not None:
                self.table.choose(first.id)
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _chosen(self, chosen: FlavorRow | None) -> None:
        if chosen is not None:
            self.flavor_chosen.emit(chosen.id)
