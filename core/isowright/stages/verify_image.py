"""Verify: the image is active and made of the right disk. Only after this is anything deleted."""

from __future__ import annotations

from isowright.cloud.models import Image
from isowright.errors import AppError, CloudError
from isowright.pipeline.stage import VERIFIED, Context, Stage
from isowright.stages import capture_disk
from isowright.stages._images import active
from isowright.stages._marks import CAPTURED


async def run(ctx: Context) -> str:
    made = ctx.log.resource("image")
    if made is None or made.fate == "deleted":  # an earlier attempt found it gone; the installed disk is still there
        await capture_disk.run(ctx)
        made = ctx.log.resource("image")
    image = await active(ctx, "image", made.id if made else "")
    if wrong := _wrong(ctx, image):
        raise CloudError(
            "The image is not what was asked for.",
            detail=f"Image {image.id}: {wrong} The temporary server and its disks are still there.",
            remedy="Look at the image in the cloud's console; then retry, or clean up and run the recipe again.",
            action="clean-up",
        )
    await _start_as_installed(ctx, image)
    await ctx.log.fact(VERIFIED, image.id)
    await ctx.log.fate("image", image.id, "kept")
    ctx.note(f"Image {image.id}: active, minimum disk {image.min_disk} GB, {image.size or 'unknown'} bytes", "")
    return f"Active, minimum disk {image.min_disk} GB"


async def _start_as_installed(ctx: Context, image: Image) -> None:
    """A disk tells nothing of the firmware that it was installed with. A refusal is said; the image stays as it is."""
    wanted = ctx.recipe.image.firmware
    if not wanted or image.firmware == wanted:
        return
    try:
        await ctx.cloud.changes.set_firmware(image.id, wanted)
    except AppError as error:
        if error.retryable:
            raise
        words = f"Servers of the image may not start by {wanted.upper()}: it could not be set so. {error.title}"
        ctx.note(words, error.request_id)
    else:
        ctx.note(f"Servers of the image start by {wanted.upper()}", "")


def _wrong(ctx: Context, image: Image) -> str:
    """What is wrong with it, in words; "" = nothing. What the cloud does not tell is not held against it."""
    disk = ctx.log.known(CAPTURED)
    data_disk = ctx.recipe.server.data_disk
    if image.virtual_env_type == "IsoImage" or image.disk_format == "iso":
        return "it is an ISO image, not an installed system."
    if image.data_origin and disk and image.data_origin != f"volume,{disk}":
        return f"it was made from {image.data_origin}, not from disk {disk}."
    if 0 < image.min_disk < data_disk:
        return f"its minimum disk is {image.min_disk} GB, but the disk has {data_disk} GB."
    if image.size < 0:
        return "its size is negative."
    return ""


STAGE = Stage("verify-image", "Verify", run=run, after=("capture-disk",), deadline=1800.0)
