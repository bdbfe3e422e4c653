"""What goes wrong: said with a remedy, gone on with once it is mended, and cleaned up without a trace or a mistake."""

import asyncio

import msgspec
import pytest

from isowright.clock import FastClock
from isowright.cloud.client import Cloud
from isowright.cloud.login import PasswordLogin
from isowright.cloud.models import Secret
from isowright.errors import InputError, JobTimeoutError, StateError
from isowright.events import Cancelled, CleanedUp, Done, Failed, Progress, StageChanged, Waiting
from isowright.pipeline.engine import Engine

IMAGES = "/v2/cloudimages/action"
SERVERS = "/cloudservers$"
CODES = {"imsImportImageJob": "IMG.1075", "createServer": "Ecs.0204", "imsVolumeCreateImageJob": "IMG.0061"}


async def drive(engine, lab, run_id, watch):
    handle = await engine.start(run_id, lab.login, watch)
    return await handle.wait()


async def fails(engine, lab, run_id, watch, stage, kind, *, journalled=True):
    """Drives the run to its failure and checks what every failure owes the operator."""
    end = await drive(engine, lab, run_id, watch)
    assert isinstance(end, Failed), end
    assert (end.stage, end.error.kind) == (stage, kind), end.error
    assert end.error.title
    assert end.error.remedy
    if not journalled:
        return end
    info = await engine.info(run_id)
    assert info.state == "failed"
    assert info.error == end.error
    assert info.stage.id == stage
    assert info.resources == end.resources
    return end


def existing(lab):
    """Ids of all that exists, by kind."""
    return {kind: {x["id"] for x in things} for kind, things in lab.world().items()}


def nothing(lab):
    return not any(lab.world().values())


async def test_wrong_password(lab, watch):
    wrong = PasswordLogin(lab.ready["domain"], lab.ready["user"], Secret("not-the-password"))
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        handle = await engine.start(run.id, wrong, watch)
        end = await handle.wait()
        assert isinstance(end, Failed)
        assert (end.stage, end.error.kind, end.resources) == ("sign-in", "AuthError", ())
        assert isinstance(await drive(engine, lab, run.id, watch), Done)


async def test_sold_out_between_choice_and_launch(lab, watch):
    recipe = lab.recipe()
    rule = {"world": "sold-out", "flavor": recipe.server.flavor_id}

    def sell(event):
        if isinstance(event, StageChanged) and (event.stage, event.state) == ("register-iso", "done"):
            lab.faults(rule)

    watch.hooks.append(sell)
    async with lab.engine() as engine:
        run = await engine.create(recipe)
        end = await fails(engine, lab, run.id, watch, "launch-server", "SoldOutError")
        assert end.error.action.startswith("flavor:")
        assert [(r.kind, r.fate) for r in end.resources] == [("iso-image", "exists")]
        other = msgspec.structs.replace(recipe.server, flavor_id="s7.large.2")
        await engine.revise(run.id, msgspec.structs.replace(recipe, server=other))
        assert isinstance(await drive(engine, lab, run.id, watch), Done)
    assert len(lab.requests("POST", IMAGES)) == 2  # the ISO was not registered again
    lab.expect_only_image("result")


async def test_quota_full(lab, watch):
    lab.faults({"world": "quota-full", "resource": "image"})
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        end = await fails(engine, lab, run.id, watch, "register-iso", "QuotaError")
        assert end.resources == ()
        assert nothing(lab)
        lab.no_faults()
        assert isinstance(await drive(engine, lab, run.id, watch), Done)


