"""Making an image, of an ISO or of a disk, exactly once: IMS knows no idempotency token, so doubts are settled by
asking for the image's name and origin, never by simply repeating."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from isowright.cloud.models import Image, Job
from isowright.errors import AppError, CloudError, JobFailedError, NameTakenError, UnknownOutcomeError
from isowright.events import ResourceKind
from isowright.pipeline.stage import Context
from isowright.stages._marks import find_image
from isowright.stages._removal import remove_image
from isowright.stages._waiting import firmly, in_doubt, job, job_forgotten, too_late, until

_LISTED_WITHIN = 300.0  # after a job's SUCCESS, and after a request with an unknown outcome
_ACTIVE_WITHIN = 900.0
_TOO_MANY_TASKS = "IMG.0060"
_TAKEN = "IMG.0009"
_PAUSE = 15.0


@dataclass(frozen=True)
class Making:
    """One image to be made. `ask` sends the request and returns the job id; `own_name`: nobody else uses this name."""

    kind: ResourceKind
    name: str
    origin: str
    job_fact: str
    what: str  # "Registering the ISO"
    note: str
    seconds: float
    own_name: bool
    ask: Callable[[], Awaitable[str]]
    look: Callable[[str], Awaitable[Job]] | None = None  # at its job, where that is another cloud's than the image
    patience: float = 60.0  # seconds in which an earlier request shows, before it is repeated
    ours: Callable[[Image], bool] | None = None  # of an image of this name, where its marks do not tell


async def make(ctx: Context, making: Making) -> str:
    """The image's id, whether it is made now, was made before or turns out to exist. It may not be active yet."""
    have = ctx.log.resource(making.kind)
    if have is not None and have.id and have.fate != "deleted":
        image = await ctx.cloud.ims.image(have.id)
        if image is None or image.status not in ("killed", "deleted"):
            return have.id
        ctx.note(f"Image {have.id} is {image.status}; it is deleted and made anew", "")
        await remove_image(ctx, making.kind, have.id)
        have = None
    if have is not None and have.fate == "deleted":
        have = None
    job_id = ctx.log.known(making.job_fact) or ""
    doubt = have is not None and not job_id
    if doubt:
        ctx.say("Looking whether an earlier request came through", None)
        if image_id := await _appear(ctx, making, making.patience):
            return image_id
    if have is None:
        await ctx.log.fact(making.job_fact, "")  # of an earlier image; the new intent must not be taken for its work
        await ctx.log.intend(making.kind, making.name, making.note)
        job_id = ""
    if not job_id:
        job_id, image_id = await _ask(ctx, making, doubt=doubt)
        if image_id:
            return image_id
    return await _wait(ctx, making, job_id)


def _again(making: Making) -> str:
    """Fact: the request was repeated though its first answer was lost."""
    return f"{making.job_fact}_again"


async def _find(ctx: Context, making: Making) -> Image | None:
    if making.ours is None:
        return await find_image(ctx, making.name, making.origin)
    named = await ctx.cloud.ims.images(name=making.name)
    return next((image for image in named if image.name == making.name and making.ours(image)), None)


async def _ask(ctx: Context, making: Making, *, doubt: bool) -> tuple[str, str]:
    """(job id, "") or ("", id of an image that an earlier request has made)."""

    async def send() -> str:
        await ctx.log.fact(_again(making), "yes" if doubt else "")
        job_id = await making.ask()
        await ctx.log.fact(making.job_fact, job_id)
        return job_id

    while True:
        try:
            return await firmly(send()), ""
        except NameTakenError as error:
            image_id = await _appear(ctx, making, making.seconds if doubt or making.own_name else 0.0)
            if image_id:
                return "", image_id
            await ctx.log.refused(making.kind)
            raise taken(making.name, error) from error
        except AppError as error:
            if error.code == _TOO_MANY_TASKS:
                ctx.say("The image service is busy with other images; waiting for a free place", None)
                await ctx.clock.sleep(_PAUSE)
            elif in_doubt(error):
                ctx.note(f"The answer was lost ({error.title}); looking whether the request came through", "")
                if image_id := await _appear(ctx, making, _LISTED_WITHIN):
                    return "", image_id
                if doubt:
                    raise
                # The name is unique: should the first request still take effect, this one is refused (IMG.0009).
                doubt = True
            else:
                await ctx.log.refused(making.kind)
                raise


