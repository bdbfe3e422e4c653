"""The flavor is still offered in the zone, and so is the disk type."""

from __future__ import annotations

import asyncio

from isowright.checks.check import FINE, Answer, Check
from isowright.cloud.client import Cloud
from isowright.cloud.flavors import fit
from isowright.recipe import Recipe


async def _look(cloud: Cloud, recipe: Recipe) -> Answer:
    server = recipe.server
    flavors, types = await asyncio.gather(cloud.ecs.flavors(server.availability_zone), cloud.evs.volume_types())
    chosen = next((flavor for flavor in flavors if flavor.id == server.flavor_id), None)
    if chosen is None:
        why = f"{server.flavor_id} is not offered in {server.availability_zone} any more."
        return Answer("must-fix", why, "Choose another flavor", "step:server.flavor_id")
    if reason := fit(chosen, server.availability_zone):
        return Answer("look", f"{server.flavor_id}: {reason}.", "Choose another flavor", "step:server.flavor_id")
    volume_type = next((kind for kind in types if kind.name == server.volume_type), None)
    if volume_type is None or not volume_type.offered_in(server.availability_zone):
        why = f"The disk type {server.volume_type} is not available in {server.availability_zone}."
        return Answer("must-fix", why, "Choose another disk type", "step:server.volume_type")
    return FINE


CHECK = Check("flavor", "Flavor and disk type are available", _look, order=50)
