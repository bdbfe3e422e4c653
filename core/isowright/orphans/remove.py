"""Deleting what was chosen: each thing is looked at once more right before, and must still carry both marks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from isowright.clock import Clock
from isowright.cloud import jobs
from isowright.cloud.client import Cloud
from isowright.cloud.models import Job
from isowright.cloud.vpc import BUSY
from isowright.errors import AppError, JobTimeoutError, NotFoundError, StateError
from isowright.events import ErrorInfo
from isowright.orphans.find import GOING, foreign_subnets
from isowright.orphans.found import Orphan, Removal, kind_word
from isowright.orphans.marks import Owners, disk_run, image_run, network_run, server_run, strangers, upload_run
from isowright.pipeline.runs import RunInfo
from isowright.upload.record import RecordFile, records

T = TypeVar("T")
_log = logging.getLogger(__name__)

_AT_ONCE = 4
_GONE_WITHIN = 900.0  # seconds
_STILL_MADE = "IMG.0090"
_LATER = {"iso-image": 1, "vpc": 2}
_Ended = Literal["deleted", "gone"]


async def remove(
    cloud: Cloud,
    chosen: Sequence[Orphan],
    *,
    runs: Callable[[], Awaitable[Sequence[RunInfo]]],
    clock: Clock,
    tell: Callable[[Removal], None] = lambda _removal: None,
    uploads: Path | None = None,
) -> list[Removal]:
    """Delete these, some at a time, and wait until they are gone; what each came to, in the order given.

    `runs` is asked before each deletion, so that a run begun meanwhile keeps what is its own. `tell` hears of every
    step. What keeps one from being deleted does not keep the others; it is said in its Removal, never raised. Each
    deletion is written to the log. `uploads`: the folder of records of uploads.
    """
    places = asyncio.Semaphore(_AT_ONCE)
    work = _Work(cloud, clock, runs, tell, uploads)

    async def one(orphan: Orphan) -> Removal:
        async with places:
            return await work.remove(orphan)

    # ISO images later, for servers boot from them, and networks last, for servers are in them.
    ended: dict[tuple[str, str], Removal] = {}
    for turn in range(3):
        part = [orphan for orphan in chosen if _LATER.get(orphan.kind, 0) == turn]
        for removal in await asyncio.gather(*(one(orphan) for orphan in part)):
            ended[removal.key] = removal
    return [ended[orphan.key] for orphan in chosen]


@dataclass(frozen=True)
class _Work:
    cloud: Cloud
    clock: Clock
    runs: Callable[[], Awaitable[Sequence[RunInfo]]]
    tell: Callable[[Removal], None]
    uploads: Path | None

    async def remove(self, orphan: Orphan) -> Removal:
        self._say(orphan, "Looking at its marks once more")
        error: AppError | None = None
        ended: _Ended = "deleted"
        try:
            if not orphan.removable:
                raise _kept(orphan, orphan.reason, "Leave it where it is.")
            if orphan.kind == "server":
                ended = await self._server(orphan)
            elif orphan.kind == "iso-image":
                ended = await self._image(orphan)
            elif orphan.kind == "upload":
                ended = await self._upload(orphan)
            elif orphan.kind == "vpc":
                ended = await self._network(orphan)
            else:
                ended = await self._disk(orphan)
        except AppError as caught:
            error = caught
        said = f"{kind_word(orphan.kind)} {orphan.name} ({orphan.id}) of run {orphan.run}"
        if error:
            _log.warning("Leftover not deleted: %s: %s", said, error.title)
        else:
            _log.info("Leftover %s: %s", "deleted" if ended == "deleted" else "was gone already", said)
        removal = self._removal(orphan, "failed" if error else ended, error=error)
        self.tell(removal)
        return removal

    async def _server(self, orphan: Orphan) -> _Ended:
        cloud = self.cloud
        server = await cloud.ecs.server(orphan.id)
        if server is None or server.status in GOING:
            return "gone"
        tags = () if server.tags else (await cloud.ecs.tags_where("app", "isowright")).get(server.id, ())
        await self._still_ours(orphan, server.name, server_run(server, tags))
        disks = await cloud.evs.volumes(server_id=server.id)
        listed = {disk.id for disk in disks}
        for attached in server.volumes:  # a list may be behind
            if attached.id not in listed and (disk := await cloud.evs.volume(attached.id)) is not None:
                disks.append(disk)
        if foreign := strangers(server, disks):
            raise _kept(
                orphan,
                f"Somebody's own disk is at it, and would be deleted with it: {', '.join(foreign)}.",
                "Detach that disk in the cloud's console, then look for leftovers again.",
            )
        self._say(orphan, "Deleting it and its disks")
        try:
            await self._job(orphan, cloud.ecs.job, await cloud.ecs.delete_server(server.id, delete_volumes=True))
        except NotFoundError:
            return "gone"

        async def gone() -> bool | None:
            left = await cloud.ecs.server(server.id)
            return True if left is None or left.status in GOING else None

        await self._until(orphan, gone)
        for disk in disks:  # normally they went with it
            left = await cloud.evs.volume(disk.id)
            if left is not None and left.name == disk.name and not left.server_ids:
                await self._delete_disk(orphan, left.id)
        return "deleted"

    async def _disk(self, orphan: Orphan) -> _Ended:
        volume = await self.cloud.evs.volume(orphan.id)
        if volume is None:
            return "gone"
        owners = Owners(await self.runs())
        await self._still_ours(orphan, volume.name, disk_run(volume, owners))
        if volume.server_ids:
            raise _kept(
                orphan,
                "It has been attached to a server meanwhile.",
                "If nobody needs it there, detach it in the cloud's console and look again.",
            )
        return await self._delete_disk(orphan, volume.id)

    async def _delete_disk(self, orphan: Orphan, volume_id: str) -> _Ended:
        evs = self.cloud.evs
        self._say(orphan, "Deleting the disk")
        try:
            await self._job(orphan, evs.job, await evs.delete_volume(volume_id))
        except NotFoundError:
            return "gone"

        async def gone() -> bool | None:
            return True if await evs.volume(volume_id) is None else None

        await self._until(orphan, gone)
        return "deleted"

    async def _image(self, orphan: Orphan) -> _Ended:
        ims = self.cloud.ims
        image = await ims.image(orphan.id)
        if image is None or image.status == "deleted":
            return "gone"
        await self._still_ours(orphan, image.name, image_run(image))
        self._say(orphan, "Deleting the image")

        async def accepted() -> bool | None:
            try:
                await ims.delete_image(orphan.id)
            except AppError as error:
                if error.code == _STILL_MADE:
                    return None
                raise
            return True

        async def gone() -> bool | None:
            left = await ims.image(orphan.id)
            return True if left is None or left.status == "deleted" else None

        await self._until(orphan, accepted)
        await self._until(orphan, gone)
        return "deleted"

    async def _upload(self, orphan: Orphan) -> _Ended:
        multipart = self.cloud.multipart
        bucket, _, key = orphan.name.partition("/")
        there = next((u for u in await multipart.uploads(bucket, key) if (u.key, u.id) == (key, orphan.id)), None)
        kept = await asyncio.to_thread(records, self.uploads) if self.uploads else []
        if there is not None:
            owners = Owners(await self.runs())
            await self._still_ours(orphan, f"{bucket}/{there.key}", upload_run(bucket, there, owners, kept))
            self._say(orphan, "Deleting its parts")

            async def gone() -> bool | None:  # a part that was on its way may arrive behind the deletion
                await multipart.abort(bucket, key, orphan.id)
                return True if await multipart.parts(bucket, key, orphan.id) is None else None

            await self._until(orphan, gone)
        if self.uploads and any(r.run == orphan.run and r.upload_id == orphan.id for r in kept):
            await asyncio.to_thread(RecordFile.of_run(self.uploads, orphan.run).remove)
        return "deleted" if there is not None else "gone"

    async def _network(self, orphan: Orphan) -> _Ended:
        networks = self.cloud.vpc
        vpc = next((one for one in await networks.vpcs() if one.id == orphan.id), None)
        if vpc is None:
            return "gone"
        tags = await networks.vpc_tags(vpc.id)
        await self._still_ours(orphan, vpc.name, network_run(vpc, tags, Owners(await self.runs())))
        if others := await foreign_subnets(self.cloud, vpc):
            raise _kept(
                orphan,
                f"Somebody's own subnet is in it: {', '.join(others)}.",
                "Delete that subnet in the cloud's console if nobody needs it, then look for leftovers again.",
            )

        async def gone() -> bool | None:  # what servers leave in it goes away by itself, a little later
            inside = [one for one in await networks.subnets(vpc.id) if one.name == vpc.name]
            try:
                for subnet in inside:
                    await networks.delete_subnet(vpc.id, subnet.id)
                if not inside:
                    await networks.delete_vpc(vpc.id)
            except AppError as error:
                if error.code not in BUSY:
                    raise
            return None if any(one.id == vpc.id for one in await networks.vpcs()) else True

        self._say(orphan, "Deleting it and its subnet")
        await self._until(orphan, gone)
        return "deleted"

    async def _still_ours(self, orphan: Orphan, name: str, run: str) -> None:
        """Both marks as they were when it was chosen, and no live run of this computer that they name."""
        if run != orphan.run or name != orphan.name:
            raise _kept(
                orphan,
                "Its name or its tags have been changed since it was listed: somebody may have taken it over.",
                "Look for leftovers again; delete it in the cloud's console if you know that nobody needs it.",
            )
        info = Owners(await self.runs()).run(run)
        if info is not None and info.unfinished:
            raise _kept(
                orphan,
                f"It belongs to the unfinished run “{info.name}” of this computer.",
                "Go on with that run, or clean it up.",
            )

    async def _job(self, orphan: Orphan, look: Callable[[str], Awaitable[Job]], job_id: str) -> None:
        what = f"Deleting {orphan.name}"
        await jobs.wait(lambda: look(job_id), clock=self.clock, deadline=_GONE_WITHIN, what=what)

    async def _until(self, orphan: Orphan, look: Callable[[], Awaitable[T | None]]) -> T:
        """Look at intervals; failures that may pass by themselves are borne as in jobs."""
        began = self.clock.monotonic()
        failures = 0
        while True:
            waited = self.clock.monotonic() - began
            try:
                if (found := await look()) is not None:
                    return found
                failures = 0
            except AppError as error:
                failures += 1
                if not error.retryable or failures >= jobs.FAILED_LOOKS:
                    raise
            if waited >= _GONE_WITHIN:
                raise JobTimeoutError(
                    f"The {kind_word(orphan.kind)} did not go away within {round(_GONE_WITHIN / 60)} minutes.",
                    detail="The cloud has accepted the deletion; it may still happen.",
                    remedy="Look for leftovers again in some minutes.",
                    retryable=True,
                    action="retry",
                )
            await self.clock.sleep(jobs.interval(waited, None))

    def _say(self, orphan: Orphan, text: str) -> None:
        self.tell(self._removal(orphan, "deleting", text))

    def _removal(
        self,
        orphan: Orphan,
        state: Literal["deleting", "deleted", "gone", "failed"],
        text: str = "",
        error: AppError | None = None,
    ) -> Removal:
        info = ErrorInfo.of(error) if error else None
        return Removal(
            kind=orphan.kind, id=orphan.id, name=orphan.name, run=orphan.run, state=state, text=text, error=info
        )


def _kept(orphan: Orphan, detail: str, remedy: str) -> StateError:
    return StateError(f"{orphan.name} was not deleted.", detail=detail, remedy=remedy)
