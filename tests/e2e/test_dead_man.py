"""The dead-man switch: a lost computer's server ends by itself, a living run's does not; clouds without one."""

import asyncio
import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from isowright.dead_man import time_in
from isowright.events import Done, Failed, LogLine, ResourceChanged, Waiting

SET_END = "/actions/update-auto-terminate-time"
CREATE = "/cloudservers$"


async def reach_install(lab, engine, watch, **server):
    """A run at the operator's turn: (handle, run id)."""
    turn = asyncio.Event()
    watch.hooks.append(lambda e: turn.set() if isinstance(e, Waiting) else None)
    run = await engine.create(lab.recipe(server=server))
    handle = await engine.start(run.id, lab.login, watch)
    ended = asyncio.create_task(handle.wait())
    reached = asyncio.create_task(turn.wait())
    await asyncio.wait({ended, reached}, return_when=asyncio.FIRST_COMPLETED)
    assert reached.done(), ended.result()
    return handle, run.id


def says(watch, words):
    """An event that is set once the run's log says these words."""
    said = asyncio.Event()
    watch.hooks.append(lambda e: said.set() if isinstance(e, LogLine) and words in e.text else None)
    return said


def logged(watch, words):
    return [e.text for e in watch.of(LogLine) if words in e.text]


def the_server(lab):
    (server,) = lab.world()["servers"]
    return server


def ends(lab):
    return datetime.fromisoformat(the_server(lab)["auto_terminate_time"])


async def test_lost_computer(lab, new_watch):
    watch = new_watch(install=False)
    async with lab.engine() as engine:
        handle, run_id = await reach_install(lab, engine, watch)
        ahead = ends(lab) - lab.clock.now()
        assert timedelta(hours=23, minutes=58) < ahead < timedelta(hours=24, minutes=1)
        attached = the_server(lab)["os-extended-volumes:volumes_attached"]
        assert [v["delete_on_termination"] for v in attached] == ["true", "true"]
        (told,) = {time_in(e.note) for e in watch.of(ResourceChanged) if time_in(e.note)}
        assert told == ends(lab)
        until = ends(lab)
        await handle.detach()
    lab.later(hours=23)
    assert len(lab.world()["servers"]) == 1
    lab.later(hours=2)
    world = lab.world()
    assert world["servers"] == world["volumes"] == []

    watch = new_watch(install=False)
    async with lab.engine() as engine:
        handle = await engine.start(run_id, lab.login, watch)
        end = await handle.wait()
        assert isinstance(end, Failed)
        assert end.stage == "install-os"
        when = until.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        assert end.error.title == f"The server was deleted by its dead-man switch at {when}; nothing is billed."
        assert "lost" in end.error.detail
        assert end.error.action == "clean-up"
        info = await engine.info(run_id)
        assert [r.kind for r in info.leftovers] == ["iso-image"]
        assert "No server is running" in info.cancel_cost()
        again = await engine.start(run_id, lab.login, watch)  # once more: the same words, not a riddle
        assert (await again.wait()).error.title == end.error.title
        info = await engine.clean_up(run_id, lab.login, watch)
        assert info.leftovers == ()
    assert not any(lab.world().values())


async def test_disk_that_stayed_behind_is_named_and_cleaned_up(lab, new_watch):
    """A cloud that neither ties the disk to the server nor lets it be tied."""
    lab.faults({"world": "keeps-data-disks"}, {"method": "PUT", "path": "block_device", "action": "refuse", "count": 0})
    watch = new_watch(install=False)
    async with lab.engine() as engine:
        handle, run_id = await reach_install(lab, engine, watch)
        assert logged(watch, "would leave the data disk")
        await handle.detach()
        lab.later(hours=25)
        (disk,) = lab.world()["volumes"]
        handle = await engine.start(run_id, lab.login, new_watch(install=False))
        end = await handle.wait()
        assert f"disks of it are left: {disk['id']}" in end.error.title
        assert {r.kind for r in (await engine.info(run_id)).leftovers} == {"iso-image", "data-volume"}
        await engine.clean_up(run_id, lab.login, new_watch())
    assert not any(lab.world().values())


async def test_disk_is_tied_to_the_server_where_the_create_request_did_not(lab, new_watch):
    lab.faults({"world": "keeps-data-disks"})
    async with lab.engine() as engine:
        handle, _ = await reach_install(lab, engine, new_watch(install=False))
        await handle.detach()
    lab.later(hours=25)
    assert lab.world()["volumes"] == []


async def test_long_installation_puts_it_off_again_and_again(lab, new_watch):
    watch = new_watch(install=False)
    async with lab.engine() as engine:
        handle, run_id = await reach_install(lab, engine, watch)
        server_id = the_server(lab)["id"]
        for _ in range(3):
            before = ends(lab)
            put_off = says(watch, "put off to")
            lab.later(hours=13)
            await put_off.wait()
            assert ends(lab) > before + timedelta(hours=12)
            (row,) = [r for r in (await engine.info(run_id)).resources if r.kind == "server"]
            assert time_in(row.note) == ends(lab)
        assert the_server(lab)["id"] == server_id
        lab.finish_install(server_id)
        assert isinstance(await handle.wait(), Done)
    lab.expect_only_image("result")


