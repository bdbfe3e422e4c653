"""What a check may ask: the cloud, the recipe, this computer; and what several checks need is read once for all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from isowright import names
from isowright.cloud.catalog import console_page
from isowright.cloud.client import Cloud
from isowright.cloud.models import AvailabilityZone, Flavor, Image, Subnet, VolumeType, Vpc
from isowright.pipeline.estimates import Estimates, learn
from isowright.pipeline.runs import RunInfo
from isowright.recipe import PRACTICE, Recipe

T = TypeVar("T")


@dataclass(frozen=True)
class Here:
    """What this computer knows: all of its runs, the folder of records of uploads. now: None = the cloud's clock.
    revises: id of the stopped run that is to go on with these answers, "" = they are for a new one."""

    runs: Sequence[RunInfo] = ()
    uploads: Path | None = None
    now: datetime | None = None
    revises: str = ""


class Scene:
    """One round of checks. `close` it: it ends what is still being read."""

    def __init__(self, cloud: Cloud, recipe: Recipe, here: Here | None = None) -> None:
        self.cloud = cloud
        self.day = cloud.now().astimezone()
        self.given = recipe
        self.recipe = names.filled(recipe, self.day)  # as a run would have it
        self.here = here or Here()
        self._reads: dict[Hashable, asyncio.Future[Any]] = {}

    @property
    def now(self) -> datetime:
        return self.here.now or self.cloud.now()

    @property
    def made(self) -> set[str]:
        """Kinds of what the run that is to go on has made already; empty for a new one."""
        run = next((run for run in self.here.runs if run.id == self.here.revises), None)
        return {item.kind for item in run.resources if item.fate != "deleted"} if run is not None else set()

    @property
    def practice(self) -> bool:
        """Nothing is billed."""
        return self.recipe.account.cloud == PRACTICE

    def estimates(self) -> Estimates:
        """How long stages took on this computer in this cloud."""
        return learn(self.here.runs, self.recipe.account)

    def console(self, page: str = "home") -> str:
        """The address of a page of the cloud's web console, "" if it is not known."""
        return console_page(self.cloud.session.account, page)

    async def once(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """What `ask` gives or raises, asked for once however many checks want it."""
        if key not in self._reads:
            self._reads[key] = asyncio.ensure_future(ask())
        return cast("T", await asyncio.shield(self._reads[key]))

    async def flavors(self, zone: str) -> list[Flavor]:
        return await self.once(("flavors", zone), lambda: self.cloud.ecs.flavors(zone))

    async def zones(self) -> list[AvailabilityZone]:
        return await self.once("zones", self.cloud.ecs.availability_zones)

    async def volume_types(self) -> list[VolumeType]:
        return await self.once("volume types", self.cloud.evs.volume_types)

    async def images_named(self, name: str) -> list[Image]:
        return await self.once(("images", name), lambda: self.cloud.ims.images(name=name))

    async def vpcs(self) -> list[Vpc]:
        return await self.once("vpcs", self.cloud.vpc.vpcs)

    async def subnets(self, vpc_id: str) -> list[Subnet]:
        return await self.once(("subnets", vpc_id), lambda: self.cloud.vpc.subnets(vpc_id))

    async def close(self) -> None:
        """Safe to call twice."""
        for read in self._reads.values():
            read.cancel()
        await asyncio.gather(*self._reads.values(), return_exceptions=True)
