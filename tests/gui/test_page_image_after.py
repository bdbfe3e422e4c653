"""The foldable section “After the image”: typed answers reach the recipe, impossible ones are said at their field."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from isowright.recipe import AfterSpec
from isowright_gui.pages.image_after import AfterFields, after_words

LEFT = Qt.MouseButton.LeftButton
ALL = AfterSpec(
    test_boot="look",
    tags={"stage": "gold", "team": "builds"},
    min_ram=2048,
    max_ram=4096,
    share_with=("a" * 32, "b" * 32),
    copy_region="practice-2",
    copy_project="practice-2",
    copy_agency="ims_copy_image",
    copy_name="golden-there",
    export_bucket="images-out",
    export_key="golden.qcow2",
    export_format="qcow2",
)


@pytest.fixture
async def wizard(open_wizard, ready_recipe, window):
    made = await open_wizard("image", ready_recipe)
    window.activateWindow()
    return made


@pytest.fixture
async def page(wizard, until):
    await until(lambda: not wizard.page.tasks.running("quota") and not wizard.page.tasks.running("enterprise"))
    return wizard.page


async def open_section(page, until):
    QTest.mouseClick(page.after.button, LEFT)
    assert page.after.form.isVisible()
    await until(lambda: page.after.form.laid_out)


async def write(edit, text):
    edit.setFocus()
    QTest.keyClick(edit, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(edit, Qt.Key.Key_Delete)
    for letter in text:
        QTest.keyClick(edit, letter)
        await asyncio.sleep(0)


async def test_folded_away_while_nothing_is_chosen(page):
    assert not page.after.form.isVisible()
    assert page.session.recipe.after == AfterSpec()


async def test_typed_answers_reach_the_recipe(page, until):
    await open_section(page, until)
    form = page.after.form
    form.test_boot.setFocus()
    QTest.keyClick(form.test_boot, Qt.Key.Key_End)
    await write(form.tags, "stage=gold, team=builds")
    for box, value in ((form.min_ram, "2048"), (form.max_ram, "4096")):
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, value)
        await asyncio.sleep(0)
    await write(form.share_with, f"{'a' * 32}, {'b' * 32}")
    await write(form.copy_region, "practice-2")
    await write(form.copy_project, "practice-2")
    await write(form.copy_agency, "ims_copy_image")
    await write(form.copy_name, "golden-there")
    await write(form.export_bucket, "images-out")
    await write(form.export_key, "golden.qcow2")
    form.export_format.setFocus()
    QTest.keyClick(form.export_format, Qt.Key.Key_Down)
    assert page.session.recipe.after == ALL
    assert page.valid


async def test_answers_of_a_profile_are_shown(open_wizard, ready_recipe, until):
    wizard = await open_wizard("image", msgspec.structs.replace(ready_recipe, after=ALL))
    await until(wizard.page.after.form.isVisible)
    assert wizard.page.after.form.answers() == ALL


async def test_impossible_answers_are_said_at_their_field(wizard, page, until, window):
    await open_section(page, until)
    form = page.after.form
    await write(form.copy_region, page.session.recipe.account.region)
    assert not page.valid
    QTest.mouseClick(page.after.button, LEFT)  # folded again: Continue opens it
    assert not form.isVisible()
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: not wizard.tasks.running("move"))
    assert wizard.step == "image"
    assert form.isVisible()
    assert "very region" in form.fields["copy_region"].error()
    assert "Agencies" in form.fields["copy_agency"].error()
    assert window.focusWidget() is form.copy_region
    await write(form.copy_region, "practice-2")
    await write(form.copy_agency, "ims_copy_image")
    assert form.fields["copy_region"].error() == ""
    assert page.valid


async def test_review_says_what_follows(ready_recipe):
    assert after_words(ready_recipe) == []
    words = after_words(msgspec.structs.replace(ready_recipe, after=ALL))
    assert words == [
        "test boot (another server, deleted again)",
        "tags and memory set",
        "shared with 2",
        "copied to practice-2",
        "exported to images-out",
    ]


async def test_every_field_has_a_name(qapp):
    form = AfterFields()
    form.lay_out()
    assert all(form.control(name).accessibleName() for name in form.fields)
    form.deleteLater()
