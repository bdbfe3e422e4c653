"""IMS: create image (from an ISO object, from a volume), jobs, list, show, update, delete, OS list, quota."""

import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from isowright.practice.catalog import os_versions
from isowright.practice.model import OTHER_REGION, Caller, Image, Job
from isowright.practice.refusals import Refusal

from . import native
from .call import Answer, Call, stamp
from .gateway import authenticate
from .service import Path, Service

_NO_PROJECT = Refusal(400, "IMG.0067", "The project of the token does not match.")
_BAD_BODY = Refusal(400, "IMG.0001", "The request body is malformed.")
_BAD_QUERY = Refusal(400, "IMG.0062", "A query parameter is invalid.")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "eq": operator.eq,
    "neq": operator.ne,
}
_SORT_KEYS = {"name", "container_format", "disk_format", "status", "id", "size", "created_at"}
_TASKS = {
    "imsImportImageJob": "ImportIsoFileImageTask",
    "imsVolumeCreateImageJob": "VolumeCreateImageTask",
    "imsAddImageMembersJob": "AddImageMembersTask",
    "imsCrossRegionCopyImageJob": "CrossRegionCopyImageTask",
    "imsNativeExportImageJob": "NativeExportImageTask",
}


def image_body(image: Image) -> dict[str, Any]:
    """The public shape of an image (IMS API reference, image attributes)."""
    body: dict[str, Any] = {
        "schema": "/v2/schemas/image",
        "id": image.id,
        "name": image.name,
        "status": image.status,
        "visibility": "private",
        "protected": image.extra.get("protected") == "true",
        "owner": image.project_id,
        "min_disk": image.min_disk,
        "min_ram": image.min_ram,
        "max_ram": image.max_ram,
        "size": 0,
        "virtual_size": None,
        "checksum": "d41d8cd98f00b204e9800998ecf8427e",
        "container_format": "bare",
        "disk_format": image.disk_format,
        "created_at": stamp(image.created),
        "updated_at": stamp(image.updated),
        "file": f"/v2/images/{image.id}/file",
        "self": f"/v2/images/{image.id}",
        "tags": image.tags,
        "virtual_env_type": image.env_type,
        "enterprise_project_id": image.enterprise_project_id,
        "hw_firmware_type": image.firmware,
        "__imagetype": "private",
        "__isregistered": "true" if image.registered else "false",
        "__image_source_type": "uds",
        "__image_size": str(image.size),
        "__data_origin": image.origin,
        "__os_type": image.os_type,
        "__platform": image.platform,
        "__os_version": image.os_version,
        "__os_bit": "64",
        "__support_kvm": "true",
        "__description": image.description,
    }
    if image.architecture == "arm":
        body["__support_arm"] = "true"
    if image.active_at is not None:
        body["active_at"] = stamp(image.active_at)
    if image.env_type == "IsoImage":
        body["__root_origin"] = "file"
    if image.parent_image:
        body["__originalimagename"] = image.parent_image
    return body | {key: value for key, value in image.extra.items() if key != "protected"}


