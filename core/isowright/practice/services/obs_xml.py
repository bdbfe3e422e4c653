"""What the object and the upload calls share: XML and the check of Content-MD5."""

import hashlib
from base64 import b64encode
from html import escape

from isowright.practice.blobs import Blobs
from isowright.practice.refusals import Refusal

from .call import Call

_NAMESPACE = "http://obs.myhuaweicloud.com/doc/2015-06-30/"


def xml(root: str, content: str, *, named: bool = True) -> str:
    space = f' xmlns="{_NAMESPACE}"' if named else ""
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<{root}{space}>{content}</{root}>'


def tag(name: str, value: object) -> str:
    return f"<{name}>{escape(str(value), quote=False)}</{name}>"


def check_md5(call: Call) -> str:
    """The body's MD5 in hex, after comparing it with Content-MD5."""
    digest = call.incoming.md5 if call.incoming else hashlib.md5(call.body, usedforsecurity=False).digest()
    wanted = call.headers.get("content-md5")
    if wanted and wanted != b64encode(digest).decode():
        raise Refusal(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    return digest.hex()


def kept_blob(call: Call, blobs: Blobs) -> str:
    """The body as a blob, which is the caller's from now on."""
    if call.incoming is None:
        return blobs.put(call.body)
    call.incoming.taken = True
    return call.incoming.blob


def own_metadata(call: Call) -> dict[str, str]:
    """x-obs-meta-… as the client gave it, names without that prefix."""
    found: dict[str, str] = {}
    for name, value in call.headers.items():
        for prefix in ("x-obs-meta-", "x-amz-meta-"):
            if name.lower().startswith(prefix):
                found[name.lower().removeprefix(prefix)] = value
    return found
