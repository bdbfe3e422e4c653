"""The whole job in the terminal, operator's part included, on a practice cloud of its own. Leaves nothing behind."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from isowright.cli.runs import Options, drive
from isowright.clock import FastClock
from isowright.cloud.login import PasswordLogin
from isowright.cloud.models import Secret
from isowright.errors import StateError
from isowright.events import AnyEvent, Waiting
from isowright.home import Home
from isowright.pipeline.engine import Engine
from isowright.profiles import read


async def run(speed: float, *, json: bool) -> int:
    """The exit status of the run. `speed`: how many times as fast as real time."""
    from isowright.practice.server import PracticeCloud

    with tempfile.TemporaryDirectory(prefix="isowright-tour-") as folder:
        try:
            async with PracticeCloud(speed=speed) as cloud:
                if not json:
                    print("A practice cloud runs on this computer; a small ISO in one of its buckets becomes an image.")
                return await _run(Home.at(Path(folder)), cloud.ready, speed, json=json)
        except OSError as error:
            raise StateError(
                "The practice cloud cannot start.",
                detail=f"{error.strerror or error}.",
                remedy="Free some space in the folder for temporary files, and let programs listen on 127.0.0.1.",
            ) from error


async def _run(home: Home, ready: dict[str, Any], speed: float, *, json: bool) -> int:
    engine = Engine(home, clock=FastClock(speed))
    operator: set[asyncio.Task[None]] = set()

    def watch(event: AnyEvent) -> None:
        if isinstance(event, Waiting) and event.reason == "operator" and not operator:
            if not json:
                print("  (The tour plays the operator: it installs the system and powers the server off.)")
            operator.add(asyncio.create_task(_install(ready, event.server_id)))

    await engine.open()
    try:
        name, recipe = read(Path(ready["profile"]))
        login = PasswordLogin(domain=ready["domain"], user=ready["user"], password=Secret(ready["password"]))
        info = await engine.create(recipe, profile=name)
        status = await drive(
            engine, info, login, recipe.account, "wait", Options(json=json, on_error="clean-up"), also=watch
        )
        await asyncio.gather(*operator)
        return status
    finally:
        for task in operator:
            task.cancel()
        await engine.close()


async def _install(ready: dict[str, Any], server_id: str) -> None:
    """What the button on the console's page does."""
    import httpx

    async with httpx.AsyncClient(auth=(ready["user"], ready["password"]), trust_env=False) as client:
        answer = await client.post(f"{ready['control']}/practice/servers/{server_id}/finish-install")
        answer.raise_for_status()
