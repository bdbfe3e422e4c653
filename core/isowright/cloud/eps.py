"""Enterprise projects: an account-wide service that many accounts and some clouds do not have."""

from __future__ import annotations

import msgspec

from isowright.cloud.models import EnterpriseProject
from isowright.cloud.session import Session
from isowright.cloud.wire import Answer, Request, decode
from isowright.errors import NotFoundError


class _Projects(msgspec.Struct):
    enterprise_projects: list[EnterpriseProject] = []


class Eps:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def projects(self) -> list[EnterpriseProject]:
        """Enabled ones, "0" is the default; [] where the cloud has no such service.

        Raises AuthError and ForbiddenError where the cloud does not tell this user (an account without the feature is
        refused as well), NetworkError, CloudError.
        """
        if not self._session.offers("eps"):
            return []
        request = Request(
            service="eps",
            method="GET",
            path="/v1.0/enterprise-projects",
            query=(("limit", "1000"), ("offset", "0"), ("status", "1")),
            scope="domain",
        )
        try:
            return await self._session.call(request, read_projects)
        except NotFoundError:
            return []


def read_projects(answer: Answer) -> list[EnterpriseProject]:
    return [p for p in decode(answer, _Projects).enterprise_projects if p.status == 1]
