"""Every page by keyboard and by ear: names, mnemonics, and a Tab that reaches all there is."""

from __future__ import annotations

import asyncio
import re

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QScrollArea, QWidget

from isowright.errors import AppError
from isowright.practice.machines import Scripted
from isowright_gui.dialogs import ask, ask_text, problem_dialog

STEPS = ("account", "iso", "image", "server", "network", "review")


class Screens(Scripted):
    """Machines with a screen."""

    async def screenshot(self, _server_id: str) -> bytes:
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        QImage(64, 40, QImage.Format.Format_Grayscale8).save(buffer, "PNG")
        return bytes(data.data())


def focusable(root: QWidget) -> list[QWidget]:
    """What Tab should reach: seen, enabled, of its own (not the editor inside a spin box)."""
    found = []
    for widget in root.findChildren(QWidget):
        if not (widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus):
            continue
        if widget.focusProxy() is not None or isinstance(widget, QScrollArea):
            continue
        if widget.objectName().startswith("qt_") and not isinstance(widget, QAbstractButton):
            continue
        found.append(widget)
    return found


def name_of(widget: QWidget) -> str:
    """What a screen reader says, as Qt works it out: the accessible name, a button's words, the label's buddy."""
    if widget.accessibleName():
        return widget.accessibleName()
    if isinstance(widget, QAbstractButton):
        return widget.text()
    for label in widget.window().findChildren(QLabel):
        if label.buddy() is widget:
            return label.text()
    return ""


def mnemonics(root: QWidget) -> dict[str, list[str]]:
    """Letter → the words that claim it, of all that is seen."""
    claimed: dict[str, list[str]] = {}
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, QAbstractButton | QLabel):
            continue
        if isinstance(widget, QLabel) and widget.buddy() is None:
            continue
        for letter in re.findall(r"&([^&\s])", widget.text().replace("&&", "")):
            claimed.setdefault(letter.lower(), []).append(widget.text())
    return claimed


def check(root: QWidget) -> None:
    nameless = [widget for widget in focusable(root) if not name_of(widget).strip()]
    assert not nameless, f"without a name for a screen reader: {nameless}"
    twice = {letter: words for letter, words in mnemonics(root).items() if len(words) > 1}
    assert not twice, f"one letter for two: {twice}"


def tab_round(window: QWidget, wanted: list[QWidget]) -> list[QWidget]:
    """Press Tab until it comes round; returns what it reached."""
    window.activateWindow()
    wanted[0].setFocus(Qt.FocusReason.TabFocusReason)
    reached: list[QWidget] = []
    for _ in range(len(wanted) * 3 + 10):
        now = window.focusWidget()
        if now in reached:
            break
        reached.append(now)
        QTest.keyClick(now, Qt.Key.Key_Tab)
    return reached


def check_tab(window: QWidget, root: QWidget) -> None:
    wanted = focusable(root)
    reached = tab_round(window, wanted)
    missed = [f"{widget} {name_of(widget)!r}" for widget in wanted if widget not in reached]
    # Of buttons that exclude each other Tab reaches the chosen one, the arrow keys the others.
    missed = [
        words
        for words, widget in zip(missed, [w for w in wanted if w not in reached], strict=True)
        if not (isinstance(widget, QAbstractButton) and widget.group() is not None and widget.group().exclusive())
        and not (isinstance(widget, QAbstractButton) and widget.autoExclusive())
    ]
    assert not missed, f"Tab does not reach: {missed}"


async def test_home(window, services, ready_recipe, settle):
    await asyncio.to_thread(services.profiles.save, "debian", ready_recipe)
    (services.home.profiles_dir / "broken.toml").write_text("=", encoding="utf-8")
    await window.home.load()
    await settle()
    check(window)
    check_tab(window, window)


@pytest.mark.parametrize("step", STEPS)
async def test_each_page_of_the_wizard(step, open_wizard, window, settle):
    wizard = await open_wizard(step)
    assert wizard.step == step
    await settle()
    check(wizard)
    check_tab(window, wizard)