@pytest.mark.parametrize(
    ("iso", "image", "code"),
    [
        ({"key": "gone.iso"}, {}, "IMG.0057"),
        ({"bucket": "practice-far", "key": "debian-12_7_0-amd64-netinst.iso"}, {}, "IMG.0058"),
        ({"bucket": "practice-odd", "key": "too-large.iso"}, {}, "IMG.0059"),
        ({}, {"os_version": "Nonsense 1"}, "IMG.0056"),
    ],
)
async def test_iso_that_cannot_be_registered(lab, watch, iso, image, code):
    if "bucket" in iso:
        full = next(b["name"] for b in lab.ready["buckets"] if b["name"].startswith(iso["bucket"]))
        iso = iso | {"bucket": full}
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe(iso=iso, image=image))
        end = await drive(engine, lab, run.id, watch)
        assert isinstance(end, Failed)
        assert (end.stage, end.error.code, end.resources) == ("register-iso", code, ())
        assert end.error.remedy
        assert end.error.request_id
    assert nothing(lab)


async def test_subnet_without_free_addresses(lab, new_watch):
    lab.faults({"world": "no-addresses"})
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        end = await fails(engine, lab, run.id, new_watch(), "launch-server", "QuotaError")
        assert end.error.code == "Ecs.0012"
        assert end.error.action.startswith("step:network")
        assert {r.kind for r in end.resources} == {"iso-image"}
        lab.no_faults()
        assert isinstance(await drive(engine, lab, run.id, new_watch()), Done)
    lab.expect_only_image("result")


async def test_taken_name_is_told_at_once_and_while_the_os_was_installed(lab, new_watch):
    async with lab.engine() as engine:
        slow = await engine.create(lab.recipe("popular"))
        waiting = new_watch(install=False)
        turn = asyncio.Event()
        waiting.hooks.append(lambda e: turn.set() if isinstance(e, Waiting) else None)
        handle = await engine.start(slow.id, lab.login, waiting)
        await turn.wait()
        quick = await engine.create(lab.recipe("popular"))
        assert isinstance(await drive(engine, lab, quick.id, new_watch()), Done)

        third = await engine.create(lab.recipe("popular"))
        end = await fails(engine, lab, third.id, new_watch(), "register-iso", "NameTakenError")
        assert end.error.action == "rename"
        assert end.resources == ()

        lab.finish_install(waiting.of(Waiting)[0].server_id)
        end = await handle.wait()
        assert isinstance(end, Failed)
        assert (end.stage, end.error.kind, end.error.action) == ("capture-disk", "NameTakenError", "rename")
        with pytest.raises(InputError):
            await engine.rename_image(slow.id, "a/b")
        await engine.rename_image(slow.id, "less popular")
        end = await drive(engine, lab, slow.id, new_watch())
        assert isinstance(end, Done)
        assert end.image_name == "less popular"
    assert sorted(i["name"] for i in lab.world()["images"]) == ["less popular", "popular"]
    assert lab.world()["servers"] == lab.world()["volumes"] == []


@pytest.mark.parametrize("action", ["fail", "fail-with-debris"])
@pytest.mark.parametrize(
    ("job", "stage"),
    [
        ("imsImportImageJob", "register-iso"),
        ("createServer", "launch-server"),
        ("imsVolumeCreateImageJob", "capture-disk"),
    ],
)
async def test_failed_job_is_retried_or_cleaned_up(lab, new_watch, job, stage, action):
    lab.faults({"job": job, "action": action, "reason": "the backend tripped", "code": CODES[job], "count": 2})
    async with lab.engine() as engine:
        first = await engine.create(lab.recipe())
        end = await fails(engine, lab, first.id, new_watch(), stage, "JobFailedError")
        assert "the backend tripped" in end.error.detail
        second = await engine.create(lab.recipe("other"))
        await fails(engine, lab, second.id, new_watch(), stage, "JobFailedError")

        info = await engine.clean_up(second.id, lab.login, new_watch())
        assert info.state == "cleaned"
        assert info.leftovers == ()
        assert isinstance(await drive(engine, lab, first.id, new_watch()), Done)
    lab.expect_only_image("result")


