"""Server: what is preselected, what cannot be chosen and why, and what stays when the cloud does not answer."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from isowright.cloud.disk_types import offered
from isowright.cloud.models import Flavor
from isowright.recipe import ServerSpec
from isowright_gui.pages.server_flavors import FlavorPicker, sort_out

LEFT = Qt.MouseButton.LeftButton
ZONE_A, ZONE_B, CLOSED = "practice-1a", "practice-1b", "practice-1c"


@pytest.fixture
def faults(services):
    """The practice cloud's book of faults: `faults({...})` adds rules, without rules takes all away."""
    context = services.practice.cloud.context

    def script(*rules) -> None:
        if rules:
            context.add_faults(list(rules))
        else:
            context.faults.remove(None)

    return script


@pytest.fixture
async def open_page(open_wizard, ready_recipe, window):
    """`await open_page(flavor_id=…)`: the page with these answers about the server and no others."""

    async def go(**answers):
        server = msgspec.convert({"system_disk": 40, "data_disk": 40} | answers, ServerSpec)
        wizard = await open_wizard("server", recipe=msgspec.structs.replace(ready_recipe, server=server))
        window.activateWindow()
        return wizard.page

    return go


def names(page) -> list[str]:
    model = page.picker.model
    return [model.row_at(at).id for at in range(model.shown())]


def answer(page) -> ServerSpec:
    return page.session.recipe.server


def click_row(page, flavor: str) -> None:
    table = page.picker.table
    index = page.picker.model.index(page.picker.model.position(flavor), 0)
    table.scrollTo(index)
    QTest.mouseClick(table.viewport(), LEFT, pos=table.visualRect(index).center())


async def test_the_smallest_that_fits_is_preselected_and_all_is_answered(open_page):
    page = await open_page()
    got = answer(page)
    assert (got.availability_zone, got.flavor_id, got.volume_type) == (ZONE_A, "s7.large.2", "GPSSD")
    assert got.flavor_note == "2 vCPU, 4 GiB"
    assert page.valid
    assert "s7.large.2" in page.hint.text
    assert page.picker.table.chosen().id == "s7.large.2"
    assert names(page) == ["s7.large.2", "s6.large.2", "s7.large.4", "s6.large.4", "s7n.large.4"]


async def test_the_excluded_are_shown_with_their_reasons_and_cannot_be_chosen(open_page):
    page = await open_page()
    QTest.mouseClick(page.picker.show_excluded, LEFT)
    model = page.picker.model
    reasons = {row.id: row.reason for row in model.rows()}
    assert reasons["c6.large.2"] == "General computing-plus, not general computing"
    assert reasons["s6.xlarge.2"].startswith("4 vCPU")
    assert reasons["s2.large.2"] == "Not billed by use"
    assert reasons["kc1.large.2"] == "For ARM systems only"
    click_row(page, "c6.large.2")
    assert answer(page).flavor_id == "s7.large.2"
    click_row(page, "s6.large.4")
    assert answer(page).flavor_id == "s6.large.4"
    assert answer(page).flavor_note == "2 vCPU, 8 GiB"


async def test_the_filter_finds_by_name_vcpu_and_memory_from_the_keyboard(open_page, window):
    page = await open_page()
    assert window.focusWidget() is page.picker.filter
    QTest.keyClicks(page.picker.filter, "8 gib s6")
    assert names(page) == ["s6.large.4"]
    QTest.keyClick(page.picker.filter, Qt.Key.Key_Down)
    assert window.focusWidget() is page.picker.table
    QTest.keyClick(page.picker.table, Qt.Key.Key_End)
    assert answer(page).flavor_id == "s6.large.4"
    page.picker.filter.setFocus()
    QTest.keyClicks(page.picker.filter, " gpu")
    assert page.picker.list.state() == "no_match"
    QTest.keyClick(page.picker.filter, Qt.Key.Key_Escape)
    assert len(names(page)) == 5
    assert answer(page).flavor_id == "s6.large.4"


async def test_another_zone_has_other_flavors_and_a_closed_one_cannot_be_chosen(open_page, until):
    page = await open_page()
    zone = page.picker.zone
    closed = zone.findData(CLOSED)
    assert not zone.model().item(closed).isEnabled()
    zone.setFocus()
    QTest.keyClick(zone, Qt.Key.Key_Down)
    await until(lambda: page.picker.offer is not None and page.picker.offer.zone == ZONE_B)
    await until(lambda: answer(page).flavor_id)
    assert "s6.large.2" not in names(page)  # sold out there
    QTest.keyClick(zone, Qt.Key.Key_Down)
    assert answer(page).availability_zone == ZONE_B
    assert page.valid


async def test_impossible_disks_are_said_at_the_field_and_stop_the_page(open_page, window, until):
    page = await open_page()
    wizard = window.wizard
    page.disks.data.setFocus()
    page.disks.data.lineEdit().selectAll()
    QTest.keyClicks(page.disks.data, "8")
    assert "40 to 1,024 GB" in page.disks.fields["data_disk"].error()
    assert not page.valid
    page.disks.system.setFocus()
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: window.focusWidget() is page.disks.data)
    assert wizard.step == "server"
    page.disks.data.lineEdit().selectAll()
    QTest.keyClicks(page.disks.data, "60")
    assert page.disks.fields["data_disk"].error() == ""
    assert answer(page).data_disk == 60
    assert page.valid