class Ims(Service):
    name = "ims"

    def routes(self) -> list[Path]:
        return [
            Path("POST", "/v2/cloudimages/action", self.create),
            Path("POST", "/v2.1/cloudimages/action", self.create),
            Path("GET", "/v1/{project_id}/jobs/{job_id}", self.job),
            Path("GET", "/v1/cloudimages/job/{job_id}", self.progress),
            Path("GET", "/v2/cloudimages", self.list_images),
            Path("GET", "/v2/images/{image_id}", self.show),
            Path("GET", "/v2/images", self.glance_list),
            Path("GET", "/", native.versions, open=True),
            Path("PATCH", "/v2/cloudimages/{image_id}", self.update),
            Path("DELETE", "/v2/images/{image_id}", self.delete),
            Path("GET", "/v1/cloudimages/os_version", self.os_version),
            Path("GET", "/v1/cloudimages/quota", self.quota),
            Path("POST", "/v1/cloudimages/members", self.share),
            Path("GET", "/v1/{project_id}/cloudimages/{image_id}/members", self.members),
            Path("POST", "/v2/{project_id}/images/{image_id}/tags/action", self.tag),
            Path("POST", "/v1/cloudimages/{image_id}/cross_region_copy", self.copy),
            Path("POST", "/v1/cloudimages/{image_id}/file", self.export),
        ]

    def authenticate(self, call: Call) -> Caller:
        return authenticate(call, regional=True)

    def create(self, call: Call) -> Answer:
        project = call.project(_NO_PROJECT)
        if not call.body:
            raise Refusal(400, "IMG.0007", "The request body is empty.")
        job = call.world.images.create(call.caller, project.id, call.object(_BAD_BODY))
        return Answer(200, {"job_id": job.id})

    # Jobs

    def job(self, call: Call) -> Answer:
        project = call.project(_NO_PROJECT)
        return Answer(200, self._job_body(call, call.world.jobs.get("ims", project.id, call.params["job_id"])))

    def progress(self, call: Call) -> Answer:
        project = call.project(_NO_PROJECT)
        job = call.world.jobs.get("ims", project.id, call.params["job_id"])
        body = self._job_body(call, job)
        body["entities"].pop("results", None)  # told by the job call only
        if body["status"] != "INIT":
            body["entities"] |= {
                "process_percent": call.world.jobs.progress(job),
                "current_task": _TASKS[job.type],
                "subJobId": job.sub_job_id,
            }
        return Answer(200, body)

    def _job_body(self, call: Call, job: Job) -> dict[str, Any]:
        status = call.world.jobs.status(job)
        named = {"image_id": job.subject["image_id"], "image_name": job.subject["image_name"]}
        entities: dict[str, Any] = {}
        if status == "RUNNING":
            percent = call.world.jobs.progress(job)
            entities = named | {"process_percent": percent, "current_task": _TASKS[job.type]}
        elif status == "SUCCESS" and "projects" in job.subject:
            entities = {
                "results": [
                    {"image_id": image, "project_id": project, "status": "success"}
                    for image in job.subject["image_ids"]
                    for project in job.subject["projects"]
                ]
            }
        elif status == "SUCCESS":
            entities = {} if job.twist == "no-ids" else named
        elif status == "FAIL":
            entities = {"image_name": job.subject["image_name"], "error_code": job.error_code}
            if job.debris:
                entities["image_id"] = job.subject["image_id"]
        failed = status == "FAIL"
        return {
            "job_id": job.id,
            "job_type": job.type,
            "begin_time": stamp(job.begin, milliseconds=True),
            "end_time": stamp(job.end, milliseconds=True) if job.done else "",
            "status": status,
            "error_code": job.error_code if failed else None,
            "fail_reason": job.fail_reason if failed else None,
            "entities": entities,
        }

    # Images

    def list_images(self, call: Call) -> Answer:
        project = call.project(_NO_PROJECT)
        query = call.query
        if query.get("__isregistered", "true") != "true":
            raise Refusal(403, "IMG.0026", "Only registered images can be listed.")
        if query.get("__imagetype", "private") != "private":
            return Answer(200, {"images": []})
        bodies = [image_body(image) for image in call.world.images.all(project.id)]
        chosen = [body for body in bodies if _matches(body, query)]
        key = query.get("sort_key", "created_at")
        if key not in _SORT_KEYS or query.get("sort_dir", "desc") not in {"asc", "desc"}:
            raise _BAD_QUERY
        if "sort_key" in query or "sort_dir" in query:
            chosen.sort(key=lambda body: str(body.get(key, "")), reverse=query.get("sort_dir", "desc") == "desc")
        marker = query.get("marker")
        if marker:
            ids = [body["id"] for body in chosen]
            if marker not in ids:
                raise _BAD_QUERY
            chosen = chosen[ids.index(marker) + 1 :]
        return Answer(200, {"images": chosen[: call.number("limit", 500, 1, 1000, _BAD_QUERY)]})

    def glance_list(self, call: Call) -> Answer:
        """OpenStack's own list: the same images in a page that names the next."""
        project = call.project(_NO_PROJECT)
        bodies = [image_body(image) for image in call.world.images.all(project.id)]
        chosen = [body for body in bodies if _matches(body, call.query)]
        rows = native.page(call, chosen, _BAD_QUERY)
        answer: dict[str, Any] = {"images": rows, "schema": "/v2/schemas/images", "first": "/v2/images"}
        if rows and rows[-1]["id"] != chosen[-1]["id"]:
            answer["next"] = f"/v2/images?marker={rows[-1]['id']}&limit={len(rows)}"
        return Answer(200, answer)

    def show(self, call: Call) -> Answer:
        image = call.world.images.find(call.project(_NO_PROJECT).id, call.params["image_id"])
        if image is None:
            return _glance_404(call)
        return Answer(200, image_body(image))

    def update(self, call: Call) -> Answer:
        project = call.project(_NO_PROJECT)
        changes = call.json(_BAD_BODY)
        if not isinstance(changes, list) or not all(isinstance(change, dict) for change in changes):
            raise _BAD_BODY
        return Answer(200, image_body(call.world.images.patch(project.id, call.params["image_id"], changes)))

    def delete(self, call: Call) -> Answer:
        project = call.project(_NO_PROJECT)
        if call.world.images.find(project.id, call.params["image_id"]) is None:
            return _glance_404(call)
        call.world.images.delete(project.id, call.params["image_id"])
        return Answer(204)

    # What is done with a finished image

    def share(self, call: Call) -> Answer:
        project = call.project(_NO_PROJECT)
        body = call.object(_BAD_BODY)
        images, projects = body.get("images"), body.get("projects")
        if not isinstance(images, list) or not isinstance(projects, list):
            raise _BAD_BODY
        return Answer(200, {"job_id": call.world.image_uses.share(project.id, images, projects).id})

    def members(self, call: Call) -> Answer:
        project = call.project(_NO_PROJECT)
        image = call.params["image_id"]
        rows = [
            {
                "status": status,
                "created_at": stamp(call.world.now),
                "updated_at": stamp(call.world.now),
                "image_id": image,
                "member_id": member,
                "schema": "/v2/schemas/member",
                "member_type": "project",
                "urn": "",
            }
            for member, status in call.world.image_uses.members(project.id, image).items()
        ]
        start = [row["member_id"] for row in rows].index(call.query["marker"]) + 1 if call.query.get("marker") else 0
        limit = call.number("limit", 100, 1, 1000, _BAD_QUERY)
        shown = rows[start : start + limit]
        answer: dict[str, Any] = {"members": shown, "schema": "/v2/schemas/members"}
        if start + limit < len(rows):
            answer["page_info"] = {"next_marker": shown[-1]["member_id"]}
        return Answer(200, answer)

    def tag(self, call: Call) -> Answer:
        project = call.project(_NO_PROJECT)
        body = call.object(_BAD_BODY)
        call.world.image_uses.tag(project.id, call.params["image_id"], body.get("action"), body.get("tags"))
        return Answer(204)

    def copy(self, call: Call) -> Answer:
        project = call.project(_NO_PROJECT)
        job = call.world.image_uses.copy(call.caller, project.id, call.params["image_id"], call.object(_BAD_BODY))
        return Answer(200, {"job_id": job.id})

    def export(self, call: Call) -> Answer:
        project = call.project(_NO_PROJECT)
        job = call.world.image_uses.export(project.id, call.params["image_id"], call.object(_BAD_BODY))
        return Answer(200, {"job_id": job.id})

    def os_version(self, call: Call) -> Answer:
        platforms = os_versions()
        if call.query.get("tag") in {"arm", "bms"}:
            known = {"Ubuntu", "CentOS", "openEuler", "EulerOS", "Other"}
            platforms = [platform for platform in platforms if platform["platform"] in known]
        return Answer(200, platforms)

    def quota(self, call: Call) -> Answer:
        project = call.project(_NO_PROJECT)
        limit = call.world.state.quotas.images
        used = call.world.images.used(project.id)
        if call.world.faults.quota_full("image"):
            limit = used
        resource = {"type": "image", "used": used, "quota": limit, "min": 1, "max": 1000}
        return Answer(200, {"quotas": {"resources": [resource]}})


