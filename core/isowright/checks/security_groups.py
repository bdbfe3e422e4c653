"""The chosen security groups are still there (Ecs.0005 otherwise, after the ISO has been registered)."""

from __future__ import annotations

from isowright.checks.check import FINE, Answer, Check
from isowright.cloud.client import Cloud
from isowright.recipe import Recipe


async def _look(cloud: Cloud, recipe: Recipe) -> Answer:
    network = recipe.network
    if not network.security_group_ids:
        return FINE  # the project's default group is taken
    known = {group.id for group in await cloud.vpc.security_groups()}
    names = dict(zip(network.security_group_ids, network.security_group_names, strict=False))
    gone = [names.get(group) or group for group in network.security_group_ids if group not in known]
    if not gone:
        return FINE
    why = f"Not there any more: {', '.join(gone)}."
    return Answer("must-fix", why, "Choose the groups again", "step:network.security_group_ids")


CHECK = Check("security-groups", "Security groups exist", _look, order=80)
