"""A flavor that is sold out at launch: its successor is offered, or taken where the recipe says so."""

from __future__ import annotations

import msgspec
import pytest

from isowright.events import Done, Failed, LogLine, Waiting


@pytest.fixture
async def engine(lab):
    async with lab.engine() as engine:
        yield engine


def sold_out(*flavors):
    return [{"world": "sold-out", "flavor": flavor} for flavor in flavors]


async def drive(engine, lab, run_id, watch, **how):
    handle = await engine.start(run_id, lab.login, watch, **how)
    return await handle.wait()


def launched(lab):
    return lab.world()["servers"][0]["flavor"]["id"]


@pytest.fixture
def watched(new_watch, lab):
    """Notes the flavor of the server that waits for the operator."""
    watch = new_watch()
    watch.flavors = []
    watch.hooks.append(lambda event: watch.flavors.append(launched(lab)) if isinstance(event, Waiting) else None)
    return watch


async def test_the_next_is_offered(engine, lab, watched):
    first = lab.recipe().server.flavor_id
    lab.faults(*sold_out(first))
    run = await engine.create(lab.recipe())
    end = await drive(engine, lab, run.id, watched)
    assert isinstance(end, Failed)
    assert (end.stage, end.error.kind) == ("launch-server", "SoldOutError")
    word, _, other = end.error.action.partition(":")
    assert (word, other != first) == ("flavor", True)
    assert other in end.error.remedy
    server = msgspec.structs.replace(run.recipe.server, flavor_id=other, flavor_note="")
    await engine.revise(run.id, msgspec.structs.replace(run.recipe, server=server))
    assert isinstance(await drive(engine, lab, run.id, watched), Done)
    assert set(watched.flavors) == {other}


async def test_one_after_the_other_is_taken_where_the_recipe_says_so(engine, lab, watched):
    recipe = lab.recipe(server={"next_flavor": True})
    first = recipe.server.flavor_id
    run = await engine.create(recipe)
    lab.faults(*sold_out(first), {"job": "createServer", "action": "fail", "code": "Ecs.0319", "reason": "No room."})
    end = await drive(engine, lab, run.id, watched)
    assert isinstance(end, Done), end
    told = [line.text for line in watched.of(LogLine) if "is sold out" in line.text]
    assert [line.split()[0] for line in told] == [first, told[0].split(";")[1].split()[0]]  # the second's turn came
    assert watched.flavors[0] not in {line.split()[0] for line in told}
    assert watched.flavors[0] in told[-1]
    assert next(r.note for r in end.resources if r.kind == "server").startswith(watched.flavors[0])
    lab.expect_only_image("result")


async def test_sold_out_only_by_the_job_and_what_was_taken_outlives_the_process(engine, lab, new_watch):
    """The cloud accepts the request, and finds no room later; its debris goes before the next is tried."""
    fault = {
        "job": "createServer",
        "action": "fail-with-debris",
        "code": "Ecs.0319",
        "reason": "Insufficient capacity.",
    }
    lab.faults(fault)
    recipe = lab.recipe(server={"next_flavor": True})
    run = await engine.create(recipe)
    end = await drive(engine, lab, run.id, new_watch(install=False), on_install="confirm")
    assert isinstance(end, Waiting), end
    taken = launched(lab)
    assert taken != recipe.server.flavor_id
    assert len(lab.world()["servers"]) == 1
    asked = lab.creates()
    async with lab.engine() as other:
        end = await drive(other, lab, run.id, new_watch())
    assert isinstance(end, Done), end
    assert lab.creates()[1] == asked[1]
    lab.expect_only_image("result")


async def test_when_nothing_else_fits_the_operator_is_asked(engine, lab, new_watch):
    lab.faults({"world": "sold-out"})
    run = await engine.create(lab.recipe(server={"next_flavor": True}))
    end = await drive(engine, lab, run.id, new_watch())
    assert isinstance(end, Failed)
    assert end.error.kind == "SoldOutError"
    assert end.error.action == "step:server"
    assert [r.kind for r in end.resources] == ["iso-image"]
