"""Network: what is preselected, what cannot be chosen and why, and what stays when the cloud does not answer."""

from __future__ import annotations

import uuid

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from isowright.practice.model import GroupRule
from isowright.recipe import NetworkSpec

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def cloud(services):
    """The practice cloud itself: its world, and its book of faults."""
    return services.practice.cloud


@pytest.fixture
async def open_page(open_wizard, ready_recipe, window):
    """`await open_page(vpc_id=…)`: the page with these answers about the network and no others."""

    async def go(**answers):
        network = msgspec.convert(answers, NetworkSpec)
        wizard = await open_wizard("network", recipe=msgspec.structs.replace(ready_recipe, network=network))
        window.activateWindow()
        return wizard.page

    return go


def answer(page) -> NetworkSpec:
    return page.session.recipe.network


def find(things, name: str):
    return next(one for one in things.values() if one.name == name)


def choose(combo, name: str) -> None:
    """With the keyboard, as far down as it takes."""
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Home)
    while not combo.currentText().startswith(name):
        before = combo.currentIndex()
        QTest.keyClick(combo, Qt.Key.Key_Down)
        assert combo.currentIndex() > before


def click_row(table, model, key: str) -> None:
    index = model.index(model.position(key), 0)
    table.scrollTo(index)
    QTest.mouseClick(table.viewport(), LEFT, pos=table.visualRect(index).center())


async def test_several_vpcs_are_a_question_and_the_only_usable_subnet_is_none(open_page, cloud, window, until):
    page = await open_page()
    state = cloud.world.state
    assert answer(page).vpc_id == ""
    assert page.subnets.state() == "empty"
    assert window.focusWidget() is page.vpc
    QTest.mouseClick(window.wizard.footer.primary_button, LEFT)
    await until(page.vpc_field.error)
    assert window.wizard.step == "network"
    choose(page.vpc, "vpc-lab")
    await until(lambda: answer(page).subnet_id)  # the lab has one subnet
    assert answer(page).vpc_id == find(state.vpcs, "vpc-lab").id
    assert answer(page).subnet_name == "subnet-lab"
    assert page.valid
    assert "subnet-lab" in page.hint.text
    assert page.vpc_field.error() == ""


async def test_full_subnets_are_excluded_and_one_without_dhcp_is_a_remark(open_page, cloud):
    state = cloud.world.state
    page = await open_page(vpc_id=find(state.vpcs, "vpc-default").id)
    assert answer(page).vpc_name == "vpc-default"
    full, static, usual = (find(state.subnets, f"subnet-{word}") for word in ("full", "static", "default"))
    model, table = page.subnets.model, page.subnets.table
    assert model.reason(model.find(full.id)) == "No free address"
    assert model.position(full.id) == model.shown() - 1
    click_row(table, model, full.id)
    assert answer(page).subnet_id == ""
    click_row(table, model, static.id)
    assert answer(page).subnet_id == static.id
    assert page.hint.tone == "warning"
    assert "DHCP" in page.hint.text
    QTest.keyClick(table, Qt.Key.Key_Home)
    assert answer(page).subnet_id == usual.id
    assert page.valid
    assert page.hint.tone == "neutral"


async def test_the_only_vpc_is_preselected(open_page, cloud):
    state = cloud.world.state
    page_of = find(state.vpcs, "vpc-lab")
    for vpc in [one for one in state.vpcs.values() if one.id != page_of.id and one.project_id == page_of.project_id]:
        del state.vpcs[vpc.id]
    page = await open_page()
    assert answer(page).vpc_name == "vpc-lab"
    assert answer(page).subnet_name == "subnet-lab"
    assert page.valid


