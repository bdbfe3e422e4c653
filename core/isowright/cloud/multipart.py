"""Multipart uploads of the object service: begin, part, list, complete, abort, and what was left unfinished."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence

from isowright.cloud import multipart_wire as wire
from isowright.cloud.models import OpenUpload, SentPart
from isowright.cloud.part_transport import PartTransport
from isowright.cloud.session import Session
from isowright.cloud.wire import Request, read_nothing
from isowright.errors import NotFoundError

NO_SUCH_UPLOAD = "NoSuchUpload"


class Multipart:
    """All methods raise the AppError family. Parts are numbered from 1 to 10,000."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def initiate(self, bucket: str, key: str, meta: dict[str, str]) -> str:
        """The upload id. meta: becomes x-obs-meta-… of the object. Raises UnknownOutcomeError if the answer is lost:
        there may be an upload then, whose id nobody knows."""
        request = Request(
            service="obs",
            method="POST",
            bucket=bucket,
            key=key,
            query=(("uploads", ""),),
            kind="create",
            headers={"Content-Type": "application/octet-stream"}
            | {f"x-obs-meta-{name}": value for name, value in meta.items()},
        )
        return await self._session.call(request, wire.read_initiated)

    async def send(
        self,
        transport: PartTransport,
        bucket: str,
        key: str,
        upload_id: str,
        number: int,
        *,
        length: int,
        body: Callable[[], Iterable[bytes]],
        md5: str = "",
        seen: Callable[[int], None] = lambda _status: None,
    ) -> str:
        """Send one part; returns its ETag. `body` is asked for once per try, in a thread. md5: in hex, for the cloud to
        compare and to be compared with what it says; "" = neither. `seen` hears of each try: its status, 0 = none."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(length)}
        if md5:
            headers["Content-MD5"] = base64.b64encode(bytes.fromhex(md5)).decode()
        request = Request(
            service="obs",
            method="PUT",
            bucket=bucket,
            key=key,
            query=(("partNumber", str(number)), ("uploadId", upload_id)),
            kind="part",
            headers=headers,
        )

        async def by(url: str, proved: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
            status = 0
            try:
                answer = await transport.put(url, proved, body)
                status = answer[0]
                return answer
            finally:
                seen(status)

        return await self._session.call(request, lambda answer: wire.read_part(answer, md5), by=by)

    async def parts(self, bucket: str, key: str, upload_id: str) -> list[SentPart] | None:
        """What the cloud has of an upload, ascending; None if there is no such upload."""
        found: list[SentPart] = []
        marker = 0
        while True:
            query = [("max-parts", str(wire.PAGE)), ("uploadId", upload_id)]
            if marker:
                query.append(("part-number-marker", str(marker)))
            request = Request(service="obs", method="GET", bucket=bucket, key=key, query=tuple(sorted(query)))
            try:
                page = await self._session.call(request, wire.read_parts)
            except NotFoundError as error:
                if error.code == "NoSuchBucket":
                    raise
                return None
            found += page.parts
            if page.next_marker <= marker:
                return sorted(found, key=lambda part: part.number)
            marker = page.next_marker

    async def complete(self, bucket: str, key: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> str:
        """Make the object of (number, ETag); returns its ETag. Raises UnknownOutcomeError if the answer is lost, and
        NotFoundError with the code NO_SUCH_UPLOAD for an upload that is over already, perhaps completed."""
        request = Request(
            service="obs",
            method="POST",
            bucket=bucket,
            key=key,
            query=(("uploadId", upload_id),),
            body=wire.complete_body(parts),
            kind="create",
            headers={"Content-Type": "application/xml"},
        )
        return await self._session.call(request, wire.read_completed)

    async def abort(self, bucket: str, key: str, upload_id: str) -> bool:
        """Forget an upload with its parts. False if it was over already."""
        request = Request(
            service="obs", method="DELETE", bucket=bucket, key=key, query=(("uploadId", upload_id),), kind="delete"
        )
        try:
            await self._session.call(request, read_nothing)
        except NotFoundError:
            return False
        return True

    async def uploads(self, bucket: str, prefix: str = "") -> list[OpenUpload]:
        """All that are unfinished in a bucket, whoever began them."""
        found: list[OpenUpload] = []
        key, upload = "", ""
        while True:
            query = {"uploads": "", "prefix": prefix, "key-marker": key, "upload-id-marker": upload}
            pairs = tuple(sorted((n, v) for n, v in query.items() if v or n == "uploads"))
            request = Request(service="obs", method="GET", bucket=bucket, query=pairs)
            page = await self._session.call(request, wire.read_uploads)
            found += page.uploads
            if not page.next_key or (page.next_key, page.next_id) == (key, upload):
                return found
            key, upload = page.next_key, page.next_id
