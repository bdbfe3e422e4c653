"""Upload the ISO: a file of this computer becomes the object that is registered. Only in runs that have such a file.

Nothing of it is lost by an interruption: the cloud keeps the parts that arrived, and the record beside the journal
tells which file they are of.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from isowright.cloud.models import ObjectInfo
from isowright.cloud.part_transport import Interrupted
from isowright.errors import ForbiddenError, InputError
from isowright.events import Resource, Transfer
from isowright.iso import inspect_file
from isowright.pipeline.stage import Context, Stage
from isowright.recipe import Recipe
from isowright.unattended.overlay import Overlay, OverlaySource
from isowright.unattended.prepare import prepare
from isowright.upload import words
from isowright.upload.begin import begun_since
from isowright.upload.order import RUN, Order
from isowright.upload.record import RecordFile
from isowright.upload.source import Source
from isowright.upload.upload import Uploader
from isowright.upload.verify import Scan, published_sha256, wrong_sum

_ABORTS = 5
_NOTE = "the ISO, uploaded by this run"
_UPLOAD_NOTE = "unfinished parts are billed as storage"


class _Journal:
    """The upload's ledger in the run's journal. The name of both resources is "bucket/key"."""

    def __init__(self, ctx: Context) -> None:
        self._log = ctx.log
        self._name = object_name(ctx.recipe)

    async def intend(self, before: str) -> None:
        await self._log.intend("upload", self._name, _UPLOAD_NOTE, before)

    async def began(self, upload_id: str) -> None:
        await self._log.made("upload", self._name, upload_id, _UPLOAD_NOTE)

    async def over(self, upload_id: str, *, completed: bool) -> None:
        if not upload_id:
            await self._log.refused("upload")
            return
        note = "completed: it became the ISO object" if completed else "aborted"
        await self._log.remark("upload", upload_id, note)
        await self._log.fate("upload", upload_id, "deleted")

    async def completing(self) -> None:
        row = self._log.resource("object")
        if row is None or row.fate != "planned":
            await self._log.intend("object", self._name, _NOTE)

    async def made(self) -> None:
        await self._log.made("object", self._name, self._name, _NOTE)

    def open_upload(self) -> tuple[str, str] | None:
        row = self._log.resource("upload")
        if row is None or row.name != self._name or row.fate not in ("planned", "exists", "unknown"):
            return None
        return row.id, self._log.intent_token("upload")


async def run(ctx: Context) -> str:
    iso = ctx.recipe.iso
    path = Path(iso.path)
    await _fitting(ctx)
    await _usable(path)
    sha256, told_by = iso.sha256, ""
    if not sha256 and (published := await asyncio.to_thread(published_sha256, path)) is not None:
        sha256, told_by = published[0], published[1].name
    opened: Callable[[Path], Source] = Source.open
    if iso.answers:
        overlay = await _with_answers(ctx, sha256, told_by)
        opened = lambda _: OverlaySource.over(overlay)  # noqa: E731 (its argument is the same file)
        sha256, told_by = "", ""  # of the file itself, which was looked at

    def tell(text: str, fraction: float | None, transfer: Transfer | None) -> None:
        if transfer is None:
            ctx.say(text, fraction)
        else:
            ctx.transfer(text, transfer)

    uploader = Uploader(
        ctx.cloud,
        Order(run=ctx.run_id, bucket=iso.bucket, key=iso.key, sha256=sha256, told_by=told_by),
        path,
        RecordFile.of_run(ctx.uploads, ctx.run_id),
        _Journal(ctx),
        ctx.upload,
        tell=tell,
        note=lambda text: ctx.note(text, ""),
        opened=opened,
    )
    done = await uploader.run()
    if done.found:
        return f"{iso.key} was in {iso.bucket} already"
    return f"{words.size(done.size)} in {iso.bucket} as {iso.key}"


async def _with_answers(ctx: Context, sha256: str, told_by: str) -> Overlay:
    """What is uploaded if the installer has answers: the file is only read, and has to have the sum that it is to have.

    It comes out the same in each process of the run, so that an interrupted upload goes on.
    """
    iso = ctx.recipe.iso
    path = Path(iso.path)
    ctx.say("Putting the answers onto the ISO", None)
    overlay = await asyncio.to_thread(prepare, path, Path(iso.answers))
    record = await asyncio.to_thread(RecordFile.of_run(ctx.uploads, ctx.run_id).read)
    if sha256 and record is None:  # else it was compared before the first byte left
        await _compare(path, sha256, told_by)
    ctx.note(f"The installer's answers are those of {Path(iso.answers).name}: it needs no operator", "")
    return overlay


async def _compare(path: Path, sha256: str, told_by: str) -> None:
    halt = threading.Event()
    scan = Scan(sha256=True, part_sizes=())

    def stopped() -> None:
        if halt.is_set():
            raise Interrupted

    def read() -> None:
        source = Source.open(path)
        try:
            scan.run(source, stopped, lambda _: None)
        finally:
            source.close()

    try:
        await asyncio.to_thread(read)
    finally:
        halt.set()
    if scan.digest != sha256:
        raise wrong_sum(path, sha256, scan.digest, told_by)


async def _fitting(ctx: Context) -> None:
    """Gigabytes are not sent to a bucket that no image can be made from."""
    iso, region = ctx.recipe.iso, ctx.recipe.account.region
    try:
        bucket = await ctx.cloud.obs.bucket(iso.bucket)
    except ForbiddenError:  # whoever may write objects need not see the bucket itself
        return
    if bucket.region and bucket.region != region:
        why = f"It is in {bucket.region}, the image is to be made in {region}."
    elif bucket.storage_class != "STANDARD":
        why = f"Its storage class is {bucket.storage_class}; the image service reads the Standard class only."
    else:
        return
    raise InputError(
        f"No image can be made from the bucket {iso.bucket}.",
        detail=f"{why} Nothing was sent.",
        remedy=f"Choose a bucket of the Standard class in {region}.",
        action="step:iso.bucket",
    )


async def _usable(path: Path) -> None:
    """Nor are those of a file that no image can be made of: a profile may name any, and it may have changed."""
    try:
        seen = await asyncio.to_thread(inspect_file, path)
    except InputError:  # that it cannot be read is said by whoever sends it
        return
    wrong = next((finding for finding in seen.findings if finding.verdict == "failed"), None)
    if wrong is not None:
        raise InputError(
            f"No image can be made of {path.name}.",
            detail=f"{wrong.title} {wrong.detail} It is not sent.",
            remedy=wrong.remedy,
            action="step:iso.path",
        )


async def undo(ctx: Context) -> None:
    """Abort the run's uploads; delete the object if this run has made it, unless it was said to be kept."""
    await abort_open(ctx)
    for item in ctx.log.resources():
        if item.kind == "object" and item.fate in ("planned", "exists", "unknown"):
            await _delete(ctx, item)
    await asyncio.to_thread(RecordFile.of_run(ctx.uploads, ctx.run_id).remove)


