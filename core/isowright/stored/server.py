"""Zones that are closed, flavors and disk types that are offered no more. What is only sold out will come back, and is
the preflight checks' business."""

from __future__ import annotations

from isowright.cloud.disk_types import offered
from isowright.cloud.flavors import describe, judge, rank, status_in
from isowright.cloud.models import AvailabilityZone, Flavor, VolumeType
from isowright.recipe import Recipe
from isowright.stored.gone import Gone, Lists

_ENDED = ("abandon", "canceled")  # cond:operation:status of what is withdrawn for good
_SOLD_OUT = "os-vendor-extended:sold_out_availability_zones"
_TRIES = 6  # zones that are looked into for a replacement


async def look(lists: Lists, recipe: Recipe) -> list[Gone]:
    """Zone, flavor and disk type, in the page's order; what takes the place of the one fits the other."""
    zone = recipe.server.availability_zone
    if not zone:
        return []
    found: list[Gone] = []
    zones = await lists.known("zones", lambda cloud: cloud.ecs.availability_zones())
    if zones is not None and not any(one.name == zone and one.available for one in zones):
        lost = await _zone(lists, recipe, zones)
        if not lost.better:
            return [lost]
        found.append(lost)
        zone = lost.better
    if (flavor := await _flavor(lists, recipe, zone)) is not None:
        found.append(flavor)
    if (kind := await _disk_type(lists, recipe, zone)) is not None:
        found.append(kind)
    return found


async def _zone(lists: Lists, recipe: Recipe, zones: list[AvailabilityZone]) -> Gone:
    """An open zone that has the same flavor, else one that has a fitting one, else any."""
    old = recipe.server.availability_zone
    listed = any(one.name == old for one in zones)
    why = f"The zone {old} takes no servers now." if listed else f"The zone {old} does not exist any more."
    best, because = "", ""
    for name in [one.name for one in zones if one.available][:_TRIES]:
        flavors = await _flavors_of(lists, name) or []
        if _is_there(flavors, recipe.server.flavor_id, name):
            best, because = name, f"it has {recipe.server.flavor_id} too"
            break
        if rank(flavors, name) and not because:
            best, because = name, "it has flavors that fit"
        best = best or name
    return Gone(
        step="server",
        field="availability_zone",
        what="Availability zone",
        value=old,
        why=why,
        better=best,
        because=because,
        remedy=f"Take {best}." if best else "Wait until a zone is open, or take another region.",
        change={"availability_zone": best} if best else {},
    )


async def _flavor(lists: Lists, recipe: Recipe, zone: str) -> Gone | None:
    old = recipe.server.flavor_id
    flavors = await _flavors_of(lists, zone)
    if not old or flavors is None or _is_there(flavors, old, zone):
        return None
    if zone == recipe.server.availability_zone:
        # A zone's list leaves out what is sold out there.
        everywhere = await lists.known("flavors of all zones", lambda cloud: cloud.ecs.flavors())
        same = next((one for one in everywhere or () if one.id == old), None)
        if everywhere is None or (same is not None and not _withdrawn(same, zone)):
            return None
    fitting = rank(flavors, zone)
    alike = [one for one in fitting if describe(one) == recipe.server.flavor_note and not judge(one, zone).note]
    best = next(iter(alike or fitting), None)
    return Gone(
        step="server",
        field="flavor_id",
        what="Flavor",
        value=old,
        why=f"The flavor {old} is not offered in {zone} any more.",
        better=f"{best.id} ({describe(best)})" if best else "",
        because=("of the same size" if alike else "the smallest that fits") if best else "",
        remedy=f"Take {best.id}." if best else "Take another zone: this one has no flavor that fits.",
        change={"flavor_id": best.id if best else "", "flavor_note": describe(best) if best else ""},
    )


async def _disk_type(lists: Lists, recipe: Recipe, zone: str) -> Gone | None:
    old = recipe.server.volume_type
    types = await lists.known("volume types", lambda cloud: cloud.evs.volume_types())
    # In another zone than the stored one, what is sold out is no replacement.
    there = _may_come_back if zone == recipe.server.availability_zone else VolumeType.offered_in
    if not old or types is None or any(one.name == old and there(one, zone) for one in types):
        return None
    best = next(iter(offered(types, zone)), "")
    return Gone(
        step="server",
        field="volume_type",
        what="Disk type",
        value=old,
        why=f"The disk type {old} is not offered in {zone} any more.",
        better=best,
        because="the best for an installation of those that are" if best else "",
        remedy=f"Take {best}." if best else "Take another zone: this one has no disk type.",
        change={"volume_type": best},
    )


async def _flavors_of(lists: Lists, zone: str) -> list[Flavor] | None:
    return await lists.known(("flavors", zone), lambda cloud: cloud.ecs.flavors(zone))


def _is_there(flavors: list[Flavor], flavor_id: str, zone: str) -> bool:
    return any(one.id == flavor_id and not _withdrawn(one, zone) for one in flavors)


def _withdrawn(flavor: Flavor, zone: str) -> bool:
    return flavor.disabled or status_in(flavor, zone) in _ENDED


def _may_come_back(kind: VolumeType, zone: str) -> bool:
    """Offered, or sold out for now."""
    sold_out = [part.strip() for part in (kind.specs.get(_SOLD_OUT) or "").split(",")]
    return kind.offered_in(zone) or zone in sold_out
