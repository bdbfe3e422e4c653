"""One more server, its cores and its memory fit into the project's limits (Ecs.0001)."""

from __future__ import annotations

import asyncio

from isowright.checks._remedies import AGAIN, LEFTOVERS, open_page
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, must_fix
from isowright.cloud.flavors import MIN_RAM, VCPUS


async def _look(scene: Scene) -> Answer:
    server = scene.recipe.server
    limits, flavors = await asyncio.gather(scene.cloud.ecs.limits(), scene.flavors(server.availability_zone))
    chosen = next((flavor for flavor in flavors if flavor.id == server.flavor_id), None)
    cores, ram = (chosen.vcpus, chosen.ram) if chosen is not None else (VCPUS, MIN_RAM)
    for what, most, used, need in (
        ("servers", limits.max_servers, limits.used_servers, 1),
        ("vCPUs", limits.max_cores, limits.used_cores, cores),
        ("MB of memory", limits.max_ram, limits.used_ram, ram),
    ):
        if most >= 0 and most - used < need:
            return must_fix(
                f"{used:,} of {most:,} {what} are in use in this project; the temporary server needs {need:,} more.",
                *open_page("Open the console", scene.console("quota")),
                LEFTOVERS,
                AGAIN,
                advice="Free some, or ask for a higher quota, then check again.",
            )
    return FINE


CHECK = Check("limits", "Server quota", _look, order=60)
