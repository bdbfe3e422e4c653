"""What goes wrong in the middle of an upload: borne, or stopped with a remedy and gone on with; no wrong object."""

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from upload_tools import COMPLETE, INITIATE, KEY, MIB, PART, PARTS, Desk, local_iso, log_of, transfers

from isowright.events import Done, Failed, Progress, Waiting
from isowright.practice.server import practice_thread

PUT = {"service": "obs", "method": "PUT", "path": PART}
POST_COMPLETE = {"service": "obs", "method": "POST", "path": COMPLETE}
POST_INITIATE = {"service": "obs", "method": "POST", "path": INITIATE}


@pytest.fixture
def leap():
    return [0.0]


@pytest.fixture
def desk(tmp_path, lab_of, leap, monkeypatch):
    monkeypatch.setenv("ISOWRIGHT_PART_SIZE", "1")
    with practice_thread(tmp_path / "cloud", speed=1200.0, clock=lambda: time.time() + leap[0]) as (ready, cloud):
        lab = lab_of(ready, tmp_path / "home", [0.0])
        (tmp_path / "isos").mkdir()
        yield Desk(lab, cloud, local_iso(tmp_path / "isos" / "My Installer.iso"))
        lab.close()


async def drive(desk, watch, recipe=None, *, run=None, at=None):
    """(run id, final event). at: called once, when the first part has arrived."""
    async with desk.lab.engine() as engine:
        run = run or (await engine.create(recipe or desk.recipe())).id
        handle = await engine.start(run, desk.lab.login, watch)
        if at is not None:
            await until(lambda: any(r["status"] == 200 for r in desk.parts_sent()))
            at()
        return run, await asyncio.wait_for(handle.wait(), 100)


async def until(test):
    for _ in range(3000):
        if test():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to be")


async def leftovers_cleaned(desk, run):
    async with desk.lab.engine() as engine:
        info = await engine.clean_up(run, desk.lab.login, lambda _e: None)
        assert info.leftovers == ()
    desk.expect_nothing()


WRONG_ETAG = {"ETag": f'"{"0" * 32}"'}
ERROR_IN_200 = {
    "status": 200,
    "body": "<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>",
    "headers": {"Content-Type": "application/xml"},
}
UNKNOWN_KEY = {"action": "status", "status": 403, "code": "InvalidAccessKeyId"}

BORNE = {
    "a storm of 503": PUT | {"action": "status", "status": 503, "code": "SlowDown", "nth": 2, "count": 5},
    "503 with a time to wait": PUT | {"action": "status", "status": 503, "retry_after": 2, "nth": 2, "count": 3},
    "429": PUT | {"action": "status", "status": 429, "nth": 2, "count": 3},
    "500": PUT | {"action": "status", "status": 500, "nth": 1, "count": 4},
    "408": PUT | {"action": "status", "status": 408, "nth": 2, "count": 2},
    "502 of a proxy": PUT | {"action": "html", "nth": 2, "count": 3},
    "a connection that breaks before": PUT | {"action": "reset-before", "nth": 2, "count": 3},
    "a connection that breaks in the middle": PUT
    | {"action": "cut-body", "after_bytes": 600_000, "nth": 2, "count": 2},
    "an answer that is lost": PUT | {"action": "reset-after", "nth": 2, "count": 3},
    "an error after it was done": PUT | {"action": "after-status", "status": 500, "nth": 2, "count": 2},
    "bytes that change on the way": PUT
    | {"action": "status", "status": 400, "code": "BadDigest", "nth": 2, "count": 2},
    "a part stored with another MD5": PUT | {"action": "status", "status": 200, "headers": WRONG_ETAG, "body": ""},
    "no ETag": PUT | {"action": "status", "status": 200, "body": "", "nth": 3},
    "keys that expire": PUT | {"action": "expire-keys", "nth": 2},
    "keys that nobody knows": PUT | UNKNOWN_KEY | {"nth": 2, "count": 3},
    "the beginning unanswered": POST_INITIATE | {"action": "reset-after"},
    "the beginning lost": POST_INITIATE | {"action": "reset-before"},
    "the beginning throttled": POST_INITIATE | {"action": "status", "status": 503, "code": "SlowDown", "count": 2},
    "the beginning cut off": POST_INITIATE | {"action": "truncated"},
    "the end unanswered": POST_COMPLETE | {"action": "reset-after"},
    "the end lost": POST_COMPLETE | {"action": "reset-before", "count": 2},
    "the end with an error of status 200": POST_COMPLETE | ERROR_IN_200 | {"action": "status"},
    "the end done, and an error of status 200": POST_COMPLETE | ERROR_IN_200 | {"action": "after-status"},
    "the end with 500": POST_COMPLETE | {"action": "status", "status": 500},
    "the end done, and 503": POST_COMPLETE | {"action": "after-status", "status": 503},
    "the end throttled": POST_COMPLETE | {"action": "status", "status": 503, "code": "SlowDown", "count": 2},
    "the end with a part that was lost": POST_COMPLETE | {"action": "lose-part"},
    "the end with a part that is said to be lost": POST_COMPLETE
    | {"action": "status", "status": 400, "code": "InvalidPart"},
    "the list of parts unreadable": {"service": "obs", "method": "GET", "path": "uploadId", "action": "truncated"},
}


