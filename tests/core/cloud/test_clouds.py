"""The clouds of the list, how they differ, and that the client copes with each difference, over HTTP."""

import tomllib
from importlib.resources import files

import msgspec
import pytest

from isowright.clock import SystemClock
from isowright.cloud import catalog
from isowright.cloud.client import Cloud
from isowright.cloud.ecs import ServerRequest
from isowright.cloud.login import KeyLogin, PasswordLogin
from isowright.cloud.models import Secret
from isowright.cloud.service_catalog import read_endpoints
from isowright.cloud.wire import Answer, json_body
from isowright.errors import CloudError, InputError, NotFoundError
from isowright.practice.dialects import DIALECTS
from isowright.practice.server import practice_thread
from isowright.recipe import REQUIRED_SERVICES, SERVICES, Account, Recipe

TOKEN = "0b8b0f1e-0000-4000-8000-000000000000"
ROWS = tomllib.loads(files("isowright_resources").joinpath("clouds.toml").read_text(encoding="utf-8"))["cloud"]
FIXED = [row for row in ROWS if not row.get("user_supplied_domain")]


# --- the list -------------------------------------------------------------------------------------


def test_every_cloud_and_region_is_offered_and_has_its_hosts():
    assert [c.id for c in catalog.clouds()] == [row["id"] for row in FIXED]
    regions = 0
    for cloud, row in zip(catalog.clouds(), FIXED, strict=True):
        assert [r.id for r in cloud.regions] == [r["id"] for r in row["regions"]]
        for region in cloud.regions:
            regions += 1
            account = Account(cloud=cloud.id, region=region.id)
            found = catalog.endpoints(account)
            assert set(REQUIRED_SERVICES) <= set(found)
            for url in found.values():
                assert url.startswith("https://")
                assert row["domain"] in url
                assert "{" not in url
            traits = catalog.traits(account)
            assert traits.console
            assert traits.image_jobs[-1] == "plain"  # every reference has that one
    assert regions >= 35


def test_differences_are_data():
    huawei, otc = (catalog.traits(Account(cloud=name, region="r")) for name in ("huaweicloud", "otc"))
    assert (huawei.console[0], otc.console[0]) == ("v1", "nova")
    assert (huawei.windows, otc.windows) == (False, True)
    assert (huawei.min_disk, otc.min_disk) == (40, 1)
    assert (huawei.client_token, otc.client_token) == (True, False)
    assert huawei.dry_run
    names = {row["id"] for row in ROWS}
    text = files("isowright_resources").joinpath("clouds.toml").read_text(encoding="utf-8")
    assert set(tomllib.loads(text)["traits"]) - {"default"} <= names


@pytest.mark.parametrize(
    ("iam", "like", "cloud"),
    [
        ("https://iam.eu-de.otc.t-systems.com", "", "otc"),
        ("https://iam-pub.eu-ch2.sc.otc.t-systems.com", "", "otc-swiss"),
        ("https://iam.cn-north-4.myhuaweicloud.com", "", "huaweicloud"),
        ("https://iam.evil-myhuaweicloud.com", "", "hcs"),
        ("https://iam.cloud.example", "", "hcs"),
        ("https://iam.cloud.example", "flexibleengine", "flexibleengine"),
        ("http://127.0.0.1:9", "", "practice"),
    ],
)
def test_custom_endpoints_have_the_traits_of_their_kind(iam, like, cloud):
    account = Account(cloud="custom", region="r-1", endpoints=dict.fromkeys(SERVICES, iam), like=like)
    assert catalog.traits(account) == catalog.traits(Account(cloud=cloud, region="r-1"))


def test_private_clouds_are_not_trusted_to_know_a_dry_run():
    account = Account(cloud="custom", region="r", endpoints=dict.fromkeys(SERVICES, "https://api.cloud.example"))
    assert not catalog.traits(account).dry_run


# --- custom endpoints -----------------------------------------------------------------------------


def custom(**endpoints):
    return Account(cloud="custom", region="eu-1", domain="a", user="u", endpoints=endpoints)


