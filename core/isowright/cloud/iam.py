"""Identity: who is signed in, which projects there are, temporary keys."""

from __future__ import annotations

from isowright.cloud import iam_wire
from isowright.cloud.models import Identity, Project, TemporaryKeys
from isowright.cloud.session import Session
from isowright.cloud.wire import Request
from isowright.errors import ForbiddenError, NotFoundError


class Iam:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def sign_in(self) -> Identity:
        """Password: a token of the account's project. Keys: a signed look for it. Raises AuthError and its kin."""
        return await self._session.auth.sign_in()

    async def projects(self) -> list[Project]:
        """Enabled projects of the account's region that may be used: the region's own and its sub-projects."""
        region = self._session.account.region
        request = Request(service="iam", method="GET", path="/v3/auth/projects", scope="none")
        try:
            found = await self._session.call(request, iam_wire.read_projects)
        except (ForbiddenError, NotFoundError):
            identity = self._session.identity
            found = [Project(identity.project_id, identity.project_name)] if identity else []
        # Sub-projects are named {region}_{name}; MOS and other regions' projects are left out.
        mine = [p for p in found if p.enabled and (p.name == region or p.name.startswith(f"{region}_"))]
        return sorted(mine, key=lambda p: (p.name != region, p.name))

    async def temporary_keys(self, seconds: int = 3600) -> TemporaryKeys:
        """A pair with a security token, 900 to 86400 s. For a password sign-in; keys cannot ask for it."""
        return await self._session.call(iam_wire.temporary_keys_request(seconds), iam_wire.read_temporary_keys)
