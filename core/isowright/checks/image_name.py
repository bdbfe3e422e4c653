"""The image's name is free (names are unique in a project: IMG.0009)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from datetime import datetime

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


def free_pattern(recipe: Recipe, taken: Collection[str], now: datetime) -> str:
    """The recipe's name with variables, with the next number after it, as the Image page offers it: it stays a pattern.
    "" where there are no variables, or that would be too long. Pure."""
    pattern = recipe.image.name
    if not names.has_variables(pattern):
        return ""
    name = names.fill(pattern, recipe, now)
    tail = next(end for end in map("-{}".format, itertools.count(2)) if name + end not in taken)
    return "" if image_name_problem(name + tail) else pattern + tail


def _another(scene: Scene, taken: Collection[str]) -> Remedy:
    other = free_pattern(scene.given, taken, scene.day) or free_name(scene.recipe.image.name, taken)
    return use(f"Name it {other}", image__name=other)


async def _look(scene: Scene) -> Answer:
    name = scene.recipe.image.name
    if "image" in scene.made or not await scene.images_named(name):
        return FINE
    taken = {image.name for image in await scene.cloud.ims.images()}
    return must_fix(
        f"An image named “{name}” exists in this project.",
        _another(scene, taken),
        go("Choose another name", "image.name"),
    )


CHECK = Check("image-name", "Name is free", _look, order=20)
