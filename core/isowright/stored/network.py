"""VPCs, subnets and security groups that are deleted. One of the same name is most likely their successor."""

from __future__ import annotations

import asyncio

from isowright.cloud.models import SecurityGroup, Subnet, Vpc
from isowright.recipe import NetworkSpec, Recipe
from isowright.stored.gone import Gone, Lists

_TRIES = 6  # VPCs that are looked into for a usable subnet


async def look(lists: Lists, recipe: Recipe) -> list[Gone]:
    """In the page's order. A full subnet is the preflight checks' business, unless the page has to be opened anyway."""
    network = recipe.network
    places, groups = await asyncio.gather(_places(lists, network), _groups(lists, network))
    if groups and not places and network.subnet_id and not network.make:
        subnets = await _subnets_of(lists, network.vpc_id) or []
        if any(one.id == network.subnet_id and one.free_addresses == 0 for one in subnets) and _best(network, subnets):
            places = [_subnet(network, subnets, "has no free address left")]
    return places + groups


async def _places(lists: Lists, network: NetworkSpec) -> list[Gone]:
    if network.make or not network.vpc_id:  # those named beside a network of the run's own are not used
        return []
    vpcs = await lists.known("vpcs", lambda cloud: cloud.vpc.vpcs())
    if vpcs is None:
        return []
    if any(one.id == network.vpc_id for one in vpcs):
        subnets = await _subnets_of(lists, network.vpc_id)
        known = subnets is None or any(one.id == network.subnet_id for one in subnets)
        return [] if known or not network.subnet_id else [_subnet(network, subnets or [])]
    return [await _vpc(lists, network, vpcs)]


async def _vpc(lists: Lists, network: NetworkSpec, vpcs: list[Vpc]) -> Gone:
    """Its subnet went with it."""
    name = network.vpc_name or network.vpc_id
    best, subnet = await _another(lists, network, vpcs)
    because, better, remedy = "", "", "Make a VPC with a subnet in the cloud's console."
    if best is not None:
        because = "it has the same name" if best.name == network.vpc_name else ""
        better, remedy = best.name, f"Take the VPC {best.name} ({best.id})."
        if subnet is not None:
            because = because or "it has free addresses"
            better, remedy = f"{best.name} / {subnet.name}", f"{remedy[:-1]}, subnet {subnet.name} ({subnet.id})."
    return Gone(
        step="network",
        field="vpc_id",
        what="VPC",
        value=name,
        why=f"The VPC {name} does not exist any more.",
        better=better,
        because=because,
        remedy=remedy,
        change={
            "vpc_id": best.id if best else "",
            "vpc_name": best.name if best else "",
            "subnet_id": subnet.id if subnet else "",
            "subnet_name": subnet.name if subnet else "",
        },
    )


async def _another(lists: Lists, network: NetworkSpec, vpcs: list[Vpc]) -> tuple[Vpc | None, Subnet | None]:
    """The one of the same name, else the first that has a usable subnet, else any."""
    ordered = sorted(vpcs, key=lambda one: one.name != network.vpc_name)
    for vpc in ordered[:_TRIES]:
        subnet = _best(network, await _subnets_of(lists, vpc.id) or [])
        if subnet is not None:
            return vpc, subnet
    return (ordered[0] if ordered else None), None


def _subnet(network: NetworkSpec, subnets: list[Subnet], lacks: str = "does not exist any more") -> Gone:
    name = network.subnet_name or network.subnet_id
    best = _best(network, subnets)
    same = best is not None and best.name == network.subnet_name
    remedy = f"Take {best.name} ({best.id})." if best else "Take another VPC, or make a subnet in the console."
    return Gone(
        step="network",
        field="subnet_id",
        what="Subnet",
        value=name,
        why=f"The subnet {name} {lacks}.",
        better=best.name if best else "",
        because=("it has the same name" if same else "it has the most free addresses") if best else "",
        remedy=remedy,
        change={"subnet_id": best.id if best else "", "subnet_name": best.name if best else ""},
    )


def _best(network: NetworkSpec, subnets: list[Subnet]) -> Subnet | None:
    usable = [one for one in subnets if one.free_addresses is None or one.free_addresses > 0]
    same = [one for one in usable if one.name == network.subnet_name]
    dhcp = [one for one in usable if one.dhcp_enable]
    return max(same or dhcp or usable, key=lambda one: one.free_addresses or 0, default=None)


async def _subnets_of(lists: Lists, vpc_id: str) -> list[Subnet] | None:
    return await lists.known(("subnets", vpc_id), lambda cloud: cloud.vpc.subnets(vpc_id))


async def _groups(lists: Lists, network: NetworkSpec) -> list[Gone]:
    """One entry for all that are lost: what remains stays ticked, and so does a namesake."""
    wanted = network.security_group_ids
    if not wanted:
        return []
    groups: list[SecurityGroup] | None = await lists.known("security groups", lambda cloud: cloud.vpc.security_groups())
    if groups is None:
        return []
    known = {one.id: one for one in groups}
    names = dict(zip(wanted, network.security_group_names, strict=False))
    lost = [names.get(one) or one for one in wanted if one not in known]
    if not lost:
        return []
    again = [one for one in groups if one.name in lost]
    kept = [known[one] for one in wanted if one in known]
    kept += [one for one in again if one not in kept]
    if not kept:
        kept = [one for one in groups if one.name == "default"][:1]
    better = ", ".join(one.name for one in kept)
    title, verb = ("Security group", "does") if len(lost) == 1 else ("Security groups", "do")
    because = "with the same name" if again else "what is left of them" if kept and len(lost) < len(wanted) else ""
    return [
        Gone(
            step="network",
            field="security_group_ids",
            what=title,
            value=", ".join(lost),
            why=f"The {title.lower()} {', '.join(lost)} {verb} not exist any more.",
            better=better or "the cloud's default group",
            because=because,
            remedy=f"Take {', '.join(f'{one.name} ({one.id})' for one in kept)}."
            if kept
            else "Take them out: the cloud then takes its default group.",
            change={
                "security_group_ids": tuple(one.id for one in kept),
                "security_group_names": tuple(one.name for one in kept),
            },
        )
    ]
