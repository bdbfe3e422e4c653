"""The record that a crash leaves behind."""

import pytest

from isowright.errors import StateError
from isowright.upload.record import Record, RecordFile, Sent, records
from isowright.upload.source import Identity

RECORD = Record(
    run="0123456789ab",
    endpoint="https://obs.example",
    bucket="isos",
    key="a.iso",
    path="/srv/a.iso",
    identity=Identity(10, 20, 30),
    part_size=1024**2,
    upload_id="UP",
)


@pytest.fixture
def file(tmp_path):
    return RecordFile.of_run(tmp_path / "uploads", RECORD.run)


def test_what_is_written_is_read(file):
    assert file.read() is None
    file.begin(RECORD)
    assert file.add(2, "b" * 32, "e2")
    assert file.add(1, "a" * 32, "a" * 32)
    record, sent = file.read()
    assert record == RECORD
    assert sent == {2: Sent(2, "b" * 32, "e2"), 1: Sent(1, "a" * 32, "a" * 32)}
    assert records(file.path.parent) == [RECORD]
    assert file.path.stat().st_mode & 0o077 == 0
    file.remove()
    assert file.read() is None
    file.remove()


def test_a_new_beginning_forgets_the_old_parts(file):
    file.begin(RECORD)
    file.add(1, "a" * 32, "")
    file.begin(RECORD)
    assert file.read() == (RECORD, {})


def test_a_torn_line_loses_that_part_only(file):
    file.begin(RECORD)
    file.add(1, "a" * 32, "")
    with file.path.open("ab") as out:
        out.write(b'{"number": 2, "md5": "bb')
    record, sent = file.read()
    assert record == RECORD
    assert set(sent) == {1}


@pytest.mark.parametrize("content", [b"", b"\n", b"{", b"[]", b'{"version": 1}', b"\x00\xff", b'{"number":1,"md5":""}'])
def test_what_is_no_record_is_none(file, content):
    file.path.parent.mkdir()
    file.path.write_bytes(content)
    assert file.read() is None
    assert records(file.path.parent) == []


def test_of_a_newer_program_it_is_left_alone(file):
    file.begin(RECORD)
    file.path.write_bytes(file.path.read_bytes().replace(b'"version":1', b'"version":2'))
    assert file.read() is None


def test_no_room(tmp_path):
    in_the_way = tmp_path / "uploads"
    in_the_way.write_text("a file")
    file = RecordFile.of_run(in_the_way, "r")
    with pytest.raises(StateError) as caught:
        file.begin(RECORD)
    assert caught.value.remedy
    assert not file.add(1, "", "")
