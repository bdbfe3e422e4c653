"""Installing without an operator, clicked: a run with an answer file goes through by itself, and calls nobody."""

from __future__ import annotations

import asyncio
import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from isowright.practice.isos import ROCKY, IsoPlan, make_iso

LEFT = Qt.MouseButton.LeftButton
MENU = """\
default vesamenu.c32
label linux
  menu label ^Install Rocky Linux 9.4
  kernel vmlinuz
  append initrd=initrd.img quiet
"""
KICKSTART = "lang en_US\nignoredisk --only-use=vdb\nrootpw --lock\npoweroff\n%packages\n%end\n"

pytestmark = pytest.mark.skipif(not shutil.which("xorriso"), reason="NOT TRIED: there is no xorriso here")


@pytest.fixture
async def rocky(tmp_path):
    path = tmp_path / "Rocky-9.4-x86_64-minimal.iso"
    plan = IsoPlan(ROCKY.volume_id, (*ROCKY.files, ("/isolinux/isolinux.cfg", MENU)))
    await asyncio.to_thread(make_iso, plan, path)
    await asyncio.to_thread((tmp_path / "my.ks").write_text, KICKSTART)
    return path


@pytest.fixture
async def at_review(program, rocky):
    """Signed in, the ISO and its answers dropped, all else taken as it is."""
    await program.press("New image")
    await program.loaded("account")
    await program.sign_in()
    await program.go_on("iso")
    await program.until(lambda: program.page.local.bucket)
    await program.drop(rocky)
    await program.until(lambda: program.page.session.recipe.iso.path == str(rocky) and program.page.local.facts)
    await program.press("Install without an operator")
    await program.press("Answer file")
    await program.drop(rocky.with_name("my.ks"))
    await program.until(lambda: program.page.session.recipe.iso.answers == str(rocky.with_name("my.ks")))
    await program.answer_all("rocky-9-base", iso=False)
    return program


@pytest.fixture
def away(program):
    """The operator looks at something else."""
    other = QWidget()
    other.show()
    other.activateWindow()
    yield other
    other.close()
    other.deleteLater()


async def test_nobody_is_called_and_nothing_is_clicked(at_review, desktop, away, rocky):
    program, before = at_review, await asyncio.to_thread(rocky.read_bytes)
    assert not program.window.isActiveWindow()
    program.fault(world="unattended", seconds=600)  # of the cloud's; a look at the page lasts a moment of them
    assert program.says("Installs by itself: kickstart (Anaconda), my.ks")
    await program.create()
    await program.wait_for("installing")
    assert program.build.header.title.text() == "Installing by itself"
    assert not program.says("Your turn")
    assert program.build.turn.open_button.isVisible()
    assert program.build.footer.primary_button.kind() == "secondary"
    QTest.keyClick(program.build, Qt.Key.Key_Return)  # no button has the keyboard, and none is pressed
    await program.press("Installation finished")
    assert "half a system" in (await program.dialog("Is the system installed?")).accessibleDescription()
    await program.answer("Is the system installed?", "Not yet")
    await program.press("Home")
    await program.sees("Install the OS · Installing by itself")
    controller = next(iter(program.services.runs.active))
    await program.until(lambda: controller.state.phase == "done")
    await program.window.home.load()
    assert [text for _, text in desktop] == [f"The image {controller.state.name} is ready."]
    assert not any("your-turn" in str(stage.state) for stage in controller.state.stages.values())
    await program.expect_only("rocky-9-base")
    assert not program.browser.opened
    assert await asyncio.to_thread(rocky.read_bytes) == before


async def test_an_installer_that_stands_still_is_told(at_review, desktop, away):
    program = at_review
    await program.create()
    await program.wait_for("installing")
    watch = program.build.turn.watch
    await program.until(watch.isVisible)
    seen = program.controller.state
    while not (seen.seen and seen.seen.idle):
        program.services.clock.jump(300, monotonic=True)
        await asyncio.sleep(0)
    await program.until(watch.idle.isVisible)
    (told,) = [text for _, text in desktop]
    assert told.startswith(f"Nothing has happened on {seen.seen.name} for 30 minutes")
    await program.press("Installation finished")
    await program.answer("Is the system installed?", "It is installed")
    await program.wait_for("done")
