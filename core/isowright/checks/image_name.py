"""The image's name is free (names are unique in a project: IMG.0009)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from datetime import datetime

from msgspec.structs import replace

from isowright import names
from isowright.checks._remedies import Remedy, go, use
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, must_fix
from isowright.recipe import Recipe, image_name_problem

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


def free_pattern(recipe: Recipe, taken: Collection[str], now: datetime) -> Recipe | None:
    """The recipe of a name with variables, with another one: the time added, else the next number. So the name stays a
    pattern, and the next run has another. None where that would not help, or be too long. Pure."""
    pattern = recipe.image.name_pattern
    if not pattern:
        return None
    ends = ["-{time}"] if "{time}" not in pattern else []
    for end in (*ends, *(f"-{number}" for number in range(2, 100))):
        image = replace(recipe.image, name=pattern + end, name_pattern="")
        found = names.filled(replace(recipe, image=image), now)
        if found.image.name not in taken:
            return None if image_name_problem(found.image.name) else found
    return None


def _another(scene: Scene, taken: Collection[str]) -> Remedy:
    image = scene.recipe.image
    if (found := free_pattern(scene.recipe, taken, scene.day)) is not None:
        pattern = found.image.name_pattern or found.image.name
        return use(f"Name it {pattern}", image__name=pattern)
    other = free_name(image.name, taken)
    return use(f"Name it {other}", image__name=other)


async def _look(scene: Scene) -> Answer:
    name = scene.recipe.image.name
    if not await scene.images_named(name):
        return FINE
    taken = {image.name for image in await scene.cloud.ims.images()}
    return must_fix(
        f"An image named “{name}” exists in this project.",
        _another(scene, taken),
        go("Choose another name", "image.name"),
    )


CHECK = Check("image-name", "Name is free", _look, order=20)
