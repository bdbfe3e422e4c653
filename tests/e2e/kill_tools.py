"""Kills a command at one chosen request of its run, lets it go on, and says what must be true afterwards."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
import time
import tomllib
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue

import httpx
import tomli_w
from cli_tools import Started, environment

SPEED = "200"  # of the command's clock: what it waits for comes with its questions, not with time
IMAGE = "golden"
UNATTENDED = {"world": "unattended", "seconds": 6}
NO_TOKENS = {"world": "ignores-client-token"}
MADE = ("imsImportImageJob", "createServer", "imsVolumeCreateImageJob")
TEMPORARY = ("servers", "volumes", "vpcs", "subnets")
AFTER = {  # all of the last stages
    "test_boot": "log",
    "tags": {"team": "builds"},
    "min_ram": 2048,
    "share_with": ["a" * 32],
    "copy_region": "practice-2",
    "copy_agency": "ims_copy_image",
    "export_key": "golden.qcow2",
    "export_format": "qcow2",
}
MADE_AFTER = ("imsAddImageMembersJob", "imsCrossRegionCopyImageJob", "imsNativeExportImageJob")
_BUCKET = re.compile("practice-isos-[0-9a-f]+")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}")


@dataclass(frozen=True)
class Point:
    """One moment at which to kill. `nth`: of the requests with this method and path, from 1.

    moment: "before" = the request is on its way and still takes effect, its sender being dead; "lost" = it never does;
    "after" = it has taken effect, and nobody hears the answer.
    """

    method: str
    path: str  # ids are {id}
    nth: int
    moment: str

    def __str__(self):
        return f"{self.moment} {self.method} {self.path} #{self.nth}"

    @property
    def rule(self):
        pattern = re.escape(self.path).replace(re.escape("{id}"), "[^/]+")
        pattern = _BUCKET.sub("practice-isos-[0-9a-f]+", pattern.replace(re.escape("-"), "-"))  # each cloud has its own
        action = "hold-after" if self.moment == "after" else "hold-before"
        return {"action": action, "method": self.method, "path": f"^{pattern}([?]|$)", "nth": self.nth}


def points_of(requests):
    """Before and after each of these requests, in their order; those that change something may also be lost."""
    points, count = [], Counter()
    for request in requests:
        what = (request["method"], _ID.sub("{id}", request["path"]))
        count[what] += 1
        reads = what[0] in ("GET", "HEAD")
        moments = ("before", "after") if reads else ("before", "lost", "after")
        points += [Point(*what, count[what], moment) for moment in moments]
    return points


def spread(points, number):
    """So many of them, evenly over the whole run."""
    return [points[round(i * (len(points) - 1) / (number - 1))] for i in range(number)]


RUNS_WITHOUT = 5


class NeverAskedError(AssertionError):
    """A command came to its end without the request that it was to be killed at. How often a run looks at what the
    cloud is doing varies a little."""


class Cloud:
    """The practice cloud in another process (stepped_cloud.py), and its control door."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("stepped_cloud.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ready = json.loads(self._process.stdout.readline())
        self.http = httpx.Client(
            base_url=self.ready["control"],
            auth=(self.ready["user"], self.ready["password"]),
            trust_env=False,
            timeout=60,
        )
        world = self.world()
        self._at_first = {kind: {x["id"] for x in world[kind]} for kind in ("images", *TEMPORARY)}

    def close(self):
        self.http.close()
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def later(self, *, hours):
        """Hours pass in the cloud."""
        self._process.stdin.write(f"{hours * 3600}\n")
        self._process.stdin.flush()
        self._process.stdout.readline()

    def post(self, path, body=None):
        return self.http.post(path, json=body).raise_for_status()

    def checkpoint(self):
        self.post("/practice/checkpoint")

    def reset(self, *rules):
        self.post("/practice/reset")
        self.post("/practice/faults", list(rules))

    def hold(self, point):
        return self.post("/practice/faults", [point.rule]).json()["rules"][0]["id"]

    def holding(self):
        return self.http.get("/practice/faults").raise_for_status().json()["held"]

    def let_go(self, rule, *, drop):
        self.post(f"/practice/faults/release?id={rule}{'&drop=true' if drop else ''}")
        self.http.delete(f"/practice/faults?id={rule}").raise_for_status()

    def world(self):
        return self.http.get("/practice/world").raise_for_status().json()

    def requests(self):
        return self.http.get("/practice/requests").raise_for_status().json()["requests"]

    def new(self, kind):
        """What of a kind exists and did not at first."""
        return [x for x in self.world()[kind] if x["id"] not in self._at_first[kind]]


