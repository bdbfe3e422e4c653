"""A local file becomes the ISO of a run: whole runs, what is not sent twice, what is refused before it begins."""

import asyncio
import hashlib
import os
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from upload_tools import KEY, MIB, PARTS, Desk, local_iso, log_of, sha256, transfers

from isowright.errors import InputError
from isowright.events import Cancelled, Done, Failed, Progress, StageChanged
from isowright.practice.isos import IsoPlan, make_iso
from isowright.practice.server import practice_thread

pytestmark = pytest.mark.usefixtures("small_parts")


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setenv("ISOWRIGHT_PART_SIZE", "1")


@pytest.fixture
def desk(tmp_path, lab_of):
    leap = [0.0]
    with practice_thread(tmp_path / "cloud", speed=1200.0, clock=lambda: time.time() + leap[0]) as (ready, cloud):
        lab = lab_of(ready, tmp_path / "home", leap)
        (tmp_path / "isos").mkdir()
        yield Desk(lab, cloud, local_iso(tmp_path / "isos" / "My Installer.iso"))
        lab.close()


async def drive(desk, watch, recipe=None, *, run=None, engine=None):
    """(run id, final event) of a run from its beginning, or gone on with."""
    async with desk.lab.engine() as engine:
        run = run or (await engine.create(recipe or desk.recipe())).id
        handle = await engine.start(run, desk.lab.login, watch)
        return run, await handle.wait()


async def test_a_whole_run(desk, watch_of):
    watch = watch_of(desk.lab)
    _, end = await drive(desk, watch, desk.recipe(limit=20.0))  # MB/s: not so fast that there is nothing to tell
    assert isinstance(end, Done), end.error
    desk.lab.expect_only_image("result")
    desk.expect_object()
    assert len(desk.parts_sent()) == PARTS
    told = transfers(watch.events)
    assert told
    assert all(e.stage == "upload-iso" and e.transfer.total == desk.path.stat().st_size for e in told)
    assert all(0 <= e.transfer.done <= e.transfer.total for e in told)
    kept = [r for r in end.resources if r.kind == "object"]
    assert [(r.fate, r.id) for r in kept] == [("kept", f"{desk.bucket}/{KEY}")]
    states = [(e.stage, e.state) for e in watch.of(StageChanged) if e.stage in ("upload-iso", "register-iso")]
    assert states.index(("upload-iso", "done")) < states.index(("register-iso", "running"))


async def test_the_object_is_deleted_if_asked_for(desk, watch_of):
    _, end = await drive(desk, watch_of(desk.lab), desk.recipe(delete_object=True))
    assert isinstance(end, Done), end.error
    desk.expect_nothing()


async def test_runs_of_an_object_have_no_such_stage(desk, watch_of):
    watch = watch_of(desk.lab)
    _, end = await drive(desk, watch, desk.lab.recipe())
    assert isinstance(end, Done), end.error
    assert "upload-iso" not in {e.stage for e in watch.of(StageChanged)}
    assert desk.requests("PUT") == []


async def test_the_same_content_is_not_sent_again(desk, watch_of):
    await drive(desk, watch_of(desk.lab))
    sent = len(desk.requests("PUT"))
    watch = watch_of(desk.lab)
    run, end = await drive(desk, watch, desk.recipe("again"))
    assert isinstance(end, Done), end.error
    assert len(desk.requests("PUT")) == sent
    assert "nothing was sent" in log_of(watch.events)
    async with desk.lab.engine() as engine:  # and what this run has not made, it does not delete
        assert not [r for r in (await engine.info(run)).resources if r.kind == "object"]


