"""Test boot: a throw-away server is started from the finished image, to see that it comes up. Only if that was asked
for. It carries the marks and the dead-man switch of every temporary server, and is deleted before anything else."""

from __future__ import annotations

import re

from isowright.clock import Stopwatch
from isowright.cloud.jobs import interval
from isowright.cloud.models import Server
from isowright.errors import AppError, CloudError, NotFoundError
from isowright.pipeline.stage import Context, HandBack, Stage
from isowright.stages._after import after_image, image_id
from isowright.stages._marks import show_server, test_name
from isowright.stages._network import remove_network
from isowright.stages._removal import remove_server
from isowright.stages._servers import Launching, launch
from isowright.stages._waiting import said_or_slept, until
from isowright.stages.launch_server import request_of
from isowright.stages.make_network import run as make_network

VERDICT = "boot_verdict"  # fact: "boots" or "fails", until the server of it is deleted
_LOG_WITHIN = 300.0  # seconds from ACTIVE to a prompt
_MUTE_FOR = 90.0  # a guest that has written nothing by then has no serial console
_LINES = 200
_LONGEST_LINE = 120
_MISSED_LOOKS = 3
_TEXT = "Open the console and see whether the system starts. Then say whether it looks good."

# What guests write when they are up, and when they will never be.
_UP = re.compile(
    r"(?im)^.*(\blogin:\s*$|cloud-init.{0,80}\bfinished\b|Reached target .{0,20}(Multi-User|Graphical|Login Prompts)).*"
)
_DOWN = re.compile(
    r"(?im)^.*(No bootable device|not a bootable disk|Kernel panic|grub rescue>|Entering emergency mode|"
    r"Unable to mount root|initramfs\)\s*$|dracut:/#).*"
)


async def run(ctx: Context) -> str:
    with after_image("was not seen to boot"):
        verdict = ctx.log.known(VERDICT)
        if not verdict:
            await _notice_lost(ctx)
            if ctx.recipe.network.make:
                await make_network(ctx)  # the first one went with the temporary server
            server = await launch(ctx, _launching(ctx))
            verdict = await _judge(ctx, server)
            await ctx.log.fact(VERDICT, verdict)
        ctx.say("Deleting the server of the test boot", None)
        await undo(ctx)
        if verdict == "fails":
            await ctx.log.fact(VERDICT, "")  # the next attempt looks again
            raise CloudError(
                "It does not boot.",
                detail="A server that was started from it did not come up; that server and its disk are deleted.",
                remedy="Retry to start another server from it, or clean up, install the system again and see to its "
                "boot loader and virtio drivers. The image can be deleted in the cloud's console.",
                action="retry",
            )
    return "It boots"


async def undo(ctx: Context) -> None:
    """Its server, and the network that was made for it."""
    await remove_server(ctx)
    await remove_network(ctx)


def _launching(ctx: Context) -> Launching:
    disk = ctx.recipe.server.data_disk

    return Launching(
        name=test_name(ctx),
        note=lambda: "started from the image to see it boot",
        disks=1,
        request=lambda ends: request_of(ctx, test_name(ctx), image_id(ctx), disk, 0, ends),
        disk_note=lambda _is_boot: f"{disk} GB, of the test boot",
    )


async def _notice_lost(ctx: Context) -> None:
    """A server that is gone meanwhile, by its dead-man switch or by somebody, is made anew."""
    have = ctx.log.resource("server")
    if have is None or not have.id or have.fate == "deleted":
        return
    if await show_server(ctx, have.id, have.name) is None:
        ctx.note(f"Server {have.name} is gone; another one is started", "")
        await ctx.log.fate("server", have.id, "deleted")


async def _judge(ctx: Context, server: Server) -> str:
    if ctx.boots.good is None and ctx.recipe.after.test_boot == "log" and (verdict := await _read_log(ctx, server)):
        return verdict
    if ctx.boots.good is None and ctx.on_install != "wait":  # nobody is there
        raise HandBack(_TEXT, server.id)
    good = await _ask(ctx, server)
    ctx.boots.forget()
    return "boots" if good else "fails"


async def _read_log(ctx: Context, server: Server) -> str:
    """ "boots", "fails", or "" where the log does not tell."""
    began = ctx.clock.monotonic()

    async def look() -> str | None:
        try:
            log = await ctx.cloud.ecs.console_output(server.id, _LINES)
        except AppError as error:
            if error.retryable:
                raise
            ctx.note(f"The console's log cannot be read: {error.title}", error.request_id)
            return ""
        ctx.say("Reading the console's log" if log else "Waiting for the console's log", None)
        if log is None:
            ctx.note("This cloud does not tell what a server writes to its console", "")
            return ""
        for verdict, pattern in (("fails", _DOWN), ("boots", _UP)):
            if found := pattern.search(log):
                ctx.note(f"The console's log says: {_line(found.group(0))}", "")
                return verdict
        mute = not log.strip() and ctx.clock.monotonic() - began > _MUTE_FOR
        return "" if mute or ctx.boots.good is not None else None

    try:
        return await until(ctx, look, seconds=_LOG_WITHIN) or ""
    except AppError as error:
        if not error.retryable:
            raise
        ctx.note(f"The console's log cannot be read: {error.title}", error.request_id)
        return ""


def _line(text: str) -> str:
    plain = "".join(letter for letter in text if letter.isprintable()).strip()
    return plain if len(plain) <= _LONGEST_LINE else f"{plain[: _LONGEST_LINE - 1]}…"


async def _ask(ctx: Context, server: Server) -> bool:
    """What the operator says, however long it takes."""
    if ctx.boots.good is None:
        ctx.your_turn(_TEXT, server.id)
    began = ctx.clock.monotonic()
    watch = Stopwatch(ctx.clock)
    missed = 0
    while not ctx.boots.said.is_set():
        try:
            there = await ctx.cloud.ecs.server(server.id)
        except AppError as error:
            if not error.retryable:
                raise
            ctx.say(f"{error.title} Trying again", None)
        else:
            missed = missed + 1 if there is None else 0
        if missed >= _MISSED_LOOKS:
            raise NotFoundError(
                "The server of the test boot is gone.",
                detail=f"The cloud no longer knows server {server.id}; somebody has deleted it.",
                remedy="Retry: another one is started.",
                action="retry",
            )
        await said_or_slept(ctx, ctx.boots.said, watch, interval(ctx.clock.monotonic() - began, None))
    return bool(ctx.boots.good)


STAGE = Stage(
    "test-boot",
    "Test boot",
    run=run,
    undo=undo,
    after=("clean-up",),
    deadline=None,
    needed=lambda recipe: bool(recipe.after.test_boot),
)
