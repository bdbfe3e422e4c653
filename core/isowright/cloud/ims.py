"""Images. Source: IMS API reference; SDK models huaweicloudsdkims v2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from isowright.cloud.catalog import os_table
from isowright.cloud.job_wire import read_job, read_job_id
from isowright.cloud.models import Image, ImageQuota, Job, OsVersion
from isowright.cloud.session import Session
from isowright.cloud.wire import Answer, Request, decode, is_unknown_call, json_body, read_nothing, unreadable
from isowright.errors import NotFoundError

_PAGE = 500


class _PageInfo(msgspec.Struct):
    next_marker: str = ""


class _Images(msgspec.Struct):
    images: list[Image] = []
    page_info: _PageInfo | None = None


class _Platform(msgspec.Struct):
    platform: str = ""
    version_list: list[OsVersion] = []


class _Quota(msgspec.Struct):
    type: str
    used: int = 0
    quota: int = 0


class _Resources(msgspec.Struct):
    resources: list[_Quota] = []


class _Quotas(msgspec.Struct):
    quotas: _Resources


class Ims:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._job_calls = session.traits.image_jobs  # without those that this cloud turns out not to have
        self.own_os_list = True  # the last `os_versions` were the cloud's own

    async def register_iso(
        self,
        *,
        name: str,
        bucket: str,
        key: str,
        os_version: str,
        min_disk: int,
        description: str = "",
        os_type: str = "",
        architecture: str = "x86",
        firmware: str = "",
        tags: Mapping[str, str] | None = None,
        enterprise_project_id: str = "0",
    ) -> str:
        """Starts making an IsoImage from an object; returns the job id. min_disk in GB.

        Raises NameTakenError (also after a lost first answer), QuotaError, UnknownOutcomeError (look it up by name and
        `data_origin`), CloudError.
        """
        body: dict[str, Any] = {
            "name": name,
            "description": description,
            "image_url": f"{bucket}:{key}",  # raw, not URL-encoded
            "os_version": os_version,
            "type": "IsoImage",
            "min_disk": min_disk,
            "image_tags": _tags(tags),
            "enterprise_project_id": enterprise_project_id,
            "architecture": architecture,
        }
        if os_type:
            body["os_type"] = os_type
        if firmware:
            body["hw_firmware_type"] = firmware
        return await self._create(body)

    async def image_from_volume(
        self,
        *,
        name: str,
        volume_id: str,
        os_version: str,
        description: str = "",
        tags: Mapping[str, str] | None = None,
        enterprise_project_id: str = "0",
        min_ram: int = 0,
    ) -> str:
        """Starts making an image from an attached data disk; returns the job id. Raises as `register_iso`."""
        return await self._create(
            {
                "name": name,
                "description": description,
                "volume_id": volume_id,
                "os_version": os_version,
                "type": "ECS",
                "min_ram": min_ram,
                "image_tags": _tags(tags),
                "enterprise_project_id": enterprise_project_id,
            }
        )

    async def job(self, job_id: str) -> Job:
        """One look. Asks the progress call, which knows percents, where the cloud has it."""
        paths = {"progress": f"/v1/cloudimages/job/{job_id}", "plain": f"/v1/{{project_id}}/jobs/{job_id}"}
        *others, last = self._job_calls
        for kind in others:
            try:
                return await self._session.call(Request(service="ims", method="GET", path=paths[kind]), read_job)
            except NotFoundError as error:
                if error.code != "Common.0011":  # that one knows the call, but not the job
                    self._job_calls = tuple(known for known in self._job_calls if known != kind)
        return await self._session.call(Request(service="ims", method="GET", path=paths[last]), read_job)

    async def images(
        self,
        *,
        name: str | None = None,
        image_id: str | None = None,
        virtual_env_type: str | None = None,
        tag: str | None = None,
        status: str | None = None,
    ) -> list[Image]:
        """Private images, all pages. Ones that are just being made may be missing. tag: `key=value`."""
        filters = {
            "__imagetype": "private",
            "limit": str(_PAGE),
            "name": name,
            "id": image_id,
            "virtual_env_type": virtual_env_type,
            "tag": tag,
            "status": status,
        }
        query = tuple((k, v) for k, v in filters.items() if v is not None)
        found: dict[str, Image] = {}
        marker = ""
        while True:
            more = (*query, ("marker", marker)) if marker else query
            page = await self._session.call(
                Request(service="ims", method="GET", path="/v2/cloudimages", query=more), read_images
            )
            known = len(found)
            found.update({image.id: image for image in page.images})
            if len(page.images) < _PAGE or len(found) == known:
                return list(found.values())
            marker = (page.page_info and page.page_info.next_marker) or page.images[-1].id

    async def image(self, image_id: str) -> Image | None:
        """None: gone, or not listed yet."""
        return next((i for i in await self.images(image_id=image_id) if i.id == image_id), None)

    async def show_image(self, image_id: str) -> Image:
        """Details of one image, also one that is still being made and so not listed [sdk GlanceShowImageResponse].

        Raises NotFoundError. To learn whether an image is gone use `image`: clouds word this 404 in many ways.
        """
        request = Request(service="ims", method="GET", path=f"/v2/images/{image_id}")
        return await self._session.call(request, read_image)

    async def delete_image(self, image_id: str) -> None:
        """Accepted is not done: look until `image` is None. One that is gone already is fine."""
        request = Request(service="ims", method="DELETE", path=f"/v2/images/{image_id}", kind="delete")
        try:
            await self._session.call(request, read_nothing)
        except NotFoundError as error:
            if is_unknown_call(error):
                raise

    async def os_versions(self) -> list[OsVersion]:
        """The only values that `os_version` may have; the documented ones where the cloud has no list of its own, which
        may lack some (`own_os_list` is False then)."""
        ways = self._session.traits.os_versions
        request = Request(service="ims", method="GET", path="/v1/cloudimages/os_version")
        if "list" in ways:
            try:
                found = await self._session.call(request, read_os_versions)
            except NotFoundError:
                if "table" not in ways:
                    raise
            else:
                self.own_os_list = True
                return found
        self.own_os_list = False
        return list(os_table())

    async def quota(self) -> ImageQuota:
        """A run needs two free places."""
        request = Request(service="ims", method="GET", path="/v1/cloudimages/quota")
        return await self._session.call(request, read_quota)

    async def _create(self, body: dict[str, Any]) -> str:
        request = Request(
            service="ims", method="POST", path="/v2/cloudimages/action", body=json_body(body), kind="create"
        )
        return await self._session.call(request, read_job_id)


def read_images(answer: Answer) -> _Images:
    return decode(answer, _Images)


def read_image(answer: Answer) -> Image:
    """One image at the top level."""
    return decode(answer, Image)


def read_os_versions(answer: Answer) -> list[OsVersion]:
    return [version for platform in decode(answer, list[_Platform]) for version in platform.version_list]


def read_quota(answer: Answer) -> ImageQuota:
    """Raises UnreadableError if the answer does not speak of images."""
    image = next((q for q in decode(answer, _Quotas).quotas.resources if q.type == "image"), None)
    if image is None:
        raise unreadable(answer)
    return ImageQuota(used=image.used, quota=image.quota)


def _tags(tags: Mapping[str, str] | None) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in (tags or {}).items()]
