"""Copy the image to another region, by an agency that lets the image service write there. Only if that was asked for.

The job is the source region's, the copy the other's: it is looked for by its name, which was free there before the
request left. Where nothing tells the other region's address, a doubt is the operator's to settle, never to be guessed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from isowright.errors import (
    AppError,
    CloudError,
    InputError,
    JobFailedError,
    JobTimeoutError,
    NameTakenError,
    UnknownOutcomeError,
)
from isowright.names import copy_name
from isowright.pipeline.stage import Context, Stage
from isowright.stages._after import after_image, image_id
from isowright.stages._images import Making, active, make
from isowright.stages._marks import COPY_JOB
from isowright.stages._removal import remove_image
from isowright.stages._waiting import firmly, in_doubt, job, job_forgotten, too_late, until

_SECONDS = 14400.0
_DOUBT_PATIENCE = 300.0
_REPEAT_AFTER = 900.0  # a copy is listed when it is complete; a second one is refused for its name
_WHAT = "Copying the image"
_TOLD = "copy_doubt"  # fact: the operator was asked to look for the copy
_NAME_TAKEN, _NOT_FOR_ISO = "IMG.0009", "IMG.0167"


async def run(ctx: Context) -> str:
    name, region = _name(ctx), ctx.recipe.after.copy_region
    with after_image(f"was not copied to {region}"):
        try:
            async with _there(ctx) as there:
                made = await (_seen(ctx, there, name) if there is not None else _unseen(ctx, name))
        except (NameTakenError, JobFailedError) as error:
            raise _explained(error, name, region) from error
        await ctx.log.fate("image-copy", made, "kept")
    return f"{name} is in {region}"


async def _seen(ctx: Context, there: Context, name: str) -> str:
    """The copy's id, active; where the other region can be looked at."""
    have = ctx.log.resource("image-copy")
    if have is None or have.fate == "deleted":
        ctx.say(f"Checking the name in {ctx.recipe.after.copy_region}", None)
        if any(image.name == name for image in await there.cloud.ims.images(name=name)):
            raise NameTakenError("The name is taken.", remedy="Choose another.", code=_NAME_TAKEN)
    making = Making(
        kind="image-copy",
        name=name,
        origin="",
        job_fact=COPY_JOB,
        what=_WHAT,
        note=_note(ctx),
        seconds=_SECONDS,
        own_name=False,
        ask=lambda: _ask(ctx, name),
        look=ctx.cloud.ims.job,
        patience=_REPEAT_AFTER,
        ours=lambda _image: True,
    )
    made = await make(there, making)
    await active(there, "image-copy", made)
    return made


async def _unseen(ctx: Context, name: str) -> str:
    """The same where only the job can be asked for."""
    have = ctx.log.resource("image-copy")
    if have is not None and have.id and have.fate != "deleted":
        return have.id
    job_id = ctx.log.known(COPY_JOB)
    if have is not None and not have.id and not job_id and not ctx.log.known(_TOLD):
        await ctx.log.fact(_TOLD, "yes")
        raise _look_yourself(ctx, name)
    if have is None or have.id:
        await ctx.log.intend("image-copy", name, _note(ctx))
    if not job_id:

        async def send() -> str:
            await ctx.log.fact(_TOLD, "")
            asked = await _ask(ctx, name)
            await ctx.log.fact(COPY_JOB, asked)
            return asked

        try:
            job_id = await firmly(send())
        except AppError as error:
            if in_doubt(error):
                await ctx.log.fact(_TOLD, "yes")
                raise _look_yourself(ctx, name) from error
            await ctx.log.refused("image-copy")
            raise
    try:
        ended = await job(ctx, ctx.cloud.ims.job, job_id, what=_WHAT, seconds=_SECONDS)
    except JobFailedError:
        await ctx.log.fact(COPY_JOB, "")
        await ctx.log.refused("image-copy")
        raise
    made = ended.image_id or f"{ctx.recipe.after.copy_region}/{name}"
    await ctx.log.made("image-copy", name, made, _note(ctx))
    return made


