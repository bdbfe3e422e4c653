"""The official client of the object service and boto3 at the practice cloud: each with every signature it knows."""

import hashlib

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from obs import ObsClient

ODD = "odd names/ünï 镜像+%20 (1).iso"
WRONG = "x" * 40


def official(practice, signature, secret=None, **more):
    return ObsClient(
        access_key_id=practice.access_key,
        secret_access_key=secret or practice.secret_key,
        server=practice.endpoints["obs"],
        signature=signature,
        path_style=True,
        is_signature_negotiation=False,
        client_mode="path",  # else it takes the older S3 signature for addresses, whatever is asked for
        max_retry_count=0,
        **more,
    )


@pytest.fixture(params=["obs", "v2", "v4"])
def obs(practice, request):
    client = official(practice, request.param)
    assert client.signature == request.param
    yield client
    client.close()


def good(answer):
    """The body of an answer that went well."""
    assert answer.status < 300, (answer.status, answer.errorCode, answer.errorMessage)
    return answer.body


def test_buckets_and_objects(practice, obs):
    name = practice.bucket["name"]
    buckets = {bucket.name: bucket for bucket in good(obs.listBuckets(isQueryLocation=True)).buckets}
    assert buckets.keys() == {bucket["name"] for bucket in practice.buckets}
    assert buckets[name].location == practice.region
    assert good(obs.getBucketLocation(name)).location == practice.region
    assert obs.headBucket(name).status == 200
    assert obs.headBucket("no-such-bucket-here").status == 404
    listed = good(obs.listObjects(name))
    assert [row.key for row in listed.contents] == sorted(practice.bucket["objects"])
    assert not listed.is_truncated
    page = good(obs.listObjects(name, max_keys=1))
    assert (len(page.contents), page.is_truncated) == (1, True)
    rest = good(obs.listObjects(name, marker=page.contents[0].key))
    assert [row.key for row in page.contents + rest.contents] == [row.key for row in listed.contents]
    assert good(obs.listObjects(name, encoding_type="url")).contents[0].size > 0


def test_an_object(practice, obs):
    """Its head, its ranges; and one with a name that wants encoding, there and back."""
    name, key = practice.bucket["name"], practice.iso
    head = good(obs.getObjectMetadata(name, key))
    assert head.contentLength > 30_000
    assert head.storageClass in (None, "STANDARD")
    whole = good(obs.getObject(name, key, loadStreamInMemory=True)).buffer
    assert len(whole) == head.contentLength
    assert hashlib.md5(whole, usedforsecurity=False).hexdigest() == head.etag.strip('"')
    part = obs.getObject(name, key, loadStreamInMemory=True, headers=header_range("32769-32773"))
    assert (part.status, good(part).buffer) == (206, b"CD001")
    assert obs.getObject(name, key, headers=header_range("99999999999-")).errorCode == "InvalidRange"
    assert obs.getObject(name, "no-such.iso").errorCode == "NoSuchKey"
    try:
        good(obs.putContent(name, ODD, content="0123456789"))
        assert good(obs.getObjectMetadata(name, ODD)).contentLength == 10
        assert good(obs.getObject(name, ODD, loadStreamInMemory=True, headers=header_range("3-5"))).buffer == b"345"
        folders = good(obs.listObjects(name, delimiter="/"))
        assert "odd names/" in [folder.prefix for folder in folders.commonPrefixs]
    finally:
        assert obs.deleteObject(name, ODD).status == 204


def header_range(text):
    from obs import GetObjectHeader

    return GetObjectHeader(range=text)


