"""What a stored answer that no longer exists looks like, and how it is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from isowright.cloud.client import Cloud
from isowright.errors import AppError
from isowright.recipe import Recipe, Step

T = TypeVar("T")
Fetch = Callable[[object, Callable[[Cloud], Awaitable[Any]]], Awaitable[Any]]


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """One stored answer that the cloud does not have any more.

    what: the kind of answer ("Flavor"), value: which one, why: one sentence about it. better: what to take instead,
    "" if nothing is known; because: why that. remedy: one sentence. change: the answers of this step that put the
    better one in place, or take the lost one out.
    """

    step: Step
    field: str
    what: str
    value: str
    why: str
    remedy: str
    change: dict[str, Any]
    better: str = ""
    because: str = ""


class Lists:
    """What the cloud has. `fetch(key, get)` may remember answers; its keys are those of the wizard's pages."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def known(self, key: object, get: Callable[[Cloud], Awaitable[T]]) -> T | None:
        """None = nobody knows: not allowed, or no answer. Then nothing is said to be gone."""
        try:
            found: T = await self._fetch(key, get)
        except AppError:
            return None
        return found


def apply(recipe: Recipe, gone: Iterable[Gone]) -> Recipe:
    """The recipe with what is better in the place of what is gone."""
    for one in gone:
        recipe = replace(recipe, **{one.step: replace(getattr(recipe, one.step), **one.change)})
    return recipe


_BELONG = {  # what goes with it
    "availability_zone": ("flavor_id", "flavor_note", "volume_type"),
    "flavor_id": ("flavor_note",),
    "vpc_id": ("vpc_name", "subnet_id", "subnet_name"),
    "subnet_id": ("subnet_name",),
    "security_group_ids": ("security_group_names",),
    "bucket": ("key", "size"),
    "key": ("size",),
}


def without(recipe: Recipe, gone: Iterable[Gone]) -> Recipe:
    """The recipe without what is gone, as if it had never been answered."""
    for one in gone:
        part = getattr(recipe, one.step)
        blank = type(part)()
        fields = (one.field, *_BELONG.get(one.field, ()))
        recipe = replace(recipe, **{one.step: replace(part, **{field: getattr(blank, field) for field in fields})})
    return recipe