async def abort_open(ctx: Context) -> None:
    """Abort what this run has begun and not ended: also of an ISO that another answer has taken the place of."""
    left = [i for i in ctx.log.resources() if i.kind == "upload" and i.fate not in ("deleted", "kept")]
    for item in left:
        await _abort(ctx, item)
    if left:
        await asyncio.to_thread(RecordFile.of_run(ctx.uploads, ctx.run_id).remove)


async def _abort(ctx: Context, item: Resource) -> None:
    bucket, _, key = item.name.partition("/")
    upload_id = item.id or await begun_since(ctx.cloud, bucket, key, ctx.log.intent_token("upload"))
    if not upload_id:
        ctx.note(f"There is no unfinished upload of {key}: the request never came through", "")
        await ctx.log.refused("upload")
        return
    if not item.id:
        await ctx.log.made("upload", item.name, upload_id)
    await ctx.log.fate("upload", upload_id, "deleting")
    ctx.say(f"Deleting the unfinished upload of {key}", None)
    for _ in range(_ABORTS):
        await ctx.cloud.multipart.abort(bucket, key, upload_id)
        # A part that was on its way may arrive behind it (OBS API reference, "Canceling a multipart upload").
        if await ctx.cloud.multipart.parts(bucket, key, upload_id) is None:
            break
    await ctx.log.fate("upload", upload_id, "deleted")
    ctx.note(f"Deleted the unfinished upload of {key}", "")


async def _delete(ctx: Context, item: Resource) -> None:
    bucket, _, key = item.name.partition("/")
    there = await ctx.cloud.obs.head(bucket, key)
    if there is None and not item.id:
        await ctx.log.refused("object")
        return
    await ctx.log.made("object", item.name, item.name)
    if there is not None and not _ours(ctx, there):
        await ctx.log.remark("object", item.name, "somebody else has put another one there meanwhile")
        await ctx.log.fate("object", item.name, "kept")
        return
    await ctx.log.fate("object", item.name, "deleting")
    ctx.say(f"Deleting {item.name}", None)
    if there is not None:
        await ctx.cloud.obs.delete_object(bucket, key)
    await ctx.log.fate("object", item.name, "deleted")
    ctx.note(f"Deleted object {item.name}", "")


def _ours(ctx: Context, there: ObjectInfo) -> bool:
    uploads = {item.id for item in ctx.log.resources() if item.kind == "upload" and item.id}
    return there.meta.get(RUN) == ctx.run_id or there.upload_id in uploads


def object_name(recipe: Recipe) -> str:
    """ "bucket/key"."""
    return f"{recipe.iso.bucket}/{recipe.iso.key}"


STAGE = Stage(
    "upload-iso",
    "Upload ISO",
    run=run,
    undo=undo,
    after=("sign-in",),
    deadline=None,
    needed=lambda recipe: bool(recipe.iso.path),
)
