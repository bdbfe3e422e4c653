"""Capture the data disk: the server is stopped, so that nothing is left in the guest's caches, and the disk with the
installed system becomes the image."""

from __future__ import annotations

from isowright.cloud.models import Server
from isowright.errors import AppError, JobFailedError, JobTimeoutError, NotFoundError
from isowright.pipeline.stage import Context, Stage
from isowright.stages import _dead_man as dead_man
from isowright.stages._disks import installed_disk
from isowright.stages._images import Making, active, make
from isowright.stages._marks import CAPTURED, IMAGE_JOB
from isowright.stages._removal import remove_images
from isowright.stages._waiting import job, too_late, until

_SECONDS = 7200.0
_SOFT_STOP = 180.0
_STOPPED_WITHIN = 300.0
_WRONG_STATE = "Ecs.0100"


async def run(ctx: Context) -> str:
    recipe = ctx.recipe
    have = ctx.log.resource("image")
    begun = have is not None and have.fate != "deleted"
    disk = ctx.log.known(CAPTURED) if begun else None
    if disk is None:  # a capture under way must not be disturbed
        server = await _stopped(ctx)
        devices = await ctx.cloud.ecs.block_devices(server.id)
        disk = installed_disk(server.volumes, devices, recipe.server.data_disk)
        await ctx.log.fact(CAPTURED, disk)
        ctx.note(f"The installed disk is {disk}", "")
    name = have.name if have is not None and begun else recipe.image.name

    async def ask() -> str:
        return await ctx.cloud.ims.image_from_volume(
            name=name,
            volume_id=disk,
            os_version=recipe.image.os_version,
            description=recipe.image.description,
            tags={**recipe.image.tags, **ctx.marks},
            enterprise_project_id=recipe.image.enterprise_project_id,
        )

    making = Making(
        kind="image",
        name=name,
        origin=f"volume,{disk}",
        job_fact=IMAGE_JOB,
        what="Capturing the disk",
        note=f"{recipe.server.data_disk} GB",
        seconds=_SECONDS,
        own_name=False,
        ask=ask,
    )
    image_id = await make(ctx, making)
    await active(ctx, "image", image_id)
    return f"{name} is image {image_id}"


async def _stopped(ctx: Context) -> Server:
    """The server at rest in SHUTOFF."""
    resource = ctx.log.resource("server")
    server_id = resource.id if resource else ""
    server = await _look(ctx, server_id)
    for hard in (False, True):
        if server.status == "SHUTOFF":
            break
        ctx.say("Switching the server off" if hard else "Shutting the server down", None)
        try:
            job_id = await ctx.cloud.ecs.stop(server_id, hard=hard)
            await job(ctx, ctx.cloud.ecs.job, job_id, what="Stopping the server", seconds=_SOFT_STOP)
        except (JobFailedError, JobTimeoutError) as error:
            if hard:
                raise
            ctx.note(f"{error.title} It is switched off instead.", error.request_id)
        except AppError as error:
            if error.code != _WRONG_STATE:  # it may just have powered off by itself
                raise
        server = await _look(ctx, server_id)

    async def at_rest() -> Server | None:
        found = await _look(ctx, server_id)
        return found if found.status == "SHUTOFF" and found.task_state is None else None

    found = await until(ctx, at_rest, seconds=_STOPPED_WITHIN)
    if found is None:
        raise too_late("The server did not stop", _STOPPED_WITHIN)
    await ctx.log.fate("server", server_id, "stopped")
    return found


async def _look(ctx: Context, server_id: str) -> Server:
    server = await ctx.cloud.ecs.server(server_id)
    if server is None:
        vanished = NotFoundError(
            "The temporary server is gone.",
            detail=f"The cloud no longer knows server {server_id}. What was installed on it is lost.",
            remedy="Clean up, then run the recipe again.",
            action="clean-up",
        )
        raise await dead_man.why_gone(ctx, server_id, vanished)
    return server


async def undo(ctx: Context) -> None:
    """An image that was verified stays."""
    disk = ctx.log.known(CAPTURED)
    await remove_images(ctx, "image", f"volume,{disk}" if disk else "")


STAGE = Stage(
    "capture-disk", "Capture the data disk", run=run, undo=undo, after=("install-os",), deadline=_SECONDS + 1800.0
)
