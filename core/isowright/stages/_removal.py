"""Taking away what a run made, and nothing else: by the ids in its journal, and for requests whose outcome is not
known, by the run's own marks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from isowright.cloud.models import Job, Server, Volume
from isowright.errors import AppError, JobFailedError, JobTimeoutError, NotFoundError
from isowright.events import ResourceKind
from isowright.pipeline.stage import VERIFIED, Context
from isowright.stages._marks import (
    IMAGE_JOB,
    ISO_JOB,
    REMOVAL_JOB,
    SERVER_JOB,
    SERVER_PROMISED,
    find_image,
    find_servers,
    find_volumes,
    show_server,
)
from isowright.stages._waiting import job, job_forgotten, too_late, until

_GONE_WITHIN = 900.0
_JOB_PATIENCE = 1200.0
_DOUBT_PATIENCE = 300.0  # how long an image of an unanswered request may take to be listed
_SERVER_DOUBT_PATIENCE = 60.0
_STILL_MADE = "IMG.0090"
_DELETABLE = ("available", "error", "error_deleting")  # EVS API reference, "Deleting an EVS Disk"
_REMOVAL = "Deleting the temporary server"
_HUNG = "-"
_STILL_AT_IT = "The cloud is still at it. The run keeps it in its list until the job has ended."


async def remove_image(ctx: Context, kind: ResourceKind, image_id: str) -> None:
    """Delete one image and wait until it is no longer listed. A verified result is never deleted."""
    if image_id == ctx.log.known(VERIFIED):
        await ctx.log.fate(kind, image_id, "kept")
        return

    asked = any(item.id == image_id and item.kind == kind and item.fate == "deleting" for item in ctx.log.resources())

    async def accepted() -> bool | None:
        if asked and await gone():  # an earlier request came through
            return True
        try:
            await ctx.cloud.ims.delete_image(image_id)
        except AppError as error:
            if error.code == _STILL_MADE:
                return None
            raise
        return True

    async def gone() -> bool | None:
        image = await ctx.cloud.ims.image(image_id)
        return True if image is None or image.status == "deleted" else None

    await ctx.log.fate(kind, image_id, "deleting")
    ctx.say(f"Deleting image {image_id[:8]}…", None)
    if not await until(ctx, accepted, seconds=_GONE_WITHIN) or not await until(ctx, gone, seconds=_GONE_WITHIN):
        raise too_late("The image did not go away", _GONE_WITHIN)
    await ctx.log.fate(kind, image_id, "deleted")
    ctx.note(f"Deleted image {image_id}", "")


async def remove_images(ctx: Context, kind: ResourceKind, origin: str) -> None:
    """All images of this kind that the run made or may have made. `origin`: their `__data_origin`, "" = not known."""
    job_fact = ISO_JOB if kind == "iso-image" else IMAGE_JOB
    for item in ctx.log.resources():
        if item.kind != kind or item.fate in ("deleted", "kept"):
            continue
        image_id = item.id
        if not image_id:
            job_id = ctx.log.known(job_fact)
            ended = await _ended(ctx, ctx.cloud.ims.job, job_id, "Waiting for the image job") if job_id else None
            image_id = ended.image_id if ended else ""
            if not image_id or await ctx.cloud.ims.image(image_id) is None:
                ctx.say(f"Looking whether image {item.name} exists", None)
                name = item.name
                # A failed job that left nothing behind need not be waited for.
                patience = 10.0 if ended and ended.status == "FAIL" else _DOUBT_PATIENCE
                found = await until(ctx, lambda name=name: find_image(ctx, name, origin), seconds=patience)  # type: ignore[misc]  # a default binds the loop's variable
                image_id = found.id if found else ""
            if not image_id and ended is not None and not ended.ended:
                raise too_late(f"Image {item.name} was neither made nor given up", _JOB_PATIENCE, _STILL_AT_IT)
            if not image_id:
                ctx.note(f"There is no image {item.name}: the request never came through", "")
                await ctx.log.refused(kind)
                continue
            await ctx.log.made(kind, item.name, image_id)
        await remove_image(ctx, kind, image_id)


async def remove_server(ctx: Context) -> None:
    """All of the run's servers with their disks, and disks that outlived them. Returns when they are gone."""
    for item in ctx.log.resources():
        if item.kind != "server" or item.fate == "deleted":
            continue
        if item.id:
            await _remove_one(ctx, item.id, item.name)
            continue
        servers, open_job = await _find(ctx, item.name)
        if not servers and open_job:
            raise too_late(f"Server {item.name} was neither made nor given up", _JOB_PATIENCE, _STILL_AT_IT)
        for server in servers:
            await ctx.log.made("server", item.name, server.id)
            await _remove_one(ctx, server.id, server.name)
        if (left := ctx.log.resource("server")) is not None and not left.id:
            await ctx.log.refused("server")
        for volume in await find_volumes(ctx, item.name):
            await ctx.log.made("data-volume", volume.name, volume.id, "left by a server that was never finished")
    await remove_volumes(ctx)


