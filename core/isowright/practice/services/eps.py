"""EPS: the list of enterprise projects, for callers of the whole account."""

from typing import Any

from isowright.practice.model import Caller
from isowright.practice.refusals import Refusal

from .call import Answer, Call, stamp
from .gateway import authenticate
from .service import Path, Service

_BAD_QUERY = Refusal(400, "EPS.0007", "A query parameter is invalid.")


class Eps(Service):
    name = "eps"

    def routes(self) -> list[Path]:
        return [Path("GET", "/v1.0/enterprise-projects", self.projects)]

    def authenticate(self, call: Call) -> Caller:
        return authenticate(call, regional=False)

    def error_body(self, refusal: Refusal) -> Any:
        return {"error_code": refusal.code, "error_msg": refusal.message}

    def projects(self, call: Call) -> Answer:
        """Needs a domain-scoped token, or a signature with X-Domain-Id."""
        if call.caller.project is not None:
            raise Refusal(403, "EPS.0004", "A token of the whole account is needed for enterprise projects.")
        name, status = call.query.get("name", ""), call.query.get("status")
        chosen = [
            project
            for project in call.world.state.enterprise_projects.values()
            if name in project.name and status in (None, str(project.status))
        ]
        offset = call.number("offset", 0, 0, 10**6, _BAD_QUERY)
        limit = call.number("limit", 1000, 1, 1000, _BAD_QUERY)
        born = stamp(call.world.state.born)
        bodies = [
            {
                "id": project.id,
                "name": project.name,
                "description": project.description,
                "status": project.status,
                "type": "prod",
                "created_at": born,
                "updated_at": born,
                "delete_flag": False,
            }
            for project in chosen[offset : offset + limit]
        ]
        return Answer(200, {"enterprise_projects": bodies, "total_count": len(chosen)})