async def test_an_iso_of_this_computer(open_wizard, window, settle, tmp_path, until, qapp):
    from isowright.practice.isos import DEBIAN, make_iso

    wizard = await open_wizard("iso")
    page = wizard.page
    page.way.set_value("local")
    await settle()
    check(wizard)
    check_tab(window, wizard)
    path = tmp_path / "debian.iso"
    await asyncio.to_thread(make_iso, DEBIAN, path)
    page.local.take(path)
    await until(lambda: page.local.key_state == "free")
    page.form.suggest("debian-2.iso")
    page.form.file.show_problem("It cannot be read.")
    await settle()
    check(wizard)
    check_tab(window, wizard)
    QTest.mouseClick(page.form.bucket_line.new, Qt.MouseButton.LeftButton)
    dialog = await until(qapp.activeModalWidget)
    await until(dialog.field.ok)
    check(dialog)
    check_tab(dialog, dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    await until(lambda: not page.tasks.running("new-bucket"))


async def test_a_run_that_uploads(window, services, ready_recipe, until, settle, tmp_path):
    import dataclasses

    import msgspec

    from isowright.practice.isos import DEBIAN, make_iso
    from isowright.recipe import IsoSource

    path = tmp_path / "debian.iso"
    await asyncio.to_thread(make_iso, dataclasses.replace(DEBIAN, filler=3 << 20), path)
    iso = IsoSource(ready_recipe.iso.bucket, "debian.iso", path.stat().st_size, path=str(path), limit=0.05)
    info = await services.engine.create(msgspec.structs.replace(ready_recipe, iso=iso))
    window.open_run(info.id)
    build = (await until(lambda: window.wizard and window.wizard.build)) and window.wizard.build
    await until(lambda: build.controller is not None)
    build.controller.start()
    await until(lambda: build.upload, limit=30)
    await settle()
    check(window.wizard)
    check_tab(window, window.wizard)
    QTest.keyClick(build.upload.pause, Qt.Key.Key_Space)
    await until(build.upload.paused)
    assert build.upload.pause.text() == "R&esume"
    await until(lambda: build.timeline.stage("upload-iso").accessibleName() == "Upload ISO: Paused")
    check(window.wizard)
    await build.controller.stop()


@pytest.mark.parametrize("step", ["account", "image"])
async def test_each_page_while_it_shows_its_problems(step, open_wizard, window, settle, ready_recipe):
    from isowright.recipe import ImageSpec, Recipe

    recipe = Recipe(iso=ready_recipe.iso, account=ready_recipe.account, image=ImageSpec(name="no/good"))
    wizard = await open_wizard(step, Recipe() if step == "account" else recipe)
    wizard.page.reveal_problem()
    await settle()
    check(wizard)
    assert wizard.page.isAncestorOf(window.focusWidget())


async def test_a_run(window, services, ready_recipe, until, settle):
    import msgspec

    account = services.practice.fill(ready_recipe.account)
    info = await services.engine.create(msgspec.structs.replace(ready_recipe, account=account))
    window.open_run(info.id)
    wizard = await until(lambda: window.wizard)
    await until(lambda: wizard.build is not None and wizard.build.controller is not None)
    await settle()
    check(wizard)
    check_tab(window, wizard)
    controller = services.runs.get(info.id)
    services.practice.cloud.world.machines = Screens()
    controller.start()
    await until(lambda: controller.state.phase == "your-turn")
    watch = await until(lambda: wizard.build.turn and wizard.build.turn.watch)
    await until(lambda: watch.log.isVisible() and watch.picture.isVisible())
    await settle()
    check(wizard)
    check_tab(window, wizard)


async def test_dialogs(window, qapp, until, settle):
    asking = asyncio.ensure_future(
        ask(window, "Delete it?", "It is gone then.", [("", "&Keep it", "secondary"), ("x", "&Delete", "danger")])
    )
    dialog = await until(qapp.activeModalWidget)
    check(dialog)
    check_tab(dialog, dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert await asking == ""

    asking = asyncio.ensure_future(ask_text(window, "Save as profile", "&Name", value="debian"))
    dialog = await until(qapp.activeModalWidget)
    check(dialog)
    check_tab(dialog, dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert await asking == "debian"

    error = AppError("It broke.", detail="Nothing is lost.", remedy="Mend it.", code="IMG.1", request_id="r-1")
    dialog = problem_dialog(window, error, [])
    dialog.show_now()
    await settle()
    check(dialog)
    check_tab(dialog, dialog)
    dialog.reject()
    dialog.deleteLater()


async def test_a_name_is_asked_for_until_it_is_free(window, qapp, until):
    asking = asyncio.ensure_future(
        ask_text(window, "Name", "&Name", value="taken", check=lambda w: "Taken." if w == "taken" else None)
    )
    dialog = await until(qapp.activeModalWidget)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.isVisible()
    QTest.keyClicks(dialog.focusWidget(), "free")
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert (await asking).endswith("free")


async def test_a_cancelled_question_takes_its_dialog_with_it(window, qapp, until):
    asking = asyncio.ensure_future(ask(window, "Really?", "", [("x", "&Yes", "primary")]))
    await until(qapp.activeModalWidget)
    asking.cancel()
    await until(lambda: qapp.activeModalWidget() is None)
