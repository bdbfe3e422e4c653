"""The ISO is there, in this region, of standard class, of a legal size (IMG.0057, IMG.0058, IMG.0059)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from isowright.checks.check import FINE, Answer, Check
from isowright.cloud.client import Cloud
from isowright.cloud.models import BucketInfo, ObjectInfo
from isowright.errors import NotFoundError
from isowright.recipe import MAX_ISO_BYTES, Recipe
from isowright.unattended import prepare


def _trouble(recipe: Recipe, bucket: BucketInfo, found: ObjectInfo | None) -> str:
    """What stops the image service from reading the object, or ""."""
    iso = recipe.iso
    if bucket.region and bucket.region != recipe.account.region:
        return f"The bucket {iso.bucket} is in {bucket.region}, not in {recipe.account.region}."
    if found is None:
        return f"{iso.key} is not in the bucket {iso.bucket} any more."
    reasons = (
        (found.size == 0, f"{iso.key} is empty."),
        (found.size > MAX_ISO_BYTES, f"{iso.key} is larger than 128 GB, the image service's limit."),
        (
            {found.storage_class, bucket.storage_class} != {"STANDARD"},
            "The image service reads objects and buckets of the Standard class only.",
        ),
        (
            found.encrypted == "sse-c",
            f"{iso.key} is encrypted with a key of its own, which the image service lacks.",
        ),
    )
    return next((why for applies, why in reasons if applies), "")


async def _look(cloud: Cloud, recipe: Recipe) -> Answer:
    iso = recipe.iso
    try:
        bucket = await cloud.obs.bucket(iso.bucket)
    except NotFoundError:
        return Answer(
            "must-fix",
            f"The bucket {iso.bucket} does not exist any more.",
            "Choose another bucket",
            "step:iso.bucket",
        )
    if iso.path:
        return await _look_at_file(cloud, recipe, bucket)
    # A bucket of another region answers only there; asking it for the object would be a second error.
    near = not bucket.region or bucket.region == recipe.account.region
    found = await cloud.obs.head(iso.bucket, iso.key) if near else None
    trouble = _trouble(recipe, bucket, found)
    return Answer("must-fix", trouble, "Choose another ISO", "step:iso.key") if trouble else FINE


async def _look_at_file(cloud: Cloud, recipe: Recipe, bucket: BucketInfo) -> Answer:
    """A file of this computer that is still to become the object."""
    iso = recipe.iso
    path = Path(iso.path)
    try:
        size = (await asyncio.to_thread(path.stat)).st_size
    except (OSError, ValueError):
        return Answer("must-fix", f"{path} is not there, or cannot be read.", "Choose another ISO", "step:iso.path")
    planned = ObjectInfo(iso.key, size, storage_class=bucket.storage_class)
    if trouble := _trouble(recipe, bucket, planned):
        return Answer("must-fix", trouble, "Choose another bucket", "step:iso.bucket")
    if iso.answers:
        looked = (await asyncio.to_thread(prepare.look, path, Path(iso.answers)))[1]
        if looked.remarks:
            worry = looked.remarks[0]
            return Answer("look", f"The answer file: {worry.title} {worry.detail}", worry.remedy, "step:iso.answers")
    there = await cloud.obs.head(iso.bucket, iso.key)
    if there is not None and there.size != size and "isowright-run" not in there.meta:
        why = f"{iso.bucket} has another object of the name {iso.key}, which is not replaced."
        return Answer("must-fix", why, "Choose another object name", "step:iso.key")
    return FINE


CHECK = Check("iso-object", "ISO is readable by the image service", _look, order=30)
