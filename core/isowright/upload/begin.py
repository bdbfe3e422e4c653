"""Finding the multipart upload whose id was never heard of: the answer was lost, or the process died with it."""

from __future__ import annotations

from isowright.cloud.client import Cloud
from isowright.errors import CloudError

_MOST = 20  # unfinished uploads of one object; more of them are nobody's to tell apart
_UNKNOWN = "?"


async def open_before(cloud: Cloud, bucket: str, key: str) -> str:
    """The ids of the unfinished uploads of this object, as a text to be kept; what comes after is new."""
    try:
        ids = sorted(upload.id for upload in await cloud.multipart.uploads(bucket, key) if upload.key == key)
    except CloudError:  # not everybody who may upload may list
        return _UNKNOWN
    return " ".join(ids) if len(ids) <= _MOST else _UNKNOWN


async def begun_since(cloud: Cloud, bucket: str, key: str, before: str) -> str:
    """The id of the one upload of this object that is there now, was not before and has no part yet; "" if there is
    none, or more than one: then nobody can say whose it is, and it is left alone."""
    if before == _UNKNOWN:
        return ""
    known = set(before.split())
    try:
        there = await cloud.multipart.uploads(bucket, key)
    except CloudError:
        return ""
    new = [upload.id for upload in there if upload.key == key and upload.id not in known]
    if len(new) != 1 or await cloud.multipart.parts(bucket, key, new[0]):
        return ""
    return new[0]
