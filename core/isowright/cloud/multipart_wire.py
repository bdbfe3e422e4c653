"""The object service's XML of multipart uploads. Pure. Source: OBS API reference, "Operations on multipart uploads"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

import msgspec

from isowright.cloud.models import OpenUpload, SentPart
from isowright.cloud.obs_wire import int_of, root_of, text_of
from isowright.cloud.wire import Answer, UnreadableError, unreadable

_MD5 = re.compile(r"[0-9a-f]{32}")
PAGE = 1000  # parts or uploads in one answer at the most


class PartsPage(msgspec.Struct, frozen=True):
    """One page of ListParts. next_marker: 0 = the last page."""

    parts: tuple[SentPart, ...] = ()
    next_marker: int = 0


class UploadsPage(msgspec.Struct, frozen=True):
    """One page of ListMultipartUploads. next_key "" = the last page."""

    uploads: tuple[OpenUpload, ...] = ()
    next_key: str = ""
    next_id: str = ""


def read_initiated(answer: Answer) -> str:
    """The upload id. Raises UnreadableError."""
    upload_id = text_of(root_of(answer, "InitiateMultipartUploadResult"), "UploadId")
    if not upload_id:
        raise unreadable(answer)
    return upload_id


def read_part(answer: Answer, md5: str) -> str:
    """The ETag of a part that was stored. Raises UnreadableError, also if it is the MD5 of something else than `md5`
    (hex, "" = not known). Of encrypted parts it is no MD5 (OBS API reference, "Uploading a part")."""
    etag = answer.headers.get("etag", "").strip('"')
    if not etag:  # without one it could never be completed
        raise unreadable(answer)
    encrypted = any(name.startswith("x-obs-server-side-encryption") for name in answer.headers)
    if md5 and not encrypted and _MD5.fullmatch(etag) and etag != md5:
        raise UnreadableError(
            "A part of the file did not arrive as it was sent.",
            detail=f"The cloud stored one with the MD5 {etag}, not {md5}.",
            remedy="Try again. If it stays, something between this computer and the cloud changes what is sent.",
            status=answer.status,
            request_id=answer.request_id,
            retryable=True,
            action="retry",
        )
    return etag


def read_parts(answer: Answer) -> PartsPage:
    """Raises UnreadableError."""
    root = root_of(answer, "ListPartsResult")
    parts = tuple(
        SentPart(number, text_of(entry, "ETag").strip('"'), int_of(text_of(entry, "Size")))
        for entry in root.iter("Part")
        if (number := int_of(text_of(entry, "PartNumber")))
    )
    marker = 0
    if text_of(root, "IsTruncated").lower() == "true" and parts:
        marker = int_of(text_of(root, "NextPartNumberMarker")) or parts[-1].number
    return PartsPage(parts, marker)


def read_uploads(answer: Answer) -> UploadsPage:
    """Raises UnreadableError."""
    root = root_of(answer, "ListMultipartUploadsResult")
    uploads = tuple(
        OpenUpload(entry.findtext("Key") or "", upload_id, text_of(entry, "Initiated"))
        for entry in root.iter("Upload")
        if (upload_id := text_of(entry, "UploadId"))
    )
    key, upload = "", ""
    if text_of(root, "IsTruncated").lower() == "true" and uploads:
        key = text_of(root, "NextKeyMarker") or uploads[-1].key
        upload = text_of(root, "NextUploadIdMarker") or uploads[-1].id
    return UploadsPage(uploads, key, upload)


def complete_body(parts: Sequence[tuple[int, str]]) -> bytes:
    """(number, ETag) of all parts, ascending."""
    rows = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(etag)}</ETag></Part>" for number, etag in parts
    )
    return f"<CompleteMultipartUpload>{rows}</CompleteMultipartUpload>".encode()


def read_completed(answer: Answer) -> str:
    """The object's ETag. Raises UnreadableError, also for an answer of status 200 that holds an error."""
    return text_of(root_of(answer, "CompleteMultipartUploadResult"), "ETag").strip('"')
