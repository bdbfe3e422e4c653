"""Every recorded body goes through the code that reads or writes its kind; none may be left out."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest

from isowright.cloud import ecs_wire, eps, evs, iam_wire, ims, multipart_wire, obs_sign, obs_wire, sign, vpc
from isowright.cloud.client import Cloud
from isowright.cloud.ecs import ServerRequest
from isowright.cloud.explain import error_in, server_time
from isowright.cloud.job_wire import read_job, read_job_id
from isowright.cloud.login import KeyLogin, PasswordLogin
from isowright.cloud.models import Image, Secret
from isowright.cloud.redact import redact
from isowright.cloud.wire import Answer, UnreadableError, complaint, decode
from isowright.errors import (
    AuthError,
    CloudError,
    ForbiddenError,
    NameTakenError,
    NotFoundError,
    QuotaError,
)
from isowright.recipe import Account

EXAMPLES = Path(__file__).parents[2] / "data" / "api"
TESTED = {"README.md"}

SERVER = "4d8c3732-a248-40ed-bebc-539a6ffd2503"
BOOT, DATA = "a26887c6-c47b-4654-abb5-dfadf7d3f804", "b37998d7-d58c-4765-9cc6-e0be08e40905"
ISO, GOLDEN = "2f1d6c3e-8a41-4e0b-9b57-6d6b0a7c1e01", "9c2b7e54-1d3f-4b6a-8e21-0f5a4c3d2b02"
JOB = "ff80808292f1a3b40192f2c4d1e0000"


def raw(name):
    TESTED.add(name)
    return (EXAMPLES / name).read_bytes()


def answer(name, status=200, headers=None, service="", method="GET", path="/x"):
    return Answer(
        service=service or name.split("_")[0],
        method=method,
        path=path,
        status=status,
        headers={"x-request-id": "req-1"} | (headers or {}),
        body=raw(name),
    )


def read(name, reader, **options):
    found = answer(name, **options)
    assert complaint(found) is None
    return reader(found)


# --- answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "job_id"),
    [
        ("ims_create_image_200.json", JOB + "1"),
        ("ims_cross_region_copy_200.json", JOB + "2"),
        ("ims_export_200.json", JOB + "2"),
        ("ims_members_200.json", JOB + "2"),
        ("ecs_batch_start_200.json", JOB + "3"),
        ("ecs_batch_stop_200.json", JOB + "3"),
        ("ecs_delete_servers_200.json", JOB + "3"),
        ("ecs_detach_volume_200.json", JOB + "3"),
        ("evs_delete_volume_200.json", "70a599e0-31e7-49b7-b260-868f441e8601"),
    ],
)
def test_job_ids(name, job_id):
    assert read(name, read_job_id) == job_id


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ecs_job_init_200.json", {"status": "INIT", "server_id": "", "fraction": None}),
        ("ecs_job_running_200.json", {"status": "RUNNING", "server_id": SERVER}),
        ("ecs_job_success_200.json", {"status": "SUCCESS", "server_id": SERVER, "reason": ""}),
        ("ecs_job_delete_success_200.json", {"status": "SUCCESS", "server_id": SERVER}),
        (
            "ecs_job_fail_200.json",
            {
                "status": "FAIL",
                "server_id": SERVER,
                "error_code": "Ecs.0319",
                "reason": "No valid host was found. Insufficient resources for this flavor. Try another flavor.",
            },
        ),
        ("evs_job_success_200.json", {"status": "SUCCESS", "volume_id": DATA}),
        ("ims_job_init_200.json", {"status": "INIT", "image_id": "", "fraction": None}),
        ("ims_job_running_iso_200.json", {"status": "RUNNING", "image_id": ISO, "fraction": 0.35}),
        (
            "ims_job_progress_running_200.json",
            {"status": "RUNNING", "fraction": 0.4, "task": "ImportIsoFileImageTask"},
        ),
        ("ims_job_success_iso_200.json", {"status": "SUCCESS", "image_id": ISO}),
        ("ims_job_success_volume_200.json", {"status": "SUCCESS", "image_id": GOLDEN}),
        ("ims_job_success_subjobs_200.json", {"status": "SUCCESS", "image_id": GOLDEN}),
        ("ims_job_fail_200.json", {"status": "FAIL", "error_code": "IMG.0057", "image_id": ""}),
    ],
)
def test_jobs(name, expected):
    job = read(name, read_job)
    assert {field: getattr(job, field) for field in expected} == expected
    assert job.ended is (job.status in ("SUCCESS", "FAIL"))
    assert job.request_id == "req-1"


def test_servers():
    building = read("ecs_show_server_build_200.json", ecs_wire.read_server)
    assert (building.status, building.volumes) == ("BUILD", ())
    active = read("ecs_show_server_active_200.json", ecs_wire.read_server)
    assert (active.id, active.status, active.task_state, active.power_state) == (SERVER, "ACTIVE", None, 1)
    assert [(v.id, v.is_boot, v.delete_on_termination) for v in active.volumes] == [
        (BOOT, True, True),
        (DATA, False, False),
    ]
    assert active.metadata["virtual_env_type"] == "IsoImage"
    stopped = read("ecs_show_server_shutoff_200.json", ecs_wire.read_server)
    assert (stopped.status, stopped.power_state) == ("SHUTOFF", 4)
    broken = read("ecs_show_server_error_200.json", ecs_wire.read_server)
    assert broken.fault is not None
    assert broken.fault.message == "No valid host was found."
    assert [s.name for s in read("ecs_servers_detail_200.json", ecs_wire.read_servers)] == ["imgbuild-7f3a"]
    created = read("ecs_create_server_200.json", ecs_wire.read_created)
    assert (created.job_id, created.server_ids) == (JOB + "2", (SERVER,))


@pytest.mark.parametrize("name", ["ecs_block_device_200.json", "ecs_block_device_string_size_200.json"])
def test_block_devices(name):
    devices = read(name, ecs_wire.read_devices)
    assert [(d.volume_id, d.size, d.boot_index) for d in devices] == [(BOOT, 40, 0), (DATA, 40, 1)]


def test_compute_choices():
    zones = read("ecs_availability_zones_200.json", ecs_wire.read_zones)
    assert [(z.name[-1], z.available) for z in zones] == [("a", True), ("b", True), ("c", False)]
    flavors = read("ecs_flavors_200.json", ecs_wire.read_flavors)
    assert (len(flavors), flavors[0].vcpus, flavors[0].ram) == (7, 2, 4096)
    limits = read("ecs_limits_200.json", ecs_wire.read_limits)
    assert (limits.max_servers, limits.used_servers, limits.used_ram) == (200, 4, 12288)
    url = read("ecs_remote_console_200.json", ecs_wire.read_console)
    assert "token=0fda3eca" in url.reveal()
    assert "0fda3eca" not in f"{url} {url!r}"


def test_images():
    images = read("ims_list_images_200.json", ims.read_images).images
    assert [(i.id, i.virtual_env_type, i.size, i.os_type) for i in images] == [
        (ISO, "IsoImage", 1465000000, "Linux"),
        (GOLDEN, "FusionCompute", 3210000000, "Linux"),
    ]
    assert images[1].data_origin == f"volume,{DATA}"
    assert read("ims_list_images_empty_200.json", ims.read_images).images == []
    for name, status in (("ims_show_image_200", "active"), ("ims_show_image_saving_200", "saving")):
        # An image's own "status" must not pass for a job's.
        assert read(f"{name}.json", ims.read_image).status == status
    assert read("ims_update_image_200.json", lambda a: decode(a, Image)).name == "ubuntu-22.04-golden-v2"
    versions = read("ims_os_version_200.json", ims.read_os_versions)
    assert [v.os_version for v in versions][::2] == ["Ubuntu 22.04 server 64bit", "Other(64 bit)"]
    quota = read("ims_quota_200.json", ims.read_quota)
    assert (quota.used, quota.quota) == (7, 50)


def test_volumes():
    volume = read("evs_show_volume_200.json", evs.read_volume)
    assert (volume.id, volume.size, volume.bootable, volume.server_ids) == (DATA, 40, False, (SERVER,))
    assert read("evs_list_volumes_200.json", evs.read_volumes) == [volume]
    quota = read("evs_quota_200.json", evs.read_quota)
    assert (quota.volumes.used, quota.volumes.limit) == (6, 400)
    assert (quota.gigabytes.used, quota.gigabytes.limit) == (240, 32768)
    types = read("evs_volume_types_200.json", evs.read_types)
    assert [t.name for t in types if t.offered_in("ap-southeast-3c")] == ["SSD"]
    assert [t.name for t in types if t.offered_in("ap-southeast-3a")] == ["SSD", "GPSSD", "SAS"]


def test_networks_and_projects():
    assert [v.cidr for v in read("vpc_list_vpcs_200.json", vpc.read_vpcs)] == ["192.168.0.0/16"]
    (subnet,) = read("vpc_list_subnets_200.json", vpc.read_subnets)
    assert (subnet.id[:8], subnet.free_addresses, subnet.dhcp_enable) == ("157ee789", 244, True)
    for name in ("vpc_v1_security_groups_200.json", "vpc_v3_security_groups_200.json"):
        assert [g.name for g in read(name, vpc.read_groups)] == ["default"]
    assert [p.id[:2] for p in read("eps_list_200.json", eps.read_projects)] == ["0", "88"]


def test_identity():
    headers = {"x-subject-token": "MIIsecret"}
    token = read("iam_token_project_201.json", iam_wire.read_token, status=201, headers=headers)
    assert token.identity.user == "builder"
    assert token.identity.project_name == "ap-southeast-3"
    assert token.expires_at == datetime(2026, 11, 24, 12, 0, 0, 123000, UTC)
    assert "MIIsecret" not in repr(token)
    mfa = read("iam_token_mfa_201.json", iam_wire.read_token, status=201, headers=headers)
    assert mfa.identity.project_id
    domain = read("iam_token_domain_201.json", iam_wire.read_token, status=201, headers=headers)
    assert (domain.identity.project_id, domain.identity.domain) == ("", "example-account")
    with pytest.raises(UnreadableError):  # no token in the header
        read("iam_token_project_201.json", iam_wire.read_token, status=201)
    projects = read("iam_auth_projects_200.json", iam_wire.read_projects)
    assert [p.name for p in projects] == ["ap-southeast-3", "ap-southeast-3_team-a", "MOS"]
    found, account = read("iam_projects_by_name_200.json", iam_wire.read_projects_and_domain)
    assert (len(found), account) == (1, "d78cbac186b744899480f25bd0220001")
    assert read("iam_auth_domains_200.json", iam_wire.read_domains) == (account, "example-account")
    keys = read("iam_securitytokens_201.json", iam_wire.read_temporary_keys, status=201)
    assert keys.access == "HSTEXAMPLE0000000001"
    assert "Example" not in repr(keys).replace("HSTEXAMPLE", "")


def test_bodies_with_secrets_are_hidden():
    assert "SkExampleSecretKey" not in redact(raw("iam_credential_create_201.json").decode())
    listed = raw("iam_credentials_list_200.json").decode()  # a key's id is no secret
    assert redact(listed) == listed
    assert "<secret>" not in redact(raw("req_iam_token_password.json").decode())
    assert "EXAMPLE-SECURITY-TOKEN" not in redact(raw("iam_securitytokens_201.json").decode())
    assert "0fda3eca" not in redact(raw("ecs_remote_console_200.json").decode())
    patch = raw("req_ims_update_image.json").decode()
    assert redact(patch) == patch


def test_objects():
    xml = {"content-type": "application/xml"}
    buckets = read("obs_list_buckets_200.xml", obs_wire.read_buckets, headers=xml)
    assert [(b.name, b.region) for b in buckets] == [("my-bucket", "ap-southeast-3"), ("my-other-region", "cn-north-4")]
    page = read("obs_list_objects_200.xml", obs_wire.read_page, headers=xml)
    (entry,) = page.objects
    assert (entry.key, entry.size, entry.etag) == (
        "iso/ubuntu-22.04.iso",
        1465000000,
        "8f1b2c3d4e5f60718293a4b5c6d7e8f9-140",
    )
    assert (page.folders, page.next_marker) == (("iso/archive/",), "iso/ubuntu-22.04.iso")
    for name in ("obs_complete_multipart_200.xml", "obs_initiate_multipart_200.xml"):
        with pytest.raises(UnreadableError):  # healthy, but not a listing
            read(name, obs_wire.read_page, headers=xml)


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status", "kind", "code", "title"),
    [
        ("apigw_error_401_ak_unknown.json", 401, AuthError, "APIGW.0301", "The access key does not exist."),
        ("apigw_error_401_clock.json", 401, AuthError, "APIGW.0301", "This computer's clock is wrong."),
        ("apigw_error_401_signature.json", 401, AuthError, "APIGW.0301", "The secret key does not match"),
        ("apigw_error_401_token.json", 401, AuthError, "APIGW.0307", "The sign-in is no longer valid."),
        ("apigw_error_404.json", 404, NotFoundError, "APIGW.0101", "This endpoint does not know the call."),
        ("apigw_error_429.json", 429, CloudError, "APIGW.0308", "The cloud asks to slow down."),
        ("common_error_503_flow_control.json", 503, CloudError, "Common.1503", "The cloud asks to slow down."),
        ("ecs_error_400_details.json", 400, CloudError, "Ecs.0039", "VPC, subnet and security groups"),
        ("ecs_error_404.json", 404, NotFoundError, "Ecs.0114", "The server does not exist."),
        ("evs_error_400.json", 400, CloudError, "EVS.1002", "The cloud refused the request."),
        ("evs_error_404_item_not_found.json", 404, NotFoundError, "", "The disk does not exist."),
        ("evs_error_badrequest_400.json", 400, CloudError, "EVS.1002", "The cloud refused the request."),
        ("iam_error_403_code.json", 403, ForbiddenError, "IAM.0003", "You are signed in, but not allowed"),
        ("ims_error_400_name.json", 400, NameTakenError, "IMG.0009", "An image of this name exists already."),
        ("ims_error_400_quota.json", 400, QuotaError, "IMG.0015", "The project's quota of private images"),
        ("nova_bad_request_400.json", 400, CloudError, "", "The cloud refused the request."),
        ("nova_item_not_found_404.json", 404, NotFoundError, "", "The cloud does not have what was asked for."),
        ("vpc_error_400.json", 400, CloudError, "VPC.0101", "The cloud refused the request."),
        ("obs_error_403_signature.xml", 403, AuthError, "SignatureDoesNotMatch", "The secret key does not match"),
        ("obs_error_404.xml", 404, NotFoundError, "NoSuchKey", "The object does not exist."),
    ],
)
def test_errors(name, status, kind, code, title):
    found = answer(name, status)
    error = error_in(found)
    assert error is not None
    assert type(error) is kind
    assert (error.code, error.status) == (code, status)
    assert error.title.startswith(title)
    assert error.remedy
    assert error.action
    assert error.request_id == "req-1"


def test_wrong_password_and_the_clouds_clock():
    wrong = error_in(answer("iam_error_401.json", 401, method="POST", path="/v3/auth/tokens"))
    assert isinstance(wrong, AuthError)
    assert "does not say which" in wrong.detail
    skewed = answer("apigw_error_401_clock.json", 401)
    found = complaint(skewed)
    assert found is not None
    assert server_time(skewed, found) == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    error = error_in(skewed)
    assert error is not None
    assert "2026-11-23 12:00:00 UTC" in error.detail


# --- requests -------------------------------------------------------------------------------------

ACCOUNT = Account(cloud="huaweicloud", region="ap-southeast-3")
TAGS = {"app": "image-builder", "run": "20261123-01"}


@pytest.fixture
async def sent():
    """A cloud whose requests end in a list; the answers are good ones."""
    requests = []

    def answer_for(request):
        requests.append(request)
        if request.url.path.startswith("/v3/projects"):
            return httpx.Response(200, content=raw("iam_projects_by_name_200.json"))
        if request.url.path.startswith("/v3/auth/domains"):
            return httpx.Response(200, content=raw("iam_auth_domains_200.json"))
        name = "ecs_remote_console_200.json" if "console" in request.url.path else "ecs_create_server_200.json"
        return httpx.Response(200, content=raw(name))

    login = KeyLogin("AKEXAMPLE0000000001", Secret("SkExampleSecretKey00000000000000000000001"))
    cloud = Cloud.open(ACCOUNT, login, transport=httpx.MockTransport(answer_for))
    yield cloud, requests
    await cloud.aclose()


async def test_bodies_of_requests(sent):
    cloud, requests = sent

    def last():
        return msgspec.json.decode(requests[-1].content)

    def wanted(name):
        return msgspec.json.decode(raw(name))

    os_version = "Ubuntu 22.04 server 64bit"
    await cloud.ims.register_iso(
        name="ubuntu-22.04-iso",
        bucket="my-bucket",
        key="ubuntu-22.04.iso",
        os_version=os_version,
        min_disk=40,
        firmware="bios",
        tags=TAGS,
    )
    assert last() == wanted("req_ims_register_iso.json")
    await cloud.ims.image_from_volume(name="ubuntu-22.04-golden", volume_id=DATA, os_version=os_version, tags=TAGS)
    assert last() == wanted("req_ims_image_from_volume.json")
    server = ServerRequest(
        name="imgbuild-7f3a",
        image_id=ISO,
        flavor_id="s6.large.2",
        vpc_id="0dae26c9-9a70-4392-93f3-87d53115d106",
        subnet_id="157ee789-03ea-45b1-a698-76c92660dd07",
        security_group_ids=("507ca48f-814c-4293-8706-300564d54608",),
        availability_zone="ap-southeast-3a",
        volume_type="SSD",
        system_disk=40,
        data_disk=40,
        tags=TAGS,
    )
    await cloud.ecs.create_server(server, client_token="0b8b0f1e-0000-4000-8000-000000000000")
    assert last() == wanted("req_ecs_create_server.json")
    assert requests[-1].headers["X-Client-Token"] == "0b8b0f1e-0000-4000-8000-000000000000"
    await cloud.ecs.create_server(server, client_token="0b8b0f1e-0000-4000-8000-000000000000", dry_run=True)
    assert last()["dry_run"] is True
    assert "X-Client-Token" not in requests[-1].headers
    await cloud.ecs.stop(SERVER)
    assert last() == wanted("req_ecs_os_stop.json")
    await cloud.ecs.start(SERVER)
    assert last() == wanted("req_ecs_os_start.json")
    await cloud.ecs.delete_server(SERVER, delete_volumes=True)
    assert last() == wanted("req_ecs_delete_servers.json")
    await cloud.ecs.console_url(SERVER)
    assert last() == wanted("req_ecs_remote_console.json")


def test_bodies_of_sign_in():
    def body(request):
        return msgspec.json.decode(request.body)

    scope = {"project": {"name": "ap-southeast-3"}}
    plain = PasswordLogin("example-account", "builder", Secret("<secret>"))
    request = iam_wire.token_request(plain, scope)
    assert body(request) == msgspec.json.decode(raw("req_iam_token_password.json"))
    assert "<secret>" not in f"{plain} {plain!r}"
    mfa = msgspec.structs.replace(plain, passcode="123456", user_id="7116d09f88fa41908676fdd4b039e001")
    assert body(iam_wire.token_request(mfa, scope)) == msgspec.json.decode(raw("req_iam_token_mfa.json"))
    assert body(iam_wire.temporary_keys_request(3600)) == msgspec.json.decode(raw("req_iam_securitytokens.json"))


def test_signing_vectors():
    for vector in msgspec.json.decode(raw("signing_vectors.json")):
        headers = {k: v for k, v in vector["headers"].items() if k != "Authorization"}
        url = httpx.URL("https://host" + vector["uri"])
        method = vector["canonical_request"].split("\n")[0]
        pairs = list(url.params.multi_items())
        body = vector.get("body", "").encode()
        assert sign.canonical_request(method, url.path, pairs, headers, body) == vector["canonical_request"]
        signed = sign.authorization(vector["ak"], vector["sk"], method, url.path, pairs, headers, body)
        assert signed == vector["headers"]["Authorization"]


def test_obs_signing_vectors():
    for vector in msgspec.json.decode(raw("obs_signing_vectors.json")):
        what = (
            vector["method"],
            vector["bucket"] or "",
            vector["key"] or "",
            vector["query"] or {},
            vector["headers"],
        )
        assert obs_sign.string_to_sign(*what) == vector["string_to_sign"]
        assert obs_sign.authorization(vector["ak"], vector["sk"], *what) == vector["authorization"]


def test_parts_and_unfinished_uploads():
    parts = multipart_wire.read_parts(answer("obs_list_parts_200.xml", service="obs"))
    assert parts.next_marker == 0
    assert [(part.number, part.size) for part in parts.parts] == [(1, 16777216), (2, 1024)]
    assert parts.parts[0].etag == "b026324c6904b2a9cb4b88d6d61c81d1"
    (upload,) = multipart_wire.read_uploads(answer("obs_list_uploads_200.xml", service="obs")).uploads
    assert (upload.key, upload.id[:8], upload.initiated) == ("demo.iso", "00000164", "2026-11-23T11:59:59.000Z")
    assert multipart_wire.read_initiated(answer("obs_initiate_multipart_200.xml", service="obs"))
    assert multipart_wire.read_completed(answer("obs_complete_multipart_200.xml", service="obs"))


def test_none_is_left_out():
    """By name, so that it also holds when this test runs alone."""
    source = Path(__file__).read_text(encoding="utf-8")
    for path in EXAMPLES.iterdir():
        assert path.name in source or path.stem + '"' in source or path.name in TESTED, path.name
    assert len(list(EXAMPLES.iterdir())) > 90
