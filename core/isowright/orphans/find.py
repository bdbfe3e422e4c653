"""Looking for what carries our marks, and judging who may still need it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from isowright.cloud.client import Cloud
from isowright.cloud.models import Server, Volume, Vpc
from isowright.errors import AppError, NotFoundError
from isowright.orphans.found import Billed, Found, Kind, Orphan, Unseen, Verdict, lasting
from isowright.orphans.marks import (
    ISO_TYPE,
    SERVER_PREFIX,
    Owners,
    disk_run,
    image_run,
    network_run,
    server_run,
    strangers,
    upload_run,
)
from isowright.pipeline.runs import RunInfo
from isowright.recipe import PRACTICE, Account
from isowright.upload.record import Record, records

T = TypeVar("T")

YOUNG = 24 * 3600.0  # seconds; what another computer made since may be in use there
GOING = ("DELETED", "SOFT_DELETED")  # states of servers that are no more


@dataclass(frozen=True)
class Look:
    """One search: the cloud, the runs of this computer, and the lists that several finders need (or why not)."""

    cloud: Cloud
    owners: Owners
    now: datetime
    practice: bool
    young: float
    account: Account
    kept: list[Record]  # of uploads that this computer has begun
    servers: list[tuple[Server, str]] | AppError  # with the run, "" = not ours
    volumes: list[Volume] | AppError

    def orphan(self, kind: Kind, thing: str, name: str, run: str, created: str, size: str, billed: Billed) -> Orphan:
        """Judged by whose it is and how old."""
        made = moment(created)
        age = max(0.0, (self.now - made).total_seconds()) if made else None
        info = self.owners.run(run)
        verdict, reason = _judge(info, age, self.young)
        return Orphan(
            kind=kind,
            id=thing,
            name=name,
            run=run,
            verdict=verdict,
            reason=reason,
            here=info is not None,
            run_name=info.name if info else "",
            created=made,
            age=age,
            size=size,
            billed="no" if self.practice else billed,
        )


def _judge(info: RunInfo | None, age: float | None, young: float) -> tuple[Verdict, str]:
    if info is not None and info.unfinished:
        if info.held:
            return "live", f"The run “{info.name}” of this computer is working with it."
        return "live", f"Belongs to the unfinished run “{info.name}” of this computer: go on with it, or clean it up."
    if info is not None:
        return "free", f"Its run “{info.name}” of this computer has ended."
    if age is None:
        return "young", "Made by another computer; the cloud does not tell when. It may still be in use there."
    if age < young:
        return "young", f"Made {lasting(age)} ago by another computer, which may still use it."
    return "free", f"Made {lasting(age)} ago by another computer, and left."


async def find(
    cloud: Cloud,
    account: Account,
    runs: Sequence[RunInfo],
    *,
    now: datetime,
    young: float = YOUNG,
    uploads: Path | None = None,
) -> Found:
    """All that carries two of our marks in the project that is signed in to. Nothing is changed.

    `runs`: all of this computer's. `young`: seconds. `uploads`: the folder of records of uploads. A service that
    refuses becomes part of the answer (`unseen`); raises AppError if all do, or if nobody can sign in.
    """
    if cloud.identity is None:
        await cloud.sign_in()
    servers, volumes = await asyncio.gather(_or_error(lambda: _servers(cloud)), _or_error(cloud.evs.volumes))
    look = Look(
        cloud=cloud,
        owners=Owners(runs),
        now=now,
        practice=account.cloud == PRACTICE,
        young=young,
        account=account,
        kept=await asyncio.to_thread(records, uploads) if uploads else [],
        servers=servers,
        volumes=volumes,
    )
    # Who has never uploaded anything asks for no uploads, and learns nothing from being allowed to.
    finders = {what: finder for what, finder in FINDERS.items() if finder is not find_uploads or _uploaded(look)}
    answers = await asyncio.gather(*(_or_error(partial(finder, look)) for finder in finders.values()))
    orphans: list[Orphan] = []
    unseen: list[Unseen] = []
    for what, answer in zip(finders, answers, strict=True):
        if isinstance(answer, AppError):
            unseen.append(Unseen(what, answer))
        else:
            orphans += sorted(answer, key=lambda found: (-(found.age or 0.0), found.name))
    if len(unseen) == len(finders):
        raise unseen[0].error
    return Found(tuple(orphans), tuple(unseen))


async def find_servers(look: Look) -> list[Orphan]:
    """Temporary servers; each takes its own disks with it, and stays if somebody else's is at it."""
    found = []
    for server, run in _got(look.servers):
        if not run or server.status in GOING or server.task_state == "deleting":
            continue
        ids = {attached.id for attached in server.volumes}
        known = [] if isinstance(look.volumes, AppError) else look.volumes
        disks = [v for v in known if v.id in ids or server.id in v.server_ids]
        orphan = look.orphan(
            "server", server.id, server.name, run, server.created, _server_size(server, disks), "hourly"
        )
        if foreign := strangers(server, disks):
            orphan = blocked(orphan, f"Somebody's own disk is at it ({', '.join(foreign)}): detach that one first.")
        found.append(with_disks(orphan, sorted(ids | {disk.id for disk in disks})))
    return found


async def find_disks(look: Look) -> list[Orphan]:
    """Disks of temporary servers that are no more. Those at one of our servers go with it and are not listed."""
    servers = {server.id: (server, run) for server, run in _got(look.servers)}
    found = []
    for volume in _got(look.volumes):
        run = disk_run(volume, look.owners)
        if not run or volume.status == "deleting" or any(servers.get(at, (None, ""))[1] for at in volume.server_ids):
            continue
        kind: Kind = "system-volume" if volume.bootable else "data-volume"
        size = " ".join(part for part in (f"{volume.size} GB", volume.volume_type) if part)
        orphan = look.orphan(kind, volume.id, volume.name, run, volume.created_at, size, "hourly")
        if volume.server_ids:
            names = [servers[at][0].name if at in servers else at for at in volume.server_ids]
            orphan = blocked(orphan, f"Attached to a server that is not ours ({', '.join(names)}).")
        found.append(orphan)
    return found