@pytest.mark.parametrize("cut", [0, 5 * MIB], ids=["in one piece", "in other parts"])
async def test_nor_what_another_client_has_put_there(desk, watch_of, cut):
    data = desk.path.read_bytes()
    cloud = desk.cloud
    md5s = [hashlib.md5(data[at : at + cut]) for at in range(0, len(data), cut)] if cut else [hashlib.md5(data)]
    etag = md5s[0].hexdigest()
    if cut:
        etag = f"{hashlib.md5(b''.join(m.digest() for m in md5s)).hexdigest()}-{len(md5s)}"
    blob = cloud.context.blobs.put(data)
    cloud.world.objects.put(desk.bucket, KEY, blob=blob, size=len(data), etag=etag, content_type="x")
    _, end = await drive(desk, watch_of(desk.lab))
    assert isinstance(end, Done), end.error
    assert desk.requests("PUT") == desk.requests("POST") == []


@pytest.mark.parametrize("same_size", [True, False])
async def test_another_object_of_that_name_is_left_alone(desk, watch_of, same_size):
    data = bytes(desk.path.stat().st_size) if same_size else b"somebody's"
    blob = desk.cloud.context.blobs.put(data)
    etag = hashlib.md5(data).hexdigest()
    desk.cloud.world.objects.put(desk.bucket, KEY, blob=blob, size=len(data), etag=etag, content_type="x")
    run, end = await drive(desk, watch_of(desk.lab))
    assert isinstance(end, Failed)
    assert end.error.action == "step:iso.key"
    assert desk.requests("PUT") == desk.requests("POST") == []
    async with desk.lab.engine() as engine:
        await engine.clean_up(run, desk.lab.login, lambda _e: None)
        renamed = desk.recipe(key="another.iso")
    assert desk.stored().etag == etag
    _, end = await drive(desk, watch_of(desk.lab), renamed)
    assert isinstance(end, Done), end.error
    assert desk.stored().etag == etag


async def test_a_typed_sum_is_compared_before_a_byte_leaves(desk, watch_of):
    _, end = await drive(desk, watch_of(desk.lab), desk.recipe(sha256="0" * 64))
    assert isinstance(end, Failed)
    assert end.error.action == "step:iso.sha256"
    assert end.error.remedy
    assert desk.requests("POST") == desk.requests("PUT") == []
    watch = watch_of(desk.lab)
    _, end = await drive(desk, watch, desk.recipe(sha256=sha256(desk.path)))
    assert isinstance(end, Done), end.error
    assert sha256(desk.path) in log_of(watch.events)
    assert desk.stored().meta["isowright-sha256"] == sha256(desk.path)


async def test_the_publishers_sums_beside_the_iso_are_compared(desk, watch_of):
    sums = desk.path.with_name("SHA256SUMS")
    sums.write_text(f"{'1' * 64}  {desk.path.name}\n")
    _, end = await drive(desk, watch_of(desk.lab))
    assert isinstance(end, Failed)
    assert "SHA256SUMS" in end.error.detail
    assert desk.requests("POST") == []
    sums.write_text(f"{sha256(desk.path)} *{desk.path.name}\n")
    _, end = await drive(desk, watch_of(desk.lab))
    assert isinstance(end, Done), end.error


@pytest.mark.parametrize("kind", ["missing", "empty", "folder", "page", "cut off"])
async def test_a_file_that_cannot_be_sent(desk, watch_of, kind):
    path = desk.path.with_name("other.iso")
    if kind == "empty":
        path.touch()
    elif kind == "folder":
        path.mkdir()
    elif kind == "page":
        path.write_text("<!DOCTYPE html><html><body>Please sign in</body></html>")
    elif kind == "cut off":
        make_iso(IsoPlan("Local installer", (("/.disk/info", "Local 1\n"),), filler=2 * MIB), path)
        os.truncate(path, MIB)
    _, end = await drive(desk, watch_of(desk.lab), desk.recipe(path=str(path)))
    assert isinstance(end, Failed)
    assert end.error.action == "step:iso.path"
    assert desk.requests("POST") == []


