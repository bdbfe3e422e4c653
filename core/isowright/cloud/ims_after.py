"""What is done with an image that is there: shared, tagged, given minimums, copied to another region, exported.

Source: IMS API reference, "Adding Image Sharing Members", "Updating Image Information", "Replicating an Image Across
Regions", "Exporting an Image", tag calls; SDK models huaweicloudsdkims v2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from isowright.cloud.job_wire import read_job_id
from isowright.cloud.session import Session
from isowright.cloud.wire import Answer, Request, decode, json_body, read_nothing
from isowright.errors import AppError

_PAGE = 100
_NOT_THERE = "IMG.0035"  # `replace` of an attribute that the image does not have


class Member(msgspec.Struct, frozen=True):
    """A project that an image is shared with. status: pending, accepted, rejected."""

    id: str = msgspec.field(name="member_id")
    status: str = ""


class _PageInfo(msgspec.Struct):
    next_marker: str = ""


class _Members(msgspec.Struct):
    members: list[Member] = []
    page_info: _PageInfo | None = None


class ImageChanges:
    """Each asynchronous call returns the id of an image job."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def members(self, image_id: str) -> list[Member]:
        """Whom the image is shared with, all pages."""
        path = f"/v1/{{project_id}}/cloudimages/{image_id}/members"
        found: dict[str, Member] = {}
        marker = ""
        while True:
            query = (("limit", str(_PAGE)), *((("marker", marker),) if marker else ()))
            page = await self._session.call(Request(service="ims", method="GET", path=path, query=query), read_members)
            known = len(found)
            found.update({member.id: member for member in page.members})
            marker = (page.page_info and page.page_info.next_marker) or ""
            if not marker or len(found) == known:
                return list(found.values())

    async def share(self, image_id: str, projects: Sequence[str]) -> str:
        """Offer the image to these projects; each of them has to accept it.

        Raises UnknownOutcomeError: `members` tells. Adding one twice changes nothing.
        """
        return await self._create("/v1/cloudimages/members", {"images": [image_id], "projects": list(projects)})

    async def tag(self, image_id: str, tags: Mapping[str, str]) -> None:
        """Adds tags; ones of the same key are replaced, so that it may be repeated."""
        body = {"action": "create", "tags": [{"key": key, "value": value} for key, value in tags.items()]}
        path = f"/v2/{{project_id}}/images/{image_id}/tags/action"
        request = Request(service="ims", method="POST", path=path, body=json_body(body))
        await self._session.call(request, read_nothing)

    async def set_ram(self, image_id: str, *, least: int = 0, most: int = 0) -> None:
        """The memory that a server of this image must and may have, in MB; 0 = as it is. May be repeated."""
        for path, value in (("/min_ram", least), ("/max_ram", most)):
            if not value:
                continue
            try:
                await self._patch(image_id, "replace", path, str(value))
            except AppError as error:
                if error.code != _NOT_THERE:
                    raise
                await self._patch(image_id, "add", path, str(value))

    async def set_firmware(self, image_id: str, firmware: str) -> None:
        """bios or uefi, of servers that are made of the image. May be repeated. [doc Updating Image Information]"""
        try:
            await self._patch(image_id, "replace", "/hw_firmware_type", firmware)
        except AppError as error:
            if error.code != _NOT_THERE:
                raise
            await self._patch(image_id, "add", "/hw_firmware_type", firmware)

    async def _patch(self, image_id: str, op: str, path: str, value: str) -> None:
        body = [{"op": op, "path": path, "value": value}]
        request = Request(service="ims", method="PATCH", path=f"/v2/cloudimages/{image_id}", body=json_body(body))
        await self._session.call(request, read_nothing)

    async def copy_to_region(
        self, image_id: str, *, name: str, region: str, project_name: str, agency: str, description: str = ""
    ) -> str:
        """Raises UnknownOutcomeError: look for the name in the other region, and do not simply repeat."""
        body = {
            "name": name,
            "description": description,
            "region": region,
            "project_name": project_name,
            "agency_name": agency,
        }
        return await self._create(f"/v1/cloudimages/{image_id}/cross_region_copy", body)

    async def export(self, image_id: str, *, bucket: str, key: str, file_format: str = "") -> str:
        """To an object that is not there yet. file_format: qcow2, vhd, zvhd, vmdk; "" = as the cloud keeps it (quick).

        Raises UnknownOutcomeError (look for the object), CloudError IMG.0070 (it is there), IMG.0148 (under way).
        """
        body: dict[str, object] = {"bucket_url": f"{bucket}:{key}"}
        if file_format:
            body["file_format"] = file_format
        else:
            body["is_quick_export"] = True
        return await self._create(f"/v1/cloudimages/{image_id}/file", body)

    async def _create(self, path: str, body: Mapping[str, object]) -> str:
        request = Request(service="ims", method="POST", path=path, body=json_body(body), kind="create")
        return await self._session.call(request, read_job_id)


def read_members(answer: Answer) -> _Members:
    return decode(answer, _Members)
