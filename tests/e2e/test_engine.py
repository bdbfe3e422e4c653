"""Whole runs against the practice cloud: from ISO to image, interrupted anywhere, gone on with."""

import asyncio
import json

import pytest

from isowright.errors import InputError, InUseError
from isowright.events import Done, LogLine, Progress, ResourceChanged, RunStarted, StageChanged, Waiting
from isowright.pipeline.receipt import receipt_html, receipt_json

STAGES = ["sign-in", "register-iso", "launch-server", "install-os", "capture-disk", "verify-image", "clean-up"]


@pytest.mark.parametrize("by_key", [False, True], ids=["password", "access key"])
async def test_from_iso_to_image(lab, watch, by_key):
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe("web server", by_key=by_key), profile="weekly")
        assert run.state == "new"
        assert run.cancel_cost() == "Nothing is billed yet."
        costs = []
        watch.hooks.append(lambda e: costs.append(e) if isinstance(e, Waiting) else None)
        handle = await engine.start(run.id, lab.key_login if by_key else lab.login, watch)
        end = await handle.wait()
        info = await engine.info(run.id)
        log = await engine.log(run.id)

    assert isinstance(end, Done)
    assert end.image_id == lab.expect_only_image("web server") == info.image_id
    assert lab.world()["images"][0]["installed"]
    assert lab.creates() == (2, 2, 1)  # the servers: dry run and real one
    assert info.state == "done"
    assert info.leftovers == ()
    assert not info.unfinished
    assert not info.held
    assert info.profile == "weekly"
    assert [(s.id, s.state) for s in info.stages] == [(s, "done") for s in STAGES]
    fates = {r.kind: r.fate for r in info.resources}
    assert fates == {
        "iso-image": "deleted",
        "server": "deleted",
        "system-volume": "deleted",
        "data-volume": "deleted",
        "image": "kept",
    }
    assert isinstance(watch.events[0], RunStarted)
    assert [e.stage for e in watch.of(StageChanged) if e.state == "done"] == STAGES
    assert any(e.fraction for e in watch.of(Progress))
    assert costs
    assert {type(e) for e in log} == {LogLine, StageChanged}

    told = json.loads(receipt_json(info))
    assert told["image"]["id"] == end.image_id
    assert len(told["resources"]) == 5
    page = receipt_html(info)
    assert end.image_id in page
    for secret in (lab.ready["password"], lab.ready["secret_key"]):
        assert secret not in page + json.dumps(told)
        assert all(secret.encode() not in f.read_bytes() for f in lab.folder.rglob("*") if f.is_file())


def _after(kind, number):
    """Whether an event is the `number`-th of its kind."""
    count = 0

    def meant(event):
        nonlocal count
        count += isinstance(event, kind)
        return isinstance(event, kind) and count == number

    return meant


