"""A hundred runs at once in one process against one alone: wall time, and memory a run.

The practice cloud serves from a process of its own, so that only our side is measured.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import harness
import psutil
from cloud_process import finish_install, practice_process
from table import Row

from isowright.events import Done, Waiting
from isowright.home import Home
from isowright.pipeline.engine import Engine

RUNS = 100
SPEED = 10.0
BOUND = 1.5


async def _one(engine: Engine, ready: dict[str, Any], recipe: Any) -> None:
    info = await engine.create(recipe)
    asked: list[str] = []
    loop = asyncio.get_running_loop()

    def look(event: object) -> None:
        if isinstance(event, Waiting) and event.server_id and event.server_id not in asked:
            asked.append(event.server_id)
            loop.run_in_executor(None, finish_install, ready, event.server_id)

    handle = await engine.start(info.id, harness.login_of(ready), look)
    final = await handle.wait()
    if not isinstance(final, Done):
        raise RuntimeError(f"a run did not end well: {final}")  # noqa: TRY004  an outcome, no type that somebody passed


async def _all(count: int) -> tuple[float, float]:
    """Seconds, and the bytes by which the process grew at its highest."""
    process = psutil.Process()
    with practice_process(SPEED) as ready, tempfile.TemporaryDirectory() as folder:
        home = Home.at(Path(folder))
        engine = Engine(home)
        await engine.open()
        recipe = harness.recipe_of(home, ready)
        before = peak = process.memory_info().rss
        begun = time.monotonic()
        runs = [asyncio.create_task(_one(engine, ready, harness.named(recipe, f"many-{n}"))) for n in range(count)]
        pending = set(runs)
        while pending:
            _, pending = await asyncio.wait(pending, timeout=0.25)
            peak = max(peak, process.memory_info().rss)
        for run in runs:
            run.result()
        wall = time.monotonic() - begun
        await engine.close()
    return wall, peak - before


def measure() -> list[Row]:
    alone, _ = asyncio.run(_all(1))
    together, grown = asyncio.run(_all(RUNS))
    ratio = together / alone
    return [
        Row(
            f"{RUNS} runs at once",
            f"{together:.1f} s",
            f"one run {alone:.1f} s",
            f"{ratio:.2f}",
            f"≤ {BOUND}",
            ratio <= BOUND,
        ),
        Row("memory a run", f"{grown / RUNS / 1024:.0f} KiB", "process before the runs"),
    ]
