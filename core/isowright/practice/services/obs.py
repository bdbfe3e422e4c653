"""OBS: buckets and objects, path-style on loopback, XML answers, its own three signatures; no tokens."""

import hashlib
import re
import secrets
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from html import escape
from typing import Any
from urllib.parse import quote, unquote

from starlette.requests import Request

from isowright.practice.blobs import Incoming
from isowright.practice.model import Bucket, Caller, StoredObject
from isowright.practice.refusals import Refusal
from isowright.practice.signatures import (
    Claim,
    aws4_date,
    aws4_signature_is_good,
    obs_signature_is_good,
    read_aws4_claim,
    read_obs_claim,
)
from isowright.practice.timing import CLOCK_SKEW

from .call import Answer, Call, stamp
from .obs_uploads import Uploads
from .obs_xml import check_md5, kept_blob, own_metadata, tag, xml
from .service import Path, Service

_XML = "application/xml"


class Obs(Service):
    name = "obs"
    # Parts of uploads come here whole.
    largest_body = 5 * 1024**3

    def routes(self) -> list[Path]:
        """None: buckets and keys are the path, so this service finds its way itself."""
        return []

    async def receive(self, request: Request) -> tuple[bytes, Incoming | None]:
        """Objects and parts go to disk as they come."""
        if request.method != "PUT" or "/" not in request.url.path.strip("/") or self._looked_into():
            return await request.body(), None
        hashed = re.fullmatch("[0-9a-f]{64}", request.headers.get("x-amz-content-sha256", "")) is not None
        incoming = self.context.blobs.receive(sha256=hashed)
        try:
            async for piece in request.stream():
                incoming.write(piece)
        except BaseException:
            incoming.drop()
            raise
        incoming.end()
        return b"", incoming

    def _looked_into(self) -> bool:
        """A fault rule asks for what is in a body."""
        return any(rule.match_body and rule.service in ("", self.name) for rule in self.context.faults.rules)

    # Who asks

    def authenticate(self, call: Call) -> Caller:
        authorization = call.headers.get("authorization", "")
        obs = read_obs_claim(authorization)
        if obs:
            scheme, claim = obs
            date = call.headers.get("x-obs-date") or call.headers.get("x-amz-date") or call.headers.get("date", "")
            self._check_date(call, _rfc1123(date))
            return self._verified(
                call, claim, lambda key: obs_signature_is_good(call.signed, claim, key, scheme=scheme)
            )
        aws = read_aws4_claim(authorization)
        if aws:
            self._check_date(call, _basic(aws4_date(call.signed)))
            return self._verified(call, aws, lambda key: aws4_signature_is_good(call.signed, aws, key))
        if "AccessKeyId" in call.query and "Signature" in call.query:
            return self._by_link(call)
        raise Refusal(403, "AccessDenied", "Access Denied")

    def _by_link(self, call: Call) -> Caller:
        expires = call.query.get("Expires", "")
        if not expires.isdigit() or int(expires) < call.world.now:
            raise Refusal(403, "AccessDenied", "Request has expired")
        claim = Claim(call.query["AccessKeyId"], call.query["Signature"])
        return self._verified(
            call, claim, lambda key: obs_signature_is_good(call.signed, claim, key, scheme="OBS", expires=expires)
        )

    def _check_date(self, call: Call, moment: float | None) -> None:
        if moment is None:
            raise Refusal(403, "AccessDenied", "OBS authentication requires a valid Date or x-obs-date header.")
        if abs(moment - call.world.now) > CLOCK_SKEW:
            message = "The difference between the request time and the current time is too large."
            raise Refusal(403, "RequestTimeTooSkewed", message)

    def _verified(self, call: Call, claim: Claim, good: Any) -> Caller:
        token = (
            call.headers.get("x-obs-security-token")
            or call.headers.get("x-amz-security-token")
            or call.query.get("x-obs-security-token")
        )
        accounts = call.world.accounts
        fields = {"AccessKeyId": claim.access}
        try:
            secret, user = accounts.secret_of(claim.access, token)
        except (KeyError, ValueError):
            message = "The OBS Access Key Id you provided does not exist in our records."
            raise Refusal(403, "InvalidAccessKeyId", message, fields=fields) from None
        except TimeoutError:
            raise Refusal(403, "ExpiredToken", "The provided token has expired.", fields=fields) from None
        except PermissionError:
            raise Refusal(400, "TooManyWrongSignature", "Too many wrong signatures.", fields=fields) from None
        matches = good(secret)
        accounts.signature_checked(user, good=matches)
        if not matches:
            message = "The request signature we calculated does not match the signature you provided."
            raise Refusal(403, "SignatureDoesNotMatch", message, fields=fields)
        return Caller(user, None)

    # Answers

    def handle(self, call: Call) -> Answer:
        call.world.settle()
        if call.method == "HEAD" and "apiversion" in call.query:
            # The official SDK asks this, unsigned, before it chooses between the OBS and the AWS signature.
            return Answer(200, None, {"x-obs-api": "3.0"})
        try:
            call.who = self.authenticate(call)
            answer = self._dispatch(call)
        except Refusal as refusal:
            answer = self._refused(call, refusal.with_traceback(None))
        self.context.save()
        return answer

    def headers(self, call: Call) -> dict[str, str]:
        mark = hashlib.md5(call.request_id.encode(), usedforsecurity=False).digest()
        return {
            "Server": "OBS",
            "x-obs-request-id": call.request_id.upper(),
            "x-obs-id-2": b64encode(mark).decode(),
            "X-Request-Id": call.request_id,
        }

    def _refused(self, call: Call, refusal: Refusal) -> Answer:
        code, message = refusal.code, refusal.message
        if code.startswith(("APIGW.", "Common.", "Pdp.")):
            code = {403: "AccessDenied", 429: "SlowDown", 503: "SlowDown", 404: "NoSuchKey"}.get(
                refusal.status, "InternalError"
            )
        if call.method == "HEAD":
            return Answer(refusal.status, None, {"x-obs-error-code": code, "x-obs-error-message": message})
        content = tag("Code", code) + tag("Message", message) + tag("RequestId", call.request_id.upper())
        content += tag("HostId", secrets.token_hex(24))
        content += "".join(tag(name, value) for name, value in refusal.fields.items())
        return Answer(refusal.status, xml("Error", content, named=False), media_type=_XML)

    def _dispatch(self, call: Call) -> Answer:
        bucket, _, key = call.path.lstrip("/").partition("/")
        bucket, key = unquote(bucket), unquote(key)
        if call.caller.user.rights == "none":
            raise Refusal(403, "AccessDenied", "Access Denied")
        if not bucket:
            if call.method != "GET":
                raise _not_allowed()
            return self._list_buckets(call)
        if not key:
            return self._bucket(call, bucket)
        return self._object(call, bucket, key)

    # Buckets

    def _list_buckets(self, call: Call) -> Answer:
        rows = "".join(
            "<Bucket>"
            + tag("Name", bucket.name)
            + tag("CreationDate", stamp(bucket.created, milliseconds=True))
            + tag("Location", bucket.region)
            + tag("BucketType", "OBJECT")
            + "</Bucket>"
            for bucket in call.world.objects.buckets()
        )
        owner = f"<Owner>{tag('ID', call.world.state.domain_id)}</Owner>"
        return Answer(200, xml("ListAllMyBucketsResult", f"{owner}<Buckets>{rows}</Buckets>"), media_type=_XML)

    def _bucket(self, call: Call, name: str) -> Answer:
        objects = call.world.objects
        if call.method == "PUT":
            match = re.search(rb"<Location(?:Constraint)?>([^<]+)<", call.body)
            region = match[1].decode() if match else call.world.state.region
            objects.make_bucket(name, region, call.headers.get("x-obs-storage-class", "STANDARD"))
            return Answer(200, None, {"Location": f"/{name}"})
        if call.method == "DELETE":
            objects.drop_bucket(name)
            return Answer(204)
        bucket = objects.bucket(name)
        if call.method == "HEAD":
            known = {
                "x-obs-bucket-location": bucket.region,
                "x-obs-storage-class": bucket.storage_class,
                "x-obs-version": "3.0",
                "x-obs-bucket-type": "OBJECT",
            }
            return Answer(200, None, known)
        if call.method != "GET":
            raise _not_allowed()
        return self._read_bucket(call, bucket)

    def _read_bucket(self, call: Call, bucket: Bucket) -> Answer:
        if "location" in call.query:
            return _location(call, bucket.region)
        if "encryption" in call.query:
            return _encryption(bucket)
        if "uploads" in call.query:
            return Uploads(self.context).list_all(call, bucket)
        return self._list_objects(call, bucket)

    def _list_objects(self, call: Call, bucket: Bucket) -> Answer:
        """List V1: a page ends at max-keys rows, objects and common prefixes counted together."""
        query = call.query
        prefix, delimiter, marker = query.get("prefix", ""), query.get("delimiter", ""), query.get("marker", "")
        bad = Refusal(400, "InvalidArgument", "Argument max-keys must be an integer between 0 and 2147483647.")
        limit = min(call.number("max-keys", 1000, 0, 999_999_999, bad), 1000)
        rows: list[StoredObject] = []
        folders: list[str] = []
        last, truncated = "", False
        for key in sorted(bucket.objects):
            if not key.startswith(prefix) or key <= marker:
                continue
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            folder = key[: cut + len(delimiter)] if cut >= 0 else ""
            if folder and (folder <= marker or folder in folders[-1:]):
                continue
            if len(rows) + len(folders) >= limit:
                truncated = True
                break
            if folder:
                folders.append(folder)
            else:
                rows.append(bucket.objects[key])
            last = folder or key

        def shown(text: str) -> str:
            return quote(text) if query.get("encoding-type") == "url" else text

        content = tag("Location", bucket.region) + tag("Name", bucket.name) + tag("Prefix", shown(prefix))
        content += tag("Marker", shown(marker))
        if truncated and delimiter:
            content += tag("NextMarker", shown(last))
        content += tag("MaxKeys", limit)
        if delimiter:
            content += tag("Delimiter", shown(delimiter))
        content += tag("IsTruncated", str(truncated).lower())
        for row in rows:
            content += (
                "<Contents>"
                + tag("Key", shown(row.key))
                + tag("LastModified", stamp(row.modified, milliseconds=True))
                + tag("ETag", f'"{row.etag}"')
                + tag("Size", row.size)
                + f"<Owner>{tag('ID', call.world.state.domain_id)}</Owner>"
                + tag("StorageClass", row.storage_class)
                + "</Contents>"
            )
        content += "".join(f"<CommonPrefixes>{tag('Prefix', shown(folder))}</CommonPrefixes>" for folder in folders)
        return Answer(200, xml("ListBucketResult", content), media_type=_XML)

    # Objects

    def _object(self, call: Call, bucket: str, key: str) -> Answer:
        if call.method == "POST" or "uploadId" in call.query:
            return Uploads(self.context).answer(call, bucket, key)
        if call.method in {"GET", "HEAD"}:
            return self._read(call, call.world.objects.get(bucket, key))
        if call.method == "PUT":
            return self._write(call, bucket, key)
        if call.method == "DELETE":
            call.world.objects.bucket(bucket)
            old = call.world.objects.delete(bucket, key)
            if old:
                self.context.blobs.remove(old.blob)
            return Answer(204)
        raise _not_allowed()

    def _read(self, call: Call, stored: StoredObject) -> Answer:
        headers = {
            "ETag": f'"{stored.etag}"',
            "Last-Modified": formatdate(stored.modified, usegmt=True),
            "Accept-Ranges": "bytes",
        }
        if stored.storage_class != "STANDARD":
            headers["x-obs-storage-class"] = stored.storage_class
        if stored.upload_id:
            headers["x-obs-uploadId"] = stored.upload_id
        headers |= {f"x-obs-meta-{name}": value for name, value in stored.meta.items()}
        start, end, status = 0, stored.size - 1, 200
        match = re.fullmatch(r"bytes=(\d*)-(\d*)", call.headers.get("range", ""))
        if match and (match[1] or match[2]):
            start, end = _range(match[1], match[2], stored.size)
            status = 206
            headers["Content-Range"] = f"bytes {start}-{end}/{stored.size}"
        length = end - start + 1
        if call.method == "HEAD":
            return Answer(status, b"", headers | {"Content-Type": stored.content_type}, stored.content_type, length)
        if stored.storage_class in {"COLD", "DEEP_ARCHIVE"}:
            message = "The operation is not valid for the object's storage class."
            raise Refusal(403, "InvalidObjectState", message, fields={"Key": stored.key})
        pieces: Iterator[bytes] = self.context.blobs.read(stored.blob, start, length)
        return Answer(status, pieces, headers, stored.content_type, length)

    def _write(self, call: Call, bucket: str, key: str) -> Answer:
        digest = check_md5(call)
        size = call.size
        blob = kept_blob(call, self.context.blobs)
        try:
            old = call.world.objects.put(
                bucket,
                key,
                blob=blob,
                size=size,
                etag=digest,
                content_type=call.headers.get("content-type", "binary/octet-stream"),
                storage_class=call.headers.get("x-obs-storage-class", ""),
                meta=own_metadata(call),
            )
        except Refusal:
            self.context.blobs.remove(blob)
            raise
        if old:
            self.context.blobs.remove(old.blob)
        return Answer(200, None, {"ETag": f'"{digest}"'})


