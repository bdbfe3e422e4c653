"""One upload from beginning to end: what is there already, what is missing, and whether the object is the file.

Going on after a crash is the same as beginning: the record, the journal and the cloud are asked what there is.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from isowright.cloud.client import Cloud
from isowright.cloud.models import ObjectInfo
from isowright.cloud.multipart import NO_SUCH_UPLOAD
from isowright.cloud.part_transport import Interrupted, PartTransport
from isowright.errors import AppError, CloudError, NotFoundError, UnknownOutcomeError
from isowright.events import Transfer
from isowright.upload import words
from isowright.upload.begin import begun_since, open_before
from isowright.upload.order import PART_SIZE, RUN, SHA256, Ledger, Order, Uploaded, not_the_file, taken
from isowright.upload.pacing import Control, Lanes
from isowright.upload.plan import Part, Plan, part_size
from isowright.upload.record import Record, RecordFile, Sent
from isowright.upload.sender import Place, Sender
from isowright.upload.source import Source
from isowright.upload.verify import Scan, candidates, etag_of, fits, is_digest, wrong_sum

_ROUNDS = 3  # of sending what is missing, where the cloud has lost parts
_COMPLETIONS = 4  # tries without an answer


class Uploader:
    """`tell` hears (text, fraction, transfer), `note` a line for the log; `opened` gives what is sent for the path."""

    def __init__(
        self,
        cloud: Cloud,
        order: Order,
        path: Path,
        record: RecordFile,
        ledger: Ledger,
        control: Control,
        *,
        tell: Callable[[str, float | None, Transfer | None], None],
        note: Callable[[str], None],
        transport: PartTransport | None = None,
        lanes: Lanes | None = None,
        opened: Callable[[Path], Source] = Source.open,
    ) -> None:
        self._cloud = cloud
        self._opened = opened
        self._order = order
        self._path = path
        self._file = record
        self._ledger = ledger
        self._control = control
        self._tell = tell
        self._note = note
        self._lanes = lanes or Lanes()
        self._transport = transport or PartTransport(cloud.session.account, timeouts=cloud.session.timeouts)
        self._where = (order.bucket, order.key)
        self._sent = 0
        self._etags: dict[int, str] = {}
        self._md5s: dict[int, str] = {}
        self._lost_record = False

    async def run(self) -> Uploaded:
        """Raises the AppError family. Cancelling it stops at once and keeps what was sent."""
        source: Source | None = None
        try:
            source = await asyncio.to_thread(self._opened, self._path)
            return await self._run(source)
        finally:
            await self._transport.aclose()
            if source is not None:
                source.close()

    async def _run(self, source: Source) -> Uploaded:
        old = await asyncio.to_thread(self._file.read)
        record = old[0] if old else None
        if record is not None and not self._continues(record, source):
            await self._give_up(record, source)
            record, old = None, None
        there = await self._cloud.obs.head(*self._where)
        known = old[1] if old else {}
        if there is not None and record is not None and _recorded_as(there, record, known):
            return await self._found(there, record)
        scan = self._scan_for(source, record, there)
        if scan is not None:
            await self._scanned(scan, source)
        if there is not None:
            if self._same(there, scan, source):
                return await self._found(there, record)
            if not self._ours(there, record):
                raise taken(self._order.bucket, self._order.key)
            self._note(f"{self._order.key} is of this run, but not this file: it is replaced")
        plan = Plan(source.size, record.part_size if record else part_size(source.size))
        if scan is not None and (md5s := scan.md5s.get(plan.part_size)):
            self._md5s = dict(enumerate(md5s, 1))
        upload_id = await self._going_on(record)
        if not upload_id:
            known = {}
            record, upload_id = await self._begin(source, plan, scan)
        elif record is None:
            record = await self._recorded(source, plan, scan, upload_id)
        return await self._send(source, plan, upload_id, known)

    # --- before the first part ----------------------------------------------------------------------------------------

    def _continues(self, record: Record, source: Source) -> bool:
        return (
            (record.bucket, record.key) == self._where
            and record.path == str(self._path)
            and record.identity == source.identity
        )

    async def _give_up(self, record: Record, source: Source) -> None:
        """The upload that the record is of is not of this file, or to another place."""
        if record.identity != source.identity and record.path == str(self._path):
            self._note(f"{self._path.name} has changed since its upload was begun: it is sent anew")
        await self._cloud.multipart.abort(record.bucket, record.key, record.upload_id)
        await self._ledger.over(record.upload_id, completed=False)
        await asyncio.to_thread(self._file.remove)

    def _scan_for(self, source: Source, record: Record | None, there: ObjectInfo | None) -> Scan | None:
        """The pass over the file that is needed before a byte leaves, or None."""
        own = record.part_size if record else part_size(source.size)
        sizes: tuple[int, ...] = ()
        sha256 = bool(self._order.sha256) and not (record and record.sha256 == self._order.sha256)
        if there is not None and there.size == source.size:
            told = there.meta.get(PART_SIZE, "")
            likely = (int(told) if told.isdigit() else 0, own)
            sizes = () if there.encrypted else candidates(there.etag, there.size, likely)
            sha256 = sha256 or (not sizes and bool(there.meta.get(SHA256)))
        if not sha256 and not sizes:
            return None
        return Scan(sha256=sha256, part_sizes=tuple(dict.fromkeys((*sizes, own))))

    async def _scanned(self, scan: Scan, source: Source) -> None:
        halt = threading.Event()

        def stopped() -> None:
            if halt.is_set():
                raise Interrupted

        loop = asyncio.get_running_loop()

        def moved(done: int) -> None:
            if done % (16 * 1024**2) == 0 or done == source.size:
                text = f"Reading {self._path.name} · {words.amounts(done, source.size)}"
                loop.call_soon_threadsafe(self._tell, text, done / source.size, None)

        await self._transport.work(lambda: scan.run(source, stopped, moved), halt)
        await asyncio.to_thread(source.check)
        if self._order.sha256:
            if scan.sha256 and scan.digest != self._order.sha256:
                raise wrong_sum(self._path, self._order.sha256, scan.digest, self._order.told_by)
            self._note(f"SHA-256 is as {self._order.told_by or 'given'}: {self._order.sha256}")

    def _same(self, there: ObjectInfo, scan: Scan | None, source: Source) -> bool:
        if there.size != source.size or scan is None:
            return False
        if is_digest(there.etag) and not there.encrypted:
            return fits(there.etag, scan)
        return bool(scan.digest) and there.meta.get(SHA256) == scan.digest

    def _ours(self, there: ObjectInfo, record: Record | None) -> bool:
        by_upload = record is not None and there.upload_id == record.upload_id
        return there.meta.get(RUN) == self._order.run or by_upload

    async def _found(self, there: ObjectInfo, record: Record | None) -> Uploaded:
        """Nothing has to be sent. The object may have been made by this run, whose process died right then."""
        ours = self._ours(there, record)
        open_upload = self._ledger.open_upload()
        upload_id = record.upload_id if record else open_upload[0] if open_upload else ""
        if upload_id:
            left = await self._cloud.multipart.abort(*self._where, upload_id)
            await self._ledger.over(upload_id, completed=ours and not left)
        elif open_upload is not None:
            await self._ledger.over("", completed=False)
        if ours:
            await self._ledger.made()
        await asyncio.to_thread(self._file.remove)
        self._note(f"{self._order.key} is in the bucket already, with the same content: nothing was sent")
        return Uploaded(size=there.size, etag=there.etag, sent=0, found=True)

    async def _going_on(self, record: Record | None) -> str:
        """The id of the upload that was begun for this file and still exists; "" if there is none."""
        journalled = self._ledger.open_upload()
        upload_id = record.upload_id if record else ""
        if not upload_id and journalled is not None:
            upload_id, before = journalled
            if not upload_id and (upload_id := await begun_since(self._cloud, *self._where, before)):
                await self._ledger.began(upload_id)
        if not upload_id:
            if journalled is not None:
                await self._ledger.over("", completed=False)
            return ""
        if journalled is None or journalled[0] != upload_id:
            await self._ledger.began(upload_id)  # the journal has lost it
        if await self._cloud.multipart.parts(*self._where, upload_id) is not None:
            return upload_id
        self._note("The cloud no longer has the unfinished upload: the file is sent anew")
        await self._ledger.over(upload_id, completed=False)
        await asyncio.to_thread(self._file.remove)
        return ""

    async def _begin(self, source: Source, plan: Plan, scan: Scan | None) -> tuple[Record, str]:
        self._tell("Beginning the upload", None, None)
        before = await open_before(self._cloud, *self._where)
        await self._ledger.intend(before)
        meta = {RUN: self._order.run, PART_SIZE: str(plan.part_size)}
        if self._order.sha256 or (scan and scan.digest):
            meta[SHA256] = self._order.sha256 or (scan.digest if scan else "")
        try:
            upload_id = await self._cloud.multipart.initiate(*self._where, meta)
        except UnknownOutcomeError:
            upload_id = await begun_since(self._cloud, *self._where, before)
            if not upload_id:
                upload_id = await self._cloud.multipart.initiate(*self._where, meta)
        except AppError:
            await self._ledger.over("", completed=False)
            raise
        await self._ledger.began(upload_id)
        return await self._recorded(source, plan, scan, upload_id), upload_id

    async def _recorded(self, source: Source, plan: Plan, scan: Scan | None, upload_id: str) -> Record:
        record = Record(
            run=self._order.run,
            endpoint=self._cloud.session.base("obs"),
            bucket=self._order.bucket,
            key=self._order.key,
            path=str(self._path),
            identity=source.identity,
            part_size=plan.part_size,
            upload_id=upload_id,
            sha256=self._order.sha256 or (scan.digest if scan else ""),
        )
        await asyncio.to_thread(self._file.begin, record)
        return record

    # --- parts, and the object that they make -------------------------------------------------------------------------

    async def _send(self, source: Source, plan: Plan, upload_id: str, known: dict[int, Sent]) -> Uploaded:
        place = Place(*self._where, upload_id)
        for attempt in range(1, _ROUNDS + 1):
            await self._settle_parts(source, plan, upload_id, known)
            missing = [number for number in range(1, plan.count + 1) if number not in self._etags]
            if len(missing) < plan.count and attempt == 1:
                kept = plan.size - sum(plan.part(number).length for number in missing)
                self._note(f"Going on: {words.amounts(kept, plan.size)} are there already")
            sender = Sender(
                self._cloud,
                self._transport,
                source,
                plan,
                place,
                self._control,
                md5s=self._md5s,
                arrived=self._arrived,
                tell=self._show,
                lanes=self._lanes,
            )
            await sender.send(missing)
            await asyncio.to_thread(source.check)
            try:
                etag = await self._complete(plan, upload_id)
            except CloudError as error:
                if error.code not in ("InvalidPart", "InvalidPartOrder") or attempt == _ROUNDS:
                    raise
                self._note(f"{error.title} What is missing is sent again")
                known = {}
                self._etags = {}
                continue
            return Uploaded(size=plan.size, etag=etag, sent=self._sent)
        raise AssertionError("the last round neither returned nor raised")

    async def _settle_parts(self, source: Source, plan: Plan, upload_id: str, known: dict[int, Sent]) -> None:
        """Which parts need not be sent: those that the cloud has with the size and the MD5 that they have here."""
        there = await self._cloud.multipart.parts(*self._where, upload_id) or []
        for sent in there:
            if not 1 <= sent.number <= plan.count or sent.size != plan.part(sent.number).length:
                continue
            told = known.get(sent.number)
            md5 = self._md5s.get(sent.number) or (told.md5 if told else "")
            if not md5:
                self._tell(f"Comparing part {sent.number} of {plan.count}", None, None)
                md5 = await self._digest(source, plan.part(sent.number))
            self._md5s[sent.number] = md5
            if sent.etag == md5 or (told is not None and (told.md5, told.etag) == (md5, sent.etag)):
                self._etags[sent.number] = sent.etag

    async def _digest(self, source: Source, part: Part) -> str:
        halt = threading.Event()
        return await self._transport.work(lambda: source.md5(part.offset, part.length, halt), halt)

    async def _arrived(self, part: Part, md5: str, etag: str) -> None:
        self._etags[part.number] = etag
        self._sent += part.length
        written = await asyncio.to_thread(self._file.add, part.number, md5, etag)
        if not written and not self._lost_record:
            self._lost_record = True
            self._note("The disk is full: after a crash, the parts that arrived would have to be compared again")

    async def _complete(self, plan: Plan, upload_id: str) -> str:
        """Make the object and prove it. Returns its ETag."""
        self._tell("Putting the parts together", None, None)
        await self._ledger.completing()
        parts = [(number, self._etags[number]) for number in range(1, plan.count + 1)]
        for attempt in range(1, _COMPLETIONS + 1):
            try:
                await self._cloud.multipart.complete(*self._where, upload_id, parts)
                break
            except (UnknownOutcomeError, NotFoundError) as error:
                if isinstance(error, NotFoundError) and error.code != NO_SUCH_UPLOAD:
                    raise
                # Never asked for again before looking: it may have been done.
                there = await self._cloud.obs.head(*self._where)
                if there is not None and self._proved(there, plan, upload_id):
                    break
                if isinstance(error, NotFoundError) or attempt == _COMPLETIONS:
                    raise
                await self._cloud.session.clock.sleep(2.0**attempt)
        there = await self._cloud.obs.head(*self._where)
        if there is None or not self._proved(there, plan, upload_id):
            await self._discard(there, upload_id)
            raise not_the_file(self._order.key)
        await self._ledger.made()
        await self._ledger.over(upload_id, completed=True)
        await asyncio.to_thread(self._file.remove)
        return there.etag

    def _proved(self, there: ObjectInfo, plan: Plan, upload_id: str) -> bool:
        """Whether the object is what was sent."""
        if there.size != plan.size:
            return False
        if is_digest(there.etag) and not there.encrypted:
            return there.etag == etag_of(self._md5s[number] for number in range(1, plan.count + 1))
        return there.meta.get(RUN) == self._order.run or there.upload_id == upload_id

    async def _discard(self, there: ObjectInfo | None, upload_id: str) -> None:
        """A corrupt object of ours must not be taken for good by anybody."""
        if there is not None and (there.meta.get(RUN) == self._order.run or there.upload_id == upload_id):
            await self._cloud.obs.delete_object(*self._where)
        await self._ledger.over(upload_id, completed=False)
        await asyncio.to_thread(self._file.remove)

    def _show(self, transfer: Transfer) -> None:
        self._tell(words.progress(transfer), transfer.done / max(transfer.total, 1), transfer)


def _recorded_as(there: ObjectInfo, record: Record, known: dict[int, Sent]) -> bool:
    """Whether the object is the one that the record's parts make: the process died right after it was made."""
    count = Plan(record.identity.size, record.part_size).count
    if there.encrypted or there.size != record.identity.size or len(known) != count:
        return False
    return there.etag == etag_of(known[number].md5 for number in sorted(known))
