"""Stored answers that the cloud does not have any more: flavors retired, subnets deleted, buckets gone.

`look` compares a recipe with the cloud's own lists, by reading only, and says for each lost answer what is best in its
place. Whoever may not read a list is told nothing about it: the run itself may be allowed. One module for each step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from isowright.cloud.client import Cloud
from isowright.recipe import Recipe
from isowright.stored import image, iso, network, server
from isowright.stored.gone import Fetch, Gone, Lists, apply, without

__all__ = ["Gone", "apply", "look", "look_with", "without"]


async def look_with(fetch: Fetch, recipe: Recipe) -> list[Gone]:
    """All that is gone, in the order of the wizard's steps. Raises nothing of the AppError family."""
    lists = Lists(fetch)
    parts = await asyncio.gather(*(part.look(lists, recipe) for part in (iso, image, server, network)))
    return [one for part in parts for one in part]


async def look(cloud: Cloud, recipe: Recipe) -> list[Gone]:
    """As `look_with`, asking the cloud for each list once."""
    asked: dict[object, asyncio.Future[Any]] = {}

    async def fetch(key: object, get: Callable[[Cloud], Awaitable[Any]]) -> Any:
        if key not in asked:
            asked[key] = asyncio.ensure_future(get(cloud))
        return await asked[key]

    return await look_with(fetch, recipe)
