"""ISO, on this computer: choosing and dropping, what is inside, where it goes to, and what cannot be taken."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import os
import threading

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from isowright.iso import inspect_file
from isowright.iso.report import Finding, Inspection
from isowright.practice.isos import DEBIAN, IsoPlan, make_iso
from isowright.practice.model import StoredObject
from isowright.recipe import ImageSpec, IsoSource
from isowright_gui.pages import iso_local_way
from isowright_gui.pages.iso_inside import inside_facts, kind_of

LEFT = Qt.MouseButton.LeftButton
COPY, NO_KEYS = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
SPOT = QPointF(120, 120)


@pytest.fixture
async def debian(tmp_path):
    path = tmp_path / "debian-12.7.0-amd64-netinst.iso"
    await asyncio.to_thread(make_iso, DEBIAN, path)
    return path


@pytest.fixture
async def wizard(open_wizard, ready_recipe, window, until):
    """At ISO, with no ISO chosen yet, looking at files of this computer."""
    fresh = msgspec.structs.replace(ready_recipe, iso=IsoSource(), image=ImageSpec(name="debian-12-base"))
    made = await open_wizard("iso", fresh)
    window.activateWindow()
    page = made.page
    await until(lambda: page.browser.model.total() > 0 and page.local.bucket)
    segment = page.way.buttons()[0]
    segment.setFocus()
    QTest.keyClick(segment, Qt.Key.Key_Right)
    assert page.is_local
    return made


@pytest.fixture
def page(wizard):
    return wizard.page


def mime_of(*urls):
    mime = QMimeData()
    mime.setUrls([url if isinstance(url, QUrl) else QUrl.fromLocalFile(str(url)) for url in urls])
    return mime


def drag(page, mime):
    event = QDragEnterEvent(SPOT.toPoint(), COPY, mime, LEFT, NO_KEYS)
    QApplication.sendEvent(page, event)
    return event.isAccepted()


def drop(page, *urls):
    mime = mime_of(*urls)
    assert drag(page, mime)
    QApplication.sendEvent(page, QDropEvent(SPOT, COPY, mime, LEFT, NO_KEYS))


async def write(edit, text):
    """Type over what is there, at the pace of somebody whom the window can follow."""
    edit.setFocus()
    edit.clear()
    for key in text:
        QTest.keyClick(edit, key)
        await asyncio.sleep(0)


async def dropped(page, path, until):
    drop(page, path)
    await until(lambda: page.session.recipe.iso.path == str(path) and page.local.facts)
    await until(lambda: page.local.key_state != "unknown")


def bucket(services, kind):
    return next(b["name"] for b in services.practice.ready["buckets"] if f"-{kind}-" in b["name"])


@pytest.mark.qt_log_ignore("propagateSizeHints")  # what Qt's own file chooser asks of the offscreen platform
async def test_chosen_with_the_keyboard_alone_and_gone_on(wizard, page, debian, until):
    assert page.problem == "No file is chosen."
    page.form.file.choose.setFocus()
    QTest.keyClick(page.form.file.choose, Qt.Key.Key_Return)
    chooser = await until(QApplication.activeModalWidget)
    assert isinstance(chooser, QFileDialog)
    edit = chooser.findChild(QLineEdit)
    edit.setText(str(debian))
    QTest.keyClick(edit, Qt.Key.Key_Return)
    await until(lambda: page.session.recipe.iso.path == str(debian))
    iso = page.session.recipe.iso
    assert (iso.key, iso.size) == ("debian-12-7-0-amd64-netinst.iso", debian.stat().st_size)
    assert iso.bucket.startswith("practice-isos")
    assert page.card.accessibleName() == "Debian GNU/Linux 12.7.0: Linux installer · Ready to use"
    assert {f.label: f.value for f in page.card.facts}["Boots with"] == "BIOS"
    await until(lambda: page.local.key_state == "free" and page.valid)
    page.form.key.setFocus()
    QTest.keyClick(page.form.key, Qt.Key.Key_Return)
    await until(lambda: wizard.step == "image")
    # the chooser begins where the last file was
    await wizard.jump("iso")
    page.local.path = None
    QTest.mouseClick(page.form.file.choose, LEFT)
    chooser = await until(QApplication.activeModalWidget)
    assert chooser.directory().absolutePath() == str(debian.parent)
    chooser.reject()
    await until(lambda: QApplication.activeModalWidget() is None)


async def test_a_file_over_the_page_is_announced_and_taken_wherever_it_is_let_go(page, window, debian, until):
    page.way.set_value("bucket")  # dropping says which way is meant
    assert not page.drops.cover.isVisible()
    assert drag(page, mime_of(debian))
    assert page.drops.cover.isVisible()
    assert debian.name in page.drops.cover.accessibleName()
    QApplication.sendEvent(page, QDragLeaveEvent())
    assert not page.drops.cover.isVisible()
    assert page.session.recipe.iso == IsoSource()
    for edit in page.findChildren(QLineEdit):
        assert not edit.acceptDrops()  # they would take its address for words
    page.bucket.setFocus()
    await dropped(page, debian, until)
    assert page.is_local
    assert not page.drops.cover.isVisible()
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)  # changes nothing, and goes on
    await until(lambda: window.wizard.step == "image")
    assert not page.session.recipe.iso.delete_object


async def test_no_focus_ring_shows_through_the_announcement(page, window, debian, until):
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_Tab)
    await until(window.ring.target)
    ringed = window.ring.target()
    assert drag(page, mime_of(debian))
    assert window.ring.target() is None
    QApplication.sendEvent(page, QDragLeaveEvent())
    assert window.ring.target() is ringed


async def test_what_cannot_be_taken_is_said_and_the_choice_stays(page, debian, tmp_path, until):
    await dropped(page, debian, until)
    drop(page, debian, tmp_path / "other.iso")
    assert page.form.file.problem() == "These are 2 files. Drop one ISO."
    assert page.session.recipe.iso.path == str(debian)
    drop(page, QUrl("https://mirror.example/debian.iso"))
    assert "not a file of this computer" in page.form.file.problem()
    text = QMimeData()
    text.setText("words")
    assert not drag(page, text)
    assert page.session.recipe.iso.path == str(debian)
    assert page.valid


@pytest.mark.parametrize("kind", ["folder", "missing", "unreadable"])
async def test_no_file_stops_the_page_with_a_remedy(wizard, page, tmp_path, until, kind):
    path = tmp_path / "some.iso"
    if kind == "folder":
        path.mkdir()
    elif kind == "unreadable":
        os.mkfifo(path) if hasattr(os, "mkfifo") else pytest.skip("no pipes here")
    drop(page, path)
    await until(page.form.file.problem)
    assert "some.iso" in page.form.file.problem()
    assert page.form.file.problem().endswith(".")
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: not wizard.tasks.running("move"))
    assert wizard.step == "iso"
    assert wizard.focusWidget() is page.form.file.choose


async def test_a_web_page_that_is_called_iso_is_told_and_blocks(wizard, page, tmp_path, until):
    path = tmp_path / "Rocky-9.4-x86_64-dvd.iso"
    path.write_text("<!DOCTYPE html><html><body>Choose a mirror</body></html>")
    await dropped(page, path, until)
    assert not page.valid
    assert page.hint.tone == "danger"
    assert "web page" in page.problem
    assert page.card.accessibleName().endswith("Cannot be used")
    fact = next(fact for fact in page.card.facts if fact.verdict == "failed")
    assert "download page" in fact.why
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: not wizard.tasks.running("move"))
    assert wizard.step == "iso"


async def test_a_look_that_takes_long_is_overtaken_by_another_choice(page, debian, tmp_path, until, monkeypatch):
    slow, go = tmp_path / "slow.iso", threading.Event()
    really = iso_local_way.inspect_file

    def inspect(path):
        if path == slow:
            go.wait(30)
        return really(path)

    monkeypatch.setattr(iso_local_way, "inspect_file", inspect)
    slow.write_bytes(b"")
    drop(page, slow)
    await until(lambda: page.tasks.running("inspect"))
    assert page.card.accessibleName() == "slow.iso: Looking into it…"
    try:
        await dropped(page, debian, until)
    finally:
        go.set()
    await until(lambda: not page.tasks.running("inspect"))
    assert page.session.recipe.iso.path == str(debian)
    assert page.card.accessibleName().startswith("Debian")


async def test_the_object_name_is_checked_as_typed(page, debian, services, until):
    await dropped(page, debian, until)
    key, field = page.form.key, page.form.key_field
    assert field.ok()
    await write(key, "my debian.iso")
    assert "space" in field.error()
    assert "my-debian.iso" in field.error()
    assert not page.valid
    await write(key, "debian.img")
    assert ".iso" in field.error()
    await write(key, "ubuntu-22_04_5-live-server-amd64.iso")
    await until(lambda: page.local.key_state == "taken")
    assert "another object of this name" in page.problem
    assert page.form.suggestion.accessibleName() == "Use ubuntu-22_04_5-live-server-amd64-2.iso"
    QTest.mouseClick(page.form.suggestion, LEFT)
    assert page.session.recipe.iso.key == "ubuntu-22_04_5-live-server-amd64-2.iso"
    await until(lambda: page.local.key_state == "free" and page.valid)
    # the very ISO is there already: of the same size, and then compared
    await write(key, "debian-12_7_0-amd64-netinst.iso")
    await until(lambda: page.local.key_state == "same")
    assert "nothing is sent again" in field.line()
    assert page.valid


async def test_a_sum_beside_the_iso_is_read_and_its_origin_shown(page, debian, until):
    digest = hashlib.sha256(debian.read_bytes()).hexdigest()
    (debian.parent / "SHA256SUMS").write_text(f"{'0' * 64}  other.iso\n{digest}  {debian.name}\n")
    await dropped(page, debian, until)
    assert page.form.sum.text() == digest
    assert page.form.sum_field.line().startswith("Read from SHA256SUMS beside the ISO")
    assert page.session.recipe.iso.sha256 == ""  # the run reads it anew: both may be newer then
    page.form.sum.setFocus()
    QTest.keyClick(page.form.sum, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(page.form.sum, Qt.Key.Key_Delete)
    assert page.form.sum.text() == ""
    assert "compared all the same" in page.form.sum_field.line()
    QTest.keyClicks(page.form.sum, "ab")
    assert page.session.recipe.iso.sha256 == "ab"
    assert page.form.sum_field.line() == "2 of 64 digits."


async def test_a_sum_is_typed_or_pasted_as_a_line(wizard, page, debian, window, until):
    await dropped(page, debian, until)
    edit = page.form.sum
    edit.setFocus()
    QTest.keyClicks(edit, "AB12")
    assert page.form.sum_field.line() == "4 of 64 digits."
    assert not page.valid
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: not wizard.tasks.running("move"))
    assert wizard.step == "iso"
    assert window.focusWidget() is edit
    assert "64 digits" in page.form.sum_field.error()
    edit.clear()
    QGuiApplication.clipboard().setText(f"SHA256 ({debian.name}) = {'AB' * 32}\n")
    QTest.keyClick(edit, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert edit.text() == "ab" * 32
    assert page.session.recipe.iso.sha256 == "ab" * 32
    assert page.valid


async def test_the_limit_is_an_answer(page, debian, until):
    await dropped(page, debian, until)
    assert page.form.limit.text() == "No limit"
    page.form.limit.setFocus()
    QTest.keyClick(page.form.limit, Qt.Key.Key_Up)
    assert page.session.recipe.iso.limit == 1.0
    assert page.form.limit.text() == "1 MB/s"


async def test_a_bucket_that_will_not_do_says_why_where_it_is_chosen(page, debian, services, until):
    await dropped(page, debian, until)
    combo = page.form.bucket
    far = combo.findData(bucket(services, "far"))
    assert "too far" in combo.itemText(far)
    assert not combo.model().item(far).isEnabled()
    combo.setFocus()
    while combo.currentData() != bucket(services, "warm"):
        QTest.keyClick(combo, Qt.Key.Key_Down)
    combo.activated.emit(combo.currentIndex())
    await until(lambda: page.form.bucket_line.facts)
    words = page.form.bucket_line.words()
    assert "Standard class only" in words
    assert "KMS" in words
    assert not page.valid
    assert page.session.recipe.iso.bucket == bucket(services, "warm")


async def test_switching_ways_brings_back_what_was_chosen_in_each(page, debian, until):
    await dropped(page, debian, until)
    local = page.session.recipe.iso
    segment = page.way.buttons()[1]
    segment.setFocus()
    QTest.keyClick(segment, Qt.Key.Key_Left)
    assert not page.valid  # nothing is chosen in the bucket
    assert page.session.recipe.iso == local  # and nothing lost
    table = page.browser.table
    table.setFocus()
    spot = table.visualRect(page.browser.model.index(1, 0)).center()
    QTest.mouseClick(table.viewport(), LEFT, pos=spot)
    await until(lambda: page.session.recipe.iso.key == "debian-12_7_0-amd64-netinst.iso" and page.card.facts)
    chosen = page.session.recipe.iso
    assert chosen.path == ""
    page.way.set_value("local")
    await until(lambda: page.session.recipe.iso.path == str(debian))
    page.way.set_value("bucket")
    await until(lambda: page.session.recipe.iso == chosen)
    assert page.valid


async def test_a_file_that_has_gone_since_is_said_when_the_page_is_shown_again(wizard, page, debian, until):
    await dropped(page, debian, until)
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: wizard.step == "image")
    debian.rename(debian.with_suffix(".away"))
    await wizard.jump("iso")
    await until(page.form.file.problem)
    assert not page.valid
    debian.with_suffix(".away").rename(debian)
    QTest.mouseClick(page.card._retry, LEFT)
    await until(lambda: page.valid)


async def test_type_version_and_disk_come_from_the_iso(wizard, page, debian, until):
    await dropped(page, debian, until)
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: wizard.step == "image" and wizard.page.session.recipe.image.os_version)
    image = wizard.page
    recipe = image.session.recipe.image
    assert recipe.os_type == "Linux"
    assert recipe.os_version.startswith("Debian GNU/Linux 12")
    assert "Found in the ISO" in image.os.field.line()
    assert recipe.min_disk == 40  # no less than every cloud takes
    assert "Debian GNU/Linux 12.7.0 usually needs 10 GB" in image._min_disk.line()


async def test_a_system_that_needs_more_gets_more(wizard, page, tmp_path, until):
    path = tmp_path / "debian-or-not.iso"
    await asyncio.to_thread(make_iso, IsoPlan("CCCOMA_X64FRE_EN-US_DV9", (("/sources/install.wim", "-"),)), path)
    await dropped(page, path, until)
    assert "Virtio drivers" in [fact.label for fact in page.card.facts if fact.verdict == "warning"]
    assert page.hint.text == "One remark on this ISO. You can go on."
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: wizard.step == "image" and not wizard.page.tasks.running("enter"))
    recipe = wizard.page.session.recipe
    assert (recipe.image.os_type, recipe.image.min_disk) == ("Windows", 64)
    assert (recipe.server.system_disk, recipe.server.data_disk) == (64, 64)  # they grow with it


async def test_the_operators_own_disk_is_never_overwritten(wizard, page, debian, until, window):
    await dropped(page, debian, until)
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: wizard.step == "image" and wizard.page.session.recipe.image.os_version)
    image = wizard.page
    own = image.session.recipe.image.min_disk + 1
    image.min_disk.setFocus()
    QTest.keyClick(image.min_disk, Qt.Key.Key_Up)
    assert image.session.recipe.image.min_disk == own
    await wizard.jump("iso")
    other = debian.with_name("debian-12.8.0-amd64-netinst.iso")
    await asyncio.to_thread(make_iso, dataclasses.replace(DEBIAN, volume_id="Debian 12.8.0 amd64 n"), other)
    await dropped(page, other, until)
    await wizard.jump("image")
    await until(lambda: not image.tasks.running("enter"))
    assert image.session.recipe.image.min_disk == own


async def test_twenty_thousand_objects_stay_usable(page, services, until):
    """Twenty answers of a thousand; the window answers all the while (the stall detector is on)."""
    page.way.set_value("bucket")
    world = services.practice.cloud.world
    objects = world.state.buckets[bucket(services, "isos")].objects
    made = {f"many/iso-{n:05}.iso": StoredObject(f"many/iso-{n:05}.iso", 2048, "0" * 32, 0.0) for n in range(20_000)}
    world.state.buckets[bucket(services, "isos")].objects = dict(sorted((objects | made).items()))
    QTest.mouseClick(page.browser.refresh_button, LEFT)
    await until(lambda: page.browser.model.find("many/") is not None)
    page._open("many/")
    await until(lambda: page.browser.model.total() > 1000, limit=60)  # the first can be chosen from already
    await until(lambda: page.browser.model.total() == 20_000, limit=120)
    await write(page.browser.filter, "19999")
    assert [page.browser.model.row_at(0).name] == ["iso-19999.iso"]
    QTest.keyClick(page.browser.filter, Qt.Key.Key_Escape)
    assert page.browser.model.shown() == 20_000


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("truncated", "Size"),
        ("not-bootable", "Boots with"),
        ("wrong-architecture", "Architecture"),
        ("unsupported-system", "System"),
        ("no-virtio", "Virtio drivers"),
        ("answer-files", "Answer file"),
        ("not-an-iso", "Content"),
        ("something-new", "Content"),
    ],
)
@pytest.mark.parametrize("verdict", ["failed", "warning"])
def test_every_finding_has_a_row_with_its_remedy(qapp, code, label, verdict):
    finding = Finding(verdict=verdict, code=code, title="What is so.", detail="What it means.", remedy="What to do.")
    seen = Inspection(name="a.iso", size=2048, architecture="x86_64", boot_mode="bios", findings=(finding,))
    [row] = [fact for fact in inside_facts(seen) if fact.verdict != "done"]
    assert (row.label, row.verdict) == (label, verdict)
    assert row.why == "What is so. What it means. What to do."
    assert row.words == f"{label}: What is so. What to do."


@pytest.mark.parametrize("content", [b"", b"<html>Please sign in</html>", b"\0" * 9000])
def test_how_it_boots_is_not_said_of_what_is_no_iso(qapp, tmp_path, content):
    path = tmp_path / "a.iso"
    path.write_bytes(content)
    seen = inspect_file(path)
    assert kind_of(seen) == "Not an ISO"
    assert {"Boots with", "Architecture"}.isdisjoint(fact.label for fact in inside_facts(seen))
