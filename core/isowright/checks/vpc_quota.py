"""There is room for the network that the run makes for itself (VPC.0114)."""

from __future__ import annotations

from isowright.checks.check import FINE, Answer, Check
from isowright.cloud.client import Cloud
from isowright.recipe import Recipe


async def _look(cloud: Cloud, recipe: Recipe) -> Answer:
    if not recipe.network.make:
        return FINE
    quota = await cloud.vpc.vpc_quota()
    if quota.quota < 0 or quota.used < quota.quota:
        return FINE
    why = f"All {quota.quota} VPCs of the project's quota are in use; a network of the run's own needs one more."
    return Answer("must-fix", why, "Choose a network", "step:network.vpc_id")


CHECK = Check("vpc-quota", "Room for a network", _look, order=65)
