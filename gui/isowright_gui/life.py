"""The only place that wires the core to widgets: loop, services, order of start and shutdown.

The window is there already; the core, above all what talks HTTP and to the keyring, is imported in threads behind it.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import sys
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from isowright_gui.loop import make_loop
from isowright_gui.sweeper import settle
from isowright_gui.wizard.window import MainWindow

if TYPE_CHECKING:
    from isowright.clock import Clock
    from isowright.home import Home
    from isowright.secrets import SecretStore
    from isowright_gui.services import Services


def import_core() -> None:
    """What `build_services` and Home need: 150 ms of imports, for a thread."""
    for name in ("pipeline.engine", "pipeline.receipt", "profiles", "secrets", "flow"):
        importlib.import_module(f"isowright.{name}")
    for name in ("services", "practice", "dialogs", "home.page", "wizard.shell"):
        importlib.import_module(f"isowright_gui.{name}")


def build_services(
    home: Home, clock: Clock | None = None, *, store: SecretStore | None = None, practice_speed: float = 60.0
) -> Services:
    """The doors into the core; opens nothing. `import_core` first, or its imports halt the window."""
    from isowright.clock import SystemClock
    from isowright.pipeline.engine import Engine
    from isowright.profiles import Profiles
    from isowright.secrets import Vault
    from isowright_gui.practice import PracticeHost
    from isowright_gui.services import Services

    clock = clock or SystemClock()
    vault = Vault(store) if store is not None else Vault()
    return Services(
        home=home,
        clock=clock,
        engine=Engine(home, clock=clock, who="window"),
        profiles=Profiles(home),
        vault=vault,
        practice=PracticeHost(home, practice_speed),
    )


async def close_services(services: Services) -> None:
    """The last steps of a shutdown: the practice cloud writes its state, the journal is closed."""
    try:
        await services.practice.stop()
    finally:
        await services.engine.close()


def run(app: QApplication, window: MainWindow, profile: str | None = None, *, practice: bool = False) -> int:
    """Until the window is closed. Returns the exit status: 0, or 1 if the data folder cannot be used."""
    with asyncio.Runner(loop_factory=lambda: make_loop(app)) as runner:
        try:
            return runner.run(_live(window, profile, practice))
        except KeyboardInterrupt:
            return 130


async def _live(window: MainWindow, profile: str | None, practice: bool) -> int:
    stop = asyncio.Event()
    window.stopping.connect(stop.set)
    _stop_on_signals(stop)
    from isowright import home as homes
    from isowright.errors import StateError
    from isowright_gui import logs

    home = homes.Home.default()
    crashes = logs.Crashes(window.show_error)
    asyncio.get_running_loop().set_exception_handler(crashes.in_task)
    former_hook, sys.excepthook = sys.excepthook, crashes.in_slot
    try:
        with contextlib.ExitStack() as held:
            try:
                await asyncio.to_thread(home.ensure)
                held.enter_context(home.lock_window())
                held.enter_context(logs.to_files(home))
                await asyncio.to_thread(import_core)
                settle()
                services = build_services(home)
                await services.engine.open()
            except StateError as error:
                print(error, file=sys.stderr)  # noqa: T201  whoever started it from a terminal reads it there
                window.show_fatal(error)
                await stop.wait()
                return error.exit_status
            try:
                await _serve(window, services, stop, profile, practice)
            finally:
                await close_services(services)
        return 0
    finally:
        sys.excepthook = former_hook
        window.hide()


async def _serve(
    window: MainWindow, services: Services, stop: asyncio.Event, profile: str | None, practice: bool
) -> None:
    window.attach(services)
    if practice:
        await services.practice.start()
    if profile is not None:
        window.open_profile(profile)
    else:
        window.show_home(tour=practice)
    await stop.wait()
    window.hide()
    await window.close_down()


def _stop_on_signals(stop: asyncio.Event) -> None:
    """Ctrl+C and a polite kill end the program as its close button does."""
    import signal

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, stop.set)
