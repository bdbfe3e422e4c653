"""Review: the answers with their ways back, the checks live, and one button that waits for them."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from isowright_gui.dialogs import Dialog

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def cloud(services):
    """The practice cloud itself: its world, and its book of faults."""
    return services.practice.cloud


@pytest.fixture
async def open_page(open_wizard, ready_recipe, window, until):
    """`await open_page(image={…})`: the page with changed answers; its checks have ended unless told otherwise."""

    async def go(*, checked: bool = True, **parts):
        recipe = ready_recipe
        for part, answers in parts.items():
            spec = msgspec.structs.replace(getattr(recipe, part), **answers)
            recipe = msgspec.structs.replace(recipe, **{part: spec})
        wizard = await open_wizard("review", recipe=recipe)
        window.activateWindow()
        if checked:
            await until(wizard.page.checks.done)
            await until(lambda: not wizard.page.tasks.running("checks"))
        return wizard.page

    return go


def order(page) -> list[str]:
    """The checks' ids from top to bottom."""
    return sorted(page.checks.items, key=lambda one: page.checks.items[one].mapTo(page, page.rect().topLeft()).y())


def words(page) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())


async def test_everything_is_said_before_anything_is_made(open_page, ready_recipe, window):
    page = await open_page(
        network={"public_ip": True, "vpc_name": "vpc-default", "subnet_name": "subnet-default"},
        iso={"delete_object": True},
        image={"tags": {"team": "images", "tier": "gold"}},
    )
    said = words(page)
    for part in (
        "Practice cloud · practice-1",
        ready_recipe.iso.key,
        ready_recipe.image.name,
        "Ubuntu 22.04 server 64bit, min. 40 GB, 2 tags",
        "s6.large.2 in practice-1a",
        "disks 40 + 40 GB, General purpose SSD (GPSSD)",
        "vpc-default / subnet-default",
        "public IP with 5 Mbit/s",
        "Created and kept",
        "2 disks, public IP",
        "Deleted at the end",
        "What may cost, and for how long",
        "Its disks, 40 + 40 GB GPSSD",
        "Its public IP",
        "Nothing is billed on the practice cloud.",
    ):
        assert part in said
    assert window.wizard.footer.primary_button.text() == "&Create image"
    assert window.wizard.second_button.text() == "Save as &profile…"


async def test_a_good_recipe_passes_and_enter_starts_the_run(open_page, window, services, until):
    page = await open_page()
    assert {item.state() for item in page.checks.items.values()} == {"done", "skipped"}
    every = len(page.checks.items)
    assert page.checks.count.text() == f"{every} of {every} done"
    assert page.hint.text == "All checks are fine."
    assert page.valid
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    await until(lambda: window.wizard.step == "build")
    (run,) = await services.engine.runs()
    assert run.recipe.image == page.session.recipe.image


async def test_each_edit_link_leads_to_its_page(open_page, window, until):
    page = await open_page()
    for step in ("network", "server", "image", "iso"):
        QTest.mouseClick(page.choices.buttons[step], LEFT)
        await until(lambda step=step: window.wizard.step == step)
        await until(lambda: not window.wizard.page.tasks.running("enter"))
        QTest.mouseClick(window.wizard.stepper.row_of("review"), LEFT)
        await until(lambda: window.wizard.step == "review")
        await until(lambda: not window.wizard.tasks.running("move"))


async def test_the_worst_stands_first_and_stops_the_run(open_page, window, cloud, until):
    static = next(one for one in cloud.world.state.subnets.values() if one.name == "subnet-static")
    page = await open_page(
        image={"name": "debian-11-golden"},
        network={"subnet_id": static.id, "subnet_name": static.name},
    )
    await until(lambda: order(page)[:2] == ["image-name", "addresses"])
    assert page.checks.items["image-name"].state() == "failed"
    assert page.checks.items["addresses"].state() == "warning"
    assert page.hint.text == "1 check must be fixed first: Name is free"
    assert page.hint.tone == "danger"
    QTest.mouseClick(window.wizard.footer.primary_button, LEFT)
    button = page.checks.items["image-name"].button
    await until(lambda: window.focusWidget() is button)
    assert window.wizard.step == "review"
    assert button.text() == "Name it debian-11-golden-2"
    QTest.keyClick(button, Qt.Key.Key_Tab)
    second = page.checks.items["image-name"].second
    assert window.focusWidget() is second
    assert second.text() == "Choose another name"
    QTest.keyClick(second, Qt.Key.Key_Return)
    await until(lambda: window.wizard.step == "image")


async def test_a_remark_lets_the_run_go_on(open_page, cloud):
    static = next(one for one in cloud.world.state.subnets.values() if one.name == "subnet-static")
    page = await open_page(network={"subnet_id": static.id, "subnet_name": static.name})
    assert page.valid
    assert page.hint.tone == "warning"
    assert "Free addresses" in page.hint.text


async def test_what_was_fixed_elsewhere_is_seen_by_checking_again(open_page, cloud, until):
    cloud.context.add_faults([{"world": "quota-full", "resource": "image"}, {"world": "quota-full", "resource": "ram"}])
    page = await open_page()
    assert page.hint.text == "2 checks must be fixed first: Image quota, Server quota"
    await until(lambda: order(page)[:2] == ["image-quota", "limits"])
    before = order(page)
    cloud.context.faults.remove(None)
    item = page.checks.items["image-quota"]
    assert item.button.text() == "Find leftovers"
    assert item.second.text() == "Open the console"
    QTest.mouseClick(page.checks.again_button, LEFT)
    await until(lambda: item.state() == "running")
    assert order(page) == before  # nothing moves under the mouse
    await until(lambda: page.checks.done() and not page.tasks.running("checks"))
    assert page.valid
    assert item.state() == "done"


