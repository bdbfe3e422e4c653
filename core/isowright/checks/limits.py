"""One more server, its cores and its memory fit into the project's limits (Ecs.0001)."""

from __future__ import annotations

import asyncio

from isowright.checks.check import FINE, Answer, Check
from isowright.cloud.client import Cloud
from isowright.cloud.flavors import MIN_RAM, VCPUS
from isowright.recipe import Recipe


async def _look(cloud: Cloud, recipe: Recipe) -> Answer:
    limits, flavors = await asyncio.gather(
        cloud.ecs.limits(),
        cloud.ecs.flavors(recipe.server.availability_zone),
    )
    chosen = next((flavor for flavor in flavors if flavor.id == recipe.server.flavor_id), None)
    cores, ram = (chosen.vcpus, chosen.ram) if chosen is not None else (VCPUS, MIN_RAM)
    for what, most, used, need in (
        ("servers", limits.max_servers, limits.used_servers, 1),
        ("vCPUs", limits.max_cores, limits.used_cores, cores),
        ("MB of memory", limits.max_ram, limits.used_ram, ram),
    ):
        if most >= 0 and most - used < need:
            return Answer(
                "must-fix",
                f"{used:,} of {most:,} {what} are in use in this project; the temporary server needs {need:,} more.",
                "Free some, or ask for a higher quota, then check again.",
                "retry",
            )
    return FINE


CHECK = Check("limits", "Server quota", _look, order=60)
