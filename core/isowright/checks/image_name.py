"""The image's name is free (names are unique in a project: IMG.0009)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection

from isowright.checks._remedies import go, use
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, must_fix

_LONGEST = 128


def free_name(name: str, taken: Collection[str]) -> str:
    """`name` with the next number that nobody has ("web" → "web-2", "web-2" → "web-3"), legal if `name` is. Pure."""
    match = re.fullmatch(r"(.*)-([2-9]|[1-9]\d{1,3})", name)
    stem, first = (match[1], int(match[2]) + 1) if match and match[1].strip() else (name, 2)
    for number in itertools.count(first):
        tail = f"-{number}"
        found = stem[: _LONGEST - len(tail)] + tail
        if found not in taken:
            return found
    raise AssertionError("numbers do not end")


async def _look(scene: Scene) -> Answer:
    name = scene.recipe.image.name
    if not await scene.images_named(name):
        return FINE
    taken = {image.name for image in await scene.cloud.ims.images()}
    other = free_name(name, taken)
    return must_fix(
        f"An image named “{name}” exists in this project.",
        use(f"Name it {other}", image__name=other),
        go("Choose another name", "image.name"),
    )


CHECK = Check("image-name", "Name is free", _look, order=20)
