"""The catalog of clouds, the rule for flavors, waiting for jobs."""

from pathlib import Path

import pytest

from isowright.cloud import catalog, ecs_wire, flavors, jobs
from isowright.cloud.models import Flavor, Job
from isowright.cloud.wire import Answer
from isowright.errors import (
    CloudError,
    ForbiddenError,
    InputError,
    JobFailedError,
    JobTimeoutError,
)
from isowright.recipe import REQUIRED_SERVICES, Account

# --- catalog -------------------------------------------------------------------------------------


def test_every_region_of_every_cloud_has_its_endpoints():
    assert [c.id for c in catalog.clouds()][:3] == ["huaweicloud", "huaweicloud-eu", "otc"]
    for cloud in catalog.clouds():
        for region in cloud.regions:
            found = catalog.endpoints(Account(cloud=cloud.id, region=region.id))
            assert set(found) >= set(REQUIRED_SERVICES)
            assert all(url.startswith("https://") and "{" not in url and url[-1] != "/" for url in found.values())


def test_particular_endpoints():
    def of(cloud, region):
        return catalog.endpoints(Account(cloud=cloud, region=region))

    assert of("huaweicloud", "ap-southeast-3")["iam"] == "https://iam.ap-southeast-3.myhuaweicloud.com"
    assert of("huaweicloud", "af-north-1")["iam"] == "https://iam.myhuaweicloud.com"  # no host of its own
    assert of("flexibleengine", "eu-west-0")["obs"].startswith("https://oss.")
    assert "eps" not in of("otc", "eu-de")


@pytest.mark.parametrize(
    ("account", "action"),
    [
        (Account(cloud="nowhere", region="r-1"), "step:account.cloud"),
        (Account(cloud="hcs", region="r-1"), "step:account.cloud"),
        (Account(cloud="otc", region=""), "step:account.region"),
        (Account(cloud="otc", region="eu-de.evil.example/"), "step:account.region"),
        (Account(cloud="custom", region="r-1"), "step:account.endpoints.iam"),
        (
            Account(cloud="custom", endpoints=dict.fromkeys(REQUIRED_SERVICES, "http://a.b")),
            "step:account.endpoints.iam",
        ),
        (
            Account(cloud="custom", endpoints=dict.fromkeys(REQUIRED_SERVICES, "https://[x")),
            "step:account.endpoints.iam",
        ),
    ],
)
def test_impossible_accounts(account, action):
    with pytest.raises(InputError) as caught:
        catalog.endpoints(account)
    assert caught.value.action == action
    assert caught.value.remedy


def test_own_endpoints_and_stale_ones():
    own = dict.fromkeys(REQUIRED_SERVICES, "https://cloud.test:8443/")
    assert catalog.endpoints(Account(cloud="custom", region="r-1", endpoints=own))["ims"] == "https://cloud.test:8443"
    # Those of an earlier choice must not get another cloud's password.
    stale = catalog.endpoints(Account(cloud="otc", region="eu-de", endpoints=own))
    assert stale["iam"] == "https://iam.eu-de.otc.t-systems.com"


# --- flavors -------------------------------------------------------------------------------------

ZONE = "ap-southeast-3a"


@pytest.fixture
def listed():
    body = (Path(__file__).parents[2] / "data" / "api" / "ecs_flavors_200.json").read_bytes()
    found = ecs_wire.read_flavors(Answer(service="ecs", method="GET", path="/", status=200, body=body))
    return {f.id: f for f in found}


def test_rule_on_the_recorded_flavors(listed):
    reasons = {name: flavors.fit(f, ZONE) for name, f in listed.items()}
    assert reasons == {
        "s6.large.2": "",
        "s6.large.4": "",
        "s6.small.1": "1 vCPU, 2 are needed",
        "c6.large.2": "General computing-plus, not general computing",
        "s1.large": "Xen, KVM is needed",
        "kc1.large.2": "For ARM systems only",
        "s7.large.2": f"Sold out in {ZONE}",
    }
    assert flavors.fit(listed["s6.large.2"], "ap-southeast-3b") == "Sold out in ap-southeast-3b"
    assert flavors.fit(listed["s6.large.2"], "ap-southeast-3c") == ""  # promotion
    assert flavors.fit(listed["s6.large.2"], "elsewhere") == "Withdrawn in elsewhere"
    assert flavors.fit(listed["kc1.large.2"], ZONE, architecture="arm") == ""
    assert flavors.fit(listed["s6.large.2"], ZONE, architecture="arm") == "For x86 systems only"
    assert [f.id for f in flavors.rank(listed.values(), ZONE)] == ["s6.large.2", "s6.large.4"]
    assert "c6.large.2" in [f.id for f in flavors.rank(listed.values(), ZONE, any_type=True)]
    assert flavors.describe(listed["s6.large.2"]) == "2 vCPU, 4 GiB"


def flavor(name="s6.large.2", ram=4096, disabled=False, vcpus=2, **specs):
    base = {"ecs:performancetype": "normal", "ecs:generation": name.split(".")[0]}
    extra = {key.replace("__", ":"): value for key, value in specs.items()}
    return Flavor(name, name, vcpus, ram, base | extra, disabled)


