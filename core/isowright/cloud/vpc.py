"""Networks: VPCs, subnets, security groups. Source: VPC API reference; SDK models huaweicloudsdkvpc v2 and v3.

Making and deleting them is synchronous, and there is no client token: names of VPCs are unique in a project (VPC.0115)
and addresses of subnets in a VPC (VPC.0204), so that a repeat of what has come through is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import msgspec

from isowright.cloud.models import SecurityGroup, Subnet, Vpc, VpcQuota
from isowright.cloud.session import Session
from isowright.cloud.wire import Answer, Request, decode, is_unknown_call, json_body, read_nothing, unreadable
from isowright.errors import NotFoundError

_PAGE = 1000


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


E = TypeVar("E", bound=_HasId)
T = TypeVar("T")

# Deleting while a server's port, or a subnet, is still there. It may go away by itself: ports outlive their server by
# seconds. Source: VPC API reference, error codes of "Deleting a Subnet" and "Deleting a VPC".
BUSY = ("VPC.0104", "VPC.0208", "VPC.0209")
TAKEN = ("VPC.0115", "VPC.0204")  # the VPC's name, the subnet's addresses


class _Vpcs(msgspec.Struct):
    vpcs: list[Vpc] = []


class _Subnets(msgspec.Struct):
    subnets: list[Subnet] = []


class _Groups(msgspec.Struct):
    security_groups: list[SecurityGroup] = []


class _OneVpc(msgspec.Struct):
    vpc: Vpc


class _OneSubnet(msgspec.Struct):
    subnet: Subnet


class _Tag(msgspec.Struct):
    key: str
    value: str = ""


class _Tags(msgspec.Struct):
    tags: list[_Tag] = []


class _Quota(msgspec.Struct):
    type: str
    used: int = 0
    quota: int = -1


class _Resources(msgspec.Struct):
    resources: list[_Quota] = []


class _Quotas(msgspec.Struct):
    quotas: _Resources


class Networks:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def vpcs(self) -> list[Vpc]:
        """All pages."""
        return await self._all("/v1/{project_id}/vpcs", read_vpcs)

    async def subnets(self, vpc_id: str = "") -> list[Subnet]:
        """Subnets of one VPC, or of all; their `id` is what a server's NIC takes."""
        return await self._all("/v1/{project_id}/subnets", read_subnets, *((("vpc_id", vpc_id),) if vpc_id else ()))

    async def security_groups(self) -> list[SecurityGroup]:
        """They belong to no VPC."""
        try:
            return await self._all("/v1/{project_id}/security-groups", read_groups)
        except NotFoundError:
            return await self._all("/v3/{project_id}/vpc/security-groups", read_groups)

    async def create_vpc(self, name: str, cidr: str, *, description: str = "", enterprise_project_id: str = "0") -> Vpc:
        """The new VPC, whose status may still be CREATING. Raises QuotaError, UnknownOutcomeError (look it up by
        name), CloudError (VPC.0115: the name is taken). [sdk CreateVpcOption]"""
        vpc: dict[str, Any] = {"name": name, "cidr": cidr, "description": description}
        if enterprise_project_id != "0":
            vpc["enterprise_project_id"] = enterprise_project_id
        return await self._create("/v1/{project_id}/vpcs", {"vpc": vpc}, read_vpc)

    async def create_subnet(
        self,
        name: str,
        vpc_id: str,
        cidr: str,
        gateway_ip: str,
        *,
        description: str = "",
        name_servers: tuple[str, ...] = (),
    ) -> Subnet:
        """The new subnet, with DHCP. Without name servers its machines resolve no names. Raises as `create_vpc`.
        [sdk CreateSubnetOption]"""
        subnet: dict[str, Any] = {
            "name": name,
            "description": description,
            "vpc_id": vpc_id,
            "cidr": cidr,
            "gateway_ip": gateway_ip,
            "dhcp_enable": True,
        }
        if name_servers:
            subnet["dnsList"] = list(name_servers)
        return await self._create("/v1/{project_id}/subnets", {"subnet": subnet}, read_subnet)

    async def delete_subnet(self, vpc_id: str, subnet_id: str) -> None:
        """One that is gone already is fine. Raises CloudError while something is in it (BUSY)."""
        await self._delete(f"/v1/{{project_id}}/vpcs/{vpc_id}/subnets/{subnet_id}")

    async def delete_vpc(self, vpc_id: str) -> None:
        """As `delete_subnet`."""
        await self._delete(f"/v1/{{project_id}}/vpcs/{vpc_id}")

    async def tag_vpc(self, vpc_id: str, tags: Mapping[str, str]) -> None:
        """Adds tags; ones of the same key are replaced, so that it may be repeated. [sdk BatchCreateVpcTags]"""
        await self._tag(f"/v2.0/{{project_id}}/vpcs/{vpc_id}/tags/action", tags)

    async def tag_subnet(self, subnet_id: str, tags: Mapping[str, str]) -> None:
        """As `tag_vpc`. [sdk BatchCreateSubnetTags]"""
        await self._tag(f"/v2.0/{{project_id}}/subnets/{subnet_id}/tags/action", tags)

    async def vpc_tags(self, vpc_id: str) -> tuple[str, ...]:
        """`key=value`, which the list leaves out; () if it has none, is gone, or the cloud has no tag calls."""
        request = Request(service="vpc", method="GET", path=f"/v2.0/{{project_id}}/vpcs/{vpc_id}/tags")
        try:
            return await self._session.call(request, read_tags)
        except NotFoundError:
            return ()

    async def vpc_quota(self) -> VpcQuota:
        """How many VPCs the project has and may have. [sdk ShowQuota]"""
        request = Request(service="vpc", method="GET", path="/v1/{project_id}/quotas", query=(("type", "vpc"),))
        return await self._session.call(request, read_quota)

    async def _create(self, path: str, body: dict[str, Any], read: Callable[[Answer], T]) -> T:
        request = Request(service="vpc", method="POST", path=path, body=json_body(body), kind="create")
        return await self._session.call(request, read)

    async def _delete(self, path: str) -> None:
        try:
            await self._session.call(Request(service="vpc", method="DELETE", path=path, kind="delete"), read_nothing)
        except NotFoundError as error:
            if is_unknown_call(error):
                raise

    async def _tag(self, path: str, tags: Mapping[str, str]) -> None:
        body = {"action": "create", "tags": [{"key": key, "value": value} for key, value in tags.items()]}
        await self._session.call(Request(service="vpc", method="POST", path=path, body=json_body(body)), read_nothing)

    async def _all(self, path: str, read: Callable[[Answer], list[E]], *query: tuple[str, str]) -> list[E]:
        found: dict[str, E] = {}
        pairs = (("limit", str(_PAGE)), *query)
        while True:
            more = (*pairs, ("marker", list(found)[-1])) if found else pairs
            page = await self._session.call(Request(service="vpc", method="GET", path=path, query=more), read)
            known = len(found)
            found.update({entry.id: entry for entry in page})
            if len(page) < _PAGE or len(found) == known:
                return list(found.values())


def read_vpcs(answer: Answer) -> list[Vpc]:
    return decode(answer, _Vpcs).vpcs


def read_subnets(answer: Answer) -> list[Subnet]:
    return decode(answer, _Subnets).subnets


def read_groups(answer: Answer) -> list[SecurityGroup]:
    return decode(answer, _Groups).security_groups


def read_vpc(answer: Answer) -> Vpc:
    return decode(answer, _OneVpc).vpc


def read_subnet(answer: Answer) -> Subnet:
    return decode(answer, _OneSubnet).subnet


def read_tags(answer: Answer) -> tuple[str, ...]:
    return tuple(f"{tag.key}={tag.value}" for tag in decode(answer, _Tags).tags)


def read_quota(answer: Answer) -> VpcQuota:
    """Raises UnreadableError if the answer does not speak of VPCs."""
    found = next((one for one in decode(answer, _Quotas).quotas.resources if one.type == "vpc"), None)
    if found is None:
        raise unreadable(answer)
    return VpcQuota(used=found.used, quota=found.quota)
