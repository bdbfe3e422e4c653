"""The ISO is there, in this region, of standard class, of a legal size (IMG.0057, IMG.0058, IMG.0059)."""

from __future__ import annotations

from isowright.checks.check import FINE, Answer, Check
from isowright.cloud.client import Cloud
from isowright.recipe import MAX_ISO_BYTES, Recipe


async def _look(cloud: Cloud, recipe: Recipe) -> Answer:
    iso = recipe.iso
    choose = ("Choose another ISO", "step:iso.key")
    bucket = await cloud.obs.bucket(iso.bucket)
    if bucket.region and bucket.region != recipe.account.region:
        return Answer(
            "must-fix", f"The bucket {iso.bucket} is in {bucket.region}, not in {recipe.account.region}.", *choose
        )
    found = await cloud.obs.head(iso.bucket, iso.key)
    if found is None:
        return Answer("must-fix", f"{iso.key} is not in the bucket {iso.bucket} any more.", *choose)
    if found.size == 0:
        return Answer("must-fix", f"{iso.key} is empty.", *choose)
    if found.size > MAX_ISO_BYTES:
        return Answer("must-fix", f"{iso.key} is larger than 128 GB, the image service's limit.", *choose)
    if found.storage_class != "STANDARD" or bucket.storage_class != "STANDARD":
        return Answer("must-fix", "The image service reads objects and buckets of the Standard class only.", *choose)
    if found.encrypted == "sse-c":
        return Answer(
            "must-fix", f"{iso.key} is encrypted with a key of its own, which the image service lacks.", *choose
        )
    return FINE


CHECK = Check("iso-object", "ISO is readable by the image service", _look, order=30)
