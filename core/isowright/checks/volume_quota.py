"""Two disks and their size fit into the project's quota (Ecs.0021 otherwise, after the ISO has been registered)."""

from __future__ import annotations

from isowright.checks._remedies import AGAIN, LEFTOVERS, Remedy, go, open_page, use
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, must_fix, skipped
from isowright.cloud.models import Share, VolumeQuota
from isowright.recipe import MIN_DATA_DISK, Recipe

DISKS = 2


def shortage(quota: VolumeQuota, volume_type: str, gigabytes: int) -> tuple[str, Share, int] | None:
    """(of what, how it stands, how much is needed) of the first share that two disks of `gigabytes` in all would
    exceed; None if they fit. Pure."""
    kind = f" of {volume_type}"
    for what, share, need in (
        ("disks", quota.volumes, DISKS),
        ("GB of disks", quota.gigabytes, gigabytes),
        (f"disks{kind}", quota.volumes_of.get(volume_type), DISKS),
        (f"GB{kind}", quota.gigabytes_of.get(volume_type), gigabytes),
    ):
        if share is not None and not share.takes(need):
            return what, share, need
    return None


def smaller(recipe: Recipe, quota: VolumeQuota) -> tuple[int, int] | None:
    """The least sizes of system and data disk, GB, if they are smaller than the chosen ones and fit. Pure."""
    server = recipe.server
    system, data = recipe.image.min_disk, max(recipe.image.min_disk, MIN_DATA_DISK)
    less = system + data < server.system_disk + server.data_disk
    return (system, data) if less and shortage(quota, server.volume_type, system + data) is None else None


async def _look(scene: Scene) -> Answer:
    server = scene.recipe.server
    quota = await scene.cloud.evs.quota()
    if quota is None:
        return skipped("This cloud does not tell its quota of disks.")
    short = shortage(quota, server.volume_type, server.system_disk + server.data_disk)
    if short is None:
        return FINE
    what, share, need = short
    remedies: list[Remedy] = []
    if (sizes := smaller(scene.recipe, quota)) is not None:
        words = f"Use {sizes[0]} + {sizes[1]} GB"
        remedies.append(use(words, server__system_disk=sizes[0], server__data_disk=sizes[1]))
    elif " of " in what and what != "GB of disks":
        remedies.append(go("Choose another disk type", "server.volume_type"))
    return must_fix(
        f"{share.used:,} of {share.limit:,} {what} are in use in this project; the temporary server needs {need:,}.",
        *remedies,
        *open_page("Open the console", scene.console("quota")),
        LEFTOVERS,
        AGAIN,
        advice="Free some, or ask for a higher quota, then check again.",
    )


CHECK = Check("volume-quota", "Disk quota", _look, order=62)
