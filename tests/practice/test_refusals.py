"""Requests that the cloud turns down, and the code with which it does."""

import pytest

ACTION = "/v2/cloudimages/action"


def odd(name):
    return lambda cloud: {"image_url": f"{cloud.odd_bucket}:{name}"}


def far(cloud):
    name = next(b["name"] for b in cloud.ready["buckets"] if b["name"].startswith("practice-far"))
    return {"image_url": f"{name}:debian-12_7_0-amd64-netinst.iso"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": None}, "IMG.0013"),
        ({"name": "x" * 129}, "IMG.0002"),
        ({"name": " leading"}, "IMG.0003"),
        ({"name": "debian-11-golden"}, "IMG.0009"),
        ({"description": "a<b"}, "IMG.0054"),
        ({"type": "ECS"}, "IMG.0024"),
        ({"os_version": None}, "IMG.0166"),
        ({"os_version": "ubuntu 22.04 server 64bit"}, "IMG.0056"),
        ({"min_disk": None}, "IMG.0055"),
        ({"min_disk": 2000}, "IMG.0055"),
        ({"architecture": "sparc"}, "IMG.0212"),
        ({"hw_firmware_type": "efi"}, "IMG.0141"),
        ({"enterprise_project_id": "nobody"}, "IMG.0155"),
        ({"image_tags": [{"key": "a b", "value": ""}]}, "IMG.0115"),
        ({"tags": ["a.b"]}, "IMG.0115"),
        ({"image_url": "no-such-bucket-here:a.iso"}, "IMG.0069"),
        (lambda cloud: {"image_url": f"{cloud.bucket['name']}:missing.iso"}, "IMG.0057"),
        (lambda cloud: {"image_url": f"{cloud.bucket['name']}:README.txt"}, "IMG.0057"),
        (odd("Name with spaces.iso"), "IMG.0175"),
        (odd("archived-installer.iso"), "IMG.0057"),
        (odd("empty.iso"), "IMG.0057"),
        (odd("too-large.iso"), "IMG.0059"),
        (far, "IMG.0058"),
    ],
)
def test_iso_registration(cloud, code_of, change, code):
    changes = change(cloud) if callable(change) else change
    before = cloud.world()["images"]
    answer = cloud.call("ims", "POST", ACTION, cloud.iso_request(**changes))
    assert (answer.status_code, code_of(answer)) == (400, code), answer.text
    assert cloud.world()["images"] == before


def test_file_that_is_no_iso_fails_in_the_job(cloud, clock):
    job_id = cloud.register(image_url=f"{cloud.odd_bucket}:not-an-iso.iso")
    clock.advance(100)
    job = cloud.job("ims", job_id)
    assert (job["status"], job["error_code"], job["entities"]["error_code"]) == ("FAIL", "IMG.0057", "IMG.0057")
    assert not any(i["name"] == "iso-1" for i in cloud.world()["images"])


