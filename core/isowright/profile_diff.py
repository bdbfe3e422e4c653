"""What differs between two profiles, field by field, for people and for programs. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from isowright.flow import ANSWERED, cloud_title, size_text
from isowright.profiles import SINGLE_RUN
from isowright.recipe import Account, ImageSpec, IsoSource, NetworkSpec, Recipe, ServerSpec, Step

_LABELS: dict[Step, dict[str, str]] = {
    "account": {
        "cloud": "Cloud",
        "region": "Region",
        "method": "Sign in with",
        "domain": "Account name",
        "user": "User",
        "user_id": "User ID",
        "access_key": "Access key",
        "project_id": "Project ID",
        "project_name": "Project",
        "endpoints": "Endpoint",
        "like": "Kind of cloud",
        "proxy": "Proxy",
        "proxy_user": "Proxy user",
        "ca_file": "CA file",
        "keep_secret": "Keep in the keyring",
    },
    "iso": {
        "bucket": "Bucket",
        "key": "Object",
        "size": "Size",
        "delete_object": "Delete the object",
        "path": "File",
        "sha256": "SHA-256",
        "limit": "Upload limit",
    },
    "image": {
        "name": "Name",
        "description": "Description",
        "os_type": "OS type",
        "os_version": "OS version",
        "min_disk": "Minimum disk",
        "tags": "Tag",
        "enterprise_project_id": "Enterprise project",
    },
    "server": {
        "availability_zone": "Availability zone",
        "flavor_id": "Flavor",
        "flavor_note": "Flavor's size",
        "volume_type": "Disk type",
        "system_disk": "System disk",
        "data_disk": "Data disk",
        "auto_delete_hours": "Delete by itself",
    },
    "network": {
        "vpc_id": "VPC ID",
        "vpc_name": "VPC",
        "subnet_id": "Subnet ID",
        "subnet_name": "Subnet",
        "security_group_ids": "Security group IDs",
        "security_group_names": "Security groups",
        "public_ip": "Public IP",
        "public_ip_type": "Kind of public IP",
        "public_ip_mbit": "Bandwidth",
    },
}
_SPECIAL: dict[tuple[str, Any], str] = {
    ("method", "access_key"): "access key",
    ("method", "temporary_key"): "temporary key",
    ("enterprise_project_id", "0"): "default",
    ("auto_delete_hours", 0): "never",
}
_TEXTS: dict[str, Callable[[Any], str]] = {"cloud": cloud_title, "size": size_text}
_UNITS = {
    "min_disk": "{} GB",
    "system_disk": "{} GB",
    "data_disk": "{} GB",
    "limit": "{:g} MB/s",
    "auto_delete_hours": "after {} h",
    "public_ip_mbit": "{} Mbit/s",
}
_PARTS: tuple[type[msgspec.Struct], ...] = (Account, IsoSource, ImageSpec, ServerSpec, NetworkSpec)


class Difference(msgspec.Struct, frozen=True):
    """One answer that differs. field: its name in a profile ("server.flavor_id", "image.tags.team"), label: for people.

    first, second: the values, None where a tag or endpoint is missing. words: how people read them, "" = no answer."""

    step: Step
    field: str
    label: str
    first: Any
    second: Any
    words: tuple[str, str]


def diff(first: Recipe, second: Recipe) -> list[Difference]:
    """In the order of steps and fields; [] if both say the same."""
    found: list[Difference] = []
    for step, kind in zip(ANSWERED, _PARTS, strict=True):
        one, other = getattr(first, step), getattr(second, step)
        for field in kind.__struct_fields__:
            a, b = getattr(one, field), getattr(other, field)
            if a == b or (step, field) in SINGLE_RUN:
                continue
            label = _LABELS[step].get(field, field)
            if isinstance(a, dict):
                keys = sorted(key for key in {*a, *b} if a.get(key) != b.get(key))
                found += [_one(step, f"{field}.{key}", f"{label} {key}", a.get(key), b.get(key)) for key in keys]
            else:
                found.append(_one(step, field, label, a, b))
    return found


def _one(step: Step, field: str, label: str, first: Any, second: Any) -> Difference:
    words = (_words(field, first), _words(field, second))
    return Difference(step, f"{step}.{field}", label, first, second, words)


def _words(field: str, value: Any) -> str:
    if value in (None, "", ()) or (field == "limit" and not value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value)
    if (field, value) in _SPECIAL:
        return _SPECIAL[field, value]
    if field in _TEXTS:
        return _TEXTS[field](value)
    return _UNITS.get(field, "{}").format(value)
