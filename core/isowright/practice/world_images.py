"""Images: registered from an ISO object, captured from a volume, listed late, gone later than promised."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .catalog import find_os
from .model import Caller, Image, Job
from .refusals import Refusal
from .seed import new_uuid
from .timing import CAPTURE_VOLUME, IMAGE_ACTIVE_LAG, IMAGE_GONE_LAG, IMAGE_LISTED_LAG, IMPORT_ISO

if TYPE_CHECKING:
    from .world import World

_NAME = re.compile(r"[A-Za-z0-9一-鿿_.-](?:[A-Za-z0-9一-鿿 _.-]{0,126}[A-Za-z0-9一-鿿_.-])?")
_TAG_KEY = re.compile(r"[A-Za-z0-9一-鿿_-]{1,36}")
_TAG_VALUE = re.compile(r"[A-Za-z0-9一-鿿_.-]{0,43}")
_LARGEST_FILE = 128 * 1024**3
_ISO_MAGIC_AT = 16 * 2048 + 1


class Images:
    def __init__(self, world: "World") -> None:
        self._world = world

    # Create

    def create(self, caller: Caller, project_id: str, body: dict[str, Any]) -> Job:
        """POST /v2/cloudimages/action: told apart by the fields present. Raises Refusal (400 IMG.xxxx)."""
        if "image_url" in body:
            return self._create_iso(caller, project_id, body)
        if "volume_id" in body:
            return self._create_from_volume(caller, project_id, body)
        if "instance_id" in body:
            raise Refusal(400, "IMG.0167", "This operation is not supported for servers that run an ISO image.")
        raise Refusal(400, "IMG.0001", "One of image_url, volume_id and instance_id is needed.")

    def _create_iso(self, caller: Caller, project_id: str, body: dict[str, Any]) -> Job:
        common = self._common(project_id, body)
        if body.get("type") != "IsoImage":
            raise Refusal(400, "IMG.0024", "The image type is invalid: an .iso file needs type IsoImage.")
        if not body.get("os_version"):
            raise Refusal(400, "IMG.0166", "The os_version parameter is mandatory for an ISO image.")
        platform, os_type = self._os(str(body["os_version"]))
        min_disk, least = body.get("min_disk"), self._world.dialect.min_disk
        if not isinstance(min_disk, int) or isinstance(min_disk, bool) or not least <= min_disk <= 1024:
            raise Refusal(400, "IMG.0055", f"The value of min_disk is out of range: {least} to 1024 GB.")
        if body.get("architecture", "x86") not in {"x86", "arm"}:
            raise Refusal(400, "IMG.0212", "The value of architecture must be x86 or arm.")
        firmware = _firmware(body.get("hw_firmware_type", "bios"))
        bucket_name, key, size, blob = self._iso_object(str(body["image_url"]))
        image = Image(
            id=new_uuid(),
            status="queued",
            disk_format="iso",
            env_type="IsoImage",
            origin=f"file,{bucket_name}:{key}",
            os_version=str(body["os_version"]),
            os_type=os_type,
            platform=platform,
            min_disk=min_disk,
            project_id=project_id,
            created=self._world.now,
            updated=self._world.now,
            made_by=caller.user.name,
            size=size,
            firmware="uefi" if body.get("architecture") == "arm" else firmware,
            architecture=str(body.get("architecture", "x86")),
            **common,
        )
        job = self._start(image, "imsImportImageJob", IMPORT_ISO)
        if not job.error_code and not self._is_iso(blob, size):
            # The service looks into the file only while it imports: this comes as a failed job, not as a 400.
            job.error_code = "IMG.0057"
            job.fail_reason = "The image file does not exist, is empty, or in the incorrect format."
        return job

    def _create_from_volume(self, caller: Caller, project_id: str, body: dict[str, Any]) -> Job:
        common = self._common(project_id, body)
        if body.get("type", "ECS") != "ECS":
            raise Refusal(400, "IMG.0024", "The image type is invalid: a volume makes an image of type ECS.")
        if not body.get("os_version"):
            raise Refusal(400, "IMG.0056", "The os_version parameter is mandatory.")
        platform, os_type = self._os(str(body["os_version"]))
        volume = self._world.state.volumes.get(str(body["volume_id"]))
        if volume is None or volume.project_id != project_id:
            raise Refusal(400, "IMG.0020", f"The volume {body['volume_id']} does not exist.")
        if volume.status == "uploading":
            raise Refusal(400, "IMG.0010", "An image is being made from this volume.")
        if volume.status != "in-use":
            raise Refusal(400, "IMG.0021", f"The volume must be attached to a server; its status is {volume.status}.")
        if volume.boot:
            raise Refusal(400, "IMG.0167", "This operation is not supported for the system disk of an ISO server.")
        if volume.size > 1024:
            raise Refusal(400, "IMG.0055", "A system disk image cannot be larger than 1024 GB.")
        server = self._world.state.servers[volume.server_id]
        if server.task_state or server.status not in {"ACTIVE", "SHUTOFF"}:
            raise Refusal(400, "IMG.0008", f"The server is in status {server.status} ({server.task_state}).")
        image = Image(
            id=new_uuid(),
            status="queued",
            disk_format="zvhd2",
            env_type="FusionCompute",
            origin=f"volume,{volume.id}",
            os_version=str(body["os_version"]),
            os_type=os_type,
            platform=platform,
            min_disk=volume.size,
            project_id=project_id,
            created=self._world.now,
            updated=self._world.now,
            made_by=caller.user.name,
            size=1_640_000_000 + 7_000_000 * volume.size if volume.installed else 11_272_192,
            parent_image=server.image_id,
            installed=volume.installed,
            **common,
        )
        job = self._start(image, "imsVolumeCreateImageJob", CAPTURE_VOLUME, volume_id=volume.id)
        volume.status = "uploading"
        volume.updated = self._world.now
        return job

    def _start(self, image: Image, kind: str, seconds: float, **more: str) -> Job:
        self._world.state.images[image.id] = image
        return self._world.jobs.start(
            "ims", kind, image.project_id, seconds, image_id=image.id, image_name=image.name, **more
        )

    def _common(self, project_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Checks and reads what both variants have in common."""
        name, description = self.read_name(body)
        project_ids = self._world.state.enterprise_projects
        enterprise = str(body.get("enterprise_project_id") or "0")
        if enterprise not in project_ids:
            raise Refusal(400, "IMG.0155", f"The enterprise project {enterprise} does not exist.")
        if any(i.name == name and i.project_id == project_id for i in self._world.state.images.values()):
            raise Refusal(400, "IMG.0009", "The image name already exists.")
        message = "The number of private images has reached the maximum allowed."
        self._world.refuse_if_full(
            "image", self.used(project_id) + 1, self._world.state.quotas.images, Refusal(400, "IMG.0015", message)
        )
        for limit in ("min_ram", "max_ram"):
            if not isinstance(body.get(limit, 0), int):
                raise Refusal(400, "IMG.0055", f"The value of {limit} must be a number of MB.")
        return {
            "name": name,
            "description": description,
            "tags": self.read_tags(body),
            "enterprise_project_id": enterprise,
            "min_ram": body.get("min_ram") or 0,
            "max_ram": str(body["max_ram"]) if body.get("max_ram") else "",
        }

    def read_name(self, body: dict[str, Any]) -> tuple[str, str]:
        """(name, description), checked."""
        name = body.get("name")
        if not isinstance(name, str) or not name:
            raise Refusal(400, "IMG.0013", "The image name is missing.")
        if len(name) > 128:
            raise Refusal(400, "IMG.0002", "The image name is longer than 128 characters.")
        if not _NAME.fullmatch(name):
            raise Refusal(400, "IMG.0003", "The image name contains invalid characters.")
        description = body.get("description") or ""
        if len(description) > 1024:
            raise Refusal(400, "IMG.0004", "The image description is longer than 1024 characters.")
        if re.search(r"[\r\n<>]", description):
            raise Refusal(400, "IMG.0054", "The image description contains invalid characters.")
        return name, description

    def read_tags(self, body: dict[str, Any]) -> list[str]:
        if body.get("tags") and body.get("image_tags"):
            raise Refusal(400, "IMG.0115", "Only one of tags and image_tags may be given.")
        if body.get("tags"):
            return [str(tag) for tag in body["tags"]]
        tags = []
        for tag in body.get("image_tags") or []:
            key, value = str(tag.get("key", "")), str(tag.get("value", ""))
            if not _TAG_KEY.fullmatch(key) or not _TAG_VALUE.fullmatch(value):
                raise Refusal(400, "IMG.0115", f"The tag {key}={value} is invalid.")
            tags.append(f"{key}={value}")
        if len(tags) > 10:
            raise Refusal(400, "IMG.0116", "An image can have at most 10 tags.")
        return tags

    def _os(self, os_version: str) -> tuple[str, str]:
        found = find_os(os_version)
        if found is None:
            raise Refusal(400, "IMG.0056", f"The OS version {os_version} is invalid.")
        if found[1] == "Windows" and not self._world.dialect.windows:
            raise Refusal(400, "IMG.0056", "Windows images can no longer be created.")
        return found

    def _iso_object(self, image_url: str) -> tuple[str, str, int, str]:
        """(bucket, key, size, blob) of `bucket:key`, or the refusal that names what is wrong with it."""
        bucket_name, separator, key = image_url.partition(":")
        if not separator or not bucket_name:
            raise Refusal(400, "IMG.0068", "The image_url must have the form bucket:object.")
        if " " in key:
            raise Refusal(400, "IMG.0175", "The folder or file name must not contain spaces.")
        bucket = self._world.state.buckets.get(bucket_name)
        if bucket is None:
            raise Refusal(400, "IMG.0069", f"The bucket {bucket_name} does not exist or is not accessible.")
        if bucket.region != self._world.state.region:
            raise Refusal(400, "IMG.0058", "The bucket and the image must be in the same region.")
        stored = bucket.objects.get(key)
        if stored is None or stored.size == 0 or not key.lower().endswith(".iso"):
            raise Refusal(400, "IMG.0057", "The image file does not exist, is empty, or in the incorrect format.")
        if "STANDARD" not in (bucket.storage_class, stored.storage_class) or stored.storage_class != "STANDARD":
            raise Refusal(400, "IMG.0057", f"The storage class of the image file is {stored.storage_class}.")
        if stored.size > _LARGEST_FILE:
            raise Refusal(400, "IMG.0059", "The image file is larger than 128 GB.")
        return bucket_name, key, stored.size, stored.blob

    def _is_iso(self, blob: str, size: int) -> bool:
        return size > _ISO_MAGIC_AT + 5 and self._world.peek(blob, _ISO_MAGIC_AT, 5) == b"CD001"

    # Ends of jobs, and what follows them

    def iso_ended(self, job: Job, at: float) -> None:
        image = self._world.state.images.get(job.subject["image_id"])
        if image:
            self.ended(job, image, at)

    def capture_ended(self, job: Job, at: float) -> None:
        volume = self._world.state.volumes.get(job.subject["volume_id"])
        if volume and volume.status == "uploading":
            volume.status = "in-use"
            volume.updated = at
        image = self._world.state.images.get(job.subject["image_id"])
        if image:
            self.ended(job, image, at)

    def ended(self, job: Job, image: Image, at: float) -> None:
        """A job that makes an image has ended: it comes up in a while, stays as debris, or goes."""
        image.updated = at
        if not job.error_code:
            image.status = "saving"
            self._world.schedule(self._world.later(IMAGE_LISTED_LAG, after=at), "image.listed", image.id)
            self._world.schedule(self._world.later(IMAGE_ACTIVE_LAG, after=at), "image.active", image.id)
        elif job.debris:
            # Stays as a killed image that occupies its name.
            image.status = "killed"
            image.registered = True
        else:
            self._world.state.images.pop(image.id, None)

    def listed(self, image_id: str, at: float) -> None:
        image = self._world.state.images.get(image_id)
        if image:
            image.registered = True
            image.updated = at

    def activated(self, image_id: str, at: float) -> None:
        image = self._world.state.images.get(image_id)
        if image and self._world.faults.images_queued():
            image.status = "queued"
            self._world.schedule(self._world.later(IMAGE_ACTIVE_LAG, after=at), "image.active", image_id)
        elif image:
            image.status = "active"
            image.active_at = image.updated = at

    def fail_capture_of(self, volume_id: str, at: float) -> None:
        """Whoever touches the server while its disk is read spoils the image."""
        for job in self._world.state.jobs.values():
            if job.type == "imsVolumeCreateImageJob" and not job.done and job.subject["volume_id"] == volume_id:
                job.done = True
                job.end = at
                job.error_code = "IMG.0010"
                job.fail_reason = "The server changed its state while the image was being created."
                events = self._world.state.events
                events[:] = [event for event in events if (event.kind, event.subject) != ("job", job.id)]
                self.capture_ended(job, at)

    # Read, change, delete

    def used(self, project_id: str) -> int:
        return sum(1 for image in self._world.state.images.values() if image.project_id == project_id)

    def find(self, project_id: str, image_id: str) -> Image | None:
        image = self._world.state.images.get(image_id)
        return image if image and image.project_id == project_id else None

    def all(self, project_id: str) -> list[Image]:
        """All images of the project that are registered, newest first."""
        mine = [i for i in self._world.state.images.values() if i.project_id == project_id and i.registered]
        return sorted(mine, key=lambda i: (-i.created, i.id))

    def patch(self, project_id: str, image_id: str, changes: list[dict[str, Any]]) -> Image:
        image = self.find(project_id, image_id)
        if image is None:
            raise Refusal(400, "IMG.0144", "The image does not exist.")
        if image.status != "active":
            raise Refusal(400, "IMG.0046", "The image is not active.")
        for change in changes:
            self._patch_one(image, str(change.get("op")), str(change.get("path", "")).lstrip("/"), change.get("value"))
        image.updated = self._world.now
        self._world.touch()
        return image

    def _patch_one(self, image: Image, op: str, path: str, value: Any) -> None:
        """One change. Own attributes are texts; `replace` of one that is not there is refused."""
        if op not in {"add", "replace", "remove"}:
            raise Refusal(400, "IMG.0001", f"The operation {op} is invalid.")
        optional = {"__description": image.description, "max_ram": image.max_ram}
        readers: dict[
            str, Callable[[Any], Any]
        ] = {  # of those that are always there: "field" → what the value comes to
            "name": lambda value: self._free_name(image, value),
            "min_ram": _megabytes,
            "hw_firmware_type": _firmware,
            "enterprise_project_id": lambda value: str(value or ""),
        }
        always = path in readers
        if op == "replace" and not always and not optional.get(path, image.extra.get(path)):
            raise Refusal(400, "IMG.0035", f"The attribute {path} does not exist; use add.")
        if always:
            setattr(image, {"hw_firmware_type": "firmware"}.get(path, path), readers[path](value))
        elif path == "__description":
            image.description = str(value or "")
        elif path == "max_ram":
            image.max_ram = str(_megabytes(value)) if value else ""
        elif path in {"min_disk", "size", "status", "id", "owner"}:
            raise Refusal(400, "IMG.0035", f"The attribute {path} cannot be changed.")
        elif op == "remove":
            image.extra.pop(path, None)
        else:
            image.extra[path] = str(value).lower() if isinstance(value, bool) else str(value)

    def _free_name(self, image: Image, name: Any) -> str:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise Refusal(400, "IMG.0003", "The image name contains invalid characters.")
        others = (i for i in self._world.state.images.values() if i.project_id == image.project_id)
        if any(i.name == name and i.id != image.id for i in others):
            raise Refusal(400, "IMG.0009", "The image name already exists.")
        return name

    def delete(self, project_id: str, image_id: str) -> None:
        """204 at once, gone later. Raises Refusal 404 if there is none, 400 IMG.0090 while it is being made."""
        image = self.find(project_id, image_id)
        if image is None:
            raise Refusal(404, "404", f"No image found with ID {image_id}", shape="not-found")
        if image.extra.get("protected") == "true":
            raise Refusal(403, "IMG.0091", "A protected image cannot be deleted.")
        if image.status in {"queued", "saving"}:
            raise Refusal(400, "IMG.0090", "The image is being created and cannot be deleted.")
        if not image.deleting:
            image.deleting = True
            self._world.schedule(self._world.later(IMAGE_GONE_LAG), "image.gone", image_id)

    def gone(self, image_id: str, at: float) -> None:  # noqa: ARG002 (every happening has a time)
        self._world.state.images.pop(image_id, None)


def _firmware(value: Any) -> str:
    if value not in {"bios", "uefi"}:
        raise Refusal(400, "IMG.0141", "The value of hw_firmware_type must be bios or uefi.")
    return str(value)


def _megabytes(value: Any) -> int:
    """As a number, or as the text that the SDK's model has."""
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,7}", str(value)):
        raise Refusal(400, "IMG.0055", "The memory is out of range.")
    return int(value)