def test_one_pattern_and_exceptions():
    account = custom(**{"*": "https://{service}.{region}.cloud.example/", "obs": "https://oss.cloud.example"})
    found = catalog.endpoints(account)
    assert found["ims"] == "https://ims.eu-1.cloud.example"
    assert found["obs"] == "https://oss.cloud.example"
    assert "eps" not in found  # not every cloud has it: only where its URL is given
    assert not [p for p in Recipe(account).problems("account") if p.field.startswith("endpoints")]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("https://api.cloud.example", "no {service}"),
        ("http://{service}.cloud.example", "in the clear"),
        ("https://{service}.{zone}.cloud.example", "only"),
        ("https://{service}.cloud.example/api", "a path"),
        ("{service}", "not a URL"),
    ],
)
def test_patterns_that_cannot_be(pattern, words):
    account = custom(**{"*": pattern})
    (problem,) = Recipe(account).problems("account")
    assert (problem.field, words in problem.message) == ("endpoints.*", True)
    with pytest.raises(InputError) as caught:
        catalog.endpoints(account)
    assert words in caught.value.title
    assert caught.value.action == "step:account.endpoints.*"


def test_http_is_for_this_computer_alone():
    for url, good in (
        ("http://127.0.0.1:8080", True),
        ("http://localhost", True),
        ("http://[::1]:8080", True),
        ("http://cloud.example", False),
        ("http://127.0.0.1.cloud.example", False),
        ("http://localhost@cloud.example", False),
    ):
        account = custom(**dict.fromkeys(SERVICES, url))
        if good:
            assert catalog.endpoints(account)["ims"] == url
            continue
        with pytest.raises(InputError):
            catalog.endpoints(account)


# --- the catalogue of the token -------------------------------------------------------------------


def told(*offers):
    entries = [
        {"type": kind, "endpoints": [{"interface": interface, "region_id": region, "url": url}]}
        for kind, interface, region, url in offers
    ]
    return Answer(service="iam", method="POST", path="/", status=201, body=json_body({"token": {"catalog": entries}}))


def test_the_tokens_catalogue_is_read_where_it_can_be_used():
    account = Account(cloud="otc", region="eu-de")
    found = read_endpoints(
        told(
            ("compute", "public", "eu-de", "https://nova.example/v2.1/0123"),
            ("ecs", "public", "eu-de", "https://ecs.example/v1/0123"),
            ("image", "public", "eu-nl", "https://ims.nl.example"),
            ("imagev1", "internal", "eu-de", "https://inside.example"),
            ("volumev2", "public", "eu-de", "http://evs.example/v2/0123"),
            ("vpc", "public", "*", "https://vpc.example"),
            ("object", "public", "eu-de", "https://gate.example/obs"),
            ("eps", "public", "eu-de", "https://[broken"),
            ("evs", "public", "eu-de", "http://127.0.0.1:8080"),
        ),
        account,
    )
    assert found == {"ecs": "https://ecs.example", "vpc": "https://vpc.example"}
    assert read_endpoints(told(("ecs", "public", "eu-de", "https://x.example")), custom()) == {}
    practice = Account(cloud="practice", region="eu-de")
    assert read_endpoints(told(("ecs", "public", "eu-de", "https://x.example")), practice) == {}
    for body in (b"", b"[]", b'{"token":{"catalog":"none"}}', b'{"token":null}'):
        assert read_endpoints(msgspec.structs.replace(told(), body=body), account) == {}


async def test_requests_go_where_the_catalogue_says(world):
    """The list's host of the image service is wrong, the cloud's own catalogue is right."""
    wrong = world.ready["endpoints"] | {"ims": "http://127.0.0.1:9"}
    by_token = world.open(endpoints=wrong)
    assert (await by_token.ims.quota()).quota > 0
    by_key = world.open(world.keys(), endpoints=wrong)  # no token, no catalogue
    with pytest.raises(Exception, match="refused") as caught:
        await by_key.ims.quota()
    assert caught.value.call == "GET ims/v1/cloudimages/quota"


# --- the differences, played ----------------------------------------------------------------------


@pytest.fixture(params=sorted(DIALECTS))
async def cloud(request):
    """A client of a practice cloud that plays another; its account says which, as a custom one can."""
    with practice_thread(speed=5000.0, like=request.param) as (ready, running):
        account = Account(
            cloud="custom",
            region=ready["region"],
            endpoints=ready["endpoints"],
            like="" if request.param == "practice" else request.param,
        )
        login = PasswordLogin(ready["domain"], ready["user"], Secret(ready["password"]))
        client = Cloud.open(account, login, clock=SystemClock())
        client.ready, client.running, client.like = ready, running, request.param
        yield client
        await client.aclose()


