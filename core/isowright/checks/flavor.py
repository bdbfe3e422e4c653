"""The flavor is still offered in the zone, and fits an ISO machine."""

from __future__ import annotations

from isowright.checks._remedies import Remedy, go, use
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, look_at, must_fix
from isowright.checks.zone import another_zone
from isowright.cloud.flavors import describe, judge, rank

_OTHER = go("Choose another flavor", "server.flavor_id")


async def _remedies(scene: Scene) -> list[Remedy]:
    """The next flavor of the zone; else the next zone that has one."""
    server = scene.recipe.server
    zone = server.availability_zone
    best = next((one for one in rank(await scene.flavors(zone), zone) if one.id != server.flavor_id), None)
    if best is None:
        return [*await another_zone(scene), _OTHER]
    note = describe(best)
    return [use(f"Use {best.id} ({note})", server__flavor_id=best.id, server__flavor_note=note), _OTHER]


async def takes_next(scene: Scene) -> bool:
    """Whether the run takes another flavor by itself if the chosen one is sold out, and there is one."""
    server = scene.recipe.server
    if not server.next_flavor:
        return False
    offered = await scene.flavors(server.availability_zone)
    return any(one.id != server.flavor_id for one in rank(offered, server.availability_zone))


async def _not_to_be_had(scene: Scene, why: str) -> Answer:
    """Amber if the run may take the next one by itself, and there is one."""
    remedies = await _remedies(scene)
    if await takes_next(scene):
        return look_at(f"{why} The run takes the next one that fits.", *remedies)
    return must_fix(why, *remedies)


async def _look(scene: Scene) -> Answer:
    server = scene.recipe.server
    zone = server.availability_zone
    chosen = next((one for one in await scene.flavors(zone) if one.id == server.flavor_id), None)
    if chosen is None:  # the list of a zone leaves out what is sold out there
        return await _not_to_be_had(scene, f"{server.flavor_id} is not to be had in {zone} now.")
    verdict = judge(chosen, zone)
    if verdict.tone == "sold-out":
        return await _not_to_be_had(scene, f"{server.flavor_id}: {verdict.reason}.")
    if remark := verdict.reason or verdict.note:
        return look_at(f"{server.flavor_id}: {remark}.", *await _remedies(scene))
    return FINE


CHECK = Check("flavor", "Flavor is available", _look, order=50)
