"""What the benchmarks of runs share: a practice cloud of its own for each run, an operator who finishes at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from isowright.clock import Clock, SystemClock
from isowright.cloud.login import PasswordLogin
from isowright.cloud.models import Secret
from isowright.events import AnyEvent, Done, Waiting
from isowright.home import Home
from isowright.pipeline.engine import Engine
from isowright.practice.server import PracticeCloud
from isowright.profiles import Profiles
from isowright.recipe import Recipe


@dataclass(frozen=True)
class Result:
    """Seconds from start to the final event; seconds in which jobs of the cloud were under way, by its own clock."""

    wall: float
    jobs: float


def login_of(ready: dict[str, Any]) -> PasswordLogin:
    return PasswordLogin(domain=ready["domain"], user=ready["user"], password=Secret(ready["password"]))


def recipe_of(home: Home, ready: dict[str, Any]) -> Recipe:
    return Profiles(home).load(ready["profile"])


def named(recipe: Recipe, name: str) -> Recipe:
    return msgspec.structs.replace(recipe, image=msgspec.structs.replace(recipe.image, name=name))


async def drive(
    engine: Engine,
    recipe: Recipe,
    cloud: PracticeCloud,
    watch: Callable[[AnyEvent], None] = lambda _event: None,
) -> float:
    """One whole run; the operator powers off in the moment of being asked. Returns its seconds."""
    info = await engine.create(recipe)
    finished: list[str] = []

    def look(event: AnyEvent) -> None:
        watch(event)
        if isinstance(event, Waiting) and event.reason == "operator" and event.server_id not in finished:
            finished.append(event.server_id)
            finish_install(cloud, event.server_id)

    begun = time.monotonic()
    handle = await engine.start(info.id, login_of(cloud.ready), look)
    final = await handle.wait()
    wall = time.monotonic() - begun
    if not isinstance(final, Done):
        raise RuntimeError(f"the run did not end well: {final}")  # noqa: TRY004  an outcome, no type that somebody passed
    return wall


def finish_install(cloud: PracticeCloud, server_id: str) -> None:
    """What the button of the console page does, without the page."""
    cloud.world.settle()
    cloud.world.guests.finish_install(server_id)


async def whole_run(folder: Path, speed: float, clock: Clock | None = None) -> Result:
    """One run on a practice cloud of its own."""
    home = Home.at(folder / "home")
    async with PracticeCloud(folder / "cloud", speed=speed) as cloud:
        engine = Engine(home, clock=clock or SystemClock())
        await engine.open()
        try:
            wall = await drive(engine, recipe_of(home, cloud.ready), cloud)
        finally:
            await engine.close()
        return Result(wall, job_seconds(cloud))


def job_seconds(cloud: PracticeCloud) -> float:
    """Real seconds between begin and end of all jobs, as the cloud has them."""
    return sum(job.end - job.begin for job in cloud.world.state.jobs.values())
