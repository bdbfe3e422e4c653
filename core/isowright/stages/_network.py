"""The network of a run's own: recognised by its marks, and taken away when the server is out of it."""

from __future__ import annotations

from typing import Literal

from isowright.cloud.models import Subnet, Vpc
from isowright.cloud.vpc import BUSY
from isowright.errors import AppError, StateError
from isowright.events import Resource
from isowright.pipeline.stage import Context
from isowright.stages._marks import network_name, tagged
from isowright.stages._waiting import too_late, until

_GONE_WITHIN = 600.0  # a deleted server's port may outlive it by minutes
_DOUBT_PATIENCE = 60.0


def described(ctx: Context) -> str:
    """The description that both carry: a mark that is there from the first moment, unlike tags."""
    return f"Temporary: Isowright run {ctx.run_id} deletes it"


async def find_vpc(ctx: Context) -> Vpc | None:
    """The run's VPC, by its name and one more mark."""
    for vpc in await ctx.cloud.vpc.vpcs():
        if vpc.name != network_name(ctx):
            continue
        if vpc.description == described(ctx) or tagged(ctx, await ctx.cloud.vpc.vpc_tags(vpc.id)):
            return vpc
    return None


async def find_subnet(ctx: Context, vpc_id: str) -> Subnet | None:
    """The run's subnet in its own VPC, by its name."""
    subnets = await ctx.cloud.vpc.subnets(vpc_id)
    return next((one for one in subnets if one.vpc_id == vpc_id and one.name == network_name(ctx)), None)


async def remove_network(ctx: Context) -> None:
    """The run's subnet and VPC. What somebody else has put a subnet into is theirs now, and stays."""
    vpc = await _settled(ctx, "vpc")
    subnet = await _settled(ctx, "subnet", vpc)
    if subnet is None and vpc is None:
        return
    if _served(ctx):
        raise StateError(
            "The run's network stays until its server is gone.",
            detail="A network with a server in it cannot be deleted.",
            remedy="Clean up again once the server is deleted.",
            action="clean-up",
        )
    if subnet is not None and vpc is not None:
        await _remove(ctx, "subnet", subnet, vpc)
    if vpc is not None:
        others = [one.name for one in await ctx.cloud.vpc.subnets(vpc.id) if one.vpc_id == vpc.id]
        if others:
            await ctx.log.remark("vpc", vpc.id, f"somebody has put another subnet into it: {', '.join(others)}")
            await ctx.log.fate("vpc", vpc.id, "kept")
            ctx.note(f"VPC {vpc.name} is kept: somebody else's subnet is in it", "")
            return
        await _remove(ctx, "vpc", vpc, vpc)


def _served(ctx: Context) -> bool:
    return any(item.kind == "server" and item.fate not in ("deleted", "kept") for item in ctx.log.resources())


def _open(ctx: Context, kind: Literal["vpc", "subnet"]) -> Resource | None:
    row = ctx.log.resource(kind)
    return row if row is not None and row.fate not in ("deleted", "kept") else None


async def _settled(ctx: Context, kind: Literal["vpc", "subnet"], vpc: Resource | None = None) -> Resource | None:
    """The journal's row with an id, looked for if the request was never answered; None if there is nothing."""
    row = _open(ctx, kind)
    if row is None or row.id:
        return row

    async def look() -> str | None:
        found: Vpc | Subnet | None = None
        if kind == "vpc":
            found = await find_vpc(ctx)
        elif vpc is not None:
            found = await find_subnet(ctx, vpc.id)
        return found.id if found is not None else None

    ctx.say(f"Looking whether the {_WORDS[kind]} {row.name} exists", None)
    found = await until(ctx, look, seconds=_DOUBT_PATIENCE if kind == "vpc" or vpc is not None else 0.0)
    if found is None:
        ctx.note(f"There is no {_WORDS[kind]} {row.name}: the request never came through", "")
        await ctx.log.refused(kind)
        return None
    await ctx.log.made(kind, row.name, found)
    return _open(ctx, kind)


async def _remove(ctx: Context, kind: Literal["vpc", "subnet"], item: Resource, vpc: Resource) -> None:
    asked = item.fate == "deleting"  # an earlier request may have come through: look once before it is repeated
    await ctx.log.fate(kind, item.id, "deleting")
    ctx.say(f"Deleting the {_WORDS[kind]} {item.name}", None)
    busy: AppError | None = None

    async def gone() -> bool | None:
        nonlocal asked, busy
        if item.id not in await _listed(ctx, kind, vpc.id):
            return True
        if not asked:
            try:
                if kind == "vpc":
                    await ctx.cloud.vpc.delete_vpc(item.id)
                else:
                    await ctx.cloud.vpc.delete_subnet(vpc.id, item.id)
                asked = True
            except AppError as error:
                if error.code not in BUSY:
                    raise
                busy = error
        else:
            asked = False
        return None

    if not await until(ctx, gone, seconds=_GONE_WITHIN):
        raise busy or too_late(f"The {_WORDS[kind]} did not go away", _GONE_WITHIN)
    await ctx.log.fate(kind, item.id, "deleted")
    ctx.note(f"Deleted {_WORDS[kind]} {item.name}", "")


async def _listed(ctx: Context, kind: Literal["vpc", "subnet"], vpc_id: str) -> set[str]:
    if kind == "vpc":
        return {vpc.id for vpc in await ctx.cloud.vpc.vpcs()}
    return {subnet.id for subnet in await ctx.cloud.vpc.subnets(vpc_id)}


_WORDS = {"vpc": "VPC", "subnet": "subnet"}
