"""Digests, ETags, and the sums that publishers lay beside their ISOs."""

import hashlib
import random

import pytest

from isowright.upload.plan import MIB
from isowright.upload.source import Source
from isowright.upload.verify import Scan, candidates, etag_of, fits, is_digest, published_sha256, sum_in

A, B = "a" * 64, "B" * 64


def md5(data):
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def test_one_pass_computes_all(tmp_path):
    data = random.Random(1).randbytes(2 * MIB + 12345)
    path = tmp_path / "a.iso"
    path.write_bytes(data)
    source = Source.open(path)
    seen = []
    sizes = (0, 100_000, MIB, 3 * MIB, MIB + 1)
    scan = Scan(sha256=True, part_sizes=sizes)
    scan.run(source, lambda: None, seen.append)
    source.close()
    assert scan.digest == hashlib.sha256(data).hexdigest()
    assert seen[-1] == len(data)
    for size in sizes:
        step = size or len(data)
        assert scan.md5s[size] == [md5(data[at : at + step]) for at in range(0, len(data), step)]
    assert fits(md5(data), scan)
    digests = b"".join(hashlib.md5(data[at : at + MIB]).digest() for at in range(0, len(data), MIB))
    assert fits(f"{md5(digests)}-3", scan)
    assert not fits(f"{md5(digests)}-4", scan)
    assert not fits("0" * 32, scan)


def test_a_file_of_whole_parts_has_no_empty_one(tmp_path):
    path = tmp_path / "a.iso"
    path.write_bytes(bytes(2 * MIB))
    source = Source.open(path)
    scan = Scan(part_sizes=(MIB,))
    scan.run(source, lambda: None, lambda _done: None)
    source.close()
    assert len(scan.md5s[MIB]) == 2


def test_etags():
    assert etag_of([md5(b"a"), md5(b"b")]).endswith("-2")
    assert is_digest("0" * 32)
    assert is_digest("0" * 32 + "-17")
    for other in ("", "0" * 31, "xyz", "0" * 32 + "-", '"' + "0" * 32 + '"'):
        assert not is_digest(other)


@pytest.mark.parametrize(
    ("etag", "size", "expected"),
    [
        ("0" * 32, 100 * MIB, (0,)),
        ("0" * 32 + "-7", 100 * MIB, (16 * MIB,)),
        ("0" * 32 + "-13", 100 * MIB, (8 * MIB,)),
        ("0" * 32 + "-10", 100 * MIB, (10 * MIB,)),
        ("0" * 32 + "-1", 4 * MIB, (16 * MIB, 5 * MIB, 8 * MIB, 9 * MIB)),
        ("0" * 32 + "-99", 100 * MIB, ()),
        ("not a digest", 100 * MIB, ()),
    ],
)
def test_how_another_client_may_have_cut_it(etag, size, expected):
    assert candidates(etag, size, (0, 16 * MIB)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{A}  demo.iso\n", A),
        (f"{A} *demo.iso", A),
        (f"{A}  ./demo.iso", A),
        (f"{B}  images/demo.iso\r\n", B.lower()),
        (f"{B}  other.iso\n{A}  demo.iso\n", A),
        (f"# demo.iso: 42 bytes\nSHA256 (demo.iso) = {A}\n", A),
        (f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nSHA256 (demo.iso) = {B}\n", B.lower()),
        (f"SHA512 (demo.iso) = {A}{A}", ""),
        (f"{A}  demo.iso.asc", ""),
        (f"{A}", ""),
        (f"{A[:63]}  demo.iso", ""),
        ("", ""),
    ],
)
def test_sums(text, expected):
    assert sum_in(text, "demo.iso") == expected


@pytest.mark.parametrize(
    "name",
    ["SHA256SUMS", "sha256sum.txt", "demo.iso.sha256", "Rocky-9-CHECKSUM", "CHECKSUM.SHA256-FreeBSD", "SHA256SUMS.txt"],
)
def test_they_are_found_beside_the_iso(tmp_path, name):
    iso = tmp_path / "demo.iso"
    iso.write_bytes(b"x")
    assert published_sha256(iso) is None
    (tmp_path / name).write_text(f"{B}  other.iso\n{A}  demo.iso\n")
    assert published_sha256(iso) == (A, tmp_path / name)


def test_its_own_file_comes_first_and_may_hold_the_sum_alone(tmp_path):
    iso = tmp_path / "demo.iso"
    (tmp_path / "SHA256SUMS").write_text(f"{A}  demo.iso\n")
    (tmp_path / "demo.iso.sha256").write_text(f"{B}\n")
    assert published_sha256(iso) == (B.lower(), tmp_path / "demo.iso.sha256")


def test_odd_neighbours_do_no_harm(tmp_path):
    iso = tmp_path / "demo.iso"
    (tmp_path / "sha256-folder").mkdir()
    (tmp_path / "sha256.bin").write_bytes(bytes(range(256)) * 100)
    (tmp_path / "sha256.big").write_bytes(bytes(2 * MIB))
    assert published_sha256(iso) is None
    assert published_sha256(tmp_path / "nowhere" / "demo.iso") is None
