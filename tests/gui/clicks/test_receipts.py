"""Receipts of runs that did not end well, saved from their page."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLineEdit

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # asked by Qt's own file chooser


async def chooser(program):
    await program.press("Save receipt")
    found = await program.until(QApplication.activeModalWidget)
    assert isinstance(found, QFileDialog)
    return found


async def test_of_a_failed_run(program, weekly, tmp_path):
    program.fault(job="createServer", action="fail-with-debris", reason="the backend tripped", code="Ecs.0204")
    await program.run_profile()
    await program.wait_for("failed")

    dialog = await chooser(program)
    dialog.findChild(QLineEdit).setText(str(tmp_path / "missing" / "receipt.html"))
    dialog.reject()
    assert list(tmp_path.glob("**/*.html")) == []

    dialog = await chooser(program)
    dialog.setDirectory(str(tmp_path))
    kinds = dialog.findChild(QComboBox, "fileTypeCombo")
    kinds.setCurrentIndex(kinds.findText("JSON", Qt.MatchFlag.MatchStartsWith))
    kinds.activated.emit(kinds.currentIndex())
    name = dialog.findChild(QLineEdit)
    assert name.text().endswith(".json")
    QTest.keyClick(name, Qt.Key.Key_Return)
    (path,) = await program.until(lambda: list(tmp_path.glob("*.json")))
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["error"]["code"] == "Ecs.0204"
    assert {"iso-image", "server"} <= {r["kind"] for r in told["resources"] if r["fate"] != "deleted"}

    dialog = await chooser(program)
    QTest.keyClicks(dialog.findChild(QLineEdit), "")
    dialog.findChild(QLineEdit).setText(str(tmp_path / "receipt.html"))
    QTest.keyClick(dialog.findChild(QLineEdit), Qt.Key.Key_Return)
    page = await program.until(lambda: next(iter(tmp_path.glob("receipt.html")), None))
    assert "may still be in the cloud" in page.read_text(encoding="utf-8")
    assert list(tmp_path.glob(".*")) == []


async def test_that_cannot_be_written(program, weekly, tmp_path):
    program.fault(job="createServer", action="fail-with-debris", reason="the backend tripped", code="Ecs.0204")
    await program.run_profile()
    await program.wait_for("failed")
    taken = tmp_path / "receipt.html"
    (tmp_path / ".receipt.html.part").mkdir()  # no file can be made under this name
    dialog = await chooser(program)
    dialog.findChild(QLineEdit).setText(str(taken))
    QTest.keyClick(dialog.findChild(QLineEdit), Qt.Key.Key_Return)
    await program.sees("could not be written")
    await program.sees("The receipt stays with the run")
    await program.press("Close")
    assert not taken.exists()
    assert program.build._phase == "failed"