async def test_what_the_last_run_took_is_preselected(open_page, services, ready_recipe, cloud):
    groups = cloud.world.state.security_groups.values()
    group = next(one for one in groups if one.id != ready_recipe.network.security_group_ids[0])
    network = msgspec.structs.replace(ready_recipe.network, security_group_ids=(group.id,))
    await services.engine.create(msgspec.structs.replace(ready_recipe, network=network))
    page = await open_page()
    got = answer(page)
    assert (got.vpc_id, got.subnet_id) == (network.vpc_id, network.subnet_id)
    assert got.security_group_ids == (group.id,)
    assert got.security_group_names == (group.name,)
    assert "used last" in page.hint.text


async def test_security_groups_are_ticked_with_mouse_and_space(open_page, window):
    page = await open_page()
    table, model = page.groups.table, page.groups.model
    rows = {row.name: row.id for row in model.rows()}
    assert set(rows) == {"default", "build-no-inbound"}
    click_row(table, model, rows["default"])
    assert answer(page).security_group_names == ("default",)
    table.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(table, Qt.Key.Key_Home)
    QTest.keyClick(table, Qt.Key.Key_Space)
    assert set(answer(page).security_group_ids) == set(rows.values())
    assert "ticked" in model.data(table.currentIndex(), Qt.ItemDataRole.AccessibleTextRole)
    QTest.keyClick(table, Qt.Key.Key_Space)
    assert answer(page).security_group_names == ("default",)
    click_row(table, model, rows["default"])
    assert answer(page).security_group_ids == ()


async def test_many_security_groups_can_be_filtered(open_page, cloud):
    state = cloud.world.state
    one = find(state.security_groups, "default")
    for number in range(20):
        made = msgspec.structs.replace(one, id=str(uuid.uuid4()), name=f"team-{number}")
        state.security_groups[made.id] = made
    page = await open_page()
    assert page.groups.filter.isVisible()
    QTest.keyClicks(page.groups.filter, "team-7")
    assert page.groups.model.shown() == 1
    QTest.keyClicks(page.groups.filter, "x")
    assert page.groups.list.state() == "no_match"
    QTest.mouseClick(page.groups.list.notice.first, LEFT)
    assert page.groups.model.shown() == 22


async def test_a_public_ip_says_what_it_costs_and_is_answered(open_page):
    page = await open_page()
    form = page.public_ip
    assert not form.details.isVisible()
    assert "costs" in form.wanted.box.accessibleDescription()
    form.wanted.box.setFocus()
    QTest.keyClick(form.wanted.box, Qt.Key.Key_Space)
    assert form.details.isVisible()
    form.mbit.setFocus()
    form.mbit.lineEdit().selectAll()
    QTest.keyClicks(form.mbit, "20")
    choose(form.kind, "Static")
    got = answer(page)
    assert (got.public_ip, got.public_ip_type, got.public_ip_mbit) == (True, "5_sbgp", 20)


async def test_answers_that_are_gone_are_kept_and_said(open_page, cloud):
    state = cloud.world.state
    page = await open_page(vpc_id="gone", vpc_name="vpc-old", subnet_id="gone-too", subnet_name="subnet-old")
    assert not page.valid
    assert "vpc-old does not exist any more" in page.vpc_field.error()
    assert page.subnets.state() == "empty"
    choose(page.vpc, "vpc-default")
    assert answer(page).vpc_id == find(state.vpcs, "vpc-default").id


async def test_a_subnet_that_has_filled_up_stops_the_page(open_page, cloud, ready_recipe):
    network = ready_recipe.network
    cloud.context.add_faults([{"world": "no-addresses", "subnet": network.subnet_id}])
    page = await open_page(vpc_id=network.vpc_id, subnet_id=network.subnet_id, subnet_name="subnet-default")
    assert not page.valid
    assert page.problem == "subnet-default has no free address. Choose another subnet."
    assert page.hint.tone == "danger"


async def test_a_project_without_a_vpc_says_what_to_do(open_page, cloud, until):
    state = cloud.world.state
    kept = dict(state.vpcs)
    state.vpcs.clear()
    page = await open_page()
    assert page.subnets.state() == "empty"
    assert page.subnets.notice.title.text() == "No VPC in this project"
    state.vpcs.update(kept)
    QTest.mouseClick(page.refresh_button, LEFT)
    await until(lambda: page.vpc.count() == 2)


