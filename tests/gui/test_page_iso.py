"""ISO: buckets, folders, thousands of objects, what cannot be chosen and why, and a storage in trouble."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from isowright.cloud.models import ObjectInfo
from isowright.cloud.wire import Request
from isowright.recipe import Account, IsoSource
from isowright_gui.pages.iso_card import FactsOf
from isowright_gui.pages.iso_listing import Entry

LEFT = Qt.MouseButton.LeftButton
DEBIAN = "debian-12_7_0-amd64-netinst.iso"


@pytest.fixture
async def wizard(open_wizard, ready_recipe, window):
    """At ISO, with no ISO chosen yet."""
    made = await open_wizard("iso", msgspec.structs.replace(ready_recipe, iso=IsoSource()))
    window.activateWindow()
    return made


@pytest.fixture
async def page(wizard, until):
    await until(lambda: wizard.page.browser.model.total() > 0)
    return wizard.page


def bucket(services, kind: str) -> str:
    return next(b["name"] for b in services.practice.ready["buckets"] if f"-{kind}-" in b["name"])


async def look_into(page, name: str, until) -> None:
    at = page.bucket.findData(name)
    page.bucket.setCurrentIndex(at)
    page.bucket.activated.emit(at)
    await until(lambda: not page.tasks.running("list"))


def click(page, key: str, *, double: bool = False) -> None:
    table = page.browser.table
    table.setFocus()
    spot = table.visualRect(page.browser.model.index(page.browser.model.position(key), 0)).center()
    QTest.mouseClick(table.viewport(), LEFT, pos=spot)
    if double:
        QTest.mouseDClick(table.viewport(), LEFT, pos=spot)


async def test_choose_and_go_on_with_the_keyboard_alone(wizard, page, services, until):
    assert not page.valid  # nothing is preselected
    assert page.card.accessibleName().startswith("No ISO")
    table = page.browser.table
    table.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Home)
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert page.session.recipe.iso.key == DEBIAN
    await until(lambda: page.card.facts and page.card.facts[0].label == "Boots with")
    assert {fact.label: fact.verdict for fact in page.card.facts} == dict.fromkeys(
        ["Boots with", "Architecture", "Size", "Region", "Storage class", "Encryption", "Name"], "done"
    )
    assert page.card.accessibleName() == "Debian GNU/Linux 12.7.0: Linux installer · Ready to use"
    assert page.bucket_line.words() == "practice-1 · Standard · Not encrypted"
    assert page.session.recipe.iso.bucket == bucket(services, "isos")
    assert page.session.recipe.iso.size > 0
    assert page.session.recipe.iso.delete_object is False
    QTest.keyClick(table, Qt.Key.Key_Return)
    await until(lambda: wizard.step == "image")


async def test_folders_open_and_close_and_the_answer_stays(page, until):
    click(page, DEBIAN)
    table = page.browser.table
    table.setCurrentIndex(page.browser.model.index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    await until(lambda: page.browser.prefix == "more/" and not page.tasks.running("list"))
    assert [row.name for row in page.browser.model.rows()] == ["Rocky-9_4-x86_64-dvd.iso"]
    assert page.session.recipe.iso.key == DEBIAN
    QTest.keyClick(table, Qt.Key.Key_Backspace)
    await until(lambda: page.browser.prefix == "" and not page.tasks.running("list"))
    assert table.chosen().key == DEBIAN
    click(page, "more/", double=True)
    await until(lambda: page.browser.prefix == "more/" and not page.tasks.running("list"))
    QTest.mouseClick(page.browser.up, LEFT)
    await until(lambda: page.browser.prefix == "")


async def test_filter_as_typed_and_nothing_matches(page):
    QTest.keyClicks(page.browser.filter, "deb iso")
    assert page.browser.model.shown() == 1
    QTest.keyClicks(page.browser.filter, "zz")
    assert page.browser.list.state() == "no_match"
    QTest.mouseClick(page.browser.list.notice.first, LEFT)
    assert page.browser.filter.text() == ""
    assert page.browser.list.state() == "content"


async def test_what_cannot_be_chosen_says_why(page, services, until):
    await look_into(page, bucket(services, "odd"), until)
    for key, chip, words in (
        ("Name with spaces.iso", "Space in its name", "without spaces"),
        ("archived-installer.iso", "Archived", "Restore"),
        ("too-large.iso", "Too large", "128"),
        ("empty.iso", "Empty", "Upload"),
    ):
        click(page, key)
        assert page.session.recipe.iso.key == ""
        [fact] = page.card.facts
        assert fact.label == chip
        assert words in fact.why


async def test_buckets_of_other_regions_are_shown_and_not_choosable(page, services):
    at = page.bucket.findData(bucket(services, "far"))
    assert "too far" in page.bucket.itemText(at)
    assert not page.bucket.model().item(at).isEnabled()
    assert page.bucket.currentData() == bucket(services, "isos")


async def test_continue_without_an_iso_goes_to_the_list(wizard, page, window, until):
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: not wizard.tasks.running("move"))
    assert wizard.step == "iso"
    assert window.focusWidget() is page.browser.table
    assert page.problem == "No ISO is chosen."


async def test_more_objects_than_one_answer_holds(page, services, until):
    """A folder of 1,003 objects, which the storage tells in two answers."""
    name, session = bucket(services, "isos"), page.session.cloud.obs._session

    async def put(number: int) -> None:
        request = Request(service="obs", method="PUT", bucket=name, key=f"many/iso-{number:04}.iso")
        await session.call(request, lambda answer: answer)

    for start in range(0, 1003, 59):
        await asyncio.gather(*(put(number) for number in range(start, start + 59)))
    QTest.mouseClick(page.browser.refresh_button, LEFT)
    await until(lambda: page.browser.model.find("many/") is not None)
    click(page, "many/", double=True)
    await until(lambda: page.browser.model.total() == 1003)
    QTest.keyClicks(page.browser.filter, "1002")
    assert [page.browser.model.row_at(0).name] == ["iso-1002.iso"]


async def test_a_storage_in_trouble_keeps_the_answer_and_is_tried_again(page, faults, until):
    click(page, DEBIAN)
    await until(lambda: page.card.facts)
    await faults({"action": "refuse", "service": "obs", "count": 0})
    QTest.mouseClick(page.browser.refresh_button, LEFT)
    await until(lambda: page.browser.list.state() == "error")
    assert page.session.recipe.iso.key == DEBIAN
    assert page.valid
    await until(lambda: not page.tasks.running("inspect"))
    assert page.card.accessibleName().endswith("Not looked at yet")
    await faults()
    QTest.mouseClick(page.browser.list.notice.first, LEFT)
    await until(lambda: page.browser.list.state() == "content")
    assert page.browser.table.chosen().key == DEBIAN


async def test_who_may_not_list_buckets_types_the_name(open_wizard, ready_recipe, services, faults, until, window):
    await faults({"action": "refuse", "service": "obs", "method": "GET", "path": "^/(\\?|$)", "count": 0})
    wizard = await open_wizard("iso", msgspec.structs.replace(ready_recipe, iso=IsoSource()))
    page = wizard.page
    assert page.browser.list.state() == "error"
    assert page.named.isVisible()
    QTest.mouseClick(page.named.use, LEFT)  # the first invalid answer: nothing typed
    assert window.focusWidget() is page.named.bucket
    QTest.keyClicks(page.named.bucket, bucket(services, "isos"))
    page.named.key.setFocus()
    QTest.keyClicks(page.named.key, "README.txt")
    QTest.keyClick(page.named.key, Qt.Key.Key_Return)
    assert "name ends in .iso" in page.named.key.accessibleDescription()
    assert wizard.step == "iso"
    page.named.key.clear()
    QTest.keyClicks(page.named.key, "nowhere.iso")
    QTest.keyClick(page.named.key, Qt.Key.Key_Return)
    await until(lambda: "no such object" in page.named.key.accessibleDescription())
    assert not page.valid
    page.named.key.clear()
    QTest.keyClicks(page.named.key, DEBIAN)
    QTest.keyClick(page.named.key, Qt.Key.Key_Return)
    await until(lambda: page.session.recipe.iso.key == DEBIAN and page.card.facts)
    assert page.session.recipe.iso.size > 0
    await until(lambda: not page.tasks.running("list"))
    await until(lambda: page.valid)
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: wizard.step == "image")


async def test_a_known_bucket_is_looked_into_although_buckets_may_not_be_listed(open_wizard, faults, services):
    await faults({"action": "refuse", "service": "obs", "method": "GET", "path": "^/$", "count": 0})
    page = (await open_wizard("iso")).page
    assert page.browser.list.state() == "content"
    assert not page.named.isVisible()
    assert page.bucket.currentData() == bucket(services, "isos")


async def test_an_iso_that_has_gone_is_said_and_stops_the_page(wizard, page, services, until):
    recipe = page.session.recipe
    gone = IsoSource(bucket(services, "isos"), "gone.iso", 1000)
    page.edit(msgspec.structs.replace(recipe, iso=gone))
    QTest.mouseClick(page.browser.refresh_button, LEFT)
    await until(lambda: page.card.facts)
    assert not page.valid
    assert page.hint.tone == "danger"
    assert "Refresh" in page.card.facts[0].why


async def test_deleting_the_object_is_off_until_asked_for(page):
    assert not page.session.recipe.iso.delete_object
    QTest.keyClick(page.delete.box, Qt.Key.Key_Space)
    assert page.session.recipe.iso.delete_object


async def test_a_text_that_is_called_iso_is_told_and_blocks(page, services, until):
    await look_into(page, bucket(services, "odd"), until)
    click(page, "not-an-iso.iso")
    await until(lambda: page.card.facts and not page.tasks.running("inspect"))
    assert not page.valid
    assert "no ISO" in page.problem
    assert page.hint.tone == "danger"


async def test_a_bucket_of_another_class_blocks_and_says_why(page, services, until):
    await look_into(page, bucket(services, "warm"), until)
    await until(lambda: page.bucket_line.facts)
    assert "Standard class only" in page.bucket_line.words()
    click(page, DEBIAN)
    await until(lambda: page.card.facts and not page.tasks.running("inspect"))
    assert [fact.label for fact in page.card.facts if fact.verdict == "failed"] == ["Bucket"]
    assert not page.valid


async def test_what_cannot_be_read_inside_is_a_remark(page, faults, services, until):
    await faults({"service": "obs", "method": "GET", "path": "debian", "action": "refuse", "count": 0})
    click(page, DEBIAN)
    await until(lambda: page.card.facts and not page.tasks.running("inspect"))
    assert page.card.facts[0].value == "Could not be read"
    assert page.valid
    assert page.hint.tone == "warning"


async def test_the_empty_bucket_just_made_is_shown(page, until, qapp):
    QTest.mouseClick(page.bucket_line.new, LEFT)
    dialog = await until(qapp.activeModalWidget)
    name = dialog.name.text()
    await until(dialog.field.ok)
    low = dialog.height()
    dialog.name.setText("Capital_Letters")
    dialog.name.textEdited.emit("Capital_Letters")
    await until(lambda: dialog.height() > low)  # its error has two lines
    dialog.name.setText(name)
    dialog.name.textEdited.emit(name)
    await until(dialog.field.ok)
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    await until(lambda: page.bucket.currentData() == name and page.browser.list.state() == "empty")


@pytest.mark.parametrize(
    ("info", "region", "label", "verdict"),
    [
        (None, "eu-de", "Object", "failed"),
        (ObjectInfo("a.iso", 0), "eu-de", "Size", "failed"),
        (ObjectInfo("a.iso", 129 << 30), "eu-de", "Size", "failed"),
        (ObjectInfo("a.iso", 5), "eu-nl", "Region", "failed"),
        (ObjectInfo("a.iso", 5, storage_class="COLD"), "eu-de", "Storage class", "failed"),
        (ObjectInfo("a.iso", 5, storage_class="WARM"), "eu-de", "Storage class", "warning"),
        (ObjectInfo("a.iso", 5, encrypted="sse-c"), "eu-de", "Encryption", "failed"),
        (ObjectInfo("a.iso", 5, encrypted="kms"), "eu-de", "Encryption", "warning"),
        (ObjectInfo("a+b.iso", 5), "eu-de", "Name", "warning"),
        (ObjectInfo("a b.iso", 5), "eu-de", "Name", "failed"),
        (ObjectInfo("Windows-Server-2022.iso", 5), "eu-de", "System", "warning"),
        (ObjectInfo("win-server_2019.iso", 5), "eu-de", "System", "warning"),
        (ObjectInfo("Win11_24H2_English_x64.iso", 5), "eu-de", "System", "warning"),
        (ObjectInfo("26100_SERVER_EVAL_x64FRE_en-us.iso", 5), "eu-de", "System", "warning"),
        (ObjectInfo("README.txt", 5), "eu-de", "Name", "failed"),
    ],
)
async def test_verdicts(page, info, region, label, verdict):
    name = info.key if info else "a.iso"
    facts = FactsOf(page, Account("huaweicloud", "eu-de")).object(Entry("iso", name, name), info, region)
    [worst] = [fact for fact in facts if fact.verdict != "done"]
    assert (worst.label, worst.verdict) == (label, verdict)
    assert worst.why
