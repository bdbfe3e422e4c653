"""The clouds that this program knows, their regions and endpoints: pure data from `clouds.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from isowright.errors import InputError
from isowright.recipe import CUSTOM, PRACTICE, REQUIRED_SERVICES, SERVICES, Account, endpoint_problem

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


def _written_out(account: Account) -> dict[str, str]:
    found = {service: url.rstrip("/") for service, url in account.endpoints.items() if url and service in SERVICES}
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


@cache
def _catalog() -> list[dict[str, Any]]:
    text = files("isowright_resources").joinpath("clouds.toml").read_text(encoding="utf-8")
    clouds: list[dict[str, Any]] = tomllib.loads(text)["cloud"]
    return clouds
