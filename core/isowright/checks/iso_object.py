"""The ISO is there, in this region, of standard class, of a legal size (IMG.0057, IMG.0058, IMG.0059)."""

from __future__ import annotations

from isowright.checks.check import FINE, Answer, Check
from isowright.cloud.client import Cloud
from isowright.cloud.models import BucketInfo, ObjectInfo
from isowright.errors import NotFoundError
from isowright.recipe import MAX_ISO_BYTES, Recipe


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
    # A bucket of another region answers only there; asking it for the object would be a second error.
    near = not bucket.region or bucket.region == recipe.account.region
    found = await cloud.obs.head(iso.bucket, iso.key) if near else None
    trouble = _trouble(recipe, bucket, found)
    return Answer("must-fix", trouble, "Choose another ISO", "step:iso.key") if trouble else FINE


CHECK = Check("iso-object", "ISO is readable by the image service", _look, order=30)
