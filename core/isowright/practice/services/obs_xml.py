"""What the object and the upload calls share: XML and the check of Content-MD5."""

import hashlib
from base64 import b64encode
from html import escape

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
    digest = hashlib.md5(call.body, usedforsecurity=False)
    wanted = call.headers.get("content-md5")
    if wanted and wanted != b64encode(digest.digest()).decode():
        raise Refusal(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    return digest.hexdigest()