@pytest.mark.parametrize(("job", "stage"), [("createServer", "launch-server"), ("imsImportImageJob", "register-iso")])
async def test_hanging_job_is_given_up_and_cleaned_up(lab, watch, job, stage):
    lab.faults({"job": job, "action": "hang", "count": 0})
    engine = Engine(lab.home, clock=FastClock(12000))
    await engine.open()
    try:
        run = await engine.create(lab.recipe())
        end = await fails(engine, lab, run.id, watch, stage, "JobTimeoutError")
        assert end.error.retryable
        assert any(r.id == "" and r.fate == "planned" for r in end.resources)
        if stage == "launch-server":  # the server is there, whatever its job says
            info = await engine.clean_up(run.id, lab.login, watch)
            assert info.leftovers == ()
            assert nothing(lab)
        else:  # what may yet come into being is not forgotten
            with pytest.raises(JobTimeoutError, match="neither made nor given up"):
                await engine.clean_up(run.id, lab.login, watch)
            assert [r.kind for r in (await engine.info(run.id)).leftovers] == ["iso-image"]
    finally:
        await engine.close()


async def test_stage_that_hangs_is_given_up(lab, watch, monkeypatch):
    monkeypatch.setattr("isowright.clock.LEAST_PATIENCE", 1.0)
    lab.faults({"service": "iam", "method": "POST", "path": "/v3/auth/tokens", "action": "hold-before"})
    lab.clock = FastClock(6000)
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        end = await fails(engine, lab, run.id, watch, "sign-in", "JobTimeoutError")
        assert "did not end within 8 minutes" in end.error.title
        assert end.error.retryable


async def test_fast_clock_leaves_real_time_for_real_work(lab, watch):
    """All minutes of a stage are over at once; the computer needs its milliseconds nevertheless."""
    lab.faults({"job": "imsImportImageJob", "action": "fail"})
    lab.clock = FastClock(1e9)
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        end = await drive(engine, lab, run.id, watch)
    assert ("sign-in", "done") in [(e.stage, e.state) for e in watch.of(StageChanged)]
    assert end.stage == "register-iso"


async def test_two_data_disks_are_a_clear_stop(lab, watch):
    lab.faults({"world": "extra-data-disk"})
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        end = await fails(engine, lab, run.id, watch, "capture-disk", "WrongDiskError")
        assert len(lab.requests("POST", IMAGES)) == 1  # nothing was captured on a guess
        assert len([r for r in end.resources if r.kind == "data-volume"]) == 2
        assert len(lab.world()["volumes"]) == 3
        await engine.clean_up(run.id, lab.login, watch)
        assert nothing(lab)
    assert len(watch.of(CleanedUp)) == 1


@pytest.mark.parametrize("fault", ["reset-after", "truncated", "html"])
@pytest.mark.parametrize("target", [IMAGES, SERVERS])
async def test_lost_answer_is_settled_by_asking(lab, watch, target, fault):
    # The second request to create a server is the real one, after the dry run.
    lab.faults({"action": fault, "method": "POST", "path": target, "nth": 2 if target == SERVERS else 1})
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        end = await drive(engine, lab, run.id, watch)
        if isinstance(end, Failed):  # honest about not knowing; asking again settles it
            assert end.error.kind == "UnknownOutcomeError"
            end = await drive(engine, lab, run.id, watch)
    assert isinstance(end, Done), end
    jobs = [j["job_type"] for j in lab.control("GET", "/practice/world")["jobs"]]
    assert jobs.count("createServer") == jobs.count("imsImportImageJob") == jobs.count("imsVolumeCreateImageJob") == 1
    lab.expect_only_image("result")


