"""OS versions that the cloud has taken off its list, and enterprise projects that are closed."""

from __future__ import annotations

import difflib
from pathlib import PurePath

from isowright.cloud.client import Cloud
from isowright.cloud.models import OsVersion
from isowright.iso.propose import propose_by_name
from isowright.names import parts_of
from isowright.recipe import DEFAULT_ENTERPRISE_PROJECT, Recipe
from isowright.stored.gone import Gone, Lists


async def look(lists: Lists, recipe: Recipe) -> list[Gone]:
    """In the page's order."""
    found = [await _os_version(lists, recipe), await _enterprise_project(lists, recipe)]
    return [one for one in found if one is not None]


async def _os_version(lists: Lists, recipe: Recipe) -> Gone | None:
    old = recipe.image.os_version
    versions = await lists.known("os_versions", lambda cloud: cloud.ims.os_versions())
    own = await lists.known("own OS list", _own_list)  # a table of ours cannot know what is gone
    if not old or not versions or not own or any(one.os_version == old for one in versions):
        return None
    best = _closest(recipe, versions)
    remedy = f"Take “{best.os_version}”." if best else "Choose the one that the ISO installs from the cloud's list."
    return Gone(
        step="image",
        field="os_version",
        what="OS version",
        value=old,
        why=f"This cloud does not know “{old}” any more.",
        better=best.os_version if best else "",
        because="the closest of its list" if best else "",
        remedy=remedy,
        change={"os_version": best.os_version, "os_type": _kind(best)} if best else {"os_version": ""},
    )


async def _own_list(cloud: Cloud) -> bool:
    return cloud.ims.own_os_list


def _closest(recipe: Recipe, versions: list[OsVersion]) -> OsVersion | None:
    """What the ISO's name tells, if it is the same system; else the same system with the most similar version."""
    old, iso = recipe.image.os_version, recipe.iso
    system = parts_of(old)[0]
    told = propose_by_name(PurePath(iso.path).name if iso.path else iso.key, versions)
    if told is not None and parts_of(told.os_version)[0] == system:
        return told
    same = [one for one in versions if parts_of(one.os_version)[0] == system]
    return max(same, key=lambda one: difflib.SequenceMatcher(None, old, one.os_version).ratio(), default=None)


def _kind(version: OsVersion) -> str:
    return version.os_type if version.os_type in ("Linux", "Windows") else "Other"


async def _enterprise_project(lists: Lists, recipe: Recipe) -> Gone | None:
    old = recipe.image.enterprise_project_id
    if old == DEFAULT_ENTERPRISE_PROJECT:
        return None
    projects = await lists.known("enterprise_projects", lambda cloud: cloud.eps.projects())
    if not projects or any(one.id == old for one in projects):  # [] is what a cloud without the service answers
        return None
    default = next((one.name for one in projects if one.id == DEFAULT_ENTERPRISE_PROJECT), "default")
    return Gone(
        step="image",
        field="enterprise_project_id",
        what="Enterprise project",
        value=old,
        why=f"The enterprise project {old} does not exist any more, or is disabled.",
        better=default,
        because="every account has it",
        remedy=f"Take the default one ({DEFAULT_ENTERPRISE_PROJECT}), or the ID of another.",
        change={"enterprise_project_id": DEFAULT_ENTERPRISE_PROJECT},
    )
