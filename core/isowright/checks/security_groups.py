"""The chosen security groups are still there (Ecs.0005 otherwise, after the ISO has been registered)."""

from __future__ import annotations

from isowright.checks._remedies import go, use
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, must_fix


async def _look(scene: Scene) -> Answer:
    network = scene.recipe.network
    if not network.security_group_ids:
        return FINE  # the project's default group is taken
    known = {group.id: group.name for group in await scene.cloud.vpc.security_groups()}
    names = dict(zip(network.security_group_ids, network.security_group_names, strict=False))
    gone = [names.get(group) or group for group in network.security_group_ids if group not in known]
    if not gone:
        return FINE
    left = [group for group in network.security_group_ids if group in known]
    others = [known[group] for group in left]
    return must_fix(
        f"Not there any more: {', '.join(gone)}.",
        use(
            f"Use {', '.join(others)} alone" if left else "Use the default group",
            network__security_group_ids=left,
            network__security_group_names=others,
        ),
        go("Choose the groups again", "network.security_group_ids"),
    )


CHECK = Check("security-groups", "Security groups exist", _look, order=80)
