"""One thing that was found: where, what it would fill, and what is wrong with it."""

from __future__ import annotations

from typing import Any

import msgspec

from isowright.cloud.login import KeyLogin, Login, PasswordLogin, TokenLogin
from isowright.cloud.models import Secret
from isowright.found.places import locate
from isowright.recipe import CUSTOM, Account

_LONGEST = 65_536  # characters; tokens have up to 20,000


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """`origin`: where it stands, for people ("~/.hcloud/config.json"). `title`: what it is. `account` and `login`: what
    it would fill; `login` None: it holds no secret that can be used. `problem` and `remedy`: why it cannot be used, or
    only in part. `in_environment`: of this process, so that a command may use it unasked."""

    origin: str
    title: str
    account: Account = Account()
    login: Login | None = None
    problem: str = ""
    remedy: str = ""
    in_environment: bool = False

    @property
    def usable(self) -> bool:
        """It would fill something."""
        return bool(self.fills)

    @property
    def fills(self) -> tuple[str, ...]:
        """The fields that it would fill, by recipe name, secrets among them."""
        a = self.account
        names = ["cloud", "region", "domain", "user", "access_key", "project_id", "project_name", "ca_file"]
        found = [name for name in names if getattr(a, name)] + [f"endpoints.{service}" for service in a.endpoints]
        login = self.login
        if isinstance(login, PasswordLogin):
            found.append("password")
        elif isinstance(login, TokenLogin):
            found.append("token")
        elif isinstance(login, KeyLogin):
            found += ["secret_key"] + (["security_token"] if login.security_token else [])
        return tuple(found)

    @property
    def who(self) -> str:
        """Whose it is, in a few words, nothing secret."""
        a = self.account
        if isinstance(self.login, TokenLogin):
            return "token"
        if a.access_key:
            return f"access key {a.access_key}"
        return f"{a.user} ({a.domain})" if a.user and a.domain else a.user


class Fields(msgspec.Struct, kw_only=True):
    """What all those formats have in common, as text; "" = not there."""

    auth_url: str = ""
    cloud: str = ""  # a domain ("myhuaweicloud.com"), "" = to be told by URL and region
    region: str = ""
    domain: str = ""
    user: str = ""
    password: str = ""
    access_key: str = ""
    secret_key: str = ""
    security_token: str = ""
    token: str = ""
    project_id: str = ""
    project_name: str = ""
    ca_file: str = ""
    endpoints: dict[str, str] = {}

    def __repr__(self) -> str:
        return "Fields(…)"


def text(value: Any) -> str:
    """A value of a file as text; "" for what is none. YAML makes numbers of ids that look like them."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    try:
        made = str(value).strip()
    except ValueError:  # a number of more digits than Python writes out
        return ""
    return made if len(made) <= _LONGEST and made.isprintable() else ""


def make(origin: str, title: str, fields: Fields, *, in_environment: bool = False) -> Finding | None:
    """None if it says nothing about who signs in."""
    login, problem = _login(fields)
    if not (login or problem or fields.user or fields.access_key):
        return None
    cloud, region, endpoints = locate(fields.auth_url, fields.cloud, fields.region, fields.project_name)
    if cloud == CUSTOM:
        endpoints |= fields.endpoints
    by_key, by_token = isinstance(login, KeyLogin), isinstance(login, TokenLogin)
    account = Account(
        cloud=cloud,
        region=region,
        method="temporary_key"
        if isinstance(login, KeyLogin) and login.security_token
        else "access_key"
        if by_key or (fields.access_key and not fields.user)
        else "token"
        if by_token
        else "password",
        domain="" if by_token else fields.domain,
        user="" if by_key or by_token else fields.user,
        access_key=fields.access_key if by_key or not fields.user else "",
        project_id=fields.project_id,
        # The region's own project need not be named.
        project_name="" if fields.project_name == region else fields.project_name,
        ca_file=fields.ca_file,
        endpoints=endpoints,
    )
    return Finding(
        origin=origin,
        title=title,
        account=account,
        login=login,
        problem=problem,
        remedy="Fill in what is missing where it stands, or type it here." if problem else "",
        in_environment=in_environment,
    )


def _login(fields: Fields) -> tuple[Login | None, str]:
    """The login, and what lacks to it. A key goes first: it needs no password, and neither ends nor locks a user."""
    if fields.access_key and fields.secret_key:
        mark = Secret(fields.security_token) if fields.security_token else None
        return KeyLogin(fields.access_key, Secret(fields.secret_key), mark), ""
    if fields.user and fields.password:
        return PasswordLogin(fields.domain, fields.user, Secret(fields.password)), ""
    if fields.token:
        return TokenLogin(Secret(fields.token)), ""
    return None, _lacks(fields)


def _lacks(fields: Fields) -> str:
    if fields.access_key or fields.secret_key:
        return f"Only half of a key is there: the {'secret' if fields.access_key else 'access'} key is missing."
    if fields.user:
        return "The password is not there."
    return "A password is there, but not whose it is." if fields.password else ""
