"""How long the window does not answer: gaps between the ticks of a 5 ms timer, in a whole run and in the idle window.

The practice cloud serves from a process of its own, at the tour's speed.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import harness
from cloud_process import finish_install, practice_process
from PySide6.QtCore import Qt, QTimer
from table import Row, quantile

SPEED = 60.0
IDLE = 8.0  # seconds
P99, WORST = 0.016, 0.050


class Ticks:
    """Seconds between the ticks."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self._last = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self.gaps, self._last = [], time.perf_counter()
        self._timer.start()

    def stop(self) -> list[float]:
        self._timer.stop()
        return self.gaps

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append(now - self._last)
        self._last = now


async def _measure(app) -> tuple[list[float], list[float]]:
    from isowright.home import Home
    from isowright.secrets import MemoryStore
    from isowright_gui.life import build_services, close_services, import_core
    from isowright_gui.wizard.window import MainWindow

    with practice_process(SPEED) as ready, tempfile.TemporaryDirectory() as folder:
        home = Home.at(Path(folder))
        await asyncio.to_thread(import_core)
        services = build_services(home, store=MemoryStore())
        await services.engine.open()
        window = MainWindow(services)
        window.show()
        window.show_home()
        await asyncio.sleep(2)
        ticks = Ticks()
        ticks.start()
        await asyncio.sleep(IDLE)
        idle = ticks.stop()
        info = await services.engine.create(harness.recipe_of(home, ready))
        controller = await services.runs.open(info.id, harness.login_of(ready))
        asked: list[str] = []

        def look() -> None:
            state = controller.state
            if state.phase == "your-turn" and state.server_id and state.server_id not in asked:
                asked.append(state.server_id)
                asyncio.get_running_loop().run_in_executor(None, finish_install, ready, state.server_id)

        controller.changed.connect(look)
        ended = asyncio.get_running_loop().create_future()
        controller.ended.connect(lambda event: ended.done() or ended.set_result(event))
        ticks.start()
        controller.start()
        window.open_run(info.id)
        final = await asyncio.wait_for(ended, 120)
        await asyncio.sleep(1)
        busy = ticks.stop()
        if type(final).__name__ != "Done":
            raise RuntimeError(f"the run did not end well: {final}")
        window.hide()
        await window.close_down()
        await close_services(services)
        window.deleteLater()
    return idle, busy


def measure() -> list[Row]:
    from isowright_gui import theme
    from isowright_gui.app import make_application
    from isowright_gui.loop import make_loop

    app = make_application()
    theme.install(app)
    with asyncio.Runner(loop_factory=lambda: make_loop(app)) as runner:
        idle, busy = runner.run(_measure(app))
    rows = []
    for what, part, bound in (("p99", 0.99, P99), ("worst", 1.0, WORST)):
        ours, rest = quantile(busy, part), quantile(idle, part)
        rows.append(
            Row(
                f"gap between 5 ms ticks in a whole run, {what}",
                f"{ours * 1000:.1f} ms",
                f"idle window {rest * 1000:.1f} ms",
                f"{ours / rest:.2f}",
                f"≤ {bound * 1000:.0f} ms",
                ours <= bound,
            )
        )
    return rows
