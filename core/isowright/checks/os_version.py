"""The OS version is one that the cloud knows, to the letter (IMG.0166)."""

from __future__ import annotations

from isowright.checks.check import FINE, Answer, Check
from isowright.cloud.client import Cloud
from isowright.recipe import Recipe

_VERSION = "step:image.os_version"


async def _look(cloud: Cloud, recipe: Recipe) -> Answer:
    known = {version.os_version for version in await cloud.ims.os_versions()}
    if recipe.image.os_version in known:
        return FINE
    if not cloud.ims.own_os_list:
        why = "This cloud does not publish its list of OS versions, and the documented ones do not name this one."
        return Answer("look", why, "Review the version", _VERSION)
    why = f"This cloud does not know “{recipe.image.os_version}”."
    return Answer("must-fix", why, "Choose another version", _VERSION)


CHECK = Check("os-version", "OS version is known", _look, order=40)
