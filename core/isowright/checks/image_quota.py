"""Two image slots: one for the ISO image, one for the result (IMG.0015 comes only after the request)."""

from __future__ import annotations

from isowright.checks.check import FINE, Answer, Check
from isowright.cloud.client import Cloud
from isowright.recipe import Recipe


async def _look(cloud: Cloud, _recipe: Recipe) -> Answer:
    quota = await cloud.ims.quota()
    free = quota.quota - quota.used
    if quota.quota < 0 or free >= 2:
        return FINE
    return Answer(
        "must-fix",
        f"{quota.used} of {quota.quota} private images exist in this project; this needs 2 free places.",
        "Delete an image that nobody needs, or ask for a higher quota, then check again.",
        "retry",
    )


CHECK = Check("image-quota", "Image quota", _look, order=10)