class ImsElsewhere(Ims):
    """The image service of the other region: the same, for that region's projects."""

    name = f"ims@{OTHER_REGION}"

    def authenticate(self, call: Call) -> Caller:
        caller = authenticate(call, regional=False)
        if caller.project is not None and caller.project.region != OTHER_REGION:
            raise Refusal(401, "APIGW.0307", "The token must be updated.", shape="gateway")
        return caller


def _glance_404(call: Call) -> Answer:
    """Glance answers with a page, not with JSON."""
    text = f"No image found with ID {call.params['image_id']}"
    page = (
        f"<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1>{text}<br /><br /></body></html>"
    )
    return Answer(404, page, media_type="text/html; charset=UTF-8")


_NO_FILTERS = {"limit", "marker", "sort_key", "sort_dir", "__imagetype", "__isregistered", "member_status", "flavor_id"}


def _matches(body: dict[str, Any], query: Mapping[str, str]) -> bool:
    return all(_one_matches(body, key, value) for key, value in query.items() if key not in _NO_FILTERS)


def _one_matches(body: dict[str, Any], key: str, value: str) -> bool:
    if key == "tag":
        return value in body["tags"]
    if key == "enterprise_project_id" and value == "all_granted_eps":
        return True
    if key in {"created_at", "updated_at"}:
        return _time_matches(str(body[key]), value)
    if key == "architecture":
        return (value == "arm") == ("__support_arm" in body)
    return _text(body.get(key)) == value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _time_matches(have: str, wanted: str) -> bool:
    word, _, text = wanted.partition(":")
    if word not in _OPERATORS:
        raise _BAD_QUERY
    try:
        return _OPERATORS[word](datetime.fromisoformat(have), datetime.fromisoformat(text))
    except (ValueError, TypeError):
        raise _BAD_QUERY from None
