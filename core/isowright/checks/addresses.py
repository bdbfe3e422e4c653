"""The subnet is there and has an address for the temporary server (Ecs.0012)."""

from __future__ import annotations

from isowright.checks.check import FINE, Answer, Check
from isowright.cloud.client import Cloud
from isowright.recipe import Recipe


async def _look(cloud: Cloud, recipe: Recipe) -> Answer:
    network = recipe.network
    if network.make:
        return FINE  # the run makes one of its own
    subnets = await cloud.vpc.subnets(network.vpc_id)
    subnet = next((one for one in subnets if one.id == network.subnet_id), None)
    choose = ("Choose another subnet", "step:network.subnet_id")
    if subnet is None:
        return Answer(
            "must-fix", f"The subnet {network.subnet_name or network.subnet_id} does not exist any more.", *choose
        )
    free = subnet.free_addresses
    if free is not None and free < 1:
        return Answer("must-fix", f"{subnet.name} has no free address; the server needs one.", *choose)
    if free is not None and free < 5:
        return Answer("look", f"{subnet.name} has {free} left. The server needs one.", *choose)
    if not subnet.dhcp_enable:
        return Answer("look", f"DHCP is off in {subnet.name}; the installer will find no network.", *choose)
    return FINE


CHECK = Check("addresses", "Free addresses", _look, order=70)
