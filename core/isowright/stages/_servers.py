"""Launching a temporary server exactly once: of an ISO image, or of the finished one to see whether it boots."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from isowright.cloud.ecs_wire import ServerRequest
from isowright.cloud.flavors import FLAVOR_SOLD_OUT, describe
from isowright.cloud.models import Job, Server
from isowright.errors import AppError, CloudError, JobFailedError, NotFoundError, SoldOutError
from isowright.events import ResourceKind
from isowright.pipeline.stage import Context
from isowright.stages import _dead_man as dead_man
from isowright.stages._flavor import next_one, take_next
from isowright.stages._marks import SERVER_JOB, SERVER_PROMISED, find_servers, find_volumes, show_server
from isowright.stages._removal import remove_server, remove_volumes
from isowright.stages._waiting import firmly, in_doubt, job, job_forgotten, too_late, until

SECONDS = 1800.0
_GRACE = 120.0  # a new server may be 404, and without its disks, for so long after its job
_SETTLED_WITHIN = 1200.0
_TOKEN_USELESS = ("Ecs.0122", "Ecs.0123", "Ecs.0124")  # other body, bad format, older than eight hours
_SOLD_OUT = (*FLAVOR_SOLD_OUT, "Ecs.0044")


@dataclass(frozen=True)
class Launching:
    """One server to be launched. `note` says what it is in the list of what was made; `request` makes the request with
    this `auto_terminate_time`, both for the flavor of the moment; `disk_note(is boot disk)` says what a disk is for."""

    name: str
    note: Callable[[], str]
    disks: int
    request: Callable[[str], ServerRequest]
    disk_note: Callable[[bool], str]


async def launch(ctx: Context, launching: Launching) -> Server:
    """The server at rest in ACTIVE (or, on a resumed run, beyond), made now, made before or found."""
    server = await _ready(ctx, launching, await _had(ctx, launching))
    await dead_man.confirm(ctx, server)
    return server


async def _had(ctx: Context, launching: Launching) -> str:
    """As `_made`, with one flavor after the other if those before are sold out and the recipe allows it."""
    while True:
        try:
            return await _made(ctx, launching)
        except SoldOutError as error:
            if not await take_next(ctx, error):
                raise await _sold_out(ctx, error) from error


async def _made(ctx: Context, launching: Launching) -> str:
    """The server's id, whether it is made now, was made before or turns out to exist."""
    have = ctx.log.resource("server")
    if have is not None and have.id and have.fate != "deleted":
        server = await ctx.cloud.ecs.server(have.id)
        if server is None or server.status != "ERROR":
            return have.id
        ctx.note(f"Server {have.id} is in ERROR; it is deleted and made anew", "")
        await remove_server(ctx)
    if have is None or have.id:
        await remove_volumes(ctx)  # of an attempt that failed
        return await _create(ctx, launching, fresh=True)
    if job_id := ctx.log.known(SERVER_JOB):
        return await _wait(ctx, launching, job_id)
    ctx.say("Looking whether an earlier request came through", None)
    return await _appear(ctx, launching, 60.0) or await _create(ctx, launching, fresh=False)


async def _create(ctx: Context, launching: Launching, *, fresh: bool, switch: bool = True) -> str:
    """fresh: a new intent with its own token; else the journalled request is repeated, same token and same body.
    switch: with the dead-man switch that the recipe wants."""
    if fresh:
        request, token = await _intended(ctx, launching, switch=switch)
    else:
        request, token = launching.request(ctx.log.known(dead_man.ASKED) or ""), ctx.log.intent_token("server")

    async def send() -> str:
        answer = await ctx.cloud.ecs.create_server(request, client_token=token)
        if answer.server_ids:
            await ctx.log.fact(SERVER_PROMISED, answer.server_ids[0])
        await ctx.log.fact(SERVER_JOB, answer.job_id)
        return answer.job_id

    try:
        job_id = await firmly(send())
    except AppError as error:
        if in_doubt(error):
            ctx.note(f"The answer was lost ({error.title}); looking whether the request came through", "")
            if server_id := await _appear(ctx, launching, _GRACE):
                return server_id
            raise
        await ctx.log.refused("server")
        if not fresh and (error.code in _TOKEN_USELESS or dead_man.too_close(ctx, request.auto_terminate_time)):
            return await _create(ctx, launching, fresh=True)
        if dead_man.may_be_the_cause(error, request.auto_terminate_time):
            dead_man.say_refused(ctx, error)
            return await _create(ctx, launching, fresh=True, switch=False)
        raise
    return await _wait(ctx, launching, job_id)


async def _intended(ctx: Context, launching: Launching, *, switch: bool) -> tuple[ServerRequest, str]:
    """A request that the cloud has checked and the journal knows, and its token."""
    ctx.say("Asking the cloud to check the request", None)
    request = await _checked(ctx, launching.request(dead_man.planned(ctx) if switch else ""))
    token = str(uuid.uuid4())
    await dead_man.intend(ctx, request.auto_terminate_time)
    await ctx.log.fact(SERVER_PROMISED, "")
    await ctx.log.fact(SERVER_JOB, "")
    await ctx.log.intend("server", request.name, launching.note(), token)
    return request, token


async def _checked(ctx: Context, request: ServerRequest) -> ServerRequest:
    """The request as the cloud's dry run takes it: without the dead-man switch if only that is in the way."""
    try:
        await ctx.cloud.ecs.create_server(request, client_token="", dry_run=True)
    except AppError as error:
        if not dead_man.may_be_the_cause(error, request.auto_terminate_time):
            raise
        bare = msgspec.structs.replace(request, auto_terminate_time="")
        await ctx.cloud.ecs.create_server(bare, client_token="", dry_run=True)
        dead_man.say_refused(ctx, error)
        return bare
    return request


