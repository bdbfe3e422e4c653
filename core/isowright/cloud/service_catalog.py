"""Where a cloud's services are, as the catalogue of a token tells: a better source than any list. Pure.

Source: IAM API reference, token.catalog; the types of services vary between clouds. What cannot be used is left out,
and the hosts of `clouds.toml` stand in for it.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import msgspec

from isowright.cloud.wire import Answer, UnreadableError, decode
from isowright.recipe import CUSTOM, PRACTICE, Account, endpoint_problem

# Service → the types that catalogues have for it, the surest first.
_TYPES = {
    "ims": ("ims", "image", "imagev1", "imagev2"),
    "ecs": ("ecs", "compute", "computev2", "computev2.1"),
    "evs": ("evs", "volumev2", "volumev3", "volume"),
    "vpc": ("vpc", "vpcv1", "network"),
    "obs": ("obs", "object", "object-store"),
    "eps": ("eps",),
}


class _Place(msgspec.Struct):
    url: str
    interface: str = "public"
    region_id: str = ""
    region: str = ""


class _Offer(msgspec.Struct):
    type: str
    endpoints: list[_Place] = []


class _Token(msgspec.Struct):
    catalog: list[_Offer] = []


class _Answer(msgspec.Struct):
    token: _Token


def read_endpoints(answer: Answer, account: Account) -> dict[str, str]:
    """Service → URL without path, for the account's region, from the answer to a token request.

    {} if it tells nothing usable, and for custom endpoints: what somebody has written out is meant, and nobody's answer
    sends a private cloud's tokens elsewhere. The practice cloud's are on this computer, and nobody else's are.
    """
    if account.cloud == CUSTOM:
        return {}
    region = account.region
    try:
        catalog = decode(answer, _Answer).token.catalog
    except UnreadableError:
        return {}
    found: dict[str, str] = {}
    for service, types in _TYPES.items():
        for kind in types:
            places = [place for offer in catalog if offer.type == kind for place in offer.endpoints]
            urls = [
                _base(place.url)
                for place in places
                if place.interface in ("public", "") and (place.region_id or place.region) in (region, "*", "")
            ]
            if usable := next((url for url in urls if url and _is_local(url) is (account.cloud == PRACTICE)), ""):
                found[service] = usable
                break
    return found


def _is_local(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")


def _base(url: str) -> str:
    """ "https://ecs.eu-de.example" of "https://ecs.eu-de.example/v2.1/0123…"; "" if it is no such URL.

    A service's own version and project are part of our paths; any other path would be a way that they do not have.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    base = f"{parts.scheme}://{parts.netloc}"
    first = parts.path.strip("/").partition("/")[0]
    plain = not parts.query and (not first or re.fullmatch(r"v\d+(\.\d+)?", first))
    return base if plain and endpoint_problem(base) is None else ""
