"""What a run waits for stands where people look, and a run that somebody else drives is only looked at."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from isowright.cloud.login import PasswordLogin
from isowright.cloud.models import Secret

sys.path.insert(0, str(Path(__file__).parents[2] / "e2e"))

from cli_tools import Started, environment

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def command(program, tmp_path):
    """The command line on the window's own data folder."""
    running = []

    def start(*words):
        env = environment(
            tmp_path,
            ISOWRIGHT_HOME=str(program.home.data.parent),
            ISOWRIGHT_PASSWORD=program.ready["password"],
            ISOWRIGHT_SPEED="60",
        )
        running.append(Started(*words, env=env, cwd=tmp_path))
        return running[-1]

    yield start
    for started in running:
        started.close()


async def plug_in(program):
    (await program.http.delete("/practice/faults")).raise_for_status()


async def test_without_a_network_the_run_says_so_and_goes_on_when_it_is_back(program, weekly):
    program.fault(action="down-after", service="ims", method="GET", path="/job/")
    await program.run_profile()
    await program.sees("No connection to 127.0.0.1:")
    assert program.build._phase == "running"
    assert "What was begun goes on in the cloud." in program.shown()
    assert program.button("Cancel run") is not None
    await program.press("Home")
    await program.sees("Register ISO · No connection to")
    row = next(iter(program.window.home._rows.values()))
    QTest.mouseClick(row, LEFT)
    await plug_in(program)
    await program.wait_for("your-turn")
    assert not program.says("No connection")

    program.fault(action="down-after", service="ecs", method="GET", path="/cloudservers/")
    await program.sees("No connection to 127.0.0.1:")
    assert program.build._phase == "your-turn"
    await plug_in(program)
    await program.sees("The run waits for you")
    await program.my_turn()
    await program.wait_for("done")
    await program.expect_only("practice-image")
    assert await program.made() == [1, 1, 1]


async def test_a_run_of_the_command_line_is_followed_to_its_end(program, command, browser):
    profile = Path(program.ready["profile"])
    first = command("run", profile, "--json")
    await program.until(lambda: any('"your-turn"' in line for line in first.out), what=first.said)
    process = first.process.pid
    home = program.window.home
    QTest.keyClick(program.window, Qt.Key.Key_F5)
    await program.sees(f"Install the OS · driven by the command line (process {process})")
    assert home.banner is None, "there is nothing to go on with"
    row = next(iter(home._rows.values()))
    QTest.mouseClick(row, LEFT)
    await program.sees(f"The command line of this computer, process {process}, since ")
    assert program.says("last sign of life")
    assert program.build._phase == "held"
    assert all(program.button(words) is None for words in ("Continue", "Start", "Clean up and end", "Cancel run"))
    assert program.says("It can be stopped only where it is driven.")

    ready = program.ready
    account = program.controller.info.recipe.account
    await program.services.vault.keep(account, PasswordLogin(ready["domain"], ready["user"], Secret(ready["password"])))
    for count in (1, 2):  # looking changes nothing, and each look has an address of its own
        await program.press("Open console")
        await program.until(lambda count=count: len(browser.opened) == count)
    assert browser.opened[0] != browser.opened[1]
    await program.install_and_power_off()
    await program.wait_for("done")
    await program.sees("Image created")
    await program.until(lambda: first.process.poll() is not None)
    assert first.process.returncode == 0, first.said
    assert len((await program.world())["images"]) == 1


async def test_the_command_line_is_told_that_the_window_drives_it(program, weekly, command):
    await program.run_profile()
    await program.wait_for("your-turn")
    second = command("resume", program.controller.info.id)
    await program.until(lambda: second.process.poll() is not None)
    assert second.end() == 1
    assert f"The window of this computer, process {os.getpid()}, since " in second.said
    await program.my_turn()
    await program.wait_for("done")


async def test_continue_that_comes_too_late_shows_who_was_quicker(program, command, browser):
    profile = Path(program.ready["profile"])
    first = command("run", profile, "--json", "--on-install", "confirm")
    await program.until(lambda: first.process.poll() is not None)
    QTest.keyClick(program.window, Qt.Key.Key_F5)
    await program.sees("One run was left unfinished")
    row = next(iter(program.window.home._rows.values()))
    QTest.mouseClick(row, LEFT)
    await program.until(lambda: program.build is not None and program.build._phase == "cancelled")
    ready = program.ready
    account = program.controller.info.recipe.account
    await program.services.vault.keep(account, PasswordLogin(ready["domain"], ready["user"], Secret(ready["password"])))
    second = command("resume", "--json")
    await program.until(lambda: any('"your-turn"' in line for line in second.out))
    await program.press("Continue")
    dialog = await program.dialog("This run is being driven already.")
    assert f"process {second.process.pid}" in dialog.accessibleDescription()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    await program.until(lambda: program.build._phase == "held")
    assert program.button("Continue") is None
    await program.press("Open console")
    await program.until(lambda: browser.opened)
    await program.install_and_power_off()
    await program.wait_for("done")
