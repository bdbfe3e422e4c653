"""IAM: password tokens, projects, account, temporary keys, the list of permanent keys."""

import secrets
from typing import Any

from isowright.practice.model import Caller, Project, Token, User
from isowright.practice.refusals import Refusal

from . import native
from .call import Answer, Call, stamp
from .gateway import authenticate
from .service import Path, Service

_MALFORMED = Refusal(400, "400", "The request body is invalid.", shape="keystone")


class Iam(Service):
    name = "iam"
    regional = False

    def routes(self) -> list[Path]:
        return [
            Path("POST", "/v3/auth/tokens", self.create_token, open=True),
            Path("GET", "/v3/auth/tokens", self.check_token),
            Path("GET", "/v3/auth/projects", self.auth_projects),
            Path("GET", "/v3/projects", self.projects),
            Path("GET", "/v3/auth/domains", self.domains),
            Path("GET", "/v3/users/{user_id}/projects", self.projects_of_user),
            Path("GET", "/v3", native.identity_version, open=True),
            Path("POST", "/v3.0/OS-CREDENTIAL/securitytokens", self.temporary_key),
            Path("GET", "/v3.0/OS-CREDENTIAL/credentials", self.credentials),
            Path("GET", "/v3.0/OS-CREDENTIAL/credentials/{access}", self.credential),
        ]

    def authenticate(self, call: Call) -> Caller:
        return authenticate(call, regional=False)

    def error_body(self, refusal: Refusal) -> Any:
        return {"error_code": refusal.code, "error_msg": refusal.message}

    def not_found(self, call: Call) -> Refusal:  # noqa: ARG002 (the same for every path)
        return Refusal(404, "IAM.0004", "Could not find the resource.")

    def headers(self, call: Call) -> dict[str, str]:
        return {"X-Request-Id": call.request_id, "X-IAM-Trace-Id": f"token_practice_{call.request_id}"}

    # Tokens

    def create_token(self, call: Call) -> Answer:
        auth = call.object(_MALFORMED).get("auth")
        if not isinstance(auth, dict) or not isinstance(auth.get("identity"), dict):
            raise _MALFORMED
        user = self._user(call, auth["identity"])
        project = self._scope(call, auth.get("scope") or {})
        text, token = call.world.accounts.issue_token(user, project, auth["identity"]["methods"])
        body = self._token_body(call, user, project, token)
        return Answer(201, body, {"X-Subject-Token": text})

    def _user(self, call: Call, identity: dict[str, Any]) -> User:
        methods = identity.get("methods")
        if methods not in (["password"], ["password", "totp"], ["totp", "password"]):
            raise Refusal(400, "400", "The authentication methods are invalid.", shape="keystone")
        person = (identity.get("password") or {}).get("user")
        if not isinstance(person, dict):
            raise _MALFORMED
        domain = person.get("domain") or {}
        name, password = str(person.get("name") or ""), str(person.get("password") or "")
        if not name or not password or not isinstance(domain, dict):
            raise _MALFORMED
        accounts = call.world.accounts
        account = str(domain.get("name") or domain.get("id") or "")
        user = accounts.check_password(account, name, password)
        accounts.check_passcode(user, self._passcode(identity, user) if "totp" in methods else None)
        return user

    def _passcode(self, identity: dict[str, Any], user: User) -> str:
        """The device's owner is named by id, or by name: it has to be who gave the password."""
        owner = (identity.get("totp") or {}).get("user")
        if not isinstance(owner, dict) or not isinstance(owner.get("passcode"), str):
            raise _MALFORMED
        if (owner.get("id") or user.id) != user.id or (owner.get("name") or user.name) != user.name:
            raise Refusal(401, "401", "The totp user is not the user of the password.", shape="keystone")
        if not owner.get("id") and not owner.get("name"):
            raise _MALFORMED
        return str(owner["passcode"])

    def _scope(self, call: Call, scope: dict[str, Any]) -> Project | None:
        """With both scopes given, the project wins."""
        wanted = scope.get("project")
        if isinstance(wanted, dict):
            return call.world.accounts.find_project(
                project_id=str(wanted.get("id") or ""), name=str(wanted.get("name") or "")
            )
        domain = scope.get("domain")
        state = call.world.state
        if isinstance(domain, dict) and {domain.get("id"), domain.get("name")}.isdisjoint(
            {state.domain_id, state.domain_name}
        ):
            raise Refusal(401, "401", "The account of the scope is not the user's.", shape="keystone")
        return None

    def _token_body(self, call: Call, user: User, project: Project | None, token: Token) -> dict[str, Any]:
        state = call.world.state
        domain = {"id": state.domain_id, "name": state.domain_name}
        body: dict[str, Any] = {
            "methods": token.methods,
            "expires_at": stamp(token.expires, micro=True),
            "issued_at": stamp(token.issued, micro=True),
            "user": {"id": user.id, "name": user.name, "password_expires_at": "", "domain": domain},
        }
        if project:
            body["project"] = {"id": project.id, "name": project.name, "domain": domain}
        else:
            body["domain"] = domain
        roles = ["te_admin", "op_gated_practice"] if user.rights == "all" else ["guest"]
        if "totp" in token.methods:
            body["mfa_authn_at"] = stamp(token.issued, micro=True)
        body["roles"] = [{"id": "0", "name": role} for role in roles]
        body["catalog"] = [] if call.query.get("nocatalog") else self._catalog(call, project)
        return {"token": body}

    def _catalog(self, call: Call, project: Project | None) -> list[dict[str, Any]]:
        urls = call.world.urls
        region = call.world.state.region
        entries = [("identity", "iam", "*", urls["iam"] + "/v3")]
        if project:
            entries += [
                ("ecs", "ecs", region, f"{urls['ecs']}/v1/{project.id}"),
                ("compute", "nova", region, f"{urls['ecs']}/v2.1/{project.id}"),
                ("image", "glance", region, urls["ims"]),
                ("volumev2", "cinderv2", region, f"{urls['evs']}/v2/{project.id}"),
                ("vpc", "vpc", region, f"{urls['vpc']}/v1/{project.id}"),
                ("object", "object", region, urls["obs"]),
            ]
        return [
            {
                "type": kind,
                "id": secrets.token_hex(16),
                "name": name,
                "endpoints": [
                    {
                        "id": secrets.token_hex(16),
                        "interface": "public",
                        "region": where,
                        "region_id": where,
                        "url": url,
                    }
                ],
            }
            for kind, name, where, url in entries
        ]

    def check_token(self, call: Call) -> Answer:
        text = call.headers.get("x-subject-token", "")
        token = call.world.accounts.token(text)
        if token is None or token.expires <= call.world.now:
            raise Refusal(404, "404", "Could not find token.", shape="keystone")
        state = call.world.state
        project = state.projects[token.project_id] if token.project_id else None
        body = self._token_body(call, state.users[token.user_id], project, token)
        return Answer(200, body, {"X-Subject-Token": text})

    # Projects and account

    def _project_body(self, call: Call, project: Project) -> dict[str, Any]:
        return {
            "id": project.id,
            "name": project.name,
            "domain_id": call.world.state.domain_id,
            "parent_id": project.parent_id,
            "is_domain": False,
            "enabled": True,
            "description": project.description,
            "links": {"self": f"{call.base}/v3/projects/{project.id}"},
        }

    def auth_projects(self, call: Call) -> Answer:
        projects = [self._project_body(call, project) for project in call.world.state.projects.values()]
        return Answer(200, {"projects": projects, "links": {"self": f"{call.base}/v3/auth/projects"}})

    def projects(self, call: Call) -> Answer:
        if call.caller.user.rights == "none":
            raise Refusal(403, "IAM.0003", "Policy doesn't allow iam:projects:list to be performed.")
        name, parent = call.query.get("name"), call.query.get("parent_id")
        chosen = [
            self._project_body(call, project)
            for project in call.world.state.projects.values()
            if name in (None, project.name) and parent in (None, project.parent_id)
        ]
        if "page" in call.query or "per_page" in call.query:
            bad = Refusal(400, "IAM.0011", "The paging parameters are invalid.")
            page = call.number("page", 1, 1, 100000, bad)
            size = call.number("per_page", 5000, 1, 5000, bad)
            chosen = chosen[(page - 1) * size : page * size]
        here = f"{call.base}{call.path}" + (f"?{call.raw_query}" if call.raw_query else "")
        return Answer(200, {"links": {"self": here, "previous": None, "next": None}, "projects": chosen})

    def projects_of_user(self, call: Call) -> Answer:
        bodies = [self._project_body(call, project) for project in call.world.state.projects.values()]
        return native.projects_of_user(call, bodies, call.caller.project)

    def domains(self, call: Call) -> Answer:
        state = call.world.state
        domain = {
            "id": state.domain_id,
            "name": state.domain_name,
            "description": "",
            "enabled": True,
            "links": {"self": f"{call.base}/v3/domains/{state.domain_id}"},
        }
        return Answer(200, {"domains": [domain], "links": {"self": f"{call.base}/v3/auth/domains"}})

    # Keys

    def temporary_key(self, call: Call) -> Answer:
        identity = (call.object(_MALFORMED).get("auth") or {}).get("identity") or {}
        if identity.get("methods") != ["token"]:
            raise _MALFORMED
        seconds = (identity.get("token") or {}).get("duration_seconds", 900)
        if not isinstance(seconds, int) or not 900 <= seconds <= 86400:
            raise Refusal(400, "IAM.0011", "The value of duration_seconds must be 900 to 86400.")
        access, secret, token, expires = call.world.accounts.issue_temporary_key(call.caller.user, seconds)
        credential = {
            "access": access,
            "secret": secret,
            "expires_at": stamp(expires, micro=True),
            "securitytoken": token,
        }
        return Answer(201, {"credential": credential})

    def _credential(self, call: Call, user: User) -> dict[str, str]:
        return {
            "user_id": user.id,
            "access": user.access_key,
            "status": "active",
            "create_time": stamp(call.world.state.born, micro=True),
            "description": "",
        }

    def credentials(self, call: Call) -> Answer:
        wanted = call.query.get("user_id", call.caller.user.id)
        if wanted != call.caller.user.id:
            raise Refusal(403, "IAM.0003", "Policy doesn't allow iam:credentials:listCredentials to be performed.")
        return Answer(200, {"credentials": [self._credential(call, call.caller.user)]})

    def credential(self, call: Call) -> Answer:
        user = call.caller.user
        if call.params["access"] != user.access_key:
            raise Refusal(404, "IAM.0004", f"Could not find credential: {call.params['access']}.")
        used = {"last_use_time": stamp(call.world.now, micro=True)}
        return Answer(200, {"credential": self._credential(call, user) | used})
