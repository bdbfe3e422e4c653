"""The subnet is there and has an address for the temporary server (Ecs.0012)."""

from __future__ import annotations

from collections.abc import Iterable

from isowright.checks._remedies import Remedy, go, use
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, look_at, must_fix
from isowright.cloud.models import Subnet

FEW = 5  # free addresses; others may take them while the ISO is registered
_OTHER = go("Choose another subnet", "network.subnet_id")
_VPCS = 5  # that are looked through for a subnet


def best_subnet(subnets: Iterable[Subnet], but: str = "") -> Subnet | None:
    """The one with DHCP and the most free addresses, at least FEW or an untold number; never `but`. Pure."""
    good = [one for one in subnets if one.id != but and one.dhcp_enable and _free(one) >= FEW]
    return max(good, key=_free, default=None)


def _free(subnet: Subnet) -> int:
    return FEW if subnet.free_addresses is None else subnet.free_addresses


async def _remedies(scene: Scene) -> list[Remedy]:
    """A better subnet of the VPC, else of another one."""
    network = scene.recipe.network
    vpcs = await scene.vpcs()
    near = sorted(vpcs, key=lambda vpc: vpc.id != network.vpc_id)[:_VPCS]
    for vpc in near:
        subnet = best_subnet(await scene.subnets(vpc.id), network.subnet_id)
        if subnet is not None:
            where = subnet.name if vpc.id == network.vpc_id else f"{vpc.name} / {subnet.name}"
            return [
                use(
                    f"Use {where}",
                    network__vpc_id=vpc.id,
                    network__vpc_name=vpc.name,
                    network__subnet_id=subnet.id,
                    network__subnet_name=subnet.name,
                ),
                _OTHER,
            ]
    return [_OTHER]


async def _look(scene: Scene) -> Answer:
    network = scene.recipe.network
    if network.make:
        return FINE  # the run makes one of its own
    subnets = await scene.subnets(network.vpc_id)
    subnet = next((one for one in subnets if one.id == network.subnet_id), None)
    if subnet is None:
        why = f"The subnet {network.subnet_name or network.subnet_id} does not exist any more."
        return must_fix(why, *await _remedies(scene))
    free = subnet.free_addresses
    if free is not None and free < 1:
        return must_fix(f"{subnet.name} has no free address; the server needs one.", *await _remedies(scene))
    if free is not None and free < FEW:
        return look_at(f"{subnet.name} has {free} left. The server needs one.", *await _remedies(scene))
    if not subnet.dhcp_enable:
        why = f"DHCP is off in {subnet.name}; the installer will find no network."
        return look_at(why, *await _remedies(scene))
    return FINE


CHECK = Check("addresses", "Free addresses", _look, order=70)
