"""Servers that end by themselves: `auto_terminate_time`, and clouds that do not know it."""

from datetime import UTC, datetime

import pytest

HOUR = 3600.0


def at(clock, seconds):
    return datetime.fromtimestamp(clock.now + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ready(cloud, clock, *, dies=True, **changes):
    """Id of a server that is up and shows its disks."""
    data = {"volumetype": "SSD", "size": 50, "delete_on_termination": dies}
    server_id = cloud.launch(cloud.iso_image(), data_volumes=[data], **changes)["serverIds"][0]
    clock.advance(80)
    return server_id


def change(cloud, server_id, value):
    path = f"/v1/{{p}}/cloudservers/{server_id}/actions/update-auto-terminate-time"
    return cloud.call("ecs", "POST", path, {"auto_terminate_time": value})


def left(cloud):
    world = cloud.world()
    return [len(world["servers"]), len(world["volumes"])]


def test_server_and_its_disks_go_when_their_time_comes(cloud, clock):
    ends = at(clock, 2 * HOUR)
    server_id = ready(cloud, clock, auto_terminate_time=ends)
    assert cloud.server(server_id)["auto_terminate_time"] == ends[:17] + "00Z"  # seconds are cut off
    assert left(cloud) == [1, 2]
    clock.advance(2 * HOUR - 80 - 200)
    assert left(cloud) == [1, 2]
    clock.advance(210)
    assert left(cloud) == [0, 0]
    assert cloud.call("ecs", "GET", f"/v1/{{p}}/cloudservers/{server_id}").status_code == 404


def test_data_disk_that_nobody_said_it_of_survives(cloud, clock):
    ready(cloud, clock, dies=False, auto_terminate_time=at(clock, HOUR))
    clock.advance(2 * HOUR)
    assert left(cloud) == [0, 1]


def test_time_is_put_off_and_taken_back(cloud, clock):
    server_id = ready(cloud, clock, auto_terminate_time=at(clock, HOUR))
    answer = change(cloud, server_id, at(clock, 5 * HOUR))
    assert (answer.status_code, answer.content) == (200, b"")
    clock.advance(2 * HOUR)
    assert left(cloud) == [1, 2]
    assert change(cloud, server_id, "").status_code == 200
    assert "auto_terminate_time" not in cloud.server(server_id)
    clock.advance(9 * HOUR)
    assert left(cloud) == [1, 2]
    assert change(cloud, server_id, at(clock, HOUR)).status_code == 200
    clock.advance(2 * HOUR)
    assert left(cloud) == [0, 0]
    assert change(cloud, server_id, at(clock, HOUR)).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        lambda clock: at(clock, 1700),
        lambda clock: at(clock, 4 * 365 * 86400),
        lambda clock: at(clock, HOUR).replace("T", " "),
        lambda clock: at(clock, HOUR).rstrip("Z"),
        lambda _clock: "2031-02-30T10:00:00Z",
        lambda _clock: 1800000000,
        lambda _clock: None,
    ],
    ids=["too soon", "too late", "no T", "no Z", "no such day", "a number", "null"],
)
def test_what_is_no_time_is_refused(cloud, clock, code_of, wrong):
    image_id = cloud.iso_image()
    body = cloud.server_request(image_id)
    body["server"]["auto_terminate_time"] = wrong(clock)
    for dry_run in (True, False):
        answer = cloud.call("ecs", "POST", "/v1/{p}/cloudservers", {"dry_run": dry_run, **body})
        assert (answer.status_code, code_of(answer)) == (400, "Ecs.0005"), answer.text
        assert "auto_terminate_time" in answer.json()["error"]["message"]
    assert left(cloud) == [0, 0]
    server_id = cloud.launch(image_id)["serverIds"][0]
    clock.advance(80)
    answer = change(cloud, server_id, wrong(clock))
    assert (answer.status_code, code_of(answer)) == (400, "Ecs.0005"), answer.text


@pytest.mark.parametrize("world", ["auto-terminate-ignored", "auto-terminate-refused"])
def test_cloud_that_does_not_know_it(cloud, clock, code_of, world):
    cloud.faults({"world": world})
    body = cloud.server_request(cloud.iso_image(), auto_terminate_time=at(clock, HOUR))
    answer = cloud.call("ecs", "POST", "/v1/{p}/cloudservers", body)
    if world == "auto-terminate-refused":
        assert (answer.status_code, code_of(answer)) == (400, "Ecs.0000")
        return
    server_id = answer.json()["serverIds"][0]
    clock.advance(80)
    assert "auto_terminate_time" not in cloud.server(server_id)
    assert code_of(change(cloud, server_id, at(clock, HOUR))) == "APIGW.0101"
    clock.advance(5 * HOUR)
    assert left(cloud) == [1, 2]


def test_cloud_that_keeps_data_disks_until_told_again(cloud, clock):
    cloud.faults({"world": "keeps-data-disks"})
    server_id = ready(cloud, clock, auto_terminate_time=at(clock, HOUR))
    volume_id = cloud.data_volume(server_id)
    attached = cloud.server(server_id)["os-extended-volumes:volumes_attached"]
    assert {v["delete_on_termination"] for v in attached} == {"true", "false"}
    path = f"/v1/{{p}}/cloudservers/{server_id}/block_device/{volume_id}"
    assert cloud.call("ecs", "PUT", path, {"block_device": {"delete_on_termination": True}}).status_code == 200
    clock.advance(2 * HOUR)
    assert left(cloud) == [0, 0]
