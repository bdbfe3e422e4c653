"""What would be refused of the last stages, said before anything is made. Pure.

Source: IMS API reference, "Replicating an Image Across Regions" (another region, 128 GB, 300 GB in four regions, an
agency), "Exporting an Image" (beyond 128 GB quick export only, 1 TB), "Adding Image Sharing Members"; notices that
Windows images are no longer shared and copied on Huawei Cloud's own sites.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from isowright import names
from isowright.recipe import MAX_TAGS, AfterSpec, Problem, Recipe, image_name_problem, tag_problem

_PROJECT = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{7,63}")
_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_QUICK_FROM = 128  # GB; also the most that is copied to another region
_WIDE_REGIONS = ("cn-south-1", "cn-east-3", "cn-east-2", "cn-north-4")
_WIDE = 300  # GB
_MOST_PROJECTS = 50
_MOST_RAM = 4 * 1024 * 1024  # MB

# Stage → the answers that ask for it.
LAST_STAGES = {
    "test-boot": ("test_boot",),
    "set-properties": ("tags", "min_ram", "max_ram"),
    "share-image": ("share_with",),
    "copy-image": ("copy_region", "copy_project", "copy_agency", "copy_name"),
    "export-image": ("export_bucket", "export_key", "export_format"),
}


def do_without(recipe: Recipe, stages: Iterable[str]) -> Recipe:
    """The recipe without these of LAST_STAGES."""
    blank = {name: getattr(AfterSpec(), name) for stage in stages for name in LAST_STAGES[stage]}
    return replace(recipe, after=replace(recipe.after, **blank))


def after_problems(recipe: Recipe) -> list[Problem]:
    """Of `recipe.after`, in the order of its fields."""
    return _set(recipe) + _share(recipe) + _copy(recipe) + _export(recipe)


def _problem(field: str, message: str, remedy: str) -> Problem:
    return Problem("image", f"after.{field}", message, remedy)


def _set(recipe: Recipe) -> list[Problem]:
    after = recipe.after
    found = [_problem("tags", *bad) for key, value in after.tags.items() if (bad := tag_problem(key, value))]
    if after.tags and len({**recipe.image.tags, **after.tags}) > MAX_TAGS:
        found.append(
            _problem("tags", f"Together with its first tags the image has more than {MAX_TAGS}.", "Remove some.")
        )
    for field, value in (("min_ram", after.min_ram), ("max_ram", after.max_ram)):
        if not 0 <= value <= _MOST_RAM:
            found.append(_problem(field, "The memory is out of range.", "Enter MB, or 0 to leave it open."))
    if after.max_ram and after.min_ram > after.max_ram:
        found.append(
            _problem(
                "max_ram", "The most memory is less than the least.", "Enter as many MB at least, or 0 for no limit."
            )
        )
    return found


def _share(recipe: Recipe) -> list[Problem]:
    projects = recipe.after.share_with
    if not projects:
        return []
    if _no_windows(recipe):
        return [_problem("share_with", "This cloud no longer shares Windows images.", "Take the projects out.")]
    found = [
        _problem(
            "share_with",
            f"“{project}” is not a project's id.",
            "Ask the other account for the id: 32 digits and letters.",
        )
        for project in projects
        if not _PROJECT.fullmatch(project)
    ]
    if recipe.account.project_id in projects:
        found.append(_problem("share_with", "One of the projects is this one, which has the image.", "Take it out."))
    if len(set(projects)) < len(projects):
        found.append(_problem("share_with", "A project is named twice.", "Take one of them out."))
    if len(projects) > _MOST_PROJECTS:
        found.append(
            _problem("share_with", f"These are more than {_MOST_PROJECTS} projects.", "Share with the rest later.")
        )
    return found


def _copy(recipe: Recipe) -> list[Problem]:
    after = recipe.after
    if not after.copies:
        return []
    found: list[Problem] = []
    if not _REGION.fullmatch(after.copy_region):
        found.append(_problem("copy_region", "No region to copy to is given.", "Give its id, such as eu-west-101."))
    elif after.copy_region == recipe.account.region:
        found.append(
            _problem(
                "copy_region", "The image is made in this very region; it is copied to others only.", "Choose another."
            )
        )
    if not after.copy_agency:
        found.append(
            _problem(
                "copy_agency",
                "No agency is given that lets the image service write into the other region.",
                "Create one in the cloud's console (IAM, Agencies: cloud service IMS), and give its name.",
            )
        )
    if after.copy_name and (bad := names.after_problem(after.copy_name) or image_name_problem(names.copy_name(recipe))):
        found.append(_problem("copy_name", *bad))
    if _no_windows(recipe):
        found.append(_problem("copy_region", "This cloud no longer copies Windows images.", "Do without the copy."))
    wide = {recipe.account.region, after.copy_region} <= set(_WIDE_REGIONS)
    most = _WIDE if wide else _QUICK_FROM
    if recipe.server.data_disk > most:
        found.append(
            _problem(
                "copy_region",
                f"The image is of {recipe.server.data_disk} GB; at most {most} GB are copied to another region.",
                "Choose a smaller data disk on the Server page, or do without the copy.",
            )
        )
    return found


def _export(recipe: Recipe) -> list[Problem]:
    after = recipe.after
    if not after.exports:
        return []
    found: list[Problem] = []
    if not _BUCKET.fullmatch(after.export_bucket):
        found.append(
            _problem("export_bucket", "No bucket to export to is given.", "Give the name of one in this region.")
        )
    key = names.export_key(recipe)
    if not key:
        found.append(_problem("export_key", "The exported file has no name.", "Name it, such as images/golden.qcow2."))
    elif bad := names.after_problem(after.export_key):
        found.append(_problem("export_key", *bad))
    elif re.search(r"[\s:]", key) or len(key) > 1000:
        found.append(
            _problem(
                "export_key", "The exported file's name is too long, or holds a space or a colon.", "Use - instead."
            )
        )
    elif (after.export_bucket, key) == (recipe.iso.bucket, recipe.iso.key):
        found.append(_problem("export_key", "This is the ISO itself.", "Give the exported file a name of its own."))
    if after.export_format and recipe.server.data_disk > _QUICK_FROM:
        found.append(
            _problem(
                "export_format",
                f"The image is of {recipe.server.data_disk} GB; beyond {_QUICK_FROM} GB the cloud exports without "
                "conversion only.",
                "Choose the quick export, or a smaller data disk on the Server page.",
            )
        )
    return found


def _no_windows(recipe: Recipe) -> bool:
    from isowright.cloud.catalog import traits  # it needs the types of recipe

    return recipe.image.os_type == "Windows" and bool(recipe.account.cloud) and not traits(recipe.account).windows
