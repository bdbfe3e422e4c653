"""The OS version is one that the cloud knows, to the letter (IMG.0166)."""

from __future__ import annotations

from isowright.checks.check import FINE, Answer, Check
from isowright.cloud.client import Cloud
from isowright.errors import NotFoundError
from isowright.recipe import Recipe


async def _look(cloud: Cloud, recipe: Recipe) -> Answer:
    try:
        known = {version.os_version for version in await cloud.ims.os_versions()}
    except NotFoundError:
        return Answer(
            "look",
            "This cloud does not publish its list of OS versions.",
            "Review the version",
            "step:image.os_version",
        )
    if not known or recipe.image.os_version in known:
        return FINE
    return Answer(
        "must-fix",
        f"This cloud does not know “{recipe.image.os_version}”.",
        "Choose another version",
        "step:image.os_version",
    )


CHECK = Check("os-version", "OS version is known", _look, order=40)
