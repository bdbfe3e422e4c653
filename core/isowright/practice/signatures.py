"""Verification of signed requests, written from the published descriptions of the algorithms.

Three of them: SDK-HMAC-SHA256 of the API gateway, the OBS (and AWS V2) header and query signature, and AWS4-HMAC-SHA256
on OBS. Everything here is pure: bytes of a request in, yes or no out.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import quote, unquote

_UNRESERVED = "-._~"
_EMPTY = hashlib.sha256(b"").hexdigest()
# Query names that are part of an OBS signature; all others (prefix, marker, delimiter, max-keys) are not.
_SUB_RESOURCES = frozenset(
    [
        "acl",
        "append",
        "attname",
        "backtosource",
        "cors",
        "customdomain",
        "delete",
        "deletebucket",
        "directcoldaccess",
        "encryption",
        "inventory",
        "length",
        "lifecycle",
        "location",
        "logging",
        "metadata",
        "modify",
        "name",
        "notification",
        "partNumber",
        "policy",
        "position",
        "quota",
        "rename",
        "replication",
        "requestPayment",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "response-content-language",
        "response-content-type",
        "response-expires",
        "restore",
        "select",
        "select-type",
        "storageClass",
        "storageInfo",
        "storagePolicy",
        "storagepolicy",
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
        "x-image-save-bucket",
        "x-image-",
        "save-object",
        "x-obs-security-token",
    ]
)


@dataclass(frozen=True)
class Signed:
    """A request as it came over the wire. `headers` has lower-case names; `path` and `query` are still encoded."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    body_sha256: str = ""  # in hex, of a body that is not in memory


@dataclass(frozen=True)
class Claim:
    """What an Authorization header claims."""

    access: str
    signature: str
    signed_headers: tuple[str, ...] = ()
    scope: str = ""


def _pairs(query: str) -> list[tuple[str, str | None]]:
    pairs: list[tuple[str, str | None]] = []
    for part in query.split("&"):
        if part:
            name, separator, value = part.partition("=")
            pairs.append((unquote(name), unquote(value) if separator else None))
    return pairs


def _canonical_query(query: str) -> str:
    pairs = sorted((name, value or "") for name, value in _pairs(query))
    return "&".join(f"{quote(name, safe=_UNRESERVED)}={quote(value, safe=_UNRESERVED)}" for name, value in pairs)


def _canonical_headers(request: Signed, names: tuple[str, ...]) -> str:
    return "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in names)


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())


# SDK-HMAC-SHA256


def read_sdk_claim(authorization: str) -> Claim | None:
    match = re.fullmatch(
        r"SDK-HMAC-SHA256 Access=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})",
        authorization.strip(),
    )
    if not match:
        return None
    return Claim(match[1], match[3], tuple(match[2].split(";")))


def sdk_canonical_request(request: Signed, names: tuple[str, ...]) -> str:
    path = "/".join(quote(segment, safe=_UNRESERVED) for segment in unquote(request.path).split("/"))
    if not path.endswith("/"):
        path += "/"
    digest = hashlib.sha256(request.body).hexdigest() if request.body else _EMPTY
    return "\n".join(
        (
            request.method,
            path,
            _canonical_query(request.query),
            _canonical_headers(request, names),
            ";".join(names),
            request.headers.get("x-sdk-content-sha256", digest),
        )
    )


def sdk_signature_is_good(request: Signed, claim: Claim, secret: str) -> bool:
    """The date's age is the caller's to judge. X-Sdk-Date must be among the signed headers."""
    if "x-sdk-date" not in claim.signed_headers:
        return False
    digest = hashlib.sha256(sdk_canonical_request(request, claim.signed_headers).encode()).hexdigest()
    text = f"SDK-HMAC-SHA256\n{request.headers.get('x-sdk-date', '')}\n{digest}"
    return _same(hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest(), claim.signature)


# OBS and AWS V2


def read_obs_claim(authorization: str) -> tuple[str, Claim] | None:
    """("OBS" | "AWS", claim)."""
    match = re.fullmatch(r"(OBS|AWS) ([^:\s]+):([A-Za-z0-9+/=]+)", authorization.strip())
    return (match[1], Claim(match[2], match[3])) if match else None


