"""What several scenes begin with."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from make import all_well, faults, ready, settled, until

from isowright.recipe import Account, ImageSpec, IsoSource, Recipe

replace = msgspec.structs.replace


async def wizard_at(window: Any, recipe: Recipe, step: str) -> Any:
    await window._open_signed_in(recipe, "", step)
    await settled(window.wizard)
    return window.wizard


def elsewhere(services: Any, name: str, cloud: str, region: str, iso: str, **image: Any) -> Recipe:
    """A recipe of another cloud, for cards."""
    return replace(
        ready(services),
        account=Account(cloud=cloud, region=region, domain="acme", user="d.white"),
        iso=IsoSource(bucket="images", key=iso),
        image=ImageSpec(name=name, os_version="Debian 12.0.0 64bit", **image),
    )


async def save(services: Any, name: str, recipe: Recipe) -> None:
    await asyncio.to_thread(services.profiles.save, name, recipe)


async def one_run(services: Any, recipe: Recipe, fate: str, profile: str = "") -> Any:
    """A whole run up to its fate: your-turn, done, failed, cancelled."""
    if fate == "failed":
        faults(services, {"job": "imsVolumeCreateImageJob", "action": "fail", "count": 1})
    info = await services.engine.create(recipe, profile=profile)
    controller = await services.runs.open(info.id)
    controller.start()
    await until(lambda: controller.state.phase in ("your-turn", "failed"), "the operator's turn")
    if fate == "your-turn" or controller.state.phase == "failed":
        return controller
    if fate == "cancelled":
        await controller.stop()
    else:
        controller.installed()
    await until(lambda: not controller.active, fate)
    await all_well(services)
    return controller
