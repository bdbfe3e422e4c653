"""Install the OS: the operator's turn, or the installer's own, if it was given its answers. Ends when the operator says
so or when the guest powers off, however long it takes."""

from __future__ import annotations

from datetime import UTC, datetime

from isowright.clock import Stopwatch
from isowright.cloud.jobs import interval
from isowright.cloud.models import Server
from isowright.errors import AppError, CloudError, NotFoundError
from isowright.pipeline.stage import Context, HandBack, Stage
from isowright.recipe import PRACTICE
from isowright.stages import _dead_man as dead_man
from isowright.stages._waiting import said_or_slept
from isowright.stages._watching import Watcher

_YOUNG = 120.0  # seconds; nothing installs faster
_MISSED_LOOKS = 3
_TEXT = (
    "Open the console and install the operating system onto the second disk. Power the server off when it is done, "
    "or say that the installation is finished."
)
_BY_ITSELF = (
    "The installer works by itself, by the answers that it was given, and powers the server off when it is done. "
    "Nothing is to be done; the console shows how far it is."
)
_LIVE = "Installing by itself"


async def run(ctx: Context) -> str:
    resource = ctx.log.resource("server")
    server_id = resource.id if resource else ""
    alone = bool(ctx.recipe.iso.answers)
    await dead_man.check(ctx)
    if ctx.on_install == "powered-off":
        return "Taken as installed"
    if alone:
        ctx.by_itself(_BY_ITSELF, server_id)
        ctx.say(_LIVE, None)
    elif ctx.on_install == "confirm" and not ctx.installed.is_set():
        raise HandBack(_TEXT, server_id)
    else:
        ctx.your_turn(_TEXT, server_id)
    async with Watcher(ctx, server_id) as watcher:
        server = await _until_over(ctx, server_id, watcher)
    _warn_if_young(ctx, server)
    return "Finished, says the operator" if ctx.installed.is_set() else "The server has powered off"


async def _until_over(ctx: Context, server_id: str, watcher: Watcher) -> Server | None:
    """The server as it was seen last."""
    began = ctx.clock.monotonic()
    watch = Stopwatch(ctx.clock)
    missed = 0
    blind = False
    server: Server | None = None
    while not ctx.installed.is_set():
        try:
            server = await ctx.cloud.ecs.server(server_id)
        except AppError as error:
            if not error.retryable:
                raise
            ctx.say(f"{error.title} Trying again", None)
            blind = True
        else:
            if blind and ctx.recipe.iso.answers:
                ctx.say(_LIVE, None)
            blind = False
            watcher.looked(server)
            missed = missed + 1 if server is None else 0
            if missed >= _MISSED_LOOKS:
                raise await dead_man.why_gone(ctx, server_id, _vanished(server_id))
            if server is not None and _over(ctx, server):
                break
        await said_or_slept(ctx, ctx.installed, watch, interval(ctx.clock.monotonic() - began, None))
    return server


def _over(ctx: Context, server: Server) -> bool:
    if server.status == "ERROR":
        practice = ctx.recipe.account.cloud == PRACTICE  # it has no console to stop and start servers in
        raise CloudError(
            "The temporary server went into the state ERROR.",
            detail=f"The cloud says: {server.fault.message}" if server.fault else "The cloud gives no reason.",
            remedy="Mend that, then clean up and begin again."
            if practice
            else "Stop and start it in the cloud's own console and retry, or clean up and begin again.",
            action="clean-up" if practice else "retry",
        )
    return server.status == "SHUTOFF" and server.task_state is None


def _vanished(server_id: str) -> NotFoundError:
    return NotFoundError(
        "The temporary server is gone.",
        detail=f"The cloud no longer knows server {server_id}; somebody has deleted it. What was installed is lost.",
        remedy="Clean up, then run the recipe again.",
        action="clean-up",
    )


def _warn_if_young(ctx: Context, server: Server | None) -> None:
    """An empty disk becomes an image as willingly as an installed one."""
    if server is None or not server.created:
        return
    try:
        created = datetime.fromisoformat(server.created)
    except ValueError:
        return
    age = (ctx.clock.now() - (created if created.tzinfo else created.replace(tzinfo=UTC))).total_seconds()
    if age < _YOUNG:
        ctx.note(
            f"The server is only {max(age, 0):.0f} s old. If nothing was installed, the image will be empty: "
            "the cloud cannot tell.",
            "",
        )


STAGE = Stage("install-os", "Install the OS", run=run, after=("launch-server",), deadline=None)
