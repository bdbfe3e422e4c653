"""A profile whose answers the cloud has no more: led from one page to the next, and back to Review, by clicks."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
async def aged(program, ready_answers):
    """`await aged(server={…})`: the profile "weekly" on Home, with answers that are no more."""

    async def go(**parts):
        recipe = ready_answers(program.ready)
        for part, answers in parts.items():
            recipe = replace(recipe, **{part: replace(getattr(recipe, part), **answers)})
        await asyncio.to_thread(program.services.profiles.save, "weekly", recipe, overwrite=True)
        await program.window.home.load()
        return recipe

    return go


async def start(program, to):
    card = await program.until(lambda: program.window.home.card("weekly"))
    QTest.mouseClick(card.start, LEFT)
    await program.loaded(to)


async def saved(program):
    return await asyncio.to_thread(program.services.profiles.load, "weekly")


async def test_from_what_is_gone_to_an_image_by_continue_alone(program, aged):
    old = await aged(
        iso={"key": "debian-12_5_0-amd64-netinst.iso"},
        server={"flavor_id": "s3.large.2", "flavor_note": "2 vCPU, 4 GiB", "volume_type": "TAPE"},
        network={"subnet_id": "gone", "subnet_name": "subnet-old"},
    )
    await start(program, "iso")
    await program.sees("No longer there: ISO")
    await program.sees("debian-12_5_0-amd64-netinst.iso is not in the bucket")
    await program.sees("Preselected instead: debian-12_7_0-amd64-netinst.iso")
    rows = program.window.wizard.stepper
    assert [rows.row_of(step).step.state for step in ("server", "network")] == ["problem", "problem"]
    await program.go_on("server")  # Image has lost nothing
    await program.sees("No longer there: Flavor, disk type")
    await program.sees("The flavor s3.large.2 is not offered")
    await program.sees(f"Preselected instead: {program.page.session.recipe.server.flavor_id}")
    await program.go_on("network")
    await program.sees("The subnet subnet-old does not exist any more")
    await program.go_on("review")
    await program.sees("Replaced since “weekly” was saved")
    await program.sees("Flavor: ")
    assert await saved(program) == old, "nobody has asked to change the profile"
    await program.press("Save in the profile")
    await program.until(lambda: not program.window.wizard.banner.isVisible())
    assert (await saved(program)).server == program.page.session.recipe.server
    await program.until(program.page.checks.done)
    await program.create()
    await program.my_turn()
    await program.wait_for("done")
    await program.expect_only("practice-image")
    await program.press("Home")
    await start(program, "review")  # and the next time nothing stands in the way
    assert not program.window.wizard.banner.isVisible()


async def test_edit_leads_to_the_pages_concerned_too(program, aged):
    await aged(image={"enterprise_project_id": "none-such", "os_version": "Debian GNU/Linux 12.9.0 64bit"})
    card = program.window.home.card("weekly")
    next(a for a in card.more.menu().actions() if a.text() == "&Edit").trigger()
    await program.loaded("account")
    await program.until(lambda: program.page.session.cloud is not None)
    await program.until(lambda: not program.page.busy)
    await program.go_on("image")
    await program.sees("No longer there: OS version, enterprise project")
    image = program.page.session.recipe.image
    assert (image.os_version[:19], image.enterprise_project_id) == ("Debian GNU/Linux 12", "0")
    await program.go_on("review")
    await program.sees("Replaced since “weekly” was saved")


async def test_nothing_in_its_place_stops_at_the_page(program, aged):
    """An empty cloud: no network, no bucket; nothing is invented, and what comes later is taken up."""
    await aged(iso={"bucket": "isowright-no-such-bucket", "key": "nowhere.iso"})
    world = program.services.practice.cloud.world.state
    kept = dict(world.vpcs), dict(world.subnets)
    world.vpcs.clear()
    world.subnets.clear()
    await start(program, "iso")
    await program.sees("The bucket isowright-no-such-bucket does not exist any more")
    assert not program.page.valid
    await program.choose_iso()
    await program.go_on("image")  # another ISO, another system: its version is guessed anew
    assert not program.window.wizard.banner.isVisible()
    await program.until(lambda: program.page.session.recipe.image.os_version)
    await program.go_on("network")
    await program.sees("Make a VPC with a subnet in the cloud's console.")
    await program.sees("No VPC in this project")
    assert not program.page.valid
    world.vpcs.update(kept[0])
    world.subnets.update(kept[1])
    QTest.mouseClick(program.page.refresh_button, LEFT)
    await program.until(lambda: program.page.vpc.count() == len(kept[0]) // 2)
    await program.choose(program.page.vpc, next(iter(kept[0])))
    await program.until(program.page.subnets.model.shown)
    if not program.page.valid:
        table = program.page.subnets.table
        QTest.mouseClick(table.viewport(), LEFT, pos=table.visualRect(table.model().index(0, 0)).center())
    await program.go_on("review")
    await program.sees("chosen anew in place of")


async def test_a_jump_to_review_does_not_hide_what_is_gone(program, aged):
    await aged(server={"flavor_id": "s3.large.2"}, network={"subnet_id": "gone", "subnet_name": "subnet-old"})
    await start(program, "server")
    QTest.mouseClick(program.window.wizard.stepper.row_of("review"), LEFT)
    await program.loaded("review")
    await program.until(program.page.checks.done)
    assert not program.page.valid
    assert not program.window.wizard.banner.isVisible()
    QTest.mouseClick(program.window.wizard.stepper.row_of("network"), LEFT)
    await program.loaded("network")
    await program.sees("The subnet subnet-old does not exist any more")


async def test_what_a_check_has_answered_is_not_asked_again(program, aged):
    """The button of a check on Review does what the page would have done: nothing is said to be gone there any more."""
    await aged(server={"flavor_id": "s3.large.2"}, network={"subnet_id": "gone", "subnet_name": "subnet-old"})
    await start(program, "server")
    wizard = program.window.wizard
    QTest.mouseClick(wizard.stepper.row_of("review"), LEFT)
    await program.loaded("review")
    page = program.page
    await program.until(lambda: page.checks.done() and not page.tasks.running("checks"), limit=20)
    assert wizard.stepper.row_of("network").step.state == "problem"
    QTest.mouseClick(page.checks.items["addresses"].button, LEFT)
    await program.until(lambda: page.valid and page.checks.done(), limit=20)
    chosen = page.session.recipe.network
    assert chosen.subnet_id != "gone"
    assert wizard.stepper.row_of("network").step.state == "done"
    QTest.mouseClick(wizard.stepper.row_of("network"), LEFT)
    await program.loaded("network")
    assert not wizard.banner.isVisible()
    assert page.session.recipe.network == chosen
    QTest.mouseClick(wizard.stepper.row_of("server"), LEFT)
    await program.loaded("server")
    await program.go_on("review")
    await program.sees("Replaced since “weekly” was saved")
    await program.sees("Subnet: ")


async def test_who_may_look_at_nothing_is_led_to_review(program, aged):
    await aged(server={"flavor_id": "s3.large.2"})
    program.fault(action="refuse", count=0, method="GET", service="ecs")
    await start(program, "review")
    assert not program.window.wizard.banner.isVisible()


async def test_run_again_of_an_old_run_is_repaired_without_touching_its_profile(program, aged):
    """What the run had is gone since; another run is made of it, and the profile stays as it is."""
    now = await aged()
    old = replace(now, server=replace(now.server, flavor_id="s3.large.2", flavor_note="2 vCPU, 8 GiB"))
    run = await program.services.engine.create(old, profile="weekly")
    program.window.edit_again(run.id, old)
    await program.loaded("server")
    await program.sees("The flavor s3.large.2 is not offered")
    model, table = program.page.picker.model, program.page.picker.table
    at = table.visualRect(model.index(model.position("s6.large.4"), 0)).center()
    QTest.mouseClick(table.viewport(), LEFT, pos=at)
    assert program.page.session.recipe.server.flavor_id == "s6.large.4"
    await program.go_on("review")
    await program.sees("Answers that no longer existed have been replaced")
    await program.sees("Flavor: chosen anew in place of s3.large.2")
    assert program.button("Save in the profile") is None
    assert await saved(program) == now