@pytest.mark.parametrize("name", BORNE)
async def test_it_is_borne(desk, watch_of, name):
    desk.lab.faults(BORNE[name])
    watch = watch_of(desk.lab)
    _, end = await drive(desk, watch)
    assert isinstance(end, Done), end.error
    (rule,) = desk.lab.control("GET", "/practice/faults")["rules"]
    assert rule["fired"], "the fault never came"
    desk.expect_object()
    assert len(desk.requests("POST", "?uploads")) <= 2 + (name == "the beginning throttled")
    assert all(e.transfer.done <= e.transfer.total for e in transfers(watch.events))


async def test_expired_keys_are_renewed_once_for_all_parts(desk, watch_of):
    desk.lab.faults(PUT | {"action": "expire-keys", "nth": 3})
    _, end = await drive(desk, watch_of(desk.lab))
    assert isinstance(end, Done), end.error
    asked = desk.lab.requests("POST", "/v3.0/OS-CREDENTIAL/securitytokens")
    assert len(asked) == 2


STOPPED = {
    "no permission": (
        PUT | {"action": "status", "status": 403, "code": "AccessDenied", "nth": 2, "count": 0},
        "step:iso.bucket",
    ),
    "a full bucket": (
        PUT | {"action": "status", "status": 403, "code": "InsufficientStorageSpace", "nth": 3, "count": 0},
        "retry",
    ),
    "arrears": (
        PUT | {"action": "status", "status": 403, "code": "InArrearOrInsufficientBalance", "nth": 2, "count": 0},
        "retry",
    ),
    "keys unknown for ever": (PUT | UNKNOWN_KEY | {"nth": 2, "count": 0}, "retry"),
    "500 for ever": (PUT | {"action": "status", "status": 500, "nth": 3, "count": 0}, "retry"),
    "no permission to begin": (
        POST_INITIATE | {"action": "status", "status": 403, "code": "AccessDenied"},
        "step:iso.bucket",
    ),
    "no permission to complete": (
        POST_COMPLETE | {"action": "status", "status": 403, "code": "AccessDenied"},
        "step:iso.bucket",
    ),
    "never completed": (POST_COMPLETE | {"action": "reset-before", "count": 0}, "retry"),
}


@pytest.mark.parametrize("name", STOPPED)
async def test_it_is_stopped_and_gone_on_with(desk, watch_of, name):
    rule, action = STOPPED[name]
    desk.lab.faults(rule)
    watch = watch_of(desk.lab)
    run, end = await drive(desk, watch)
    assert isinstance(end, Failed)
    assert end.stage == "upload-iso"
    assert end.error.remedy
    assert end.error.action == action
    assert desk.stored() is None
    stored = {r["query"] for r in desk.parts_sent() if r["status"] == 200}
    desk.lab.no_faults()
    _, end = await drive(desk, watch, run=run)
    assert isinstance(end, Done), end.error
    desk.expect_object()
    after = [r["query"] for r in desk.parts_sent() if r["status"] == 200]
    assert len(after) == PARTS or name == "never completed"
    assert stored <= set(after)


