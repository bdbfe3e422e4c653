"""The flavor that a run launches its server with: that of its recipe, or, where the recipe allows it, the next that
fits once that one is sold out."""

from __future__ import annotations

import asyncio

from isowright.cloud.flavors import FLAVOR_SOLD_OUT, describe, next_after
from isowright.cloud.models import Flavor
from isowright.errors import AppError, SoldOutError
from isowright.pipeline.stage import Context

TAKEN = "flavor_taken"  # that of the recipe, then all that were tried since; the last one is meant


def flavor(ctx: Context) -> str:
    """Its id. Another one in the recipe than the one that was sold out is a new answer, and counts."""
    tried = _tried(ctx)
    return tried[-1] if tried else ctx.recipe.server.flavor_id


def flavor_note(ctx: Context) -> str:
    """ "2 vCPU, 8 GiB", or the id where nothing more is known."""
    server = ctx.recipe.server
    return server.flavor_note or server.flavor_id if flavor(ctx) == server.flavor_id else flavor(ctx)


async def next_one(ctx: Context) -> Flavor | None:
    """The best that fits in the zone and has not been tried; None if there is none, or it cannot be told."""
    server = ctx.recipe.server
    try:
        offered = await ctx.cloud.ecs.flavors(server.availability_zone)
    except AppError:
        return None
    tried = {server.flavor_id, *_tried(ctx)}
    return await asyncio.to_thread(next_after, offered, server.availability_zone, tried)


async def take_next(ctx: Context, error: SoldOutError) -> bool:
    """Go on with the next flavor if the recipe allows that; journalled, so that a resumed run asks for the same."""
    if not ctx.recipe.server.next_flavor or error.code not in FLAVOR_SOLD_OUT:
        return False
    chosen = await next_one(ctx)
    if chosen is None:
        return False
    old = flavor(ctx)
    await ctx.log.fact(TAKEN, " ".join([*(_tried(ctx) or [ctx.recipe.server.flavor_id]), chosen.id]))
    ctx.note(f"{old} is sold out; {chosen.id} ({describe(chosen)}) is taken, as the recipe says", error.request_id)
    return True


def _tried(ctx: Context) -> list[str]:
    tried = (ctx.log.known(TAKEN) or "").split()
    return tried if tried[:1] == [ctx.recipe.server.flavor_id] else []
