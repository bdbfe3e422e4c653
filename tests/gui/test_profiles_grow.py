"""Variables in names, what was used last, profiles compared and made of runs: by clicks and keys."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu

from isowright.last_used import LastUsed
from isowright.recipe import PRACTICE, Account, ImageSpec, Recipe
from isowright_gui.dialogs import Dialog
from isowright_gui.widgets import LineEdit

LEFT = Qt.MouseButton.LeftButton
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # offscreen, of menus


@pytest.fixture
async def dialog(qapp, until):
    async def find() -> Dialog:
        return await until(lambda: isinstance(qapp.activeModalWidget(), Dialog) and qapp.activeModalWidget())

    return find


def write(edit, text: str) -> None:
    edit.setFocus()
    QTest.keyClick(edit, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(edit, text)


def today(services) -> str:
    return f"{services.clock.now().astimezone():%Y-%m-%d}"


# --------------------------------------------------------------------------------------------------------- variables


async def test_a_pattern_is_shown_filled_in_as_typed(open_wizard, services, until):
    wizard = await open_wizard("image")
    page = wizard.page
    write(page.name.edit, "{os}-{date")
    await until(lambda: page.name.state == "illegal")
    assert "belongs to no variable" in page.name.field.error()
    QTest.keyClicks(page.name.edit, "}")
    await until(lambda: page.name.state == "free")
    system = page.name.filled().split("-")[0]
    assert page.name.field.line() == f"Becomes {system}-{today(services)}. Free in this project."
    write(page.name.edit, "{distro}")
    await until(lambda: page.name.state == "illegal")
    assert "“{distro}” is no variable. There are {os}, {version}" in page.name.field.error()
    assert not page.valid


async def test_another_os_version_is_another_name(open_wizard, ready_recipe, until):
    image = replace(ready_recipe.image, name="{os}-base", os_version="Debian GNU/Linux 12.0.0 64bit")
    page = (await open_wizard("image", replace(ready_recipe, image=image))).page
    await until(lambda: "Becomes debian-base" in page.name.field.line() and page.name.state == "free")
    wanted = next(one for one in page.os.known("Linux") if one.startswith("Ubuntu"))
    page.os.version.setEditText(wanted)
    await until(lambda: "Becomes ubuntu-base" in page.name.field.line())


async def test_a_taken_result_is_said_and_a_numbered_pattern_offered(open_wizard, services, ready_recipe, until):
    world = services.practice.cloud.world.state
    old = next(iter(world.images.values()))
    old.name = f"web-{today(services)}"
    page = (await open_wizard("image")).page
    write(page.name.edit, "web-{date}")
    await until(lambda: page.name.state == "taken")
    assert old.name in page.name.field.error()
    assert page.name.suggestion.text() == "Use web-{date}-2"
    QTest.mouseClick(page.name.suggestion, LEFT)
    await until(lambda: page.name.state == "free")
    assert page.session.recipe.image.name == "web-{date}-2"


async def test_a_variable_is_inserted_from_the_menu(open_wizard, until):
    page = (await open_wizard("image")).page
    write(page.name.edit, "x-")
    QTest.mouseClick(page.name.variables, LEFT)
    await until(page.name.menu.isVisible)
    actions = page.name.menu.actions()
    assert len(actions) == 6
    assert all(" = " in one.text() for one in actions)
    actions[0].trigger()
    page.name.menu.close()
    assert page.session.recipe.image.name == "x-{os}"
    await until(lambda: page.name.state == "free")


async def test_the_run_has_the_name_and_the_profile_the_pattern(window, services, ready_recipe, until, dialog):
    recipe = replace(ready_recipe, image=replace(ready_recipe.image, name="golden-{date}"))
    await asyncio.to_thread(services.profiles.save, "golden", recipe)
    await window.home.load()
    QTest.mouseClick(window.home.card("golden").start, LEFT)
    wizard = await until(lambda: window.wizard)
    await until(lambda: wizard.step == "review")
    name = f"golden-{today(services)}"
    assert name in _words(wizard.page)
    await until(lambda: wizard.page.checks.done() and wizard.page.valid)
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: wizard.step == "build")
    (run,) = await services.engine.runs()
    assert (run.name, run.recipe.image.name_pattern) == (name, "golden-{date}")
    assert services.profiles.load("golden").image.name == "golden-{date}"
    await until(lambda: services.runs.get(run.id) is not None)
    window.show_home()
    row = await until(lambda: window.home._rows.get(run.id))
    await save_from_row(row, until)
    asked = await dialog()
    assert "Its image's name is golden-{date} again." in _words(asked)
    QTest.mouseClick(asked.buttons["ok"], LEFT)
    await until(lambda: window.home.card(name))
    made = services.profiles.load(name)
    assert made.image == recipe.image
    assert made.server == recipe.server


def _words(widget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


async def save_from_row(row, until) -> None:
    """The context menu's "Save as profile"."""
    point = QPoint(20, 10)
    QApplication.sendEvent(row, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, row.mapToGlobal(point)))
    menu = await until(lambda: next((m for m in row.findChildren(QMenu) if m.isVisible()), None))
    next(a for a in menu.actions() if "profile" in a.text()).trigger()
    menu.close()


# --------------------------------------------------------------------------------------------------------- profiles


async def test_a_run_becomes_a_profile_under_a_name_that_is_free(window, services, ready_recipe, until, dialog):
    await asyncio.to_thread(services.profiles.save, ready_recipe.image.name, ready_recipe)
    run = await services.engine.create(ready_recipe)
    await window.home.load()
    await save_from_row(window.home._rows[run.id], until)
    asked = await dialog()
    field = next(edit for edit in asked.findChildren(LineEdit) if edit.isVisible())
    assert field.text() == f"{ready_recipe.image.name} (2)"
    write(field, ready_recipe.image.name.upper())
    QTest.mouseClick(asked.buttons["ok"], LEFT)
    assert "exists already" in _words(asked)
    write(field, "from the run")
    QTest.keyClick(field, Qt.Key.Key_Return)
    await until(lambda: window.home.card("from the run"))
    assert services.profiles.load("from the run") == services.profiles.load(ready_recipe.image.name)


