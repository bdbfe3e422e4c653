"""The command is killed with SIGKILL at every request, and goes on: nothing is lost, made twice or left behind.

The command line runs as its users run it, as a process of its own, against a practice cloud in another process. For
each request of a complete run the cloud holds it, before or after its effect; the command is killed; the request is let
go (or thrown away, as if the network had lost it); and another process goes on with the run. The world of the cloud and
the journal must then say the same: one image, of the installed disk, and nothing else.

Of tokens: the identity service has no call that revokes one, nor one for temporary keys (iam.md lists what there is);
they end by themselves. A run asks for no temporary key at all, unless it is to delete the ISO's object; that one is
asked for with the shortest life that the service grants.
"""

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from kill_tools import (
    NO_TOKENS,
    UNATTENDED,
    Point,
    Range,
    done_once,
    done_with_all,
    given_up,
    nothing_else,
    points_of,
    spread,
    the_run,
)

SERVERS = "/cloudservers"


@pytest.fixture(scope="module")
def targets(tmp_path_factory):
    made = Range(tmp_path_factory.mktemp("kills"))
    yield made
    made.close()


@pytest.fixture
def killed(record_property):
    """Says at the end of the tests how many points there were."""
    return lambda number: record_property("kill matrix", number)


def killed_and_resumed(targets, *rules, **iso):
    def shot(cloud, point):
        cloud.reset(UNATTENDED, *rules)
        desk = targets.desk(cloud, **iso)
        run = the_run(desk.killed(point, "run", desk.profile, "--json", "--as-is"))
        desk.do("resume", run, "--json")
        return desk

    return shot


def check(targets, points, *rules):
    shot = killed_and_resumed(targets, *rules)
    return targets.shoot(points, lambda cloud, point: done_once(shot(cloud, point)))


def test_sample_of_the_run(targets, killed):
    points = points_of(targets.count_run())
    killed(check(targets, spread(points, 10)))


def last_points(targets):
    """Those of the last stages: from the dry run of the test boot's server on."""
    points = points_of(targets.count_run(after=True))
    first = next(i for i, p in enumerate(points) if p.path.endswith(SERVERS) and p.method == "POST" and p.nth == 3)
    return points[first:]


def check_last(targets, points):
    shot = killed_and_resumed(targets, after=True)
    return targets.shoot(points, lambda cloud, point: done_with_all(shot(cloud, point)))


def test_sample_of_the_last_stages(targets, killed):
    changes = [p for p in last_points(targets) if p.moment != "before" and p.method == "POST"]
    killed(check_last(targets, spread(changes, 3)))


@pytest.mark.parametrize("then", [("resume",), ("clean-up", "--yes")], ids=" ".join)
def test_test_boot_in_a_network_of_its_own(targets, killed, then):
    """Killed while the second server or the second network is made: the image stays, and both are gone in the end."""

    def gone(cloud, point):
        cloud.reset(UNATTENDED)
        desk = targets.desk(cloud, own_network=True, after={"test_boot": "log"})
        run_id = the_run(desk.killed(point, "run", desk.profile, "--json", "--as-is"))
        desk.do(then[0], run_id, *then[1:], "--json")
        (image,) = cloud.new("images")
        nothing_else(desk, image["id"])
        run = desk.journal()
        assert (run["state"], run["verified"], run["image_id"]) == ("done", True, image["id"])
        assert {r["fate"] for r in run["resources"] if r["kind"] != "image"} == {"deleted"}, run["resources"]
        made = Counter(job["job_type"] for job in cloud.world()["jobs"])["createServer"]
        assert made == (2 if then[0] == "resume" or point.path.endswith(SERVERS) else 1)

    server = Point("POST", f"/v1/{{id}}{SERVERS}", 4, "after")  # the second, each with its dry run
    killed(targets.shoot([Point("POST", "/v1/{id}/subnets", 2, "after"), server], gone))


@pytest.mark.matrix
@pytest.mark.timeout(600)
def test_requests_of_the_last_stages(targets, killed):
    """All that change something, lost or with their answers lost, and some of the others."""
    points = last_points(targets)
    reads = [p for p in points if p.method in ("GET", "HEAD")]
    chosen = [p for p in points if (p not in reads and p.moment != "before") or p in reads[::12]]
    assert len(chosen) > 20
    killed(check_last(targets, chosen))


@pytest.mark.matrix
@pytest.mark.timeout(1200)
def test_every_request_of_a_run(targets, killed):
    points = points_of(targets.count_run())
    assert len(points) > 80
    killed(check(targets, points))


