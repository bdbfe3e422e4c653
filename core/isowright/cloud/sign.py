"""Request signing with access keys: SDK-HMAC-SHA256. Pure.

Source: the official Python SDK's signer (huaweicloudsdkcore `signer/signer.py`) and the API Request Signing Guide;
checked against vectors made with that signer.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, unquote

ALGORITHM = "SDK-HMAC-SHA256"
DATE_HEADER = "X-Sdk-Date"
DATE_FORMAT = "%Y%m%dT%H%M%SZ"

_KEPT = "-._~"


def encode_path(path: str) -> str:
    """Percent-encode each segment as the canonical form wants it; already encoded input stays what it is."""
    return "/".join(quote(unquote(segment), safe=_KEPT) for segment in path.split("/"))


def encode_query(pairs: Iterable[tuple[str, str]]) -> str:
    """The canonical query string, which is also sent: sorted by name, then value."""
    return "&".join(f"{quote(k, safe=_KEPT)}={quote(v, safe=_KEPT)}" for k, v in sorted(pairs))


def canonical_request(
    method: str, path: str, query: Iterable[tuple[str, str]], headers: Mapping[str, str], body: bytes
) -> str:
    """The text that is hashed and signed. `headers`: all that get signed."""
    # Decoded as a whole, unlike the path that is sent: a slash that came encoded divides here, as in the SDK.
    uri = "/".join(quote(segment, safe=_KEPT) for segment in unquote(path).split("/"))
    if not uri.endswith("/"):  # in the canonical form only
        uri += "/"
    names = _signed_names(headers)
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    block = "".join(f"{name}:{lower[name]}\n" for name in names)
    return "\n".join((method.upper(), uri, encode_query(query), block, ";".join(names), _hex(body)))


def authorization(
    access_key: str,
    secret_key: str,
    method: str,
    path: str,
    query: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    body: bytes,
) -> str:
    """The Authorization header. `headers` must hold X-Sdk-Date and Host, and not change afterwards."""
    date = next(value for name, value in headers.items() if name.lower() == DATE_HEADER.lower())
    canonical = canonical_request(method, path, query, headers, body)
    to_sign = f"{ALGORITHM}\n{date}\n{_hex(canonical.encode())}"
    signature = hmac.new(secret_key.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    signed = ";".join(_signed_names(headers))
    return f"{ALGORITHM} Access={access_key}, SignedHeaders={signed}, Signature={signature}"


def timestamp(moment: datetime) -> str:
    """`moment` as X-Sdk-Date writes it."""
    return moment.astimezone(UTC).strftime(DATE_FORMAT)


def _signed_names(headers: Mapping[str, str]) -> list[str]:
    # Proxies drop header names with an underscore, so the SDK leaves them unsigned.
    return sorted(name.lower() for name in headers if "_" not in name)


def _hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
