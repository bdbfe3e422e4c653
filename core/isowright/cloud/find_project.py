"""Which project an access key works in: a key says nothing about itself, so that the account has to be asked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Protocol, TypeVar

from isowright.cloud import iam_wire
from isowright.cloud.models import Identity, Project
from isowright.cloud.wire import Answer, Request
from isowright.errors import AppError, ForbiddenError, NotFoundError
from isowright.recipe import Account

T = TypeVar("T")


class Caller(Protocol):
    """What the session offers: one call with retries."""

    async def __call__(self, request: Request, read: Callable[[Answer], T]) -> T: ...


async def find_project(account: Account, access_key: str, call: Caller) -> tuple[Identity, str]:
    """Who the key is and where, and the account's id ("" where the cloud does not tell).

    Raises NotFoundError (no such project), AuthError, ForbiddenError, NetworkError.
    """
    name = account.project_name or account.region
    projects, domain_id = await _projects(account, name, call)
    if account.project_id:
        chosen = next((p for p in projects if p.id == account.project_id), None)
        project = chosen or Project(account.project_id, account.project_name)
    else:
        named = [p for p in projects if p.name == name]
        if not named:
            raise NotFoundError(
                f"The account has no project “{name}”.",
                detail="The key is good; the region may not be open to the account, or the user may not see it.",
                remedy="Check the region, and the project under Advanced.",
                action="step:account.region",
            )
        project = named[0]
    domain = ("", "")
    with contextlib.suppress(AppError):  # a name to show; not every key may read it
        domain = await call(domains_request(), iam_wire.read_domains)
    identity = Identity(
        user=f"access key {access_key}",
        domain=domain[1] or account.domain,
        project_id=project.id,
        project_name=project.name,
    )
    return identity, domain_id or domain[0]


def domains_request() -> Request:
    """GET /v3/auth/domains: the account, which the SDK finds out so for its global services."""
    return Request(service="iam", method="GET", path="/v3/auth/domains", scope="none")


async def _projects(account: Account, name: str, call: Caller) -> tuple[list[Project], str]:
    """Signed without a project id, as the SDK does; plain users may list only those that they can use."""
    read = iam_wire.read_projects_and_domain
    if not account.project_id:
        by_name = Request(service="iam", method="GET", path="/v3/projects", query=(("name", name),), scope="none")
        try:
            return await call(by_name, read)
        except (ForbiddenError, NotFoundError):
            pass
    return await call(Request(service="iam", method="GET", path="/v3/auth/projects", scope="none"), read)
