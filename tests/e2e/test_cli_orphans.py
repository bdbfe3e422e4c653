"""`isowright clean-up --orphans` as two people at two computers meet it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cli_tools import Operator

from isowright.cli.orphans import numbered


@pytest.fixture
def people(practice, tmp_path):
    """Two, each with a home and a journal of their own; the first one's computer has died in the middle of a run."""
    both = [Operator(tmp_path / name, practice) for name in ("first", "second")]
    for operator in both:
        operator.folder.mkdir()
    first = both[0]
    run = first.start("run", first.profile("lost"), "--json")
    run.event("waiting", reason="operator")
    run.process.kill()
    run.end()
    yield (*both, run.events[0]["run"])
    practice.no_faults()
    first.do("clean-up", "--yes")
    for operator in both:
        operator.close()
    world = practice.world()
    assert world["servers"] == []
    assert [v for v in world["volumes"] if v["name"].startswith("isowright-")] == []
    assert [i for i in world["images"] if i["name"].startswith("iso-")] == []


def test_what_a_dead_computer_left_is_deleted_from_another(people, practice):
    first, second, run = people
    sweep = ("clean-up", "--orphans", second.profile("own"))
    status, out, err = second.do(*sweep, "--json")
    found = [json.loads(line) for line in out]
    assert status == 2, "nobody could be asked"
    assert "--yes" in err
    assert [(o["event"], o["kind"], o["run"], o["verdict"]) for o in found] == [
        ("orphan", "server", run, "young"),
        ("orphan", "iso-image", run, "young"),
    ]
    assert found[0]["billed"] == "hourly"
    assert len(found[0]["disks"]) == 2
    status, out, err = second.do(*sweep, "--yes")
    assert status == 0
    assert "2 things of another computer left alone" in err
    assert "may still use it" in "\n".join(out)
    assert practice.world()["servers"]
    # The first computer's own run is its own, however old.
    status, out, err = first.do("clean-up", "--orphans", first.profile("lost"), "--yes", "--min-age", "0")
    assert status == 0
    assert "Belongs to the unfinished run “lost” of this computer" in "\n".join(out)
    assert practice.world()["servers"]
    status, out, err = second.do(*sweep, "--yes", "--min-age", "0", "--json")
    assert status == 0, err
    ends = [json.loads(line) for line in out]
    ends = {e["kind"]: e["state"] for e in ends if e["event"] == "orphan-removal"}
    assert ends == {"server": "deleted", "iso-image": "deleted"}
    status, out, err = second.do(*sweep)
    assert (status, err) == (0, "")
    assert out[0].startswith("Nothing of Isowright's is left in")
    assert "uploads of other computers" in out[1]
    log = (second.folder / "isowright" / "logs" / "command.log").read_text(encoding="utf-8")
    assert f"of run {run}" in log


def test_the_account_is_the_only_one_known_or_has_to_be_named(operator):
    sweep = ("clean-up", "--orphans")
    status, out, err = operator.do(*sweep)
    assert (status, out) == (2, [])
    assert "isowright clean-up --orphans PROFILE" in err
    assert operator.do("profiles", "import", operator.profile("a"))[0] == 0
    status, out, err = operator.do(*sweep)
    assert (status, err) == (0, "")
    assert out[0].startswith("Nothing of Isowright's is left in")
    assert operator.do("profiles", "import", operator.profile("b", account={"user": "somebody"}))[0] == 0
    status, out, err = operator.do(*sweep)
    assert (status, out) == (2, [])
    assert "several accounts" in err
    assert "somebody" in err
    assert operator.do(*sweep, "a")[0] == 0
    for wrong in (["nowhere"], ["--min-age", "x"], ["--min-age", "-1"], ["--min-age", "nan"]):
        status, _, err = operator.do(*sweep, *wrong)
        assert status == 2
        assert "What to do:" in err


def test_a_failure_is_said_and_counts(people, practice):
    _first, second, _run = people
    practice.faults({"job": "deleteServer", "action": "fail", "code": "Ecs.0201", "count": 1})
    sweep = ("clean-up", "--orphans", second.profile("own"), "--yes", "--min-age", "0")
    status, out, err = second.do(*sweep)
    assert status == 1
    assert sum("FAILED" in line for line in out) == 1
    assert sum(line.startswith("  deleted ") for line in out) == 1
    assert "What to do:" in err
    assert second.do(*sweep)[0] == 0


@pytest.mark.parametrize(
    ("text", "positions"),
    [("1", [0]), ("1 3-5", [0, 2, 3, 4]), ("5,1", [0, 4]), ("2-2 2", [1])],
)
def test_numbers(text, positions):
    assert numbered(text, 5) == positions


@pytest.mark.parametrize("text", ["0", "6", "4-6", "3-1", "a", "1;2", "-1", "1-"])
def test_what_is_no_number_of_the_list(text):
    assert numbered(text, 5) is None
