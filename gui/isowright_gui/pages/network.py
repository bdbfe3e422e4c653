"""Network: where the temporary server is plugged in, and whether it can be reached from outside."""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from isowright.cloud.group_rules import in_words, lets_everything_in, lets_nothing_out
from isowright.cloud.models import SecurityGroup, Subnet, Vpc
from isowright.errors import AppError
from isowright.recipe import OWN_NETWORK, NetworkSpec, Step
from isowright_gui.pages.network_lists import (
    GroupList,
    SubnetList,
    error_words,
    make_one,
    rows_high,
    same_ids,
    subnet_reason,
)
from isowright_gui.pages.network_public_ip import PublicIpForm
from isowright_gui.services import Services
from isowright_gui.session import WizardSession
from isowright_gui.theme import icon, theme
from isowright_gui.widgets import CheckRow, ComboBox, Field, IconButton, Section, WrapLabel, column, row
from isowright_gui.wizard.page import Hint, Page

LISTS = "list"


class NetworkPage(Page):
    """Preselects what was used last, else the only one. An answer that can no longer be had is kept and said so."""

    step: Step = "network"

    def __init__(self, services: Services, session: WizardSession, parent: QWidget | None = None) -> None:
        super().__init__(services, session, parent)
        self.own = CheckRow(
            self.tr("&Make a small private network for this run"),
            self.tr(
                "A VPC with one subnet ({addresses}), deleted again at Clean up. "
                "Costs nothing; takes one VPC of the quota."
            ).format(addresses=OWN_NETWORK),
        )
        self.vpc = ComboBox()
        self.vpc.setPlaceholderText(self.tr("Choose a VPC"))
        self.vpc_field = Field(self.tr("&VPC"), self.vpc)
        self.refresh_button = IconButton("arrow-clockwise", self.tr("Refresh the lists"))
        self.subnets = SubnetList()
        self.groups = GroupList()
        self.public_ip = PublicIpForm()
        self._subnets: tuple[str, list[Subnet]] | None = None  # of this VPC
        self._vpcs: list[Vpc] | None = None
        self._groups: list[SecurityGroup] | None = None
        self._used: NetworkSpec | None = None  # what the newest run here took
        self._recalling = asyncio.Lock()
        self._preselected = ""
        self._revealed = False
        self._error: AppError | None = None
        self._lay_out()
        self.vpc.activated.connect(lambda at: self._vpc_chosen(str(self.vpc.itemData(at))))
        self.refresh_button.clicked.connect(lambda: self._load(fresh=True))
        self.subnets.retry.connect(lambda: self._load(fresh=True))
        self.subnets.action.connect(lambda: self.own.setChecked(True))
        self.own.toggled.connect(self._own_toggled)
        self.subnets.subnet_chosen.connect(self._subnet_chosen)
        self.groups.retry.connect(lambda: self.tasks.spawn(self._list_groups(fresh=True), name="groups", replace=True))
        self.groups.changed.connect(self._groups_chosen)
        self.public_ip.changed.connect(self._public_ip_changed)
        session.changed.connect(self._show_answers)
        session.signed.connect(self._forget)
        self.retheme()
        self._show_answers()

    def _lay_out(self) -> None:
        bar = row(gap=2)
        bar.addWidget(self.vpc_field, 2)
        bar.addStretch(1)
        bar.addWidget(self.refresh_button, 0, Qt.AlignmentFlag.AlignBottom)
        groups = Section(self.tr("Security groups"))
        groups.add(self.groups, 1)
        self.rules = WrapLabel("", "caption", "muted")
        groups.add(self.rules)
        self.groups_section = groups
        outside = Section(self.tr("Public IP"))
        outside.add(self.public_ip)
        outside.body.addStretch(1)
        self._below = below = row(gap=6)
        below.addWidget(groups, 1)
        below.addWidget(outside, 1)
        self._body = body = column(self, gap=5)
        self.existing = QWidget()
        lists = column(self.existing, gap=3)
        lists.addLayout(bar)
        lists.addWidget(self.subnets, 1)
        top = column(gap=3)
        top.addWidget(self.own, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.existing, 1)
        body.addLayout(top, 3)
        body.addLayout(below, 2)

    def retheme(self) -> None:
        self.vpc_field.setMinimumWidth(theme().s(60))
        self.vpc_field.setMaximumWidth(theme().s(110))
        self.subnets.setMinimumHeight(rows_high(4, header=True))
        self.groups.list.setMinimumHeight(rows_high(3, header=False))

    def minimumSizeHint(self) -> QSize:
        """As narrow as one section: they can stand under each other."""
        return QSize(theme().s(80), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        down, beside = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._below.setDirection(down if self.width() < theme().s(110) else beside)

    @property
    def _network(self) -> NetworkSpec:
        return self.session.recipe.network

    def _answer(self, **answers: Any) -> None:
        recipe = self.session.recipe
        self.edit(replace(recipe, network=replace(recipe.network, **answers)))

    # -- what the shell asks

    @property
    def title(self) -> str:
        return self.tr("Network")

    @property
    def subtitle(self) -> str:
        return self.tr("Where the temporary server is plugged in. It takes one address until it is deleted.")

    @property
    def problem(self) -> str | None:
        found = self._trouble()
        return found[1] if found else None

    @property
    def hint(self) -> Hint:
        if self._error is not None:
            return Hint(self._error.title, "danger")
        trouble = self._trouble()
        if trouble is not None:
            return Hint(trouble[1], "danger") if trouble[2] or self._revealed else Hint()
        subnet = self._chosen_subnet()
        if caution := self._caution(subnet):
            return Hint(caution, "warning")
        if self._network.make and not self._network.public_ip:
            return Hint(self.tr("Nothing leads out of that network without a public IP. Most installers need none."))
        if self._preselected and subnet is not None:
            return Hint(self._preselected.format(subnet=subnet.name))
        return Hint()

    def _caution(self, subnet: Subnet | None) -> str:
        """What speaks against the network without forbidding it, "" if nothing does."""
        if subnet is not None and not subnet.dhcp_enable:
            text = self.tr("DHCP is off in {subnet}: the installer finds no network by itself. You can go on.")
            return text.format(subnet=subnet.name)
        ticked = [one for one in self._groups or () if one.id in self._network.security_group_ids]
        opened = next((one for one in ticked if lets_everything_in(one)), None)
        if opened is not None and self._network.public_ip:
            text = self.tr("{group} lets everybody in, and the server has a public IP. You can go on.")
            return text.format(group=opened.name)
        if ticked and lets_nothing_out(ticked):
            return self.tr("These groups let nothing out: an installer can load nothing. You can go on.")
        return ""

    def first_focus(self) -> QWidget | None:
        if self._network.make:
            return self.own
        if self.subnets.state() == "error":
            return self.subnets.notice.first
        trouble = self._trouble()
        if trouble is not None and trouble[0] == "subnet_id" and self.subnets.model.shown():
            return self.subnets.table
        return self.vpc

    def control_of(self, field: str) -> QWidget | None:
        controls: dict[str, QWidget] = {
            "vpc_id": self.vpc,
            "subnet_id": self.subnets.table,
            "security_group_ids": self.groups.table,
        }
        return controls.get(field)

    def reveal_problem(self) -> None:
        self._revealed = True
        super().reveal_problem()
        self._show_answers()
        self.state_changed.emit()

    async def enter(self) -> None:
        await asyncio.gather(self._list(fresh=False), self._list_groups(fresh=False))

    # -- lists

    def _load(self, *, fresh: bool) -> None:
        async def both() -> None:
            await asyncio.gather(self._list(fresh=fresh), self._list_groups(fresh=fresh))

        self.tasks.cancel("enter")  # it may be about to show another VPC
        self.tasks.spawn(both(), name=LISTS, replace=True)

    async def _list(self, *, fresh: bool) -> None:
        """VPCs, then the subnets of the one chosen. What fails is said in the list's place, answers stay."""
        keep = self._subnets is not None and self._subnets[0] == self._network.vpc_id and self._error is None
        self._error = None
        try:
            if not keep or fresh:
                self.subnets.set_loading(self.tr("Asking for VPCs and subnets…"), keep=keep)
            self._vpcs = await self.session.fetch("vpcs", lambda cloud: cloud.vpc.vpcs(), fresh=fresh)
            await self._recall()
            if self._network.make:
                self._show_vpcs(self._vpcs)
                return
            vpc = self._choose_vpc(self._vpcs)
            if vpc is None:
                return
            found = await self.session.fetch(("subnets", vpc.id), lambda cloud: cloud.vpc.subnets(vpc.id), fresh=fresh)
            if vpc.id == self._network.vpc_id:
                self._show_subnets(vpc, found)
        except AppError as error:
            self._error, self._subnets = error, None
            self.subnets.set_error(*error_words(error))
        finally:
            self._show_answers()
            self.state_changed.emit()

    async def _recall(self) -> None:
        """What the newest run of the same cloud, region and project took; asked once."""
        async with self._recalling:
            if self._used is None:
                self._used = await self._newest()

    async def _newest(self) -> NetworkSpec:
        here = self.session.recipe.account
        try:
            runs = await self.services.engine.runs()
        except AppError:
            return NetworkSpec()  # without a memory there is nothing to preselect
        for run in runs:
            there = run.recipe.account
            if (there.cloud, there.region) == (here.cloud, here.region) and there.project_id in ("", here.project_id):
                return run.recipe.network
        return NetworkSpec()

    def _choose_vpc(self, vpcs: list[Vpc]) -> Vpc | None:
        """The VPC to look into: the answer, else the last used, else the only one."""
        used = self._used or NetworkSpec()
        known = {one.id: one for one in vpcs}
        wanted = self._network.vpc_id
        if not wanted:
            if used.vpc_id in known:
                wanted = used.vpc_id
            elif len(vpcs) == 1:
                wanted = vpcs[0].id
            if wanted:
                self._answer(vpc_id=wanted, vpc_name=known[wanted].name)
        elif wanted in known and self._network.vpc_name != known[wanted].name:
            self._answer(vpc_name=known[wanted].name)
        self._show_vpcs(vpcs)
        if wanted in known:
            return known[wanted]
        self._subnets = None
        if not vpcs:
            self.subnets.set_empty(
                self.tr("No VPC in this project"),
                self.tr("Have one made for this run, or make one in the cloud's console and refresh."),
                icon="tree-structure",
                action=make_one(),
            )
        elif wanted:
            self.subnets.set_empty(
                self.tr("The VPC does not exist any more"),
                self.tr("Choose another one above. Nothing else is lost."),
                icon="tree-structure",
            )
        else:
            self.subnets.set_empty(
                self.tr("Choose a VPC"), self.tr("Its subnets are listed here."), icon="tree-structure"
            )
        return None

    def _show_kept_vpc(self) -> None:
        """The VPCs are not known (yet); the answer is."""
        kept = self._network.vpc_id
        with QSignalBlocker(self.vpc):
            self.vpc.set_items([(self._network.vpc_name or kept, kept)] if kept else [], keep=False)
            self.vpc.setCurrentIndex(0 if kept else -1)

    def _show_vpcs(self, vpcs: list[Vpc]) -> None:
        with QSignalBlocker(self.vpc):
            items = [(f"{one.name}  ({one.cidr})" if one.cidr else one.name, one.id) for one in vpcs]
            self.vpc.set_items(items, keep=False)
            for at in range(self.vpc.count()):
                self.vpc.setItemIcon(at, icon("tree-structure", "muted"))
            self.vpc.setCurrentIndex(self.vpc.findData(self._network.vpc_id) if self._network.vpc_id else -1)

    def _show_subnets(self, vpc: Vpc, subnets: list[Subnet]) -> None:
        self._subnets = (vpc.id, subnets)
        usable = {one.id: one for one in subnets if not subnet_reason(one)}
        used = self._used or NetworkSpec()
        if not self._network.subnet_id:
            if used.subnet_id in usable:
                self._take(usable[used.subnet_id])
                self._preselected = self.tr("{subnet} is preselected: used last")
            elif len(usable) == 1:
                self._take(next(iter(usable.values())))
                self._preselected = self.tr("{subnet} is preselected: the only one with free addresses")
        else:
            same = usable.get(self._network.subnet_id)
            if same is not None and same.name != self._network.subnet_name:
                self._take(same)
        self.subnets.show_subnets(subnets, self._network.subnet_id, vpc.name)

    async def _list_groups(self, *, fresh: bool) -> None:
        if self._groups is None:
            self.groups.list.set_loading(self.tr("Asking for security groups…"))
        try:
            groups = await self.session.fetch("security groups", lambda cloud: cloud.vpc.security_groups(), fresh=fresh)
            await self._recall()
        except AppError as error:
            self._groups = None
            self.groups.show_error(error)
            return
        first, self._groups = self._groups is None, groups
        self._match_groups(groups, first=first)
        self.groups.show_groups(groups, self._network.security_group_ids)
        self._show_rules()
        self.state_changed.emit()

    def _match_groups(self, groups: list[SecurityGroup], *, first: bool) -> None:
        """Preselect, or bring the answer in line with what there is."""
        known = {one.id: one.name for one in groups}
        wanted = self._network.security_group_ids
        if not wanted and first:
            used = (self._used or NetworkSpec()).security_group_ids
            wanted = tuple(one for one in used if one in known)
            if not wanted and len(groups) == 1:
                wanted = (groups[0].id,)
        kept = tuple(one for one in wanted if one in known)
        names = tuple(known[one] for one in kept)
        if kept != self._network.security_group_ids or names != self._network.security_group_names:
            self._answer(security_group_ids=kept, security_group_names=names)

    # -- what the operator does

    def _own_toggled(self, wanted: bool) -> None:
        self._preselected, self._revealed = "", False
        self._answer(make=wanted, vpc_id="", vpc_name="", subnet_id="", subnet_name="")
        self._subnets = None
        if not wanted:
            self._load(fresh=False)

    def _vpc_chosen(self, vpc_id: str) -> None:
        if vpc_id == self._network.vpc_id:
            return
        name = next((one.name for one in self._vpcs or () if one.id == vpc_id), "")
        self._preselected, self._revealed = "", False
        self._answer(vpc_id=vpc_id, vpc_name=name)
        self._load(fresh=False)

    def _subnet_chosen(self, subnet: Subnet) -> None:
        if subnet.id != self._network.subnet_id:
            self._preselected = ""
            self._take(subnet)

    def _take(self, subnet: Subnet) -> None:
        self._answer(subnet_id=subnet.id, subnet_name=subnet.name)

    def _groups_chosen(self, ids: tuple[str, ...], names: tuple[str, ...]) -> None:
        if not same_ids(ids, self._network.security_group_ids):
            self._answer(security_group_ids=ids, security_group_names=names)

    def _public_ip_changed(self) -> None:
        wanted, kind, mbit = self.public_ip.answer()
        self._answer(public_ip=wanted, public_ip_type=kind, public_ip_mbit=mbit)

    # -- what is shown

    def _chosen_subnet(self) -> Subnet | None:
        if self._subnets is None or self._subnets[0] != self._network.vpc_id:
            return None
        return next((one for one in self._subnets[1] if one.id == self._network.subnet_id), None)

    def _trouble(self) -> tuple[str, str, bool] | None:
        """(field, what is wrong and what to do, whether it is said at once) of the first thing that stops this page."""
        network = self._network
        if network.make:
            return None
        if found := self.session.recipe.problems("network"):
            return found[0].field, f"{found[0].message} {found[0].remedy}", False
        if self._vpcs is not None and not any(one.id == network.vpc_id for one in self._vpcs):
            text = self.tr("The VPC {vpc} does not exist any more. Choose another one.")
            return "vpc_id", text.format(vpc=network.vpc_name or network.vpc_id), True
        if self._subnets is not None and self._subnets[0] == network.vpc_id:
            subnet, name = self._chosen_subnet(), network.subnet_name or network.subnet_id
            if subnet is None:
                text = self.tr("The subnet {subnet} does not exist any more. Choose another one.")
                return "subnet_id", text.format(subnet=name), True
            if subnet_reason(subnet):
                text = self.tr("{subnet} has no free address. Choose another subnet.")
                return "subnet_id", text.format(subnet=subnet.name), True
        return None

    def _show_answers(self) -> None:
        network = self._network
        with QSignalBlocker(self.own.box):
            self.own.setChecked(network.make)
        self.existing.setVisible(not network.make)
        self._body.setStretch(0, 0 if network.make else 3)
        if self._vpcs is None:
            self._show_kept_vpc()
        elif (self.vpc.currentData() or "") != network.vpc_id:
            self._show_vpcs(self._vpcs)
        chosen = self.subnets.table.chosen()
        if (chosen.id if chosen is not None else "") != network.subnet_id:
            self.subnets.choose(network.subnet_id)
        self.groups.tick(network.security_group_ids)
        self._show_rules()
        self.public_ip.show_answer(network)
        trouble = self._trouble()
        told = trouble is not None and trouble[0] == "vpc_id" and (trouble[2] or self._revealed)
        self.vpc_field.set_error(trouble[1] if trouble is not None and told else None)

    def _show_rules(self) -> None:
        """What the ticked groups let through together, in full."""
        names = {one.id: one.name for one in self._groups or ()}
        ticked = [one for one in self._groups or () if one.id in self._network.security_group_ids]
        told = [(one.name, words) for one in ticked if (words := in_words(one, names))]
        lines = [f"{name}: {words}" if len(ticked) > 1 else words for name, words in told]
        if not self._network.security_group_ids:
            lines = [self.tr("None ticked: the cloud takes its default group.")]
        self.rules.setText("\n".join(lines))
        self.rules.setVisible(bool(lines))

    def _forget(self) -> None:
        """Another sign-in may see other networks."""
        self._vpcs = self._groups = self._subnets = self._used = None
        self._preselected = ""