@pytest.mark.parametrize("fault", ["region", "class", "none"])
async def test_a_bucket_that_no_image_can_be_made_from(desk, watch_of, fault):
    buckets = desk.cloud.world.state.buckets
    far = next(name for name, bucket in buckets.items() if bucket.region != desk.lab.ready["region"])
    if fault == "class":
        buckets[desk.bucket].storage_class = "COLD"
    name = {"region": far, "class": desk.bucket, "none": "no-such-bucket"}[fault]
    _, end = await drive(desk, watch_of(desk.lab), desk.recipe(bucket=name))
    assert isinstance(end, Failed)
    assert end.error.action == "step:iso.bucket"
    assert desk.requests("POST") == []


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"path": "relative.iso"}, "path"),
        ({"bucket": ""}, "bucket"),
        ({"key": ""}, "key"),
        ({"key": "no iso"}, "key"),
        ({"key": "two words.iso"}, "key"),
        ({"sha256": "abc"}, "sha256"),
        ({"limit": -1.0}, "limit"),
        ({"limit": float("nan")}, "limit"),
    ],
)
async def test_answers_that_cannot_be(desk, answers, field):
    recipe = desk.recipe(**answers)
    (problem,) = recipe.problems("iso")
    assert (problem.step, problem.field) == ("iso", field)
    assert problem.remedy
    async with desk.lab.engine() as engine:
        with pytest.raises(InputError):
            await engine.create(recipe)


async def test_pause_keeps_what_was_sent_and_resume_sends_the_rest(desk, watch_of):
    watch = watch_of(desk.lab)
    paused = asyncio.Event()
    told = []
    async with desk.lab.engine() as engine:
        info = await engine.create(desk.recipe())
        handle = await engine.start(info.id, desk.lab.login, watch)

        def look(event):
            if isinstance(event, Progress) and event.transfer:
                if event.transfer.paused:
                    told.append(event.transfer)
                    paused.set()
                elif not handle.upload_paused and not paused.is_set() and event.transfer.done >= 2.5 * MIB:
                    handle.pause_upload()

        handle.set_upload_limit(3)
        assert handle.upload_limit == 3
        watch.hooks.append(look)
        await asyncio.wait_for(paused.wait(), 60)
        assert handle.upload_paused
        arrived = {r["query"] for r in desk.parts_sent() if r["status"] == 200}
        assert 1 <= len(arrived) < PARTS
        assert told[0].done == len(arrived) * MIB
        assert told[0].done + told[0].again >= 2.5 * MIB
        handle.set_upload_limit(0)
        assert handle.running
        handle.resume_upload()
        assert not handle.upload_paused
        assert isinstance(await handle.wait(), Done)
    desk.expect_object()
    stored = [r["query"] for r in desk.parts_sent() if r["status"] == 200]
    assert len(stored) == len(set(stored)) == PARTS


async def test_a_stopped_run_goes_on_where_it_was(desk, watch_of):
    watch = watch_of(desk.lab)
    async with desk.lab.engine() as engine:
        info = await engine.create(desk.recipe(limit=2.0))
        handle = await engine.start(info.id, desk.lab.login, watch)
        far = asyncio.Event()
        watch.hooks.append(
            lambda e: far.set() if isinstance(e, Progress) and e.transfer and e.transfer.done > 2 * MIB else 0
        )
        await asyncio.wait_for(far.wait(), 60)
        assert isinstance(await handle.cancel(), Cancelled)
        before = {r["query"] for r in desk.parts_sent() if r["status"] == 200}
        assert before
        info = await engine.info(info.id)
        assert [r.kind for r in info.leftovers] == ["upload"]
        assert "storage" in info.cancel_cost() or "practice" in info.cancel_cost()
    _, end = await drive(desk, watch, run=info.id)
    assert isinstance(end, Done), end.error
    desk.expect_object()
    assert len(desk.requests("POST", "?uploads")) == 1
    again = [r["query"] for r in desk.parts_sent() if r["status"] == 200]
    assert len(again) == len(set(again)) == PARTS
    assert "Going on" in log_of(watch.events)


