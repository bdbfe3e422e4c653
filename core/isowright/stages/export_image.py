"""Export the image to an object of a bucket. Only if that was asked for.

IMS knows no idempotency token: the object must not be there before the first request, so that afterwards it can only
be this run's. An object appears when it is complete.
"""

from __future__ import annotations

from isowright.errors import AppError, CloudError, ForbiddenError, JobFailedError, JobTimeoutError
from isowright.names import export_key
from isowright.pipeline.stage import Context, Stage
from isowright.stages._after import after_image, image_id
from isowright.stages._marks import EXPORT_JOB
from isowright.stages._waiting import firmly, in_doubt, job, job_forgotten, too_late, until

_SECONDS = 14400.0
_DOUBT_PATIENCE = 300.0
_SEEN_WITHIN = 60.0
_WHAT = "Exporting the image"
_THERE, _UNDER_WAY = "IMG.0070", "IMG.0148"
_FREE = "export_free"  # fact: the object was not there before the first request


async def run(ctx: Context) -> str:
    name = _name(ctx)
    with after_image("was not exported"):
        have = ctx.log.resource("export")
        if have is None or not have.id or have.fate == "deleted":
            await _export(ctx, name, begun=have is not None and not have.id)
        await ctx.log.made("export", name, name, _note(ctx))
        await ctx.log.fate("export", name, "kept")
    return f"Exported to {name}"


async def _export(ctx: Context, name: str, *, begun: bool) -> None:
    job_id = (ctx.log.known(EXPORT_JOB) or "") if begun else ""
    if not begun:
        await _intend(ctx, name)
    elif not job_id:
        ctx.say("Looking whether an earlier request came through", None)
        if await _appears(ctx, _SEEN_WITHIN):
            return
    if not job_id and not (job_id := await _ask(ctx, name, doubt=begun)):
        return
    try:
        await job(ctx, ctx.cloud.ims.job, job_id, what=_WHAT, seconds=_SECONDS)
    except JobFailedError:
        await _failed(ctx, name)
        raise
    except AppError as error:
        if not job_forgotten(error):
            raise
    if not await _appears(ctx, _SEEN_WITHIN, blind=True):
        await ctx.log.fact(EXPORT_JOB, "")
        raise CloudError(
            "The job has ended, but the exported file is not there.",
            detail=f"The cloud said success; the bucket has no object {name}.",
            remedy="Look into the bucket, then retry: the run looks for the file again before it asks once more.",
            action="retry",
        )


async def _intend(ctx: Context, name: str) -> None:
    ctx.say(f"Looking whether {name} is free", None)
    there = await _is_there(ctx)
    if there:
        raise _taken(name)
    await ctx.log.fact(_FREE, "yes" if there is False else "")
    await ctx.log.fact(EXPORT_JOB, "")
    await ctx.log.intend("export", name, _note(ctx))


async def _ask(ctx: Context, name: str, *, doubt: bool) -> str:
    """The job's id; "" = an earlier request has made the object."""
    after = ctx.recipe.after

    async def send() -> str:
        asked = await ctx.cloud.changes.export(
            image_id(ctx), bucket=after.export_bucket, key=export_key(ctx.recipe), file_format=after.export_format
        )
        await ctx.log.fact(EXPORT_JOB, asked)
        return asked

    while True:
        try:
            return await firmly(send())
        except AppError as error:
            if error.code in (_THERE, _UNDER_WAY) and doubt:  # an earlier request of this run came through
                if await _appears(ctx, _SECONDS, blind=True):
                    return ""
                raise
            if in_doubt(error) and not doubt:
                ctx.note(f"The answer was lost ({error.title}); looking whether the request came through", "")
                if await _appears(ctx, _DOUBT_PATIENCE):
                    return ""
                # Should the first one still take effect, this one is refused.
                doubt = True
                continue
            if in_doubt(error):
                raise
            await ctx.log.refused("export")
            if error.code == _THERE:
                raise _taken(name) from error
            raise


async def _failed(ctx: Context, name: str) -> None:
    """What a failed job left behind goes, so that the next attempt finds the place free."""
    after = ctx.recipe.after
    if await _is_there(ctx) and ctx.log.known(_FREE):
        ctx.say(f"Deleting what is left of {name}", None)
        await ctx.cloud.obs.delete_object(after.export_bucket, export_key(ctx.recipe))
        ctx.note(f"Deleted object {name}, left by a failed job", "")
    await ctx.log.refused("export")
    await ctx.log.fact(EXPORT_JOB, "")  # last: until then a run that is gone on with comes here again


async def _is_there(ctx: Context) -> bool | None:
    """None: who may not list the bucket is not told."""
    after = ctx.recipe.after
    try:
        return await ctx.cloud.obs.head(after.export_bucket, export_key(ctx.recipe)) is not None
    except ForbiddenError:
        return None


async def _appears(ctx: Context, seconds: float, *, blind: bool = False) -> bool:
    """Whether the object is there within so long. blind: what is taken for true if looking is not allowed."""

    async def look() -> bool | None:
        there = await _is_there(ctx)
        return blind if there is None else there or None

    return bool(await until(ctx, look, seconds=seconds))


def _name(ctx: Context) -> str:
    return f"{ctx.recipe.after.export_bucket}/{export_key(ctx.recipe)}"


def _note(ctx: Context) -> str:
    return f"the image as {ctx.recipe.after.export_format or 'the cloud stores it'}"


def _taken(name: str) -> CloudError:
    return CloudError(
        f"The object {name} exists already.",
        detail="It was not touched.",
        remedy="Give the exported file another name (Image page, After the image), then go on.",
        code=_THERE,
        action="step:image.after",
    )


async def undo(ctx: Context) -> None:
    """A finished export stays, as asked for; what a failed one left is deleted."""
    row = ctx.log.resource("export")
    if row is None or row.fate in ("kept", "deleted"):
        return
    name, failed, forgotten = _name(ctx), False, False
    if job_id := ctx.log.known(EXPORT_JOB):
        try:
            await job(ctx, ctx.cloud.ims.job, job_id, what=_WHAT, seconds=_SECONDS / 4)
        except JobFailedError as error:
            failed = True
            ctx.note(error.title, error.request_id)
        except JobTimeoutError:
            raise too_late("The export was neither made nor given up", _SECONDS / 4) from None
        except AppError as error:
            if not job_forgotten(error):
                raise
            forgotten = True
    if failed:
        await _failed(ctx, name)
    elif await _appears(ctx, _SEEN_WITHIN if job_id and not forgotten else _DOUBT_PATIENCE, blind=bool(job_id)):
        await ctx.log.made("export", name, name)
        await ctx.log.fate("export", name, "kept")
    else:
        await ctx.log.refused("export")


STAGE = Stage(
    "export-image",
    "Export to a bucket",
    run=run,
    undo=undo,
    after=("copy-image",),
    deadline=_SECONDS + 1800.0,
    needed=lambda recipe: recipe.after.exports,
)
