"""The local file: what cannot be sent, and what happens to it meanwhile."""

import os
import threading

import pytest

from isowright.cloud.part_transport import Interrupted
from isowright.errors import InputError
from isowright.upload.source import Source, SourceError


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.iso"
    path.write_bytes(b"0123456789" * 1000)
    return path


@pytest.fixture
def source(path):
    source = Source.open(path)
    yield source
    source.close()


def test_it_is_read_as_it_is(source):
    assert source.size == 10_000
    assert source.at(9_995, 100) == b"56789"
    source.check()


@pytest.mark.parametrize("kind", ["missing", "folder", "empty", "pipe", "nul"])
def test_what_is_no_file_is_refused(tmp_path, kind):
    path = tmp_path / ("x\0y" if kind == "nul" else "x.iso")
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    elif kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(InputError) as caught:
        Source.open(path)
    assert caught.value.remedy
    assert caught.value.action == "step:iso.path"


def grown(path):
    with path.open("ab") as out:
        out.write(b"x")


def replaced(path):
    other = path.with_name("b")
    other.write_bytes(path.read_bytes())
    other.replace(path)


def rewritten(path):
    before = path.stat()
    with path.open("r+b") as out:
        out.write(b"y")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))


@pytest.mark.parametrize("change", [grown, replaced, rewritten, lambda path: path.unlink()])
def test_a_change_is_seen(path, source, change):
    change(path)
    with pytest.raises(SourceError) as caught:
        source.check()
    assert caught.value.remedy
    assert caught.value.retryable


def test_a_file_that_became_shorter(path, source):
    os.truncate(path, 5)
    with pytest.raises(SourceError, match="shorter"):
        source.at(100, 10)


def test_a_disk_that_fails(source):
    source.close()
    with pytest.raises(SourceError, match="could not be read"):
        source.at(0, 10)


def test_digests_stop_when_told(source):
    halt = threading.Event()
    assert source.md5(0, 10, halt) == "781e5e245d69b566979b86e28d23f2c7"
    halt.set()
    with pytest.raises(Interrupted):
        source.md5(0, 10, halt)
