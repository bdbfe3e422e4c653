"""Home's switch of the practice cloud: played servers, or real machines that QEMU runs."""

from __future__ import annotations

import shutil

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from isowright.practice.machines.probe import INSTALL
from isowright.practice_choice import Servers, write_choice
from isowright_gui.dialogs import Dialog
from isowright_gui.practice import PracticeHost
from isowright_gui.widgets import SpinBox

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
async def tour(window, until):
    """The card, loaded; a function, for each load makes it anew."""
    await until(window.home.cards.widgets)
    return lambda: window.home.tour


@pytest.fixture
async def dialog(qapp, until):
    async def find() -> Dialog:
        return await until(lambda: isinstance(qapp.activeModalWidget(), Dialog) and qapp.activeModalWidget())

    return find


def button(dialog, text):
    return next(b for b in dialog.findChildren(QPushButton) if b.text().replace("&", "") == text)


def click(box):
    """On the box itself, not on the empty room beside its words."""
    QTest.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))


async def settled(window, until):
    await until(lambda: not window.home.tasks.running("machines"), limit=30)


async def test_what_is_missing_is_said_with_the_command_that_installs_it(
    tour, window, services, dialog, until, monkeypatch, tmp_path
):
    monkeypatch.setenv("PATH", str(tmp_path))  # a computer without QEMU
    click(tour().real)
    asked = await dialog()
    assert "cannot be found" in asked.accessibleDescription()
    assert INSTALL in asked.accessibleDescription()
    QTest.mouseClick(button(asked, "Copy the command"), LEFT)
    await settled(window, until)
    assert QGuiApplication.clipboard().text() == f"sudo {INSTALL}"
    assert not tour().real.isChecked()
    assert services.practice.ready is not None, "nothing was stopped for nothing"
    assert await services.practice.servers() == Servers()


async def test_tour_without_the_qemu_that_was_there_when_it_was_chosen(
    tour, window, services, dialog, until, monkeypatch, tmp_path
):
    await services.practice.stop()
    write_choice(services.home.config, Servers("qemu"))
    monkeypatch.setenv("PATH", str(tmp_path))
    QTest.mouseClick(tour().start, LEFT)
    asked = await dialog()
    assert "switch “Real machines” off on Home" in asked.accessibleDescription()
    assert tour().start.isEnabled()
    QTest.mouseClick(button(asked, "Copy the command"), LEFT)
    await until(lambda: not window.tasks.running("tour"))
    assert QGuiApplication.clipboard().text() == f"sudo {INSTALL}"
    assert window.wizard is None


@pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None, reason="QEMU IS NOT INSTALLED: real machines not tried")
async def test_real_machines_on_and_off(tour, window, services, until):
    click(tour().real)
    await settled(window, until)
    assert tour().real.isChecked()
    assert services.practice.ready is None  # what was running is another kind of cloud
    ready = await services.practice.start()
    assert ready["machine"] == "qemu"
    assert services.practice.cloud.world.machines.real
    assert (await PracticeHost(services.home).servers()).real, "also after the window was closed"
    await window.home.load()
    assert tour().real.isChecked()
    click(tour().real)
    await settled(window, until)
    assert not tour().real.isChecked()
    assert (await services.practice.start())["machine"] == "scripted"


async def test_limits_are_kept(tour, window, services, dialog, until):
    menu = {a.text().replace("&", ""): a for a in tour().more.menu().actions()}
    menu["Limits of real machines…"].trigger()
    asked = await dialog()
    memory, disk = asked.findChildren(SpinBox)
    memory.setValue(512)
    disk.setValue(7)
    QTest.mouseClick(button(asked, "Set"), LEFT)
    await settled(window, until)
    assert await services.practice.servers() == Servers(memory=512, disk=7)
    menu["Limits of real machines…"].trigger()
    asked = await dialog()
    assert [box.value() for box in asked.findChildren(SpinBox)] == [512, 7]
    QTest.mouseClick(button(asked, "Cancel"), LEFT)
    await settled(window, until)


async def test_not_while_a_run_needs_it_as_it_is(tour, window, services, ready_recipe, dialog, until):
    account = services.practice.fill(ready_recipe.account)
    info = await services.engine.create(msgspec.structs.replace(ready_recipe, account=account))
    controller = await services.runs.open(info.id)
    controller.start()
    await until(lambda: controller.active)
    click(tour().real)
    asked = await dialog()
    assert asked.windowTitle() == "A run is going on there."
    asked.reject()
    await settled(window, until)
    assert not tour().real.isChecked()
    await controller.stop()


@pytest.mark.parametrize("kept", ["{", '{"machine": "qemu", "memory": -1}', '{"machine": "vmware"}'])
async def test_a_damaged_choice_is_none(services, kept):
    (services.home.config / "practice.json").write_text(kept, encoding="utf-8")
    assert await services.practice.servers() == Servers()
