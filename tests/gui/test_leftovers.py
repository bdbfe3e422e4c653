"""Find leftovers: looked for, ticked, asked, deleted, by mouse and by keyboard; and what cannot be had is said."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
import time
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from isowright.cloud.login import PasswordLogin
from isowright.cloud.models import Secret
from isowright.events import Waiting
from isowright.home import Home
from isowright.pipeline.engine import Engine
from isowright.practice.totp import STEP, code
from isowright.recipe import CUSTOM
from isowright_gui.leftovers.dialog import LeftoversDialog
from isowright_gui.leftovers.words import facts

sys.path.insert(0, str(Path(__file__).parent))

from test_accessibility import check, check_tab

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def custom_account(services, ready_recipe):
    """The practice cloud as an account that has to be signed in to."""
    facts = services.practice.ready
    return msgspec.structs.replace(
        ready_recipe.account,
        cloud=CUSTOM,
        domain=facts["domain"],
        user=facts["user"],
        endpoints=dict(facts["endpoints"]),
    )


@pytest.fixture
async def dead_computer(services, ready_recipe, tmp_path):
    """The run of another computer, with a server that nobody will delete there."""
    engine = Engine(Home.at(tmp_path / "another computer"), clock=services.clock)
    await engine.open()
    account = services.practice.fill(ready_recipe.account)
    run = await engine.create(msgspec.structs.replace(ready_recipe, account=account))
    handle = await engine.start(run.id, services.practice.login(), lambda _event: None, on_install="confirm")
    assert isinstance(await handle.wait(), Waiting)
    await engine.close()
    return run


@pytest.fixture
def left(services):
    """Servers and ISO images of runs that exist in the practice cloud."""

    def look():
        state = services.practice.cloud.context.world.state
        images = [image.name for image in state.images.values() if image.name.startswith("iso-")]
        return sorted([*(server.name for server in state.servers.values()), *images])

    return look


@pytest.fixture
def opened(window, qapp, until):
    """`await opened()`: by the menu, until it has looked."""

    async def go() -> LeftoversDialog:
        window.header.leftovers.trigger()
        dialog = await until(lambda: isinstance(qapp.activeModalWidget(), LeftoversDialog) and qapp.activeModalWidget())
        await looked(dialog, until)
        return dialog

    return go


async def looked(dialog, until):
    await until(lambda: dialog.list.state() in ("content", "empty", "error") and not dialog.tasks.running("look"))


async def closed(dialog, qapp, until):
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    await until(lambda: qapp.activeModalWidget() is None)


async def test_leftovers_of_another_computer_go_by_keyboard_alone(
    window, dead_computer, opened, left, qapp, until, settle
):
    await window.home.load()
    dialog = await opened()
    server, iso = dialog.rows
    names = [f"iso-{dead_computer.name}-{dead_computer.mark}", f"isowright-{dead_computer.mark}"]
    assert [iso.orphan.name, server.orphan.name] == names == left()
    assert not server.box.isChecked(), "another computer may still use it"
    assert server.glyph.state() == "warning"
    assert "another computer, which may still use it" in server.reason.text()
    assert server.orphan.name in server.box.accessibleName()
    assert server.reason.text() in server.box.accessibleDescription()
    assert dialog.hint.text() == "Nothing is ticked."
    assert not dialog.delete_button.isEnabled()
    for line in (server, iso):
        while dialog.focusWidget() is not line.box:
            QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        QTest.keyClick(line.box, Qt.Key.Key_Space)
    assert dialog.delete_button.text() == "&Delete 2 items"
    await settle()
    check(dialog)
    check_tab(dialog, dialog)
    dialog.delete_button.setFocus()
    QTest.keyClick(dialog.delete_button, Qt.Key.Key_Return)
    asked = await until(lambda: qapp.activeModalWidget() is not dialog and qapp.activeModalWidget())
    assert "2 of them were made lately by another computer" in asked.accessibleDescription()
    QTest.keyClick(asked, Qt.Key.Key_Return)  # the harmless one
    await until(lambda: qapp.activeModalWidget() is dialog)
    await settle()
    assert len(left()) == 2
    QTest.keyClick(dialog.delete_button, Qt.Key.Key_Return)
    asked = await until(lambda: qapp.activeModalWidget() is not dialog and qapp.activeModalWidget())
    QTest.keyClick(asked, Qt.Key.Key_D, Qt.KeyboardModifier.AltModifier)
    await until(lambda: dialog.hint.text() == "2 deleted.")
    assert left() == []
    assert [line.word.text() for line in dialog.rows] == ["Deleted", "Deleted"]
    assert dialog.focusWidget() is dialog.again
    QTest.keyClick(dialog.again, Qt.Key.Key_Return)
    await until(lambda: dialog.list.state() == "empty")
    assert dialog.list.notice.title.text() == "Nothing is left behind"
    assert not dialog.delete_button.isVisible()
    await closed(dialog, qapp, until)


async def test_a_run_of_this_computer_keeps_its_things_and_is_a_click_away(
    window, services, ready_recipe, opened, left, qapp, until
):
    account = services.practice.fill(ready_recipe.account)
    info = await services.engine.create(msgspec.structs.replace(ready_recipe, account=account))
    controller = await services.runs.open(info.id)
    controller.start()
    await until(lambda: controller.state.phase == "your-turn")
    dialog = await opened()
    assert {line.orphan.verdict for line in dialog.rows} == {"live"}
    for line in dialog.rows:
        QTest.mouseClick(line, LEFT)
        assert not line.box.isEnabled()
        assert not line.chosen
    assert dialog.hint.text() == "Nothing of this can be deleted from here."
    assert not dialog.delete_button.isVisible()
    QTest.mouseClick(dialog.rows[0].open_button, LEFT)
    wizard = await until(lambda: window.wizard)
    await until(lambda: wizard.build is not None and wizard.build.controller is controller)
    assert qapp.activeModalWidget() is None
    assert len(left()) == 2
    await controller.stop()
    controller.clean_up()
    await until(lambda: not controller.active)
    assert left() == []


async def test_failures_are_said_in_their_rows(dead_computer, opened, faults, left, qapp, until):
    assert dead_computer.id
    dialog = await opened()
    await faults({"job": "deleteServer", "action": "fail", "code": "Ecs.0201", "count": 1})
    for line in dialog.rows:
        QTest.mouseClick(line, LEFT)
    QTest.mouseClick(dialog.delete_button, LEFT)
    asked = await until(lambda: qapp.activeModalWidget() is not dialog and qapp.activeModalWidget())
    QTest.mouseClick(asked.buttons["delete"], LEFT)
    await until(lambda: not dialog.tasks.running("remove"))
    assert dialog.hint.text() == "1 deleted. 1 could not be deleted; its row says why."
    server, iso = dialog.rows
    assert (server.glyph.state(), server.word.text(), iso.word.text()) == ("failed", "Not deleted", "Deleted")
    assert "failed" in server.reason.text()
    assert len(left()) == 1
    await closed(dialog, qapp, until)


async def test_closing_in_the_middle_stops_what_has_not_begun(dead_computer, opened, faults, left, qapp, until):
    assert dead_computer.id
    dialog = await opened()
    await faults({"job": "deleteServer", "action": "slow", "factor": 30, "count": 1})
    for line in dialog.rows:
        line.box.setChecked(True)
    QTest.mouseClick(dialog.delete_button, LEFT)
    asked = await until(lambda: qapp.activeModalWidget() is not dialog and qapp.activeModalWidget())
    QTest.mouseClick(asked.buttons["delete"], LEFT)
    await until(lambda: "disks" in dialog.rows[0].reason.text() and dialog.delete_button.busy())
    assert "what has not begun stays" in dialog.hint.text()
    await closed(dialog, qapp, until)
    assert any(name.startswith("iso-") for name in left()), "its turn had not come"


async def test_what_cannot_be_looked_at_is_said_and_tried_again(dead_computer, opened, faults, qapp, until):
    assert dead_computer.id
    await faults({"service": "ecs", "action": "refuse", "count": 0}, {"service": "evs", "action": "refuse", "count": 0})
    dialog = await opened()
    titles = [dialog._notices.itemAt(at).widget().title.text() for at in range(dialog._notices.count())]
    assert titles == ["The servers could not be looked at", "The disks could not be looked at"]
    assert [line.orphan.kind for line in dialog.rows] == ["iso-image"]
    await faults(*({"service": name, "action": "refuse", "count": 0} for name in ("ims", "vpc")))
    dialog.again.click()
    await until(lambda: dialog.list.state() == "error")
    await faults()
    QTest.mouseClick(dialog.list.notice.first, LEFT)
    await until(lambda: dialog.list.state() == "content")
    assert len(dialog.rows) == 2
    assert dialog._notices.count() == 0
    await closed(dialog, qapp, until)


async def test_an_account_without_a_kept_secret_is_asked_for_it(
    window, services, ready_recipe, custom_account, dead_computer, qapp, until
):
    recipe = msgspec.structs.replace(ready_recipe, account=custom_account)
    await asyncio.to_thread(services.profiles.save, "acme", recipe)
    await window.home.load()
    menu = window.home.card("acme").more.menu()
    next(a for a in menu.actions() if "over" in a.text()).trigger()
    dialog = await until(lambda: isinstance(qapp.activeModalWidget(), LeftoversDialog) and qapp.activeModalWidget())
    await until(lambda: dialog.list.state() == "empty")
    assert custom_account.user in dialog.accounts.currentText()
    assert custom_account.user in dialog.list.notice.text.text()

    async def sign_in(password):
        QTest.mouseClick(dialog.list.notice.first, LEFT)
        asked = await until(lambda: qapp.activeModalWidget() is not dialog and qapp.activeModalWidget())
        QTest.keyClicks(asked.focusWidget(), password)
        QTest.keyClick(asked, Qt.Key.Key_Return)
        await until(lambda: qapp.activeModalWidget() is dialog)

    text = dialog.list.notice.title.text()
    await sign_in("wrong")
    await until(lambda: dialog.list.state() == "empty" and dialog.list.notice.title.text() != text)
    await sign_in(services.practice.ready["password"])
    await until(lambda: dialog.list.state() == "content")
    assert {line.orphan.run for line in dialog.rows} == {dead_computer.id}
    assert "billed by the hour" in dialog.rows[0].box.accessibleName()
    await closed(dialog, qapp, until)


async def test_a_user_with_an_mfa_device_is_asked_for_the_code_alone(
    window, services, ready_recipe, custom_account, dead_computer, qapp, until
):
    person = services.practice.ready["users"]["with-code"]
    account = msgspec.structs.replace(custom_account, user="with-code")
    await services.vault.keep(account, PasswordLogin(account.domain, "with-code", Secret(person["password"])))
    await asyncio.to_thread(services.profiles.save, "acme", msgspec.structs.replace(ready_recipe, account=account))
    await window.home.load()
    menu = window.home.card("acme").more.menu()
    next(a for a in menu.actions() if "over" in a.text()).trigger()
    dialog = await until(lambda: isinstance(qapp.activeModalWidget(), LeftoversDialog) and qapp.activeModalWidget())
    await until(lambda: dialog.list.state() == "empty")
    assert "one-time code" in dialog.list.notice.title.text()
    QTest.mouseClick(dialog.list.notice.first, LEFT)
    asked = await until(lambda: qapp.activeModalWidget() is not dialog and qapp.activeModalWidget())
    QTest.keyClicks(asked.focusWidget(), code(person["totp_secret"], int(time.time() // STEP)))
    QTest.keyClick(asked, Qt.Key.Key_Return)
    await until(lambda: dialog.list.state() == "content")
    assert {line.orphan.run for line in dialog.rows} == {dead_computer.id}
    await closed(dialog, qapp, until)


async def test_an_unfinished_upload_is_found_and_deleted(
    window, services, ready_recipe, opened, qapp, until, tmp_path, settle
):
    from isowright.practice.isos import DEBIAN, make_iso
    from isowright.recipe import IsoSource

    path = tmp_path / "debian.iso"
    await asyncio.to_thread(make_iso, dataclasses.replace(DEBIAN, filler=3 << 20), path)
    iso = IsoSource(ready_recipe.iso.bucket, "debian.iso", path.stat().st_size, path=str(path), limit=0.05)
    info = await services.engine.create(msgspec.structs.replace(ready_recipe, iso=iso))
    controller = await services.runs.open(info.id)
    controller.start()
    uploads = services.practice.cloud.world.state.uploads
    await until(lambda: controller.state.stages["upload-iso"].transfer, limit=30)
    assert uploads
    await controller.stop()
    await services.engine._journal.forget(info.id)  # its record lies beside the journal still
    dialog = await opened()
    [line] = dialog.rows
    assert line.orphan.kind == "upload"
    assert line.orphan.name.endswith("/debian.iso")
    assert any("Unfinished upload" in label.text() for label in line.findChildren(QLabel))
    assert facts(line.orphan) == "Unfinished upload · not billed"  # on the practice cloud nothing is
    line.box.setChecked(True)
    await settle()
    check(dialog)
    QTest.mouseClick(dialog.delete_button, LEFT)
    asked = await until(lambda: qapp.activeModalWidget() is not dialog and qapp.activeModalWidget())
    assert "debian.iso (Unfinished upload)" in asked.accessibleDescription()
    QTest.mouseClick(asked.buttons["delete"], LEFT)
    await until(lambda: not dialog.tasks.running("remove") and line.word.text() == "Deleted")
    assert not uploads
    await closed(dialog, qapp, until)
