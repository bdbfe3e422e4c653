"""Takes secrets out of any text before a person, a log or an error sees it.

Two nets: patterns (headers, JSON members, query parameters, user info in URLs, console links) and the exact values that
a session knows to be secret. Gateways echo canonical requests with tokens in them, so answers need this as much as
requests do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

HIDDEN = "***"

_HEADERS = r"x-auth-token|x-subject-token|x-security-token|x-obs-security-token|x-amz-security-token|authorization"
_MEMBERS = (
    r"password|adminpass|passcode|secret|secret_key|secretkey|securitytoken|security_token|sk|token|user_data|signature"
)
_PATTERNS = (
    # "X-Auth-Token: value" up to the end of line, or of the element in a canonical request joined by |
    (re.compile(rf"\b({_HEADERS})(\"?\s*[:=]\s*\"?)[^\"|\r\n]+", re.IGNORECASE), rf"\1\2{HIDDEN}"),
    # "password": "value" in JSON and in Python's repr, with escapes inside
    (re.compile(rf"([\"'](?:{_MEMBERS})[\"']\s*:\s*)\"(?:[^\"\\]|\\.)*\"?", re.IGNORECASE), rf'\1"{HIDDEN}"'),
    (re.compile(rf"([\"'](?:{_MEMBERS})[\"']\s*:\s*)'(?:[^'\\]|\\.)*'?", re.IGNORECASE), rf"\1'{HIDDEN}'"),
    # token=value in URLs, Signature=value in Authorization headers and signed links
    (re.compile(rf"\b((?:x-)?(?:{_MEMBERS}|access_token))=[^&\s\"'<>|,]+", re.IGNORECASE), rf"\1={HIDDEN}"),
    (re.compile(r"(?<=://)[^/@\s\"']+@"), f"{HIDDEN}@"),
    # IAM tokens are base64 CMS messages: always very long, always beginning with MII
    (re.compile(r"\bMII[A-Za-z0-9+/_\-]{60,}={0,2}"), HIDDEN),
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without secrets. `secrets`: values known to be secret, hidden wherever they stand."""
    for secret in sorted({s for s in secrets if len(s) >= 4}, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
