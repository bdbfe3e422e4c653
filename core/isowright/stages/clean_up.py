"""Clean up: the temporary server with its disks, the ISO image, and the ISO object if that was asked for."""

from __future__ import annotations

import asyncio

from isowright.pipeline.stage import Context, Stage
from isowright.stages._marks import iso_origin
from isowright.stages._removal import remove_images, remove_server


async def run(ctx: Context) -> str:
    # Side by side, and each to its end: what one meets must not leave the other's things billed.
    ended = await asyncio.gather(
        remove_server(ctx), remove_images(ctx, "iso-image", iso_origin(ctx)), return_exceptions=True
    )
    for failure in ended:
        if failure is not None:
            raise failure
    if ctx.recipe.iso.delete_object:
        await _delete_object(ctx)
        return "Server, disks, ISO image and ISO object deleted"
    return "Server, disks and ISO image deleted"


async def _delete_object(ctx: Context) -> None:
    iso = ctx.recipe.iso
    name = f"{iso.bucket}/{iso.key}"
    await ctx.log.made("object", name, name, "the ISO, deleted as asked for")
    await ctx.log.fate("object", name, "deleting")
    ctx.say(f"Deleting {name}", None)
    await ctx.cloud.obs.delete_object(iso.bucket, iso.key)
    await ctx.log.fate("object", name, "deleted")
    ctx.note(f"Deleted object {name}", "")


STAGE = Stage("clean-up", "Clean up", run=run, after=("verify-image",), deadline=7200.0)
