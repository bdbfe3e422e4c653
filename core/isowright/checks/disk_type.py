"""The disk type is still offered in the zone (Ecs.0043, Ecs.0044 otherwise)."""

from __future__ import annotations

from isowright.checks._remedies import go, use
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, must_fix
from isowright.checks.zone import best_type


async def _look(scene: Scene) -> Answer:
    server = scene.recipe.server
    zone = server.availability_zone
    offered = [kind.name for kind in await scene.volume_types() if kind.offered_in(zone)]
    if server.volume_type in offered:
        return FINE
    other = best_type(offered)
    here = (use(f"Use {other}", server__volume_type=other),) if other else ()
    why = f"The disk type {server.volume_type} is not to be had in {zone} now."
    return must_fix(why, *here, go("Choose another disk type", "server.volume_type"))


CHECK = Check("disk-type", "Disk type is available", _look, order=52)
