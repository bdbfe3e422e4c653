"""Make the network of the run's own: a VPC with one subnet. Only in runs that are to have one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

from isowright.cloud.models import Subnet, Vpc
from isowright.cloud.vpc import TAKEN
from isowright.errors import AppError, CloudError
from isowright.events import ResourceKind
from isowright.pipeline.stage import Context, Stage
from isowright.recipe import OWN_NETWORK
from isowright.stages._marks import network_name
from isowright.stages._network import described, find_subnet, find_vpc, remove_network
from isowright.stages._waiting import firmly, in_doubt, too_late, until

GATEWAY = "192.168.0.1"
_READY_WITHIN = 300.0
_LISTED_WITHIN = 60.0

N = TypeVar("N", Vpc, Subnet)


async def run(ctx: Context) -> str:
    vpc = await _have(ctx, "vpc", OWN_NETWORK, lambda: find_vpc(ctx), lambda: _create_vpc(ctx), ctx.cloud.vpc.vpcs)
    subnet = await _have(
        ctx,
        "subnet",
        f"{OWN_NETWORK}, for the temporary server",
        lambda: find_subnet(ctx, vpc.id),
        lambda: _create_subnet(ctx, vpc.id),
        lambda: ctx.cloud.vpc.subnets(vpc.id),
    )
    return f"{vpc.name} with the subnet {subnet.cidr or OWN_NETWORK}"


async def _create_vpc(ctx: Context) -> Vpc:
    owner = ctx.recipe.image.enterprise_project_id
    return await ctx.cloud.vpc.create_vpc(
        network_name(ctx), OWN_NETWORK, description=described(ctx), enterprise_project_id=owner
    )


async def _create_subnet(ctx: Context, vpc_id: str) -> Subnet:
    # Which name servers a region has no call tells; those of the project's other subnets are good ones.
    others = await ctx.cloud.vpc.subnets()
    servers = next((one.name_servers for one in others if one.name_servers), ())
    if not servers:
        ctx.note("No subnet of this project names a name server; the installer will have none either", "")
    return await ctx.cloud.vpc.create_subnet(
        network_name(ctx), vpc_id, OWN_NETWORK, GATEWAY, description=described(ctx), name_servers=servers[:2]
    )


async def _have(
    ctx: Context,
    kind: Literal["vpc", "subnet"],
    note: str,
    find: Callable[[], Awaitable[N | None]],
    create: Callable[[], Awaitable[N]],
    listed: Callable[[], Awaitable[list[N]]],
) -> N:
    """It, whether it is made now, was made before or turns out to exist; ready for use, and tagged."""
    row = ctx.log.resource(kind)
    found: N | None = None
    if row is not None and row.id and row.fate != "deleted":
        found = next((one for one in await listed() if one.id == row.id), None)
        if found is None:
            ctx.note(f"{row.name} is gone; it is made anew", "")
            await ctx.log.fate(kind, row.id, "deleted")
            row = None
    elif row is not None and not row.id:
        ctx.say("Looking whether an earlier request came through", None)
        found = await _appear(ctx, kind, find)
        if found is None:
            await ctx.log.refused(kind)
    found = found or await _make(ctx, kind, note, find, create)
    made = await _ready(ctx, found, listed)
    await _tag(ctx, kind, made.id)
    return made


async def _make(
    ctx: Context,
    kind: ResourceKind,
    note: str,
    find: Callable[[], Awaitable[N | None]],
    create: Callable[[], Awaitable[N]],
) -> N:
    name = network_name(ctx)
    await ctx.log.intend(kind, name, note)
    ctx.say(f"Making {name}", None)

    async def send() -> N:
        made = await create()
        await ctx.log.made(kind, name, made.id, note)
        return made

    try:
        return await firmly(send())
    except AppError as error:
        if in_doubt(error):
            ctx.note(f"The answer was lost ({error.title}); looking whether the request came through", "")
        elif error.code not in TAKEN:
            await ctx.log.refused(kind)
            raise
        # What is taken may be the doing of an earlier request, whose answer was lost.
        if (found := await _appear(ctx, kind, find)) is not None:
            return found
        if not in_doubt(error):
            await ctx.log.refused(kind)
        raise


async def _appear(ctx: Context, kind: ResourceKind, find: Callable[[], Awaitable[N | None]]) -> N | None:
    found = await until(ctx, find, seconds=_LISTED_WITHIN)
    if found is not None:
        ctx.note(f"Found {found.name} ({found.id}), made by an earlier request of this run", "")
        await ctx.log.made(kind, found.name, found.id)
    return found


async def _ready(ctx: Context, made: N, listed: Callable[[], Awaitable[list[N]]]) -> N:
    """VPCs are CREATING and subnets UNKNOWN for some seconds; words that nobody knows are no reason to wait."""

    async def look() -> N | None:
        there = next((one for one in await listed() if one.id == made.id), None)
        ctx.say(f"{made.name} · {there.status if there else 'not listed yet'}", None)
        if there is not None and there.status == "ERROR":
            raise CloudError(
                f"{made.name} ended in the state ERROR.",
                detail="The cloud gives no reason.",
                remedy="Clean up and start again; if that fails too, choose one of the project's own networks.",
                action="clean-up",
            )
        return there if there is not None and there.status not in ("CREATING", "UNKNOWN", "PENDING") else None

    there = await until(ctx, look, seconds=_READY_WITHIN)
    if there is None:
        raise too_late(f"{made.name} did not become usable", _READY_WITHIN)
    return there


async def _tag(ctx: Context, kind: ResourceKind, thing: str) -> None:
    """For the run itself its journal and the description are enough, so that a refusal is no failure."""
    try:
        await (ctx.cloud.vpc.tag_vpc if kind == "vpc" else ctx.cloud.vpc.tag_subnet)(thing, ctx.marks)
    except AppError as error:
        ctx.note(f"The {kind} could not be tagged: {error.title}", error.request_id)


STAGE = Stage(
    "make-network",
    "Make network",
    run=run,
    undo=remove_network,
    after=("sign-in",),
    deadline=1200.0,
    needed=lambda recipe: recipe.network.make,
)
