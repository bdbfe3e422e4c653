"""Runs that make a network of their own: one VPC with one subnet, used, journalled and taken away again."""

from __future__ import annotations

import json

import pytest

from isowright.cloud.client import Cloud
from isowright.cloud.wire import Request
from isowright.errors import InputError
from isowright.events import Done, Failed, LogLine, Waiting
from isowright.orphans import find, remove

OWN = {"make": True, "vpc_id": "", "vpc_name": "", "subnet_id": "", "subnet_name": ""}
MADE = ("vpc", "subnet")


@pytest.fixture
async def engine(lab):
    async with lab.engine() as engine:
        yield engine


@pytest.fixture
async def cloud(lab):
    cloud = Cloud.open(lab.recipe().account, lab.login, clock=lab.clock)
    await cloud.sign_in()
    yield cloud
    await cloud.aclose()


def recipe(lab, name="result", **parts):
    return lab.recipe(name, network=OWN, **parts)


def networks(lab):
    """(VPCs, subnets) that were made since."""
    world = lab.control("GET", "/practice/world")
    return [v for v in world["vpcs"] if v["made_by"]], [s for s in world["subnets"] if s["made_by"]]


def fates(resources):
    return {r.kind: r.fate for r in resources if r.kind in MADE}


async def drive(engine, lab, run_id, watch, **how):
    handle = await engine.start(run_id, lab.login, watch, **how)
    return await handle.wait()


async def waiting(engine, lab, new_watch, **parts):
    """A run whose server waits for the operator."""
    run = await engine.create(recipe(lab, **parts))
    end = await drive(engine, lab, run.id, new_watch(install=False), on_install="confirm")
    assert isinstance(end, Waiting), end
    return await engine.info(run.id)


async def ask(cloud, method, path, body=None):
    """What somebody does in the cloud's console."""
    data = json.dumps(body).encode() if body else b""
    await cloud.session.call(Request(service="vpc", method=method, path=path, body=data), lambda _answer: None)


async def take_over(lab, cloud):
    """Somebody puts a subnet of theirs into the run's VPC, whose addresses they widen first."""
    (vpc,), _ = networks(lab)
    await ask(cloud, "PUT", f"/v1/{{project_id}}/vpcs/{vpc['id']}", {"vpc": {"cidr": "192.168.0.0/16"}})
    theirs = {"name": "theirs", "cidr": "192.168.7.0/24", "gateway_ip": "192.168.7.1", "vpc_id": vpc["id"]}
    await ask(cloud, "POST", "/v1/{project_id}/subnets", {"subnet": theirs})


async def test_server_lives_in_a_network_of_the_run_and_both_go(engine, lab, watch):
    seen = []

    def look(event):
        if isinstance(event, Waiting) and not seen:
            server = lab.world()["servers"][0]
            (vpc,), (subnet,) = networks(lab)
            seen.append((server["metadata"]["vpc_id"], vpc, subnet))

    watch.hooks.append(look)
    run = await engine.create(recipe(lab))
    end = await drive(engine, lab, run.id, watch)
    assert isinstance(end, Done), end
    inside, vpc, subnet = seen[0]
    assert inside == vpc["id"] == subnet["vpc_id"]
    assert vpc["name"] == subnet["name"] == f"isowright-{run.mark}"
    assert run.id in vpc["description"]
    assert subnet["dhcp_enable"]
    assert subnet["dnsList"]  # as the project's others have
    assert networks(lab) == ([], [])
    assert fates(end.resources) == dict.fromkeys(MADE, "deleted")
    lab.expect_only_image("result")
    assert len(lab.requests("POST", "/vpcs")) == len(lab.requests("POST", "/subnets")) == 1
    assert [s.id for s in (await engine.info(run.id)).stages][:2] == ["sign-in", "make-network"]


async def test_no_room_for_a_network_stops_before_anything_is_made(engine, lab, new_watch):
    lab.faults({"world": "quota-full", "resource": "vpc"})
    run = await engine.create(recipe(lab))
    end = await drive(engine, lab, run.id, new_watch())
    assert isinstance(end, Failed)
    assert (end.stage, end.error.code, end.error.kind) == ("make-network", "VPC.0114", "QuotaError")
    assert end.error.action == "step:network.vpc_id"
    assert end.resources == ()
    lab.no_faults()
    assert isinstance(await drive(engine, lab, run.id, new_watch()), Done)
    assert networks(lab) == ([], [])


@pytest.mark.parametrize("path", ["/vpcs$", "/subnets$"])
@pytest.mark.parametrize("action", ["reset-after", "reset-before"])
async def test_lost_answers_make_nothing_twice(engine, lab, watch, path, action):
    lab.faults({"action": action, "service": "vpc", "method": "POST", "path": path})
    run = await engine.create(recipe(lab))
    end = await drive(engine, lab, run.id, watch)
    if isinstance(end, Failed):  # nothing came of it: the next attempt asks again
        assert action == "reset-before"
        assert end.stage == "make-network"
        end = await drive(engine, lab, run.id, watch)
    assert isinstance(end, Done), end
    assert networks(lab) == ([], [])
    assert [r.kind for r in end.resources if r.kind in MADE] == list(MADE)
    assert fates(end.resources) == dict.fromkeys(MADE, "deleted")


