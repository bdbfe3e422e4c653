"""Sign in: runs again whenever a run is gone on with, since what it yields lives in memory only."""

from __future__ import annotations

from isowright.pipeline.stage import Context, Stage


async def run(ctx: Context) -> str:
    ctx.say("Signing in", None)
    who = await ctx.cloud.sign_in()
    ctx.note(f"Signed in as {who.user}, project {who.project_name or who.project_id}", "")
    return f"{who.user} in {who.project_name or who.project_id}"


STAGE = Stage("sign-in", "Sign in", run=run, deadline=300.0)