@pytest.mark.matrix
def test_cloud_that_ignores_client_tokens(targets, killed):
    points = points_of(targets.count_run(NO_TOKENS))
    first = next(i for i, p in enumerate(points) if p.path.endswith(SERVERS))
    last = max(i for i, p in enumerate(points) if p.path.endswith(SERVERS))
    killed(check(targets, points[first : last + 5], NO_TOKENS))


@pytest.mark.matrix
def test_object_that_is_deleted_at_the_end(targets, killed):
    points = points_of(targets.count_run(delete_object=True))
    tail = [p for p in points if "securitytokens" in p.path or (p.method == "DELETE" and "/v2/" not in p.path)]
    assert len(tail) == 6
    shot = killed_and_resumed(targets, delete_object=True)

    def check_object(cloud, point):
        done_once(shot(cloud, point), object_gone=True)

    killed(targets.shoot(tail, check_object))


def points_of_the_network(targets):
    """The requests that make or take away a run's own network."""
    points = points_of(targets.count_run(own_network=True))
    return [p for p in points if "/vpcs" in p.path or "/subnets" in p.path]


def check_network(targets, points):
    shot = killed_and_resumed(targets, own_network=True)
    return targets.shoot(points, lambda cloud, point: done_once(shot(cloud, point), own_network=True))


def test_sample_of_a_network_of_its_own(targets, killed):
    changes = [p for p in points_of_the_network(targets) if p.method != "GET" and not p.path.endswith("/action")]
    assert [(p.method, p.moment) for p in changes].count(("POST", "after")) == 2
    killed(check_network(targets, changes[::4]))


@pytest.mark.matrix
@pytest.mark.timeout(1200)
def test_network_of_its_own(targets, killed):
    killed(check_network(targets, points_of_the_network(targets)))


@pytest.mark.matrix
@pytest.mark.timeout(1200)
def test_clean_up_of_what_was_begun(targets, killed):
    """A killed run is cleaned up instead of gone on with, and that command is killed at each of its requests."""
    launched = next(p for p in points_of(targets.count_run()) if p.path.endswith("/tags/action"))

    def begin(cloud):
        cloud.reset(UNATTENDED)
        desk = targets.desk(cloud)
        return desk, (
            "clean-up",
            the_run(desk.killed(launched, "run", desk.profile, "--json", "--as-is")),
            "--yes",
            "--json",
        )

    def clean(cloud, point):
        desk, command = begin(cloud)
        desk.killed(point, *command)
        desk.do(*command)
        given_up(desk)

    cloud = targets.clouds[0]
    desk, command = begin(cloud)
    before = len(cloud.requests())
    desk.do(*command)
    given_up(desk)
    killed(targets.shoot(points_of(cloud.requests()[before:]), clean))


@pytest.mark.matrix
@pytest.mark.timeout(1200)
def test_killed_twice(targets, killed):
    """The process that goes on is killed too, at each later request that changes something."""
    requests = targets.count_run()
    changes = [p for p in points_of(requests) if p.method in ("POST", "DELETE") and not p.path.endswith("/tokens")]
    pairs = []
    for at, first in enumerate(changes):
        if first.method == "DELETE" or first.path.endswith("/delete"):
            break  # what cleans up is sent side by side
        for second in changes[at + 1 :]:
            same = [p.nth for p in changes[: at + 1] if (p.method, p.path) == (second.method, second.path)]
            done = max(same, default=0) - (
                (first.method, first.path, first.moment) == (second.method, second.path, "lost")
            )
            if second.moment == "after" and second.nth > done:
                pairs.append((first, replace(second, nth=second.nth - done)))

    def twice(cloud, pair):
        cloud.reset(UNATTENDED)
        desk = targets.desk(cloud)
        run = the_run(desk.killed(pair[0], "run", desk.profile, "--json", "--as-is"))
        desk.killed(pair[1], "resume", run, "--json")
        desk.do("resume", run, "--json")
        done_once(desk)

    killed(2 * targets.shoot(spread(pairs, 40), twice))


@pytest.mark.matrix
def test_gone_on_with_too_late_for_client_tokens(targets, killed):
    """The cloud forgets client tokens after 8 hours; names and tags must tell."""
    creates = [p for p in points_of(targets.count_run()) if p.path.endswith(SERVERS)]

    def late(cloud, point):
        cloud.reset(UNATTENDED)
        desk = targets.desk(cloud)
        run = the_run(desk.killed(point, "run", desk.profile, "--json", "--as-is"))
        cloud.later(hours=9)
        desk.do("resume", run, "--json")
        done_once(desk)

    killed(targets.shoot(creates, late))
