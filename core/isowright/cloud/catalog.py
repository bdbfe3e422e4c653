"""The clouds that this program knows, their regions and endpoints: pure data from `clouds.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from isowright.cloud.models import OsVersion
from isowright.errors import InputError
from isowright.recipe import (
    ALL_SERVICES,
    CONSOLE,
    CUSTOM,
    PRACTICE,
    REQUIRED_SERVICES,
    SERVICES,
    Account,
    endpoint_problem,
    pattern_problem,
    written_endpoints,
)

_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")


class Region(msgspec.Struct, frozen=True):
    """`name` may be "" for regions that the vendor does not advertise."""

    id: str
    name: str


class CloudEntry(msgspec.Struct, frozen=True):
    """A cloud to choose. `notes` are for people who look closer; `confidence` says where its hosts were seen."""

    id: str
    title: str
    regions: tuple[Region, ...]
    notes: str
    confidence: str
    user_supplied_domain: bool = False


class Traits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a cloud differs from the others; the meaning of each stands in `clouds.toml`. min_disk in GB."""

    console: tuple[Literal["v1", "nova"], ...]
    image_jobs: tuple[Literal["progress", "plain"], ...]
    os_versions: tuple[Literal["list", "table"], ...]
    dry_run: bool
    client_token: bool
    min_disk: int
    windows: bool


def traits(account: Account) -> Traits:
    """Of the account's cloud. Custom endpoints have those of the cloud that they are said to be like, or whose domain
    they have; else nothing is relied on that only some clouds know."""
    data = _data()["traits"]
    name = account.cloud
    if name == CUSTOM:
        name = account.like or kind_by_domain(account) or "hcs"
    return msgspec.convert(data["default"] | data.get(name, {}), Traits)


def kinds() -> tuple[tuple[str, str], ...]:
    """(id, title) of all clouds that custom endpoints may be said to be like: those of the list, and private ones."""
    return tuple((cloud["id"], cloud["title"]) for cloud in _catalog())


def kind_by_domain(account: Account) -> str:
    """The cloud that custom endpoints are like by the domain of their IAM; "hcs", a private one, if it has none of the
    list's; "" while there is no such endpoint."""
    url = written_endpoints(account).get("iam", "")
    return _kin(url) if url else ""


def _kin(url: str) -> str:
    host = urlsplit(url).hostname or ""
    if host in ("127.0.0.1", "localhost", "::1"):
        return PRACTICE
    named = sorted(
        ((cloud["domain"], cloud["id"]) for cloud in _catalog() if "domain" in cloud), key=lambda pair: -len(pair[0])
    )
    return next((cloud for domain, cloud in named if host.endswith(f".{domain}")), "hcs")


@cache
def os_table() -> tuple[OsVersion, ...]:
    """The documented OS versions, for clouds that do not list theirs."""
    text = files("isowright_resources").joinpath("os_versions.toml").read_text(encoding="utf-8")
    return tuple(
        OsVersion(entry["name"], version, entry.get("os_type", "Linux"), 64, version)
        for entry in tomllib.loads(text)["platform"]
        for version in entry["versions"]
    )


@cache
def clouds() -> tuple[CloudEntry, ...]:
    """Clouds with fixed host names, in the catalog's order. Others (Huawei Cloud Stack) need endpoints by hand."""
    return tuple(
        CloudEntry(
            id=cloud["id"],
            title=cloud["title"],
            regions=tuple(Region(r["id"], r["name"] or r["id"]) for r in cloud.get("regions", ())),
            notes=cloud.get("notes", ""),
            confidence=cloud.get("confidence", ""),
        )
        for cloud in _catalog()
        if not cloud.get("user_supplied_domain")
    )


def domains() -> dict[str, str]:
    """Cloud → the domain of its hosts, as far as they have one."""
    return {cloud["id"]: cloud["domain"] for cloud in _catalog() if "domain" in cloud}


