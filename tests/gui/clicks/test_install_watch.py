"""While the operator installs, the page shows what the server does, and calls them back when it does nothing."""

from __future__ import annotations

import struct
import zlib

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from isowright.practice.machines import Scripted
from isowright.practice.refusals import Refusal
from isowright_gui.runs.screen import WIDEST, decode
from isowright_gui.wizard import window as windows

HOSTILE = "<b>bold</b> <img src='http://127.0.0.1:1/x'> \x1b[31mred\x1b[0m\u202e"


def png(color: str, width: int = 720, height: int = 400) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(color))
    return written(image, "PNG")


def written(image: QImage, kind: str) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, kind)
    return bytes(data.data())


def claims(width: int, height: int) -> bytes:
    """A PNG that says to be of this size and has no pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    return b"\x89PNG\r\n\x1a\n" + chunk


class Screens(Scripted):
    """Machines with a screen of one colour."""

    def __init__(self) -> None:
        self.shown = png("#1c2f9b")
        self.asked = 0

    async def screenshot(self, server_id: str) -> bytes:
        self.asked += 1
        if self.asked == 1:
            raise Refusal(409, "Practice.0001", f"{server_id} is not running.")  # its machine has not started yet
        return self.shown


@pytest.fixture
def desktop(monkeypatch):
    """A desktop with a tray: what it is asked to tell."""
    told: list[tuple[str, str]] = []

    class Signal:
        def connect(self, slot: object) -> None:
            assert callable(slot)

    class Tray(QObject):
        def __init__(self, _icon: object, parent: QObject) -> None:
            super().__init__(parent)
            self.activated, self.messageClicked = Signal(), Signal()

        @staticmethod
        def isSystemTrayAvailable() -> bool:
            return True

        supportsMessages = isSystemTrayAvailable  # noqa: N815  Qt's name

        def show(self) -> None: ...

        def showMessage(self, title: str, text: str) -> None:
            told.append((title, text))

    monkeypatch.setattr(windows, "QSystemTrayIcon", Tray)
    return told


async def test_log_screen_and_half_an_hour_of_nothing(program, weekly, browser, desktop):
    cloud = program.services.practice.cloud
    cloud.world.machines = screens = Screens()
    other = QWidget()  # what the operator looks at meanwhile
    await program.run_profile()
    await program.wait_for("your-turn")
    other.show()
    other.activateWindow()
    await program.until(lambda: not program.window.isActiveWindow())
    watch = program.build.turn.watch
    await program.until(lambda: "Waiting for the operator" in watch.log.toPlainText())
    assert watch.log.isVisible()
    assert watch.log.isReadOnly()
    await program.sees("Running")
    await program.sees("Last change")

    picture = await program.until(lambda: watch.picture if watch.picture.isVisible() else None)
    assert screens.asked > 1
    assert picture.width() <= WIDEST
    assert picture.image().pixelColor(5, 5) == QColor("#1c2f9b")
    name = program.controller.state.seen.name
    assert picture.accessibleName() == f"Screen of {name}: open the console"
    screens.shown = png("#c00000")
    await program.until(lambda: picture.image().pixelColor(5, 5) == QColor("#c00000"))
    screens.shown = b"no picture"
    count = program.controller.sight
    await program.until(lambda: count.screen == b"no picture")

    sentence = f"Nothing has happened on {name} for 30 minutes."  # nothing is billed on the practice cloud
    assert not program.says(sentence)
    for _ in range(2):  # once each time
        await half_an_hour(program)
        await program.sees(sentence)
        await program.sees("Open the console: the installer may be waiting for an answer.")
        opened = len(browser.opened)
        program.build.area.ensureWidgetVisible(picture)
        QTest.mouseClick(picture, Qt.MouseButton.LeftButton)
        await program.until(lambda opened=opened: len(browser.opened) > opened)
        await program.until(lambda: not program.says(sentence))
    assert [text for _, text in desktop].count(sentence) == 2

    program.fault(service="ecs", path="console-output", action="status", status=200, body={"output": HOSTILE}, count=0)
    await program.until(lambda: "red" in watch.log.toPlainText())
    assert watch.log.toPlainText() == "<b>bold</b> <img src='http://127.0.0.1:1/x'> red"
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in watch.findChildren(QLabel))
    other.close()
    await program.install_and_power_off()
    await program.wait_for("done")
    await program.expect_only("practice-image")
    other.deleteLater()


async def half_an_hour(program) -> None:
    """In leaps: of each time without a look at the server only five minutes count."""
    clock, state = program.services.clock, program.controller.state
    while not state.seen.idle:
        clock.jump(300, monotonic=True)
        looks = clock.monotonic() + 12  # the longest pause between two looks is 10 s
        await program.until(lambda looks=looks: state.seen.idle or clock.monotonic() > looks)


async def test_a_cloud_that_does_not_tell(program, weekly):
    program.fault(service="ecs", path="console-output", action="status", status=403, count=0)
    await program.run_profile()
    await program.wait_for("your-turn")
    await program.sees("This cloud does not tell what a server writes to its console.")
    watch = program.build.turn.watch
    assert watch.log.isHidden()
    assert watch.picture.isHidden()
    await program.my_turn()
    await program.wait_for("done")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        png("red")[:200],
        claims(100_000, 100_000),
        claims(640, 480),
        written(QImage(8, 8, QImage.Format.Format_RGB32), "BMP"),
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    ],
    ids=["nothing", "signature", "cut", "too large", "no pixels", "BMP", "SVG"],
)
def test_what_is_no_screen_is_not_shown(data):
    image = decode(data, WIDEST)
    assert image is None or image.width() <= WIDEST
    if len(data) < 100 or data.startswith(b"BM"):
        assert image is None


def test_a_screen_is_scaled_down_only():
    assert decode(png("red"), 224).width() == 224
    assert decode(png("red", 100, 50), 224).width() == 100
