"""The object service's own header signature (scheme `OBS`). Pure.

Source: OBS API reference, "User signature verification"; vectors made with the official OBS SDK. The service takes no
X-Auth-Token: a password sign-in gets temporary keys first.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

# Query parameters that are part of what is signed; prefix, marker, delimiter and max-keys are not.
_SUB_RESOURCES = frozenset(
    [
        "acl",
        "append",
        "backtosource",
        "cors",
        "customdomain",
        "delete",
        "deletebucket",
        "encryption",
        "lifecycle",
        "location",
        "logging",
        "metadata",
        "modify",
        "name",
        "notification",
        "orchestration",
        "partNumber",
        "policy",
        "policyStatus",
        "position",
        "quota",
        "rename",
        "replication",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "response-content-language",
        "response-content-type",
        "response-expires",
        "restore",
        "storageClass",
        "storageinfo",
        "tagging",
        "torrent",
        "truncate",
        "uploadId",
        "uploads",
        "versionId",
        "versioning",
        "versions",
        "website",
        "x-image-process",
        "x-obs-security-token",
    ]
)


def encode_key(key: str) -> str:
    """An object key as it stands in the URL and in what is signed."""
    # A segment of dots would be resolved away by URL libraries, and another object be meant.
    return "/".join(
        segment.replace(".", "%2E") if segment in (".", "..") else quote(segment, safe="-._~")
        for segment in key.split("/")
    )


def string_to_sign(
    method: str, bucket: str, key: str, query: Mapping[str, str | None], headers: Mapping[str, str]
) -> str:
    """What is signed. `headers`: at least Date or x-obs-date; "" bucket = the list of buckets."""
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    date = "" if "x-obs-date" in lower else lower.get("date", "")
    own = "".join(f"{name}:{value}\n" for name, value in sorted(lower.items()) if name.startswith("x-obs-"))
    resource = f"/{bucket}/{encode_key(key)}" if bucket else "/"
    signed = [f"{name}={value}" if value else name for name, value in sorted(query.items()) if name in _SUB_RESOURCES]
    if signed:
        resource += "?" + "&".join(signed)
    return "\n".join(
        (method, lower.get("content-md5", ""), lower.get("content-type", ""), date, own + resource),
    )


def encode_object_query(pairs: Iterable[tuple[str, str]]) -> str:
    """The query as it stands in the URL: a sub-resource without a value is its name alone, as in what is signed."""
    return "&".join(
        name if name in _SUB_RESOURCES and not value else f"{quote(name, safe='-._~')}={quote(value, safe='-._~')}"
        for name, value in sorted(pairs)
    )


def authorization(
    access_key: str,
    secret_key: str,
    method: str,
    bucket: str,
    key: str,
    query: Mapping[str, str | None],
    headers: Mapping[str, str],
) -> str:
    """The Authorization header for a request that carries `headers`."""
    text = string_to_sign(method, bucket, key, query, headers)
    # The scheme is what it is: SHA-1 inside an HMAC, where its weakness does not matter.
    digest = hmac.new(secret_key.encode(), text.encode(), hashlib.sha1).digest()
    return f"OBS {access_key}:{base64.b64encode(digest).decode()}"


def http_date(moment: datetime) -> str:
    """`moment` (aware, UTC) as the Date header writes it."""
    return format_datetime(moment, usegmt=True)