def test_name_is_taken_while_the_first_is_still_made(cloud, code_of):
    cloud.register()
    assert code_of(cloud.call("ims", "POST", ACTION, cloud.iso_request())) == "IMG.0009"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "no spaces please"}, "Ecs.0005"),
        ({"imageRef": "00000000-0000-4000-8000-000000000000"}, "Ecs.0031"),
        ({"metadata": {}}, "Ecs.0007"),
        ({"metadata": None}, "Ecs.0007"),
        ({"extendparam": None}, "Ecs.0005"),
        ({"extendparam": {"diskPrior": True}}, "Ecs.0005"),
        ({"data_volumes": None}, "Ecs.0005"),
        ({"data_volumes": [{"volumetype": "SSD", "size": 40}] * 2}, "Ecs.0005"),
        ({"data_volumes": [{"volumetype": "SSD", "size": 5}]}, "Ecs.0005"),
        ({"root_volume": {"volumetype": "SSD", "size": 20}}, "Ecs.0005"),
        ({"root_volume": {"volumetype": "FLOPPY", "size": 40}}, "Ecs.0043"),
        ({"root_volume": {"volumetype": "SATA", "size": 40}}, "Ecs.0044"),
        ({"root_volume": {"volumetype": "ESSD", "size": 40}}, "Ecs.0015"),
        ({"flavorRef": "nothing.here"}, "Ecs.0029"),
        ({"flavorRef": "s7n.large.2"}, "Ecs.0018"),
        ({"flavorRef": "s3.large.2"}, "Ecs.0019"),
        ({"flavorRef": "s2.large.2"}, "Ecs.0027"),
        ({"flavorRef": "s6.xlarge.2"}, "Ecs.0008"),
        ({"flavorRef": "c6.large.2"}, "Ecs.0008"),
        ({"flavorRef": "kc1.large.2"}, "Ecs.0008"),
        ({"flavorRef": "c1.large"}, "Ecs.0008"),
        ({"availability_zone": "practice-1c"}, "Ecs.0005"),
        ({"vpcid": "00000000-0000-4000-8000-000000000000"}, "Ecs.0064"),
        ({"nics": [{"subnet_id": "00000000-0000-4000-8000-000000000000"}]}, "Ecs.0038"),
        ({"security_groups": [{"id": "nobody"}]}, "Ecs.0014"),
        ({"server_tags": [{"key": "a=b", "value": ""}]}, "Ecs.0906"),
        ({"extendparam": {"diskPrior": "true", "enterprise_project_id": "nobody"}}, "Ecs.0049"),
    ],
)
def test_server_creation(cloud, code_of, change, code):
    image_id = cloud.iso_image()
    for dry_run in (True, False):
        body = {"dry_run": dry_run, **cloud.server_request(image_id, **change)}
        answer = cloud.call("ecs", "POST", "/v1/{p}/cloudservers", body)
        assert (answer.status_code, code_of(answer)) == (400, code), answer.text
    assert cloud.world()["servers"] == []


def test_subnets_that_do_not_do(cloud, code_of):
    image_id = cloud.iso_image()
    _, subnets, _ = cloud.network()
    others = cloud.get("vpc", "/v1/{p}/subnets")["subnets"]
    lab = next(s for s in others if s["name"] == "subnet-lab")
    assert subnets["subnet-full"]["available_ip_address_count"] == 0
    for subnet_id, code in (
        (subnets["subnet-full"]["id"], "Ecs.0012"),
        (subnets["subnet-default"]["neutron_subnet_id"], "Ecs.0038"),
        (lab["id"], "Ecs.0014"),
    ):
        body = cloud.server_request(image_id, nics=[{"subnet_id": subnet_id}])
        assert code_of(cloud.call("ecs", "POST", "/v1/{p}/cloudservers", body)) == code


def test_image_that_is_not_active_yet(cloud, clock, code_of):
    job_id = cloud.register()
    clock.advance(91)
    image_id = cloud.job("ims", job_id)["entities"]["image_id"]
    answer = cloud.call("ecs", "POST", "/v1/{p}/cloudservers", cloud.server_request(image_id))
    assert code_of(answer) == "Ecs.0032"
    assert code_of(cloud.call("ims", "DELETE", f"/v2/images/{image_id}")) == "IMG.0090"


def test_dry_run_makes_nothing(cloud):
    body = {"dry_run": True, **cloud.server_request(cloud.iso_image())}
    answer = cloud.call("ecs", "POST", "/v1/{p}/cloudservers", body)
    assert (answer.status_code, answer.json()) == (202, {})
    assert cloud.world()["servers"] == []


