"""What the journal has lost is asked of the cloud: by the run's marks, before anything is made, repeated or deleted."""

from __future__ import annotations

from isowright.errors import AppError
from isowright.events import ResourceKind
from isowright.pipeline.stage import DOUBT, PERHAPS, SETTLED, Context
from isowright.recipe import Recipe
from isowright.stages import (
    capture_disk,
    install_os,
    launch_server,
    make_network,
    register_iso,
    upload_iso,
    verify_image,
)
from isowright.stages._marks import (
    CAPTURED,
    find_image,
    find_servers,
    iso_name_of,
    iso_origin,
    server_name_of,
    test_name,
)
from isowright.stages._network import find_subnet, find_vpc
from isowright.stages._waiting import until

_LISTED_WITHIN = 60.0
_FOUND = "found in the cloud by its marks"
_VOLUME = "volume,"


def things(mark: str, recipe: Recipe) -> list[tuple[ResourceKind, str]]:
    """(kind, name) of all that a run asks the cloud for."""
    network: list[tuple[ResourceKind, str]] = [("vpc", server_name_of(mark)), ("subnet", server_name_of(mark))]
    return [
        *(network if recipe.network.make else []),
        ("iso-image", iso_name_of(mark, recipe)),
        ("server", server_name_of(mark)),
        ("image", recipe.image.name),
    ]


async def recall(ctx: Context) -> None:
    """Does nothing for a run whose journal is whole. Afterwards the journal has the ids of all that is there."""
    if not ctx.log.known(DOUBT):
        return
    ctx.say("The journal has lost entries of this run; looking what it has made", None)
    ctx.note("The journal has lost entries of this run: the cloud is asked for what carries its marks", "")

    async def complete() -> bool | None:
        for kind in _open(ctx):
            await _look(ctx, kind)
        return True if not _open(ctx) else None

    await until(ctx, complete, seconds=_LISTED_WITHIN)
    for kind in _open(ctx):
        await ctx.log.refused(kind)
    await _settle(ctx)
    await ctx.log.fact(DOUBT, "")


def _open(ctx: Context) -> list[ResourceKind]:
    """Kinds of which there may be one, though the journal never heard of a request."""
    kinds: tuple[ResourceKind, ...] = ("vpc", "subnet", "iso-image", "server", "image")
    rows = [(kind, ctx.log.resource(kind)) for kind in kinds]
    return [kind for kind, row in rows if row is not None and not row.id and row.note == PERHAPS]


async def _look(ctx: Context, kind: ResourceKind) -> None:
    row = ctx.log.resource(kind)
    name = row.name if row is not None else ""
    if kind == "vpc":
        vpc = await find_vpc(ctx)
        found = vpc.id if vpc is not None else ""
    elif kind == "subnet":
        home = ctx.log.resource("vpc")
        subnet = await find_subnet(ctx, home.id) if home is not None and home.id else None
        found = subnet.id if subnet is not None else ""
    elif kind == "server":
        servers = await find_servers(ctx, name) or await find_servers(ctx, test_name(ctx))
        found = servers[0].id if servers else ""
    else:
        # The disk that the final image was made of is not known any more; its tag has to do.
        image = await find_image(ctx, name, iso_origin(ctx) if kind == "iso-image" else "")
        found = image.id if image is not None else ""
    if found:
        ctx.note(f"Found {name}: {found}", "")
        await ctx.log.made(kind, name, found, _FOUND)


async def _settle(ctx: Context) -> None:
    """With the final image there, nothing before it has to be done again, and a good one is protected at once."""
    row = ctx.log.resource("image")
    if row is None or not row.id or row.fate == "deleted":
        return
    image = await ctx.cloud.ims.image(row.id)
    if image is None or image.status in ("killed", "deleted"):
        return
    if not ctx.log.known(CAPTURED) and image.data_origin.startswith(_VOLUME):
        await ctx.log.fact(CAPTURED, image.data_origin.removeprefix(_VOLUME))
    before = (make_network.STAGE, upload_iso.STAGE, register_iso.STAGE, launch_server.STAGE, install_os.STAGE)
    if ctx.log.known(CAPTURED):
        await ctx.log.fact(SETTLED, " ".join(stage.id for stage in before))
    if image.status == "active":
        try:
            await verify_image.run(ctx)
        except AppError as error:
            ctx.note(f"{capture_disk.STAGE.title}: {error.title}", error.request_id)
