"""The availability zone exists and is in service; a closed one is still listed."""

from __future__ import annotations

from isowright.checks._remedies import Remedy, go, use
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, must_fix
from isowright.cloud.disk_types import offered
from isowright.cloud.flavors import describe, judge, rank


async def another_zone(scene: Scene) -> tuple[Remedy, ...]:
    """The first other zone with a flavor that fits and a disk type, with both as near as possible to what was chosen;
    () if there is none."""
    server = scene.recipe.server
    types = await scene.volume_types()
    for zone in await scene.zones():
        if not zone.available or zone.name == server.availability_zone:
            continue
        flavors = await scene.flavors(zone.name)
        same = next((one for one in flavors if one.id == server.flavor_id), None)
        kept = same if same is not None and not judge(same, zone.name).reason else None
        flavor = kept or next(iter(rank(flavors, zone.name)), None)
        kinds = offered(types, zone.name)
        kind = server.volume_type if server.volume_type in kinds else next(iter(kinds), "")
        if flavor is not None and kind:
            words = f"Use {zone.name}" if kept else f"Use {zone.name} with {flavor.id}"
            return (
                use(
                    words,
                    server__availability_zone=zone.name,
                    server__flavor_id=flavor.id,
                    server__flavor_note=describe(flavor),
                    server__volume_type=kind,
                ),
            )
    return ()


async def _look(scene: Scene) -> Answer:
    wanted = scene.recipe.server.availability_zone
    zone = next((one for one in await scene.zones() if one.name == wanted), None)
    if zone is not None and zone.available:
        return FINE
    why = f"{wanted} is out of service." if zone is not None else f"There is no zone {wanted} in this region."
    choose = go("Choose another zone", "server.availability_zone")
    return must_fix(why, *await another_zone(scene), choose)


CHECK = Check("zone", "Availability zone is up", _look, order=48)
