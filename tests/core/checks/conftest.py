"""A practice cloud, a client of it, and a recipe with which every check is fine."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from isowright.checks import Finding, Here, all_checks
from isowright.checks.check import run_one
from isowright.clock import FastClock
from isowright.cloud.client import Cloud
from isowright.cloud.login import PasswordLogin
from isowright.cloud.models import Secret
from isowright.practice.server import PracticeCloud
from isowright.recipe import CONSOLE, Recipe

SPEED = 600.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Bench:
    """A practice cloud, a client of it, and a recipe with which everything is fine."""

    practice: PracticeCloud
    cloud: Cloud
    recipe: Recipe
    here: Here = field(default_factory=Here)
    heard: list[str] = field(default_factory=list)

    def change(self, part: str, **answers: Any) -> None:
        spec = msgspec.structs.replace(getattr(self.recipe, part), **answers)
        self.recipe = msgspec.structs.replace(self.recipe, **{part: spec})

    def fault(self, **rule: Any) -> None:
        self.practice.context.add_faults([rule])

    async def look(self, check_id: str) -> Finding:
        return await run_one(
            next(check for check in all_checks() if check.id == check_id), self.cloud, self.recipe, self.here
        )

    async def iso_image(self) -> None:
        """An ISO image, as an earlier run may have left it."""
        iso = self.recipe.iso
        job_id = await self.cloud.ims.register_iso(
            name="left-over", bucket=iso.bucket, key=iso.key, os_version=self.recipe.image.os_version, min_disk=40
        )
        clock = FastClock(SPEED)
        while not (await self.cloud.ims.job(job_id)).ended:
            await clock.sleep(5)
        while not await self.cloud.ims.images(virtual_env_type="IsoImage", status="active"):
            await clock.sleep(5)  # lists lag behind


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with PracticeCloud(speed=SPEED) as practice:
        ready = practice.ready
        text = tomllib.loads(await asyncio.to_thread(Path(ready["profile"]).read_text, "utf-8"))
        recipe = msgspec.convert({k: v for k, v in text.items() if k not in ("schema", "name")}, Recipe)
        account = msgspec.structs.replace(
            recipe.account, endpoints=recipe.account.endpoints | {CONSOLE: ready["console"]}
        )
        recipe = msgspec.structs.replace(recipe, account=account)
        login = PasswordLogin(domain=ready["domain"], user=ready["user"], password=Secret(ready["password"]))
        cloud = Cloud.open(recipe.account, login, clock=FastClock(SPEED))
        made = Bench(practice, cloud, recipe)
        try:
            yield made
        finally:
            await made.cloud.aclose()
