"""After the image, clicked: the test boot's question, and another answer for a last stage that failed."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from isowright.recipe import AfterSpec


@pytest.fixture
async def with_after(program, ready_answers):
    """The profile "weekly" with these last stages, on Home."""

    async def make(**after):
        recipe = msgspec.structs.replace(ready_answers(program.ready), after=AfterSpec(**after))
        await asyncio.to_thread(program.services.profiles.save, "weekly", recipe)
        await program.window.home.load()

    return make


def asks(program):
    return program.button("Looks good") is not None


@pytest.mark.parametrize("good", [True, False])
async def test_the_operator_says_whether_it_boots(program, with_after, good):
    await with_after(test_boot="look")
    await program.run_profile()
    await program.my_turn()
    await program.until(lambda: asks(program), limit=30)
    await program.sees("Your turn: does it boot?")
    assert program.button("Installation finished") is None
    await program.until(lambda: program.window.focusWidget() is program.button("Open console"))
    await program.press("Open console")
    await program.until(lambda: len(program.browser.opened) == 2)
    await program.until(lambda: program.button("Looks good").kind() == "primary")
    await program.press("Looks good" if good else "Does not boot")
    await program.wait_for("done" if good else "failed")
    world = await program.world()
    assert world["servers"] == world["volumes"] == []
    assert [image["status"] for image in world["images"]] == ["active"]
    if not good:
        await program.sees("It does not boot.")
        await program.press("Clean up and end")
        await program.until(lambda: program.controller.info.state == "done", limit=20)
        await program.expect_only("practice-image")


async def test_another_answer_for_a_stage_that_failed(program, with_after):
    await with_after(copy_region="practice-2", copy_agency="nobody", share_with=("a" * 32,))
    await program.run_profile()
    await program.my_turn()
    await program.wait_for("failed")
    await program.sees("The image is done, but was not copied to practice-2.")
    await program.press("Change the answer")
    dialog = await program.dialog("What is done with the image")
    await program.write(dialog.form.copy_agency, " ")
    QTest.mouseClick(program.button("Go on with it", dialog), Qt.MouseButton.LeftButton)
    assert dialog.isVisible()
    assert "Agencies" in dialog.form.fields["copy_agency"].error()
    await program.write(dialog.form.copy_agency, "ims_copy_image")
    await program.answer("What is done with the image", "Go on with it")
    await program.wait_for("done")
    images = (await program.world())["images"]
    assert len(images) == 2
    assert {image["name"] for image in images} == {"practice-image"}
    await program.sees("Copy, in practice-2")