def _location(call: Call, region: str) -> Answer:
    """Clients of the S3 side get it wrapped, as the official SDK reads it there."""
    if call.headers.get("authorization", "").startswith("AWS"):
        return Answer(200, xml("CreateBucketConfiguration", tag("LocationConstraint", region)), media_type=_XML)
    return Answer(200, xml("Location", escape(region)), media_type=_XML)


def _encryption(bucket: Bucket) -> Answer:
    if not bucket.encryption:
        message = "The server side encryption configuration was not found."
        raise Refusal(404, "NoSuchEncryptionConfiguration", message, fields={"BucketName": bucket.name})
    default = f"<ApplyServerSideEncryptionByDefault>{tag('SSEAlgorithm', bucket.encryption)}"
    rule = f"<Rule>{default}</ApplyServerSideEncryptionByDefault></Rule>"
    return Answer(200, xml("ServerSideEncryptionConfiguration", rule), media_type=_XML)


def _range(first: str, last: str, size: int) -> tuple[int, int]:
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last), size - 1) if first and last else size - 1
    if start >= size or start > end:
        raise Refusal(416, "InvalidRange", "The requested range is not satisfiable.")
    return start, end


def _not_allowed() -> Refusal:
    return Refusal(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")


def _rfc1123(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError):
        return None


def _basic(text: str) -> float | None:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
