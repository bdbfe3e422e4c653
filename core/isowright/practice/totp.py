"""One-time codes of a virtual MFA device: RFC 6238 with HMAC-SHA1, steps of 30 seconds and six digits."""

import base64
import hashlib
import hmac
import struct

STEP = 30.0
_DRIFT = 1  # steps by which a device's clock may be wrong, either way (RFC 6238, 5.2)


def code(secret: str, step: int) -> str:
    """The code of a step (Unix time divided by 30) for a base32 secret."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1)
    at = digest[-1] & 15
    number = struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def matching_step(secret: str, passcode: str, now: float, after: int) -> int | None:
    """The step that a code is of; None if it is wrong, too old, or not later than `after`: a code is good once."""
    here = int(now // STEP)
    for step in range(max(here - _DRIFT, after + 1), here + _DRIFT + 1):
        if hmac.compare_digest(code(secret, step).encode(), passcode.encode()):
            return step
    return None
