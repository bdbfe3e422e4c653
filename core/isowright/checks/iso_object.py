"""The ISO is there, in this region, of standard class, of a legal size (IMG.0057, IMG.0058, IMG.0059)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from isowright.checks._remedies import go
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, look_at, must_fix
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


async def _look(scene: Scene) -> Answer:
    recipe, obs = scene.recipe, scene.cloud.obs
    iso = recipe.iso
    if scene.made & {"iso-image", "image"}:
        return FINE  # it has been read
    try:
        bucket = await obs.bucket(iso.bucket)
    except NotFoundError:
        return must_fix(f"The bucket {iso.bucket} does not exist any more.", go("Choose another bucket", "iso.bucket"))
    if iso.path:
        return await _look_at_file(scene, bucket)
    # A bucket of another region answers only there; asking it for the object would be a second error.
    near = not bucket.region or bucket.region == recipe.account.region
    found = await obs.head(iso.bucket, iso.key) if near else None
    trouble = _trouble(recipe, bucket, found)
    return must_fix(trouble, go("Choose another ISO", "iso.key")) if trouble else FINE


async def _look_at_file(scene: Scene, bucket: BucketInfo) -> Answer:
    """A file of this computer that is still to become the object."""
    iso = scene.recipe.iso
    path = Path(iso.path)
    try:
        size = (await asyncio.to_thread(path.stat)).st_size
    except (OSError, ValueError):
        return must_fix(f"{path} is not there, or cannot be read.", go("Choose another ISO", "iso.path"))
    planned = ObjectInfo(iso.key, size, storage_class=bucket.storage_class)
    if trouble := _trouble(scene.recipe, bucket, planned):
        return must_fix(trouble, go("Choose another bucket", "iso.bucket"))
    if iso.answers:
        looked = (await asyncio.to_thread(prepare.look, path, Path(iso.answers)))[1]
        if looked.remarks:
            worry = looked.remarks[0]
            why = f"The answer file: {worry.title} {worry.detail}"
            return look_at(why, go("Choose other answers", "iso.answers"), advice=worry.remedy)
    there = await scene.cloud.obs.head(iso.bucket, iso.key)
    if there is not None and there.size != size and "isowright-run" not in there.meta:
        why = f"{iso.bucket} has another object of the name {iso.key}, which is not replaced."
        return must_fix(why, go("Choose another object name", "iso.key"))
    return FINE


CHECK = Check("iso-object", "ISO is readable by the image service", _look, order=30)
