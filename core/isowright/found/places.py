"""From the address of an identity service, a domain or a region to the cloud of the list that is meant. Pure."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

from isowright.cloud import catalog
from isowright.recipe import CUSTOM

_DEFAULT = "huaweicloud"  # what these programs take where nothing is said


def locate(url: str, domain: str, region: str, project: str) -> tuple[str, str, dict[str, str]]:
    """(cloud, region, endpoints) by the URL of the identity service, else by the cloud's domain, else by the region.
    Endpoints are those of a cloud that is not in the list: as far as known."""
    prefix = project.partition("_")[0]
    if url:
        try:
            parts = urlsplit(url if "://" in url else f"https://{url}")
            host, place = parts.hostname or "", f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        except ValueError:  # an IPv6 address that is none
            return CUSTOM, region, {}
        cloud = _by_domain(host)
        if not cloud:
            return CUSTOM, region or prefix, {"iam": place} if host else {}
        middle = host.removeprefix("iam.").removesuffix(_domains()[cloud]).strip(".")
        known = _regions()[cloud]
        return cloud, middle if middle in known else region or (prefix if prefix in known else ""), {}
    if domain and (cloud := _by_domain(domain)):
        return cloud, region or (prefix if prefix in _regions()[cloud] else ""), {}
    wanted = region or prefix
    having = [cloud for cloud, regions in _regions().items() if wanted in regions]
    if _DEFAULT in having or not having:
        return _DEFAULT, region or (prefix if having else ""), {}
    return having[0], wanted, {}


def _by_domain(host: str) -> str:
    fits = [(len(domain), cloud) for cloud, domain in _domains().items() if f".{host}".endswith(f".{domain}")]
    return max(fits)[1] if fits else ""


@cache
def _domains() -> dict[str, str]:
    """Cloud → domain of its hosts."""
    return catalog.domains()


@cache
def _regions() -> dict[str, frozenset[str]]:
    listed = {entry.id: frozenset(region.id for region in entry.regions) for entry in catalog.clouds()}
    return {cloud: listed.get(cloud, frozenset()) for cloud in _domains()}
