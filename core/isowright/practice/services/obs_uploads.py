"""Multipart uploads of OBS: begin, part, list, complete, abort, and the list of those left over."""

import re
from html import escape, unescape

from isowright.practice.model import Bucket, Upload
from isowright.practice.refusals import Refusal

from .call import Answer, Call, stamp
from .context import Context
from .obs_xml import check_md5, kept_blob, own_metadata, tag, xml

_XML = "application/xml"


class Uploads:
    def __init__(self, context: Context) -> None:
        self._context = context

    def answer(self, call: Call, bucket: str, key: str) -> Answer:
        if call.method == "POST" and "uploads" in call.query:
            return self._begin(call, bucket, key)
        upload = call.world.objects.upload(bucket, key, call.query.get("uploadId", ""))
        if call.method == "PUT":
            return self._part(call, upload)
        if call.method == "GET":
            return self._list_parts(call, upload)
        if call.method == "POST":
            return self._complete(call, upload)
        if call.method == "DELETE":
            for blob in call.world.objects.end_upload(upload):
                self._context.blobs.remove(blob)
            return Answer(204)
        raise Refusal(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")

    def _begin(self, call: Call, bucket: str, key: str) -> Answer:
        upload = call.world.objects.begin_upload(
            bucket,
            key,
            call.headers.get("content-type", "binary/octet-stream"),
            call.headers.get("x-obs-storage-class", ""),
            call.caller.user.name,
        )
        upload.meta = own_metadata(call)
        content = tag("Bucket", bucket) + tag("Key", key) + tag("UploadId", upload.id)
        return Answer(200, xml("InitiateMultipartUploadResult", content), media_type=_XML)

    def _part(self, call: Call, upload: Upload) -> Answer:
        number = call.number("partNumber", 0, 1, 10000, Refusal(400, "InvalidArgument", "Part number must be 1-10000."))
        if not number:
            raise Refusal(400, "InvalidArgument", "Part number must be 1-10000.")
        digest = check_md5(call)
        size = call.size
        blob = kept_blob(call, self._context.blobs)
        self._context.blobs.remove(call.world.objects.put_part(upload, number, blob, digest, size))
        return Answer(200, None, {"ETag": f'"{digest}"'})

    def _list_parts(self, call: Call, upload: Upload) -> Answer:
        bad = Refusal(400, "InvalidArgument", "The paging parameters are invalid.")
        marker = call.number("part-number-marker", 0, 0, 10000, bad)
        limit = min(call.number("max-parts", 1000, 1, 10000, bad), 1000)
        rest = [number for number in sorted(upload.parts) if number > marker]
        page = rest[:limit]
        content = tag("Bucket", upload.bucket) + tag("Key", upload.key) + tag("UploadId", upload.id)
        content += tag("PartNumberMarker", marker)
        content += tag("NextPartNumberMarker", page[-1] if page else marker)
        content += tag("MaxParts", limit) + tag("IsTruncated", str(len(rest) > limit).lower())
        for number in page:
            _, etag, size, at = upload.parts[number]
            content += (
                "<Part>"
                + tag("PartNumber", number)
                + tag("LastModified", stamp(at, milliseconds=True))
                + tag("ETag", f'"{etag}"')
                + tag("Size", size)
                + "</Part>"
            )
        return Answer(200, xml("ListPartsResult", content), media_type=_XML)

    def _complete(self, call: Call, upload: Upload) -> Answer:
        text = call.body.decode("utf-8", "replace")
        wanted = []
        for part in re.findall(r"<Part>(.*?)</Part>", text, re.DOTALL):
            number = re.search(r"<PartNumber>\s*(\d+)\s*<", part)
            etag = re.search(r"<ETag>\s*([^<]*?)\s*<", part)
            if not number or not etag:
                raise Refusal(400, "MalformedXML", "The XML you provided was not well-formed.")
            wanted.append((int(number[1]), unescape(etag[1])))
        objects, blobs = call.world.objects, self._context.blobs
        chosen, etag_text, size = objects.plan_complete(upload, wanted)
        old = objects.put(
            upload.bucket,
            upload.key,
            blob=blobs.concat(chosen),
            size=size,
            etag=etag_text,
            content_type=upload.content_type,
            storage_class=upload.storage_class,
            upload_id=upload.id,
            meta=upload.meta,
        )
        for blob in [*objects.end_upload(upload), old.blob if old else ""]:
            blobs.remove(blob)
        content = tag("Location", f"{call.base}/{upload.bucket}/{escape(upload.key)}")
        content += tag("Bucket", upload.bucket) + tag("Key", upload.key) + tag("ETag", f'"{etag_text}"')
        return Answer(200, xml("CompleteMultipartUploadResult", content), media_type=_XML)

    def list_all(self, call: Call, bucket: Bucket) -> Answer:
        """A page, by key and then by id."""
        query = call.query
        prefix, after = query.get("prefix", ""), (query.get("key-marker", ""), query.get("upload-id-marker", ""))
        bad = Refusal(400, "InvalidArgument", "The paging parameters are invalid.")
        limit = min(call.number("max-uploads", 1000, 1, 1000, bad), 1000)
        rest = sorted(
            (u for u in call.world.state.uploads.values() if u.bucket == bucket.name and u.key.startswith(prefix)),
            key=lambda u: (u.key, u.id),
        )
        rest = [u for u in rest if (u.key, u.id) > after or not after[0]]
        if after[0] and not after[1]:  # the marker of the key alone is behind all of its uploads
            rest = [u for u in rest if u.key > after[0]]
        page = rest[:limit]
        content = tag("Bucket", bucket.name) + tag("KeyMarker", after[0]) + tag("UploadIdMarker", after[1])
        if len(rest) > limit:
            content += tag("NextKeyMarker", page[-1].key) + tag("NextUploadIdMarker", page[-1].id)
        content += tag("Prefix", prefix) + tag("MaxUploads", limit) + tag("IsTruncated", str(len(rest) > limit).lower())
        for upload in page:
            content += (
                "<Upload>"
                + tag("Key", upload.key)
                + tag("UploadId", upload.id)
                + tag("StorageClass", upload.storage_class or "STANDARD")
                + tag("Initiated", stamp(upload.began, milliseconds=True))
                + "</Upload>"
            )
        return Answer(200, xml("ListMultipartUploadsResult", content), media_type=_XML)