async def test_create_image_waits_for_the_last_check(open_page, window, cloud, until, services):
    (rule,) = cloud.context.add_faults([{"service": "ims", "path": "quota", "action": "hold-before", "count": 0}])
    page = await open_page(checked=False)
    await until(lambda: page.checks.items and page.checks.progress()[0] == len(page.checks.items) - 1)
    every = len(page.checks.items)
    assert page.checks.items["image-quota"].state() == "running"
    assert page.hint.text == f"Checking: {every - 1} of {every} done"
    QTest.mouseClick(window.wizard.footer.primary_button, LEFT)
    await until(lambda: page.busy)
    assert window.wizard.footer.primary_button.busy()
    assert await services.engine.runs() == []
    cloud.context.faults.remove(rule.id)
    await asyncio.to_thread(release, services)
    await until(lambda: window.wizard.step == "build")


async def test_leaving_while_it_waits_starts_nothing(open_page, window, cloud, until, services):
    cloud.context.add_faults([{"service": "ims", "path": "quota", "action": "hold-before", "count": 0}])
    page = await open_page(checked=False)
    await until(lambda: page.checks.items)
    QTest.mouseClick(window.wizard.footer.primary_button, LEFT)
    await until(lambda: page.busy)
    QTest.mouseClick(window.wizard.footer.back_button, LEFT)
    await until(lambda: window.wizard.step == "network")
    await until(lambda: not page.busy)
    assert await services.engine.runs() == []
    assert page.checks.items["image-quota"].state() == "waiting"


async def test_a_cloud_that_does_not_answer_is_said_check_by_check(open_page, cloud, until):
    cloud.context.add_faults([{"service": "ims", "action": "status", "status": 503, "count": 0}])
    page = await open_page()
    failed = {one.id for one in page.checks.findings() if one.verdict == "must-fix"}
    assert failed == {"image-quota", "image-name", "os-version", "dry-run", "permissions"}
    await until(lambda: set(order(page)[:5]) == failed)
    assert not page.valid
    cloud.context.faults.remove(None)
    QTest.mouseClick(page.checks.again_button, LEFT)
    await until(lambda: page.checks.done() and not page.tasks.running("checks") and page.valid)


async def test_save_as_profile_keeps_the_answers(open_page, window, services, qapp, until):
    page = await open_page()
    QTest.mouseClick(window.wizard.second_button, LEFT)
    dialog = await until(lambda: isinstance(qapp.activeModalWidget(), Dialog) and qapp.activeModalWidget())
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    await until(lambda: window.wizard.session.profile)
    saved = await asyncio.to_thread(services.profiles.load, window.wizard.session.profile)
    assert saved.image == page.session.recipe.image
    assert window.wizard.step == "review"


def release(services) -> None:
    """Let held requests go, through the practice cloud's own door."""
    import httpx

    ready = services.practice.ready
    url = ready["control"] + "/practice/faults/release"
    httpx.post(url, auth=(ready["user"], ready["password"]), verify=False).raise_for_status()


async def test_server_that_outlives_this_computer(open_page, window, services, until):
    page = await open_page()
    lost = page.lost
    box, hours = lost.wanted.box, lost.hours
    assert (box.isChecked(), hours.value(), hours.text()) == (True, 24, "24 h")
    assert box.accessibleName() == "Delete the temporary server by itself after 24 hours"
    assert "disks included" in box.accessibleDescription()
    assert hours.accessibleName()
    assert page.findChildren(type(hours)) == [hours]

    QTest.keyClick(window.focusWidget(), Qt.Key.Key_D, Qt.KeyboardModifier.AltModifier)  # nobody else's letter
    await until(lambda: not box.isChecked())
    assert not hours.isEnabled()
    assert page.session.recipe.server.auto_delete_hours == 0
    QTest.mouseClick(box, LEFT, pos=box.rect().center())
    assert page.session.recipe.server.auto_delete_hours == 24
    hours.setFocus()
    hours.selectAll()
    QTest.keyClicks(hours, "48")
    QTest.keyClick(hours, Qt.Key.Key_Up)
    assert page.session.recipe.server.auto_delete_hours == 49
    assert box.accessibleName().endswith("49 hours")
    assert page.valid

    services.profiles.save("lost", page.session.recipe)
    assert services.profiles.load("lost").server.auto_delete_hours == 49
    QTest.mouseClick(page.choices.buttons["network"], LEFT)  # there and back
    await until(lambda: window.wizard.step == "network")
    await until(lambda: not window.wizard.page.tasks.running("enter"))
    QTest.mouseClick(window.wizard.stepper.row_of("review"), LEFT)
    await until(lambda: window.wizard.step == "review")
    await until(lambda: not window.wizard.tasks.running("move"))
    assert window.wizard.page.lost.hours.value() == 49


async def test_profile_without_a_switch_shows_none(open_page):
    page = await open_page(server={"auto_delete_hours": 0})
    assert not page.lost.wanted.isChecked()
    assert page.lost.hours.value() == 24  # what ticking it would mean