def test_client_token(cloud, clock, code_of):
    """Same token and body: the first answer. Another body, a bad format, too late: refused."""
    body = cloud.server_request(cloud.iso_image())
    token = "0f0e0d0c-0b0a-4908-8706-050403020100"
    path = "/v1/{p}/cloudservers"
    first = cloud.call("ecs", "POST", path, body, **{"X-Client-Token": token})
    again = cloud.call("ecs", "POST", path, body, **{"X-Client-Token": token})
    assert first.json() == again.json()
    assert len(cloud.world()["servers"]) == 1
    other = cloud.server_request(body["server"]["imageRef"], name="other")
    assert code_of(cloud.call("ecs", "POST", path, other, **{"X-Client-Token": token})) == "Ecs.0122"
    assert code_of(cloud.call("ecs", "POST", path, body, **{"X-Client-Token": "A" * 36})) == "Ecs.0123"
    clock.advance(8 * 3600 + 1)
    assert code_of(cloud.call("ecs", "POST", path, body, **{"X-Client-Token": token})) == "Ecs.0124"


def test_capture_takes_the_data_disk_only(cloud, clock, code_of):
    server_id, volume_id = cloud.running_server()
    attached = cloud.server(server_id)["os-extended-volumes:volumes_attached"]
    boot = next(v["id"] for v in attached if v["bootIndex"] == "0")
    body = {"name": "image", "os_version": "Other(64 bit)"}
    assert code_of(cloud.call("ims", "POST", ACTION, body | {"volume_id": boot})) == "IMG.0167"
    assert code_of(cloud.call("ims", "POST", ACTION, body | {"instance_id": server_id})) == "IMG.0167"
    assert code_of(cloud.call("ims", "POST", ACTION, body | {"volume_id": "nothing"})) == "IMG.0020"
    assert cloud.call("ims", "POST", ACTION, body | {"volume_id": volume_id}).status_code == 200
    second = body | {"volume_id": volume_id, "name": "second"}
    assert code_of(cloud.call("ims", "POST", ACTION, second)) == "IMG.0010"
    assert code_of(cloud.call("evs", "DELETE", f"/v2/{{p}}/cloudvolumes/{volume_id}")) == "EVS.2024"


def test_wrong_paths_and_ids(cloud, code_of):
    assert code_of(cloud.call("ecs", "GET", "/v9/nothing")) == "APIGW.0101"
    assert code_of(cloud.call("ecs", "GET", f"/v1/{'0' * 32}/cloudservers/limits")) == "Ecs.0023"
    assert code_of(cloud.call("evs", "GET", "/v2/{p}/cloudvolumes/nothing")) == "EVS.1002"
    assert code_of(cloud.call("vpc", "GET", f"/v1/{'0' * 32}/vpcs")) == "VPC.0101"
    page = cloud.call("ims", "GET", "/v2/images/00000000-0000-4000-8000-000000000000")
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=UTF-8")


def test_bodies_that_are_none(cloud, code_of):
    headers = {"X-Auth-Token": cloud.token}
    for service, path, code in (
        ("ims", ACTION, "IMG.0007"),
        ("ecs", "/v1/{p}/cloudservers", "Ecs.0000"),
        ("ecs", "/v1/{p}/cloudservers/delete", "Ecs.0000"),
    ):
        url = cloud.ready["endpoints"][service] + path.replace("{p}", cloud.project)
        assert code_of(cloud.http.post(url, headers=headers)) == code
        assert code_of(cloud.http.post(url, headers=headers, content=b"[1]")).split(".")[0] == code.split(".")[0]


def vpc_of(cloud, clock, **changes):
    made = cloud.call("vpc", "POST", "/v1/{p}/vpcs", {"vpc": {"name": "mine", "cidr": "10.8.0.0/16", **changes}})
    clock.advance(60)
    return made


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"cidr": "8.8.8.0/24"}, 400, "VPC.0101"),
        ({"cidr": "10.8.0.1/16"}, 400, "VPC.0101"),
        ({"cidr": "10.8.0.0/29"}, 400, "VPC.0101"),
        ({"cidr": "nonsense"}, 400, "VPC.0101"),
        ({"name": "no space"}, 400, "VPC.0101"),
        ({"name": "x" * 65}, 400, "VPC.0101"),
        ({"description": "a<b"}, 400, "VPC.0101"),
        ({"name": "vpc-default"}, 400, "VPC.0115"),
        ({"enterprise_project_id": "nobody"}, 400, "VPC.0011"),
    ],
)
def test_vpc(cloud, clock, code_of, change, status, code):
    before = cloud.world()["vpcs"]
    answer = vpc_of(cloud, clock, **change)
    assert (answer.status_code, code_of(answer)) == (status, code), answer.text
    assert cloud.world()["vpcs"] == before


