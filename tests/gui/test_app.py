"""The program from outside: it starts, ends when asked, says what it cannot do; and its first window is light."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from isowright.clock import SystemClock
from isowright.errors import AppError, StateError
from isowright.home import Home
from isowright.pipeline.journal import Journal
from isowright.recipe import ImageSpec, Recipe
from isowright.secrets import MemoryStore
from isowright_gui import logs
from isowright_gui.life import build_services, close_services
from isowright_gui.practice import PracticeHost
from isowright_gui.wizard.window import MainWindow

PROGRAM = "import sys; from isowright_gui.app import main; sys.exit(main())"
# Reports what the window shows, then closes it as its close button does.
REPORT = """
import sys
from PySide6.QtCore import QTimer
from isowright_gui import app
from isowright_gui.wizard.window import MainWindow

def look(window):
    shown = window.stack.currentWidget()
    loading = shown is window._starting or (shown is window.home and not window.home.cards.widgets())
    if not loading:
        print("SHOWS", shown.accessibleName() or type(shown).__name__, flush=True)
        window.close()
    else:
        QTimer.singleShot(10, window, lambda: look(window))

made = MainWindow.__init__
def init(self, *args):
    made(self, *args)
    QTimer.singleShot(0, self, lambda: look(self))
MainWindow.__init__ = init
sys.exit(app.main())
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "ISOWRIGHT_HOME": str(tmp_path / "home"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


def run(program: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=200, check=False
    )


def test_it_opens_home_and_closes_with_its_window(environment):
    done = run(REPORT, environment)
    assert "SHOWS HomePage" in done.stdout
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    log = Path(environment["ISOWRIGHT_HOME"], "logs", "isowright.log")
    assert not log.exists() or "ERROR" not in log.read_text("utf-8")


def test_a_second_window_on_the_same_data_says_so_and_fails(environment):
    home = Home.at(Path(environment["ISOWRIGHT_HOME"]))
    home.ensure()
    with home.lock_window():
        done = run(REPORT, environment)
    assert "SHOWS Isowright is already open." in done.stdout
    assert "Use the open window" in done.stderr
    assert done.returncode == 1


def test_a_folder_that_cannot_be_written_to_is_said_with_its_remedy(environment):
    # A file where a folder should be: refused to root as well.
    Path(environment["ISOWRIGHT_HOME"]).write_text("in the way")
    done = run(REPORT, environment)
    assert "cannot be written to" in done.stdout
    assert "ISOWRIGHT_HOME" in done.stderr
    assert done.returncode == 1


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_polite_kill_ends_it_in_order(environment):
    started = Path(environment["ISOWRIGHT_HOME"], "data", "window.lock")
    program = subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        while not (started.exists() and started.read_text()):
            assert program.poll() is None
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(0.02)
        program.send_signal(signal.SIGTERM)
        _, err = program.communicate(timeout=200)
    finally:
        program.kill()
    assert program.returncode in (0, -signal.SIGTERM), err
    assert "Traceback" not in err


def test_the_first_window_imports_nothing_heavy():
    heavy = "httpx", "keyring", "starlette", "uvicorn", "sqlite3", "pycdlib", "qtawesome", "msgspec"
    program = (
        "import sys; from isowright_gui import app, theme; a = app.make_application(); theme.install(a);"
        "w = app.MainWindow(); w.show(); a.processEvents();"
        f"print(sorted(set({heavy!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=200, check=False)
    assert done.stdout.strip() == "[]", done.stderr


async def test_the_first_window_has_its_head_and_waits_for_the_core(qapp):
    window = MainWindow()
    window.show()
    assert window.header.new.isVisible()
    assert not window.header.new.isEnabled()
    closing: list[bool] = []
    window.stopping.connect(lambda: closing.append(True))
    assert not window.close(), "it closes only after everything has ended"
    assert window.isVisible()
    assert closing == [True]
    window.deleteLater()


async def test_a_practice_cloud_that_cannot_start_is_said_with_its_remedy(home):
    (home.data / "practice").write_text("a file where the folder should be")
    host = PracticeHost(home)
    with pytest.raises(StateError) as caught:
        await host.start()
    assert "practice" in caught.value.remedy
    (home.data / "practice").unlink()
    try:
        assert (await host.start())["region"]
    finally:
        await host.stop()


async def test_a_recovered_journal_is_told_before_anything_else(home, until, qapp):
    journal = Journal(home.journal_path, SystemClock())
    await journal.open()
    for name in ("first", "second"):
        await journal.create(Recipe(image=ImageSpec(name=name)), "", [("sign-in", "Sign in")])
    await journal.close()
    home.journal_path.write_bytes(home.journal_path.read_bytes()[:5000])
    services = build_services(home, store=MemoryStore())
    await services.engine.open()
    window = MainWindow()
    try:
        window.show()
        window.attach(services)
        window.show_home()
        dialog = await until(qapp.activeModalWidget)
        words = " ".join(label.text() for label in dialog.findChildren(QLabel))
        assert "was damaged and has been recovered" in words
        assert "set aside as journal.damaged-" in words
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        names = await until(lambda: {row.accessibleName() for row in window.home._rows.values()})
        assert names == {"first", "second"}
    finally:
        await window.close_down()
        await close_services(services)
        window.deleteLater()


async def test_an_exception_in_a_slot_or_a_task_is_shown_and_logged(qapp, caplog):
    shown: list[AppError] = []
    crashes = logs.Crashes(shown.append)
    try:
        raise ValueError("password=hunter22")  # noqa: TRY301
    except ValueError as error:
        crashes.in_slot(type(error), error, error.__traceback__)
    crashes.in_task(asyncio.get_running_loop(), {"message": "task x failed", "exception": KeyError("y")})
    assert [error.title for error in shown] == ["Something unexpected happened."] * 2
    assert "hunter22" not in str(shown[0])
    assert all(error.remedy for error in shown)
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


def test_the_log_file_holds_no_secret(home):
    import logging

    with logs.to_files(home):
        logging.getLogger("isowright.test").warning("X-Auth-Token: MII%s", "a" * 80)
        logging.getLogger("isowright.test").warning('{"password": "hunter22"}')
    text = (home.logs / "isowright.log").read_text("utf-8")
    assert "isowright.test" in text
    assert "hunter22" not in text
    assert "aaaa" not in text


async def test_the_scheme_is_kept(window, services, qapp):
    from PySide6.QtCore import QSettings

    from isowright_gui.theme import theme

    menu = window.header.settings.menu()
    dark = next(action for action in menu.actions() if action.data() == "dark")
    dark.trigger()
    assert theme().scheme == "dark"
    try:
        window._settings.sync()
        kept = QSettings(str(services.home.config / "window.ini"), QSettings.Format.IniFormat)
        assert kept.value("scheme") == "dark"
    finally:
        theme().set_scheme("light")


async def test_help_and_about_open_and_close_with_escape(window, qapp):
    for ask in (window._show_help, window._show_about):
        ask()
        dialog = qapp.activeModalWidget()
        assert dialog is not None
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        assert qapp.activeModalWidget() is None
