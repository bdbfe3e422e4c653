"""`isowright inspect`, typed: files and objects, good and bad, for people and for programs."""

from __future__ import annotations

import json
import os

import pytest

from isowright.practice.isos import DEBIAN, UBUNTU, make_iso


@pytest.fixture
def iso(tmp_path):
    path = tmp_path / "my disc.iso"
    make_iso(UBUNTU, path)
    return path


def place(practice):
    bucket = next(bucket for bucket in practice.ready["buckets"] if "isos" in bucket["name"])
    return bucket["name"], next(key for key in bucket["objects"] if key.endswith("netinst.iso"))


def test_a_good_file(operator, iso):
    status, out, err = operator.do("inspect", iso)
    assert (status, err) == (0, "")
    assert out[0] == "my disc.iso"
    told = dict(line.strip().split("  ", 1) for line in out[1:] if "  " in line.strip())
    assert told["System"].strip() == "Ubuntu Server 22.04.5  (told by volume id)"
    assert told["Boots with"].strip() == "BIOS"
    assert "Nothing speaks against" in out[-1]
    assert all(len(line) <= 120 for line in out)


def test_for_programs(operator, iso):
    status, out, _ = operator.do("inspect", iso, "--json")
    assert (status, len(out)) == (0, 1)
    told = json.loads(out[0])
    assert (told["event"], told["usable"], told["distribution"]) == ("inspection", True, "ubuntu-server")
    assert (told["size"], told["findings"]) == (iso.stat().st_size, [])


def test_what_cannot_be_used_says_why(operator, iso):
    with iso.open("r+b") as file:
        file.truncate(60_000)
    status, out, _ = operator.do("inspect", iso)
    assert status == 1
    assert any(line.startswith("  FAILED  It is cut off:") for line in out)
    assert any("What to do: Download it again" in line for line in out)
    status, out, _ = operator.do("inspect", iso, "--json")
    told = json.loads(out[0])
    assert (status, told["usable"], told["findings"][0]["code"]) == (1, False, "truncated")


def test_a_page_saved_as_iso(operator, tmp_path):
    page = tmp_path / "debian.iso"
    page.write_text("<!DOCTYPE html><html><body>404</body></html>")
    status, out, _ = operator.do("inspect", page)
    assert status == 1
    assert any("It is no ISO, but a web page" in line for line in out)


def test_a_warning_does_not_fail(operator, tmp_path):
    path = tmp_path / "debian.iso"
    make_iso(DEBIAN, path)
    with path.open("r+b") as file:
        file.seek(16 * 2048 + 40)
        file.write(b"CDROM".ljust(32))
        file.seek(0)
        data = file.read().replace(b"Debian GNU/Linux 12.7.0", b"Something of my own 1.0")
        file.seek(0)
        file.write(data)
    status, out, _ = operator.do("inspect", path)
    assert status == 0
    assert any(line.startswith("  look    Only its name tells that it is Debian") for line in out)


@pytest.mark.parametrize("args", [["gone.iso"], ["."], [os.devnull], [""], []])
def test_bad_input(operator, args):
    status, out, err = operator.do("inspect", *args)
    assert (status, out) == (2, [])
    assert "What to do:" in err
    assert "Traceback" not in err


def test_an_object(operator, practice):
    bucket, key = place(practice)
    profile = operator.profile("p")
    for where in (f"{bucket}/{key}", f"obs://{bucket}/{key}"):
        status, out, err = operator.do("inspect", "--profile", profile, where)
        assert status == 0, err
        assert any("Debian GNU/Linux 12.7.0" in line for line in out)
    status, out, _ = operator.do("inspect", "--profile", profile, f"{bucket}/{key}", "--json")
    told = json.loads(out[0])
    assert (status, told["title"]) == (0, "Debian GNU/Linux 12.7.0")
    assert 0 < told["bytes_read"] < told["size"]


def test_the_profiles_own_iso(operator, practice, iso):
    profile = operator.profile("p")
    status, out, err = operator.do("inspect", "--profile", profile)
    assert status == 0, err
    assert out[0].endswith(".iso")
    local = operator.profile("local", iso={"path": str(iso)})
    status, out, err = operator.do("inspect", "--profile", local)
    assert (status, out[0]) == (0, "my disc.iso"), err


@pytest.mark.parametrize("where", ["gone/{key}", "{bucket}/gone.iso", "{bucket}", "{bucket}/", "/{key}"])
def test_objects_that_are_not_there(operator, practice, where):
    bucket, key = place(practice)
    given = where.format(bucket=bucket, key=key)
    status, out, err = operator.do("inspect", "--profile", operator.profile("p"), given)
    assert status in (1, 2)
    assert out == []
    assert "What to do:" in err
    assert "Traceback" not in err


def test_a_name_that_the_image_service_refuses(operator, practice):
    bucket = next(b["name"] for b in practice.ready["buckets"] if "-odd-" in b["name"])
    given = ("inspect", "--profile", operator.profile("p"), f"{bucket}/Name with spaces.iso")
    status, out, err = operator.do(*given)
    assert (status, err) == (1, "")
    assert any("holds a space" in line for line in out)
    assert any("without spaces" in line for line in out)


def test_a_profile_that_is_not_there(operator):
    status, out, err = operator.do("inspect", "--profile", "gone", "bucket/key.iso")
    assert (status, out) == (2, [])
    assert "gone" in err


def test_wrong_password(operator, practice):
    bucket, key = place(practice)
    given = ("inspect", "--profile", operator.profile("p"), f"{bucket}/{key}")
    status, out, err = operator.do(*given, ISOWRIGHT_PASSWORD="wrong")
    assert (status, out) == (1, [])
    assert "What to do:" in err
