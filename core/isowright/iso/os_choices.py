"""The OS versions offered for an ISO: of the chosen type and of its architecture, the proposed one on top. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from isowright.cloud.models import OsVersion

_ARM = re.compile(r"\b(?:arm|arm64|aarch64)\b", re.IGNORECASE)


def choices(
    versions: Iterable[OsVersion], os_type: str, *, architecture: str = "", proposed: str = "", kept: str = ""
) -> list[OsVersion]:
    """In the cloud's order. architecture: as the inspection tells it, "" = not known: x86, of any width. proposed: put
    first. kept: an answer that stays in the list even if it does not fit."""
    found = [
        version
        for version in versions
        if version.os_version == kept or (_of_type(version, os_type) and _of_architecture(version, architecture))
    ]
    return sorted(found, key=lambda version: version.os_version != proposed)


def _of_type(version: OsVersion, os_type: str) -> bool:
    if os_type == "Other":
        return version.platform == "Other" or version.os_type == "Other"
    return version.os_type == os_type


def _of_architecture(version: OsVersion, architecture: str) -> bool:
    """The clouds tell ARM by the name alone ("EulerOS 2.8 64bit with ARM")."""
    arm = bool(_ARM.search(version.os_version))
    if architecture in ("aarch64", "arm64", "arm"):
        return arm
    return not arm and (architecture != "x86_64" or version.os_bit != 32)