def endpoints(account: Account) -> dict[str, str]:
    """Service → base URL without trailing slash. EPS is missing where the cloud offers none.

    Raises InputError: unknown cloud, impossible region, endpoint missing or not usable.
    """
    if account.cloud in (CUSTOM, PRACTICE):
        return _written_out(account)
    entry = next((c for c in _catalog() if c["id"] == account.cloud), None)
    if entry is None or entry.get("user_supplied_domain"):
        raise InputError(
            f"“{account.cloud}” is not a cloud of the list.",
            detail="Its host names are not known here.",
            remedy="Choose a cloud, or choose Custom endpoints and enter the URL of each service.",
            action="step:account.cloud",
        )
    if not _REGION.fullmatch(account.region):
        raise InputError(
            f"“{account.region}” cannot be a region.",
            remedy="Choose a region of the list.",
            action="step:account.region",
        )
    region: dict[str, Any] = next((r for r in entry.get("regions", ()) if r["id"] == account.region), {})
    hosts: dict[str, str] = entry["endpoints"]
    found: dict[str, str] = {}
    for service in SERVICES:
        template = hosts.get(service, "")
        if service in region.get("not_in_sdk", ()):
            # The region runs no host of its own for it; the cloud-wide one answers.
            template = hosts.get(f"{service}_global", template)
        if template:
            found[service] = template.replace("{region}", account.region)
    return found


def console_page(account: Account, page: str = "home") -> str:
    """The address of the cloud's web console, "" where it is not known. page: "home", "quota" or "permissions"; one
    that is not known by itself is the console's home.

    Custom endpoints may name theirs as `console`; else, like the practice cloud's, it is nobody's guess.
    """
    if account.cloud in (CUSTOM, PRACTICE):
        url = account.endpoints.get(CONSOLE, "").rstrip("/")
        return f"{url}/" if url and endpoint_problem(url) is None else ""
    entry: dict[str, Any] = next((c for c in _catalog() if c["id"] == account.cloud), {})
    region: dict[str, Any] = next((r for r in entry.get("regions", ()) if r["id"] == account.region), {})
    pages: dict[str, Any] = entry.get("console", {})
    pages = pages.get(region.get("site", ""), pages)
    return str(pages.get(page) or pages.get("home", "")).replace("{region}", account.region)


def elsewhere(account: Account, region: str, project_name: str) -> Account:
    """The account in another region of its cloud. For custom endpoints, a pattern with {region} tells where that is, or
    an endpoint "ims@REGION". Raises InputError otherwise."""
    moved = msgspec.structs.replace(account, region=region, project_id="", project_name=project_name)
    if account.cloud not in (CUSTOM, PRACTICE):
        endpoints(moved)
        return moved
    here = written_endpoints(account)
    images = account.endpoints.get(f"ims@{region}", "").rstrip("/")
    pattern = account.endpoints.get(ALL_SERVICES, "")
    if not images and "{region}" in pattern and not account.endpoints.get("ims"):
        images = pattern.replace("{service}", "ims").replace("{region}", region).rstrip("/")
    if not images or endpoint_problem(images):
        raise InputError(
            f"Where the image service of {region} is, nothing tells.",
            detail="The endpoints are written out, and none of them is that region's.",
            remedy=f"Add an endpoint “ims@{region}” to the profile's endpoints, or use a pattern with {{region}}.",
            action="step:account.endpoints",
        )
    # Only images are asked for there; the identity service is everybody's.
    return msgspec.structs.replace(moved, endpoints=here | {"ims": images})


def _written_out(account: Account) -> dict[str, str]:
    pattern = account.endpoints.get(ALL_SERVICES, "")
    if pattern and (problem := pattern_problem(pattern)):
        raise InputError(
            f"The pattern for all endpoints cannot be used: {problem}",
            remedy="Use one like https://{service}.{region}.cloud.example, or leave it empty.",
            action=f"step:account.endpoints.{ALL_SERVICES}",
        )
    if account.like and account.like not in dict(kinds()):
        raise InputError(
            f"“{account.like}” is not a kind of cloud.",
            detail=f"Those known are {', '.join(kind for kind, _ in kinds())}.",
            remedy="Choose another one under Advanced, or none: then the endpoints' domain tells.",
            action="step:account.like",
        )
    found = written_endpoints(account)
    for service in REQUIRED_SERVICES:
        if service not in found:
            raise InputError(
                f"The {service.upper()} endpoint is missing.",
                remedy="Enter its URL, such as https://host.",
                action=f"step:account.endpoints.{service}",
            )
    for service, url in found.items():
        if problem := endpoint_problem(url):
            raise InputError(
                f"The {service.upper()} endpoint cannot be used: {problem}",
                remedy="Use https://host, without a path.",
                action=f"step:account.endpoints.{service}",
            )
    return found


def _catalog() -> list[dict[str, Any]]:
    clouds: list[dict[str, Any]] = _data()["cloud"]
    return clouds


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("isowright_resources").joinpath("clouds.toml").read_text(encoding="utf-8"))
