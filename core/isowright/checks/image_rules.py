"""The cloud takes such an image: not every one takes Windows, or a small minimum disk (IMG.0055)."""

from __future__ import annotations

from isowright.checks._remedies import go, use
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, look_at, must_fix


async def _look(scene: Scene) -> Answer:
    traits, image, server = scene.cloud.traits, scene.recipe.image, scene.recipe.server
    least = traits.min_disk
    if image.min_disk < least:
        return must_fix(
            f"This cloud takes no minimum disk below {least} GB.",
            use(
                f"Use {least} GB",
                image__min_disk=least,
                server__system_disk=max(least, server.system_disk),
                server__data_disk=max(least, server.data_disk),
            ),
            go("Enlarge the minimum disk", "image.min_disk"),
        )
    if image.os_type == "Windows" and not traits.windows:
        return look_at(
            "This cloud takes no new Windows images since 2024, as it has announced: it may refuse the ISO.",
            go("Review the OS", "image.os_version"),
        )
    return FINE


CHECK = Check("image-rules", "Image is allowed here", _look, order=45)
