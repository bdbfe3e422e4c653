"""Buckets and their objects, and multipart uploads. Bytes live elsewhere; here are names, sizes and classes."""

import hashlib
import re
import secrets
from typing import TYPE_CHECKING

from .model import OTHER_REGION, REGION, Bucket, StoredObject, Upload
from .refusals import Refusal

if TYPE_CHECKING:
    from .world import World

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
FOREIGN = frozenset({"isos", "images", "backup", "test-bucket"})  # of other customers, who share the names
_SMALLEST_PART = 100 * 1024


def _is_bucket_name(name: str) -> bool:
    parts = any(pair in name for pair in ("..", ".-", "-."))
    return bool(_BUCKET_NAME.fullmatch(name)) and not parts and not _ADDRESS.fullmatch(name)


class Objects:
    def __init__(self, world: "World") -> None:
        self._world = world

    def buckets(self) -> list[Bucket]:
        return sorted(self._world.state.buckets.values(), key=lambda b: b.name)

    def bucket(self, name: str) -> Bucket:
        bucket = self._world.state.buckets.get(name)
        if name in FOREIGN:
            raise Refusal(403, "AccessDenied", "Access Denied", fields={"BucketName": name})
        if bucket is None:
            raise Refusal(404, "NoSuchBucket", "The specified bucket does not exist.", fields={"BucketName": name})
        return bucket

    def make_bucket(self, name: str, region: str, storage_class: str) -> Bucket:
        fields = {"BucketName": name}
        if not _is_bucket_name(name):
            raise Refusal(400, "InvalidBucketName", "The specified bucket is not valid.", fields=fields)
        if name in FOREIGN:
            message = "The requested bucket name is not available. The bucket namespace is shared by all users."
            raise Refusal(409, "BucketAlreadyExists", message, fields=fields)
        if region not in (REGION, OTHER_REGION):
            message = "The specified location-constraint is not valid."
            raise Refusal(400, "InvalidLocationConstraint", message, fields=fields)
        if name in self._world.state.buckets:
            message = "Your previous request to create the named bucket succeeded and you already own it."
            raise Refusal(409, "BucketAlreadyOwnedByYou", message, fields=fields)
        full = Refusal(400, "TooManyBuckets", "You have attempted to create more buckets than allowed.", fields=fields)
        state = self._world.state
        self._world.refuse_if_full("bucket", len(state.buckets) + 1, state.quotas.buckets, full)
        bucket = Bucket(name, region, self._world.now, storage_class)
        state.buckets[name] = bucket
        self._world.touch()
        return bucket

    def drop_bucket(self, name: str) -> None:
        if self.bucket(name).objects or any(u.bucket == name for u in self._world.state.uploads.values()):
            raise Refusal(409, "BucketNotEmpty", "The bucket you tried to delete is not empty.")
        del self._world.state.buckets[name]
        self._world.touch()

    def get(self, bucket_name: str, key: str) -> StoredObject:
        found = self.bucket(bucket_name).objects.get(key)
        if found is None:
            raise Refusal(404, "NoSuchKey", "The specified key does not exist.", fields={"Key": key})
        return found

    def put(
        self,
        bucket_name: str,
        key: str,
        *,
        blob: str,
        size: int,
        etag: str,
        content_type: str,
        storage_class: str = "",
        upload_id: str = "",
        meta: dict[str, str] | None = None,
    ) -> StoredObject | None:
        """Stores an object; returns the one that it replaced."""
        bucket = self.bucket(bucket_name)
        old = bucket.objects.get(key)
        stored = StoredObject(
            key,
            size,
            etag,
            self._world.now,
            storage_class or bucket.storage_class,
            content_type,
            blob,
            upload_id,
            meta or {},
        )
        bucket.objects[key] = stored
        bucket.objects = dict(sorted(bucket.objects.items()))
        self._world.touch()
        return old

    def delete(self, bucket_name: str, key: str) -> StoredObject | None:
        old = self.bucket(bucket_name).objects.pop(key, None)
        self._world.touch()
        return old

    # Multipart

    def begin_upload(self, bucket_name: str, key: str, content_type: str, storage_class: str, made_by: str) -> Upload:
        self.bucket(bucket_name)
        upload_id = secrets.token_hex(16).upper()
        upload = Upload(upload_id, bucket_name, key, self._world.now, content_type, storage_class, made_by)
        self._world.state.uploads[upload_id] = upload
        self._world.touch()
        return upload

    def upload(self, bucket_name: str, key: str, upload_id: str) -> Upload:
        upload = self._world.state.uploads.get(upload_id)
        if upload is None or (upload.bucket, upload.key) != (bucket_name, key):
            message = "The specified multipart upload does not exist."
            raise Refusal(404, "NoSuchUpload", message, fields={"UploadId": upload_id})
        return upload

    def put_part(self, upload: Upload, number: int, blob: str, etag: str, size: int) -> str:
        """Stores a part; returns the blob that it replaced, "" if none."""
        old = upload.parts.get(number)
        upload.parts[number] = (blob, etag, size, self._world.now)
        self._world.touch()
        return old[0] if old else ""

    def plan_complete(self, upload: Upload, wanted: list[tuple[int, str]]) -> tuple[list[str], str, int]:
        """(blobs in order, ETag, size) of the object that the parts make, or the refusal of a wrong list."""
        numbers = [number for number, _ in wanted]
        if not wanted:
            raise Refusal(400, "MalformedXML", "The XML you provided was not well-formed.")
        if numbers != sorted(set(numbers)):
            raise Refusal(400, "InvalidPartOrder", "The list of parts was not in ascending order.")
        blobs: list[str] = []
        digest = hashlib.md5(usedforsecurity=False)
        size = 0
        for place, (number, etag) in enumerate(wanted):
            part = upload.parts.get(number)
            if part is None or part[1] != etag.strip('"'):
                raise Refusal(400, "InvalidPart", "One or more of the specified parts could not be found.")
            if part[2] < _SMALLEST_PART and place != len(wanted) - 1:
                raise Refusal(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size.")
            blobs.append(part[0])
            digest.update(bytes.fromhex(part[1]))
            size += part[2]
        return blobs, f"{digest.hexdigest()}-{len(wanted)}", size

    def drop_part(self, upload: Upload, number: int) -> str:
        """Forgets a part; returns its blob."""
        self._world.touch()
        return upload.parts.pop(number)[0]

    def end_upload(self, upload: Upload) -> list[str]:
        """Forgets an upload; returns the blobs of its parts."""
        self._world.state.uploads.pop(upload.id, None)
        self._world.touch()
        return [part[0] for part in upload.parts.values()]