async def test_a_cloud_that_does_not_answer_loses_nothing_and_can_be_asked_again(open_page, cloud, ready_recipe, until):
    network = ready_recipe.network
    cloud.context.add_faults([{"service": "vpc", "action": "refuse", "count": 0}])
    page = await open_page(vpc_id=network.vpc_id, subnet_id=network.subnet_id)
    assert page.subnets.state() == "error"
    assert page.groups.list.state() == "error"
    assert "Your choices are kept." in page.subnets.notice.text.text()
    assert page.hint.tone == "danger"
    page.subnets.notice.first.setFocus()
    cloud.context.faults.remove(None)
    QTest.keyClick(page.subnets.notice.first, Qt.Key.Key_Return)
    await until(lambda: page.subnets.state() == "content" and page.groups.list.state() == "content")
    assert answer(page).subnet_id == network.subnet_id
    assert page.subnets.table.chosen().id == network.subnet_id
    assert page.hint.tone == "neutral"


async def test_where_there_is_no_vpc_one_is_made_for_the_run(open_page, cloud, until):
    cloud.world.state.vpcs.clear()
    page = await open_page()
    assert not page.valid
    QTest.mouseClick(page.subnets.notice.first, LEFT)
    assert answer(page).make
    assert page.valid
    assert not page.existing.isVisible()
    assert "public IP" in page.hint.text
    assert cloud.world.state.vpcs == {}  # nothing is made before the run


async def test_own_network_in_place_of_a_chosen_one_and_back(open_page, cloud, until):
    lab = find(cloud.world.state.vpcs, "vpc-lab")
    page = await open_page(vpc_id=lab.id)
    await until(lambda: answer(page).subnet_name == "subnet-lab")
    page.own.box.setFocus()
    QTest.keyClick(page.own.box, Qt.Key.Key_Space)
    got = answer(page)
    assert (got.make, got.vpc_id, got.subnet_id, got.vpc_name) == (True, "", "", "")
    QTest.keyClick(page.own.box, Qt.Key.Key_Space)
    assert not answer(page).make
    assert page.existing.isVisible()
    choose(page.vpc, "vpc-lab")
    await until(lambda: answer(page).subnet_name == "subnet-lab")


async def test_groups_say_what_they_let_through(open_page, cloud, until):
    state = cloud.world.state
    default, closed = (find(state.security_groups, name) for name in ("default", "build-no-inbound"))
    closed.rules = [GroupRule("r1", "ingress", protocol="tcp", low=22, high=22)]
    page = await open_page(vpc_id=find(state.vpcs, "vpc-lab").id, security_group_ids=[default.id])
    await until(lambda: page.groups.model.total() == 2)
    assert page.rules.text() == "In: everything from this group. Out: everything."
    click_row(page.groups.table, page.groups.model, closed.id)
    click_row(page.groups.table, page.groups.model, default.id)
    assert page.rules.text() == "In: SSH (22) from anywhere. Out: nothing."
    assert page.hint.tone == "warning"
    assert "nothing out" in page.hint.text
    click_row(page.groups.table, page.groups.model, closed.id)
    assert "default group" in page.rules.text()


async def test_an_open_group_and_a_public_ip_are_a_remark(open_page, cloud, until):
    state = cloud.world.state
    group = find(state.security_groups, "default")
    group.rules = [GroupRule("r1", "ingress"), GroupRule("r2", "egress")]
    page = await open_page(vpc_id=find(state.vpcs, "vpc-lab").id, security_group_ids=[group.id])
    await until(lambda: page.groups.model.total() == 2 and page.valid)
    assert page.hint.tone == "neutral"
    QTest.keyClick(page.public_ip.wanted.box, Qt.Key.Key_Space)
    assert page.hint.tone == "warning"
    assert "everybody" in page.hint.text
