"""Launch the temporary server: it boots the ISO image from its system disk and carries one empty data disk, onto which
the operating system goes."""

from __future__ import annotations

from isowright.cloud.ecs_wire import PublicIp, ServerRequest
from isowright.events import ResourceKind
from isowright.pipeline.stage import Context, Stage
from isowright.stages._flavor import flavor, flavor_note
from isowright.stages._marks import server_name
from isowright.stages._removal import remove_server
from isowright.stages._servers import SECONDS, Launching, launch

_OWN_NETWORK: tuple[ResourceKind, ResourceKind] = ("vpc", "subnet")


async def run(ctx: Context) -> str:
    sizes = ctx.recipe.server
    iso = ctx.log.resource("iso-image")

    def disk_note(is_boot: bool) -> str:
        if is_boot:
            return f"{sizes.system_disk} GB, holds the installer"
        return f"{sizes.data_disk} GB, becomes the image"

    launching = Launching(
        name=server_name(ctx),
        note=lambda: flavor_note(ctx),
        disks=2,
        request=lambda ends: request_of(
            ctx, server_name(ctx), iso.id if iso else "", sizes.system_disk, sizes.data_disk, ends
        ),
        disk_note=disk_note,
    )
    server = await launch(ctx, launching)
    return f"{server.name} is running"


def request_of(
    ctx: Context, name: str, image_id: str, system_disk: int, data_disk: int, auto_terminate_time: str
) -> ServerRequest:
    """A server of the recipe's flavor, or of the one taken in its place, in its network or the run's own.

    Sizes in GB, data_disk 0 = none.
    """
    recipe, network = ctx.recipe, ctx.recipe.network
    vpc_id, subnet_id = network.vpc_id, network.subnet_id
    if network.make:
        vpc_id, subnet_id = ((row.id if row else "") for row in map(ctx.log.resource, _OWN_NETWORK))
    return ServerRequest(
        name=name,
        image_id=image_id,
        flavor_id=flavor(ctx),
        vpc_id=vpc_id,
        subnet_id=subnet_id,
        availability_zone=recipe.server.availability_zone,
        volume_type=recipe.server.volume_type,
        system_disk=system_disk,
        data_disk=data_disk,
        security_group_ids=network.security_group_ids,
        tags=ctx.marks,
        enterprise_project_id=recipe.image.enterprise_project_id,
        description="Temporary: Isowright deletes it",
        public_ip=PublicIp(network.public_ip_type, network.public_ip_mbit) if network.public_ip else None,
        auto_terminate_time=auto_terminate_time,
    )


STAGE = Stage(
    "launch-server",
    "Launch temporary server",
    run=run,
    undo=remove_server,
    after=("register-iso", "make-network"),
    deadline=SECONDS + 1200.0,
)
