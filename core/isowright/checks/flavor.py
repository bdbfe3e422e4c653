"""The flavor is still offered in the zone, and so is the disk type."""

from __future__ import annotations

import asyncio

from isowright.checks.check import FINE, Answer, Check
from isowright.cloud.client import Cloud
from isowright.cloud.flavors import judge
from isowright.recipe import Recipe

_OTHER_FLAVOR = ("Choose another flavor", "step:server.flavor_id")


async def _look(cloud: Cloud, recipe: Recipe) -> Answer:
    server = recipe.server
    zone = server.availability_zone
    flavors, types = await asyncio.gather(cloud.ecs.flavors(zone), cloud.evs.volume_types())
    chosen = next((flavor for flavor in flavors if flavor.id == server.flavor_id), None)
    if chosen is None:  # the list of a zone leaves out what is sold out there
        return Answer("must-fix", f"{server.flavor_id} is not to be had in {zone} now.", *_OTHER_FLAVOR)
    verdict = judge(chosen, zone)
    if verdict.tone == "sold-out":
        return Answer("must-fix", f"{server.flavor_id}: {verdict.reason}.", *_OTHER_FLAVOR)
    volume_type = next((kind for kind in types if kind.name == server.volume_type), None)
    if volume_type is None or not volume_type.offered_in(zone):
        why = f"The disk type {server.volume_type} is not to be had in {zone} now."
        return Answer("must-fix", why, "Choose another disk type", "step:server.volume_type")
    if remark := verdict.reason or verdict.note:
        return Answer("look", f"{server.flavor_id}: {remark}.", *_OTHER_FLAVOR)
    return FINE


CHECK = Check("flavor", "Flavor and disk type are available", _look, order=50)
