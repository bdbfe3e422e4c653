"""The object service's XML and headers. Pure. Source: OBS API reference (list buckets, list objects, HEAD)."""

from __future__ import annotations

import contextlib
from html import escape
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError, fromstring  # documents with a DTD are turned away

from isowright.cloud.models import Bucket, BucketInfo, ObjectEntry, ObjectInfo, ObjectPage
from isowright.cloud.wire import Answer, unreadable

_META = "x-obs-meta-"


def read_buckets(answer: Answer) -> list[Bucket]:
    """All of the account's buckets, whatever their region. Raises UnreadableError."""
    root = root_of(answer, "ListAllMyBucketsResult")
    return [
        Bucket(name=name, region=text_of(entry, "Location"), created=text_of(entry, "CreationDate"))
        for entry in root.iter("Bucket")
        if (name := text_of(entry, "Name"))
    ]


def read_page(answer: Answer) -> ObjectPage:
    """One page of a listing. Raises UnreadableError."""
    root = root_of(answer, "ListBucketResult")
    encoded = text_of(root, "EncodingType").lower() == "url"

    def plain(text: str) -> str:
        return unquote(text) if encoded else text

    objects = tuple(
        ObjectEntry(
            key=plain(key),
            size=int_of(text_of(entry, "Size")),
            modified=text_of(entry, "LastModified"),
            etag=text_of(entry, "ETag").strip('"'),
            storage_class=text_of(entry, "StorageClass") or "STANDARD",
        )
        for entry in root.iter("Contents")
        if (key := text_of(entry, "Key"))
    )
    folders = tuple(plain(prefix) for e in root.iter("CommonPrefixes") if (prefix := text_of(e, "Prefix")))
    marker = ""
    if text_of(root, "IsTruncated").lower() == "true":
        # Some versions send NextMarker only together with a delimiter.
        marker = plain(text_of(root, "NextMarker")) or max([o.key for o in objects] + list(folders), default="")
    return ObjectPage(objects, folders, marker)


def read_bucket_head(answer: Answer, name: str) -> BucketInfo:
    """From HEAD bucket."""
    return BucketInfo(
        name=name,
        region=answer.headers.get("x-obs-bucket-location", ""),
        storage_class=answer.headers.get("x-obs-storage-class", "STANDARD"),
    )


def create_body(region: str) -> bytes:
    """Where the new bucket shall lie. The namespace is that of the API reference; clouds ignore which one it is."""
    space = "http://obs.myhuaweicloud.com/doc/2015-06-30/"
    place = f"<Location>{escape(region)}</Location>"
    return f'<CreateBucketConfiguration xmlns="{space}">{place}</CreateBucketConfiguration>'.encode()


def read_encryption(answer: Answer) -> str:
    """ "kms", "aes256", or another word that the cloud may have, in lower case. Raises UnreadableError."""
    root = root_of(answer, "ServerSideEncryptionConfiguration")
    found = next((element.text for element in root.iter("SSEAlgorithm")), "") or ""
    return found.strip().lower().removeprefix("aws:")


def read_object_head(answer: Answer, key: str) -> ObjectInfo:
    """From HEAD object; the storage class header is absent for STANDARD."""
    headers = answer.headers
    encrypted = headers.get("x-obs-server-side-encryption", "")
    if headers.get("x-obs-server-side-encryption-customer-algorithm"):
        encrypted = "sse-c"
    return ObjectInfo(
        key=key,
        size=int_of(headers.get("content-length", "")),
        etag=headers.get("etag", "").strip('"'),
        storage_class=headers.get("x-obs-storage-class", "STANDARD"),
        encrypted=encrypted,
        modified=headers.get("last-modified", ""),
        upload_id=headers.get("x-obs-uploadid", ""),
        meta={n.removeprefix(_META): v for n, v in headers.items() if n.startswith(_META)},
    )


def root_of(answer: Answer, tag: str) -> Element:
    """The document's root, tags without their namespace. Raises UnreadableError if it is not a `tag`."""
    if b"<!DOCTYPE" in answer.body or b"<!ENTITY" in answer.body:  # entity bombs
        raise unreadable(answer)
    try:
        root = fromstring(answer.body)  # noqa: S314  # no DTD gets here
    except (ParseError, ValueError) as error:
        raise unreadable(answer) from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]  # the namespace differs between clouds
    if root.tag != tag:
        raise unreadable(answer)
    return root


def text_of(element: Element, name: str) -> str:
    return (element.findtext(name) or "").strip() if name != "Key" else element.findtext(name) or ""


def int_of(text: str) -> int:
    with contextlib.suppress(ValueError):
        return max(int(text), 0)
    return 0