async def _find(ctx: Context, name: str) -> tuple[list[Server], bool]:
    """The servers of an unanswered or unfinished create request, and whether the cloud is still at it."""
    promised = ctx.log.known(SERVER_PROMISED)
    ended: Job | None = None
    if job_id := ctx.log.known(SERVER_JOB):
        ended = await _ended(ctx, ctx.cloud.ecs.job, job_id, "Waiting for the server's job")
    ids = [i for i in (ended.server_id if ended else "", promised) if i]
    for server_id in ids:
        if (server := await ctx.cloud.ecs.server(server_id)) is not None:
            return [server], False
    ctx.say(f"Looking whether server {name} exists", None)
    patience = 10.0 if ended and ended.status == "FAIL" else _SERVER_DOUBT_PATIENCE

    async def look() -> list[Server] | None:
        return await find_servers(ctx, name) or None

    return await until(ctx, look, seconds=patience) or [], ended is not None and not ended.ended


async def _ended(ctx: Context, look: Callable[[str], Awaitable[Job]], job_id: str, what: str) -> Job | None:
    """How a job ended, however that was; the last look if it hangs; None if the cloud has forgotten it."""
    looks: list[Job] = []
    try:
        return await job(ctx, look, job_id, what=what, seconds=_JOB_PATIENCE, seen=looks.append)
    except (JobFailedError, JobTimeoutError) as error:
        ctx.note(f"{what}: {error.title}", error.request_id)
    except AppError as error:
        if not job_forgotten(error):
            raise
    return looks[-1] if looks else None


async def _remove_one(ctx: Context, server_id: str, name: str) -> None:
    cloud = ctx.cloud
    server = await show_server(ctx, server_id, name)
    if server is not None and server.status not in ("DELETED", "SOFT_DELETED"):
        for volume in server.volumes:  # so that none is forgotten whatever becomes of the server
            kind: ResourceKind = "system-volume" if volume.is_boot else "data-volume"
            await ctx.log.made(kind, f"{server.name} {'system' if volume.is_boot else 'data'} disk", volume.id)
        await ctx.log.fate("server", server_id, "deleting")
        ctx.say(f"Deleting server {server.name} and its disks", None)
        if not await _going(ctx, server):
            try:
                job_id = await cloud.ecs.delete_server(server_id, delete_volumes=True)
                await ctx.log.fact(REMOVAL_JOB, f"{server_id} {job_id}")
                await _wait_for_removal(ctx, server_id, job_id)
            except NotFoundError:
                pass  # gone meanwhile

        async def gone() -> bool | None:
            left = await show_server(ctx, server_id, name)
            return True if left is None or left.status in ("DELETED", "SOFT_DELETED") else None

        if not await until(ctx, gone, seconds=_GONE_WITHIN):
            raise too_late("The temporary server did not go away", _GONE_WITHIN, "It may still cost money.")
    await ctx.log.fate("server", server_id, "deleted")
    ctx.note(f"Deleted server {server_id}", "")


async def _going(ctx: Context, server: Server) -> bool:
    """Whether an earlier request to delete the server has done it or is about to, so that none is sent again."""
    of, _, job_id = (ctx.log.known(REMOVAL_JOB) or "").partition(" ")
    if of != server.id:
        return server.task_state == "deleting"  # the answer was lost; the request came through
    if job_id == _HUNG:
        return False
    try:
        await _wait_for_removal(ctx, server.id, job_id)
    except JobFailedError as error:
        ctx.note(f"{error.title} It is asked for again", error.request_id)
        return False
    except AppError as error:
        if not job_forgotten(error):
            raise
        return server.task_state == "deleting"
    return True


async def _wait_for_removal(ctx: Context, server_id: str, job_id: str) -> None:
    """A job that hangs past its time is not waited for again: the next attempt asks anew."""
    try:
        await job(ctx, ctx.cloud.ecs.job, job_id, what=_REMOVAL, seconds=_GONE_WITHIN)
    except JobTimeoutError:
        await ctx.log.fact(REMOVAL_JOB, f"{server_id} {_HUNG}")
        raise


async def remove_volumes(ctx: Context) -> None:
    """The disks in the run's journal, which normally went with their server."""
    for item in ctx.log.resources():
        if item.kind not in ("system-volume", "data-volume") or item.fate == "deleted":
            continue
        await _remove_volume(ctx, item.id)
        await ctx.log.fate(item.kind, item.id, "deleted")


async def _remove_volume(ctx: Context, volume_id: str) -> None:
    evs = ctx.cloud.evs

    async def settled() -> Volume | str | None:
        """The disk once it can be deleted, "gone", or None as long as the cloud is still at it."""
        volume = await evs.volume(volume_id)
        if volume is None:
            return "gone"
        return volume if not volume.server_ids and volume.status in _DELETABLE else None

    volume = await until(ctx, settled, seconds=_GONE_WITHIN)
    if volume == "gone":
        return
    if volume is None:
        raise too_late(f"Disk {volume_id} is still in use", _GONE_WITHIN, "It may cost money until it is deleted.")
    ctx.say(f"Deleting disk {volume_id[:8]}…", None)
    try:
        job_id = await evs.delete_volume(volume_id)
        await job(ctx, evs.job, job_id, what="Deleting a disk", seconds=_GONE_WITHIN)
    except NotFoundError:
        return

    async def gone() -> bool | None:
        return True if await evs.volume(volume_id) is None else None

    if not await until(ctx, gone, seconds=_GONE_WITHIN):
        raise too_late(f"Disk {volume_id} did not go away", _GONE_WITHIN, "It may cost money until it is deleted.")
    ctx.note(f"Deleted disk {volume_id}", "")
