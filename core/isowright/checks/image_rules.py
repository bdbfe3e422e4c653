"""The cloud takes such an image: not every one takes Windows, or a small minimum disk (IMG.0055)."""

from __future__ import annotations

from isowright.checks.check import FINE, Answer, Check
from isowright.cloud.client import Cloud
from isowright.recipe import Recipe


async def _look(cloud: Cloud, recipe: Recipe) -> Answer:
    traits = cloud.traits
    if recipe.image.min_disk < traits.min_disk:
        return Answer(
            "must-fix",
            f"This cloud takes no minimum disk below {traits.min_disk} GB.",
            "Enlarge the minimum disk",
            "step:image.min_disk",
        )
    if recipe.image.os_type == "Windows" and not traits.windows:
        return Answer(
            "look",
            "This cloud takes no new Windows images since 2024, as it has announced: it may refuse the ISO.",
            "Review the OS",
            "step:image.os_version",
        )
    return FINE


CHECK = Check("image-rules", "Image is allowed here", _look, order=45)
