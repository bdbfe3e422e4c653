"""Disks and disk types. Source: EVS API reference; SDK models huaweicloudsdkevs v2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from isowright.cloud.job_wire import read_job, read_job_id
from isowright.cloud.models import Job, Share, Volume, VolumeQuota, VolumeType
from isowright.cloud.session import Session
from isowright.cloud.wire import Answer, Request, decode, is_unknown_call, json_body, read_nothing, unreadable
from isowright.errors import NotFoundError

_VOLUMES = "/v2/{project_id}/cloudvolumes"
_PAGE = 1000


class _Attachment(msgspec.Struct):
    server_id: str


class _ImageFacts(msgspec.Struct):
    image_name: str = ""
    virtual_env_type: str = ""


class _VolumeEntry(msgspec.Struct):
    id: str
    name: str = ""
    status: str = ""
    size: int = 0
    volume_type: str = ""
    bootable: bool = False
    tags: dict[str, str] = {}
    created_at: str = ""
    attachments: list[_Attachment] = []
    image: _ImageFacts | None = msgspec.field(name="volume_image_metadata", default=None)

    def volume(self) -> Volume:
        return Volume(
            id=self.id,
            name=self.name,
            status=self.status,
            size=self.size,
            volume_type=self.volume_type,
            bootable=self.bootable,
            tags=self.tags,
            created_at=self.created_at,
            server_ids=tuple(a.server_id for a in self.attachments),
            image_name=self.image.image_name if self.image else "",
            image_type=self.image.virtual_env_type if self.image else "",
        )


class _OneVolume(msgspec.Struct):
    volume: _VolumeEntry


class _Volumes(msgspec.Struct):
    volumes: list[_VolumeEntry] = []


class _Types(msgspec.Struct):
    volume_types: list[VolumeType] = []


class _QuotaSet(msgspec.Struct):
    quota_set: dict[str, Any]


class Evs:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def volume_types(self) -> list[VolumeType]:
        """Disk types; `offered_in(zone)` says where."""
        request = Request(service="evs", method="GET", path="/v2/{project_id}/types")
        return await self._session.call(request, read_types)

    async def quota(self) -> VolumeQuota | None:
        """The project's quota of disks; None where the cloud has no such call. [sdk CinderListQuotas; without
        `usage` there are limits alone]"""
        path = "/v2/{project_id}/os-quota-sets/{project_id}"
        request = Request(service="evs", method="GET", path=path, query=(("usage", "true"),))
        try:
            return await self._session.call(request, read_quota)
        except NotFoundError:
            return None

    async def volume(self, volume_id: str) -> Volume | None:
        """None if it is gone."""
        request = Request(service="evs", method="GET", path=f"{_VOLUMES}/{volume_id}")
        try:
            return await self._session.call(request, read_volume)
        except NotFoundError as error:
            if is_unknown_call(error):
                raise
            return None

    async def volumes(self, *, server_id: str | None = None, name: str | None = None) -> list[Volume]:
        """All pages; `name` is matched exactly here, the cloud's own filter is not."""
        query: tuple[tuple[str, str], ...] = (("limit", str(_PAGE)),)
        if server_id is not None:
            query += (("server_id", server_id),)
        if name is not None:
            query += (("name", name),)
        found: dict[str, Volume] = {}
        while True:
            request = Request(
                service="evs",
                method="GET",
                path=f"{_VOLUMES}/detail",
                query=(*query, ("offset", str(len(found)))) if found else query,
            )
            page = await self._session.call(request, read_volumes)
            known = len(found)
            found.update({v.id: v for v in page})
            if len(page) < _PAGE or len(found) == known:
                return [v for v in found.values() if name is None or v.name == name]

    async def delete_volume(self, volume_id: str) -> str:
        """Returns the job id. Raises NotFoundError if it is gone; a disk has to be detached first."""
        request = Request(service="evs", method="DELETE", path=f"{_VOLUMES}/{volume_id}", kind="delete")
        return await self._session.call(request, read_job_id)

    async def tag_volume(self, volume_id: str, tags: Mapping[str, str]) -> None:
        """Adds tags; ones of the same key are replaced, so that it may be repeated. [sdk BatchCreateVolumeTags]"""
        body = {"action": "create", "tags": [{"key": key, "value": value} for key, value in tags.items()]}
        request = Request(
            service="evs", method="POST", path=f"{_VOLUMES}/{volume_id}/tags/action", body=json_body(body)
        )
        await self._session.call(request, read_nothing)

    async def job(self, job_id: str) -> Job:
        """One look."""
        request = Request(service="evs", method="GET", path=f"/v1/{{project_id}}/jobs/{job_id}")
        return await self._session.call(request, read_job)


def read_volume(answer: Answer) -> Volume:
    return decode(answer, _OneVolume).volume.volume()


def read_volumes(answer: Answer) -> list[Volume]:
    return [entry.volume() for entry in decode(answer, _Volumes).volumes]


def read_types(answer: Answer) -> list[VolumeType]:
    return decode(answer, _Types).volume_types


def read_quota(answer: Answer) -> VolumeQuota:
    """Keys are `volumes`, `gigabytes` and the same with a disk type behind (`gigabytes_SSD`); others are of no use."""
    found: dict[str, dict[str, Share]] = {"volumes": {}, "gigabytes": {}}
    for name, value in decode(answer, _QuotaSet).quota_set.items():
        what, _, kind = name.partition("_")
        if what in found and isinstance(value, dict):
            try:
                found[what][kind] = msgspec.convert(value, Share, strict=False)
            except msgspec.ValidationError as error:
                raise unreadable(answer) from error
    volumes, gigabytes = found["volumes"], found["gigabytes"]
    return VolumeQuota(volumes.pop("", Share()), gigabytes.pop("", Share()), volumes, gigabytes)
