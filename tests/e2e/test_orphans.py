"""Leftovers of runs, of this computer and of others: found, judged, deleted; and nothing else is ever touched."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from datetime import timedelta

import pytest
from msgspec.structs import replace

from isowright.cloud.client import Cloud
from isowright.cloud.ecs_wire import ServerRequest
from isowright.cloud.wire import Request
from isowright.errors import AppError
from isowright.events import Done, Waiting
from isowright.orphans import find, remove

RUN = "abcdef012345"
MARKS = {"app": "isowright", "run": RUN}
LATER = timedelta(days=2)


async def leave(engine, lab, watch, name="left", **parts):
    """A run that is left while its server waits for the operator."""
    run = await engine.create(lab.recipe(name, **parts))
    handle = await engine.start(run.id, lab.login, watch, on_install="confirm")
    assert isinstance(await handle.wait(), Waiting)
    return await engine.info(run.id)


@pytest.fixture
async def elsewhere(lab, new_watch, tmp_path):
    """What another computer has left: its run."""
    async with lab.engine(tmp_path / "another computer") as engine:
        return await leave(engine, lab, new_watch(install=False))


@pytest.fixture
async def cloud(lab):
    cloud = Cloud.open(lab.recipe().account, lab.login, clock=lab.clock)
    yield cloud
    await cloud.aclose()


class Sweeper:
    """Looks and deletes as this computer, whose runs are `runs`."""

    def __init__(self, lab, cloud, runs=()):
        self.lab, self.cloud, self.known = lab, cloud, runs
        self.told = []

    async def runs(self):
        return list(self.known)

    async def find(self, later=LATER, **how):
        now = self.lab.clock.now() + later
        return await find(self.cloud, self.lab.recipe().account, await self.runs(), now=now, **how)

    async def orphans(self, later=LATER):
        found = await self.find(later)
        assert found.unseen == ()
        return list(found.orphans)

    async def remove(self, *orphans):
        return await remove(self.cloud, orphans, runs=self.runs, clock=self.lab.clock, tell=self.told.append)


@pytest.fixture
def sweeper(lab, cloud):
    return Sweeper(lab, cloud)


async def change(cloud, service, method, path, body):
    """What somebody does in the cloud's console."""
    request = Request(service=service, method=method, path=path, body=json.dumps(body).encode())
    await cloud.session.call(request, lambda _answer: None)


async def rename_server(cloud, server_id, name):
    await change(cloud, "ecs", "PUT", f"/v1/{{project_id}}/cloudservers/{server_id}", {"server": {"name": name}})


async def untag_server(cloud, server_id):
    body = {"action": "delete", "tags": [{"key": "run"}]}
    await change(cloud, "ecs", "POST", f"/v1/{{project_id}}/cloudservers/{server_id}/tags/action", body)


async def untag_disk(cloud, volume_id):
    body = {"action": "delete", "tags": [{"key": "run"}, {"key": "app"}]}
    await change(cloud, "evs", "POST", f"/v2/{{project_id}}/cloudvolumes/{volume_id}/tags/action", body)


async def rename_disk(cloud, volume_id, name):
    await change(cloud, "evs", "PUT", f"/v2/{{project_id}}/cloudvolumes/{volume_id}", {"volume": {"name": name}})


async def ended(lab, look, job_id):
    while not (job := await look(job_id)).ended:
        await lab.clock.sleep(1)
    assert job.status == "SUCCESS"
    return job


async def delete_server_alone(lab, cloud, server_id):
    """As somebody does who keeps the data disk."""
    server = await cloud.ecs.server(server_id)
    disks = f"/v1/{{project_id}}/cloudservers/{server_id}/block_device"
    for disk in server.volumes:
        if not disk.is_boot:
            await change(cloud, "ecs", "PUT", f"{disks}/{disk.id}", {"block_device": {"delete_on_termination": False}})
    await ended(lab, cloud.ecs.job, await cloud.ecs.delete_server(server_id, delete_volumes=False))
    while await cloud.ecs.server(server_id) is not None:
        await lab.clock.sleep(1)