async def test_clean_up_of_a_stopped_run_leaves_nothing(desk, watch_of):
    watch = watch_of(desk.lab)
    async with desk.lab.engine() as engine:
        info = await engine.create(desk.recipe(limit=2.0))
        handle = await engine.start(info.id, desk.lab.login, watch)
        far = asyncio.Event()
        watch.hooks.append(
            lambda e: far.set() if isinstance(e, Progress) and e.transfer and e.transfer.done > MIB else 0
        )
        await asyncio.wait_for(far.wait(), 60)
        await handle.cancel()
        cleaned = await engine.clean_up(info.id, desk.lab.login, watch)
        assert cleaned.leftovers == ()
        await engine.forget(info.id)
    desk.expect_nothing()


async def test_clean_up_deletes_an_object_of_this_run_and_no_other(desk, watch_of):
    desk.lab.faults({"action": "status", "status": 403, "service": "ims", "method": "POST", "count": 0})
    run, end = await drive(desk, watch_of(desk.lab))
    assert isinstance(end, Failed)
    assert end.stage == "register-iso"
    desk.expect_object()
    desk.lab.no_faults()
    async with desk.lab.engine() as engine:
        await engine.clean_up(run, desk.lab.login, lambda _e: None)
    desk.expect_nothing()


async def test_clean_up_keeps_an_object_that_somebody_has_replaced(desk, watch_of):
    desk.lab.faults({"action": "status", "status": 403, "service": "ims", "method": "POST", "count": 0})
    run, _ = await drive(desk, watch_of(desk.lab))
    desk.lab.no_faults()
    blob = desk.cloud.context.blobs.put(b"theirs")
    desk.cloud.world.objects.put(desk.bucket, KEY, blob=blob, size=6, etag="0" * 32, content_type="x")
    async with desk.lab.engine() as engine:
        info = await engine.clean_up(run, desk.lab.login, lambda _e: None)
    assert [r.fate for r in info.resources if r.kind == "object"] == ["kept"]
    assert desk.stored().etag == "0" * 32


async def test_other_answers_for_a_stopped_run(desk, watch_of):
    """The way out of a taken name: another one, and the same run goes on."""
    blob = desk.cloud.context.blobs.put(b"theirs")
    desk.cloud.world.objects.put(desk.bucket, KEY, blob=blob, size=6, etag="0" * 32, content_type="x")
    run, end = await drive(desk, watch_of(desk.lab))
    assert isinstance(end, Failed)
    async with desk.lab.engine() as engine:
        await engine.revise(run, desk.recipe(key="other.iso"))
    _, end = await drive(desk, watch_of(desk.lab), run=run)
    assert isinstance(end, Done), end.error
    assert desk.stored_sha256("other.iso") == sha256(desk.path)


async def test_a_run_that_was_to_use_an_object_uploads_a_file_instead(desk, watch_of):
    desk.lab.faults({"action": "status", "status": 403, "service": "ims", "method": "POST", "count": 0})
    watch = watch_of(desk.lab)
    run, end = await drive(desk, watch, desk.lab.recipe())
    assert isinstance(end, Failed)
    desk.lab.no_faults()
    async with desk.lab.engine() as engine:
        info = await engine.revise(run, desk.recipe())
        assert [s.id for s in info.stages][:3] == ["sign-in", "upload-iso", "register-iso"]
    _, end = await drive(desk, watch, run=run)
    assert isinstance(end, Done), end.error
    desk.expect_object()


async def test_an_older_journal_learns_of_the_stage(desk, watch_of):
    async with desk.lab.engine() as engine:
        info = await engine.create(desk.recipe())
        await engine._journal._writer.do(lambda db: db.execute("DELETE FROM stages WHERE id = 'upload-iso'").close())
        assert "upload-iso" not in [s.id for s in (await engine.info(info.id)).stages]
    _, end = await drive(desk, watch_of(desk.lab), run=info.id)
    assert isinstance(end, Done), end.error
    desk.expect_object()
    async with desk.lab.engine() as engine:
        row = next(s for s in (await engine.info(info.id)).stages if s.id == "upload-iso")
        assert row.state == "done"
