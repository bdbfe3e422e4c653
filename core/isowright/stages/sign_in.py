"""Sign in: runs again whenever a run is gone on with, since what it yields lives in memory only.

A run whose journal is incomplete learns here what it has made. A run that was left alone has its server's dead-man
switch put off here, before anything else.
"""

from __future__ import annotations

from isowright.pipeline.stage import Context, Stage
from isowright.stages import _dead_man as dead_man
from isowright.stages._recall import recall


async def run(ctx: Context) -> str:
    ctx.say("Signing in", None)
    who = await ctx.cloud.sign_in()
    ctx.note(f"Signed in as {who.user}, project {who.project_name or who.project_id}", "")
    if ctx.cloud.clock_note:
        ctx.note(ctx.cloud.clock_note, "")
    await recall(ctx)
    await dead_man.put_off_first(ctx)
    return f"{who.user} in {who.project_name or who.project_id}"


STAGE = Stage("sign-in", "Sign in", run=run, deadline=450.0)