async def test_run_left_alone_puts_it_off_before_anything_else(lab, new_watch):
    async with lab.engine() as engine:
        handle, run_id = await reach_install(lab, engine, new_watch(install=False))
        await handle.detach()
        lab.later(hours=11)
        early = await engine.start(run_id, lab.login, new_watch(install=False), on_install="confirm")
        assert isinstance(await early.wait(), Waiting)
        assert lab.requests("POST", SET_END) == []  # more than half of it is left
        lab.later(hours=2)
        watch = new_watch(install=False)
        late = await engine.start(run_id, lab.login, watch, on_install="confirm")
        assert isinstance(await late.wait(), Waiting)
        assert len(lab.requests("POST", SET_END)) == 1
        (line,) = [e for e in watch.of(LogLine) if "put off to" in e.text]
        assert line.stage == "sign-in"
        assert ends(lab) - lab.clock.now() > timedelta(hours=23)


async def test_time_that_the_journal_has_lost_is_asked_of_the_cloud(lab, new_watch):
    async with lab.engine() as engine:
        handle, run_id = await reach_install(lab, engine, new_watch(install=False))
        await handle.detach()
    with contextlib.closing(sqlite3.connect(lab.home.journal_path)) as database, database:
        database.execute("DELETE FROM facts WHERE key LIKE 'server_ends%'")
    lab.later(hours=13)
    async with lab.engine() as engine:
        handle = await engine.start(run_id, lab.login, new_watch(install=False), on_install="confirm")
        assert isinstance(await handle.wait(), Waiting)
    assert ends(lab) - lab.clock.now() > timedelta(hours=23)


async def test_what_keeps_it_from_being_put_off_is_told_and_harms_nothing(lab, new_watch):
    watch = new_watch(install=False)
    async with lab.engine() as engine:
        handle, _ = await reach_install(lab, engine, watch)
        lab.faults({"path": SET_END, "action": "refuse", "count": 2})
        put_off = says(watch, "put off to")
        lab.later(hours=13)
        await put_off.wait()
        assert len(logged(watch, "could not be put off")) == 2
        lab.finish_install(the_server(lab)["id"])
        assert isinstance(await handle.wait(), Done)


@pytest.mark.parametrize("world", ["auto-terminate-refused", "auto-terminate-ignored"])
async def test_cloud_without_such_a_switch(lab, watch, world):
    lab.faults({"world": world})
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        handle = await engine.start(run.id, lab.login, watch)
        assert isinstance(await handle.wait(), Done)
        told = [e.text for e in await engine.log(run.id) if isinstance(e, LogLine)]
    lab.expect_only_image("result")
    words = "takes no dead-man switch" if world == "auto-terminate-refused" else "has no dead-man switch"
    (line,) = [text for text in told if "dead-man" in text]
    assert words in line
    assert "billed until somebody deletes it" in line
    assert lab.requests("POST", SET_END) == []
    assert not any(time_in(e.note) for e in watch.of(ResourceChanged))
    _, servers, deleted = lab.creates()
    assert (servers, deleted) == (3 if world == "auto-terminate-refused" else 2, 1)


async def test_cloud_whose_dry_run_does_not_look_at_it(lab, watch):
    body = r'"dry_run": ?false.*auto_terminate_time'
    lab.faults({"path": CREATE, "match_body": body, "action": "status", "status": 400, "code": "Ecs.0005"})
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        handle = await engine.start(run.id, lab.login, watch)
        assert isinstance(await handle.wait(), Done)
    assert logged(watch, "takes no dead-man switch")
    lab.expect_only_image("result")


async def test_refusals_for_other_reasons_stay_what_they_are(lab, watch):
    """The field is not blamed for what is refused without it too."""
    lab.faults({"path": CREATE, "action": "status", "status": 400, "code": "Ecs.0005", "count": 0})
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        handle = await engine.start(run.id, lab.login, watch)
        end = await handle.wait()
    assert (end.stage, end.error.code) == ("launch-server", "Ecs.0005")
    assert not logged(watch, "dead-man")


async def test_switched_off(lab, new_watch):
    watch = new_watch(install=False)
    async with lab.engine() as engine:
        handle, _ = await reach_install(lab, engine, watch, auto_delete_hours=0)
        assert "auto_terminate_time" not in the_server(lab)
        assert not logged(watch, "dead-man")
        lab.later(hours=400)
        assert len(lab.world()["servers"]) == 1
        lab.finish_install(the_server(lab)["id"])
        assert isinstance(await handle.wait(), Done)


@pytest.mark.parametrize(("hours", "same"), [(2, True), (24, False)], ids=["still good", "too late for it"])
async def test_repeated_request_is_the_same_to_the_minute(lab, watch, hours, same):
    """The request never arrives; the run is gone on with later. Its token demands the same body."""
    lab.faults({"path": CREATE, "match_body": r'"dry_run": ?false', "action": "reset-before", "count": 0})
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        handle = await engine.start(run.id, lab.login, watch)
        end = await handle.wait()
        assert (end.stage, end.error.kind) == ("launch-server", "UnknownOutcomeError")
        (asked,) = facts(lab, "server_ends_asked")
        lab.no_faults()
        lab.later(hours=hours)
        lab.faults({"id": "same", "path": CREATE, "match_body": asked, "action": "delay"})
        handle = await engine.start(run.id, lab.login, watch)
        assert isinstance(await handle.wait(), Done)
        (rule,) = lab.control("GET", "/practice/faults")["rules"]
        assert rule["hits"] == 1  # repeated as it was
        assert (facts(lab, "server_ends_asked") == [asked]) is same
    lab.expect_only_image("result")


def facts(lab, key):
    with contextlib.closing(sqlite3.connect(lab.home.journal_path)) as database:
        return [value for (value,) in database.execute("SELECT value FROM facts WHERE key = ?", (key,))]