def test_quota_of_vpcs(cloud, clock, code_of):
    answers = [vpc_of(cloud, clock, name=f"n{number}") for number in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 409]  # two were there
    assert code_of(answers[-1]) == "VPC.0114"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"vpc_id": "none"}, 404, "VPC.0003"),
        ({"name": ""}, 400, "VPC.0201"),
        ({"gateway_ip": "10.9.0.1"}, 400, "VPC.0201"),
        ({"dnsList": ["x"]}, 400, "VPC.0201"),
        ({"cidr": "10.9.0.0/24"}, 400, "VPC.0203"),
        ({"cidr": "10.8.0.0/25", "gateway_ip": "10.8.0.1"}, 400, "VPC.0204"),
        ({"cidr": "10.8.2.0/29"}, 400, "VPC.0212"),
    ],
)
def test_subnet(cloud, clock, code_of, change, status, code):
    vpc = vpc_of(cloud, clock).json()["vpc"]["id"]
    first = {"name": "a", "cidr": "10.8.0.0/24", "gateway_ip": "10.8.0.1", "vpc_id": vpc}
    assert cloud.call("vpc", "POST", "/v1/{p}/subnets", {"subnet": first}).status_code == 200
    other = {"name": "b", "cidr": "10.8.1.0/24", "gateway_ip": "10.8.1.1", "vpc_id": vpc} | change
    answer = cloud.call("vpc", "POST", "/v1/{p}/subnets", {"subnet": other})
    assert (answer.status_code, code_of(answer)) == (status, code), answer.text


def test_network_in_use(cloud, clock, code_of):
    """A VPC with a subnet, a subnet with a server, and for a while one whose server is gone."""
    made = cloud.launch(cloud.iso_image())
    clock.advance(200)
    (server,) = cloud.world()["servers"]
    vpc = server["metadata"]["vpc_id"]
    used = [s for s in cloud.world()["subnets"] if s["vpc_id"] == vpc and s["name"] == "subnet-default"]
    path = f"/v1/{{p}}/vpcs/{vpc}/subnets/{used[0]['id']}"

    def refused(path):
        answer = cloud.call("vpc", "DELETE", path)
        return answer.status_code, code_of(answer)

    assert refused(f"/v1/{{p}}/vpcs/{vpc}") == (409, "VPC.0104")
    assert refused(path) == (500, "VPC.0209")
    body = {"servers": [{"id": made["serverIds"][0]}], "delete_volume": True}
    cloud.call("ecs", "POST", "/v1/{p}/cloudservers/delete", body)
    for _ in range(100):
        clock.advance(1)
        if not cloud.world()["servers"]:
            break
    assert refused(path) == (500, "VPC.0208")
    clock.advance(60)
    assert cloud.call("vpc", "DELETE", path).status_code == 204
    assert refused(path) == (404, "VPC.0202")
    lab = next(v["id"] for v in cloud.world()["vpcs"] if v["name"] == "vpc-lab" and v["id"] != vpc)
    other = next(s["id"] for s in cloud.world()["subnets"] if s["vpc_id"] == vpc)
    assert refused(f"/v1/{{p}}/vpcs/{lab}/subnets/{other}") == (400, "VPC.0207")
    assert refused("/v1/{p}/vpcs/none") == (404, "VPC.0003")
