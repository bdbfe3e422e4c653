"""Object storage: buckets and objects."""

from __future__ import annotations

from isowright.cloud import obs_wire
from isowright.cloud.bucket_rules import bucket_name_problem
from isowright.cloud.models import Bucket, BucketInfo, ObjectInfo, ObjectPage
from isowright.cloud.session import Session
from isowright.cloud.wire import Answer, Request, UnreadableError, read_nothing
from isowright.errors import CloudError, ForbiddenError, InputError, NotFoundError, UnknownOutcomeError


class Obs:
    """Paths and signatures differ from the other services; retries and errors do not."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def buckets(self) -> list[Bucket]:
        """The account's buckets of all regions; their `region` tells which can be used."""
        request = Request(service="obs", method="GET", headers={"x-obs-bucket-type": "OBJECT"})
        return await self._session.call(request, obs_wire.read_buckets)

    async def bucket(self, name: str) -> BucketInfo:
        """Raises NotFoundError, ForbiddenError (not yours)."""
        request = Request(service="obs", method="HEAD", bucket=name)
        return await self._session.call(request, lambda answer: obs_wire.read_bucket_head(answer, name))

    async def encryption(self, name: str) -> str | None:
        """How new objects of the bucket are encrypted by default: "" = they are not, "kms", "aes256"; None = whoever
        is signed in may not know. Raises NotFoundError if there is no such bucket."""
        request = Request(service="obs", method="GET", bucket=name, query=(("encryption", ""),))
        try:
            return await self._session.call(request, obs_wire.read_encryption)
        except NotFoundError as error:
            if error.code == "NoSuchBucket":
                raise
            return ""
        except ForbiddenError:
            return None

    async def create_bucket(self, name: str, region: str) -> None:
        """Make a private bucket of the Standard class in `region`. Raises NameTakenError (another customer's name, or
        one of your own), QuotaError (too many buckets), InputError (a name that cannot be), ForbiddenError.

        Making it twice does no harm, so that an answer that was lost is looked up rather than doubted.
        """
        if problem := bucket_name_problem(name):
            raise InputError(problem[0], remedy=problem[1], action="step:iso.bucket")
        request = Request(
            service="obs",
            method="PUT",
            bucket=name,
            headers={
                "Content-Type": "application/xml",
                "x-obs-acl": "private",
                "x-obs-storage-class": "STANDARD",
            },
            body=obs_wire.create_body(region),
            kind="create",
        )
        try:
            await self._session.call(request, read_nothing)
        except UnknownOutcomeError:
            try:
                await self.bucket(name)
            except (NotFoundError, ForbiddenError):
                await self._session.call(request, read_nothing)

    async def objects(
        self, bucket: str, prefix: str = "", marker: str = "", delimiter: str = "/", limit: int = 1000
    ) -> ObjectPage:
        """One page, at most 1000 entries; with a delimiter, folders come by themselves."""
        query = {"prefix": prefix, "marker": marker, "delimiter": delimiter, "max-keys": str(limit)}
        pairs = tuple((name, value) for name, value in query.items() if value)
        request = Request(service="obs", method="GET", bucket=bucket, query=pairs)
        try:
            return await self._session.call(request, obs_wire.read_page)
        except UnreadableError:
            # A key with a control character breaks the XML; encoded, it does not.
            request = Request(service="obs", method="GET", bucket=bucket, query=(*pairs, ("encoding-type", "url")))
            return await self._session.call(request, obs_wire.read_page)

    async def head(self, bucket: str, key: str) -> ObjectInfo | None:
        """None if there is no such object. Raises ForbiddenError."""
        request = Request(service="obs", method="HEAD", bucket=bucket, key=key)
        try:
            return await self._session.call(request, lambda answer: obs_wire.read_object_head(answer, key))
        except NotFoundError:
            return None

    async def read(self, bucket: str, key: str, start: int, length: int) -> bytes:
        """Bytes `start` to `start + length`, fewer at the object's end, none behind it. Raises NotFoundError."""
        if length <= 0:
            return b""
        request = Request(
            service="obs",
            method="GET",
            bucket=bucket,
            key=key,
            headers={"Range": f"bytes={start}-{start + length - 1}"},
        )

        def part(answer: Answer) -> bytes:
            # A server that ignores Range answers 200 with the whole object.
            return answer.body[:length] if answer.status == 206 else answer.body[start : start + length]

        try:
            return await self._session.call(request, part)
        except CloudError as error:
            if error.status == 416:
                return b""
            raise

    async def delete_object(self, bucket: str, key: str) -> None:
        """An object that is gone already is fine."""
        request = Request(service="obs", method="DELETE", bucket=bucket, key=key, kind="delete")
        try:
            await self._session.call(request, read_nothing)
        except NotFoundError:
            return
