"""What differs between two profiles, field by field, for people and for programs. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from isowright.flow import cloud_title, size_text
from isowright.profiles import SINGLE_RUN
from isowright.recipe import Account, AfterSpec, ImageSpec, IsoSource, NetworkSpec, Recipe, ServerSpec, Step

_LABELS: dict[str, dict[str, str]] = {
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
        "answers": "Answer file",
    },
    "image": {
        "name": "Name",
        "description": "Description",
        "os_type": "OS type",
        "os_version": "OS version",
        "min_disk": "Minimum disk",
        "tags": "Tag",
        "enterprise_project_id": "Enterprise project",
        "firmware": "Firmware",
    },
    "server": {
        "availability_zone": "Availability zone",
        "flavor_id": "Flavor",
        "flavor_note": "Flavor's size",
        "volume_type": "Disk type",
        "system_disk": "System disk",
        "data_disk": "Data disk",
        "auto_delete_hours": "Delete by itself",
        "next_flavor": "Take the next flavor if sold out",
    },
    "network": {
        "make": "Network of the run's own",
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
    "after": {
        "test_boot": "Test boot",
        "tags": "Tag of the image",
        "min_ram": "Least memory",
        "max_ram": "Most memory",
        "share_with": "Share with",
        "copy_region": "Copy to region",
        "copy_project": "Project of the copy",
        "copy_agency": "Agency of the copy",
        "copy_name": "Name of the copy",
        "export_bucket": "Export to bucket",
        "export_key": "Exported object",
        "export_format": "Format of the export",
    },
}
_SPECIAL: dict[tuple[str, Any], str] = {
    ("method", "access_key"): "access key",
    ("method", "temporary_key"): "temporary key",
    ("enterprise_project_id", "0"): "default",
    ("auto_delete_hours", 0): "never",
    ("firmware", "bios"): "BIOS",
    ("firmware", "uefi"): "UEFI",
    ("test_boot", "log"): "by the console's log",
    ("test_boot", "look"): "the operator looks",
}
_TEXTS: dict[str, Callable[[Any], str]] = {"cloud": cloud_title, "size": size_text}
_UNITS = {
    "min_disk": "{} GB",
    "system_disk": "{} GB",
    "data_disk": "{} GB",
    "limit": "{:g} MB/s",
    "auto_delete_hours": "after {} h",
    "public_ip_mbit": "{} Mbit/s",
    "min_ram": "{} MB",
    "max_ram": "{} MB",
}
# (step it is asked on, part of the recipe, its type)
_PARTS: tuple[tuple[Step, str, type[msgspec.Struct]], ...] = (
    ("account", "account", Account),
    ("iso", "iso", IsoSource),
    ("image", "image", ImageSpec),
    ("server", "server", ServerSpec),
    ("network", "network", NetworkSpec),
    ("image", "after", AfterSpec),
)


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
    """In the order of the recipe's parts and fields; [] if both say the same."""
    found: list[Difference] = []
    for step, part, kind in _PARTS:
        one, other = getattr(first, part), getattr(second, part)
        for field in kind.__struct_fields__:
            a, b = getattr(one, field), getattr(other, field)
            if a == b or (part, field) in SINGLE_RUN:
                continue
            label = _LABELS[part].get(field, field)
            if isinstance(a, dict):
                keys = sorted(key for key in {*a, *b} if a.get(key) != b.get(key))
                found += [_one(step, f"{part}.{field}.{key}", f"{label} {key}", a.get(key), b.get(key)) for key in keys]
            else:
                found.append(_one(step, f"{part}.{field}", label, a, b))
    return found


def _one(step: Step, field: str, label: str, first: Any, second: Any) -> Difference:
    name = field.split(".")[1]
    words = (_words(name, first), _words(name, second))
    return Difference(step, field, label, first, second, words)


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