async def test_a_vpc_of_that_name_without_the_marks_is_somebody_elses(engine, lab, cloud, new_watch):
    run = await engine.create(recipe(lab))
    name = f"isowright-{run.mark}"
    await ask(cloud, "POST", "/v1/{project_id}/vpcs", {"vpc": {"name": name, "cidr": "10.1.0.0/16"}})
    end = await drive(engine, lab, run.id, new_watch())
    assert isinstance(end, Failed)
    assert end.error.code == "VPC.0115"
    assert end.resources == ()
    await engine.clean_up(run.id, lab.login, new_watch())
    assert [vpc["name"] for vpc in networks(lab)[0]] == [name]


async def test_clean_up_takes_the_network_last_and_answers_are_fixed_meanwhile(engine, lab, new_watch):
    info = await waiting(engine, lab, new_watch)
    assert {"vpc", "subnet", "server"} <= {r.kind for r in info.leftovers}
    with pytest.raises(InputError) as caught:
        await engine.revise(info.id, lab.recipe())
    assert "no longer be changed" in str(caught.value)
    # A port outlives its server for a while.
    busy = {"action": "status", "status": 500, "code": "VPC.0208", "count": 3, "method": "DELETE", "path": "/subnets/"}
    lab.faults(busy)
    info = await engine.clean_up(info.id, lab.login, new_watch())
    assert info.state == "cleaned"
    assert fates(info.resources) == dict.fromkeys(MADE, "deleted")
    assert networks(lab) == ([], [])
    assert lab.control("GET", "/practice/faults")["rules"][0]["fired"] == 3


async def test_somebody_elses_subnet_keeps_the_vpc(engine, lab, cloud, new_watch):
    info = await waiting(engine, lab, new_watch)
    await take_over(lab, cloud)
    info = await engine.clean_up(info.id, lab.login, new_watch())
    assert info.state == "cleaned"
    assert fates(info.resources) == {"vpc": "kept", "subnet": "deleted"}
    assert "theirs" in next(r.note for r in info.resources if r.kind == "vpc")
    vpcs, subnets = networks(lab)
    assert (len(vpcs), [s["name"] for s in subnets]) == (1, ["theirs"])


async def test_a_cloud_without_tags_for_networks_is_no_obstacle(engine, lab, watch):
    missing = {"action": "status", "status": 404, "code": "APIGW.0101", "count": 0, "service": "vpc", "path": "/tags"}
    lab.faults(missing, {"action": "reset-after", "service": "vpc", "method": "POST", "path": "/vpcs$"})
    run = await engine.create(recipe(lab))
    assert isinstance(await drive(engine, lab, run.id, watch), Done)
    assert networks(lab) == ([], [])
    assert any("could not be tagged" in line.text for line in watch.of(LogLine))


async def test_leftover_network_is_found_by_another_computer(engine, lab, cloud, new_watch):
    info = await waiting(engine, lab, new_watch)
    name = f"isowright-{info.mark}"
    await ask(cloud, "POST", "/v1/{project_id}/vpcs", {"vpc": {"name": "isowright-abcdef", "cidr": "10.9.0.0/16"}})

    async def no_runs():
        return []

    found = await find(cloud, lab.recipe().account, [], now=lab.clock.now(), young=0.0)
    assert found.unseen == ()
    (vpc,) = [one for one in found.orphans if one.kind == "vpc"]
    assert (vpc.name, vpc.run, vpc.verdict, vpc.billed) == (name, info.id, "free", "no")
    told = await remove(cloud, found.orphans, runs=no_runs, clock=lab.clock)
    assert {removal.state for removal in told} == {"deleted"}
    assert [left["name"] for left in networks(lab)[0]] == ["isowright-abcdef"]
    assert networks(lab)[1] == []


async def test_test_boot_whose_server_and_network_another_computer_has_deleted(engine, lab, cloud, new_watch):
    """They are known by the same marks, and go; the run makes both anew for its answer, and takes them away again."""

    async def no_runs():
        return []

    run = await engine.create(recipe(lab, after={"test_boot": "look"}))
    end = await drive(engine, lab, run.id, new_watch(install=False), on_install="powered-off")
    assert (type(end), end.stage) == (Waiting, "test-boot")
    found = await find(cloud, lab.recipe().account, [], now=lab.clock.now(), young=0.0)
    assert {one.name for one in found.orphans if one.kind in ("server", "vpc")} == {
        f"isowright-{run.mark}-test",
        f"isowright-{run.mark}",
    }
    told = await remove(cloud, found.orphans, runs=no_runs, clock=lab.clock)
    assert {removal.state for removal in told} == {"deleted"}
    assert networks(lab) == ([], [])
    lab.expect_only_image("result")
    end = await drive(engine, lab, run.id, new_watch(install=False), boots=True)
    assert isinstance(end, Done), end
    assert networks(lab) == ([], [])
    lab.expect_only_image("result")
    assert (await engine.info(run.id)).leftovers == ()


async def test_somebody_elses_subnet_blocks_a_leftover(engine, lab, cloud, new_watch):
    await waiting(engine, lab, new_watch)
    await take_over(lab, cloud)
    found = await find(cloud, lab.recipe().account, [], now=lab.clock.now(), young=0.0)
    (vpc,) = [one for one in found.orphans if one.kind == "vpc"]
    assert (vpc.verdict, vpc.removable) == ("blocked", False)
    assert "theirs" in vpc.reason
