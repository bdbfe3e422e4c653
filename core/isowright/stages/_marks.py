"""How a run's things are named and recognised: only what carries the run's own marks is ever taken for its own."""

from __future__ import annotations

from isowright.cloud.models import Image, Server, Volume
from isowright.pipeline.stage import Context
from isowright.recipe import Recipe

_LONGEST_IMAGE_NAME = 128

ISO_JOB = "iso_job"
SERVER_JOB = "server_job"
SERVER_PROMISED = "server_promised"  # id in the answer to the create request
IMAGE_JOB = "image_job"
REMOVAL_JOB = "removal_job"  # id of the server and of the job that deletes it
CAPTURED = "captured_volume"
SHARE_JOB = "share_job"
COPY_JOB = "copy_job"
EXPORT_JOB = "export_job"


def iso_name(ctx: Context) -> str:
    return iso_name_of(ctx.mark, ctx.recipe)


def iso_name_of(mark: str, recipe: Recipe) -> str:
    """Unique, and legal if the image's own name is."""
    room = _LONGEST_IMAGE_NAME - len("iso-") - 1 - len(mark)
    return f"iso-{recipe.image.name[:room]}-{mark}"


def server_name(ctx: Context) -> str:
    return server_name_of(ctx.mark)


def server_name_of(mark: str) -> str:
    return f"isowright-{mark}"


def network_name(ctx: Context) -> str:
    """Of the run's own VPC, and of the subnet in it."""
    return server_name_of(ctx.mark)


def test_name(ctx: Context) -> str:
    """Of the server that is started from the finished image."""
    return f"{server_name(ctx)}-test"


def iso_origin(ctx: Context) -> str:
    """`__data_origin` of the run's ISO image."""
    return f"file,{ctx.recipe.iso.bucket}:{ctx.recipe.iso.key}"


def tagged(ctx: Context, tags: tuple[str, ...]) -> bool:
    """Whether the tags (`key=value` or `key.value`) name this run."""
    return f"run={ctx.run_id}" in tags or f"run.{ctx.run_id}" in tags


def our_image(ctx: Context, image: Image, name: str, origin: str) -> bool:
    """Names are unique in a project; the origin or the tag proves that it was not somebody else who took this one."""
    if image.name != name:
        return False
    return tagged(ctx, image.tags) or bool(origin and image.data_origin == origin)


async def find_image(ctx: Context, name: str, origin: str) -> Image | None:
    """The run's image of this name, if it is listed."""
    images = await ctx.cloud.ims.images(name=name)
    return next((image for image in images if our_image(ctx, image, name, origin)), None)


async def show_server(ctx: Context, server_id: str, name: str) -> Server | None:
    """The server, also if only the list has it: a single 404 is no proof that what costs money is gone."""
    server = await ctx.cloud.ecs.server(server_id)
    if server is None:
        server = next((s for s in await ctx.cloud.ecs.servers(name=name) if s.id == server_id), None)
    return server


async def find_servers(ctx: Context, name: str) -> list[Server]:
    """Servers of this name that carry the run's tag."""
    named = [s for s in await ctx.cloud.ecs.servers(name=name) if s.status != "DELETED"]
    ours = [s for s in named if tagged(ctx, s.tags)]
    if ours or not named:
        return ours
    # Some clouds leave the tags out of the details.
    by_tag = {s.id for s in await ctx.cloud.ecs.servers_by_tag("run", ctx.run_id)}
    return [s for s in named if s.id in by_tag]


async def find_volumes(ctx: Context, name: str) -> list[Volume]:
    """Disks that the cloud made for a server of the run ("isowright-7f3a9c-volume-0001") and that no server holds."""
    known = {r.id for r in ctx.log.resources() if r.kind in ("system-volume", "data-volume")}
    found: list[Volume] = []
    for number in range(3):
        found += await ctx.cloud.evs.volumes(name=f"{name}-volume-{number:04d}")
    return [v for v in found if not v.server_ids and v.id not in known]
