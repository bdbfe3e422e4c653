"""How long the window does not answer while it uploads: gaps between the ticks of a 5 ms timer, Build page shown.

The practice cloud takes the bytes in a process of its own; on two cores it is half of the load.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import harness
import msgspec
from bench_stall import IDLE, Ticks
from cloud_process import practice_process
from table import Row, quantile

from isowright.practice.isos import DEBIAN, make_iso
from isowright.recipe import IsoSource

SPEED = 600.0
SIZE = 2 * 1024**3
P99, WORST = 0.020, 0.060


async def _measure(app) -> tuple[list[float], list[float], float]:
    from isowright.home import Home
    from isowright.secrets import MemoryStore
    from isowright_gui.life import build_services, close_services, import_core
    from isowright_gui.wizard.window import MainWindow

    with practice_process(SPEED) as ready, tempfile.TemporaryDirectory() as folder:
        home = Home.at(Path(folder))
        file = Path(folder) / "installer.iso"
        make_iso(DEBIAN, file)
        os.truncate(file, SIZE)  # zeros without a disk behind them: what is measured is the window
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
        recipe = harness.recipe_of(home, ready)
        iso = IsoSource(recipe.iso.bucket, "installer.iso", SIZE, path=str(file))
        info = await services.engine.create(msgspec.structs.replace(recipe, iso=iso))
        controller = await services.runs.open(info.id, harness.login_of(ready))
        window.open_run(info.id)
        while not _opened(window):  # noqa: ASYNC110  before anything is measured
            await asyncio.sleep(0.05)
        moving, sent = asyncio.Event(), asyncio.Event()
        rates: list[float] = []

        def look() -> None:
            stage = controller.state.stages["upload-iso"]
            if stage.transfer is not None and stage.transfer.done:
                moving.set()
                rates.append(stage.transfer.rate)
            if stage.state in ("done", "failed"):
                sent.set()

        controller.changed.connect(look)
        controller.start()
        await asyncio.wait_for(moving.wait(), 60)
        ticks.start()
        await asyncio.wait_for(sent.wait(), 600)
        busy = ticks.stop()
        if controller.state.stages["upload-iso"].state != "done":
            raise RuntimeError(f"the upload did not end well: {controller.state.error}")
        await controller.stop()
        window.hide()
        await window.close_down()
        await close_services(services)
        window.deleteLater()
    return idle, busy, quantile(rates, 0.5)


def _opened(window) -> bool:
    build = window.wizard.build if window.wizard is not None else None
    return build is not None and build.controller is not None


def measure() -> list[Row]:
    from isowright_gui import theme
    from isowright_gui.app import make_application
    from isowright_gui.loop import make_loop

    app = make_application()
    theme.install(app)
    with asyncio.Runner(loop_factory=lambda: make_loop(app)) as runner:
        idle, busy, rate = runner.run(_measure(app))
    rows = []
    for what, part, bound in (("p99", 0.99, P99), ("worst", 1.0, WORST)):
        ours, rest = quantile(busy, part), quantile(idle, part)
        rows.append(
            Row(
                f"gap between 5 ms ticks during an upload of 2 GiB at {rate / 1e6:.0f} MB/s, {what}",
                f"{ours * 1000:.1f} ms",
                f"idle window {rest * 1000:.1f} ms",
                f"{ours / rest:.2f}",
                f"≤ {bound * 1000:.0f} ms",
                ours <= bound,
            )
        )
    return rows