# ------------------------------------------------------------------------------------------------ found and deleted


async def test_leftovers_of_another_computer_are_found_judged_and_deleted(lab, sweeper, elsewhere, new_watch):
    async with lab.engine() as engine:
        done = await engine.create(lab.recipe("result"))
        handle = await engine.start(done.id, lab.login, new_watch())
        assert isinstance(await handle.wait(), Done)
        sweeper.known = await engine.runs()
    server, iso = await sweeper.orphans(timedelta(0))
    assert (server.kind, server.run, server.name) == ("server", elsewhere.id, f"isowright-{elsewhere.mark}")
    assert (iso.kind, iso.run, iso.name) == ("iso-image", elsewhere.id, f"iso-left-{elsewhere.mark}")
    assert len(server.disks) == 2
    assert "vCPU" in server.size
    assert server.size.endswith("80 GB of disks")
    assert (server.billed, iso.billed) == ("hourly", "storage")
    assert {o.verdict for o in (server, iso)} == {"young"}, "another computer may be using it now"
    assert all(o.removable and not o.chosen_at_first and not o.here for o in (server, iso))
    server, iso = await sweeper.orphans()
    assert {o.verdict for o in (server, iso)} == {"free"}
    assert timedelta(days=1.5).total_seconds() < server.age < timedelta(days=2.5).total_seconds()
    assert "2 days ago by another computer" in server.reason or "1 day ago" in server.reason
    removed = await sweeper.remove(server, iso)
    assert [(r.kind, r.state) for r in removed] == [("server", "deleted"), ("iso-image", "deleted")]
    assert {r.state for r in sweeper.told} == {"deleting", "deleted"}
    lab.expect_only_image("result")
    assert await sweeper.orphans() == []
    assert [r.state for r in await sweeper.remove(server, iso)] == ["gone", "gone"]


async def test_things_of_a_live_run_are_shown_and_never_deleted(lab, sweeper, new_watch):
    async with lab.engine() as engine:
        run = await leave(engine, lab, new_watch(install=False))
        sweeper.known = await engine.runs()
        found = await sweeper.orphans()
        assert {o.kind for o in found} == {"server", "iso-image"}
        assert {(o.verdict, o.here, o.run_name) for o in found} == {("live", True, "left")}
        assert all("unfinished run “left”" in o.reason for o in found)
        before = lab.world()
        # Even if somebody had been told otherwise: the journal is asked again.
        doctored = [replace(o, verdict="free") for o in found]
        for chosen in (found, doctored):
            removed = await sweeper.remove(*chosen)
            assert {r.state for r in removed} == {"failed"}
            assert all("left" in r.error.detail and r.error.remedy for r in removed)
        assert lab.world() == before
        assert lab.requests("POST", "/cloudservers/delete") == []
        await engine.clean_up(run.id, lab.login, lambda _event: None)
        assert await sweeper.orphans() == []


async def test_what_an_ended_run_of_this_computer_left_is_free_at_any_age(lab, sweeper, new_watch):
    async with lab.engine() as engine:
        await leave(engine, lab, new_watch(install=False))
        sweeper.known = [replace(run, state="cleaned") for run in await engine.runs()]
    found = await sweeper.orphans(timedelta(0))
    assert {o.verdict for o in found} == {"free"}
    assert all("has ended" in o.reason and o.here for o in found)
    assert {r.state for r in await sweeper.remove(*found)} == {"deleted"}
    assert not any(lab.world().values())


