"""The temporary server's dead-man switch: a time at which the cloud itself deletes the server and its disks, put off as
long as the run lives, so that the bill ends even if this computer never comes back.

The time is journalled before the create request leaves, because a repeat must have the same body. Whether the cloud
knows the switch shows in its answers only: it may refuse the field, or pass over it.

Source: ECS API reference, "Creating an ECS" (`auto_terminate_time`, effective in some regions only) and "Setting the
Scheduled Deletion Time of ECSs": UTC, seconds cut off, at least half an hour ahead.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from isowright.clock import patience
from isowright.cloud.models import Server
from isowright.cloud.wire import is_unknown_call
from isowright.dead_man import noted, words
from isowright.errors import AppError, ForbiddenError, NotFoundError
from isowright.pipeline.stage import Context
from isowright.stages._waiting import until

ASKED = "server_ends_asked"  # as the create request has it; "" = without
ENDS = "server_ends"  # as the cloud showed it, or was told last; "" = not looked at yet
_NONE = "none"  # in ENDS: the cloud has passed over the time

_TICK = 60.0  # seconds between looks at the clock
_LONGEST_PAUSE = 900.0  # between attempts that fail
_FIRST_PATIENCE = 150.0  # for putting it off before anything else, when a run is gone on with
_TOO_CLOSE = timedelta(minutes=30)  # the cloud takes no time nearer than that
_CLOCKS_DIFFER = timedelta(minutes=2)
_DISKS_GONE_WITHIN = 60.0
# Codes of a request that is wrong in a way that the cloud has no code of its own for.
_MALFORMED = ("", "Ecs.0000", "Ecs.0005", "Common.0002")


# --- with the server's launch ---------------------------------------------------------------------------------------


def planned(ctx: Context) -> str:
    """`auto_terminate_time` of a request that leaves now; "" if the recipe wants none."""
    hours = ctx.recipe.server.auto_delete_hours
    if not hours:
        return ""
    # Rounded up: what the cloud cuts off must not make it less than was chosen.
    moment = ctx.cloud.now() + timedelta(hours=hours, seconds=59)
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M}:00Z"


def may_be_the_cause(error: AppError, asked: str) -> bool:
    """Whether a refused create request may have been refused because of its `auto_terminate_time`."""
    if not asked or error.retryable:
        return False
    named = any(name in error.detail.lower().replace("_", "") for name in ("autoterminate", "terminatetime"))
    if isinstance(error, ForbiddenError):  # a policy may allow creating, and not this
        return named
    return error.status == 400 and (named or error.code in _MALFORMED)


async def intend(ctx: Context, asked: str) -> None:
    """About to send a request with this time."""
    await ctx.log.fact(ASKED, asked)
    await ctx.log.fact(ENDS, "" if asked else _NONE)


def too_close(ctx: Context, asked: str) -> bool:
    """Whether a time that was journalled a while ago is one that no cloud takes any more."""
    moment = _moment(asked)
    return moment is not None and moment - ctx.cloud.now() < _TOO_CLOSE


def say_refused(ctx: Context, error: AppError) -> None:
    ctx.note(
        f"This cloud takes no dead-man switch ({error.detail or error.title}). The server is launched without one: "
        "if this computer is lost, it is billed until somebody deletes it",
        error.request_id,
    )


async def confirm(ctx: Context, server: Server) -> None:
    """What has become of the time that the create request named: the server's own details tell."""
    if not ctx.log.known(ASKED):
        return
    moment = _moment(server.auto_terminate_time)
    if moment is None:
        await _none(ctx, server.id)
        return
    await _remember(ctx, server.id, moment)
    ctx.note(f"Dead-man switch: the cloud deletes the server at {words(moment)}, unless the run puts it off", "")
    for volume in server.volumes:
        if not volume.is_boot and not volume.delete_on_termination:
            await _tie(ctx, server.id, volume.id)


async def _none(ctx: Context, server_id: str) -> None:
    await _remember(ctx, server_id, None)
    ctx.note(
        "This cloud has no dead-man switch: it has passed over the time. If this computer is lost, the server is "
        "billed until somebody deletes it",
        "",
    )


async def _tie(ctx: Context, server_id: str, volume_id: str) -> None:
    """Have the data disk go with the server, where the create request did not see to it."""
    try:
        await ctx.cloud.ecs.set_delete_on_termination(server_id, volume_id)
    except AppError as error:
        ctx.note(
            f"The dead-man switch would leave the data disk {volume_id} behind ({error.title}); clean-up deletes it",
            error.request_id,
        )


# --- while the run lives --------------------------------------------------------------------------------------------


