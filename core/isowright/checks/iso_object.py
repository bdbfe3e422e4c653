"""The ISO is there, in this region, of standard class, of a legal size (IMG.0057, IMG.0058, IMG.0059)."""

from __future__ import annotations

from isowright.checks.check import FINE, Answer, Check
from isowright.cloud.client import Cloud
from isowright.cloud.models import BucketInfo, ObjectInfo
from isowright.recipe import MAX_ISO_BYTES, Recipe


def _trouble(recipe: Recipe, bucket: BucketInfo, found: ObjectInfo | None) -> str:
    """What stops the image service from reading the object, or ""."""
    iso = recipe.iso
    if bucket.region and bucket.region != recipe.account.region:
        return f"The bucket {iso.bucket} is in {bucket.region}, not in {recipe.account.region}."
    if found is None:
        return f"{iso.key} is not in the bucket {iso.bucket} any more."
    if found.size == 0:
        return f"{iso.key} is empty."
    if found.size > MAX_ISO_BYTES:
        return f"{iso.key} is larger than 128 GB, the image service's limit."
    if found.storage_class != "STANDARD" or bucket.storage_class != "STANDARD":
        return "The image service reads objects and buckets of the Standard class only."
    if found.encrypted == "sse-c":
        return f"{iso.key} is encrypted with a key of its own, which the image service lacks."
    return ""


async def _look(cloud: Cloud, recipe: Recipe) -> Answer:
    bucket = await cloud.obs.bucket(recipe.iso.bucket)
    trouble = _trouble(recipe, bucket, await cloud.obs.head(recipe.iso.bucket, recipe.iso.key))
    return Answer("must-fix", trouble, "Choose another ISO", "step:iso.key") if trouble else FINE


CHECK = Check("iso-object", "ISO is readable by the image service", _look, order=30)