class Desk:
    """A person's computer: its own data folder, a profile, and the commands typed there."""

    def __init__(self, folder, cloud, *, own_network=False, after=False, **iso):
        """after: True = all of the last stages, or the answers for them."""
        folder.mkdir()
        self.folder = folder
        self.cloud = cloud
        written = tomllib.loads(Path(cloud.ready["profile"]).read_text(encoding="utf-8"))
        written["name"] = written["image"]["name"] = IMAGE
        written["iso"] |= iso
        if own_network:
            written["network"] |= {"make": True, "vpc_id": "", "subnet_id": ""}
        if after:
            whole = AFTER | {"export_bucket": written["iso"]["bucket"]}
            written["after"] = whole if after is True else after
        self.profile = folder / "golden.toml"
        self.profile.write_text(tomli_w.dumps(written), encoding="utf-8")
        self._env = environment(folder, ISOWRIGHT_SPEED=SPEED, ISOWRIGHT_PASSWORD=cloud.ready["password"])

    def copy_of(self, other):
        """Everything that another desk has on its disk."""
        shutil.copytree(other.folder / "isowright", self.folder / "isowright")
        return self

    def start(self, *args, room=None):
        """`room`: bytes to which a file may grow, as if the disk were full then."""
        before = ["sh", "-c", f'ulimit -f {room // 512}; exec "$@"', "sh"] if room else []
        return Started(*args, env=self._env, cwd=self.folder, before=before)

    def do(self, *args, status=0, room=None):
        started = self.start(*args, room=room)
        assert started.end() == status, started.said
        return started

    def killed(self, point, *args):
        """Starts a command and kills it at the point. Returns the lines that it wrote."""
        rule = self.cloud.hold(point)
        started = self.start(*args)
        try:
            deadline = time.monotonic() + 100
            while not self.cloud.holding():
                if started.process.poll() is not None:
                    self.cloud.http.delete(f"/practice/faults?id={rule}").raise_for_status()
                    raise NeverAskedError(f"ended without asking: {started.said}")
                assert time.monotonic() < deadline, f"never asked: {started.said}"
                time.sleep(0.005)
        finally:
            started.process.kill()
            started.end()
        self.cloud.let_go(rule, drop=point.moment == "lost")
        return started.out

    def journal(self):
        (run,) = [json.loads(line) for line in self.do("runs", "--json").out]
        return run


def the_run(out):
    """The id of the run that `--json` lines tell of."""
    return next(event["run"] for line in out if (event := json.loads(line))["event"] == "run-started")


def done_once(desk, *, made=1, object_gone=False, own_network=False, stages=frozenset({"done"})):
    """One image of the installed disk and nothing else, made once; the journal says how. `stages`: how they may end."""
    cloud = desk.cloud
    world = cloud.world()
    (image,) = cloud.new("images")
    assert (image["name"], image["status"], image["installed"]) == (IMAGE, "active", True)
    nothing_else(desk, image["id"], keys=object_gone)
    count = Counter(job["job_type"] for job in world["jobs"])
    assert {kind: count[kind] for kind in MADE} == {
        "imsImportImageJob": 1,
        "createServer": made,
        "imsVolumeCreateImageJob": 1,
    }
    assert count["deleteServer"] == made
    run = desk.journal()
    assert (run["state"], run["error"], run["verified"], run["image_id"]) == ("done", None, True, image["id"])
    assert {stage["state"] for stage in run["stages"]} <= stages
    told = Counter((r["kind"], r["fate"]) for r in run["resources"])
    expected = Counter({("iso-image", "deleted"): 1, ("image", "kept"): 1})
    for kind in ("server", "system-volume", "data-volume"):
        expected[kind, "deleted"] = made
    if own_network:
        expected |= Counter({("vpc", "deleted"): 1, ("subnet", "deleted"): 1})
    if object_gone:
        expected["object", "deleted"] = 1
    assert told == expected, run["resources"]
    assert all(r["id"] for r in run["resources"])
    disks = [r["id"] for r in run["resources"] if r["kind"] == "data-volume"]
    assert image["__data_origin"].removeprefix("volume,") in disks


