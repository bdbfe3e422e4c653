"""Buckets and objects: lists in pages, ranges, classes, uploads in parts, and ISO files that are real."""

import base64
import hashlib
import io
import re

import pycdlib
import pytest


def keys_of(answer):
    return re.findall(r"<Key>(.*?)</Key>", answer.text), re.findall(r"<CommonPrefixes><Prefix>(.*?)<", answer.text)


def test_buckets_of_all_regions(cloud):
    text = cloud.obs("GET", "/").text
    assert set(re.findall(r"<Location>(.*?)</Location>", text)) == {"practice-1", "practice-2"}
    name = cloud.bucket["name"]
    head = cloud.obs("HEAD", f"/{name}")
    assert (head.status_code, head.headers["x-obs-bucket-location"]) == (200, "practice-1")
    assert "practice-1" in cloud.obs("GET", f"/{name}", signed="location").text
    none = cloud.obs("HEAD", "/no-such-bucket")
    assert (none.status_code, none.headers["x-obs-error-code"], none.content) == (404, "NoSuchBucket", b"")


def test_list_in_pages(cloud):
    name = cloud.bucket["name"]
    seen, marker = [], ""
    for _ in range(4):
        page = cloud.obs("GET", f"/{name}", query=f"max-keys=1&delimiter=/&marker={marker}")
        keys, folders = keys_of(page)
        seen += keys + folders
        if "<IsTruncated>false" in page.text:
            break
        marker = re.search(r"<NextMarker>(.*?)<", page.text)[1]
    assert seen == ["README.txt", "debian-12_7_0-amd64-netinst.iso", "more/", "ubuntu-22_04_5-live-server-amd64.iso"]
    assert keys_of(cloud.obs("GET", f"/{name}", query="prefix=more/"))[0] == ["more/Rocky-9_4-x86_64-dvd.iso"]


def test_object_head_and_ranges(cloud):
    path = f"/{cloud.bucket['name']}/{cloud.iso}"
    head = cloud.obs("HEAD", path)
    size = int(head.headers["Content-Length"])
    assert "x-obs-storage-class" not in head.headers
    whole = cloud.obs("GET", path)
    assert len(whole.content) == size
    assert head.headers["ETag"] == f'"{hashlib.md5(whole.content).hexdigest()}"'
    part = cloud.obs("GET", path, Range="bytes=32768-34815")
    assert (part.status_code, part.headers["Content-Range"]) == (206, f"bytes 32768-34815/{size}")
    assert part.content == whole.content[32768:34816]
    assert cloud.obs("GET", path, Range="bytes=-10").content == whole.content[-10:]
    assert cloud.obs("GET", path, Range=f"bytes={size}-").status_code == 416
    missing = cloud.obs("HEAD", path + "x")
    assert (missing.status_code, missing.headers["x-obs-error-code"]) == (404, "NoSuchKey")


def test_odd_objects(cloud):
    cold = f"/{cloud.odd_bucket}/archived-installer.iso"
    assert cloud.obs("HEAD", cold).headers["x-obs-storage-class"] == "COLD"
    assert "InvalidObjectState" in cloud.obs("GET", cold).text
    assert cloud.obs("HEAD", f"/{cloud.odd_bucket}/Name with spaces.iso").status_code == 200
    huge = cloud.obs("GET", f"/{cloud.odd_bucket}/too-large.iso", Range="bytes=137438953472-137438953475")
    assert huge.content == bytes(4)


@pytest.mark.parametrize("number", range(3))
def test_isos_are_bootable_and_known_by_their_names(cloud, number):
    key = [k for k in cloud.bucket["objects"] if k.endswith(".iso")][number]
    data = cloud.obs("GET", f"/{cloud.bucket['name']}/{key}").content
    iso = pycdlib.PyCdlib()
    iso.open_fp(io.BytesIO(data))
    assert iso.eltorito_boot_catalog.initial_entry.boot_indicator == 0x88
    volume = iso.pvd.volume_identifier.decode().strip()
    assert volume.lower().startswith(("debian 12", "ubuntu-server 22.04", "rocky-9"))
    assert iso.pvd.space_size * 2048 <= len(data)
    boot = io.BytesIO()
    iso.get_file_from_iso_fp(boot, rr_path="/boot.bin")
    assert boot.getvalue()[510:512] == b"\x55\xaa"
    iso.close()


def test_put_and_delete(cloud):
    path = f"/{cloud.bucket['name']}/new.txt"
    digest = base64.b64encode(hashlib.md5(b"hello").digest()).decode()
    put = cloud.obs("PUT", path, body=b"hello", **{"Content-MD5": digest})
    assert (put.status_code, put.headers["ETag"]) == (200, f'"{hashlib.md5(b"hello").hexdigest()}"')
    assert "BadDigest" in cloud.obs("PUT", path, body=b"other", **{"Content-MD5": digest}).text
    assert cloud.obs("GET", path).content == b"hello"
    assert cloud.obs("DELETE", path).status_code == 204
    assert cloud.obs("GET", path).status_code == 404