async def registered(cloud, *, os_version="Debian GNU/Linux 12.0.0 64bit", min_disk=40):
    bucket = next(b for b in cloud.ready["buckets"] if "isos" in b["name"])
    key = next(k for k in bucket["objects"] if k.endswith("netinst.iso"))
    return await cloud.ims.register_iso(
        name=f"iso-{os_version[:3]}-{min_disk}",
        bucket=bucket["name"],
        key=key,
        os_version=os_version,
        min_disk=min_disk,
    )


async def ended(look, job_id):
    for _ in range(400):
        job = await look(job_id)
        if job.ended:
            assert job.status == "SUCCESS"
            return job
        await SystemClock().sleep(0.01)
    raise AssertionError("the job does not end")


def asked(cloud, part):
    return [r for r in cloud.running.context.requests if part in r["path"]]


async def test_a_server_comes_to_life_on_every_kind_of_cloud(cloud):
    image_id = (await ended(cloud.ims.job, await registered(cloud))).image_id
    vpc = next(v for v in await cloud.vpc.vpcs() if v.name == "vpc-default")
    subnet = next(s for s in await cloud.vpc.subnets(vpc.id) if s.name == "subnet-default")
    request = ServerRequest(
        name="one",
        image_id=image_id,
        flavor_id="s7.large.2",
        vpc_id=vpc.id,
        subnet_id=subnet.id,
        availability_zone=next(z.name for z in await cloud.ecs.availability_zones() if z.available),
        volume_type="SSD",
        system_disk=40,
        data_disk=40,
    )
    await cloud.ecs.create_server(request, client_token="", dry_run=True)
    assert await cloud.ecs.servers(name="one") == []  # a cloud that knows no dry run is not asked for one
    made = await cloud.ecs.create_server(request, client_token=TOKEN)
    server_id = (await ended(cloud.ecs.job, made.job_id)).server_id
    assert [s.id for s in await cloud.ecs.servers(name="one")] == [server_id]
    url = (await cloud.ecs.console_url(server_id)).reveal()
    assert url.startswith("http://127.0.0.1:")
    with pytest.raises(NotFoundError):
        await cloud.ecs.console_url("00000000-0000-4000-8000-000000000000")
    consoles = {"v1": "/remote_console", "nova": "/remote-consoles"}
    first = asked(cloud, consoles[cloud.traits.console[0]])
    assert first
    if cloud.like in ("huaweicloud", "otc", "practice"):
        assert first[0]["status"] == 200  # known beforehand, not found out
        assert not [r for r in asked(cloud, "/cloudimages/job/") if r["status"] == 404]


async def test_os_versions_and_floors_of_every_kind_of_cloud(cloud):
    versions = [v.os_version for v in await cloud.ims.os_versions()]
    assert "Debian GNU/Linux 12.0.0 64bit" in versions
    assert any(v.startswith("Windows Server") for v in versions)
    assert cloud.ims.own_os_list is (cloud.like not in ("otc", "hcs"))
    windows = next(v for v in versions if v.startswith("Windows Server 2022"))
    if cloud.traits.windows:
        assert await registered(cloud, os_version=windows)
    else:
        with pytest.raises(CloudError) as caught:
            await registered(cloud, os_version=windows)
        assert caught.value.code == "IMG.0056"
    if cloud.traits.min_disk > 1:
        with pytest.raises(CloudError) as caught:
            await registered(cloud, min_disk=cloud.traits.min_disk - 1)
        assert caught.value.code == "IMG.0055"
    else:
        assert await registered(cloud, min_disk=1)


def test_an_unknown_cloud_cannot_be_played():
    with pytest.raises(ValueError, match="no cloud"), practice_thread(like="somewhere"):
        pass


def test_keys_have_no_use_for_a_catalogue():
    assert Cloud.open(Account(cloud="otc", region="eu-de"), KeyLogin("A", Secret("s"))).session.auth.endpoints == {}