@pytest.mark.parametrize("kind", [StageChanged, ResourceChanged, LogLine])
async def test_interrupted_everywhere_makes_nothing_twice(lab, new_watch, kind):
    """The window is closed after the first such event, after the second of the next drive, and so on to the end."""
    interruptions = 0
    run_id = ""
    end = None
    number = 1
    while end is None:
        assert interruptions < 40
        watch = new_watch()
        meant = _after(kind, number)
        async with lab.engine() as engine:
            if not run_id:
                run_id = (await engine.create(lab.recipe())).id
            reached = asyncio.Event()
            watch.hooks.append(lambda e, meant=meant, reached=reached: reached.set() if meant(e) else None)
            handle = await engine.start(run_id, lab.login, watch)
            stop = asyncio.create_task(reached.wait())
            ended = asyncio.create_task(handle.wait())
            await asyncio.wait({stop, ended}, return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
            if not ended.done():
                await handle.detach()
            end = await ended
            info = await engine.info(run_id)
            if end is None:
                interruptions += 1
                assert info.interrupted
                assert info.unfinished
        number += 1
    assert isinstance(end, Done), end
    assert interruptions >= 4
    lab.expect_only_image("result")
    images, _, _ = lab.creates()
    assert images == 2
    assert [r.kind for r in info.resources] == ["iso-image", "server", "system-volume", "data-volume", "image"]


async def test_operator_says_finished_while_the_server_runs(lab, new_watch):
    watch = new_watch(install=False)
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        handle = await engine.start(run.id, lab.login, watch)
        turn = asyncio.Event()
        watch.hooks.append(lambda e: turn.set() if isinstance(e, Waiting) else None)
        await turn.wait()
        info = await engine.info(run.id)
        assert info.held
        assert info.cancel_cost() == "A temporary server is running and billed; clean-up deletes it."
        assert (await handle.console_url()).reveal().startswith("http")
        handle.installed()
        end = await handle.wait()
    assert isinstance(end, Done)
    assert len(lab.requests("POST", "/cloudservers/action")) == 1  # it was stopped before its disk was captured
    assert any("is only" in e.text for e in watch.of(LogLine))  # suspiciously quick
    lab.expect_only_image("result")


async def test_confirm_hands_back_and_goes_on_later(lab, new_watch):
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        handle = await engine.start(run.id, lab.login, new_watch(install=False), on_install="confirm")
        end = await handle.wait()
        assert isinstance(end, Waiting)
        info = await engine.info(run.id)
        assert info.state == "waiting"
        assert info.unfinished
        assert not info.interrupted
    lab.finish_install(end.server_id)
    async with lab.engine() as engine:
        handle = await engine.start(run.id, lab.login, new_watch(install=False), on_install="powered-off")
        assert isinstance(await handle.wait(), Done)
    lab.expect_only_image("result")


async def test_iso_object_goes_only_if_asked_for(lab, watch):
    recipe = lab.recipe(iso={"delete_object": True})
    async with lab.engine() as engine:
        run = await engine.create(recipe)
        handle = await engine.start(run.id, lab.login, watch)
        assert isinstance(await handle.wait(), Done)
        info = await engine.info(run.id)
    keys = [o["key"] for b in lab.control("GET", "/practice/world")["buckets"] for o in b["objects"]]
    assert recipe.iso.key not in keys
    assert [r.fate for r in info.resources if r.kind == "object"] == ["deleted"]


async def test_dead_token_in_mid_run_is_renewed(lab, watch):
    lab.faults({"action": "expire-tokens", "service": "ecs", "method": "GET", "nth": 2})
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        handle = await engine.start(run.id, lab.login, watch)
        assert isinstance(await handle.wait(), Done)
    assert len(lab.requests("POST", "/v3/auth/tokens")) == 2
    lab.expect_only_image("result")


async def test_second_holder_is_told(lab, new_watch):
    async with lab.engine() as engine, lab.engine() as other:
        run = await engine.create(lab.recipe())
        handle = await engine.start(run.id, lab.login, new_watch(install=False))
        assert (await other.info(run.id)).held
        with pytest.raises(InUseError) as caught:
            await other.start(run.id, lab.login, new_watch())
        assert caught.value.remedy
        with pytest.raises(InUseError):
            await other.clean_up(run.id, lab.login, new_watch())
        with pytest.raises(InUseError):
            await other.forget(run.id)
        await handle.detach()
        assert (await other.info(run.id)).interrupted
        handle = await other.start(run.id, lab.login, new_watch())
        assert isinstance(await handle.wait(), Done)
        with pytest.raises(InputError, match="has ended"):
            await engine.start(run.id, lab.login, new_watch())
        await engine.forget(run.id)
        assert await other.runs() == []


async def test_start_given_up_at_any_moment_leaves_the_run_to_others(lab, new_watch):
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        rounds, tries, started = 0, 0, False
        while not started:
            starting = asyncio.create_task(engine.start(run.id, lab.login, new_watch(install=False)))
            for _ in range(rounds):
                await asyncio.sleep(0)
            started = starting.done()
            starting.cancel()
            await asyncio.wait({starting})
            rounds, tries = rounds + 1 + rounds // 4, tries + 1
            if not started:
                assert not (await engine.info(run.id)).held
        assert tries > 3
        await starting.result().detach()
        handle = await engine.start(run.id, lab.login, new_watch())
        assert isinstance(await handle.wait(), Done)
    lab.expect_only_image("result")


async def test_twenty_runs_at_once(lab, new_watch):
    async with lab.engine() as engine:
        runs = [await engine.create(lab.recipe(f"image-{n:02}")) for n in range(20)]
        handles = [await engine.start(run.id, lab.login, new_watch()) for run in runs]
        ends = await asyncio.gather(*(handle.wait() for handle in handles))
        assert [type(end) for end in ends] == [Done] * 20
        infos = await engine.runs()
        assert [info.id for info in infos] == [run.id for run in reversed(runs)]
        assert len({info.mark for info in infos}) == 20
    world = lab.world()
    assert sorted(i["name"] for i in world["images"]) == [f"image-{n:02}" for n in range(20)]
    assert world["servers"] == world["volumes"] == []


async def test_recipe_with_holes_is_refused(lab):
    async with lab.engine() as engine:
        with pytest.raises(InputError) as caught:
            await engine.create(lab.recipe(server={"flavor_id": ""}))
        assert caught.value.action == "step:server.flavor_id"
        assert await engine.runs() == []
