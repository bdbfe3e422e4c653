"""`isowright run` with a local file, as an operator meets it: progress, Ctrl+C and resume, what was left unfinished."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cli_tools import Operator
from upload_tools import KEY, MIB, PARTS, local_iso, sha256

from isowright.practice.isos import ROCKY, IsoPlan, make_iso


@pytest.fixture
def bucket(practice):
    return next(b["name"] for b in practice.ready["buckets"] if "-isos-" in b["name"])


@pytest.fixture
def iso(tmp_path):
    return local_iso(tmp_path / "Local.iso")


def profile(operator, name, bucket, iso, **more):
    return operator.profile(name, iso={"bucket": bucket, "key": f"{name}-{KEY}", "path": str(iso)} | more)


def far(line, least=2 * MIB):
    event = json.loads(line)
    return event["event"] == "progress" and (event.get("transfer") or {}).get("done", 0) >= least


def test_a_whole_run(operator, practice, bucket, iso):
    run = operator.start("run", profile(operator, "whole", bucket, iso, sha256=sha256(iso)), ISOWRIGHT_PART_SIZE="1")
    server = run.until(lambda line: "YOUR TURN" in line).rsplit("Server: ", 1)[1].rstrip(".")
    line = run.until(lambda line: "Upload ISO" in line)
    assert line.split()[:3] == ["done", "Upload", "ISO"]
    assert f"6 MiB in {bucket} as whole-{KEY}" in line
    practice.finish_install(server)
    assert run.end() == 0, run.said
    assert any("kept" in line and "ISO object" in line for line in run.out)
    assert practice.world()["uploads"] == []


@pytest.mark.skipif(not shutil.which("xorriso"), reason="NOT TRIED: there is no xorriso here")
def test_with_answers_no_operator_is_waited_for(operator, practice, bucket, tmp_path):
    path, answers = tmp_path / "Rocky.iso", tmp_path / "my.ks"
    menu = "label linux\n  menu label ^Install\n  kernel vmlinuz\n  append initrd=initrd.img quiet\n"
    make_iso(IsoPlan(ROCKY.volume_id, (*ROCKY.files, ("/isolinux/isolinux.cfg", menu))), path)
    answers.write_text("lang en_US\nignoredisk --only-use=vdb\nrootpw --lock\npoweroff\n%packages\n%end\n")
    named = profile(operator, "alone", bucket, path)
    run = operator.start("run", named, "--answers", answers, "--on-install", "confirm")
    line = run.until(lambda line: "by itself  " in line)
    assert line.split()[:5] == ["by", "itself", "Install", "the", "OS"]
    practice.finish_install(line.rsplit("Server: ", 1)[1].rstrip("."))
    assert run.end() == 0, run.said
    assert "YOUR TURN" not in run.said
    status, _, err = operator.do("run", operator.profile("in-bucket"), "--answers", answers)
    assert status == 2
    assert "in a bucket already" in err


def test_ctrl_c_and_resume(operator, practice, bucket, iso):
    stopped = operator.start(
        "run", profile(operator, "stopped", bucket, iso, limit=2.0), "--json", ISOWRIGHT_PART_SIZE="1"
    )
    stopped.until(lambda line: far(line, 2.5 * MIB))
    stopped.process.send_signal(signal.SIGINT)
    assert stopped.end() == 130, stopped.said
    assert "storage" in stopped.said or "Nothing is billed" in stopped.said
    assert "unfinished upload" in stopped.said
    (upload,) = practice.world()["uploads"]
    before = sum("partNumber" in r["query"] and r["status"] == 200 for r in practice.requests())
    assert before
    resumed = operator.start("resume", "--json", ISOWRIGHT_PART_SIZE="1")
    practice.finish_install(resumed.event("waiting", reason="operator")["server_id"])
    assert resumed.end() == 0, resumed.said
    assert practice.world()["uploads"] == []
    queries = [
        r["query"] for r in practice.requests() if upload["upload_id"] in r["query"] and "partNumber" in r["query"]
    ]
    assert len(set(queries)) == PARTS


def test_an_unfinished_upload_is_found_and_deleted(operator, practice, bucket, iso, tmp_path):
    """By the computer that began it, and by no other."""
    stopped = operator.start(
        "run", profile(operator, "lost", bucket, iso, limit=2.0), "--json", ISOWRIGHT_PART_SIZE="1"
    )
    stopped.until(lambda line: far(line, MIB))
    stopped.process.kill()
    stopped.end()
    (upload,) = practice.world()["uploads"]
    folder = tmp_path / "other"
    folder.mkdir()
    other = Operator(folder, practice)
    try:
        _, out, _ = other.do("clean-up", "--orphans", other.profile("other"), "--json", "--yes", "--min-age", "0")
        assert not [line for line in out if json.loads(line).get("kind") == "upload"]
    finally:
        other.close()
    own = ("clean-up", "--orphans", operator.profile("own"), "--json", "--yes")
    _, out, _ = operator.do(*own)
    (found,) = [event for line in out if (event := json.loads(line)).get("kind") == "upload"]
    assert (found["verdict"], found["id"]) == ("live", upload["upload_id"])
    assert practice.world()["uploads"], "its run may go on"
    (tmp_path / "isowright" / "data" / "journal.sqlite").unlink()
    for path in (tmp_path / "isowright" / "data").glob("journal*"):
        path.unlink()
    status, out, err = operator.do(*own)
    assert status == 0, err
    told = [event for line in out if (event := json.loads(line)).get("kind") == "upload"]
    assert told[0]["verdict"] == "free"
    assert told[-1]["state"] == "deleted"
    assert practice.world()["uploads"] == []
    assert list((tmp_path / "isowright" / "data" / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"path": "here.iso"}, "full path"),
        ({"path": "/no/such/file.iso"}, "cannot be read"),
        ({"sha256": "123"}, "SHA-256"),
        ({"limit": -2.0}, "limit"),
        ({"bucket": "nobodys"}, "With another answer: change iso.bucket in the profile"),
    ],
)
def test_wrong_answers(operator, bucket, iso, answers, words):
    status, _, err = operator.do(
        "run", profile(operator, "wrong", **{"bucket": bucket, "iso": iso} | answers), "--as-is"
    )
    assert status in (1, 2)
    assert words in err
    assert "What to do:" in err