@pytest.mark.parametrize("stage", ["register-iso", "launch-server", "install-os", "capture-disk"])
async def test_cancelled_in_mid_stage_and_cleaned_up(lab, new_watch, stage):
    watch = new_watch(install=stage == "capture-disk")
    reached = asyncio.Event()
    watch.hooks.append(
        lambda e: (
            reached.set()
            if (isinstance(e, Progress) and e.stage == stage and e.text.startswith("Job"))
            or (isinstance(e, Waiting) and e.stage == stage)
            else None
        )
    )
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        handle = await engine.start(run.id, lab.login, watch)
        await reached.wait()
        before = existing(lab)
        assert any(before.values())
        end = await handle.cancel()
        assert isinstance(end, Cancelled)
        assert end.stage == stage
        info = await engine.info(run.id)
        assert info.state == "cancelled"
        assert info.leftovers == end.resources
        with pytest.raises(StateError, match="left something"):
            await engine.forget(run.id)
        info = await engine.clean_up(run.id, lab.login, watch)
        assert info.state == "cleaned"
        assert info.leftovers == ()
        await engine.forget(run.id)
    assert nothing(lab)


async def test_clean_up_spares_look_alikes(lab, new_watch):
    """A request that never came through is looked for by name; somebody else's server of that name stays."""
    async with lab.engine() as engine:
        other = await engine.create(lab.recipe("other"))
        waiting = new_watch(install=False)
        turn = asyncio.Event()
        waiting.hooks.append(lambda e: turn.set() if isinstance(e, Waiting) else None)
        handle = await engine.start(other.id, lab.login, waiting)
        await turn.wait()
        theirs = existing(lab)

        lab.faults({"action": "reset-before", "method": "POST", "path": SERVERS, "nth": 2, "count": 0})
        run = await engine.create(lab.recipe())
        end = await drive(engine, lab, run.id, new_watch())
        assert isinstance(end, Failed)
        assert ("server", "", "planned") in [(r.kind, r.id, r.fate) for r in end.resources]
        lab.no_faults()

        account = lab.recipe().account
        cloud = Cloud.open(account, lab.login, clock=lab.clock)
        await cloud.sign_in()
        server_id = next(iter(theirs["servers"]))
        await rename(cloud, server_id, f"isowright-{run.mark}")
        assert [s.id for s in await cloud.ecs.servers(name=f"isowright-{run.mark}")] == [server_id]
        await cloud.aclose()

        info = await engine.clean_up(run.id, lab.login, new_watch())
        assert info.leftovers == ()
        assert existing(lab) == theirs
        lab.finish_install(server_id)
        assert isinstance(await handle.wait(), Done)
    lab.expect_only_image("other")


async def rename(cloud, server_id, name):
    from isowright.cloud.wire import Request, json_body

    body = json_body({"server": {"name": name}})
    path = f"/v1/{{project_id}}/cloudservers/{server_id}"
    await cloud.session.call(Request(service="ecs", method="PUT", path=path, body=body), lambda answer: answer)


async def test_clean_up_keeps_a_verified_image(lab, new_watch):
    lab.faults({"job": "deleteServer", "action": "fail"})
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        end = await fails(engine, lab, run.id, new_watch(), "clean-up", "JobFailedError")
        assert {(r.kind, r.fate) for r in end.resources} >= {("image", "kept"), ("server", "deleting")}
        info = await engine.clean_up(run.id, lab.login, new_watch())
        assert info.state == "done"
        assert info.leftovers == ()
    assert info.image_id == lab.expect_only_image("result")


async def test_failed_clean_up_deletes_the_rest_and_can_be_repeated(lab, new_watch):
    watch = new_watch(install=False)
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        await (await engine.start(run.id, lab.login, watch, on_install="confirm")).wait()
        lab.faults({"job": "deleteServer", "action": "fail"})
        with pytest.raises(Exception, match="server") as caught:
            await engine.clean_up(run.id, lab.login, watch)
        assert caught.value.remedy
        info = await engine.info(run.id)
        assert {r.kind for r in info.leftovers} == {"server", "system-volume", "data-volume"}
        assert lab.world()["images"] == []
        assert (await engine.clean_up(run.id, lab.login, watch)).state == "cleaned"
    assert nothing(lab)


