"""Runs that are stopped, by their operator or with the window, and gone on with or taken away."""

from __future__ import annotations

import asyncio
import re

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

LEFT = Qt.MouseButton.LeftButton


@pytest.mark.parametrize("stage", ["register-iso", "install-os"])
async def test_closed_in_mid_run_and_continued_by_the_next_start(program, weekly, stage):
    if stage == "register-iso":
        program.fault(job="imsImportImageJob", action="slow", factor=8)
    await program.run_profile()
    await program.until(lambda: program.controller.state.stages["register-iso"].live.startswith("Job"))
    if stage == "install-os":
        await program.wait_for("your-turn")
    await program.close()

    await program.start()
    await program.sees("One run was left unfinished")
    row = next(iter(program.window.home._rows.values()))
    assert "Stopped at" in row.second.text()
    await program.press("Continue")
    await program.my_turn()
    await program.wait_for("done")
    assert program.controller.state.stages["register-iso"].log  # of the former start too
    await program.expect_only("practice-image")
    assert await program.made() == [1, 1, 1]
    asked = [*program.asked, *(await program.get("requests"))["requests"]]
    assert sum(r["method"] == "POST" and r["path"].endswith("/cloudimages/action") for r in asked) == 2


async def test_a_page_of_a_run_that_stopped_tells_where_and_what_was_logged(program, weekly):
    await program.run_profile()
    await program.wait_for("your-turn")
    await program.close()
    await program.start()
    row = await program.until(lambda: next(iter(program.window.home._rows.values()), None))
    QTest.mouseClick(row, LEFT)
    await program.until(lambda: program.window.wizard is not None and program.build.controller is not None)
    await program.wait_for("cancelled")
    install = program.build.timeline.stage("install-os")
    assert install.word.text() == "Stopped"
    done = program.build.timeline.stage("register-iso")
    QTest.mouseClick(done.log_button, LEFT)
    assert re.search(r"job .* ended  \[[0-9a-f]+\]", done.log.toPlainText())
    await program.sees("Clean up deletes the server and its disks.")
    await program.press("Clean up and end")
    await program.answer("Delete what this run has made?", "Clean up")
    await program.wait_for("cleaned")
    assert not any((await program.world()).values())
    await program.sees("Everything that the run had made is gone.")


async def test_the_secret_is_asked_for_again_where_none_was_kept(program):
    await program.press("New image")
    await program.loaded("account")
    await program.sign_in(keep=False)
    await program.go_on("iso")
    await program.answer_all("forgetful")
    await program.create()
    await program.wait_for("your-turn")
    await program.close()

    await program.start()
    await program.press("Continue")
    await program.answer("No password or key", "Sign in")
    dialog = await program.dialog("Sign in as")
    await program.write(dialog.focusWidget(), program.ready["password"])
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    await program.my_turn()
    await program.wait_for("done")
    await program.expect_only("forgetful")


async def test_cancelled_and_cleaned_up(program, weekly, ready_answers):
    recipe = ready_answers(program.ready)
    recipe = replace(recipe, image=replace(recipe.image, name="{os}-{date}"))
    await asyncio.to_thread(program.services.profiles.save, "weekly", recipe, overwrite=True)
    await program.window.home.load()
    await program.run_profile()
    await program.wait_for("your-turn")
    assert (await program.world())["servers"]
    await program.press("Cancel run")
    dialog = await program.dialog("Cancel this run?")
    assert "A temporary server is running" in dialog.accessibleDescription()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    await program.until(lambda: not dialog.isVisible())
    assert program.build._phase == "your-turn"
    await program.press("Cancel run")
    await program.answer("Cancel this run?", "Stop and clean up")
    await program.wait_for("cleaned")
    assert not any((await program.world()).values())
    assert "deleteServer" in await program.jobs()
    assert len(program.build.resources._rows) == 4
    await program.press("Run again")
    await program.loaded("review")
    assert program.page.session.recipe.image.name == "{os}-{date}"  # another day, another name


async def test_cancelled_and_gone_on_with(program, weekly):
    await program.run_profile()
    await program.wait_for("your-turn")
    await program.press("Cancel run")
    await program.answer("Cancel this run?", "Just stop")
    await program.wait_for("cancelled")
    assert (await program.world())["servers"]
    go_on = program.build.footer.primary_button
    await program.until(lambda: program.window.focusWidget() is go_on)  # a moment after the phase
    QTest.keyClick(go_on, Qt.Key.Key_Return)
    await program.my_turn()
    await program.wait_for("done")
    await program.expect_only("practice-image")
    assert await program.made() == [1, 1, 1]