async def keep(ctx: Context) -> None:
    """Beside the stages, until it is cancelled: puts the time off whenever less than half of it is left."""
    pause = _TICK
    while True:
        await ctx.clock.sleep(pause)
        pause = _TICK if await _attempt(ctx) else min(pause * 2, _LONGEST_PAUSE)


async def put_off_first(ctx: Context) -> None:
    """Before a run goes on: it may have been left for long. Takes a bounded time, and never fails."""
    work = asyncio.ensure_future(_attempt(ctx))
    limit = asyncio.ensure_future(patience(ctx.clock, _FIRST_PATIENCE))
    try:
        await asyncio.wait({work, limit}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        work.cancel()
        limit.cancel()
        await asyncio.wait({work, limit})


async def _attempt(ctx: Context) -> bool:
    try:
        await _put_off(ctx)
    except AppError as error:
        ctx.note(f"The dead-man switch could not be put off: {error.title} It is tried again", error.request_id)
        return False
    return True


async def _put_off(ctx: Context) -> None:
    server = ctx.log.resource("server")
    half = timedelta(hours=ctx.recipe.server.auto_delete_hours) / 2
    if not half or server is None or not server.id or server.fate in ("deleting", "deleted"):
        return
    if not ctx.log.known(ENDS) and not ctx.log.known(ASKED):  # the journal has lost it: the cloud still knows
        found = await ctx.cloud.ecs.server(server.id)
        if found is None:
            return
        await _remember(ctx, server.id, _moment(found.auto_terminate_time))
    ends = _ends(ctx)
    if ends is None or ends - ctx.cloud.now() > half:
        return
    later = planned(ctx)
    try:
        await ctx.cloud.ecs.set_auto_terminate_time(server.id, later)
    except NotFoundError as error:
        if is_unknown_call(error):
            await _none(ctx, server.id)
        return  # or the server is gone: the stage that needs it says so
    moment = _moment(later)
    await _remember(ctx, server.id, moment)
    if moment is not None:
        ctx.note(f"Dead-man switch put off to {words(moment)}", "")


async def _remember(ctx: Context, server_id: str, moment: datetime | None) -> None:
    await ctx.log.fact(ENDS, f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z" if moment else _NONE)
    server = ctx.log.resource("server")
    if server is not None:
        await ctx.log.remark("server", server_id, noted(server.note, moment))


# --- when it was too late -------------------------------------------------------------------------------------------


async def check(ctx: Context) -> None:
    """Raises NotFoundError if the switch has deleted the server."""
    server = ctx.log.resource("server")
    if server is None or not server.id or not _time_has_come(ctx):
        return
    if server.fate != "deleted" and await ctx.cloud.ecs.server(server.id) is not None:
        return
    missing = NotFoundError(
        "The temporary server is gone.", remedy="Clean up, then run the recipe again.", action="clean-up"
    )
    raise await why_gone(ctx, server.id, missing)


async def why_gone(ctx: Context, server_id: str, otherwise: NotFoundError) -> NotFoundError:
    """The error about a server that is no longer there: its own switch, or `otherwise`. Journals what went with it."""
    ends = _ends(ctx)
    if ends is None or not _time_has_come(ctx):
        return otherwise
    await ctx.log.fate("server", server_id, "deleted")
    left = await _disks_left(ctx)
    lost = "" if left else "Its disks went with it: what was installed is lost. "
    iso = ctx.log.resource("iso-image")
    kept = "The ISO image is still registered." if iso is not None and iso.fate != "deleted" else ""
    hours = ctx.recipe.server.auto_delete_hours
    return NotFoundError(
        f"The server was deleted by its dead-man switch at {words(ends)}"
        + (f", but disks of it are left: {', '.join(left)}." if left else "; nothing is billed."),
        detail=f"No run had put it off for {hours} hours. {lost}{kept}".strip(),
        remedy="Clean up, then run the recipe again.",
        action="clean-up",
    )


async def _disks_left(ctx: Context) -> list[str]:
    """Ids of the run's disks that have not gone with the server."""
    left: list[str] = []
    for item in ctx.log.resources():
        if item.kind not in ("system-volume", "data-volume") or item.fate == "deleted":
            continue

        async def gone(volume_id: str = item.id) -> bool | None:
            return True if await ctx.cloud.evs.volume(volume_id) is None else None

        if await until(ctx, gone, seconds=_DISKS_GONE_WITHIN):
            await ctx.log.fate(item.kind, item.id, "deleted")
        else:
            left.append(item.id)
    return left


def _ends(ctx: Context) -> datetime | None:
    """When the switch is due, as far as anything is known of it."""
    return _moment(ctx.log.known(ENDS) or ctx.log.known(ASKED) or "")


def _time_has_come(ctx: Context) -> bool:
    ends = _ends(ctx)
    return ends is not None and ctx.cloud.now() >= ends - _CLOCKS_DIFFER


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
