"""Takes secrets out of any text before a person, a log or an error sees it.

Two nets: patterns (headers, JSON members, query parameters, user info in URLs, console links) and the exact values that
are known to be secret, in every form in which something in between may hand them back. Gateways echo canonical requests
with tokens in them, so answers need this as much as requests do.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote, quote_plus

HIDDEN = "***"
_SHORTEST = 4  # characters; hiding what is shorter would tear every text
_SHORTEST_EVERYWHERE = 8  # the same for texts that are not of the session whose secret it is
_MOST = 256  # values that are remembered

_known: OrderedDict[str, None] = OrderedDict()

_HEADERS = r"x-auth-token|x-subject-token|x-security-token|x-obs-security-token|x-amz-security-token|authorization"
_MEMBERS = (
    r"password|adminpass|passcode|secret|secret_key|secretkey|securitytoken|security_token|sk|token|user_data|signature"
)
_PATTERNS = (
    # "X-Auth-Token: value" up to the end of line, or of the element in a canonical request joined by |
    (re.compile(rf"\b({_HEADERS})(\"?\s*[:=]\s*\"?)[^\"|\r\n]+", re.IGNORECASE), rf"\1\2{HIDDEN}"),
    # ('X-Subject-Token', 'value'): a list of headers as Python shows it
    (re.compile(rf"((?:{_HEADERS})([\"'])\s*,\s*b?)([\"']).*?\3", re.IGNORECASE), rf"\1\3{HIDDEN}\3"),
    # "password": "value" in JSON and in Python's repr, with escapes inside
    (re.compile(rf"([\"'](?:{_MEMBERS})[\"']\s*:\s*)\"(?:[^\"\\]|\\.)*\"?", re.IGNORECASE), rf'\1"{HIDDEN}"'),
    (re.compile(rf"([\"'](?:{_MEMBERS})[\"']\s*:\s*)'(?:[^'\\]|\\.)*'?", re.IGNORECASE), rf"\1'{HIDDEN}'"),
    # token=value in URLs, Signature=value in Authorization headers and signed links
    (re.compile(rf"\b((?:x-)?(?:{_MEMBERS}|access_token))=[^&\s\"'<>|,]+", re.IGNORECASE), rf"\1={HIDDEN}"),
    (re.compile(r"(?<=://)[^/@\s\"']+@"), f"{HIDDEN}@"),
    # IAM tokens are base64 CMS messages: always very long, always beginning with MII
    (re.compile(r"\bMII[A-Za-z0-9+/_\-]{60,}={0,2}"), HIDDEN),
)


def remember(secret: str) -> None:
    """From now on `redact` hides this value in every text, whoever made it: in logs and tracebacks above all."""
    if len(secret) >= _SHORTEST_EVERYWHERE:
        _known[secret] = None
        _known.move_to_end(secret)
        while len(_known) > _MOST:
            _known.popitem(last=False)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without secrets. `secrets`: values known to be secret here, hidden wherever they stand."""
    text = hide(text, {*secrets, *_known})
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def hide_known(text: str) -> str:
    """`text` without the values that are remembered."""
    return hide(text, tuple(_known))


def hide(text: str, secrets: Iterable[str]) -> str:
    """`text` without these values, in all their forms; what only looks like a secret stays."""
    for secret in sorted({s for s in secrets if len(s) >= _SHORTEST}, key=len, reverse=True):
        for form in _forms(secret):
            text = text.replace(form, HIDDEN)
    return text


@lru_cache(maxsize=2 * _MOST)
def _forms(secret: str) -> tuple[str, ...]:
    """As it is, and as URLs, forms, JSON, Python, HTML, hex and base64 (of it alone, or within something) write it."""
    import html  # all of this only once there is something to hide: a start must be quick
    import json

    raw = secret.encode("utf-8", "surrogatepass")
    percent = [quote(raw, safe=safe) for safe in ("", "/", "!*'();:@&=+$,/?[]~")] + [quote_plus(raw)]
    percent += ["".join(f"%{byte:02X}" for byte in raw)]
    quoted = [
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        repr(raw)[2:-1],
    ]
    quoted += [q.replace("/", "\\/") for q in quoted] + [q.replace("\\", "\\\\") for q in quoted]
    marked = [html.escape(secret), html.escape(secret, quote=False), html.escape(secret).replace("&#x27;", "&#39;")]
    lower = [re.sub("%..", lambda found: found[0].lower(), form) for form in percent]
    forms = {secret, *percent, *lower, *quoted, *marked, raw.hex(), raw.hex().upper()}
    if len(raw) >= _SHORTEST_EVERYWHERE:
        forms |= {form for start in range(3) for form in _base64(raw, start)}
    return tuple(sorted(forms, key=len, reverse=True))


def _base64(raw: bytes, start: int) -> tuple[str, ...]:
    """What is the same in base64 whatever stands around `raw`, if `start` bytes (modulo 3) stand before it."""
    import base64

    text = base64.b64encode(b"\0" * start + raw).decode()
    first = (0, 2, 3)[start]
    inner = text[first : (start + len(raw)) * 8 // 6]
    return inner, inner.replace("+", "-").replace("/", "_")
