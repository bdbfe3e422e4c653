"""There is room for the network that the run makes for itself (VPC.0114)."""

from __future__ import annotations

from isowright.checks._remedies import AGAIN, go, open_page
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, must_fix


async def _look(scene: Scene) -> Answer:
    if not scene.recipe.network.make or "vpc" in scene.made:
        return FINE
    quota = await scene.cloud.vpc.vpc_quota()
    if quota.quota < 0 or quota.used < quota.quota:
        return FINE
    return must_fix(
        f"All {quota.quota} VPCs of the project's quota are in use; a network of the run's own needs one more.",
        go("Choose a network", "network.vpc_id"),
        *open_page("Open the console", scene.console("quota")),
        AGAIN,
    )


CHECK = Check("vpc-quota", "Room for a network", _look, order=65)