async def test_a_disk_that_outlived_its_server_is_ours_by_its_tags(lab, cloud, sweeper, elsewhere):
    (server,) = lab.world()["servers"]
    await delete_server_alone(lab, cloud, server["id"])
    disk, iso = await sweeper.orphans()
    assert (disk.kind, disk.name) == ("data-volume", f"isowright-{elsewhere.mark}-volume-0001")
    assert (disk.run, disk.billed, disk.verdict) == (elsewhere.id, "hourly", "free")
    assert disk.size.startswith("40 GB")
    assert [r.state for r in await sweeper.remove(iso, disk)] == ["deleted", "deleted"]
    assert not any(lab.world().values())


async def test_one_failure_does_not_keep_the_others(lab, cloud, sweeper, elsewhere):
    assert elsewhere.leftovers
    server, iso = await sweeper.orphans()
    lab.faults({"job": "deleteServer", "action": "fail", "code": "Ecs.0201", "count": 1})
    removed = await sweeper.remove(server, iso)
    assert [r.state for r in removed] == ["failed", "deleted"]
    assert removed[0].error.kind == "JobFailedError"
    assert removed[0].error.remedy
    assert [r.state for r in await sweeper.remove(*await sweeper.orphans())] == ["deleted"]
    assert not any(lab.world().values())


async def test_a_service_that_refuses_is_said_and_hides_nothing_else(lab, sweeper, elsewhere):
    assert elsewhere.leftovers
    lab.faults({"service": "evs", "action": "refuse", "count": 0})
    found = await sweeper.find()
    assert [(u.what, u.error.status) for u in found.unseen] == [("disks", 403)]
    assert [o.kind for o in found.orphans] == ["server", "iso-image"]
    # Without knowing the disks at it, a server is not deleted.
    (removed,) = await sweeper.remove(found.orphans[0])
    assert (removed.state, removed.error.status) == ("failed", 403)
    assert lab.world()["servers"]
    lab.faults(*({"service": name, "action": "refuse", "count": 0} for name in ("ecs", "ims", "vpc")))
    with pytest.raises(AppError) as refused:
        await sweeper.find()
    assert refused.value.status == 403


# ------------------------------------------------------------------------------------------------------ look-alikes


async def make_server(lab, cloud, name, tags, *, description="", image=""):
    recipe = lab.recipe()
    request = ServerRequest(
        name=name,
        image_id=image,
        flavor_id=recipe.server.flavor_id,
        vpc_id=recipe.network.vpc_id,
        subnet_id=recipe.network.subnet_id,
        availability_zone=recipe.server.availability_zone,
        volume_type=recipe.server.volume_type,
        system_disk=40,
        data_disk=40,
        tags=tags,
        description=description,
    )
    created = await cloud.ecs.create_server(request, client_token=str(uuid.uuid4()))
    await ended(lab, cloud.ecs.job, created.job_id)
    return created.server_ids[0]


async def make_iso(lab, cloud, name, tags):
    recipe = lab.recipe()
    job = await cloud.ims.register_iso(
        name=name,
        bucket=recipe.iso.bucket,
        key=recipe.iso.key,
        os_version=recipe.image.os_version,
        min_disk=40,
        tags=tags,
    )
    return (await ended(lab, cloud.ims.job, job)).image_id


async def test_look_alikes_are_neither_listed_nor_touched(lab, cloud, sweeper):
    iso = await make_iso(lab, cloud, "iso-mine-abcdef", {})
    await make_iso(lab, cloud, "my-installer", MARKS)
    await make_iso(lab, cloud, "iso-other-fedcba", MARKS)
    make = lambda *facts, **more: make_server(lab, cloud, *facts, image=iso, **more)  # noqa: E731  # one place, one line
    bare = await make("isowright-abcdef", {})
    await make("web-1", MARKS)
    await make("Isowright-abcdef", MARKS)
    await make("isowright-fedcba", MARKS)
    await make("isowright-abcde0", {"app": "isowright"})
    await make("web-2", {}, description="Temporary: Isowright deletes it app=isowright run=abcdef012345")
    await delete_server_alone(lab, cloud, bare)  # leaves a disk of our name without a tag
    before = lab.world()
    assert len(before["servers"]) == 5
    assert "isowright-abcdef-volume-0001" in {v["name"] for v in before["volumes"] if not v["attachments"]}
    assert await sweeper.orphans() == []
    assert lab.world() == before