async def _ask(ctx: Context, name: str) -> str:
    after = ctx.recipe.after
    return await ctx.cloud.changes.copy_to_region(
        image_id(ctx),
        name=name,
        region=after.copy_region,
        project_name=after.copy_project or after.copy_region,
        agency=after.copy_agency,
        description=ctx.recipe.image.description,
    )


@asynccontextmanager
async def _there(ctx: Context) -> AsyncIterator[Context | None]:
    """The same run in the other region; None if nothing tells where that is."""
    after = ctx.recipe.after
    try:
        cloud = ctx.cloud.elsewhere(after.copy_region, after.copy_project or after.copy_region)
    except InputError as error:
        ctx.note(f"{error.title} The copy cannot be looked at; its job is all that tells", "")
        yield None
        return
    try:
        yield replace(ctx, cloud=cloud)
    finally:
        await cloud.aclose()


def _name(ctx: Context) -> str:
    return copy_name(ctx.recipe)


def _note(ctx: Context) -> str:
    return f"in {ctx.recipe.after.copy_region}"


def _explained(error: AppError, name: str, region: str) -> AppError:
    if error.code == _NAME_TAKEN:
        return CloudError(
            f"Another image in {region} is called “{name}”.",
            detail="Image names are unique in a project. The other image was not touched.",
            remedy="Give the copy another name (Image page, After the image), then go on.",
            code=error.code,
            request_id=error.request_id,
            action="step:image.after",
        )
    if error.code == _NOT_FOR_ISO:
        error.detail = f"{error.detail} Some clouds copy no image whose system came from an ISO file."
    return error


def _look_yourself(ctx: Context, name: str) -> UnknownOutcomeError:
    region = ctx.recipe.after.copy_region
    return UnknownOutcomeError(
        "It is not known whether the copy was begun.",
        detail=f"The cloud's answer was lost, and the address of {region} is not known here.",
        remedy=f"Look in the cloud's console for an image “{name}” in {region}. If it is there, take the copy "
        "out of the run's answers; if not, retry.",
        action="retry",
    )


async def undo(ctx: Context) -> None:
    """A finished copy stays, as asked for; one that failed half-way is deleted."""
    row = ctx.log.resource("image-copy")
    if row is None or row.fate in ("kept", "deleted"):
        return
    ended = False
    if job_id := ctx.log.known(COPY_JOB):
        try:
            await job(ctx, ctx.cloud.ims.job, job_id, what=_WHAT, seconds=_SECONDS / 4)
            ended = True
        except (JobFailedError, JobTimeoutError) as error:
            ended = isinstance(error, JobFailedError)
            ctx.note(error.title, error.request_id)
        except AppError as error:
            if not job_forgotten(error):
                raise
    async with _there(ctx) as there:
        if there is None:
            made = row.id or f"{ctx.recipe.after.copy_region}/{row.name}"
            await ctx.log.made("image-copy", row.name, made, f"{_note(ctx)}; look there whether it was made")
            await ctx.log.fate("image-copy", made, "kept")
            return
        await _settle(there, row.name, row.id, patience=10.0 if ended else _DOUBT_PATIENCE)


async def _settle(there: Context, name: str, made: str, *, patience: float) -> None:
    async def found() -> str | None:
        images = await there.cloud.ims.images(name=name)
        return next((image.id for image in images if image.name == name), None)

    made = made or await until(there, found, seconds=patience) or ""
    if not made:
        await there.log.refused("image-copy")
        return
    await there.log.made("image-copy", name, made)

    async def decided() -> str | None:
        image = await there.cloud.ims.image(made)
        return None if image is not None and image.status in ("queued", "saving") else image.status if image else "gone"

    status = await until(there, decided, seconds=_DOUBT_PATIENCE)
    if status is None:
        raise too_late(f"The copy {name} was neither made nor given up", _DOUBT_PATIENCE)
    if status == "active":
        await there.log.fate("image-copy", made, "kept")
    elif status == "gone":
        await there.log.fate("image-copy", made, "deleted")
    else:
        await remove_image(there, "image-copy", made)


STAGE = Stage(
    "copy-image",
    "Copy to another region",
    run=run,
    undo=undo,
    after=("share-image",),
    deadline=_SECONDS + 1800.0,
    needed=lambda recipe: recipe.after.copies,
)
