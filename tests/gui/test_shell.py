"""The wizard's frame: moving, what is reached, keys, saving; on the practice cloud, through the real pages."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from isowright_gui.dialogs import Dialog

LEFT = Qt.MouseButton.LeftButton


def press(button) -> None:
    QTest.mouseClick(button, LEFT)


async def test_a_new_image_begins_at_account_and_nothing_else_is_reached(window, until):
    await until(window.home.cards.widgets)
    press(window.header.new)
    wizard = await until(lambda: window.wizard)
    await until(lambda: wizard.page is not None)
    assert wizard.step == "account"
    assert not wizard.footer.back_button.isVisible()
    for step in ("iso", "image", "server", "network", "review", "build"):
        assert not wizard.stepper.row_of(step).isEnabled()


async def test_continue_stays_clickable_and_goes_to_the_first_problem(window, until):
    wizard = window.start_wizard()
    await until(lambda: wizard.page is not None and not wizard.page.tasks.running("enter"))
    window.activateWindow()
    assert not wizard.page.valid
    assert wizard.footer.primary_button.isEnabled()
    press(wizard.footer.primary_button)
    await until(lambda: not wizard.tasks.running("move"))
    assert wizard.step == "account"
    focus = window.focusWidget()
    assert focus is wizard.page.first_focus()


async def test_back_and_jumping_lose_nothing(open_wizard, ready_recipe, until):
    wizard = await open_wizard("review")
    before = wizard.session.recipe
    assert wizard.step == "review"
    press(wizard.footer.back_button)
    await until(lambda: wizard.step == "network")
    press(wizard.stepper.row_of("iso"))
    await until(lambda: wizard.step == "iso")
    assert wizard.stepper.row_of("review").isEnabled()
    await until(lambda: not wizard.page.tasks.running("enter"))
    after = wizard.session.recipe
    assert (after.account, after.iso, after.image, after.server) == (
        before.account,
        before.iso,
        before.image,
        before.server,
    )
    assert after.network.subnet_id == before.network.subnet_id


async def test_a_changed_answer_takes_back_what_depends_on_it(open_wizard, until):
    wizard = await open_wizard("review")
    press(wizard.stepper.row_of("server"))
    await until(lambda: wizard.step == "server")
    recipe = wizard.session.recipe
    network = msgspec.structs.replace(recipe.network, vpc_id="another")
    wizard.session.update(msgspec.structs.replace(recipe, network=network))
    assert wizard.session.recipe.network.subnet_id == ""
    assert wizard.stepper.row_of("network").step.state == "problem"
    assert wizard.stepper.row_of("network").isEnabled()
    assert not wizard.stepper.row_of("review").isEnabled()


async def test_signing_out_closes_everything_behind_account(open_wizard, until):
    wizard = await open_wizard("network")
    press(wizard.stepper.row_of("account"))
    await until(lambda: wizard.step == "account")
    cloud = wizard.session.signed_out()
    await cloud.aclose()
    assert not wizard.stepper.row_of("iso").isEnabled()


async def test_enter_is_the_primary_button(open_wizard, until):
    wizard = await open_wizard("image")
    wizard.page.first_focus().setFocus()
    QTest.keyClick(wizard.page.first_focus(), Qt.Key.Key_Return)
    await until(lambda: wizard.step == "server")


async def test_escape_closes_no_page(open_wizard, window, settle):
    wizard = await open_wizard("image")
    QTest.keyClick(window.focusWidget() or wizard, Qt.Key.Key_Escape)
    await settle()
    assert window.wizard is wizard
    assert wizard.step == "image"
    assert window.isVisible()


async def test_save_and_close_asks_for_a_name_and_makes_a_card(open_wizard, window, services, qapp, until):
    wizard = await open_wizard("network")
    press(wizard.stepper.leave_button)
    dialog = await until(lambda: isinstance(qapp.activeModalWidget(), Dialog) and qapp.activeModalWidget())
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    await until(lambda: window.wizard is None)
    await until(lambda: window.home.card("practice-image"))
    saved = await asyncio.to_thread(services.profiles.load, "practice-image")
    assert saved.image.name == "practice-image"


async def test_leaving_with_new_answers_asks_first(open_wizard, window, qapp, until):
    wizard = await open_wizard("network")
    image = msgspec.structs.replace(wizard.session.recipe.image, description="new words")
    wizard.session.update(msgspec.structs.replace(wizard.session.recipe, image=image))
    press(wizard.stepper.home_button)
    dialog = await until(lambda: isinstance(qapp.activeModalWidget(), Dialog) and qapp.activeModalWidget())
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    await until(lambda: qapp.activeModalWidget() is None)
    assert window.wizard is wizard
    press(wizard.stepper.home_button)
    dialog = await until(lambda: isinstance(qapp.activeModalWidget(), Dialog) and qapp.activeModalWidget())
    press(dialog.buttons["drop"])
    await until(lambda: window.wizard is None)


@pytest.mark.parametrize("width", [600, 760, 1120])
async def test_the_primary_button_is_seen_at_every_width(open_wizard, window, width, until):
    wizard = await open_wizard("server")
    window.resize(width, 480)
    await asyncio.sleep(0.02)
    button = wizard.footer.primary_button
    corner = button.mapTo(window, button.rect().bottomRight())
    assert window.rect().contains(corner)


async def test_nothing_scrolls_sideways_in_the_narrowest_window(open_wizard, window, until):
    wizard = await open_wizard("review")
    window.resize(window.minimumSize())
    for step in ("account", "iso", "image", "server", "network", "review"):
        await wizard.jump(step)
        await until(lambda: not wizard.page.tasks.running("enter"))
        area = wizard.stack.currentWidget()
        await until(lambda area=area: area.widget().width() <= area.viewport().width(), what=step)
        assert wizard.footer.primary_button.visibleRegion().boundingRect() == wizard.footer.primary_button.rect()
    assert wizard.stepper.narrow
    assert wizard.stepper.home_button.accessibleName() == "Home"
    assert wizard.stepper.badge.accessibleName() == "Practice cloud"
    window.resize(1120, 740)
    await until(lambda: not wizard.stepper.narrow)
    assert wizard.stepper.home_button.text() == "&Home"


async def test_a_home_that_has_loaded_late_leaves_the_keyboard_to_the_wizard(
    open_wizard, window, services, ready_recipe, until
):
    await asyncio.to_thread(services.profiles.save, "weekly", ready_recipe)
    window.show_home()
    await until(lambda: window.home.card("weekly") and not window.tasks.running("home"))
    window.home.card("weekly").start.setFocus()
    wizard = await open_wizard("server")
    window.activateWindow()
    assert window.focusWidget() is wizard.page.picker.filter
    await window._load_home(tour=False)  # as `show_home` has begun it before the wizard was opened
    assert window.focusWidget() is wizard.page.picker.filter
