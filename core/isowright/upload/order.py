"""What is to be uploaded, where that is written down, and what became of it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from isowright.errors import CloudError, InputError

RUN = "isowright-run"  # x-obs-meta-…: the run that made the object
PART_SIZE = "isowright-part-size"  # bytes
SHA256 = "isowright-sha256"


class Ledger(Protocol):
    """Where the upload is written down, each method returning when that is durable."""

    async def intend(self, before: str) -> None:
        """About to begin. before: the ids of other unfinished uploads of the object."""

    async def began(self, upload_id: str) -> None: ...

    async def over(self, upload_id: str, *, completed: bool) -> None:
        """Completed or aborted; "" = the intent came to nothing."""

    async def completing(self) -> None:
        """About to make the object."""

    async def made(self) -> None:
        """The object is there, and is the file."""

    def open_upload(self) -> tuple[str, str] | None:
        """(id, before) of the latest upload that is not over; id "" = its answer was never heard."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done. sha256: what the file must have, in hex, "" = not compared; told_by: where it stands, "" =
    typed."""

    run: str
    bucket: str
    key: str
    sha256: str = ""
    told_by: str = ""


class Uploaded(msgspec.Struct, frozen=True, kw_only=True):
    """size and sent in bytes; sent: what this attempt has sent. found: the object was there already."""

    size: int
    etag: str
    sent: int
    found: bool = False


def taken(bucket: str, key: str) -> InputError:
    return InputError(
        f"The bucket {bucket} has another object of the name {key}.",
        detail="Its content is not that of the file, and this run has not made it. It was left as it is.",
        remedy="Choose another object name for the ISO, or delete that object in the cloud's console.",
        action="step:iso.key",
    )


def not_the_file(key: str) -> CloudError:
    return CloudError(
        f"The object {key} is not what was sent.",
        detail="Its size or its ETag is not the file's. It was deleted, so that no image is made of it.",
        remedy="Try again: the file is sent anew.",
        retryable=True,
        action="retry",
    )