async def test_two_profiles_side_by_side(window, services, ready_recipe, until, dialog):
    await asyncio.to_thread(services.profiles.save, "one", ready_recipe)
    await window.home.load()
    texts = [a.text() for a in window.home.card("one").more.menu().actions()]
    assert not any("Compare" in text for text in texts), "with itself alone there is nothing to compare"
    other = replace(ready_recipe, server=replace(ready_recipe.server, data_disk=80))
    await asyncio.to_thread(services.profiles.save, "same", ready_recipe)
    await asyncio.to_thread(services.profiles.save, "two", other)
    (services.home.profiles_dir / "broken.toml").write_text("no TOML [")
    await window.home.load()
    next(a for a in window.home.card("one").more.menu().actions() if "Compare" in a.text()).trigger()
    shown = await dialog()
    assert [shown.other.itemText(at) for at in range(shown.other.count())] == ["same", "two"]
    assert shown.list.state() == "empty"
    shown.other.setFocus()
    QTest.keyClick(shown.other, Qt.Key.Key_Down)
    await until(lambda: shown.list.state() == "content")
    cells = [shown.model.index(0, at).data() for at in range(3)]
    assert cells == ["Server: Data disk", f"{ready_recipe.server.data_disk} GB", "80 GB"]
    assert shown.model.shown() == 1
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    await until(lambda: not shown.isVisible())


# --------------------------------------------------------------------------------------------------- used last


async def new_image(window, until, account):
    wizard = window.start_wizard(Recipe(account=account))
    await until(lambda: wizard.page is not None and not wizard.page.tasks.running("enter"))
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: wizard.session.cloud is not None and not wizard.page.busy)
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: wizard.step == "iso")
    return wizard


async def test_a_new_image_begins_as_the_last_one_on_this_cloud(window, services, ready_recipe, until):
    used = replace(
        ready_recipe,
        image=replace(ready_recipe.image, name="{os}-{date}"),
        server=replace(ready_recipe.server, data_disk=77, auto_delete_hours=5),
    )
    await asyncio.to_thread(services.last_used.remember, used)
    wizard = await new_image(window, until, ready_recipe.account)
    recipe = wizard.session.recipe
    assert (recipe.server, recipe.network) == (used.server, used.network)
    assert (recipe.image.name, recipe.image.os_version) == ("{os}-{date}", "")
    assert (recipe.iso.bucket, recipe.iso.key) == (used.iso.bucket, "")


async def test_what_is_gone_since_is_not_offered(window, services, ready_recipe, until):
    used = replace(
        ready_recipe,
        server=replace(ready_recipe.server, flavor_id="x1.tiny"),
        network=replace(ready_recipe.network, subnet_id="gone"),
        iso=replace(ready_recipe.iso, bucket="isowright-no-such-bucket"),
    )
    await asyncio.to_thread(services.last_used.remember, used)
    wizard = await new_image(window, until, ready_recipe.account)
    recipe = wizard.session.recipe
    assert (recipe.server.flavor_id, recipe.server.volume_type) == ("", used.server.volume_type)
    assert (recipe.network.vpc_id, recipe.network.subnet_id) == (used.network.vpc_id, "")
    assert recipe.iso.bucket == ""


async def test_a_profile_is_never_overridden(window, services, ready_recipe, until):
    used = replace(ready_recipe, server=replace(ready_recipe.server, data_disk=99))
    await asyncio.to_thread(services.last_used.remember, used)
    half = replace(ready_recipe, server=type(ready_recipe.server)(), image=ImageSpec())
    await asyncio.to_thread(services.profiles.save, "half", half)
    await window.home.load()
    QTest.mouseClick(window.home.card("half").start, LEFT)
    wizard = await until(lambda: window.wizard)
    await until(lambda: wizard.page is not None and not wizard.page.tasks.running("enter"))
    assert wizard.session.recipe.server.data_disk == 40
    assert wizard.session.recipe.image.name == ""


async def test_choosing_a_cloud_fills_in_who_signed_in_there_last(window, services, until):
    account = Account(cloud="otc", region="eu-nl", domain="OTC000", user="kim", project_id="p", project_name="eu-nl")
    await asyncio.to_thread(LastUsed(services.home).remember, Recipe(account=account))
    wizard = window.start_wizard()
    await until(lambda: wizard.page is not None and not wizard.page.tasks.running("enter"))
    combo = wizard.page.form.cloud
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Home)
    while combo.currentData() != "otc":
        QTest.keyClick(combo, Qt.Key.Key_Down)
        await asyncio.sleep(0)
    await until(lambda: wizard.session.recipe.account.user == "kim")
    found = wizard.session.recipe.account
    assert (found.region, found.domain, found.project_name) == ("eu-nl", "OTC000", "eu-nl")
    assert wizard.page.form.user.text() == "kim"
    assert wizard.page.form.password.text() == ""


async def test_a_run_that_begins_is_remembered(window, services, open_wizard, ready_recipe, until):
    wizard = await open_wizard("review")
    await until(lambda: wizard.page.checks.done() and wizard.page.valid)
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: wizard.step == "build")
    kept = services.last_used.account(PRACTICE)
    assert kept is not None
    assert kept.endpoints == {}
    assert services.last_used.answers(ready_recipe.account).server == ready_recipe.server
