"""The image's name is free (names are unique in a project: IMG.0009)."""

from __future__ import annotations

from isowright.checks.check import FINE, Answer, Check
from isowright.cloud.client import Cloud
from isowright.recipe import Recipe


async def _look(cloud: Cloud, recipe: Recipe) -> Answer:
    if not await cloud.ims.images(name=recipe.image.name):
        return FINE
    return Answer(
        "must-fix",
        f"An image named “{recipe.image.name}” exists in this project.",
        "Choose another name",
        "step:image.name",
    )


CHECK = Check("image-name", "Name is free", _look, order=20)
