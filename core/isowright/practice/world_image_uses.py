"""What is done with a finished image: shared, tagged, copied to another region, exported to a bucket.

Source: IMS API reference, "Adding Image Sharing Members", "Replicating an Image Across Regions", "Exporting an Image",
image tags, error codes. Images of ISO files can be neither copied nor exported.
"""

import hashlib
import re
from typing import TYPE_CHECKING, Any

from .model import AGENCIES, OTHER_REGION, Caller, Image, Job, StoredObject
from .refusals import Refusal
from .seed import new_uuid
from .timing import COPY_IMAGE, EXPORT_IMAGE, SHARE_IMAGE

if TYPE_CHECKING:
    from .world import World

_PROJECT = re.compile(r"[0-9a-f]{32}")
_FORMATS = {"qcow2", "vhd", "zvhd", "vmdk"}
_QUICK_FROM = 128  # GB; larger images are exported as they are stored, or not at all
_MOST_TAGS = 10
_MOST_MEMBERS = 128
_MOST_COPIES = 5


class ImageUses:
    def __init__(self, world: "World") -> None:
        self._world = world

    def _usable(self, project_id: str, image_id: str, *, iso: bool = False) -> Image:
        image = self._world.images.find(project_id, image_id)
        if image is None or image.deleting:
            raise Refusal(400, "IMG.0144", "The image does not exist.")
        if image.status != "active":
            raise Refusal(400, "IMG.0046", "The image is not active.")
        if image.env_type == "IsoImage" and not iso:
            raise Refusal(400, "IMG.0167", "This operation is not supported for ISO images.")
        return image

    # Sharing

    def share(self, project_id: str, images: list[Any], projects: list[Any]) -> Job:
        """Raises Refusal 400."""
        if not images or not projects or len(projects) > _MOST_MEMBERS:
            raise Refusal(400, "IMG.0001", "The parameters images and projects are mandatory lists.")
        for project in projects:
            if not isinstance(project, str) or not _PROJECT.fullmatch(project) or project == project_id:
                raise Refusal(400, "IMG.0067", f"The project {project} is invalid.")
        wanted = [self._usable(project_id, str(image)) for image in images]
        return self._world.jobs.start(
            "ims",
            "imsAddImageMembersJob",
            project_id,
            SHARE_IMAGE,
            image_id=wanted[0].id,
            image_name=wanted[0].name,
            image_ids=[image.id for image in wanted],
            projects=projects,
        )

    def share_ended(self, job: Job, at: float) -> None:
        for image_id in job.subject["image_ids"]:
            image = self._world.state.images.get(image_id)
            if image is not None and (not job.error_code or job.debris):
                told = job.subject["projects"][:1] if job.debris else job.subject["projects"]
                image.members |= {project: "pending" for project in told if project not in image.members}
                image.updated = at

    def members(self, project_id: str, image_id: str) -> dict[str, str]:
        return self._usable(project_id, image_id).members

    # Tags

    def tag(self, project_id: str, image_id: str, action: Any, tags: Any) -> None:
        image = self._usable(project_id, image_id, iso=True)
        if action not in {"create", "delete"} or not isinstance(tags, list) or not tags:
            raise Refusal(400, "IMG.0115", "The action or the tags are invalid.")
        given = self._world.images.read_tags({"image_tags": tags})
        keys = {tag.split("=", 1)[0] for tag in given}
        kept = [tag for tag in image.tags if tag.split("=", 1)[0] not in keys]
        kept += given if action == "create" else []
        if len(kept) > _MOST_TAGS:
            raise Refusal(400, "IMG.0116", f"An image can have at most {_MOST_TAGS} tags.")
        image.tags = kept
        self._world.touch()

    # Another region

    def copy(self, caller: Caller, project_id: str, image_id: str, body: dict[str, Any]) -> Job:
        """Raises Refusal 400, 403. What the other region has to say comes with the job."""
        image = self._usable(project_id, image_id)
        region, agency = body.get("region"), body.get("agency_name")
        if region == self._world.state.region:
            raise Refusal(400, "IMG.0062", "The destination region cannot be the same as the source region.")
        there = next((p for p in self._world.state.projects.values() if p.name == body.get("project_name")), None)
        if region != OTHER_REGION or there is None or there.region != OTHER_REGION:
            raise Refusal(400, "IMG.0062", "The destination region or project does not exist.")
        if agency not in AGENCIES:
            raise Refusal(403, "IMG.0026", f"The agency {agency} does not exist or does not permit it.")
        if image.size > _QUICK_FROM * 1024**3:
            raise Refusal(400, "IMG.0059", "Images of more than 128 GB cannot be replicated.")
        running = [j for j in self._world.state.jobs.values() if j.type == "imsCrossRegionCopyImageJob" and not j.done]
        if len(running) >= _MOST_COPIES:
            raise Refusal(400, "IMG.0060", "At most five images can be replicated at a time.")
        name, description = self._world.images.read_name(body)
        job = self._world.jobs.start(
            "ims",
            "imsCrossRegionCopyImageJob",
            project_id,
            COPY_IMAGE,
            image_id=new_uuid(),
            image_name=name,
            source_id=image.id,
        )
        if any(i.name == name and i.project_id == there.id for i in self._world.state.images.values()):
            job.error_code, job.fail_reason = "IMG.0009", "The image name already exists."
            return job
        self._world.state.images[job.subject["image_id"]] = Image(
            id=job.subject["image_id"],
            name=name,
            project_id=there.id,
            status="queued",
            disk_format=image.disk_format,
            env_type=image.env_type,
            origin=f"image,{self._world.state.region},{image.id}",
            os_version=image.os_version,
            os_type=image.os_type,
            platform=image.platform,
            min_disk=image.min_disk,
            created=self._world.now,
            updated=self._world.now,
            made_by=caller.user.name,
            description=description,
            min_ram=image.min_ram,
            max_ram=image.max_ram,
            size=image.size,
            firmware=image.firmware,
            architecture=image.architecture,
            installed=image.installed,
        )
        return job

    def copy_ended(self, job: Job, at: float) -> None:
        image = self._world.state.images.get(job.subject["image_id"])
        if image is not None:
            self._world.images.ended(job, image, at)

    # A bucket

    def export(self, project_id: str, image_id: str, body: dict[str, Any]) -> Job:
        """Raises Refusal 400."""
        image = self._usable(project_id, image_id)
        bucket_name, separator, key = str(body.get("bucket_url", "")).partition(":")
        quick, file_format = body.get("is_quick_export", False), body.get("file_format")
        if not separator or not bucket_name or not key:
            raise Refusal(400, "IMG.0068", "The bucket_url must have the form bucket:file.")
        if not isinstance(quick, bool) or quick == (file_format is not None):
            raise Refusal(400, "IMG.0001", "Either file_format or is_quick_export is needed.")
        if file_format is not None and file_format not in _FORMATS:
            raise Refusal(400, "IMG.0001", f"The file_format must be one of {', '.join(sorted(_FORMATS))}.")
        if image.min_disk > _QUICK_FROM and not quick:
            raise Refusal(400, "IMG.0059", "Images of more than 128 GB can be exported quickly only.")
        bucket = self._world.state.buckets.get(bucket_name)
        if bucket is None:
            raise Refusal(400, "IMG.0069", f"The bucket {bucket_name} does not exist or is not accessible.")
        if bucket.region != self._world.state.region:
            raise Refusal(400, "IMG.0058", "The bucket and the image must be in the same region.")
        if bucket.storage_class != "STANDARD":
            raise Refusal(400, "IMG.0069", "The storage class of the bucket must be STANDARD.")
        mine = [j for j in self._world.state.jobs.values() if j.type == "imsNativeExportImageJob" and not j.done]
        if any(j.subject["image_id"] == image.id for j in mine):
            raise Refusal(400, "IMG.0148", "The image is being exported.")
        if key in bucket.objects:
            raise Refusal(400, "IMG.0070", "The file exists already.")
        return self._world.jobs.start(
            "ims",
            "imsNativeExportImageJob",
            project_id,
            EXPORT_IMAGE,
            image_id=image.id,
            image_name=image.name,
            bucket=bucket_name,
            key=key,
        )

    def export_ended(self, job: Job, at: float) -> None:
        image = self._world.state.images.get(job.subject["image_id"])
        bucket = self._world.state.buckets.get(job.subject["bucket"])
        if image is None or bucket is None or (job.error_code and not job.debris):
            return
        key = job.subject["key"]
        size = image.size // 3 if job.error_code else image.size
        digest = hashlib.md5(f"{image.id} {at}".encode(), usedforsecurity=False).hexdigest()
        bucket.objects[key] = StoredObject(key, size, f"{digest}-12", at)
        bucket.objects = dict(sorted(bucket.objects.items()))
        self._world.touch()