def done_with_all(desk):
    """One image, what was asked for of it made once, and nothing else."""
    cloud = desk.cloud
    world, run = cloud.world(), desk.journal()
    copies = [i for i in cloud.new("images") if i["id"] != run["image_id"]]
    assert [(c["name"], c["status"], c["installed"]) for c in copies] == [(IMAGE, "active", True)]
    nothing_else(desk, *(i["id"] for i in cloud.new("images")), keys=True)
    count = Counter(job["job_type"] for job in world["jobs"])
    assert {kind: count[kind] for kind in (*MADE, *MADE_AFTER)} == {
        **dict.fromkeys((*MADE, *MADE_AFTER), 1),
        "createServer": 2,
    }
    assert [o["key"] for b in world["buckets"] for o in b["objects"]].count(AFTER["export_key"]) == 1
    assert (run["state"], run["error"], run["verified"]) == ("done", None, True)
    image = next(i for i in world["images"] if i["id"] == run["image_id"])
    assert image["min_ram"] == AFTER["min_ram"]
    assert "team=builds" in image["tags"]
    kept = sorted((r["kind"], r["id"]) for r in run["resources"] if r["fate"] == "kept")
    assert [kind for kind, _ in kept] == ["export", "image", "image-copy", "share"]
    assert dict(kept)["image-copy"] == copies[0]["id"]
    assert {r["fate"] for r in run["resources"]} == {"kept", "deleted"}


def given_up(desk):
    """Nothing is left in the cloud, nor open in the journal."""
    assert desk.cloud.new("images") == []
    nothing_else(desk)
    run = desk.journal()
    assert run["state"] == "cleaned"
    assert {r["fate"] for r in run["resources"]} <= {"deleted"}, run["resources"]


def nothing_else(desk, *image_ids, keys=False):
    """`keys`: temporary ones may still live, a quarter of an hour at the longest; no call of the cloud ends them."""
    assert [i["id"] for i in desk.cloud.new("images")] == list(image_ids)
    assert {kind: desk.cloud.new(kind) for kind in TEMPORARY} == {kind: [] for kind in TEMPORARY}
    left = desk.cloud.world()["temporary_keys"]
    now = datetime.fromisoformat(desk.cloud.requests()[-1]["when"])
    assert left == [] or keys
    assert all(datetime.fromisoformat(key["expires_at"]) - now <= timedelta(minutes=15) for key in left)


class Range:
    """Several clouds, each with one worker, that shoot at a list of points."""

    def __init__(self, folder, workers=2):
        self._folder = folder
        self.clouds = [Cloud() for _ in range(workers)]
        for cloud in self.clouds:
            cloud.checkpoint()
        self._numbers = iter(range(100_000))
        self._lock = threading.Lock()

    def close(self):
        for cloud in self.clouds:
            cloud.close()

    def desk(self, cloud, **iso):
        with self._lock:
            number = next(self._numbers)
        return Desk(self._folder / f"{number:04d}", cloud, **iso)

    def count_run(self, *rules, **iso):
        """All requests of a run that nobody disturbs."""
        cloud = self.clouds[0]
        cloud.reset(UNATTENDED, *rules)
        desk = self.desk(cloud, **iso)
        desk.do("run", desk.profile, "--json", "--as-is")
        return cloud.requests()

    def shoot(self, points, shot):
        """`shot(cloud, point)` for each point. Returns how many; fails with all that went wrong. A look that five runs
        in a row had no need of is no point."""
        queue, failed, unneeded = SimpleQueue(), [], []
        for point in points:
            queue.put(point)

        def work(cloud):
            while True:
                try:
                    point = queue.get_nowait()
                except Empty:
                    return
                try:
                    if not until_asked(shot, cloud, point):
                        unneeded.append(point)
                except Exception as error:  # noqa: BLE001  # every kind of failure belongs to its point
                    where = traceback.extract_tb(error.__traceback__)[-1]
                    failed.append(f"{point}: {where.name}:{where.lineno}: {type(error).__name__}: {error}")

        with ThreadPoolExecutor(len(self.clouds)) as pool:
            for ended in [pool.submit(work, cloud) for cloud in self.clouds]:
                ended.result()
        assert not failed, f"{len(failed)} of {len(points)} points:\n" + "\n\n".join(failed)
        assert len(unneeded) <= len(points) // 20, unneeded
        return len(points) - len(unneeded)


def until_asked(shot, cloud, point):
    """False for a look that no run needed. Whatever changes something is asked for in every run."""
    looks = any(each.method in ("GET", "HEAD") for each in (point if isinstance(point, tuple) else (point,)))
    for _ in range(RUNS_WITHOUT):
        try:
            shot(cloud, point)
        except NeverAskedError:
            if not looks:
                raise
        else:
            return True
    return False