async def find_iso_images(look: Look) -> list[Orphan]:
    """ISO images that runs registered. Finished private images are results, and never among them."""
    found = []
    for image in await look.cloud.ims.images(virtual_env_type=ISO_TYPE):
        run = image_run(image)
        if run and image.status != "deleted":
            size = _image_size(image.size)
            found.append(look.orphan("iso-image", image.id, image.name, run, image.created_at, size, "storage"))
    return found


async def find_uploads(look: Look) -> list[Orphan]:
    """Multipart uploads that runs of this computer have begun and not ended: their parts are billed."""
    found = []
    for bucket in sorted({name.partition("/")[0] for name in _uploaded(look)}):
        try:
            there = await look.cloud.multipart.uploads(bucket)
        except NotFoundError:  # deleted, with all that was in it
            continue
        for upload in there:
            run = upload_run(bucket, upload, look.owners, look.kept)
            if not run:
                continue
            parts = await look.cloud.multipart.parts(bucket, upload.key, upload.id) or []
            size = _image_size(sum(part.size for part in parts))
            name = f"{bucket}/{upload.key}"
            orphan = look.orphan("upload", upload.id, name, run, upload.initiated, size, "storage")
            if not orphan.here:
                reason = "This computer has begun it; its run is no longer in the journal."
                orphan = replace(orphan, verdict="free", reason=reason)
            found.append(orphan)
    return found


async def find_networks(look: Look) -> list[Orphan]:
    """VPCs that runs made for themselves. One that somebody has put a subnet into is theirs now."""
    found = []
    for vpc in await look.cloud.vpc.vpcs():
        if not vpc.name.startswith(SERVER_PREFIX):
            continue
        run = network_run(vpc, await look.cloud.vpc.vpc_tags(vpc.id), look.owners)
        if not run:
            continue
        orphan = look.orphan("vpc", vpc.id, vpc.name, run, vpc.created_at, vpc.cidr, "no")
        others = await foreign_subnets(look.cloud, vpc)
        found.append(blocked(orphan, f"Somebody's own subnet is in it ({', '.join(others)}).") if others else orphan)
    return found


async def foreign_subnets(cloud: Cloud, vpc: Vpc) -> list[str]:
    """Names of subnets in our VPC that no run has made."""
    inside = await cloud.vpc.subnets(vpc.id)
    return [subnet.name for subnet in inside if subnet.vpc_id == vpc.id and subnet.name != vpc.name]


def _uploaded(look: Look) -> set[str]:
    """ "bucket/key" of all that this computer has ever begun to upload there."""
    here = [info for info in look.owners.runs if _same_place(info.recipe.account, look.account)]
    names = {made.name for info in here for made in info.resources if made.kind == "upload"}
    return names | {f"{record.bucket}/{record.key}" for record in look.kept if _kept_here(record, look)}


def _same_place(one: Account, other: Account) -> bool:
    return one.cloud == other.cloud and (one.cloud == PRACTICE or one.region == other.region)


def _kept_here(record: Record, look: Look) -> bool:
    return record.endpoint == look.cloud.session.base("obs")


Finder = Callable[[Look], Awaitable[list[Orphan]]]
FINDERS: dict[str, Finder] = {
    "servers": find_servers,
    "disks": find_disks,
    "ISO images": find_iso_images,
    "uploads": find_uploads,
    "networks": find_networks,
}


def blocked(orphan: Orphan, reason: str) -> Orphan:
    """The same, not to be removed; what a live run has stays said of it."""
    return orphan if orphan.verdict == "live" else replace(orphan, verdict="blocked", reason=reason)


def with_disks(orphan: Orphan, disks: Sequence[str]) -> Orphan:
    return replace(orphan, disks=tuple(disks))


def moment(text: str) -> datetime | None:
    """A cloud's time, UTC with or without Z; None if it is none."""
    try:
        made = datetime.fromisoformat(text)
    except ValueError:
        return None
    return made if made.tzinfo else made.replace(tzinfo=UTC)


async def _servers(cloud: Cloud) -> list[tuple[Server, str]]:
    named = await cloud.ecs.servers_like(SERVER_PREFIX)
    tags: dict[str, tuple[str, ...]] = {}
    if any(not server.tags for server in named):  # some clouds leave the tags out of the details
        tags = await cloud.ecs.tags_where("app", "isowright")
    return [(server, server_run(server, tags.get(server.id, ()))) for server in named]


def _image_size(size: int) -> str:
    gib = size / 1024**3
    return f"{gib:.1f} GiB" if gib >= 1 else f"{max(1, round(gib * 1024))} MiB" if size else ""


def _server_size(server: Server, disks: Sequence[Volume]) -> str:
    flavor = server.flavor
    parts = [f"{flavor.vcpus} vCPU, {flavor.ram / 1024:g} GiB" if flavor.vcpus and flavor.ram else flavor.id]
    if disks:
        parts.append(f"{sum(disk.size for disk in disks)} GB of disks")
    return ", ".join(part for part in parts if part)


async def _or_error(work: Callable[[], Awaitable[T]]) -> T | AppError:
    """A call, not a coroutine: whoever is cancelled before it begins would leave one that nobody awaits."""
    try:
        return await work()
    except AppError as error:
        return error


def _got(answer: T | AppError) -> T:
    if isinstance(answer, AppError):
        raise answer
    return answer