def taken(name: str, error: AppError | None = None) -> NameTakenError:
    return NameTakenError(
        f"Another image is already called “{name}”.",
        detail="Image names are unique in a project. The other image was not touched.",
        remedy="Choose another name for the image; the run goes on with it.",
        code=error.code if error else "IMG.0009",
        status=error.status if error else None,
        request_id=error.request_id if error else "",
        action="rename",
    )


async def _appear(ctx: Context, making: Making, seconds: float) -> str:
    """The id of the image once it is listed, journalled; "" if it is not within `seconds`."""
    found = await until(ctx, lambda: _find(ctx, making), seconds=seconds)
    if found is None:
        return ""
    ctx.note(f"Found image {found.id}, made by an earlier request of this run", "")
    await ctx.log.made(making.kind, making.name, found.id, making.note)
    return found.id


async def _wait(ctx: Context, making: Making, job_id: str) -> str:
    looks: list[Job] = []
    try:
        look = making.look or ctx.cloud.ims.job
        ended = await job(ctx, look, job_id, what=making.what, seconds=making.seconds, seen=looks.append)
        image_id = ended.image_id
    except JobFailedError as error:
        # Asked for a second time: the name is taken by the first request, whose answer was lost.
        if (
            error.code == _TAKEN
            and ctx.log.known(_again(making))
            and (made := await _appear(ctx, making, making.seconds))
        ):
            return made
        # What the failed job left behind belongs to the run.
        left = next((look.image_id for look in reversed(looks) if look.image_id), "")
        image = await ctx.cloud.ims.image(left) if left else None
        image = image or await _find(ctx, making)
        if image is not None:
            await ctx.log.made(making.kind, making.name, image.id, "left by a failed job")
        else:
            await ctx.log.refused(making.kind)
        await ctx.log.fact(making.job_fact, "")
        raise
    except AppError as error:
        if not job_forgotten(error):
            raise
        image_id = ""
    if not image_id and not (image_id := await _appear(ctx, making, _LISTED_WITHIN)):
        raise UnknownOutcomeError(
            f"{making.what}: the job has ended, but there is no image “{making.name}”.",
            detail="The cloud said success and named no image; none of this name came up within five minutes.",
            remedy="Retry in some minutes; the run looks for the image again.",
            retryable=True,
            action="retry",
        )
    await ctx.log.made(making.kind, making.name, image_id, making.note)
    return image_id


async def active(ctx: Context, kind: ResourceKind, image_id: str) -> Image:
    """The image as soon as it can be used. Not being listed means "not yet" for some minutes, then "gone"."""

    seen = False

    async def look() -> Image | None:
        nonlocal seen
        image = await ctx.cloud.ims.image(image_id)
        seen = seen or image is not None
        ctx.say(f"Image {image_id[:8]}… · {image.status if image else 'not listed yet'}", None)
        return image if image is not None and image.status in ("active", "killed", "deleted") else None

    image = await until(ctx, look, seconds=_LISTED_WITHIN)
    if image is None and seen:
        image = await until(ctx, look, seconds=_ACTIVE_WITHIN)
    if image is None:
        if seen:
            raise too_late("The image did not become active", _ACTIVE_WITHIN)
        await ctx.log.fate(kind, image_id, "deleted")
        raise CloudError(
            "The image is not there.",
            detail=f"The cloud's list does not have image {image_id}; somebody may have deleted it.",
            remedy="Retry: it is made anew.",
            action="retry",
        )
    if image.status != "active":
        raise CloudError(
            f"The cloud marked the image as {image.status}.",
            detail=f"Image {image_id} cannot be used.",
            remedy="Retry: it is deleted and made anew. If that fails too, ask the cloud's support about the image.",
            retryable=True,
            action="retry",
        )
    return image