def obs_string_to_sign(request: Signed, prefix: str, resource: str, *, expires: str | None = None) -> str:
    """`prefix` "x-obs-" or "x-amz-"; `resource` "/", "/bucket/" or "/bucket/encoded-key", without query."""
    named = {name: value.strip() for name, value in request.headers.items() if name.startswith(prefix)}
    date = expires if expires is not None else request.headers.get("date", "")
    if f"{prefix}date" in named and expires is None:
        date = ""
    subs = [(name, value) for name, value in sorted(_pairs(request.query)) if name in _SUB_RESOURCES]
    query = "&".join(name if value is None or value == "" else f"{name}={value}" for name, value in subs)
    head = (
        request.method,
        request.headers.get("content-md5", ""),
        request.headers.get("content-type", ""),
        date,
    )
    canonical = "".join(f"{name}:{named[name]}\n" for name in sorted(named))
    return "\n".join(head) + "\n" + canonical + resource + (f"?{query}" if query else "")


def obs_resources(path: str) -> list[str]:
    """The canonical resource of a path-style request: clients differ in what they leave unencoded."""
    bucket, separator, key = path.lstrip("/").partition("/")
    if not bucket:
        return ["/"]
    if not separator or not key:
        # The official SDK signs a path-style bucket without the slash, others with it.
        return [f"/{bucket}/", f"/{bucket}"]
    plain = unquote(key)
    forms = [key, quote(plain, safe="/~"), quote(plain, safe="/"), quote(plain, safe="/-._~!*'()")]
    return [f"/{bucket}/{form}" for form in dict.fromkeys(forms)]


def obs_signature_is_good(
    request: Signed, claim: Claim, secret: str, *, scheme: str, expires: str | None = None
) -> bool:
    prefix = "x-obs-" if scheme == "OBS" else "x-amz-"
    for resource in obs_resources(request.path):
        text = obs_string_to_sign(request, prefix, resource, expires=expires)
        made = base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()
        if _same(made, claim.signature):
            return True
    return False


# AWS V4


def read_aws4_claim(authorization: str) -> Claim | None:
    match = re.fullmatch(
        r"AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)/(\d{8}/[^/,\s]+/s3/aws4_request),\s*SignedHeaders=([^,\s]+),\s*"
        r"Signature=([0-9a-f]{64})",
        authorization.strip(),
    )
    return Claim(match[1], match[4], tuple(match[3].split(";")), match[2]) if match else None


def aws4_date(request: Signed) -> str:
    """YYYYMMDDTHHMMSSZ from x-amz-date, else from Date; "" if neither says it."""
    date = request.headers.get("x-amz-date", "")
    if date:
        return date
    try:
        return parsedate_to_datetime(request.headers.get("date", "")).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    except (ValueError, TypeError):
        return ""


def aws4_signature_is_good(request: Signed, claim: Claim, secret: str) -> bool:
    """A payload hash other than UNSIGNED-PAYLOAD must be that of the body."""
    payload = request.headers.get("x-amz-content-sha256", "")
    if payload not in {"UNSIGNED-PAYLOAD", request.body_sha256 or hashlib.sha256(request.body).hexdigest()}:
        return False
    if "host" not in claim.signed_headers:
        return False
    key = b"AWS4" + secret.encode()
    for part in claim.scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    path = quote(unquote(request.path), safe="/" + _UNRESERVED)
    # A path-style bucket is signed with and without its slash, as above.
    for uri in dict.fromkeys((path, path.rstrip("/") or "/")):
        canonical = "\n".join(
            (
                request.method,
                uri,
                _canonical_query(request.query),
                _canonical_headers(request, claim.signed_headers),
                ";".join(claim.signed_headers),
                payload,
            )
        )
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{aws4_date(request)}\n{claim.scope}\n{digest}"
        if _same(hmac.new(key, text.encode(), hashlib.sha256).hexdigest(), claim.signature):
            return True
    return False