def test_upload_in_parts(cloud):
    path = f"/{cloud.bucket['name']}/big.iso"
    begun = cloud.obs("POST", path, signed="uploads")
    upload = re.search(r"<UploadId>(.*?)<", begun.text)[1]
    parts = [b"a" * 102400, b"b" * 10]
    etags = []
    for number, data in enumerate(parts, 1):
        sent = cloud.obs("PUT", path, signed=f"partNumber={number}&uploadId={upload}", body=data)
        etags.append(sent.headers["ETag"])
    listed = cloud.obs("GET", path, signed=f"uploadId={upload}", query="max-parts=1").text
    assert re.findall(r"<PartNumber>(\d)<", listed) == ["1"]
    assert [u["parts"] for u in cloud.world()["uploads"]] == [[1, 2]]
    assert upload in cloud.obs("GET", f"/{cloud.bucket['name']}", signed="uploads").text

    def complete(order):
        rows = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{etags[n - 1]}</ETag></Part>" for n in order)
        body = f"<CompleteMultipartUpload>{rows}</CompleteMultipartUpload>".encode()
        return cloud.obs("POST", path, signed=f"uploadId={upload}", body=body)

    assert "InvalidPartOrder" in complete([2, 1]).text
    done = complete([1, 2])
    digest = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest()
    assert f'<ETag>"{digest}-2"</ETag>' in done.text
    assert cloud.obs("GET", path).content == b"".join(parts)
    assert "NoSuchUpload" in complete([1, 2]).text
    assert cloud.world()["uploads"] == []


def begin(cloud, path, **headers):
    return re.search(r"<UploadId>(.*?)<", cloud.obs("POST", path, signed="uploads", **headers).text)[1]


def test_what_was_uploaded_tells_how(cloud):
    path = f"/{cloud.bucket['name']}/told.iso"
    upload = begin(cloud, path, **{"x-obs-meta-made-by": "somebody"})
    etag = cloud.obs("PUT", path, signed=f"partNumber=1&uploadId={upload}", body=b"x" * 10).headers["ETag"]
    body = (
        f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    )
    assert cloud.obs("POST", path, signed=f"uploadId={upload}", body=body.encode()).status_code == 200
    head = cloud.obs("HEAD", path)
    assert head.headers["x-obs-uploadId"] == upload
    assert head.headers["x-obs-meta-made-by"] == "somebody"
    cloud.obs("DELETE", path)


def test_a_part_that_is_not_what_its_md5_is_of_is_not_stored(cloud):
    path = f"/{cloud.bucket['name']}/bad.iso"
    upload = begin(cloud, path)
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    sent = cloud.obs("PUT", path, signed=f"partNumber=1&uploadId={upload}", body=b"this", **{"Content-MD5": wrong})
    assert (sent.status_code, "BadDigest" in sent.text) == (400, True)
    assert "<Part>" not in cloud.obs("GET", path, signed=f"uploadId={upload}").text
    assert cloud.obs("DELETE", path, signed=f"uploadId={upload}").status_code == 204
    assert "NoSuchUpload" in cloud.obs("GET", path, signed=f"uploadId={upload}").text


def test_unfinished_uploads_come_in_pages(cloud):
    name = cloud.bucket["name"]
    begun = sorted(
        (key, begin(cloud, f"/{name}/{key}")) for key in ("p/a.iso", "p/b.iso", "p/b.iso", "p/c.iso", "q.iso")
    )
    seen, query = [], "prefix=p/&max-uploads=2"
    while True:
        page = cloud.obs("GET", f"/{name}", signed="uploads", query=query).text
        seen += re.findall(r"<Upload><Key>(.*?)</Key><UploadId>(.*?)<", page)
        if "<IsTruncated>false" in page:
            break
        key, upload = (re.search(rf"<Next{word}Marker>(.*?)<", page)[1] for word in ("Key", "UploadId"))
        query = f"prefix=p/&max-uploads=2&key-marker={key}&upload-id-marker={upload}"
    assert seen == [pair for pair in begun if pair[0].startswith("p/")]
    assert "BucketNotEmpty" in cloud.obs("DELETE", f"/{name}").text
    for key, upload in begun:
        cloud.obs("DELETE", f"/{name}/{key}", signed=f"uploadId={upload}")


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("images", b"", 409, "BucketAlreadyExists"),
        ("UPPER", b"", 400, "InvalidBucketName"),
        ("a..b", b"", 400, "InvalidBucketName"),
        ("10.0.0.1", b"", 400, "InvalidBucketName"),
        ("fresh-1", b"<CreateBucketConfiguration><Location>mars-1</Location></CreateBucketConfiguration>", 400, ""),
        ("fresh-1", b"<CreateBucketConfiguration><Location>practice-2</Location></CreateBucketConfiguration>", 200, ""),
        ("fresh.1", b"", 200, ""),
    ],
)
def test_making_a_bucket(cloud, name, body, status, code):
    answer = cloud.obs("PUT", f"/{name}", body=body)
    assert answer.status_code == status
    assert code in answer.text
    if status == 200:
        again = cloud.obs("PUT", f"/{name}", body=body)
        assert (again.status_code, "BucketAlreadyOwnedByYou" in again.text) == (409, True)
        assert "NoSuchEncryptionConfiguration" in cloud.obs("GET", f"/{name}", signed="encryption").text
