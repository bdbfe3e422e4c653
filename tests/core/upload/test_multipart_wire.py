"""The XML of multipart uploads, in the clouds' variants."""

import pytest

from isowright.cloud import multipart_wire as wire
from isowright.cloud.models import OpenUpload, SentPart
from isowright.cloud.obs_sign import encode_object_query, string_to_sign
from isowright.cloud.wire import Answer, UnreadableError

SPACE = 'xmlns="http://obs.example/doc/2015-06-30/"'


def answer(body="", **headers):
    return Answer(service="obs", method="POST", path="/b/k", status=200, headers=headers, body=body.encode())


@pytest.mark.parametrize("space", ["", SPACE])
def test_initiated(space):
    text = f"<InitiateMultipartUploadResult {space}><UploadId> UP </UploadId></InitiateMultipartUploadResult>"
    assert wire.read_initiated(answer(text)) == "UP"


@pytest.mark.parametrize("body", ["", "<html/>", "<InitiateMultipartUploadResult/>", "<Error><Code>X</Code></Error>"])
def test_no_upload_id_is_no_upload(body):
    with pytest.raises(UnreadableError):
        wire.read_initiated(answer(body))


def test_parts_and_their_pages():
    row = '<Part><PartNumber>{0}</PartNumber><ETag>"e{0}"</ETag><Size>{0}00</Size></Part>'
    head = "<IsTruncated>{}</IsTruncated><NextPartNumberMarker>{}</NextPartNumberMarker>"
    rows = row.format(1) + row.format(2)
    parts = (SentPart(1, "e1", 100), SentPart(2, "e2", 200))
    for truncated, marker, expected in (("true", 2, 2), ("true", "", 2), ("false", 2, 0)):
        text = f"<ListPartsResult {SPACE}>{head.format(truncated, marker)}{rows}</ListPartsResult>"
        assert wire.read_parts(answer(text)) == wire.PartsPage(parts, expected)
    assert wire.read_parts(answer("<ListPartsResult/>")) == wire.PartsPage()


def test_uploads_and_their_pages():
    at = "2026-01-01T00:00:00.000Z"
    row = f"<Upload><Key>a &amp; b.iso</Key><UploadId>U1</UploadId><Initiated>{at}</Initiated></Upload>"
    text = f"<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>{row}</ListMultipartUploadsResult>"
    upload = OpenUpload("a & b.iso", "U1", at)
    assert wire.read_uploads(answer(text)) == wire.UploadsPage((upload,), "a & b.iso", "U1")
    assert wire.read_uploads(answer(text.replace("true", "false"))) == wire.UploadsPage((upload,))


def test_completed():
    good = '<CompleteMultipartUploadResult><ETag>"abc-2"</ETag></CompleteMultipartUploadResult>'
    assert wire.read_completed(answer(good)) == "abc-2"
    with pytest.raises(UnreadableError):  # status 200, and yet an error
        wire.read_completed(answer("<Error><Code>InternalError</Code></Error>"))
    body = wire.complete_body([(1, "a"), (2, '"b&"')]).decode()
    assert body.index("<PartNumber>1<") < body.index("<PartNumber>2<")
    assert "&amp;" in body


def test_a_part_with_another_md5_has_not_arrived():
    md5 = "0" * 32
    assert wire.read_part(answer(etag=f'"{md5}"'), md5) == md5
    assert wire.read_part(answer(etag="any"), md5) == "any"
    assert wire.read_part(answer(etag="1" * 32), "") == "1" * 32
    encrypted = {"etag": "1" * 32, "x-obs-server-side-encryption": "kms"}
    assert wire.read_part(answer(**encrypted), md5) == "1" * 32
    for bad in ({"etag": "1" * 32}, {}):
        with pytest.raises(UnreadableError):
            wire.read_part(answer(**bad), md5)


def test_documents_that_declare_things_are_not_read():
    bomb = '<!DOCTYPE x [<!ENTITY a "b">]><ListPartsResult/>'
    with pytest.raises(UnreadableError):
        wire.read_parts(answer(bomb))


def test_a_sub_resource_without_value_is_signed_and_sent_as_its_name():
    assert encode_object_query((("uploads", ""),)) == "uploads"
    assert encode_object_query((("uploadId", "a/b+"), ("partNumber", "3"))) == "partNumber=3&uploadId=a%2Fb%2B"
    assert encode_object_query((("prefix", ""), ("uploads", ""))) == "prefix=&uploads"
    signed = string_to_sign("POST", "b", "k.iso", {"uploads": "", "prefix": "x"}, {"Date": "D"})
    assert signed == "POST\n\n\nD\n/b/k.iso?uploads"
