"""What becomes of a run when the computer loses its power, its journal or the room to write it: the cloud is asked."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from kill_tools import UNATTENDED, Range, done_once, given_up, points_of, the_run

CAPTURE, SERVER = "/v2/cloudimages/action", "/cloudservers"


@pytest.fixture(scope="module")
def targets(tmp_path_factory):
    made = Range(tmp_path_factory.mktemp("lost"), workers=1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def points(targets):
    """(server asked for, final image asked for): both came through, and nobody has heard the answer."""
    creates = [p for p in points_of(targets.count_run()) if p.method == "POST" and p.moment == "after"]
    server = [p for p in creates if p.path.endswith(SERVER)][-1]
    image = [p for p in creates if p.path.endswith(CAPTURE)][-1]
    return {"server": server, "image": image}


def journal_files(desk):
    folder = desk.folder / "isowright"
    (path,) = folder.rglob("journal.sqlite")
    return {part: path.with_name(path.name + part) for part in ("", "-wal", "-shm")}


def torn(desk):
    """The middle of the file was never written."""
    files = journal_files(desk)
    content = bytearray(files[""].read_bytes())
    half = len(content) // 2
    content[half:] = bytes(len(content) - half)
    files[""].write_bytes(content)


def gone(desk):
    for path in journal_files(desk).values():
        path.unlink(missing_ok=True)


def cut(desk):
    """The write-ahead log never came to the disk: what is read is a good state, but an old one."""
    files = journal_files(desk)
    files["-wal"].write_bytes(b"")
    files["-shm"].unlink(missing_ok=True)


@pytest.mark.parametrize("moment", ["server", "image"])
@pytest.mark.parametrize("damage", [torn, gone, cut])
def test_gone_on_with_after_a_power_failure(targets, points, damage, moment):
    cloud = targets.clouds[0]
    cloud.reset(UNATTENDED)
    desk = targets.desk(cloud)
    desk.do("runs")  # the journal is there before the run
    run = the_run(desk.killed(points[moment], "run", desk.profile, "--json", "--as-is"))
    damage(desk)
    told = "\n".join(desk.do("runs").err)
    assert "journal of runs" in told
    assert "looks in the cloud" in told
    desk.do("resume", run, "--json")
    done_once(desk, stages={"done", "skipped"})  # skipped: found done in the cloud


@pytest.mark.parametrize("damage", [torn, gone, cut])
def test_cleaned_up_after_a_power_failure(targets, points, damage):
    cloud = targets.clouds[0]
    cloud.reset(UNATTENDED)
    desk = targets.desk(cloud)
    desk.do("runs")
    run = the_run(desk.killed(points["server"], "run", desk.profile, "--json", "--as-is"))
    damage(desk)
    desk.do("clean-up", run, "--yes", "--json")
    given_up(desk)


@pytest.mark.parametrize("ending", ["resume", "clean-up"])
def test_network_of_its_own_after_a_power_failure(targets, points, ending):
    """The copy of the journal is from before the run made anything: VPC and subnet are known again by their marks."""
    cloud = targets.clouds[0]
    cloud.reset(UNATTENDED)
    desk = targets.desk(cloud, own_network=True)
    desk.do("runs")
    run = the_run(desk.killed(points["server"], "run", desk.profile, "--json", "--as-is"))
    cut(desk)
    if ending == "resume":
        desk.do("resume", run, "--json")
        done_once(desk, own_network=True, stages={"done", "skipped"})
    else:
        desk.do("clean-up", run, "--yes", "--json")
        given_up(desk)


def test_nothing_is_left_but_the_marks(targets, points):
    cloud = targets.clouds[0]
    cloud.reset(UNATTENDED)
    desk = targets.desk(cloud)
    desk.killed(points["server"], "run", desk.profile, "--json", "--as-is")
    for path in (desk.folder / "isowright").rglob("journal*"):
        path.unlink()
    assert desk.do("runs", "--json").out == []
    assert cloud.new("servers")
    desk.do("clean-up", "--orphans", desk.profile, "--min-age", "0", "--yes", "--json")
    assert [cloud.new(kind) for kind in ("servers", "volumes", "images")] == [[], [], []]


@pytest.mark.parametrize("room", [n * 1024 for n in (40, 56, 72, 96, 128, 176, 240, 320)])
def test_disk_that_fills_up(targets, room):
    """The log of the journal cannot grow beyond `room`: sooner or later each entry is the first that does not fit."""
    cloud = targets.clouds[0]
    cloud.reset(UNATTENDED)
    desk = targets.desk(cloud)
    desk.do("runs")
    stopped = desk.start("run", desk.profile, "--json", "--as-is", room=room)
    assert stopped.end() == 1, stopped.said
    said = stopped.said
    assert "Traceback" not in said
    assert "journal" in said
    assert "Nothing that is not in the journal is asked of the cloud" in said
    runs = [json.loads(line) for line in desk.do("runs", "--json").out]
    known = {r["name"] for info in runs for r in info["resources"]}
    assert {thing["name"] for kind in ("images", "servers") for thing in cloud.new(kind)} <= known
    if not runs:
        run = the_run(desk.do("run", desk.profile, "--json", "--as-is").out)
    else:
        run = runs[0]["id"]
        desk.do("resume", run, "--json")
    done_once(desk)
