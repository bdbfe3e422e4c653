"""What tests of killed programs need: requests held by number and thrown away, worlds that go back, other habits."""

import contextlib
import threading
import time

import httpx
import pytest

ACTION = "/v2/cloudimages/action"
SERVERS = "/v1/{p}/cloudservers"


@contextlib.contextmanager
def held(cloud):
    """A second connection to the control door, once a request is held."""
    auth = (cloud.ready["user"], cloud.ready["password"])
    with httpx.Client(base_url=cloud.ready["control"], auth=auth, verify=False) as other:
        deadline = time.monotonic() + 60
        while not other.get("/practice/faults").json()["held"]:
            assert time.monotonic() < deadline
        yield other


def names(cloud):
    return [image["name"] for image in cloud.world()["images"]]


@pytest.mark.parametrize(("action", "done"), [("hold-before", False), ("hold-after", True)])
def test_held_request_is_thrown_away(cloud, action, done):
    cloud.faults({"action": action, "nth": 2})  # of all requests, but not of those to the control door
    cloud.get("ims", "/v2/cloudimages")
    caught = []

    def ask():
        try:
            cloud.call("ims", "POST", ACTION, cloud.iso_request())
        except httpx.TransportError as error:
            caught.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    with held(cloud) as other:
        assert other.post("/practice/faults/release?drop=true").json() == {"released": 1}
    asking.join(5)
    assert len(caught) == 1
    assert ("iso-1" in names(cloud)) is done
    assert cloud.control("GET", "/practice/requests").json()["requests"][-1]["status"] == 0


def test_world_goes_back_to_the_checkpoint(cloud, clock):
    assert cloud.control("POST", "/practice/reset").status_code == 409
    bucket, key = cloud.bucket["name"], cloud.iso
    iso = cloud.obs("GET", f"/{bucket}/{key}").content
    cloud.iso_image()
    assert cloud.control("POST", "/practice/checkpoint").status_code == 204
    for _ in range(2):
        before = names(cloud)
        cloud.launch(next(i["id"] for i in cloud.world()["images"] if i["name"] == "iso-1"))
        clock.advance(100)
        cloud.register(name="iso-2")
        assert cloud.obs("DELETE", f"/{bucket}/{key}").status_code == 204
        cloud.faults({"action": "status", "status": 500, "count": 0})
        assert cloud.control("POST", "/practice/reset").status_code == 204
        assert names(cloud) == before
        assert cloud.world()["servers"] == cloud.world()["volumes"] == []
        assert cloud.control("GET", "/practice/faults").json() == {"rules": [], "held": []}
        assert cloud.control("GET", "/practice/requests").json() == {"requests": []}
        assert cloud.obs("GET", f"/{bucket}/{key}").content == iso


def test_cloud_that_ignores_client_tokens(cloud):
    cloud.faults({"world": "ignores-client-token"})
    body = cloud.server_request(cloud.iso_image())
    token = {"X-Client-Token": "0f0e0d0c-0b0a-4908-8706-050403020100"}
    first = cloud.call("ecs", "POST", SERVERS, body, **token)
    again = cloud.call("ecs", "POST", SERVERS, body, **token)
    assert first.json()["serverIds"] != again.json()["serverIds"]
    assert len(cloud.world()["servers"]) == 2


def test_unattended_installation(cloud, clock):
    cloud.faults({"world": "unattended", "seconds": 30})
    server_id, _ = cloud.running_server()
    assert cloud.server(server_id)["status"] == "ACTIVE"
    clock.advance(30)
    assert cloud.server(server_id)["status"] == "SHUTOFF"
    assert [v["installed"] for v in cloud.world()["volumes"]] == [False, True]


def test_temporary_keys_are_told_while_they_live(cloud, clock):
    body = {"auth": {"identity": {"methods": ["token"], "token": {"duration_seconds": 900}}}}
    assert cloud.call("iam", "POST", "/v3.0/OS-CREDENTIAL/securitytokens", body).status_code == 201
    (key,) = cloud.world()["temporary_keys"]
    assert key["made_by"] == cloud.ready["user"]
    clock.advance(901)
    assert cloud.world()["temporary_keys"] == []