@pytest.mark.parametrize("name", STOPPED)
async def test_or_cleaned_up(desk, watch_of, name):
    desk.lab.faults(STOPPED[name][0])
    run, end = await drive(desk, watch_of(desk.lab))
    assert isinstance(end, Failed)
    desk.lab.no_faults()
    await leftovers_cleaned(desk, run)


async def test_the_network_goes_and_comes_back(desk, watch_of):
    desk.lab.faults(PUT | {"action": "down-before", "nth": 3, "seconds": 1.5})
    watch = watch_of(desk.lab)
    _, end = await drive(desk, watch)
    assert isinstance(end, Done), end.error
    assert [e for e in watch.of(Waiting) if e.reason == "network" and e.stage == "upload-iso"]
    desk.expect_object()


async def test_the_clouds_clock_runs_away(desk, watch_of, leap):
    """By an hour: the requests are too skewed, and the keys are past their time as well."""

    def an_hour():
        leap[0] += 3600

    _, end = await drive(desk, watch_of(desk.lab), desk.recipe(limit=4.0), at=an_hour)
    assert isinstance(end, Done), end.error
    skewed = [r for r in desk.parts_sent() if r["status"] == 403]
    assert 1 <= len(skewed) <= 8
    desk.expect_object()


async def test_the_bucket_is_deleted(desk, watch_of):
    def delete():
        state = desk.cloud.world.state
        state.uploads.clear()
        state.buckets.pop(desk.bucket)

    run, end = await drive(desk, watch_of(desk.lab), desk.recipe(limit=4.0), at=delete)
    assert isinstance(end, Failed)
    assert end.error.remedy
    assert end.error.action == "step:iso.bucket" or end.error.code == "NoSuchUpload"
    async with desk.lab.engine() as engine:
        info = await engine.clean_up(run, desk.lab.login, lambda _e: None)
    assert info.leftovers == ()


async def test_somebody_aborts_the_upload(desk, watch_of):
    run, end = await drive(desk, watch_of(desk.lab), desk.recipe(limit=4.0), at=desk.cloud.world.state.uploads.clear)
    assert isinstance(end, Failed)
    assert end.error.code == "NoSuchUpload"
    watch = watch_of(desk.lab)
    _, end = await drive(desk, watch, run=run)
    assert isinstance(end, Done), end.error
    assert "anew" in log_of(watch.events)
    desk.expect_object()


def grown(path):
    with path.open("ab") as out:
        out.write(b"more")


def rewritten(path):
    local_iso(path, seed=2)


def shortened(path):
    os.truncate(path, 3 * MIB)


@pytest.mark.parametrize("change", [grown, rewritten, shortened])
async def test_the_file_changes_meanwhile(desk, watch_of, change):
    run, end = await drive(desk, watch_of(desk.lab), desk.recipe(limit=4.0), at=lambda: change(desk.path))
    assert isinstance(end, Failed)
    assert end.error.action == "retry"
    assert end.error.remedy
    assert desk.stored() is None
    watch = watch_of(desk.lab)
    _, end = await drive(desk, watch, run=run)
    assert isinstance(end, Done), end.error
    assert "sent anew" in log_of(watch.events)
    desk.expect_object()


async def test_the_file_is_taken_away_and_put_back(desk, watch_of):
    away = desk.path.with_name("away")
    run, end = await drive(desk, watch_of(desk.lab), desk.recipe(limit=4.0), at=lambda: desk.path.rename(away))
    assert isinstance(end, Failed)
    assert "no longer there" in end.error.title
    _, end = await drive(desk, watch_of(desk.lab), run=run)
    assert isinstance(end, Failed)
    assert end.error.action == "step:iso.path"
    away.rename(desk.path)
    _, end = await drive(desk, watch_of(desk.lab), run=run)
    assert isinstance(end, Done), end.error
    desk.expect_object()
    stored = [r["query"] for r in desk.parts_sent() if r["status"] == 200]
    assert len(stored) == PARTS


