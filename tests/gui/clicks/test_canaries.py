"""What is typed into the window stays in the window: both sign-ins, refusals, failures, crashes, everything that can be
copied or saved, with the log files of a real start and every library at its most talkative."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit

sys.path.insert(0, str(Path(__file__).parents[2] / "e2e"))

from canary_tools import Canaries, plant

from isowright_gui import logs


def spoken(window) -> str:
    """Every word of the window, tool tips and names for screen readers included; what a password field hides is its."""
    words = []
    for label in window.findChildren(QLabel):
        words += [label.text(), label.toolTip(), label.accessibleName(), label.accessibleDescription()]
    for edit in window.findChildren(QLineEdit):
        words += [edit.displayText(), edit.toolTip(), edit.accessibleName(), edit.accessibleDescription()]
    return "\n".join(words)


@pytest.mark.parametrize("method", ["password", "access key"])
async def test_what_is_typed_stays_here(program, method):
    canaries = Canaries()
    plant(program.services.practice.cloud, canaries)
    ready = program.services.practice.cloud.ready
    program.http.auth = (ready["user"], ready["password"])
    program.ready = {**program.ready, **ready}
    home, qt = program.home, []
    former = qInstallMessageHandler(lambda kind, _context, text: qt.append((kind, text)))
    root = logging.getLogger()
    try:
        with logs.to_files(home):
            root.setLevel(logging.DEBUG)
            crashes = logs.Crashes(program.window.show_error)
            secret = ready["password"] if method == "password" else ready["secret_key"]
            await program.press("New image")
            await program.loaded("account")
            await program.sign_in(method)
            for name in ("httpcore", "httpx"):
                logging.getLogger(name).setLevel(logging.DEBUG)
            assert canaries.in_bytes(spoken(program.window).encode()) == set()
            await program.go_on("iso")
            await program.answer_all("web-server")
            program.fault(job="imsImportImageJob", action="fail", reason=f"no such {secret!r}: {secret}")
            await program.create()
            await program.wait_for("failed")
            assert "***" in program.controller.state.error.detail
            await program.sees("***")
            assert canaries.in_bytes(spoken(program.window).encode()) == set()
            await program.press("Copy")
            copied = QGuiApplication.clipboard().text()
            assert "***" in copied
            assert canaries.in_bytes(copied.encode()) == set()
            try:
                raise ValueError(f"{secret} {secret!r}")  # noqa: TRY301  # what a slot or a task may fail with
            except ValueError as error:
                crashes.in_slot(ValueError, error, error.__traceback__)
                await program.until(lambda: "Something unexpected happened" in spoken(program.window.window()))
                crashes.in_task(asyncio.get_running_loop(), {"message": f"lost {secret}", "exception": None})
            assert canaries.in_bytes(spoken(program.window).encode()) == set()
            dialog = await program.dialog()
            QTest.keyClick(dialog, Qt.Key.Key_Escape)
            await program.press("Retry")
            await program.my_turn()
            await program.wait_for("done")
            await program.press("Save as profile")
            QTest.keyClick((await program.dialog("Save as profile")).findChild(QLineEdit), Qt.Key.Key_Return)
            await program.until(lambda: any((home.config / "profiles").glob("*.toml")))
            text = (home.logs / "isowright.log").read_text("utf-8")
            assert "receive_response_headers" in text
            assert "Unhandled in a slot" in text
            assert "lost ***" in text
            await program.end()
    finally:
        qInstallMessageHandler(former)
    assert not [text for kind, text in qt if kind != QtMsgType.QtDebugMsg and canaries.in_bytes(text.encode())]
    given = {"token", "security token"} if method == "password" else {"secret key"}
    assert given | {"console token"} <= set(canaries.values.values())
    assert (home.config / "window.ini").exists()
    kept = [path for path in home.data.rglob("*") if path.is_dir() and path.name == "practice"]
    assert canaries.in_folder(home.config, home.logs, home.data, besides=tuple(kept)) == {}
