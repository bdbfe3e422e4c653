"""The whole job with a real machine, clicked: a real installer is uploaded, installed through the console in a browser
as an operator would, captured, and the image boots alone. Nothing is played.

With ISOWRIGHT_TOUR=FOLDER the pictures of the README's tour are taken on the way.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

sys.path.insert(0, str(Path(__file__).parents[2] / "practice"))
sys.path.insert(0, str(Path(__file__).parents[2] / "guest"))

from chromium import browser as chromium
from chromium import program as chromium_here
from guest_machine import INSTALLED, MARKER, missing

LEFT = Qt.MouseButton.LeftButton
PROMPT = "Install to the data disk /dev/vdb? Type yes:"
HASH = "$6$saltsalt$" + "a./Z" * 21 + "ab"
LONG = 150  # seconds for a guest, without acceleration on a busy computer


class Guests:
    """What the real machines of the practice cloud write to their serial ports."""

    def __init__(self, program) -> None:
        self.program = program

    @property
    def world(self):
        return self.program.services.practice.cloud.world

    def said(self, server_id: str) -> str:
        return self.world.machines.console_log(server_id).replace("\r", "")

    async def says(self, server_id: str, words: str) -> str:
        """The rest of the line that the words are in."""
        await self.program.until(lambda: words in self.said(server_id), limit=LONG, what=self.said(server_id)[-2000:])
        await self.program.until(lambda: "\n" in self.said(server_id).split(words, 1)[1], limit=LONG)
        return self.said(server_id).split(words, 1)[1].split("\n", 1)[0].strip()


def shoot(widget, name: str) -> None:
    if folder := os.environ.get("ISOWRIGHT_TOUR"):
        widget.grab().save(str(Path(folder) / f"{name}.png"))


def type_yes(folder: Path, url: str) -> None:
    """An operator in a browser: the console is opened, "yes" and Enter typed; the machine goes off by itself."""
    with chromium(folder) as new_tab:
        page = new_tab()
        page.open(url)
        page.wait("document.body.classList.contains('connected')")
        for letter in "yes":
            page.key(f"Key{letter.upper()}", letter, letter)
        if tour := os.environ.get("ISOWRIGHT_TOUR"):
            page.picture(Path(tour) / "3-console.png")
        page.key("Enter", "Enter", "\r")
        page.seconds = LONG
        page.wait("state.textContent.startsWith('The machine is off.')")
        assert page.errors == []


async def iso_chosen(program, guest_iso, tmp_path) -> Path:
    """The tour with real machines, as far as the ISO page: the test installer is dropped there."""
    iso = tmp_path / "Downloads" / "isowright-test-1.0-amd64.iso"
    await asyncio.to_thread(iso.parent.mkdir)
    await asyncio.to_thread(shutil.copy, guest_iso, iso)
    home = program.window.home
    QTest.mouseClick(home.tour.real, LEFT, pos=QPoint(8, home.tour.real.height() // 2))
    await program.until(lambda: not home.tasks.running("machines"), limit=LONG)
    assert home.tour.real.isChecked()
    QTest.mouseClick(home.tour.start, LEFT)
    await program.loaded("account")
    await program.press("Sign in", program.window.wizard.footer)
    await program.sees("Signed in")
    await program.go_on("iso")
    await program.until(lambda: program.page.local.bucket)
    await program.drop(iso)
    await program.until(lambda: program.page.session.recipe.iso.path == str(iso))
    await program.until(lambda: program.page.valid and program.page.local.key_state == "free", limit=LONG)
    return iso


async def all_answered(program, firmware: str) -> None:
    """From ISO to Review, with a test boot that the operator looks at."""
    await program.answer_all("test-system", iso=False)
    QTest.mouseClick(program.window.wizard.stepper.row_of("image"), LEFT)
    await program.loaded("image")
    page = program.page
    page.firmware.setFocus()
    QTest.keyClick(page.firmware, Qt.Key.Key_End if firmware == "uefi" else Qt.Key.Key_Home)
    assert page.session.recipe.image.firmware == (firmware if firmware == "uefi" else "")
    page.after.set_open(True)
    await program.choose(page.after.form.control("test_boot"), "look")
    for step in ("server", "network", "review"):
        await program.go_on(step)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("firmware", ["bios", pytest.param("uefi", marks=pytest.mark.matrix)])
async def test_installed_captured_and_booted_alone(program, guest_iso, tmp_path, firmware):
    if reason := missing(uefi=firmware == "uefi") or ("" if chromium_here() else "there is no chromium here"):
        pytest.skip(f"NOT TRIED with a real machine: {reason}")
    guests = Guests(program)
    await iso_chosen(program, guest_iso, tmp_path)
    shoot(program.window, "1-iso")
    await all_answered(program, firmware)
    await program.create()

    await program.wait_for("your-turn")
    server_id = program.controller.state.server_id
    await guests.says(server_id, PROMPT)
    watch = program.build.turn.watch
    await program.until(lambda: watch.picture.isVisible() and PROMPT in watch.log.toPlainText(), limit=LONG)
    shoot(program.window, "2-your-turn")
    await program.press("Open console")
    await program.until(lambda: program.browser.opened)
    await asyncio.to_thread(type_yes, tmp_path / "browser", program.browser.opened[-1])
    marker = guests.said(server_id).split(INSTALLED, 1)[1].split("\n", 1)[0].strip()
    assert marker

    await program.until(lambda: program.button("Looks good"), limit=LONG)  # captured, verified, and started alone
    booted = next(r.id for r in program.controller.state.live_resources if r.kind == "server")
    assert booted != server_id
    assert guests.world.machines.describe(booted)["firmware"] == firmware
    assert await guests.says(booted, MARKER) == marker
    await guests.says(booted, f"started by {firmware.upper()}")
    shoot(program.window, "4-test-boot")
    await program.press("Looks good")
    await program.wait_for("done")
    await program.until(lambda: program.build.done and program.build.done.isVisible())
    shoot(program.window, "5-image")
    image = await program.expect_only("test-system")
    (made,) = program.home.data.rglob(f"{image}.qcow2")
    assert made.stat().st_size > 1_000_000


@pytest.mark.matrix
@pytest.mark.parametrize("firmware", ["uefi", "bios"])
async def test_installed_with_nobody_there(program, guest_iso, tmp_path, firmware):
    """The form's answers are put onto what is uploaded: no console, no key, no click until the test boot."""
    if reason := missing(uefi=firmware == "uefi") or ("" if shutil.which("xorriso") else "there is no xorriso here"):
        pytest.skip(f"NOT TRIED with a real machine: {reason}")
    guests = Guests(program)
    iso = await iso_chosen(program, guest_iso, tmp_path)
    before = await asyncio.to_thread(iso.read_bytes)
    await program.press("Install without an operator")
    await program.press("Form")
    form = program.page.form.unattended.form
    await program.write(form.edits["user"], "ops")
    await program.write(form.edits["password_hash"], HASH)
    await program.until(lambda: program.page.session.recipe.iso.answers and program.page.valid)
    await all_answered(program, firmware)
    await program.create()

    await program.wait_for("installing")
    server_id = program.controller.state.server_id
    marker = await guests.says(server_id, INSTALLED)
    assert PROMPT not in guests.said(server_id)
    await program.until(lambda: program.button("Looks good"), limit=LONG)  # captured, verified, and started alone
    booted = next(r.id for r in program.controller.state.live_resources if r.kind == "server")
    assert booted != server_id
    assert guests.world.machines.describe(booted)["firmware"] == firmware
    assert await guests.says(booted, MARKER) == marker
    await guests.says(booted, f"started by {firmware.upper()}")  # a line of its own
    await program.press("Looks good")
    await program.wait_for("done")
    await program.expect_only("test-system")
    assert not program.browser.opened
    assert await asyncio.to_thread(iso.read_bytes) == before
