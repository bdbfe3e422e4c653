"""An operator in front of the program: the mouse, the keyboard and a browser's requests, nothing else.

The practice cloud answers over HTTP; what it holds at the end is what counts. The program is started and ended as its
`main` does it, so that the next start finds what the former left.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from PySide6.QtCore import QMimeData, QObject, QPointF, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from isowright.clock import FastClock
from isowright.recipe import CUSTOM
from isowright.secrets import MemoryStore
from isowright_gui.dialogs import Dialog

LEFT = Qt.MouseButton.LeftButton
KINDS = ("images", "servers", "volumes")
MAKING = ("imsImportImageJob", "createServer", "imsVolumeCreateImageJob")


class Browser(QObject):
    """What the desktop opens; keeps the addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))


class Program:
    """One start of the program, and an operator in front of it."""

    def __init__(self, home, store, until, browser) -> None:
        self.home, self.store, self.until, self.browser = home, store, until, browser
        self.asked: list[dict] = []  # requests of former starts
        self.window = None
        self.before: dict[str, set[str]] = {}
        self.failure = None  # the one that is known already

    async def start(self) -> None:
        from isowright_gui.life import build_services, import_core
        from isowright_gui.wizard.window import MainWindow

        await asyncio.to_thread(import_core)
        self.services = build_services(self.home, FastClock(60.0), store=self.store, practice_speed=600.0)
        await self.services.engine.open()
        await self.services.practice.start()
        ready = self.services.practice.ready
        self.ready = ready
        self.http = httpx.AsyncClient(auth=(ready["user"], ready["password"]), base_url=ready["control"])
        self.before = self.before or {kind: {x["id"] for x in (await self.get("world"))[kind]} for kind in KINDS}
        self.stopped = asyncio.Event()
        self.window = MainWindow()
        self.window.stopping.connect(self.stopped.set)
        self.window.show()
        await asyncio.sleep(0)
        self.window.attach(self.services)
        await asyncio.sleep(0)
        self.window.resize(1120, 740)
        self.window.show_home()
        self.window.activateWindow()
        await self.until(self.window.home.cards.widgets)

    async def close(self) -> None:
        """The window's own ×."""
        self.window.close()
        await self.stopped.wait()
        await self.end()

    async def end(self) -> None:
        """What follows the window's wish to be closed."""
        from isowright_gui.life import close_services

        if self.window is None:
            return
        self.asked += (await self.get("requests"))["requests"]
        window, self.window = self.window, None
        window.hide()
        await window.close_down()
        await self.http.aclose()
        await close_services(self.services)
        window.deleteLater()
        left = [t for t in asyncio.all_tasks() if not t.done() and "TestRunner." not in str(t.get_coro())]
        assert not left, f"tasks left behind: {left}"

    # -- the cloud's own door

    async def get(self, what: str) -> dict:
        answer = await self.http.get(f"/practice/{what}")
        return answer.raise_for_status().json()

    def fault(self, **rule) -> None:
        """At once, in step with what the window is told."""
        self.services.practice.cloud.context.add_faults([rule])

    def no_faults(self) -> None:
        self.services.practice.cloud.context.faults.remove(None)

    async def world(self) -> dict[str, list[dict]]:
        """What exists now and did not exist at the first start."""
        now = await self.get("world")
        return {kind: [x for x in now[kind] if x["id"] not in self.before[kind]] for kind in KINDS}

    async def jobs(self) -> list[str]:
        return [job["job_type"] for job in (await self.get("world"))["jobs"]]

    async def made(self) -> list[int]:
        """How many ISO images, servers and images of disks the cloud was made to make."""
        jobs = await self.jobs()
        return [jobs.count(kind) for kind in MAKING]

    async def expect_only(self, *names: str, installed: bool = True) -> str:
        """These images, made of a disk; no server, disk or ISO image besides. Returns the last one's id."""
        world = await self.world()
        assert sorted(i["name"] for i in world["images"]) == sorted(names)
        assert all(i["status"] == "active" and i["__data_origin"].startswith("volume,") for i in world["images"])
        assert [i["installed"] for i in world["images"]] == [installed] * len(names)
        assert world["servers"] == world["volumes"] == []
        return world["images"][-1]["id"]

    async def install_and_power_off(self) -> None:
        """What the page behind the newest console link does when its buttons are pressed."""
        url = httpx.URL(self.browser.opened[-1])
        async with httpx.AsyncClient(base_url=f"{url.scheme}://{url.netloc.decode()}") as tab:
            page = await tab.get(url)
            assert page.status_code == 200
            tab.headers["X-Console-Session"] = re.search(r'const session = "([^"]+)"', page.text)[1]
            (await tab.post("/console/install")).raise_for_status()
            while (await tab.get("/console/state")).json()["phase"] != "installed":  # noqa: ASYNC110  over HTTP
                await asyncio.sleep(0.005)
            (await tab.post("/console/power-off")).raise_for_status()

    # -- hands

    def button(self, words: str, root=None) -> QAbstractButton | None:
        """The button that shows these words, mnemonics and dots apart."""
        for each in (root or self.window).findChildren(QAbstractButton):
            if each.isVisible() and each.text().replace("&", "").rstrip("…") == words:
                return each
        return None

    async def press(self, words: str, root=None) -> None:
        """Click the button with these words, once it is there."""
        button = await self.until(lambda: self.button(words, root), what=f"no button {words!r}")
        QTest.mouseClick(button, LEFT)
        await asyncio.sleep(0)

    async def dialog(self, title: str = "") -> Dialog:
        def found() -> Dialog | None:
            top = QApplication.activeModalWidget()
            return top if isinstance(top, Dialog) and title in top.windowTitle() else None

        return await self.until(found, what=f"no dialog {title!r}")

    async def answer(self, title: str, words: str) -> None:
        """Click a button of the dialog with this title, and wait until it is gone."""
        dialog = await self.dialog(title)
        QTest.mouseClick(self.button(words, dialog), LEFT)
        await self.until(lambda: not dialog.isVisible())

    def says(self, words: str) -> bool:
        return any(words in label.text() for label in self.window.findChildren(QLabel) if label.isVisible())

    async def sees(self, words: str) -> None:
        await self.until(lambda: self.says(words), what=f"nothing says {words!r}")

    def shown(self) -> str:
        return " | ".join(label.text() for label in self.window.findChildren(QLabel) if label.isVisible())

    async def write(self, edit, text: str) -> None:
        """Type over what is there, at the pace of somebody whom the window can follow."""
        edit.setFocus()
        QTest.keyClick(edit, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        for key in text:
            QTest.keyClick(edit, key)
            await asyncio.sleep(0)

    async def choose(self, combo, data) -> None:
        combo.setFocus()
        QTest.keyClick(combo, Qt.Key.Key_Home)
        for _ in range(combo.count()):
            if combo.currentData() == data:
                return
            await asyncio.sleep(0)
            QTest.keyClick(combo, Qt.Key.Key_Down)
        assert combo.currentData() == data

    @property
    def page(self):
        return self.window.wizard.page

    @property
    def build(self):
        return self.window.wizard.build if self.window.wizard is not None else None

    @property
    def controller(self):
        return self.build.controller if self.build is not None else None

    async def loaded(self, step: str) -> None:
        await self.until(lambda: self.window.wizard and self.window.wizard.step == step, what=f"never {step}")
        wizard, tasks = self.window.wizard, self.window.tasks  # the page is shown a moment before it is entered
        await self.until(lambda: not any(map(wizard.tasks.running, ("move", "start"))) and not tasks.running("open"))
        page = self.page
        if page is not None:
            await self.until(lambda: not page.tasks.running("enter") and not page.tasks.running("list"))

    async def go_on(self, to: str) -> None:
        """Continue, to the next page."""
        await self.until(lambda: self.page.valid, what=f"{self.page.step}: {self.page.problem}")
        QTest.mouseClick(self.window.wizard.footer.primary_button, LEFT)
        await self.loaded(to)

    # -- the pages

    async def sign_in(self, method: str = "password", *, keep: bool = True) -> None:
        """Account, with endpoints written out."""
        form, ready = self.page.form, self.ready
        await self.choose(form.cloud, CUSTOM)
        await self.write(form.field("region").control, ready["region"])
        for service, url in ready["endpoints"].items():
            await self.write(form.field(f"endpoints.{service}").control, url)
        if method == "password":
            words = {name: ready[name] for name in ("domain", "user", "password")}
        else:
            form.method.buttons()[0].setFocus()
            QTest.keyClick(form.method.buttons()[0], Qt.Key.Key_Right)
            words = {name: ready[name] for name in ("access_key", "secret_key")}
        for name, text in words.items():
            await self.write(form.field(name).control, text)
        if not keep:
            QTest.keyClick(form.keep.box, Qt.Key.Key_Space)
        await self.press("Sign in", self.window.wizard.footer)
        await self.sees("Signed in")

    async def choose_iso(self) -> None:
        table = self.page.browser.table
        await self.until(self.page.browser.model.shown)
        model = self.page.browser.model
        row = next(r for r in range(model.shown()) if model.row_at(model.index(r, 0)).kind == "iso")
        QTest.mouseClick(table.viewport(), LEFT, pos=table.visualRect(model.index(row, 0)).center())
        await self.until(lambda: self.page.session.recipe.iso.key)

    async def drop(self, *paths: Path) -> None:
        """Files let go over the page, as a file manager does it."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        spot, copy, none = QPointF(200, 200), Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(self.page, QDragEnterEvent(spot.toPoint(), copy, mime, LEFT, none))
        await asyncio.sleep(0)
        QApplication.sendEvent(self.page, QDropEvent(spot, copy, mime, LEFT, none))

    async def answer_all(self, name: str, *, iso: bool = True) -> None:
        """ISO to Review, taking what is preselected. iso: choose one in the bucket first."""
        if iso:
            await self.choose_iso()
        await self.go_on("image")
        await self.write(self.page.name.edit, name)
        await self.until(lambda: self.page.name.state == "free")
        if not self.page.session.recipe.image.os_version:
            combo = self.page.os.version
            combo.setFocus()
            QTest.keyClick(combo, Qt.Key.Key_Down)
        await self.go_on("server")
        await self.go_on("network")
        page = self.page
        page.vpc.setFocus()
        QTest.keyClick(page.vpc, Qt.Key.Key_Home)
        if not page.session.recipe.network.vpc_id:
            QTest.keyClick(page.vpc, Qt.Key.Key_Down)
        await self.until(lambda: page.subnets.model.shown() and not page.tasks.running("list"))
        await asyncio.sleep(0)
        if not page.valid:
            table = page.subnets.table
            QTest.mouseClick(table.viewport(), LEFT, pos=table.visualRect(table.model().index(0, 0)).center())
        await self.go_on("review")

    async def create(self, before: Callable[[], None] = lambda: None) -> None:
        """`before`: what happens between the checks and the click."""
        await self.until(self.page.checks.done)
        before()
        await self.press("Create image", self.window.wizard.footer)
        await self.until(lambda: self.controller is not None)

    async def run_profile(self, name: str = "weekly", before_create: Callable[[], None] = lambda: None) -> None:
        """Two clicks."""
        if self.window.wizard is not None:
            await self.press("Home")
        card = await self.until(lambda: self.window.home.card(name))
        QTest.mouseClick(card.start, LEFT)
        await self.loaded("review")
        await self.create(before_create)

    async def wait_for(self, phase: str) -> None:
        def there() -> bool:
            if self.controller is None:
                return False
            state = self.controller.state
            assert phase == "failed" or state.phase != "failed" or state.error is self.failure, state.error
            return self.build._phase == phase

        await self.until(there, what=f"never {phase}")
        self.failure = self.controller.state.error

    async def my_turn(self) -> None:
        """Open the console, install, power off."""
        await self.wait_for("your-turn")
        count = len(self.browser.opened)
        await self.press("Open console")
        await self.until(lambda: len(self.browser.opened) > count)
        await self.install_and_power_off()


@pytest.fixture
def browser():
    made = Browser()
    QDesktopServices.setUrlHandler("http", made, "open")
    yield made
    QDesktopServices.unsetUrlHandler("http")
    made.deleteLater()


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

    from isowright_gui.wizard import window as windows

    monkeypatch.setattr(windows, "QSystemTrayIcon", Tray)
    return told


@pytest.fixture
async def program(home, until, browser, qapp):
    made = Program(home, MemoryStore(), until, browser)
    await made.start()
    yield made
    await made.end()


@pytest.fixture
async def weekly(program, ready_answers):
    """The profile "weekly" on Home."""
    await asyncio.to_thread(program.services.profiles.save, "weekly", ready_answers(program.ready))
    await program.window.home.load()
