"""The whole job, call by call, with what hurts on the way."""


def test_from_iso_to_image(cloud, clock):
    # The ISO image: job, then unlisted, then saving, then active.
    job_id = cloud.register()
    first = cloud.job("ims", job_id)
    assert (first["status"], first["end_time"], first["entities"]) == ("INIT", "", {})
    clock.advance(45)
    running = cloud.job("ims", job_id)
    assert running["status"] == "RUNNING"
    assert running["entities"]["process_percent"] == 0.5
    progress = cloud.get("ims", f"/v1/cloudimages/job/{job_id}")
    assert progress["entities"]["process_percent"] == 0.5
    clock.advance(45.5)
    image_id = cloud.job("ims", job_id)["entities"]["image_id"]
    assert cloud.get("ims", f"/v2/cloudimages?id={image_id}") == {"images": []}
    clock.advance(1)
    assert cloud.get("ims", f"/v2/cloudimages?id={image_id}")["images"][0]["status"] == "saving"
    clock.advance(3)
    (image,) = cloud.get("ims", "/v2/cloudimages?name=iso-1&virtual_env_type=IsoImage&__imagetype=private")["images"]
    assert image["status"] == "active"
    assert image["__data_origin"] == f"file,{cloud.bucket['name']}:{cloud.iso}"

    # The server: a promise, 404, BUILD, ACTIVE without disks, with disks.
    made = cloud.launch(image_id)
    server_id = made["serverIds"][0]
    assert cloud.call("ecs", "GET", f"/v1/{{p}}/cloudservers/{server_id}").status_code == 404
    clock.advance(7)
    assert cloud.server(server_id)["status"] == "BUILD"
    job = cloud.job("ecs", made["job_id"])
    assert job["status"] == "RUNNING"
    assert "error_code" not in job
    clock.advance(68.5)
    assert cloud.job("ecs", made["job_id"])["entities"]["sub_jobs"][0]["entities"]["server_id"] == server_id
    server = cloud.server(server_id)
    assert (server["status"], server["os-extended-volumes:volumes_attached"]) == ("ACTIVE", [])
    clock.advance(3)
    volume_id = cloud.data_volume(server_id)
    disks = cloud.get("ecs", f"/v1/{{p}}/cloudservers/{server_id}/block_device")["volumeAttachments"]
    assert {d["bootIndex"]: d["size"] for d in disks} == {0: 40, 1: 50}

    # Installed, stopped, captured.
    assert cloud.control("POST", f"/practice/servers/{server_id}/finish-install").status_code == 200
    assert cloud.server(server_id)["status"] == "SHUTOFF"
    body = {"name": "golden", "volume_id": volume_id, "os_version": "Ubuntu 22.04 server 64bit", "type": "ECS"}
    job_id = cloud.call("ims", "POST", "/v2/cloudimages/action", body).json()["job_id"]
    clock.advance(75)
    assert cloud.get("evs", f"/v2/{{p}}/cloudvolumes/{volume_id}")["volume"]["status"] == "uploading"
    clock.advance(80.5)
    final = cloud.get("ims", f"/v2/images/{cloud.job('ims', job_id)['entities']['image_id']}")
    assert (final["status"], final["min_disk"], final["disk_format"]) == ("active", 50, "zvhd2")
    assert final["__originalimagename"] == image_id

    # Cleaned up: late, and with the data disk only because it was asked for.
    deletion = {"servers": [{"id": server_id}], "delete_volume": True}
    job_id = cloud.call("ecs", "POST", "/v1/{p}/cloudservers/delete", deletion).json()["job_id"]
    clock.advance(21)
    assert cloud.job("ecs", job_id)["status"] == "SUCCESS"
    assert cloud.server(server_id)["OS-EXT-STS:task_state"] == "deleting"
    clock.advance(5)
    assert cloud.call("ecs", "GET", f"/v1/{{p}}/cloudservers/{server_id}").status_code == 404
    assert cloud.call("ims", "DELETE", f"/v2/images/{image_id}").status_code == 204
    assert len(cloud.get("ims", f"/v2/cloudimages?id={image_id}")["images"]) == 1
    clock.advance(7)
    assert cloud.get("ims", f"/v2/cloudimages?id={image_id}")["images"] == []
    world = cloud.world()
    assert (world["servers"], world["volumes"]) == ([], [])
    golden = next(i for i in world["images"] if i["name"] == "golden")
    assert (golden["installed"], golden["made_by"]) == (True, cloud.ready["user"])
    asked = cloud.control("GET", "/practice/requests").json()["requests"]
    assert sum(r["method"] == "POST" and r["path"].endswith("/cloudservers") for r in asked) == 1


def test_data_disk_survives_unless_told_otherwise(cloud, clock):
    server_id, volume_id = cloud.running_server()
    cloud.call("ecs", "POST", "/v1/{p}/cloudservers/delete", {"servers": [{"id": server_id}]})
    clock.advance(30)
    volume = cloud.get("evs", f"/v2/{{p}}/cloudvolumes/{volume_id}")["volume"]
    assert (volume["status"], volume["attachments"], volume["bootable"]) == ("available", [], "false")
    assert cloud.get("evs", "/v2/{p}/cloudvolumes/detail")["count"] == 1
    job_id = cloud.call("evs", "DELETE", f"/v2/{{p}}/cloudvolumes/{volume_id}").json()["job_id"]
    clock.advance(11)
    assert cloud.job("evs", job_id)["entities"]["volume_id"] == volume_id
    gone = cloud.call("evs", "GET", f"/v2/{{p}}/cloudvolumes/{volume_id}")
    assert (gone.status_code, list(gone.json())) == (404, ["itemNotFound"])