async def test_the_record_cannot_be_written(desk, watch_of):
    folder = desk.lab.folder / "data" / "uploads"
    run = None

    def in_the_way(event):
        if isinstance(event, Progress) and event.stage == "upload-iso" and folder.is_dir():
            folder.rmdir()
            folder.write_text("in the way")

    watch = watch_of(desk.lab)
    watch.hooks.append(in_the_way)
    run, end = await drive(desk, watch)
    assert isinstance(end, Failed)
    assert "record" in end.error.title
    assert end.error.remedy
    assert desk.parts_sent() == []
    folder.unlink()
    _, end = await drive(desk, watch_of(desk.lab), run=run)
    assert isinstance(end, Done), end.error
    desk.expect_object()
    assert len(desk.requests("POST", "?uploads")) == 1


@pytest.mark.parametrize(
    "damage", [lambda _path: None, lambda path: path.unlink(), lambda path: path.write_bytes(b"{")]
)
async def test_the_record_is_lost(desk, watch_of, damage):
    """The journal still has the upload, and the cloud its parts: they are compared, not sent again."""
    rule, _ = STOPPED["500 for ever"]
    desk.lab.faults(rule | {"nth": 5})
    run, end = await drive(desk, watch_of(desk.lab))
    assert isinstance(end, Failed)
    desk.lab.no_faults()
    damage(desk.lab.folder / "data" / "uploads" / f"{run}.jsonl")
    _, end = await drive(desk, watch_of(desk.lab), run=run)
    assert isinstance(end, Done), end.error
    desk.expect_object()
    stored = [r["query"] for r in desk.parts_sent() if r["status"] == 200]
    assert len(stored) == PARTS


async def test_a_part_that_was_damaged_in_the_cloud_is_sent_again(desk, watch_of):
    rule, _ = STOPPED["500 for ever"]
    desk.lab.faults(rule | {"nth": 5})
    run, _ = await drive(desk, watch_of(desk.lab))
    desk.lab.no_faults()
    (upload,) = desk.cloud.world.state.uploads.values()
    number = min(upload.parts)
    blob, _, size, at = upload.parts[number]
    upload.parts[number] = (blob, "1" * 32, size, at)
    _, end = await drive(desk, watch_of(desk.lab), run=run)
    assert isinstance(end, Done), end.error
    desk.expect_object()


async def test_an_object_that_is_not_what_was_sent_is_not_kept(desk, watch_of):
    """The cloud makes something else of the parts: nobody may take that for the ISO."""
    plan = desk.cloud.world.objects.plan_complete
    desk.cloud.world.objects.plan_complete = lambda upload, wanted: (plan(upload, wanted)[0], "2" * 32 + "-6", 6 * MIB)
    run, end = await drive(desk, watch_of(desk.lab))
    assert isinstance(end, Failed)
    assert "not what was sent" in end.error.title
    assert desk.stored() is None
    del desk.cloud.world.objects.plan_complete
    _, end = await drive(desk, watch_of(desk.lab), run=run)
    assert isinstance(end, Done), end.error
    desk.expect_object()


async def test_uploads_of_others_are_left_alone(desk, watch_of):
    """Of the same object, from another computer, begun before and after."""
    objects = desk.cloud.world.objects
    theirs = objects.begin_upload(desk.bucket, KEY, "x", "", "somebody")
    desk.lab.faults(POST_INITIATE | {"action": "reset-after"})
    rule, _ = STOPPED["500 for ever"]
    desk.lab.faults(rule)
    run, end = await drive(desk, watch_of(desk.lab))
    assert isinstance(end, Failed)
    later = objects.begin_upload(desk.bucket, KEY, "x", "", "somebody")
    desk.lab.no_faults()
    async with desk.lab.engine() as engine:
        await engine.clean_up(run, desk.lab.login, lambda _e: None)
    assert set(desk.cloud.world.state.uploads) == {theirs.id, later.id}
