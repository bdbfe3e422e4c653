"""For each check a practice cloud in which it fails, and the remedy that answers in place, taken: it is fine then."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from isowright.checks import Finding, Here, Remedy, run_all, with_answers
from isowright.clock import FastClock
from isowright.cloud.client import Cloud
from isowright.cloud.login import PasswordLogin, TokenLogin
from isowright.cloud.models import Secret
from isowright.events import Resource
from isowright.pipeline.runs import RunInfo
from isowright.practice.model import Quotas
from isowright.recipe import CONSOLE

Bench = Any


def in_place(finding: Finding) -> Remedy:
    """The button that needs no typing."""
    return next(remedy for remedy in finding.remedies if remedy.kind == "use")


async def cure(bench: Bench, check_id: str, verdict: str = "must-fix") -> Remedy:
    """Fails, says why, and is fine with the answers of its button."""
    finding = await bench.look(check_id)
    assert finding.verdict == verdict, finding
    assert finding.why.endswith(".")
    remedy = in_place(finding)
    assert remedy.text
    bench.recipe = with_answers(bench.recipe, remedy.answers)
    assert bench.recipe.problems() == []
    assert (await bench.look(check_id)).verdict == "fine"
    return remedy


async def test_a_closed_zone_is_left_for_one_with_a_flavor_and_a_disk_type(bench: Bench) -> None:
    bench.fault(world="zone-down", name="practice-1a")
    finding = await bench.look("zone")
    assert "out of service" in finding.why
    remedy = await cure(bench, "zone")
    assert remedy.answers["server.availability_zone"] == "practice-1b"
    for check_id in ("flavor", "disk-type", "limits"):
        assert (await bench.look(check_id)).verdict == "fine"
    bench.change("server", availability_zone="practice-1x")
    assert "There is no zone" in (await bench.look("zone")).why
    bench.fault(world="zone-down")
    finding = await bench.look("zone")
    assert [remedy.action for remedy in finding.remedies] == ["step:server.availability_zone"]


async def test_a_sold_out_flavor_gives_way_to_the_next(bench: Bench) -> None:
    bench.fault(world="sold-out", flavor=bench.recipe.server.flavor_id)
    remedy = await cure(bench, "flavor")
    assert remedy.answers["server.flavor_id"] in remedy.text
    assert "vCPU" in remedy.answers["server.flavor_note"]


async def test_a_zone_without_any_flavor_is_left(bench: Bench) -> None:
    every = await bench.cloud.ecs.flavors("practice-1a")
    there = {flavor.id for flavor in await bench.cloud.ecs.flavors("practice-1b")}
    for flavor in every:
        if flavor.id not in there or flavor.vcpus != 2:
            bench.fault(world="sold-out", flavor=flavor.id)
    bench.fault(world="sold-out", flavor="s6.large.2")
    finding = await bench.look("flavor")
    assert finding.verdict == "must-fix"
    assert in_place(finding).answers["server.flavor_id"] != "s6.large.2"
    bench.fault(world="sold-out")
    finding = await bench.look("flavor")
    assert [remedy.action for remedy in finding.remedies] == ["step:server.flavor_id"]


async def test_disk_types_names_and_subnets_have_a_next_one(bench: Bench) -> None:
    bench.change("server", volume_type="SATA")
    assert (await cure(bench, "disk-type")).answers == {"server.volume_type": "GPSSD"}
    bench.change("server", volume_type="GPSSD2")
    assert "ordered with their speed" in (await bench.look("disk-type")).why
    assert (await cure(bench, "disk-type")).answers == {"server.volume_type": "GPSSD"}
    bench.change("image", name="debian-11-golden")
    assert (await cure(bench, "image-name")).answers == {"image.name": "debian-11-golden-2"}
    bench.change("image", name="{os}-11-golden", os_version="Debian GNU/Linux 11.0.0 64bit")
    assert (await cure(bench, "image-name")).answers == {"image.name": "{os}-11-golden-2"}
    full = next(one for one in bench.practice.world.state.subnets.values() if one.name == "subnet-full")
    bench.change("network", subnet_id=full.id, subnet_name=full.name)
    assert (await cure(bench, "addresses")).answers["network.subnet_name"] == "subnet-default"
    static = next(one for one in bench.practice.world.state.subnets.values() if one.name == "subnet-static")
    bench.change("network", subnet_id=static.id, subnet_name=static.name)
    await cure(bench, "addresses", "look")
    bench.change("network", vpc_id="gone", vpc_name="vpc-gone", subnet_id="gone", subnet_name="net-gone")
    assert "vpc-" in (await cure(bench, "addresses")).text
    bench.fault(world="no-addresses")
    finding = await bench.look("addresses")
    assert [remedy.action for remedy in finding.remedies] == ["step:network.subnet_id"]


async def test_versions_groups_and_sizes_are_mended_in_place(bench: Bench) -> None:
    bench.change("image", os_version="ubuntu 22.04 server 64bit")
    assert (await cure(bench, "os-version")).answers == {"image.os_version": "Ubuntu 22.04 server 64bit"}
    bench.change("image", os_version="Ubuntu 22.05 server 64bit")
    finding = await bench.look("os-version")
    assert [remedy.action for remedy in finding.remedies] == ["step:image.os_version"]
    kept = bench.recipe.network.security_group_ids
    bench.change("network", security_group_ids=("gone", *kept), security_group_names=("sg-old", "default"))
    assert (await cure(bench, "security-groups")).answers["network.security_group_ids"] == list(kept)
    bench.change("network", security_group_ids=("gone",), security_group_names=("sg-old",))
    assert (await cure(bench, "security-groups")).text == "Use the default group"


async def test_a_cloud_that_takes_no_small_disk_and_no_windows(bench: Bench) -> None:
    bench.change("image", min_disk=20)
    bench.change("server", system_disk=20, data_disk=60)
    assert (await bench.look("image-rules")).verdict == "fine", "custom endpoints of no known kind"
    login = PasswordLogin(
        **{name: bench.practice.ready[name] for name in ("domain", "user")}, password=Secret("unused")
    )
    former, account = bench.cloud, msgspec.structs.replace(bench.recipe.account, like="huaweicloud")
    bench.cloud = Cloud.open(account, login, clock=FastClock(600.0))
    await former.aclose()
    remedy = await cure(bench, "image-rules")
    assert remedy.text == "Use 40 GB"
    server = bench.recipe.server
    assert (bench.recipe.image.min_disk, server.system_disk, server.data_disk) == (40, 40, 60)
    bench.change("image", os_type="Windows")
    finding = await bench.look("image-rules")
    assert (finding.verdict, finding.remedies[0].action) == ("look", "step:image.os_version")


async def test_an_export_has_a_place(bench: Bench) -> None:
    buckets = bench.practice.world.state.buckets
    iso = bench.recipe.iso
    assert (await bench.look("export-target")).verdict == "fine", "none is asked for"
    bench.change("after", export_bucket=iso.bucket, export_key="images/golden.v1.qcow2")
    assert (await bench.look("export-target")).verdict == "fine"
    for name in ("README.txt", "README-2.txt"):
        objects = buckets[iso.bucket].objects
        objects[name] = objects[iso.key]
    bench.change("after", export_key="README.txt")
    assert (await cure(bench, "export-target")).answers == {"after.export_key": "README-3.txt"}
    objects["debian-11.vhd"] = objects[iso.key]
    bench.change("image", name="{os}-11", os_version="Debian GNU/Linux 11.0.0 64bit")
    bench.change("after", export_key="{name}.vhd")
    assert (await cure(bench, "export-target")).answers == {"after.export_key": "{name}-2.vhd"}
    warm = next(name for name in buckets if "warm" in name)
    far = next(name for name, one in buckets.items() if one.region != bench.recipe.account.region)
    for bucket, words in ((warm, "Standard class"), (far, "exported within"), ("no-such-bucket", "does not exist")):
        bench.change("after", export_bucket=bucket)
        finding = await bench.look("export-target")
        assert (finding.verdict, finding.remedies[0].action) == ("must-fix", "step:image.after.export_bucket")
        assert words in finding.why


async def test_what_the_run_itself_has_made_is_not_in_its_way(bench: Bench) -> None:
    """A stopped run that goes on with another server: its image has the name, its VPC and images take the places."""
    state, iso = bench.practice.world.state, bench.recipe.iso
    bench.change("image", name="debian-11-golden")
    bench.change("network", make=True)
    bench.change("after", export_bucket=iso.bucket, export_key="README.txt")
    bench.change("iso", key="gone.iso")
    state.quotas.images, state.quotas.vpcs = len(state.images), len(state.vpcs) // 2  # of two regions
    ids = ("image-name", "image-quota", "iso-object", "vpc-quota", "export-target")
    assert {(await bench.look(one)).verdict for one in ids} == {"must-fix"}
    now = bench.cloud.now()

    def going_on(*made: tuple[str, str]) -> Here:
        things = tuple(Resource(kind=kind, id="x", name="x", fate=fate) for kind, fate in made)
        run = RunInfo(
            id="r", mark="r", name="r", recipe=bench.recipe, state="failed", created=now, updated=now, resources=things
        )
        return Here([run], revises="r")

    bench.here = going_on(("image", "kept"), ("vpc", "exists"), ("iso-image", "deleted"), ("export", "kept"))
    assert {(await bench.look(one)).verdict for one in ids} == {"fine"}
    bench.here = going_on(("iso-image", "exists"), ("vpc", "deleted"))
    assert (await bench.look("image-quota")).why.endswith("this needs 1 free place.")
    state.quotas.images += 1
    fine = {one for one in ids if (await bench.look(one)).verdict == "fine"}
    assert fine == {"image-quota", "iso-object"}
    bench.here = Here(bench.here.runs)
    assert (await bench.look("iso-object")).verdict == "must-fix", "another run's is no help"


async def test_the_quota_of_disks(bench: Bench) -> None:
    quotas = bench.practice.world.state.quotas
    bench.change("server", system_disk=80, data_disk=200)
    quotas.gigabytes = 100
    remedy = await cure(bench, "volume-quota")
    assert remedy.answers == {"server.system_disk": 40, "server.data_disk": 40}
    quotas.gigabytes = 79
    finding = await bench.look("volume-quota")
    assert finding.why == "0 of 79 GB of disks are in use in this project; the temporary server needs 80."
    assert [remedy.kind for remedy in finding.remedies] == ["open", "leftovers", "again"]
    quotas.gigabytes, quotas.volumes = Quotas().gigabytes, 1
    assert "disks" in (await bench.look("volume-quota")).why
    bench.fault(service="evs", path="os-quota-sets", action="status", status=404, count=0)
    assert (await bench.look("volume-quota")).verdict == "skipped"


async def test_quotas_lead_to_the_console_where_a_button_raises_them(bench: Bench) -> None:
    import httpx

    state = bench.practice.world.state
    state.quotas.images = len(state.images) + 1
    for resource in ("server", "volume"):
        bench.fault(world="quota-full", resource=resource)
    pages = set()
    for check_id in ("image-quota", "limits", "volume-quota"):
        finding = await bench.look(check_id)
        assert finding.verdict == "must-fix"
        pages |= {remedy.url for remedy in finding.remedies if remedy.kind == "open"}
    (url,) = pages
    async with httpx.AsyncClient(base_url=url) as tab:
        assert (await tab.post("/console/quotas")).status_code == 403
        page = (await tab.get("/")).text
        tab.headers["X-Console-Session"] = page.split('const session = "')[1].split('"')[0]
        before = (await tab.get("/console/quotas")).json()["quotas"]
        assert before["images"] == {"used": len(state.images), "limit": len(state.images) + 1}
        assert before["servers"]["used"] == before["servers"]["limit"]
        assert (await tab.post("/console/quotas", headers={"Origin": "http://elsewhere.example"})).status_code == 403
        after = (await tab.post("/console/quotas")).raise_for_status().json()["quotas"]
    assert all(one["limit"] >= one["used"] + 10 for one in after.values())
    for check_id in ("image-quota", "limits", "volume-quota"):
        assert (await bench.look(check_id)).verdict == "fine"


async def test_who_may_not_read_is_told_at_once(bench: Bench) -> None:
    person = bench.practice.ready["users"]["no-rights"]
    login = PasswordLogin(bench.practice.ready["domain"], "no-rights", Secret(person["password"]))
    former, bench.cloud = bench.cloud, Cloud.open(bench.recipe.account, login, clock=FastClock(600.0))
    await former.aclose()
    await bench.cloud.sign_in()
    finding = await bench.look("permissions")
    assert finding.verdict == "must-fix"
    assert "no-rights may not read images (ims:images:list), servers" in finding.why
    assert [remedy.action for remedy in finding.remedies] == ["step:account.user", "open", "retry"]
    verdicts = {one.verdict for one in await run_all(bench.cloud, bench.recipe) if one.id != "permissions"}
    assert "must-fix" not in verdicts, "a refused look is a remark"


async def test_one_refused_service_is_named(bench: Bench) -> None:
    bench.fault(service="evs", path="cloudvolumes/detail", action="refuse", count=0)
    finding = await bench.look("permissions")
    assert "may not read disks (evs:volumes:list) in this project" in finding.why
    await bench.iso_image()
    bench.fault(service="ecs", method="POST", path="cloudservers$", action="refuse", count=0)
    finding = await bench.look("dry-run")
    assert finding.verdict == "must-fix"
    assert finding.remedies[0].action == "step:account.user"


async def test_a_clock_that_is_wrong_is_said_and_seen_right_again(bench: Bench) -> None:
    clock = bench.cloud.session.clock
    clock.skew = timedelta(minutes=7)
    finding = await bench.look("clock")
    assert finding.verdict == "look"
    assert "7 minutes ahead" in finding.why
    clock.skew = timedelta(0)
    assert (await bench.look("clock")).verdict == "fine"


async def test_a_sign_in_that_ends_before_the_run(bench: Bench) -> None:
    assert (await bench.look("sign-in-life")).verdict == "fine"
    answer = await bench.cloud.sign_in()
    token = bench.cloud.session.auth._token.value
    other = Cloud.open(bench.recipe.account, TokenLogin(token), clock=FastClock(600.0))
    former, bench.cloud = bench.cloud, other
    await former.aclose()
    identity = await other.sign_in()
    assert not identity.renewed
    assert identity.expires_at == answer.expires_at
    assert (await bench.look("sign-in-life")).verdict == "fine", "it lives for a day"
    clock = other.session.clock
    clock.skew = timedelta(hours=23)
    finding = await bench.look("sign-in-life")
    assert finding.verdict == "look"
    assert "ends in 60 minutes" in finding.why or "ends in 59 minutes" in finding.why
    assert finding.remedies[0].kind == "sign-in"
    clock.skew = timedelta(hours=25)
    assert (await bench.look("sign-in-life")).verdict == "must-fix"


async def test_a_console_that_does_not_answer_is_a_remark(bench: Bench) -> None:
    assert (await bench.look("console")).verdict == "fine"
    account = msgspec.structs.replace(
        bench.cloud.session.account, endpoints=bench.recipe.account.endpoints | {CONSOLE: "http://127.0.0.1:9"}
    )
    bench.cloud.session.account = account
    finding = await bench.look("console")
    assert finding.verdict == "look"
    assert "refused the connection" in finding.why
    assert finding.remedies[0].url == "http://127.0.0.1:9/"
    endpoints = {name: url for name, url in account.endpoints.items() if name != CONSOLE}
    bench.cloud.session.account = msgspec.structs.replace(account, endpoints=endpoints)
    assert (await bench.look("console")).verdict == "skipped"


@pytest.mark.parametrize("age", [0, 30])
async def test_what_another_computer_left_days_ago_is_a_remark(bench: Bench, age: int) -> None:
    run = "abcdef123456"
    job = await bench.cloud.ims.register_iso(
        name=f"iso-old-{run[:6]}",
        bucket=bench.recipe.iso.bucket,
        key=bench.recipe.iso.key,
        os_version=bench.recipe.image.os_version,
        min_disk=40,
        tags={"app": "isowright", "run": run},
    )
    while not (await bench.cloud.ims.job(job)).ended:  # noqa: ASYNC110  over HTTP
        await asyncio.sleep(0.01)
    while not await bench.cloud.ims.images(virtual_env_type="IsoImage", status="active"):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    bench.here = Here(now=bench.cloud.now() + timedelta(hours=age))
    finding = await bench.look("leftovers")
    assert finding.verdict == ("look" if age else "fine"), "a young one may be in use"
    if age:
        assert finding.why == "Earlier runs have left 1 ISO image. They cost money and take places."
        assert finding.remedies[0].kind == "leftovers"


async def test_what_several_checks_need_is_asked_once(bench: Bench) -> None:
    await bench.cloud.sign_in()
    bench.practice.context.requests.clear()
    await run_all(bench.cloud, bench.recipe)
    asked = [(row["service"], row["path"], row["query"]) for row in bench.practice.context.requests]
    for service, part in (("ecs", "/flavors"), ("evs", "/types"), ("ims", "/quota"), ("ecs", "/os-availability-zone")):
        assert sum(s == service and part in path for s, path, _ in asked) == 1, part
    named = [query for service, _, query in asked if service == "ims" and f"name={bench.recipe.image.name}" in query]
    assert len(named) == 1
    changing = [row["path"] for row in bench.practice.context.requests if row["method"] not in ("GET", "HEAD")]
    assert changing == ["/v3.0/OS-CREDENTIAL/securitytokens"], "keys to look into the bucket with"
