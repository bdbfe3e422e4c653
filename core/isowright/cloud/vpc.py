"""Networks: VPCs, subnets, security groups. Source: VPC API reference; SDK models huaweicloudsdkvpc v2 and v3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec

from isowright.cloud.models import SecurityGroup, Subnet, Vpc
from isowright.cloud.session import Session
from isowright.cloud.wire import Answer, Request, decode
from isowright.errors import NotFoundError

_PAGE = 1000


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


E = TypeVar("E", bound=_HasId)


class _Vpcs(msgspec.Struct):
    vpcs: list[Vpc] = []


class _Subnets(msgspec.Struct):
    subnets: list[Subnet] = []


class _Groups(msgspec.Struct):
    security_groups: list[SecurityGroup] = []


class Networks:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def vpcs(self) -> list[Vpc]:
        """All pages."""
        return await self._all("/v1/{project_id}/vpcs", read_vpcs)

    async def subnets(self, vpc_id: str) -> list[Subnet]:
        """Subnets of one VPC; their `id` is what a server's NIC takes."""
        return await self._all("/v1/{project_id}/subnets", read_subnets, ("vpc_id", vpc_id))

    async def security_groups(self) -> list[SecurityGroup]:
        """They belong to no VPC."""
        try:
            return await self._all("/v1/{project_id}/security-groups", read_groups)
        except NotFoundError:
            return await self._all("/v3/{project_id}/vpc/security-groups", read_groups)

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