async def test_a_disk_at_somebody_elses_server_is_said_and_left(lab, cloud, sweeper):
    iso = await make_iso(lab, cloud, "installer", {})
    server = await make_server(lab, cloud, "isowright-abcdef", MARKS, image=iso)
    disk = next(v["id"] for v in lab.world()["volumes"] if v["name"].endswith("0001"))
    await cloud.evs.tag_volume(disk, MARKS)
    await rename_server(cloud, server, "web-1")
    (found,) = await sweeper.orphans()
    assert (found.id, found.verdict) == (disk, "blocked")
    assert not found.removable
    before = lab.world()
    (removed,) = await sweeper.remove(replace(found, verdict="free"))
    assert removed.state == "failed"
    assert "attached" in removed.error.detail
    assert lab.world() == before


async def test_a_server_with_somebodys_own_disk_at_it_stays(lab, cloud, sweeper, elsewhere):
    assert elsewhere.leftovers
    disk = next(v["id"] for v in lab.world()["volumes"] if v["name"].endswith("0001"))
    await rename_disk(cloud, disk, "payroll")
    server, _iso = await sweeper.orphans()
    assert server.verdict == "free", "it is still tagged as the server is"
    await untag_disk(cloud, disk)
    server, _iso = await sweeper.orphans()
    assert (server.kind, server.verdict) == ("server", "blocked")
    assert "payroll" in server.reason
    (removed,) = await sweeper.remove(replace(server, verdict="free"))
    assert removed.state == "failed"
    assert "payroll" in removed.error.detail
    assert {v["id"] for v in lab.world()["volumes"]} >= {disk}
    assert lab.requests("POST", "/cloudservers/delete") == []


@pytest.mark.parametrize("takes_over", [rename_server, untag_server])
async def test_marks_that_change_between_list_and_deletion_save_the_server(lab, cloud, sweeper, elsewhere, takes_over):
    assert elsewhere.leftovers
    server, _iso = await sweeper.orphans()
    await (takes_over(cloud, server.id, "web-1") if takes_over is rename_server else takes_over(cloud, server.id))
    before = lab.world()
    (removed,) = await sweeper.remove(server)
    assert removed.state == "failed"
    assert "changed since" in removed.error.detail
    assert removed.error.remedy
    assert lab.world() == before


async def test_a_run_begun_between_list_and_deletion_keeps_its_own(lab, sweeper, new_watch):
    async with lab.engine() as engine:
        await leave(engine, lab, new_watch(install=False))
        found = await sweeper.orphans()  # a look that does not know the journal yet
        assert {o.verdict for o in found} == {"free"}
        sweeper.known = await engine.runs()
        assert {r.state for r in await sweeper.remove(*found)} == {"failed"}
        assert len(lab.world()["servers"]) == 1


async def test_giving_up_in_the_middle_can_be_taken_up_again(lab, sweeper, elsewhere):
    assert elsewhere.leftovers
    found = await sweeper.orphans()
    lab.faults({"job": "deleteServer", "action": "slow", "factor": 50, "count": 1})
    begun = asyncio.Event()
    sweeper.told = Told(lambda removal: removal.text == "Deleting it and its disks", begun)
    going = asyncio.ensure_future(sweeper.remove(*found))
    await begun.wait()
    going.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await going
    assert going.cancelled()
    while left := await sweeper.orphans():
        await sweeper.remove(*left)
    while any(lab.world().values()):
        await lab.clock.sleep(1)


class Told(list):
    """Sets an event with the first entry that passes."""

    def __init__(self, test, event):
        self.test, self.event = test, event

    def append(self, removal):
        super().append(removal)
        if self.test(removal):
            self.event.set()
