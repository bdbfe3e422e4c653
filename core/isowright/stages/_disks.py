"""Which of the server's disks holds the installed system. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from isowright.cloud.models import AttachedVolume, BlockDevice
from isowright.errors import WrongDiskError


def installed_disk(volumes: Sequence[AttachedVolume], devices: Sequence[BlockDevice], size: int) -> str:
    """The id of the one disk that is not the boot disk, by the server's details and by its block devices, and that has
    the requested size (GB). Raises WrongDiskError unless there is exactly one.

    The boot disk carries the installer; capturing it would yield an image of the ISO. Boot indices are text in one
    answer and numbers in the other, and absent for data disks; only "0" is certain [ECS API reference, recordings].
    """
    by_id = {device.volume_id: device for device in devices}
    not_boot = [v for v in volumes if not v.is_boot]
    candidates = []
    for volume in not_boot:
        device = by_id.get(volume.id)
        if device is not None and (device.boot_index == 0 or device.size not in (0, size)):
            continue
        candidates.append(volume.id)
    if len(not_boot) == 1 and len(candidates) == 1 and len(volumes) == 2:
        return candidates[0]
    seen = [
        f"{v.id} ({v.device or 'no device'}, {by_id[v.id].size if v.id in by_id else '?'} GB, "
        f"{'boot disk' if v.is_boot else 'data disk'})"
        for v in volumes
    ]
    if len(not_boot) > 1:
        title = f"The server has {len(not_boot)} data disks; which one to capture would be a guess."
    elif not_boot and not candidates:
        title = "The server's data disk is not the one that was asked for."
    else:
        title = "The server does not have one boot disk and one data disk."
    raise WrongDiskError(
        title,
        detail=f"Expected: one boot disk and one data disk of {size} GB. Found: {'; '.join(seen) or 'no disk'}. "
        "Nothing was captured and nothing was deleted.",
        remedy="In the cloud's console, detach every disk that does not belong to this server, then retry.",
        action="retry",
    )
