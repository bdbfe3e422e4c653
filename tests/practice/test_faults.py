"""Fault scripts: each action does what it says, when it says, as often as it says."""

import json
import re
import threading
import time

import httpx
import pytest

from isowright.practice.server import practice_thread

LIST = "/v2/cloudimages"
ACTION = "/v2/cloudimages/action"


def until(condition):
    """Waits for what happens in the practice cloud's own thread."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline


def test_nth_and_count(cloud):
    cloud.faults({"action": "status", "status": 503, "service": "ims", "method": "GET", "nth": 2, "count": 2})
    statuses = [cloud.call("ims", "GET", LIST).status_code for _ in range(5)]
    assert statuses == [200, 503, 503, 200, 200]
    (rule,) = cloud.control("GET", "/practice/faults").json()["rules"]
    assert (rule["hits"], rule["fired"]) == (5, 2)


@pytest.mark.parametrize(
    ("rule", "status", "code", "headers"),
    [
        ({"action": "status", "status": 401}, 401, "APIGW.0307", {}),
        ({"action": "status", "status": 403}, 403, "APIGW.0302", {}),
        ({"action": "status", "status": 404}, 404, "APIGW.0101", {}),
        ({"action": "status", "status": 429, "retry_after": 7}, 429, "APIGW.0308", {"Retry-After": "7"}),
        ({"action": "status", "status": 500}, 500, "APIGW.0601", {}),
        ({"action": "status", "status": 503}, 503, "Common.1503", {}),
        ({"action": "status", "status": 400, "code": "IMG.0060"}, 400, "IMG.0060", {}),
        ({"action": "refuse"}, 403, "Pdp.0001", {}),
        ({"action": "error-202"}, 202, "Common.0024", {}),
    ],
)
def test_answers_without_effect(cloud, code_of, rule, status, code, headers):
    cloud.faults({"path": "cloudimages/action", **rule})
    answer = cloud.call("ims", "POST", ACTION, cloud.iso_request())
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert {name: answer.headers[name] for name in headers} == headers
    assert [i["name"] for i in cloud.world()["images"]] == ["debian-11-golden"]


def test_own_body(cloud):
    cloud.faults({"action": "status", "status": 418, "body": {"tea": True}, "headers": {"X-Pot": "small"}})
    answer = cloud.call("vpc", "GET", "/v1/{p}/vpcs")
    assert (answer.status_code, answer.json(), answer.headers["X-Pot"]) == (418, {"tea": True}, "small")


@pytest.mark.parametrize(
    ("action", "done"), [("reset-before", False), ("reset-after", True), ("truncated", True), ("html", False)]
)
def test_lost_answers(cloud, action, done):
    cloud.faults({"action": action, "path": "cloudimages/action"})
    if action == "html":
        answer = cloud.call("ims", "POST", ACTION, cloud.iso_request())
        assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (502, "text/html")
    else:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            cloud.call("ims", "POST", ACTION, cloud.iso_request())
    assert any(i["name"] == "iso-1" for i in cloud.world()["images"]) is done
    assert cloud.call("ims", "GET", LIST).status_code == 200


@pytest.mark.parametrize(("after_bytes", "sent"), [(70_000, 300_000), (70_000, 10)])
def test_a_body_is_cut_off(cloud, after_bytes, sent):
    path = f"/{cloud.bucket['name']}/cut.iso"
    cloud.faults({"action": "cut-body", "method": "PUT", "path": "cut.iso", "after_bytes": after_bytes})
    with pytest.raises((httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)):
        cloud.obs("PUT", path, body=bytes(sent))
    assert cloud.obs("HEAD", path).status_code == 404
    assert cloud.control("GET", "/practice/requests").json()["requests"][-2]["status"] == 0
    assert cloud.obs("PUT", path, body=bytes(sent)).status_code == 200


def test_a_part_is_lost(cloud):
    path = f"/{cloud.bucket['name']}/lost.iso"
    upload = re.search("<UploadId>(.*?)<", cloud.obs("POST", path, signed="uploads").text)[1]
    query = f"uploadId={upload}"
    etag = cloud.obs("PUT", path, signed=f"partNumber=1&{query}", body=b"part").headers["ETag"]
    cloud.faults({"action": "lose-part", "method": "POST", "path": "lost.iso"})
    parts = (
        f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    )
    answer = cloud.obs("POST", path, signed=query, body=parts.encode())
    assert (answer.status_code, "InvalidPart" in answer.text) == (400, True)
    cloud.obs("PUT", path, signed=f"partNumber=1&{query}", body=b"part")
    assert cloud.obs("POST", path, signed=query, body=parts.encode()).status_code == 200


def test_answer_after_the_effect_is_replaced(cloud):
    cloud.faults({"action": "after-status", "status": 504, "path": "cloudimages/action"})
    assert cloud.call("ims", "POST", ACTION, cloud.iso_request()).status_code == 504
    assert any(i["name"] == "iso-1" for i in cloud.world()["images"])


def test_delay(cloud):
    cloud.faults({"action": "delay", "seconds": 0.1, "path": "cloudimages"})
    began = time.perf_counter()
    assert cloud.call("ims", "GET", LIST).status_code == 200
    assert time.perf_counter() - began >= 0.1


def test_tokens_and_keys_die(cloud, code_of):
    cloud.faults({"action": "expire-tokens"})
    assert code_of(cloud.call("ims", "GET", LIST)) == "APIGW.0307"
    cloud.sign_in()
    cloud.faults({"action": "expire-tokens", "path": "/cloudservers/limits"})
    assert cloud.call("ims", "GET", LIST).status_code == 200
    assert code_of(cloud.call("ecs", "GET", "/v1/{p}/cloudservers/limits")) == "APIGW.0307"


@pytest.mark.parametrize(("action", "done"), [("hold-before", False), ("hold-after", True)])
def test_hold_until_released(cloud, action, done):
    (rule,) = cloud.faults({"action": action, "path": "cloudimages/action", "method": "POST"})
    answers = []
    asking = threading.Thread(
        target=lambda: answers.append(cloud.call("ims", "POST", ACTION, cloud.iso_request())), daemon=True
    )
    asking.start()
    with httpx.Client(auth=(cloud.ready["user"], cloud.ready["password"]), verify=False) as other:
        url = cloud.ready["control"] + "/practice/faults"
        deadline = time.monotonic() + 60
        while not other.get(url).json()["held"]:
            assert time.monotonic() < deadline
        world = other.get(cloud.ready["control"] + "/practice/world").json()
        assert any(i["name"] == "iso-1" for i in world["images"]) is done
        assert answers == []
        assert other.post(f"{url}/release?id={rule}").json() == {"released": 1}
    asking.join(60)
    assert answers[0].status_code == 200


@pytest.mark.parametrize("debris", [False, True])
def test_failed_import(cloud, clock, debris):
    cloud.faults(
        {
            "job": "imsImportImageJob",
            "action": "fail-with-debris" if debris else "fail",
            "code": "IMG.0057",
            "reason": "No.",
        }
    )
    job_id = cloud.register()
    clock.advance(100)
    job = cloud.job("ims", job_id)
    assert (job["status"], job["error_code"], job["fail_reason"]) == ("FAIL", "IMG.0057", "No.")
    left = [i["status"] for i in cloud.world()["images"] if i["name"] == "iso-1"]
    assert left == (["killed"] if debris else [])
    assert cloud.call("ims", "DELETE", f"/v2/images/{job['entities'].get('image_id', 'x')}").status_code == (
        204 if debris else 404
    )


@pytest.mark.parametrize("debris", [False, True])
def test_failed_server(cloud, clock, debris):
    image_id = cloud.iso_image()
    cloud.faults({"job": "createServer", "action": "fail-with-debris" if debris else "fail"})
    made = cloud.launch(image_id)
    clock.advance(100)
    job = cloud.job("ecs", made["job_id"])
    (sub,) = job["entities"]["sub_jobs"]
    assert (job["status"], job["error_code"], sub["error_code"]) == ("FAIL", "Common.0021", "Ecs.0319")
    assert sub["entities"]["errorcode_message"]
    world = cloud.world()
    assert [s["status"] for s in world["servers"]] == (["ERROR"] if debris else [])
    assert [v["status"] for v in world["volumes"]] == (["available"] * 2 if debris else [])


def test_failed_reboot_leaves_the_server_as_it_was(cloud):
    server_id, _ = cloud.running_server()
    cloud.faults({"job": "rebootServer", "action": "fail"})
    body = {"reboot": {"type": "HARD", "servers": [{"id": server_id}]}}
    job_id = cloud.call("ecs", "POST", "/v1/{p}/cloudservers/action", body).json()["job_id"]
    assert cloud.server(server_id)["status"] == "REBOOT"
    cloud.clock.advance(120)
    assert cloud.job("ecs", job_id)["status"] == "FAIL"
    assert cloud.server(server_id)["status"] == "ACTIVE"


def test_hanging_job(cloud, clock):
    cloud.faults({"job": "imsImportImageJob", "action": "hang"})
    job_id = cloud.register()
    clock.advance(100_00)
    job = cloud.job("ims", job_id)
    assert (job["status"], job["entities"]["process_percent"]) == ("RUNNING", 0.35)


def test_world_rules(cloud, clock, code_of):
    image_id = cloud.iso_image()
    path = "/v1/{p}/cloudservers"
    for rule, code in (
        ({"world": "sold-out", "flavor": "s6.large.2"}, "Ecs.0018"),
        ({"world": "sold-out-volume-type", "name": "SSD"}, "Ecs.0044"),
        ({"world": "quota-full", "resource": "server"}, "Ecs.0001"),
        ({"world": "quota-full", "resource": "volume"}, "Ecs.0021"),
        ({"world": "no-addresses"}, "Ecs.0012"),
    ):
        (rule_id,) = cloud.faults(rule)
        assert code_of(cloud.call("ecs", "POST", path, cloud.server_request(image_id))) == code
        assert cloud.control("DELETE", f"/practice/faults?id={rule_id}").status_code == 204
    cloud.faults({"world": "quota-full", "resource": "image"})
    assert code_of(cloud.call("ims", "POST", ACTION, cloud.iso_request(name="two"))) == "IMG.0015"
    (image,) = cloud.get("ims", "/v1/cloudimages/quota")["quotas"]["resources"]
    assert image["used"] == image["quota"]
    cloud.faults({"world": "extra-data-disk"})
    server_id = cloud.launch(image_id)["serverIds"][0]
    clock.advance(100)
    assert len(cloud.server(server_id)["os-extended-volumes:volumes_attached"]) == 3


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ([{"action": "explode"}], "explode"),
        ([{"action": "status", "path": "("}], "regular expression"),
        ([{"job": "createServer", "action": "status"}], "status"),
        ([{"world": "flat"}], "flat"),
        ([{"action": "delay", "sceonds": 1}], "sceonds"),
        ("nothing", "list of rules"),
    ],
)
def test_wrong_scripts_are_refused(cloud, script, text):
    answer = cloud.control("POST", "/practice/faults", script)
    assert answer.status_code == 400
    assert text in answer.json()["error"]["message"]
    assert cloud.control("GET", "/practice/faults").json()["rules"] == []


@pytest.mark.parametrize("suffix", ["json", "toml"])
def test_script_files(tmp_path, clock, new_client, suffix):
    path = tmp_path / f"faults.{suffix}"
    rule = {"action": "status", "status": 503, "path": "/v3/auth/tokens"}
    text = json.dumps({"rules": [rule]}) if suffix == "json" else '[[rules]]\naction = "status"\nstatus = 503\n'
    path.write_text(text, encoding="utf-8")
    with practice_thread(clock=clock, faults=path) as (ready, _):
        client = new_client(ready)
        assert client.password().status_code == 503
        assert client.password().status_code == 201
    path.write_text("{", encoding="utf-8")
    with pytest.raises(ValueError), practice_thread(faults=path):
        pass


def test_silence_lasts_until_the_client_has_had_enough_or_it_is_released(cloud):
    for action, done in (("silence-before", False), ("silence-after", True)):
        cloud.faults({"action": action, "path": "cloudimages/action"})
        with pytest.raises(httpx.ReadTimeout):
            cloud.http.post(
                cloud.ready["endpoints"]["ims"] + ACTION,
                json=cloud.iso_request(),
                headers={"X-Auth-Token": cloud.token},
                timeout=httpx.Timeout(60, read=0.5),
            )
        until(lambda: cloud.control("GET", "/practice/faults").json()["rules"][0]["fired"])
        if done:
            until(lambda: any(i["name"] == "iso-1" for i in cloud.world()["images"]))
        assert any(i["name"] == "iso-1" for i in cloud.world()["images"]) is done
        cloud.control("DELETE", "/practice/faults")
    cloud.faults({"action": "silence-before", "path": LIST, "count": 0})
    door = httpx.Client(
        base_url=cloud.ready["control"], auth=(cloud.ready["user"], cloud.ready["password"]), timeout=60
    )

    def let_go():
        until(lambda: door.get("/practice/faults").json()["rules"][0]["fired"])
        door.delete("/practice/faults")

    release = threading.Thread(target=let_go)
    release.start()
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        cloud.call("ims", "GET", LIST)
    release.join()
    door.close()
    assert cloud.control("GET", "/practice/faults").json() == {"rules": [], "held": []}
    assert cloud.call("ims", "GET", LIST).status_code == 200


def test_port_that_is_down_refuses_connections(cloud):
    cloud.faults({"action": "down-before", "path": "cloudimages/action"})
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        cloud.call("ims", "POST", ACTION, cloud.iso_request())
    for _ in range(2):
        with pytest.raises(httpx.ConnectError):
            cloud.call("ims", "GET", LIST)
    assert cloud.call("ecs", "GET", "/v1/{p}/cloudservers/limits").status_code == 200
    cloud.control("DELETE", "/practice/faults")
    assert [i["name"] for i in cloud.get("ims", LIST)["images"]] == ["debian-11-golden"]

    cloud.faults({"action": "down-after", "path": LIST, "seconds": 0.05})
    assert cloud.call("ims", "GET", LIST).status_code == 200
    with pytest.raises(httpx.ConnectError):
        cloud.call("ims", "GET", LIST)
    while True:  # it opens by itself
        try:
            assert cloud.call("ims", "GET", LIST).status_code == 200
            break
        except httpx.ConnectError:
            pass
    cloud.faults({"action": "down-after", "service": "ecs", "path": "limits", "name": "ims"})
    assert cloud.call("ecs", "GET", "/v1/{p}/cloudservers/limits").status_code == 200
    assert cloud.call("ecs", "GET", "/v1/{p}/cloudservers/limits").status_code == 200
    with pytest.raises(httpx.ConnectError):
        cloud.call("ims", "GET", LIST)


def test_job_that_is_told_in_odd_words_and_one_that_names_nothing(cloud, clock):
    cloud.faults({"job": "imsImportImageJob", "action": "odd-words"}, {"job": "createServer", "action": "no-ids"})
    job_id = cloud.register()
    clock.advance(5)
    assert cloud.job("ims", job_id)["status"] == "WAITING_FOR_RESOURCE"
    clock.advance(100)
    ended = cloud.job("ims", job_id)
    assert ended["status"] == "SUCCESS"
    made = cloud.launch(ended["entities"]["image_id"])
    assert set(made) == {"job_id"}
    clock.advance(100)
    job = cloud.job("ecs", made["job_id"])
    assert (job["status"], job["entities"]["sub_jobs"]) == ("SUCCESS", [])
    assert [s["status"] for s in cloud.world()["servers"]] == ["ACTIVE"]


def test_what_failed_jobs_of_servers_leave(cloud, clock):
    image_id = cloud.iso_image()
    cloud.faults(
        {"job": "createServer", "action": "fail-with-disks", "code": "Ecs.0403"},
        {"job": "createServer", "action": "in-error"},
        {"job": "deleteServer", "action": "fail-with-debris"},
    )
    failed = cloud.launch(image_id)["job_id"]
    clock.advance(100)
    assert cloud.job("ecs", failed)["status"] == "FAIL"
    world = cloud.world()
    assert (world["servers"], [v["status"] for v in world["volumes"]]) == ([], ["available"] * 2)
    made = cloud.launch(image_id)
    clock.advance(100)
    assert cloud.job("ecs", made["job_id"])["status"] == "SUCCESS"
    (server,) = cloud.world()["servers"]
    assert (server["status"], server["fault"]["message"]) == ("ERROR", "No valid host was found.")
    body = {"servers": [{"id": server["id"]}], "delete_publicip": True, "delete_volume": True}
    job_id = cloud.call("ecs", "POST", "/v1/{p}/cloudservers/delete", body).json()["job_id"]
    clock.advance(100)
    assert cloud.job("ecs", job_id)["status"] == "FAIL"
    world = cloud.world()
    assert (world["servers"], [v["status"] for v in world["volumes"]]) == ([], ["available"] * 4)


def test_images_that_stay_queued_and_disks_that_come_late(cloud, clock):
    rules = cloud.faults({"world": "images-queued"}, {"world": "volumes-late"})
    job_id = cloud.register()
    clock.advance(1000)
    image_id = cloud.job("ims", job_id)["entities"]["image_id"]
    path = f"{LIST}?id={image_id}"
    assert [i["status"] for i in cloud.get("ims", path)["images"]] == ["queued"]
    cloud.control("DELETE", f"/practice/faults?id={rules[0]}")
    clock.advance(10)
    assert [i["status"] for i in cloud.get("ims", path)["images"]] == ["active"]
    server_id = cloud.launch(image_id)["serverIds"][0]
    clock.advance(1000)
    assert cloud.server(server_id)["os-extended-volumes:volumes_attached"] == []
    cloud.control("DELETE", "/practice/faults")
    assert len(cloud.server(server_id)["os-extended-volumes:volumes_attached"]) == 2
