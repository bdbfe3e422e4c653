"""The disk type is still offered in the zone (Ecs.0043, Ecs.0044 otherwise)."""

from __future__ import annotations

from isowright.checks._remedies import go, use
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, must_fix
from isowright.cloud.disk_types import NEEDS_IOPS, offered


async def _look(scene: Scene) -> Answer:
    server = scene.recipe.server
    zone = server.availability_zone
    there = offered(await scene.volume_types(), zone)
    if server.volume_type in there:
        return FINE
    here = [use(f"Use {other}", server__volume_type=other) for other in there[:1]]
    why = f"The disk type {server.volume_type} is not to be had in {zone} now."
    if server.volume_type in NEEDS_IOPS:
        why = f"Disks of the type {server.volume_type} are ordered with their speed, which a run does not name."
    return must_fix(why, *here, go("Choose another disk type", "server.volume_type"))


CHECK = Check("disk-type", "Disk type is available", _look, order=52)
