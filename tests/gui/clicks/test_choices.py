"""Choices that a run carries out: a network made for it, and the flavor after one that is sold out."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest


async def networks(program) -> list[str]:
    world = await program.get("world")
    return [thing["name"] for kind in ("vpcs", "subnets") for thing in world[kind] if thing["made_by"]]


async def to(program, step: str) -> None:
    """The profile's answers, at one page of the wizard."""
    card = await program.until(lambda: program.window.home.card("weekly"))
    QTest.mouseClick(card.start, Qt.MouseButton.LeftButton)
    await program.loaded("review")
    if step == "review":
        return
    QTest.mouseClick(program.page.choices.buttons[step], Qt.MouseButton.LeftButton)
    await program.loaded(step)


async def test_a_network_is_made_for_the_run_and_gone_after_it(program, weekly):
    await to(program, "network")
    QTest.keyClick(program.page.own.box, Qt.Key.Key_Space)
    await program.go_on("review")
    await program.sees("VPC with a subnet")
    await program.create()
    await program.wait_for("your-turn")
    assert len(await networks(program)) == 2
    await program.sees("VPC")
    await program.my_turn()
    await program.wait_for("done")
    await program.expect_only("practice-image")
    assert await networks(program) == []


async def test_the_next_flavor_is_offered_in_place(program, weekly):
    await to(program, "review")
    flavor = program.page.session.recipe.server.flavor_id
    await program.create(lambda: program.fault(world="sold-out", flavor=flavor))
    await program.wait_for("failed")
    other = program.controller.state.error.action.removeprefix("flavor:")
    run = program.controller.info.id
    await program.press(f"Take {other}")
    await program.my_turn()
    await program.wait_for("done")
    assert (program.controller.info.id, other != flavor) == (run, True)
    assert program.controller.info.recipe.server.flavor_id == other
    await program.expect_only("practice-image")


async def test_the_next_flavor_is_taken_by_itself(program, weekly):
    await to(program, "server")
    QTest.keyClick(program.page.next_flavor.box, Qt.Key.Key_Space)
    await program.go_on("network")
    await program.go_on("review")
    await program.sees("next flavor if sold out")
    flavor = program.page.session.recipe.server.flavor_id
    await program.create(lambda: program.fault(world="sold-out", flavor=flavor))
    await program.my_turn()
    await program.wait_for("done")
    await program.expect_only("practice-image")
