"""The whole job, clicked: from Home to an image, whoever signs in and however often."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

PARTS = ("iso", "image", "server", "network")


@pytest.mark.parametrize("method", ["password", "access key"])
async def test_from_home_to_an_image(program, method):
    await program.press("New image")
    await program.loaded("account")
    await program.sign_in(method)
    await program.go_on("iso")
    await program.answer_all("web-server")
    await program.until(program.page.checks.done)
    await program.create()
    await program.my_turn()
    await program.wait_for("done")

    image = await program.expect_only("web-server")
    await program.sees(image)
    await program.sees("Image created")
    assert await program.made() == [1, 1, 1]
    await program.press("Done")
    await program.until(lambda: program.window.wizard is None)
    row = await program.until(lambda: next(iter(program.window.home._rows.values()), None))
    assert row.accessibleName() == "web-server"
    await program.until(lambda: "Image created" in row.second.text())


async def test_a_profile_runs_in_two_clicks(program, weekly):
    await program.run_profile()
    await program.my_turn()
    await program.wait_for("done")
    await program.expect_only("practice-image")
    await program.press("Run again")
    await program.loaded("review")
    assert program.page.session.recipe.image.name == "practice-image-2"
    await program.create()
    await program.my_turn()
    await program.wait_for("done")
    await program.expect_only("practice-image", "practice-image-2")
    await program.press("Home")
    await program.until(lambda: "Image created" in program.window.home.card("weekly").result.text())


async def test_finished_said_without_a_look_at_the_console_is_asked_about(program, weekly):
    await program.run_profile()
    await program.wait_for("your-turn")
    await program.press("Installation finished")
    await program.answer("Is the system installed?", "Not yet")
    assert program.build._phase == "your-turn"
    await program.press("Installation finished")
    await program.answer("Is the system installed?", "It is installed")
    await program.wait_for("done")
    await program.expect_only("practice-image", installed=False)  # the cloud cannot tell; the operator was asked


@pytest.mark.qt_log_ignore("propagateSizeHints")  # what Qt's own file chooser asks of the offscreen platform
async def test_the_receipt_and_a_profile_are_kept(program, weekly, tmp_path):
    from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

    await program.run_profile()
    await program.my_turn()
    await program.wait_for("done")
    for kind, mark in (("json", b'"image"'), ("html", b"<html")):
        await program.press(f"Save {kind.upper()}")
        chooser = await program.until(QApplication.activeModalWidget)
        assert isinstance(chooser, QFileDialog)
        target = tmp_path / f"receipt.{kind}"
        edit = chooser.findChild(QLineEdit)
        edit.setText(str(target))
        QTest.keyClick(edit, Qt.Key.Key_Return)
        await program.until(target.exists)
        await program.until(lambda target=target, mark=mark: mark in target.read_bytes())
    before = program.services.profiles.load("weekly")
    await program.press("Save as profile")
    await program.answer("Save as profile", "Save")
    await program.sees("Saved as the profile")
    made = program.services.profiles.load("practice-image")
    assert [getattr(made, part) for part in PARTS] == [getattr(before, part) for part in PARTS]
    assert program.services.profiles.load("weekly") == before