@pytest.mark.parametrize(
    ("subject", "reason", "tone"),
    [
        (flavor(), "", "good"),
        (flavor(ram=2048), "Less than 4 GiB of memory", "muted"),
        (flavor(vcpus=4), "4 vCPU, 2 are needed", "muted"),
        (flavor(disabled=True), "Disabled by the cloud", "muted"),
        (flavor(cond__operation__charge="period"), "Not billed by use", "muted"),
        (flavor(cond__operation__charge="period,demand"), "", "good"),
        (flavor(cond__operation__status="obt"), "", "warning"),
        (flavor(cond__operation__status="abandon"), "Withdrawn in z", "sold-out"),
        (flavor(cond__operation__status="sellout", cond__operation__az="z(normal)"), "", "good"),
        (flavor(cond__operation__az="y(normal), z(sellout)"), "Sold out in z", "sold-out"),
    ],
)
def test_verdicts(subject, reason, tone):
    verdict = flavors.judge(subject, "z")
    assert (verdict.reason, verdict.tone) == (reason, tone)


def test_best_is_small_and_new():
    names = ["s3.large.2", "s7.large.4", "s6.large.2", "s7.large.2"]
    many = [flavor(name, ram=1024 * 2 * int(name[-1])) for name in names]
    beta = flavor("s9.large.2", cond__operation__status="obt")
    ranked = [f.id for f in flavors.rank([*many, beta], "z")]
    assert ranked == ["s7.large.2", "s6.large.2", "s3.large.2", "s7.large.4", "s9.large.2"]


# --- jobs ----------------------------------------------------------------------------------------


class Script:
    """Looks in turn: a Job, or an error. The last one stays."""

    def __init__(self, *looks):
        self.looks = list(looks)
        self.count = 0

    async def __call__(self):
        self.count += 1
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(look, Exception):
            raise look
        return look


RUNNING, DONE = Job("j", "RUNNING"), Job("j", "SUCCESS", image_id="i")
AWAY = CloudError("away", remedy="wait.", retryable=True)


async def test_looks_soon_then_less_often(clock):
    script = Script(*[RUNNING] * 100, DONE)
    seen = []
    job = await jobs.wait(script, clock=clock, deadline=None, what="It", on_look=seen.append)
    assert job.image_id == "i"
    assert clock.waits[0] == 1
    assert clock.waits[-1] == 10
    assert clock.waits == sorted(clock.waits)
    assert len(seen) == script.count == 101


async def test_known_progress_narrows_the_end(clock):
    end = 300.0
    started = clock.turned

    async def look():
        fraction = (clock.turned - started) / end
        return DONE if fraction >= 1 else Job("j", "RUNNING", fraction=fraction)

    await jobs.wait(look, clock=clock, deadline=1000, what="It")
    late = clock.turned - started - end
    assert late < 1.5
    assert len(clock.waits) < 100


async def test_failures(clock):
    failed = Job("j", "FAIL", error_code="Ecs.0319", reason="No valid host was found.", server_id="s", request_id="r")
    with pytest.raises(JobFailedError) as caught:
        await jobs.wait(Script(RUNNING, failed), clock=clock, deadline=None, what="Launching the server")
    error = caught.value
    assert error.title == "Launching the server failed: the flavor is sold out in this availability zone."
    assert "No valid host was found." in error.detail
    assert (error.server_id, error.code, error.request_id) == ("s", "Ecs.0319", "r")
    assert error.action == "step:server.flavor_id"
    ended = Job("j", "FAIL", type="deleteServer", error_code="Ecs.0219", reason="Busy.")
    with pytest.raises(JobFailedError) as deleting:
        await jobs.wait(Script(ended), clock=clock, deadline=None, what="Deleting the server")
    assert (deleting.value.title, deleting.value.action) == ("Deleting the server failed.", "retry")
    assert deleting.value.retryable
    with pytest.raises(JobFailedError) as unknown:
        await jobs.wait(Script(Job("j9", "FAIL")), clock=clock, deadline=None, what="It")
    assert "j9" in unknown.value.remedy


async def test_unknown_words_mean_running_until_the_deadline(clock):
    started = clock.turned
    with pytest.raises(JobTimeoutError) as caught:
        await jobs.wait(Script(Job("j7", "PENDING_PAYMENT")), clock=clock, deadline=120, what="It")
    assert clock.turned - started == pytest.approx(120, abs=5)  # looking takes its time, too
    assert caught.value.retryable
    assert "j7" in caught.value.remedy


async def test_slow_answers_are_no_long_wait(clock):
    """One look that takes longer than the deadline leaves time for others."""
    count = 0

    async def look():
        nonlocal count
        count += 1
        clock.turned += 400
        return DONE if count == 9 else RUNNING

    assert await jobs.wait(look, clock=clock, deadline=180, what="It") == DONE
    count = 10
    with pytest.raises(JobTimeoutError):
        await jobs.wait(look, clock=clock, deadline=180, what="It")
    assert count == 20


async def test_failing_looks(clock):
    assert await jobs.wait(Script(*[AWAY] * 19, RUNNING, *[AWAY] * 19, DONE), clock=clock, deadline=None, what="It")
    script = Script(AWAY)
    with pytest.raises(CloudError):
        await jobs.wait(script, clock=clock, deadline=None, what="It")
    assert script.count == 20
    script = Script(ForbiddenError("no", remedy="ask."))
    with pytest.raises(ForbiddenError):
        await jobs.wait(script, clock=clock, deadline=None, what="It")
    assert script.count == 1