async def test_an_answer_that_is_sold_out_is_kept_and_said(open_page, faults):
    faults({"world": "sold-out", "flavor": "s6.large.2"})
    page = await open_page(availability_zone=ZONE_A, flavor_id="s6.large.2", volume_type="SATA")
    assert answer(page).flavor_id == "s6.large.2"
    assert "s6.large.2 is not to be had in practice-1a" in page.hint.text
    assert "Common I/O (SATA)" in page.disks.fields["volume_type"].error()
    assert not page.valid
    click_row(page, "s7.large.2")
    assert "Common I/O" in page.problem
    page.disks.kind.setFocus()
    QTest.keyClick(page.disks.kind, Qt.Key.Key_Home)
    assert answer(page).volume_type == "GPSSD"
    assert page.valid


async def test_where_nothing_fits_the_way_out_is_offered(open_page, faults, until):
    fitting = ("s7.large.2", "s6.large.2", "s7.large.4", "s6.large.4", "s7n.large.4")
    faults(*({"world": "sold-out", "flavor": flavor} for flavor in fitting))
    page = await open_page()
    assert page.picker.banner.isVisible()
    assert "c6.large.2" in names(page)  # without having to ask for the reasons
    assert not page.valid
    await until(page.picker.elsewhere_button.isVisible)
    assert ZONE_B in page.picker.elsewhere_button.text()
    QTest.mouseClick(page.picker.anyway_button, LEFT)
    await until(lambda: page.picker.offer is not None and page.picker.offer.any_type)
    assert answer(page).flavor_id == ""  # own risk is chosen by hand
    click_row(page, "c6.large.2")
    assert page.valid
    assert page.hint.tone == "warning"
    assert "own risk" in page.hint.text


async def test_an_answer_at_own_risk_still_is_one(open_page):
    page = await open_page(availability_zone=ZONE_A, flavor_id="c7.large.2", volume_type="SSD")
    assert page.valid
    assert page.picker.table.chosen().id == "c7.large.2"
    assert page.hint.tone == "warning"


async def test_a_cloud_that_does_not_answer_loses_nothing_and_can_be_asked_again(open_page, faults, until, window):
    faults({"service": "ecs", "path": "flavors", "action": "refuse", "count": 0})
    page = await open_page(availability_zone=ZONE_A, flavor_id="s6.large.4", volume_type="SSD")
    notice = page.picker.list.notice
    assert page.picker.list.state() == "error"
    assert notice.title.text()
    assert "Your choices are kept." in notice.text.text()
    assert page.hint.tone == "danger"
    assert answer(page).flavor_id == "s6.large.4"
    faults()
    QTest.mouseClick(notice.first, LEFT)
    await until(lambda: page.picker.list.state() == "content")
    assert page.picker.table.chosen().id == "s6.large.4"
    assert page.hint.tone == "neutral"


async def test_disk_types_that_cannot_be_had_are_said_at_their_field(open_page, faults, until):
    faults({"service": "evs", "path": "types", "action": "refuse", "count": 0})
    page = await open_page(availability_zone=ZONE_A, flavor_id="s6.large.4", volume_type="SSD")
    assert page.picker.list.state() == "content"
    assert page.disks.fields["volume_type"].error()
    assert page.disks.kind.currentData() == "SSD"
    faults()
    QTest.mouseClick(page.disks.retry_button, LEFT)
    await until(lambda: not page.disks.fields["volume_type"].error())
    assert [page.disks.kind.itemData(at) for at in range(page.disks.kind.count())] == ["GPSSD", "SSD", "SAS", "co-p1"]


def test_disk_types_that_need_more_than_a_name_are_left_out():
    from isowright.cloud.models import VolumeType

    types = [VolumeType(name) for name in ("GPSSD2", "zz", "SATA", "SAS", "ESSD2", "SSD", "GPSSD", "aa")]
    assert offered(types, ZONE_A) == ["GPSSD", "SSD", "SAS", "SATA", "aa", "zz"]


@pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
def test_ten_thousand_flavors_are_filtered_as_they_are_typed(qtbot):
    """How quickly is measured by the benchmark of lists."""
    specs = {"ecs:performancetype": "normal"}
    flavors = [Flavor(f"s{n % 9}.large.{n}", f"s{n}", 2, 4096 + 1024 * (n % 32), specs) for n in range(10_000)]
    picker = FlavorPicker()
    qtbot.addWidget(picker)
    picker.resize(900, 500)
    picker.show()
    picker.show_offer(sort_out(flavors, ZONE_A), flavors[0].id)
    for end in range(1, len("large.77") + 1):
        QTest.keyClicks(picker.filter, "large.77"[end - 1])
        assert picker.model.shown() == len([one for one in flavors if "large.77"[:end] in one.id])


async def test_the_next_flavor_is_taken_only_if_the_operator_says_so(open_page):
    page = await open_page()
    assert not answer(page).next_flavor
    page.next_flavor.box.setFocus()
    QTest.keyClick(page.next_flavor.box, Qt.Key.Key_Space)
    assert answer(page).next_flavor
    assert page.valid


async def test_sizes_say_what_they_mean_for_the_image(open_page):
    page = await open_page()
    shown = page.disks.fields["data_disk"].control.accessibleDescription
    assert "40 GB or more" in shown()
    page.disks.data.setValue(60)
    assert "60 GB or more, not only 40 GB" in shown()
    page.disks.data.setValue(30)
    assert "30" not in shown()
    assert page.disks.fields["data_disk"].error()