async def vanishes(engine, lab, watch, run_id, stage, kind):
    """Drives the run; somebody else deletes its image before it is looked at in or after `stage`."""
    rule = {"service": "ims", "method": "GET", "path": "[?&]id=", "action": "hold-before"}

    def hook(event):
        if isinstance(event, StageChanged) and (event.stage, event.state) == stage:
            lab.faults(rule)

    watch.hooks.append(hook)
    handle = await engine.start(run_id, lab.login, watch)
    while not any(found["fired"] for found in lab.control("GET", "/practice/faults")["rules"]):
        await lab.clock.sleep(1)
    image_id = next(r.id for r in (await engine.info(run_id)).resources if r.kind == kind)
    cloud = Cloud.open((await engine.info(run_id)).recipe.account, lab.login, clock=lab.clock)
    await cloud.ims.delete_image(image_id)
    while await cloud.ims.image(image_id):
        await lab.clock.sleep(1)
    await cloud.aclose()
    lab.no_faults()
    end = await handle.wait()
    assert isinstance(end, Failed), end
    assert (end.error.title, end.error.action) == ("The image is not there.", "retry")
    return end


async def test_image_deleted_by_somebody_else_is_captured_anew(lab, new_watch):
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        end = await vanishes(engine, lab, new_watch(), run.id, ("capture-disk", "done"), "image")
        assert end.stage == "verify-image"
        assert isinstance(await drive(engine, lab, run.id, new_watch()), Done)
    lab.expect_only_image("result")


async def test_new_request_is_not_taken_for_an_earlier_job(lab, new_watch):
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        end = await vanishes(engine, lab, new_watch(), run.id, ("register-iso", "running"), "iso-image")
        assert end.stage == "register-iso"
        lab.faults({"method": "POST", "path": IMAGES, "action": "status", "status": 500, "count": 2})
        await fails(engine, lab, run.id, new_watch(), "register-iso", "UnknownOutcomeError")
        lab.no_faults()
        assert isinstance(await drive(engine, lab, run.id, new_watch()), Done)
    lab.expect_only_image("result")


async def test_object_that_may_not_be_deleted_is_nothing_left_over(lab, new_watch):
    lab.faults({"service": "obs", "method": "DELETE", "action": "refuse"})
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe(iso={"delete_object": True}))
        end = await fails(engine, lab, run.id, new_watch(), "clean-up", "ForbiddenError")
        assert [r.fate for r in end.resources if r.kind == "object"] == ["kept"]
        assert (await engine.info(run.id)).leftovers == ()
        assert isinstance(await drive(engine, lab, run.id, new_watch()), Done)
        info = await engine.info(run.id)
        assert [r.fate for r in info.resources if r.kind == "object"] == ["deleted"]
        await engine.forget(run.id)
    lab.expect_only_image("result")


async def test_full_disk_stops_the_run_before_the_cloud_is_asked(lab, watch):
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        writer = engine._journal._writer

        def fill(event):
            if isinstance(event, StageChanged) and (event.stage, event.state) == ("register-iso", "running"):
                # SQLite's own way of being full: the file may not grow, and what room its pages have is used up.
                writer.post(lambda db: db.execute("PRAGMA max_page_count = 1").close())
                for size in [3000] * 20 + [300] * 20 + [1] * 100:
                    writer.post(lambda db, size=size: _ballast(db, size))

        watch.hooks.append(fill)
        end = await fails(engine, lab, run.id, watch, "register-iso", "StateError", journalled=False)
        assert "full" in end.error.title
        assert lab.requests("POST", IMAGES) == []
        await writer.do(lambda db: db.execute("PRAGMA max_page_count = 1000000").close())
        watch.hooks.clear()
        assert isinstance(await drive(engine, lab, run.id, watch), Done)
    lab.expect_only_image("result")


def _ballast(db, size):
    db.execute(
        "INSERT INTO resources (run, kind, name, id, fate, note, token, created, updated)"
        " SELECT id, 'object', ?, 'x', 'refused', '', '', '', '' FROM runs",
        ("x" * size,),
    )
