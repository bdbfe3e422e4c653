"""Share the image with projects of this or other accounts, who have to accept it. Only if that was asked for."""

from __future__ import annotations

from isowright.errors import AppError, CloudError, JobFailedError, JobTimeoutError
from isowright.pipeline.stage import Context, Stage
from isowright.stages._after import after_image, image_id
from isowright.stages._marks import SHARE_JOB
from isowright.stages._waiting import firmly, in_doubt, job, job_forgotten, until

_SECONDS = 600.0
_LISTED_WITHIN = 60.0
_WHAT = "Sharing the image"


async def run(ctx: Context) -> str:
    projects, image = ctx.recipe.after.share_with, image_id(ctx)
    name = ", ".join(projects)
    with after_image("was not shared with all"):
        ctx.say("Looking whom the image is shared with", None)
        if missing := await _missing(ctx):
            await _share(ctx, image, name, missing)
        await ctx.log.made("share", name, image, _note(ctx))
        await ctx.log.fate("share", image, "kept")
    return f"Shared with {_count(ctx)}; each has to accept it"


async def _share(ctx: Context, image: str, name: str, missing: list[str]) -> None:
    row = ctx.log.resource("share")
    if row is None or row.id:
        await ctx.log.fact(SHARE_JOB, "")
        await ctx.log.intend("share", name, _note(ctx))
    job_id = ctx.log.known(SHARE_JOB) or ""
    if row is not None and not row.id and not job_id:
        ctx.say("Looking whether an earlier request came through", None)
        if await _listed(ctx):
            return
    job_id = job_id or await _ask(ctx, image, missing)
    try:
        if job_id:
            await job(ctx, ctx.cloud.ims.job, job_id, what=_WHAT, seconds=_SECONDS)
    except JobFailedError:
        await ctx.log.fact(SHARE_JOB, "")
        raise
    except AppError as error:
        if not job_forgotten(error):
            raise
    if not await _listed(ctx):
        await ctx.log.fact(SHARE_JOB, "")
        raise CloudError(
            "Not all projects have it.",
            detail=f"The cloud said success, but does not list {', '.join(await _missing(ctx))}.",
            remedy="Check these ids, then retry: only what is missing is asked for again.",
            action="retry",
        )


async def _ask(ctx: Context, image: str, missing: list[str]) -> str:
    """The job's id; "" = an earlier request has done it."""

    async def send() -> str:
        asked = await ctx.cloud.changes.share(image, missing)
        await ctx.log.fact(SHARE_JOB, asked)
        return asked

    try:
        return await firmly(send())
    except AppError as error:
        if not in_doubt(error):
            await ctx.log.refused("share")
            raise
        ctx.note(f"The answer was lost ({error.title}); looking whom the image is shared with", "")
        if await _listed(ctx):
            return ""
        raise


async def _listed(ctx: Context) -> bool:
    """Whether all projects come to be listed."""

    async def all_there() -> bool | None:
        return None if await _missing(ctx) else True

    return bool(await until(ctx, all_there, seconds=_LISTED_WITHIN))


async def _missing(ctx: Context) -> list[str]:
    there = {member.id for member in await ctx.cloud.changes.members(image_id(ctx))}
    return [project for project in ctx.recipe.after.share_with if project not in there]


def _count(ctx: Context) -> str:
    count = len(ctx.recipe.after.share_with)
    return "1 project" if count == 1 else f"{count} projects"


def _note(ctx: Context) -> str:
    return f"{ctx.recipe.image.name} for {_count(ctx)}"


async def undo(ctx: Context) -> None:
    """Who has the image keeps it; only what became of the request is found out."""
    row = ctx.log.resource("share")
    if row is None or row.fate in ("kept", "deleted"):
        return
    if job_id := ctx.log.known(SHARE_JOB):
        try:
            await job(ctx, ctx.cloud.ims.job, job_id, what=_WHAT, seconds=_SECONDS)
        except (JobFailedError, JobTimeoutError) as error:
            ctx.note(error.title, error.request_id)
        except AppError as error:
            if not job_forgotten(error):
                raise
    image = image_id(ctx)
    if len(await _missing(ctx)) < len(ctx.recipe.after.share_with):
        await ctx.log.made("share", row.name, image)
        await ctx.log.fate("share", image, "kept")
    else:
        await ctx.log.refused("share")


STAGE = Stage(
    "share-image",
    "Share the image",
    run=run,
    undo=undo,
    after=("set-properties",),
    deadline=_SECONDS + 600.0,
    needed=lambda recipe: bool(recipe.after.share_with),
)
