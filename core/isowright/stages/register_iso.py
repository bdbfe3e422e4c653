"""Register the ISO: an image of type IsoImage is made from the object, for the temporary server to boot."""

from __future__ import annotations

from isowright.pipeline.stage import Context, Stage
from isowright.stages._images import Making, active, make, taken
from isowright.stages._marks import ISO_JOB, iso_name, iso_origin
from isowright.stages._removal import remove_images

_SECONDS = 3600.0


async def run(ctx: Context) -> str:
    recipe = ctx.recipe
    have = ctx.log.resource("iso-image")
    name = have.name if have is not None and have.fate != "deleted" else iso_name(ctx)
    if have is None:
        # Better refused now than after the installation.
        ctx.say("Checking the image's name", None)
        if any(image.name == recipe.image.name for image in await ctx.cloud.ims.images(name=recipe.image.name)):
            raise taken(recipe.image.name)

    async def ask() -> str:
        return await ctx.cloud.ims.register_iso(
            name=name,
            bucket=recipe.iso.bucket,
            key=recipe.iso.key,
            os_version=recipe.image.os_version,
            min_disk=recipe.image.min_disk,
            firmware=recipe.image.firmware,
            tags=ctx.marks,
            enterprise_project_id=recipe.image.enterprise_project_id,
        )

    making = Making(
        kind="iso-image",
        name=name,
        origin=iso_origin(ctx),
        job_fact=ISO_JOB,
        what="Registering the ISO",
        note="the installer; deleted at the end",
        seconds=_SECONDS,
        own_name=True,
        ask=ask,
    )
    image = await active(ctx, "iso-image", await make(ctx, making))
    return f"{image.name} is ready"


async def undo(ctx: Context) -> None:
    await remove_images(ctx, "iso-image", iso_origin(ctx))


STAGE = Stage(
    "register-iso", "Register ISO", run=run, undo=undo, after=("sign-in", "upload-iso"), deadline=_SECONDS + 1800.0
)
