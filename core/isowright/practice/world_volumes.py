"""Volumes: made by servers, outliving them unless told otherwise."""

import re
from typing import TYPE_CHECKING

from .catalog import VOLUME_TYPES
from .model import Caller, Job, Volume
from .refusals import Refusal
from .seed import new_uuid
from .timing import DELETE_VOLUME

if TYPE_CHECKING:
    from .world import World

_MOST_TAGS = 10
_TAG_KEY = re.compile(r"[A-Za-z0-9_\-\u4e00-\u9fff]{1,36}")
_TAG_VALUE = re.compile(r"[A-Za-z0-9_.\-\u4e00-\u9fff]{0,43}")


class Volumes:
    def __init__(self, world: "World") -> None:
        self._world = world

    def check_type(self, name: str, zone: str, *, what: str) -> None:
        """The refusals of the ECS create call about a disk type."""
        kind = VOLUME_TYPES.get(name)
        if kind is None:
            raise Refusal(400, "Ecs.0043", f"The {what} volume type {name} is invalid.")
        if zone not in kind.zones:
            raise Refusal(400, "Ecs.0015", f"The {what} volume type {name} is not supported in {zone}.")
        if zone in kind.sold_out or self._world.faults.sold_out_volume_type(name):
            raise Refusal(400, "Ecs.0044", f"The {what} volume type {name} is sold out in {zone}.")
        if name in {"co-p1", "uh-l1"}:
            raise Refusal(400, "Ecs.0015", f"The {what} volume type {name} does not fit the flavor.")
        if name in {"GPSSD2", "ESSD2"}:
            raise Refusal(400, "Ecs.0005", f"The {what} volume type {name} needs iops and throughput.")

    def used(self, project_id: str) -> tuple[int, int]:
        """(volumes, gigabytes) of a project."""
        mine = [v for v in self._world.state.volumes.values() if v.project_id == project_id]
        return len(mine), sum(v.size for v in mine)

    def make(
        self,
        name: str,
        project_id: str,
        size: int,
        kind: str,
        zone: str,
        made_by: str,
        *,
        image_id: str = "",
    ) -> Volume:
        """A new disk; one that is filled from an image is a boot disk."""
        boot = bool(image_id)
        now = self._world.now
        status = "downloading" if boot else "creating"
        volume = Volume(new_uuid(), name, project_id, status, size, kind, zone, now, now, made_by, boot=boot)
        volume.image_id = image_id
        self._world.state.volumes[volume.id] = volume
        self._world.touch()
        return volume

    def find(self, project_id: str, volume_id: str) -> Volume:
        volume = self._world.state.volumes.get(volume_id)
        if volume is None or volume.project_id != project_id:
            raise Refusal(404, "404", f"Volume {volume_id} could not be found.", shape="not-found")
        return volume

    def all(self, project_id: str) -> list[Volume]:
        mine = [v for v in self._world.state.volumes.values() if v.project_id == project_id]
        return sorted(mine, key=lambda v: (-v.created, v.id))

    def rename(self, project_id: str, volume_id: str, name: str) -> Volume:
        volume = self.find(project_id, volume_id)
        volume.name = name
        self._world.touch()
        return volume

    def tag(self, project_id: str, volume_id: str, action: str, tags: dict[str, str]) -> None:
        """At most 10 tags a disk; a key that is there already gets the new value."""
        volume = self.find(project_id, volume_id)
        if action not in {"create", "delete"}:
            raise Refusal(400, "EVS.1001", "The action is invalid.")
        kept = {key: value for key, value in volume.tags.items() if key not in tags}
        kept |= tags if action == "create" else {}
        if len(kept) > _MOST_TAGS:
            raise Refusal(400, "EVS.1027", f"A volume can have {_MOST_TAGS} tags at most.")
        if any(not _TAG_KEY.fullmatch(key) or not _TAG_VALUE.fullmatch(value) for key, value in tags.items()):
            raise Refusal(400, "EVS.1027", "A tag is invalid.")
        volume.tags = kept
        self._world.touch()

    def detach(self, volume: Volume, at: float) -> None:
        volume.server_id = ""
        volume.device = ""
        volume.attachment_id = ""
        volume.status = "available"
        volume.updated = at

    def delete(self, caller: Caller, project_id: str, volume_id: str) -> Job:
        volume = self.find(project_id, volume_id)
        if volume.status not in {"available", "error", "error_deleting", "error_restoring"}:
            raise Refusal(
                400,
                "EVS.2024",
                "Invalid volume: Volume status must be available or error, and must not be attached. "
                f"Current status is {volume.status}.",
            )
        job = self._world.jobs.start(
            "evs",
            "deleteVolume",
            project_id,
            DELETE_VOLUME,
            volume_id=volume_id,
            volume_type=volume.volume_type,
            size=volume.size,
            name=volume.name,
            made_by=caller.user.name,
        )
        volume.status = "deleting"
        volume.updated = self._world.now
        return job

    def delete_ended(self, job: Job, at: float) -> None:
        volume = self._world.state.volumes.get(job.subject["volume_id"])
        if volume is None:
            return
        if job.error_code:
            volume.status = "error_deleting"
            volume.updated = at
            return
        self.drop(volume.id)

    def drop(self, volume_id: str) -> None:
        self._world.state.volumes.pop(volume_id, None)
        self._world.touch()
