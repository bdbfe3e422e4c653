"""Server: the temporary machine on which the OS is installed, and whose data disk becomes the image."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QWidget

from isowright.cloud.disk_types import offered
from isowright.cloud.models import AvailabilityZone, Flavor, VolumeType
from isowright.errors import AppError
from isowright.recipe import ServerSpec, Step
from isowright_gui.pages.server_disks import DisksForm, type_name
from isowright_gui.pages.server_flavors import FlavorPicker, FlavorRow, Offer, sort_out
from isowright_gui.services import Services
from isowright_gui.session import WizardSession
from isowright_gui.widgets import CheckRow, column
from isowright_gui.wizard.page import Hint, Page

LISTS = "list"


@dataclass(frozen=True)
class _Trouble:
    field: str
    text: str
    shown: bool  # at once, not only when Continue was pressed


class ServerPage(Page):
    """Preselects the best flavor and disk type; an answer that can no longer be had is kept and said so."""

    step: Step = "server"

    def __init__(self, services: Services, session: WizardSession, parent: QWidget | None = None) -> None:
        super().__init__(services, session, parent)
        self.picker = FlavorPicker()
        self.disks = DisksForm()
        body = column(self, gap=6)
        self.next_flavor = CheckRow(
            self.tr("If it is sold out at &launch, take the next that fits"),
            self.tr("Otherwise the run stops there and offers it."),
        )
        top = column(gap=3)
        top.addWidget(self.picker, 1)
        top.addWidget(self.next_flavor)
        body.addLayout(top, 1)
        body.addWidget(self.disks)
        self._zones: list[AvailabilityZone] = []
        self._types: list[VolumeType] | None = None
        self._any_type = False  # the operator accepts other kinds of flavors
        self._preselected = ""
        self._revealed = False
        self._error: AppError | None = None
        self.picker.zone_chosen.connect(self._zone_chosen)
        self.picker.flavor_chosen.connect(self._flavor_chosen)
        self.picker.refresh.connect(lambda: self._load(fresh=True))
        self.picker.anyway.connect(self._accept_any_type)
        self.next_flavor.toggled.connect(lambda wanted: self._answer(next_flavor=wanted))
        self.disks.type_chosen.connect(lambda name: self._answer(volume_type=name))
        self.disks.sizes_changed.connect(lambda system, data: self._answer(system_disk=system, data_disk=data))
        self.disks.retry.connect(lambda: self.tasks.spawn(self._list_types(fresh=True), name="types", replace=True))
        session.changed.connect(self._show_answers)
        session.signed.connect(self._forget)
        self.disks.show_kept(self._server.volume_type)
        self._show_answers()

    @property
    def _server(self) -> ServerSpec:
        return self.session.recipe.server

    def _answer(self, **answers: Any) -> None:
        recipe = self.session.recipe
        self.edit(replace(recipe, server=replace(recipe.server, **answers)))

    # -- what the shell asks

    @property
    def title(self) -> str:
        return self.tr("Temporary server")

    @property
    def subtitle(self) -> str:
        return self.tr("A small machine the OS is installed on. It is deleted when the image is made.")

    @property
    def problem(self) -> str | None:
        found = self._troubles()
        return found[0].text if found else None

    @property
    def hint(self) -> Hint:
        if self._error is not None:
            return Hint(self._error.title, "danger")
        troubles = self._troubles()
        if (told := next((one for one in troubles if one.shown or self._revealed), None)) is not None:
            return Hint(told.text, "danger")
        chosen = self._chosen_row()
        if chosen is not None and chosen.own_risk:
            text = self.tr("{flavor} at your own risk: {reason}").format(flavor=chosen.id, reason=chosen.caution)
            return Hint(text, "warning")
        if chosen is not None and chosen.id == self._preselected:
            return Hint(self.tr("{flavor} is preselected: smallest that fits").format(flavor=chosen.id))
        return Hint()

    def first_focus(self) -> QWidget | None:
        picker = self.picker
        if picker.list.state() == "error":
            return picker.list.notice.first
        troubles = self._troubles()
        if not troubles or (picker.offer is None and not self._revealed):
            return picker.filter  # what is missing may yet be preselected
        field = troubles[0].field
        if field in self.disks.fields:
            return self.disks.fields[field].control
        return picker.zone if field == "availability_zone" else picker.way_out()

    def control_of(self, field: str) -> QWidget | None:
        if field in self.disks.fields:
            return self.disks.fields[field].control
        controls: dict[str, QWidget] = {"availability_zone": self.picker.zone, "flavor_id": self.picker.table}
        return controls.get(field)

    def reveal_problem(self) -> None:
        self._revealed = True
        self._show_answers()
        super().reveal_problem()
        self.state_changed.emit()

    async def enter(self) -> None:
        await asyncio.gather(self._list(fresh=False), self._list_types(fresh=False))

    # -- lists

    def _load(self, *, fresh: bool) -> None:
        async def both() -> None:
            await asyncio.gather(self._list(fresh=fresh), self._list_types(fresh=fresh))

        self.tasks.cancel("enter")  # it may be about to show another zone
        self.tasks.spawn(both(), name=LISTS, replace=True)

    async def _list(self, *, fresh: bool) -> None:
        """Zones, then the flavors of the one chosen. What fails is said in the list's place, answers stay."""
        offer = self.picker.offer
        keep = offer is not None and offer.zone == self._server.availability_zone
        if not keep or fresh:
            self.picker.show_loading(self._server.availability_zone, keep=keep and self._error is None)
        self._error = None
        try:
            self._zones = await self.session.fetch("zones", lambda cloud: cloud.ecs.availability_zones(), fresh=fresh)
            zone = self._choose_zone()
            if not zone:
                self.picker.show_no_zone()
                self.state_changed.emit()
                return
            if not keep:
                self.picker.show_loading(zone, keep=False)
            flavors = await self._flavors(zone, fresh=fresh)
            chosen = self._server.flavor_id
            found = await asyncio.to_thread(sort_out, flavors, zone, any_type=self._any_type)
            if not self._any_type and chosen and found.find(chosen) not in found.fitting:
                # An answer given at own risk, for instance by a profile, still is.
                relaxed = await asyncio.to_thread(sort_out, flavors, zone, any_type=True)
                if relaxed.find(chosen) in relaxed.fitting:
                    self._any_type, found = True, relaxed
            self._show_offer(found)
        except AppError as error:
            self._error = error
            self.picker.show_error(error)
        self.state_changed.emit()

    async def _flavors(self, zone: str, *, fresh: bool = False) -> list[Flavor]:
        return await self.session.fetch(("flavors", zone), lambda cloud: cloud.ecs.flavors(zone), fresh=fresh)

    def _choose_zone(self) -> str:
        """The zone to look into; the first open one is preselected. "" = there is none."""
        zone = self._server.availability_zone
        if not zone:
            zone = next((one.name for one in self._zones if one.available), "")
            if zone:
                self._answer(availability_zone=zone)
        self.picker.show_zones(self._zones, zone)
        self._show_types()
        return zone

    def _show_offer(self, offer: Offer) -> None:
        if offer.zone != self._server.availability_zone:
            return
        if not self._server.flavor_id and offer.fitting and not offer.any_type:
            best = offer.fitting[0]
            self._preselected = best.id
            self._answer(flavor_id=best.id, flavor_note=best.note)
        self.picker.show_offer(offer, self._server.flavor_id)
        if not offer.fitting and offer.excluded:
            self.tasks.spawn(self._look_elsewhere(offer.zone), name="elsewhere", replace=True, on_error=lambda _: None)

    async def _look_elsewhere(self, zone: str) -> None:
        """Which other open zones have fitting flavors, for the button that leads to the one that has most."""
        counts: dict[str, int] = {}
        for other in [one.name for one in self._zones if one.available and one.name != zone]:
            flavors = await self._flavors(other)
            found = await asyncio.to_thread(sort_out, flavors, other)
            if found.fitting:
                counts[other] = len(found.fitting)
                if self.picker.offer is not None and self.picker.offer.zone == zone:
                    self.picker.say_nothing_fits(counts)

    async def _list_types(self, *, fresh: bool) -> None:
        try:
            self._types = await self.session.fetch("volume types", lambda cloud: cloud.evs.volume_types(), fresh=fresh)
        except AppError as error:
            self._types = None
            self.disks.show_error(error)
            self.state_changed.emit()
            return
        self._show_types()

    def _show_types(self) -> None:
        zone = self._server.availability_zone
        if self._types is None or not zone:
            return
        names = offered(self._types, zone)
        if not self._server.volume_type and names:
            self._answer(volume_type=names[0])
        self.disks.show_types(names, self._server.volume_type)
        self._show_fields()
        self.state_changed.emit()

    # -- what the operator does

    def _zone_chosen(self, zone: str) -> None:
        if zone == self._server.availability_zone:
            return
        self._any_type, self._preselected, self._revealed = False, "", False
        self._answer(availability_zone=zone)
        self._load(fresh=False)

    def _flavor_chosen(self, flavor_id: str) -> None:
        if flavor_id == self._server.flavor_id or self.picker.offer is None:
            return
        chosen = self.picker.offer.find(flavor_id)
        self._preselected = ""
        self._answer(flavor_id=flavor_id, flavor_note=chosen.note if chosen else "")

    def _accept_any_type(self) -> None:
        self._any_type = True
        self.picker.filter.clear()
        self._load(fresh=False)

        async def look() -> None:
            self.picker.table.setFocus()

        self.tasks.spawn(look(), name="focus")

    # -- what is shown

    def _chosen_row(self) -> FlavorRow | None:
        offer = self.picker.offer
        return offer.find(self._server.flavor_id) if offer is not None else None

    def _troubles(self) -> list[_Trouble]:
        """What stops this page, in its order: missing and impossible answers, and those that can be had no more."""
        found = {
            one.field: _Trouble(one.field, f"{one.message} {one.remedy}", one.field.endswith("_disk"))
            for one in self.session.recipe.problems("server")
        }
        for field, text in (
            ("availability_zone", self._zone_trouble()),
            ("flavor_id", self._flavor_trouble()),
            ("volume_type", self._type_trouble()),
        ):
            if text and field not in found:
                found[field] = _Trouble(field, text, shown=True)
        order = ("availability_zone", "flavor_id", "volume_type", "system_disk", "data_disk")
        return sorted(found.values(), key=lambda one: order.index(one.field))

    def _zone_trouble(self) -> str:
        zone = self._server.availability_zone
        if not self._zones or any(one.name == zone and one.available for one in self._zones):
            return ""
        return self.tr("{zone} takes no servers now. Choose another zone.").format(zone=zone)

    def _flavor_trouble(self) -> str:
        offer, flavor = self.picker.offer, self._server.flavor_id
        if offer is None or offer.zone != self._server.availability_zone or not flavor:
            return ""
        chosen = offer.find(flavor)
        if chosen is None:
            return self.tr("{flavor} is not to be had in {zone} now. Choose another flavor.").format(
                flavor=flavor, zone=offer.zone
            )
        if chosen.reason:
            return self.tr("{flavor} cannot be used: {reason}. Choose another flavor.").format(
                flavor=flavor, reason=chosen.reason
            )
        return ""

    def _type_trouble(self) -> str:
        name, zone = self._server.volume_type, self._server.availability_zone
        if self._types is None or not name or name in offered(self._types, zone):
            return ""
        return self.tr("{kind} is not to be had in {zone} now. Choose another disk type.").format(
            kind=type_name(name), zone=zone
        )

    def _show_answers(self) -> None:
        server = self._server
        self.disks.show_sizes(server, self.session.recipe.image.min_disk)
        with QSignalBlocker(self.next_flavor.box):
            self.next_flavor.setChecked(server.next_flavor)
        if self.picker.zone.currentData() != server.availability_zone:
            self.picker.show_zones(self._zones, server.availability_zone)
        if self._types is None:
            self.disks.show_kept(server.volume_type)
        elif self.disks.kind.currentData() != server.volume_type:
            self.disks.show_types(offered(self._types, server.availability_zone), server.volume_type)
        chosen = self.picker.table.chosen()
        if (chosen.id if chosen is not None else "") != server.flavor_id:
            self.picker.choose(server.flavor_id)
        self._show_fields()

    def _show_fields(self) -> None:
        troubles = {one.field: one for one in self._troubles()}
        for name, field in self.disks.fields.items():
            if name == "volume_type" and self.disks.failed:
                continue
            trouble = troubles.get(name)
            told = trouble is not None and (trouble.shown or self._revealed)
            field.set_error(trouble.text if trouble is not None and told else None)

    def _forget(self) -> None:
        """Another sign-in may see other flavors."""
        self._zones, self._types, self._any_type, self._preselected = [], None, False, ""
        self.picker.offer = None
