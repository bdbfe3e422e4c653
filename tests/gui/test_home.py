"""Home: first start, profiles and what can be done with them, runs, and what was left unfinished."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from isowright.events import Resource
from isowright.home import Home
from isowright.pipeline.runs import RunInfo, StageInfo
from isowright.recipe import Account, Recipe
from isowright_gui.dialogs import Dialog
from isowright_gui.home.page import free_name
from isowright_gui.home.words import ago, lasting, outcome, unfinished_sentence

LEFT = Qt.MouseButton.LeftButton


def press(button) -> None:
    QTest.mouseClick(button, LEFT)


def menu_action(card, text: str):
    return next(a for a in card.more.menu().actions() if a.text().replace("&", "").startswith(text))


@pytest.fixture
async def dialog(qapp, until):
    """The dialog that is open now."""

    async def find() -> Dialog:
        return await until(lambda: isinstance(qapp.activeModalWidget(), Dialog) and qapp.activeModalWidget())

    return find


async def test_first_start_offers_the_tour_one_click_away(window, until):
    home = window.home
    await until(home.cards.widgets)
    assert home.cards.widgets() == [home.tour]
    assert not home.show_all.isVisible()
    assert home.banner is None
    press(home.tour.start)
    wizard = await until(lambda: window.wizard)
    await until(lambda: wizard.page is not None)
    assert wizard.step == "account"
    assert wizard.session.recipe.account.cloud == "practice"
    assert wizard.stepper.badge.isVisible()


async def test_a_profile_is_run_in_two_clicks(window, services, ready_recipe, until):
    await asyncio.to_thread(services.profiles.save, "debian", ready_recipe)
    await window.home.load()
    press(window.home.card("debian").start)
    wizard = await until(lambda: window.wizard)
    await until(lambda: wizard.step == "review")
    assert wizard.session.identity is not None
    assert wizard.session.profile == "debian"
    await until(lambda: not wizard.page.tasks.running("enter"))
    await until(lambda: wizard.page.valid, what=str(wizard.page.problem))
    press(wizard.footer.primary_button)
    await until(lambda: wizard.step == "build")
    runs = await services.engine.runs()
    assert [run.profile for run in runs] == ["debian"]


async def test_a_profile_without_its_secret_opens_at_account_and_says_why(window, services, ready_recipe, until):
    account = msgspec.structs.replace(
        ready_recipe.account,
        cloud="custom",
        domain="acme",
        user="jo",
        endpoints=dict(services.practice.ready["endpoints"]),
    )
    await asyncio.to_thread(services.profiles.save, "acme", msgspec.structs.replace(ready_recipe, account=account))
    await window.home.load()
    press(window.home.card("acme").start)
    wizard = await until(lambda: window.wizard)
    await until(lambda: wizard.page is not None)
    assert wizard.step == "account"
    assert wizard.session.recipe.image == ready_recipe.image, "no answer is lost"
    assert not wizard.page.valid


async def test_duplicate_export_import_and_delete(window, services, ready_recipe, dialog, until, tmp_path):
    await asyncio.to_thread(services.profiles.save, "debian", ready_recipe)
    home = window.home
    await home.load()
    menu_action(home.card("debian"), "Duplicate").trigger()
    asked = await dialog()
    QTest.keyClick(asked, Qt.Key.Key_Return)
    await until(lambda: home.card("debian copy"))
    path = tmp_path / "out.toml"
    await asyncio.to_thread(services.profiles.export, "debian copy", path)
    menu_action(home.card("debian copy"), "Delete").trigger()
    asked = await dialog()
    assert asked.default.text() == "&Keep it", "Enter does nothing that cannot be undone"
    press(asked.buttons["delete"])
    await until(lambda: home.card("debian copy") is None)
    await home.import_file(path)
    names = [info.name for info in await asyncio.to_thread(services.profiles.list)]
    assert len(names) == 2
    assert "debian" in names


async def test_escape_closes_a_question_and_changes_nothing(window, services, ready_recipe, dialog, qapp, until):
    await asyncio.to_thread(services.profiles.save, "debian", ready_recipe)
    await window.home.load()
    menu_action(window.home.card("debian"), "Delete").trigger()
    asked = await dialog()
    QTest.keyClick(asked, Qt.Key.Key_Escape)
    await until(lambda: qapp.activeModalWidget() is None)
    assert window.home.card("debian") is not None
    assert window.isVisible()


async def test_a_damaged_profile_is_a_card_with_its_error_and_no_run(window, services, dialog):
    (services.home.profiles_dir / "broken.toml").write_text("this is not TOML", encoding="utf-8")
    await window.home.load()
    card = window.home.card("broken")
    assert card.result.text() == "Cannot be read"
    assert card.start.text() == "Details"
    press(card.start)
    shown = await dialog()
    assert "broken" in shown.accessibleName() + shown.accessibleDescription()
    shown.reject()


async def test_the_keyboard_alone_reaches_everything_in_order(window, services, ready_recipe, qapp):
    await asyncio.to_thread(services.profiles.save, "debian", ready_recipe)
    home = window.home
    await home.load()
    window.activateWindow()
    home.header.settings.setFocus()
    reached = []
    for _ in range(9):
        reached.append(window.focusWidget().accessibleName() or window.focusWidget().text())
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    assert reached == [
        "Settings",
        "Help",
        "&New image",
        "&Import…",
        "More about debian",
        "Run debian",
        "More about the practice cloud",
        "&Real machines (QEMU)",
        "Start the five-minute tour",
    ]


async def test_a_run_left_by_an_ended_process_is_found_and_can_be_left_or_continued(
    services, ready_recipe, home: Home, qapp, until, window
):
    info = await services.engine.create(
        msgspec.structs.replace(ready_recipe, account=services.practice.fill(ready_recipe.account))
    )
    await window.home.load()
    banner = window.home.banner
    assert banner is not None
    assert "practice-image" in banner.text.text()
    buttons = {b.text().replace("&", ""): b for b in banner.findChildren(type(window.home.import_button))}
    assert list(buttons) == ["Leave", "Clean up…", "Continue"]
    press(buttons["Leave"])
    assert window.home.banner is None
    window.home._left.clear()
    await window.home.load()
    buttons = {b.text().replace("&", ""): b for b in window.home.banner.findChildren(type(window.home.import_button))}
    press(buttons["Continue"])
    await until(lambda: window.wizard is not None and window.wizard.step == "build")
    await until(lambda: (run := services.runs.get(info.id)) is not None and run.active)
    window.show_home()
    await until(lambda: window.home.banner is None, what="it is not unfinished any more: it runs")
    row = window.home._rows[info.id]
    await until(lambda: "Your turn" in row.second.text())
    QTest.keyClick(row, Qt.Key.Key_Return)
    await until(lambda: window.wizard is not None and window.wizard.step == "build")


NOW = datetime(2026, 5, 14, 12, 0, tzinfo=UTC)


def left(kind="server", fate="exists", note=""):
    return Resource(kind=kind, id="" if fate == "planned" else f"{kind}-1", name=kind, fate=fate, note=note)


def run_with(*resources, cloud="huawei-intl", state="running"):
    recipe = Recipe(account=Account(cloud=cloud))
    stages = (StageInfo("launch-server", "Launch temporary server", "running"),)
    facts = {"id": "r", "mark": "m", "name": "debian", "created": NOW, "updated": NOW - timedelta(hours=2)}
    return RunInfo(recipe=recipe, state=state, stages=stages, resources=resources, **facts)


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        ([], "It had made nothing yet."),
        ([left(fate="planned")], "Its temporary server may exist, and is billed if it does."),
        ([left(fate="deleting")], "Its temporary server may exist, and is billed if it does."),
        ([left()], "Its temporary server still exists and is billed."),
        ([left(fate="stopped")], "Its temporary server still exists and is billed."),
        ([left(note="dead-man switch 2026-05-14 12:01 UTC")], "Its temporary server still exists and is billed."),
        (
            [left(note="dead-man switch 2026-05-14 11:59 UTC"), left("iso-image")],
            "Its temporary server may exist, and is billed if it does.",
        ),
        (
            [left(fate="deleted"), left("data-volume")],
            "Disks of its temporary server still exist and are billed.",
        ),
        (
            [left(fate="deleted"), left("data-volume", "deleting")],
            "Disks of its temporary server may exist, and are billed if they do.",
        ),
        ([left("iso-image")], "What it made still exists; nothing of it is billed by the hour."),
        ([left("iso-image", "planned")], "What it asked for may exist; nothing of it is billed by the hour."),
    ],
)
def test_the_banner_says_what_is_known(resources, words):
    sentence = unfinished_sentence(run_with(*resources), NOW)
    assert sentence == f"“debian” stopped 2 hours ago at Launch temporary server. {words}"


def test_a_stopped_run_says_what_is_known():
    at = "Cancelled at Launch temporary server"
    assert outcome(run_with(left(), state="cancelled")).text == f"{at}, what it made still exists"
    assert outcome(run_with(left(fate="planned"), state="cancelled")).text == f"{at}, what it asked for may exist"
    assert outcome(run_with(left(fate="deleted"), state="cancelled")).text == "Cancelled, nothing left behind"
    assert "may have been created" in run_with(left(fate="planned")).cancel_cost()
    assert "is running and billed" in run_with(left()).cancel_cost()


async def test_the_banner_of_a_run_that_ended_before_the_answer(services, ready_recipe, window):
    """The journal holds the intent and no outcome: a server that may exist, not one that does."""
    account = services.practice.fill(ready_recipe.account)
    info = await services.engine.create(msgspec.structs.replace(ready_recipe, account=account))
    record = await services.engine._journal.record(info.id, lambda _event: None)
    await record.intend("iso-image", "iso-1")
    await window.home.load()
    assert window.home.banner.text.text().endswith("What it asked for may exist; nothing of it is billed by the hour.")


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (timedelta(seconds=20), "Just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=1, minutes=5), "1 hour ago"),
        (timedelta(hours=2), "2 hours ago"),
        (timedelta(days=1), "Yesterday"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=13), "1 May"),
        (timedelta(days=365), "14 May 2025"),
    ],
)
def test_ago(past, words):
    assert ago(NOW - past, NOW) == words


@pytest.mark.parametrize(("seconds", "words"), [(5, "5 s"), (372, "6 min 12 s"), (3900, "1 h 05 min")])
def test_lasting(seconds, words):
    assert lasting(seconds) == words


def test_a_copy_gets_a_free_name():
    assert free_name("a", {"a"}) == "a copy"
    assert free_name("a", {"a", "a copy"}) == "a copy 2"


async def test_a_window_closed_in_mid_run_leaves_it_to_the_next_start(services, window, ready_recipe, until):
    from isowright.clock import FastClock
    from isowright.secrets import MemoryStore
    from isowright_gui.life import build_services
    from isowright_gui.wizard.window import MainWindow

    info = await services.engine.create(ready_recipe)
    controller = await services.runs.open(info.id)
    controller.start()
    await until(lambda: controller.state.phase == "your-turn")
    await window.close_down()
    await services.engine.close()

    # The next start: another engine and another window on the same folder; the practice cloud has stayed.
    again = build_services(services.home, FastClock(60), store=MemoryStore())
    again.practice = services.practice
    await again.engine.open()
    second = MainWindow()
    try:
        second.show()
        second.attach(again)
        second.show_home()
        await until(lambda: second.home is not None and second.home.banner is not None)
        assert "Install the OS" in second.home.banner.text.text()
        press(second.home.banner.findChildren(type(second.home.import_button))[-1])
        await until(lambda: again.runs.get(info.id) is not None)
        resumed = again.runs.get(info.id)
        await until(lambda: resumed.state.phase == "your-turn")
        resumed.installed()
        await until(lambda: resumed.info.state == "done")
        servers = [made for made in resumed.info.resources if made.kind == "server"]
        assert len(servers) == 1, "nothing is made twice"
        assert resumed.info.image_id
    finally:
        second.hide()
        await second.close_down()
        await again.engine.close()
        second.deleteLater()
