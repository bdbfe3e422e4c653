"""Two image slots: one for the ISO image, one for the result (IMG.0015 comes only after the request)."""

from __future__ import annotations

from isowright.checks._remedies import AGAIN, LEFTOVERS, open_page
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, must_fix


async def _look(scene: Scene) -> Answer:
    quota = await scene.cloud.ims.quota()
    free = quota.quota - quota.used
    need = 0 if "image" in scene.made else 1 if "iso-image" in scene.made else 2
    if quota.quota < 0 or free >= need:
        return FINE
    places = "2 free places" if need == 2 else "1 free place"
    return must_fix(
        f"{quota.used} of {quota.quota} private images exist in this project; this needs {places}.",
        LEFTOVERS,
        *open_page("Open the console", scene.console("quota")),
        AGAIN,
        advice="Delete an image that nobody needs, or ask for a higher quota, then check again.",
    )


CHECK = Check("image-quota", "Image quota", _look, order=10)