def test_stop_takes_its_time(cloud, clock, code_of):
    server_id, _ = cloud.running_server()
    stop = {"os-stop": {"type": "SOFT", "servers": [{"id": server_id}]}}
    job_id = cloud.call("ecs", "POST", "/v1/{p}/cloudservers/action", stop).json()["job_id"]
    clock.advance(5)
    server = cloud.server(server_id)
    assert (server["status"], server["OS-EXT-STS:task_state"]) == ("ACTIVE", "powering-off")
    assert code_of(cloud.call("ecs", "POST", "/v1/{p}/cloudservers/action", stop)) == "Ecs.0100"
    clock.advance(6)
    assert cloud.job("ecs", job_id)["status"] == "SUCCESS"
    server = cloud.server(server_id)
    assert (server["status"], server["OS-EXT-STS:task_state"], server["OS-EXT-STS:power_state"]) == ("SHUTOFF", None, 4)


def test_blank_disk_also_becomes_an_image(cloud, clock):
    _, volume_id = cloud.running_server()
    body = {"name": "blank", "volume_id": volume_id, "os_version": "Other(64 bit)"}
    cloud.call("ims", "POST", "/v2/cloudimages/action", body)
    clock.advance(160)
    blank = next(i for i in cloud.world()["images"] if i["name"] == "blank")
    assert (blank["status"], blank["installed"]) == ("active", False)


def test_deleting_the_server_in_mid_capture_spoils_the_image(cloud, clock):
    server_id, volume_id = cloud.running_server()
    body = {"name": "spoilt", "volume_id": volume_id, "os_version": "Other(64 bit)"}
    job_id = cloud.call("ims", "POST", "/v2/cloudimages/action", body).json()["job_id"]
    clock.advance(60)
    cloud.call("ecs", "POST", "/v1/{p}/cloudservers/delete", {"servers": [{"id": server_id}]})
    job = cloud.job("ims", job_id)
    assert (job["status"], job["error_code"]) == ("FAIL", "IMG.0010")
    clock.advance(200)
    assert not any(i["name"] == "spoilt" for i in cloud.world()["images"])


def test_jobs_are_known_on_their_own_host_only(cloud, code_of):
    job_id = cloud.register()
    assert code_of(cloud.call("ecs", "GET", f"/v1/{{p}}/jobs/{job_id}")) == "Common.0011"


def test_image_update(cloud, code_of):
    image_id = cloud.iso_image()
    rename = [{"op": "replace", "path": "/name", "value": "renamed"}]
    assert cloud.call("ims", "PATCH", f"/v2/cloudimages/{image_id}", rename).json()["name"] == "renamed"
    missing = [{"op": "replace", "path": "/max_ram", "value": 8192}]
    assert code_of(cloud.call("ims", "PATCH", f"/v2/cloudimages/{image_id}", missing)) == "IMG.0035"
    added = [{"op": "add", "path": "/max_ram", "value": 8192}]
    assert cloud.call("ims", "PATCH", f"/v2/cloudimages/{image_id}", added).json()["max_ram"] == "8192"


def test_server_list_pages_and_tags(cloud, clock):
    image_id = cloud.iso_image()
    for number in range(3):
        cloud.launch(image_id, name=f"imgbuild-{number}")
        clock.advance(1)
    clock.advance(100)
    listed = cloud.get("ecs", "/v1/{p}/cloudservers/detail?limit=2&offset=2")
    assert (listed["count"], len(listed["servers"])) == (3, 1)
    assert cloud.get("ecs", "/v1/{p}/cloudservers/detail?name=build.1")["count"] == 1
    wanted = {"action": "filter", "tags": [{"key": "app", "values": ["image-builder"]}], "limit": "2", "offset": "0"}
    found = cloud.call("ecs", "POST", "/v1/{p}/cloudservers/resource_instances/action", wanted).json()
    assert (found["total_count"], len(found["resources"])) == (3, 2)
    limits = cloud.get("ecs", "/v1/{p}/cloudservers/limits")["absolute"]
    assert (limits["totalInstancesUsed"], limits["totalCoresUsed"]) == (3, 6)


def test_image_list_filters(cloud):
    image_id = cloud.iso_image(name="one")
    cloud.iso_image(name="two")
    for query, names in (
        ("name=one", ["one"]),
        ("virtual_env_type=IsoImage&sort_key=name&sort_dir=asc", ["one", "two"]),
        ("tag=app%3Dimage-builder&sort_key=name&sort_dir=desc", ["two", "one"]),
        ("__imagetype=gold", []),
        ("status=killed", []),
        (f"id={image_id}", ["one"]),
        ("protected=true", []),
        ("created_at=lt:2020-01-01T00:00:00Z", []),
    ):
        assert [i["name"] for i in cloud.get("ims", f"/v2/cloudimages?{query}")["images"]] == names, query
    every = cloud.get("ims", "/v2/cloudimages")["images"]
    assert len(every) == 3
    rest = cloud.get("ims", f"/v2/cloudimages?limit=1&marker={every[0]['id']}")["images"]
    assert rest == [every[1]]
