"""Runs that fail: said where, with a way to go on, and gone on with that way."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest


def details(program) -> str:
    """What stands in the band of the failed stage."""
    band = program.build.timeline.stage(program.controller.state.failed_stage).body()
    return band.details_text() if band is not None else ""


@pytest.mark.parametrize(
    ("job", "stage", "code", "first"),
    [
        ("imsImportImageJob", "register-iso", "IMG.1075", "Retry"),
        ("createServer", "launch-server", "Ecs.0204", "Change the answer"),
        ("imsVolumeCreateImageJob", "capture-disk", "IMG.0061", "Retry"),
    ],
)
async def test_a_failed_job_is_tried_again(program, weekly, job, stage, code, first):
    program.fault(job=job, action="fail-with-debris", reason="the backend tripped", code=code)
    await program.run_profile()
    if stage == "capture-disk":
        await program.my_turn()
    await program.wait_for("failed")
    assert program.controller.state.failed_stage == stage
    await program.until(lambda: details(program))  # the page draws what the run has told already
    assert "the backend tripped" in details(program)
    assert code in details(program)
    await program.until(lambda: program.window.focusWidget() is program.button(first))
    if first != "Retry":
        QTest.keyClick(program.window.focusWidget(), Qt.Key.Key_Tab)
        assert program.window.focusWidget() is program.button("Retry as it is")
    QTest.keyClick(program.window.focusWidget(), Qt.Key.Key_Return)
    if stage != "capture-disk":
        await program.my_turn()
    await program.wait_for("done")
    await program.expect_only("practice-image")


async def test_a_flavor_sold_out_at_launch_is_changed_in_the_same_run(program, weekly):
    await program.run_profile()
    flavor = program.controller.info.recipe.server.flavor_id
    stages = program.controller.state.stages

    def sell() -> None:
        if stages["register-iso"].state == "done" and not program.services.practice.cloud.context.faults.rules:
            program.fault(world="sold-out", flavor=flavor)

    program.controller.changed.connect(sell)
    await program.wait_for("failed")
    program.controller.changed.disconnect(sell)
    run = program.controller.info.id
    await program.press("Change the answer")
    await program.loaded("server")
    await program.until(program.page.picker.model.shown)
    table, model = program.page.picker.table, program.page.picker.model
    free = next(i for r in range(model.shown()) if not model.row_at(i := model.index(r, 0)).reason)
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(free).center())
    await program.until(lambda: program.page.session.recipe.server.flavor_id not in ("", flavor))
    await program.go_on("network")
    state = program.services.practice.cloud.world.state
    state.quotas.images = len(state.images) + 1  # the run's own ISO image has the other place
    await program.go_on("review")
    await program.create()
    assert program.controller.info.id == run
    await program.my_turn()
    await program.wait_for("done")
    assert await program.made() == [1, 1, 1]  # the ISO was not registered again
    await program.expect_only("practice-image")


async def test_two_runs_at_once_and_the_name_that_one_takes_from_the_other(program, weekly):
    await program.run_profile()
    await program.wait_for("your-turn")
    slow = program.controller
    await program.run_profile()
    await program.wait_for("your-turn")
    quick = program.controller
    assert quick is not slow
    assert len(program.services.runs.active) == 2
    await program.my_turn()
    await program.wait_for("done")
    await program.press("Home")
    await program.until(lambda: program.window.wizard is None)
    row = program.window.home._rows[slow.info.id]
    await program.until(lambda: "Your turn" in row.second.text())
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    await program.my_turn()
    await program.wait_for("failed")
    assert slow.state.failed_stage == "capture-disk"
    await program.sees("practice-image")
    await program.press("Choose another name")
    dialog = await program.dialog("Another name")
    await program.write(dialog.focusWidget(), "practice-image")
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    assert dialog.isVisible()
    await program.write(dialog.focusWidget(), "less-popular")
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    await program.wait_for("done")
    await program.sees("less-popular")
    await program.expect_only("less-popular", "practice-image")
    assert await program.made() == [2, 2, 2]


async def test_two_data_disks_are_no_guess(program, weekly):
    program.fault(world="extra-data-disk")
    await program.run_profile()
    await program.my_turn()
    await program.wait_for("failed")
    assert program.controller.state.failed_stage == "capture-disk"
    assert len([r for r in program.controller.state.live_resources if r.kind == "data-volume"]) == 2
    assert "imsVolumeCreateImageJob" not in await program.jobs()
    await program.press("Clean up and end")
    await program.answer("Delete what this run has made?", "Clean up")
    await program.wait_for("cleaned")
    assert not any((await program.world()).values())


async def test_a_full_quota_stops_at_the_first_thing_made(program, weekly):
    # Full between the checks and the run.
    await program.run_profile(before_create=lambda: program.fault(world="quota-full", resource="image"))
    await program.wait_for("failed")
    assert program.controller.state.failed_stage == "register-iso"
    await program.sees("quota")
    await program.sees("Nothing is left behind.")
    program.no_faults()
    await program.press("Retry")
    await program.my_turn()
    await program.wait_for("done")
    await program.expect_only("practice-image")


async def test_a_clean_up_that_fails_is_done_again(program, weekly):
    program.fault(job="deleteServer", action="fail", reason="busy", code="Ecs.0219")
    await program.run_profile()
    await program.wait_for("your-turn")
    await program.press("Cancel run")
    await program.answer("Cancel this run?", "Stop and clean up")
    await program.wait_for("failed")
    assert program.controller.state.failed_stage == "clean-up"
    assert (await program.world())["servers"]
    await program.press("Clean up again")
    await program.answer("Delete what this run has made?", "Clean up")
    await program.wait_for("cleaned")
    assert not any((await program.world()).values())
