"""Clean up: the temporary server with its disks, the ISO image, the run's own network if it has one, and the ISO object
if that was asked for."""

from __future__ import annotations

import asyncio

from isowright.errors import AppError, ForbiddenError
from isowright.pipeline.stage import Context, Stage
from isowright.stages._marks import iso_origin
from isowright.stages._network import remove_network
from isowright.stages._removal import remove_images, remove_server
from isowright.stages._waiting import too_late, until
from isowright.stages.upload_iso import abort_open

_GONE_WITHIN = 60.0


async def run(ctx: Context) -> str:
    # Side by side, and each to its end: what one meets must not leave the other's things billed.
    ended = await asyncio.gather(
        remove_server(ctx), remove_images(ctx, "iso-image", iso_origin(ctx)), return_exceptions=True
    )
    for failure in ended:
        if failure is not None:
            raise failure
    await abort_open(ctx)
    await remove_network(ctx)
    what = "Server, disks, network" if ctx.recipe.network.make else "Server, disks"
    if ctx.recipe.iso.delete_object:
        await _delete_object(ctx)
        return f"{what}, ISO image and ISO object deleted"
    await keep_object(ctx)
    return f"{what} and ISO image deleted"


async def keep_object(ctx: Context) -> None:
    """An ISO that this run has uploaded is of use for the next one."""
    for item in ctx.log.resources():
        if item.kind == "object" and item.id and item.fate == "exists":
            await ctx.log.remark("object", item.id, "the ISO, uploaded by this run; kept")
            await ctx.log.fate("object", item.id, "kept")


async def _delete_object(ctx: Context) -> None:
    iso = ctx.recipe.iso
    name = f"{iso.bucket}/{iso.key}"
    asked = _begun(ctx)
    await ctx.log.made("object", name, name, "the ISO, deleted as asked for")
    await ctx.log.fate("object", name, "deleting")
    ctx.say(f"Deleting {name}", None)

    async def gone() -> bool | None:
        nonlocal asked
        if not asked:
            await ctx.cloud.obs.delete_object(iso.bucket, iso.key)
        asked = False  # an earlier request may have come through: look once before it is repeated
        try:
            return True if await ctx.cloud.obs.head(iso.bucket, iso.key) is None else None
        except ForbiddenError:  # also said of what is not there, to whoever may not list the bucket
            return True

    try:
        if not await until(ctx, gone, seconds=_GONE_WITHIN):
            raise too_late("The ISO object did not go away", _GONE_WITHIN)
    except AppError:
        await ctx.log.fate("object", name, "kept")  # it is the operator's own, not something that the run left behind
        raise
    await ctx.log.fate("object", name, "deleted")
    ctx.note(f"Deleted object {name}", "")


async def undo(ctx: Context) -> None:
    """Ends a deletion that was asked for and interrupted. An object that no deletion was begun for stays."""
    if _begun(ctx):
        await _delete_object(ctx)


def _begun(ctx: Context) -> bool:
    return any(item.kind == "object" and item.fate == "deleting" for item in ctx.log.resources())


STAGE = Stage("clean-up", "Clean up", run=run, undo=undo, after=("verify-image",), deadline=7200.0)