def test_an_upload_in_parts(practice, obs, tmp_path):
    name, key = practice.bucket["name"], "parts/big.iso"
    begun = good(obs.initiateMultipartUpload(name, key))
    pieces = [bytes([number]) * 120_000 for number in range(3)]
    numbers = range(1, len(pieces) + 1)
    etags = [
        good(obs.uploadPart(name, key, number, begun.uploadId, content=_stream(piece, tmp_path))).etag
        for number, piece in zip(numbers, pieces, strict=True)
    ]
    listed = good(obs.listParts(name, key, begun.uploadId)).parts
    assert [(part.partNumber, part.size) for part in listed] == [(number, 120_000) for number in numbers]
    from obs import CompleteMultipartUploadRequest, CompletePart

    parts = [CompletePart(partNum=number, etag=etag) for number, etag in zip(numbers, etags, strict=True)]
    done = obs.completeMultipartUpload(name, key, begun.uploadId, CompleteMultipartUploadRequest(parts=parts))
    assert good(done).etag.strip('"').endswith("-3")
    assert good(obs.getObject(name, key, loadStreamInMemory=True)).buffer == b"".join(pieces)
    assert obs.deleteObject(name, key).status == 204


def _stream(piece, folder):
    path = folder / "piece"
    path.write_bytes(piece)
    return path.open("rb")


@pytest.mark.parametrize("signature", ["obs", "v2", "v4"])
def test_a_wrong_signature_is_refused_by_name(practice, signature):
    client = official(practice, signature, WRONG)
    answer = client.listObjects(practice.bucket["name"])
    client.close()
    assert (answer.status, answer.errorCode) == (403, "SignatureDoesNotMatch")
    assert answer.requestId
    right = official(practice, signature)  # else a few wrong ones would lock the key
    assert right.headBucket(practice.bucket["name"]).status == 200
    right.close()


@pytest.mark.parametrize("signature", ["obs", "v2", "v4"])
def test_a_session_that_nobody_opened_is_refused(practice, signature):
    client = ObsClient(
        access_key_id="HSTNOSUCHKEY000000000",
        secret_access_key=practice.secret_key,
        security_token="no-such-token",
        server=practice.endpoints["obs"],
        signature=signature,
        path_style=True,
        is_signature_negotiation=False,
        client_mode="path",
        max_retry_count=0,
    )
    assert client.listBuckets().errorCode == "InvalidAccessKeyId"
    client.close()


def s3(practice, version, secret=None):
    return boto3.client(
        "s3",
        endpoint_url=practice.endpoints["obs"],
        aws_access_key_id=practice.access_key,
        aws_secret_access_key=secret or practice.secret_key,
        region_name=practice.region,
        config=Config(
            signature_version=version,
            s3={"addressing_style": "path"},
            retries={"max_attempts": 0},
            # Checksums in trailers are not everybody's: S3's own clients switch them off for other stores.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_boto3(practice, version):
    client, name, key = s3(practice, version), practice.bucket["name"], practice.iso
    assert {b["Name"] for b in client.list_buckets()["Buckets"]} == {b["name"] for b in practice.buckets}
    client.head_bucket(Bucket=name)
    page = client.list_objects(Bucket=name, Delimiter="/", MaxKeys=1)
    assert page["IsTruncated"]
    assert page["NextMarker"]
    pages = client.get_paginator("list_objects").paginate(Bucket=name, PaginationConfig={"PageSize": 2})
    assert [row["Key"] for page in pages for row in page["Contents"]] == sorted(practice.bucket["objects"])
    head = client.head_object(Bucket=name, Key=key)
    whole = client.get_object(Bucket=name, Key=key)["Body"].read()
    assert head["ContentLength"] == len(whole)
    part = client.get_object(Bucket=name, Key=key, Range="bytes=32769-32773")
    assert (part["ResponseMetadata"]["HTTPStatusCode"], part["Body"].read()) == (206, b"CD001")
    try:
        client.put_object(Bucket=name, Key=ODD, Body=b"0123456789")
        assert client.head_object(Bucket=name, Key=ODD)["ContentLength"] == 10
    finally:
        client.delete_object(Bucket=name, Key=ODD)
    with pytest.raises(ClientError) as missing:
        client.get_object(Bucket=name, Key="no-such.iso")
    assert missing.value.response["Error"]["Code"] == "NoSuchKey"
    client.close()


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_boto3_with_a_wrong_secret(practice, version):
    client = s3(practice, version, WRONG)
    with pytest.raises(ClientError) as refused:
        client.list_objects(Bucket=practice.bucket["name"])
    assert refused.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
    client.close()
    right = s3(practice, version)
    right.head_bucket(Bucket=practice.bucket["name"])
    right.close()