async def _wait(ctx: Context, launching: Launching, job_id: str) -> str:
    looks: list[Job] = []
    name = launching.name
    try:
        ended = await job(
            ctx, ctx.cloud.ecs.job, job_id, what="Launching the server", seconds=SECONDS, seen=looks.append
        )
        server_id = ended.server_id or ctx.log.known(SERVER_PROMISED) or ""
    except JobFailedError as error:
        await _keep_debris(ctx, launching, [error.server_id, *(look.server_id for look in looks)])
        if error.code in _SOLD_OUT:
            raise SoldOutError(
                "This flavor has no capacity left.",
                detail=error.detail,
                remedy="Choose another flavor.",
                code=error.code,
                status=error.status,
                request_id=error.request_id,
            ) from error
        raise
    except AppError as error:
        if not job_forgotten(error):
            raise
        server_id = ctx.log.known(SERVER_PROMISED) or ""
    if not server_id:
        server_id = await _appear(ctx, launching, _GRACE)
    if not server_id:
        raise CloudError(
            "The server's job has ended, but there is no server.",
            detail=f"The cloud said success and named no server; none called {name} came up.",
            remedy="Retry in some minutes; the run looks for the server again.",
            retryable=True,
            action="retry",
        )
    await ctx.log.made("server", name, server_id)
    return server_id


async def _appear(ctx: Context, launching: Launching, seconds: float) -> str:
    async def look() -> Server | None:
        found = await find_servers(ctx, launching.name)
        return found[0] if found else None

    server = await until(ctx, look, seconds=seconds)
    if server is None:
        return ""
    ctx.note(f"Found server {server.id}, made by an earlier request of this run", "")
    await ctx.log.made("server", server.name, server.id)
    return server.id


async def _keep_debris(ctx: Context, launching: Launching, ids: list[str]) -> None:
    """What a failed job left: recorded, so that clean-up and the next attempt take it away."""
    left = [s for i in dict.fromkeys(i for i in ids if i) if (s := await ctx.cloud.ecs.server(i)) is not None]
    left = left or await find_servers(ctx, launching.name)
    for server in left:
        await ctx.log.made("server", server.name, server.id, "left by a failed job")
    if not left:
        await ctx.log.refused("server")
    for volume in await find_volumes(ctx, launching.name):
        await ctx.log.made("data-volume", volume.name, volume.id, "left by a failed job")
    await ctx.log.fact(SERVER_JOB, "")
    await ctx.log.fact(SERVER_PROMISED, "")


async def _sold_out(ctx: Context, error: SoldOutError) -> SoldOutError:
    """The same, with the next flavor that would fit as its remedy. A disk type that is sold out has none."""
    remedy = "Choose another flavor or another availability zone on the Server page, then go on."
    action = "step:server"
    if error.code in FLAVOR_SOLD_OUT and (other := await next_one(ctx)) is not None:
        remedy = f"Take {other.id} ({describe(other)}) instead, or choose another flavor or zone on the Server page."
        action = f"flavor:{other.id}"
    return SoldOutError(
        error.title,
        detail=error.detail,
        remedy=remedy,
        code=error.code,
        status=error.status,
        request_id=error.request_id,
        action=action,
    )


async def _ready(ctx: Context, launching: Launching, server_id: str) -> Server:
    """The server at rest in ACTIVE (or, on a resumed run, beyond) with its disks, which are journalled."""
    seen = False

    async def look() -> Server | None:
        nonlocal seen
        server = await ctx.cloud.ecs.server(server_id)
        seen = seen or server is not None
        ctx.say(f"Server {launching.name} · {server.status if server else 'not visible yet'}", None)
        if server is None:
            return None
        if server.status == "ERROR":
            fault = server.fault.message if server.fault else ""
            raise CloudError(
                "The temporary server ended in the state ERROR.",
                detail=f"The cloud says: {fault}" if fault else "The cloud gives no reason.",
                remedy="Retry: the server is deleted and made anew. If that fails too, choose another flavor.",
                code=str(server.fault.code) if server.fault and server.fault.code else "",
                retryable=True,
                action="retry",
            )
        at_rest = server.status in ("ACTIVE", "SHUTOFF") and server.task_state is None
        return server if at_rest and len(server.volumes) >= launching.disks else None

    server = await until(ctx, look, seconds=_GRACE)
    if server is None and seen:
        server = await until(ctx, look, seconds=_SETTLED_WITHIN)
    if server is None:
        if seen or await show_server(ctx, server_id, launching.name) is not None:
            raise too_late("The server did not come up with its disks", _SETTLED_WITHIN)
        await ctx.log.fate("server", server_id, "deleted")
        missing = NotFoundError(
            "The temporary server is not there.",
            detail=f"The cloud does not know server {server_id}; somebody may have deleted it.",
            remedy="Retry: it is made anew.",
            action="retry",
        )
        raise await dead_man.why_gone(ctx, server_id, missing)
    for volume in server.volumes:
        kind: ResourceKind = "system-volume" if volume.is_boot else "data-volume"
        what = "system" if volume.is_boot else "data"
        await ctx.log.made(kind, f"{server.name} {what} disk", volume.id, launching.disk_note(volume.is_boot))
        await _mark(ctx, volume.id)
    return server


async def _mark(ctx: Context, volume_id: str) -> None:
    """Servers do not pass their tags on to their disks. A disk that outlives its server without any cannot be told
    from somebody else's; for the run itself its journal is enough, so that a refusal is no failure."""
    try:
        await ctx.cloud.evs.tag_volume(volume_id, ctx.marks)
    except AppError as error:
        ctx.note(f"Disk {volume_id} could not be tagged: {error.title}", error.request_id)
