"""Sign-in requests and answers. Pure. Source: SDK models huaweicloudsdkiam v3, IAM API reference."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from isowright.cloud.login import PasswordLogin
from isowright.cloud.models import Identity, Project, Secret, TemporaryKeys
from isowright.cloud.wire import Answer, Request, UnreadableError, decode, json_body, unreadable

TOKENS_PATH = "/v3/auth/tokens"

_RENEW_BEFORE = timedelta(hours=1)


class Token(msgspec.Struct, frozen=True):
    """A token and what it says about itself."""

    value: Secret
    identity: Identity
    expires_at: datetime
    domain_id: str = ""
    issued_at: datetime | None = None

    @property
    def renew_at(self) -> datetime:
        """An hour before its end. Where tokens live for an hour only, as OpenStack's do, after three quarters of it:
        else each request would sign in anew."""
        if self.issued_at is None:
            return self.expires_at - _RENEW_BEFORE
        return self.expires_at - min(_RENEW_BEFORE, (self.expires_at - self.issued_at) / 4)


class _Named(msgspec.Struct):
    id: str = ""
    name: str = ""


class _User(msgspec.Struct):
    id: str = ""
    name: str = ""
    domain: _Named = msgspec.field(default_factory=_Named)


class _TokenBody(msgspec.Struct):
    expires_at: str = ""
    issued_at: str = ""
    user: _User = msgspec.field(default_factory=_User)
    project: _Named | None = None
    domain: _Named | None = None


class _TokenAnswer(msgspec.Struct):
    token: _TokenBody


class _Credential(msgspec.Struct):
    access: str
    secret: str
    securitytoken: str
    expires_at: str = ""


class _CredentialAnswer(msgspec.Struct):
    credential: _Credential


class _ProjectEntry(msgspec.Struct):
    id: str
    name: str = ""
    enabled: bool = True
    domain_id: str = ""


class _ProjectsAnswer(msgspec.Struct):
    projects: list[_ProjectEntry]


class _DomainsAnswer(msgspec.Struct):
    domains: list[_Named] = []


def token_request(login: PasswordLogin, scope: dict[str, Any] | None) -> Request:
    """POST /v3/auth/tokens. scope: `{"project": {"id" | "name": …}}` or `{"domain": {"name": …}}`; None for a token
    that only tells who asks and which projects there are.

    Huawei Cloud wants the user's id beside a passcode, Open Telekom Cloud also takes the name.
    """
    user = {"name": login.user, "password": login.password.reveal(), "domain": {"name": login.domain}}
    identity: dict[str, Any] = {"methods": ["password"], "password": {"user": user}}
    if login.passcode:
        who = {"id": login.user_id} if login.user_id else {"name": login.user, "domain": {"name": login.domain}}
        identity["methods"].append("totp")
        identity["totp"] = {"user": {**who, "passcode": login.passcode}}
    return Request(
        service="iam",
        method="POST",
        path=TOKENS_PATH,
        query=(("nocatalog", "true"),),  # catalogs weigh tens of kB and are not used
        body=json_body({"auth": {"identity": identity} | ({"scope": scope} if scope else {})}),
        kind="login",
        scope="none",
    )


def token_check_request(token: Secret) -> Request:
    """GET /v3/auth/tokens: what a token says about itself, asked with the token itself."""
    headers = {"X-Auth-Token": token.reveal(), "X-Subject-Token": token.reveal()}
    return Request(service="iam", method="GET", path=TOKENS_PATH, headers=headers, kind="login", scope="none")


def read_token(answer: Answer, known: Secret | None = None) -> Token:
    """From the header X-Subject-Token and the body; `known`: the token that was asked about. Raises UnreadableError."""
    body = decode(answer, _TokenAnswer).token
    value = known.reveal() if known else answer.headers.get("x-subject-token", "")
    if not value:
        raise unreadable(answer)
    expires = moment(body.expires_at, answer)
    where = body.project or _Named()
    return Token(
        value=Secret(value),
        identity=Identity(
            user=body.user.name,
            domain=body.user.domain.name or (body.domain.name if body.domain else ""),
            project_id=where.id,
            project_name=where.name,
            expires_at=expires,
        ),
        expires_at=expires,
        domain_id=body.user.domain.id,
        issued_at=_issued(body, expires, answer),
    )


def _issued(body: _TokenBody, expires: datetime, answer: Answer) -> datetime | None:
    """None where a cloud does not tell, or tells nonsense: nothing hangs on it but when to renew."""
    try:
        issued = moment(body.issued_at, answer)
    except UnreadableError:
        return None
    return issued if issued < expires else None


def temporary_keys_request(seconds: int) -> Request:
    """POST securitytokens: the bridge from a password to the object service. 900..86400 s."""
    identity = {"methods": ["token"], "token": {"duration_seconds": seconds}}
    return Request(
        service="iam",
        method="POST",
        path="/v3.0/OS-CREDENTIAL/securitytokens",
        body=json_body({"auth": {"identity": identity}}),
        kind="read",  # a second pair does no harm, the first dies by itself
    )


def read_temporary_keys(answer: Answer) -> TemporaryKeys:
    """Raises UnreadableError."""
    c = decode(answer, _CredentialAnswer).credential
    return TemporaryKeys(c.access, Secret(c.secret), Secret(c.securitytoken), moment(c.expires_at, answer))


def read_projects(answer: Answer) -> list[Project]:
    return [Project(p.id, p.name, p.enabled) for p in decode(answer, _ProjectsAnswer).projects]


def read_projects_and_domain(answer: Answer) -> tuple[list[Project], str]:
    """Projects, and the account's id that they name ("" if none does)."""
    entries = decode(answer, _ProjectsAnswer).projects
    domain = next((p.domain_id for p in entries if p.domain_id), "")
    return [Project(p.id, p.name, p.enabled) for p in entries], domain


def read_domains(answer: Answer) -> tuple[str, str]:
    """(id, name) of the account, "" where the cloud does not tell."""
    found = decode(answer, _DomainsAnswer).domains
    return (found[0].id, found[0].name) if found else ("", "")


def moment(text: str, answer: Answer) -> datetime:
    """An IAM time as an aware datetime; they come with and without Z. Raises UnreadableError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise unreadable(answer) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
