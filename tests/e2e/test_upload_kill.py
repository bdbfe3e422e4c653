"""The command is killed with SIGKILL at every request of an upload, and goes on: the object is the file, nothing is
left of the upload, and no more was sent twice than was on its way in that moment."""

import asyncio
import hashlib
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from kill_tools import UNATTENDED, Desk, Range, points_of, spread, the_run
from upload_tools import KEY, PARTS, local_iso, sha256

from isowright.cloud.client import Cloud
from isowright.cloud.login import KeyLogin
from isowright.cloud.models import Secret
from isowright.recipe import Account
from isowright.upload.pacing import FIRST_LANES


class UploadRange(Range):
    def __init__(self, folder):
        super().__init__(folder)
        self.iso = local_iso(folder / "My Installer.iso")
        self.digest = sha256(self.iso)

    def desk(self, cloud, **iso):
        with self._lock:
            number = next(self._numbers)
        where = {"bucket": bucket_of(cloud), "key": KEY, "path": str(self.iso)}
        desk = Desk(self._folder / f"{number:04d}", cloud, **where, **iso)
        desk._env["ISOWRIGHT_PART_SIZE"] = "1"
        return desk

    def points(self, **iso):
        """Of the requests that have to do with the upload."""
        requests = self.count_run(**iso)
        return [p for p in points_of(requests) if "practice-isos" in p.path or "securitytokens" in p.path]


@pytest.fixture(scope="module")
def targets(tmp_path_factory):
    made = UploadRange(tmp_path_factory.mktemp("kills"))
    yield made
    made.close()


@pytest.fixture
def killed(record_property):
    return lambda number: record_property("kill matrix", number)


def bucket_of(cloud):
    return next(b["name"] for b in cloud.ready["buckets"] if "-isos-" in b["name"])


def content(cloud):
    """SHA-256 of the object, None if there is none."""
    ready = cloud.ready
    account = Account(
        cloud="custom",
        region=ready["region"],
        method="access_key",
        access_key=ready["access_key"],
        endpoints=ready["endpoints"],
    )

    async def read():
        client = Cloud.open(account, KeyLogin(ready["access_key"], Secret(ready["secret_key"])))
        try:
            head = await client.obs.head(bucket_of(cloud), KEY)
            if head is None:
                return None
            return hashlib.sha256(await client.obs.read(bucket_of(cloud), KEY, 0, head.size)).hexdigest()
        finally:
            await client.aclose()

    return asyncio.run(read())


def sent(cloud):
    """How often parts were stored."""
    return sum(r["method"] == "PUT" and "partNumber" in r["query"] and r["status"] == 200 for r in cloud.requests())


def uploaded(targets, desk, *, twice=FIRST_LANES):
    """One object of the file's content, made of parts of which at the most `twice` were sent again."""
    cloud = desk.cloud
    assert PARTS <= sent(cloud) <= PARTS + twice
    assert cloud.world()["uploads"] == []
    assert content(cloud) == targets.digest
    assert list((desk.folder / "isowright" / "data" / "uploads").iterdir()) == []
    run = desk.journal()
    assert (run["state"], run["verified"]) == ("done", True)
    fates = Counter((r["kind"], r["fate"]) for r in run["resources"] if r["kind"] in ("upload", "object"))
    assert fates == Counter({("upload", "deleted"): fates["upload", "deleted"], ("object", "kept"): 1})
    assert fates["upload", "deleted"] >= 1
    (image,) = cloud.new("images")
    assert image["status"] == "active"


def gone_on_with(targets):
    def shot(cloud, point):
        cloud.reset(UNATTENDED)
        desk = targets.desk(cloud)
        run = the_run(desk.killed(point, "run", desk.profile, "--json", "--as-is"))
        desk.do("resume", run, "--json")
        uploaded(targets, desk)

    return shot


def cleaned_up(targets):
    def shot(cloud, point):
        cloud.reset(UNATTENDED)
        desk = targets.desk(cloud)
        run = the_run(desk.killed(point, "run", desk.profile, "--json", "--as-is"))
        desk.do("clean-up", run, "--yes", "--json")
        assert cloud.world()["uploads"] == []
        assert content(cloud) is None
        assert {r["fate"] for r in desk.journal()["resources"]} <= {"deleted"}
        assert list((desk.folder / "isowright" / "data" / "uploads").iterdir()) == []

    return shot


def test_sample(targets, killed):
    points = targets.points()
    assert len([p for p in points if p.method == "PUT"]) == 3 * PARTS
    killed(targets.shoot(spread(points, 8), gone_on_with(targets)))


def test_sample_that_is_cleaned_up(targets, killed):
    points = [p for p in targets.points() if p.method in ("POST", "PUT") and "securitytokens" not in p.path]
    killed(targets.shoot(spread(points, 5), cleaned_up(targets)))


@pytest.mark.matrix
@pytest.mark.timeout(900)
def test_every_request(targets, killed):
    killed(targets.shoot(targets.points(), gone_on_with(targets)))


@pytest.mark.matrix
@pytest.mark.timeout(900)
def test_every_request_cleaned_up(targets, killed):
    killed(targets.shoot(targets.points(), cleaned_up(targets)))


@pytest.mark.matrix
@pytest.mark.timeout(900)
def test_killed_at_every_part_one_after_the_other(targets, killed):
    """Each process gets one part further, if that."""
    cloud = targets.clouds[0]
    cloud.reset(UNATTENDED)
    parts = [p for p in targets.points() if p.method == "PUT" and p.moment == "after" and p.nth == 2]
    (point,) = parts
    cloud.reset(UNATTENDED)
    desk = targets.desk(cloud)
    run = the_run(desk.killed(point, "run", desk.profile, "--json", "--as-is"))
    kills = 1
    while sent(cloud) < PARTS - 2:
        desk.killed(point, "resume", run, "--json")
        kills += 1
    desk.do("resume", run, "--json")
    uploaded(targets, desk, twice=FIRST_LANES * kills)
    killed(kills)
