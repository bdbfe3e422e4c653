"""An ISO of this computer, clicked: dropped onto the page, uploaded, and all that can go wrong on the way."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from isowright.practice.isos import DEBIAN, make_iso

LEFT = Qt.MouseButton.LeftButton
MIB = 1 << 20


@pytest.fixture
async def debian(tmp_path):
    """An ISO of some 6 MiB."""
    path = tmp_path / "debian-12.7.0-amd64-netinst.iso"
    await asyncio.to_thread(make_iso, dataclasses.replace(DEBIAN, filler=6 * MIB), path)
    return path


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setenv("ISOWRIGHT_PART_SIZE", "1")  # MiB


@pytest.fixture
async def at_iso(program):
    """Signed in, at the page ISO."""
    await program.press("New image")
    await program.loaded("account")
    await program.sign_in()
    await program.go_on("iso")
    await program.until(lambda: program.page.local.bucket)
    return program


async def review(program, path, limit=0):
    """From the dropped file to Review."""
    await program.drop(path)
    await program.until(lambda: program.page.session.recipe.iso.path == str(path))
    if limit:
        await program.write(program.page.form.limit.lineEdit(), str(limit))
        QTest.keyClick(program.page.form.limit, Qt.Key.Key_Tab)
        assert program.page.session.recipe.iso.limit == limit
    await program.answer_all("debian-12-base", iso=False)


def stage(program):
    return program.controller.state.stages["upload-iso"]


async def uploading(program):
    """Bytes go out."""
    return await program.until(lambda: program.build.upload and stage(program).transfer, limit=30)


async def object_bytes(program, iso):
    from isowright.cloud.client import Cloud

    services = program.services
    cloud = Cloud.open(services.practice.fill(program.controller.info.recipe.account), services.practice.login())
    try:
        return await cloud.obs.read(iso.bucket, iso.key, 0, iso.size)
    finally:
        await cloud.aclose()


async def open_uploads(program):
    return len(program.services.practice.cloud.world.state.uploads)


async def test_from_a_dropped_file_to_an_image(at_iso, debian):
    program = at_iso
    (debian.parent / "SHA256SUMS").write_text(f"{hashlib.sha256(debian.read_bytes()).hexdigest()}  {debian.name}\n")
    await review(program, debian)
    iso = program.page.session.recipe.iso
    assert iso.key == "debian-12-7-0-amd64-netinst.iso"
    assert program.page.session.recipe.image.os_version.startswith("Debian GNU/Linux 12")
    assert program.says("Uploaded")
    await program.create()
    await program.my_turn()
    await program.wait_for("done")
    await program.expect_only("debian-12-base")
    assert await object_bytes(program, iso) == debian.read_bytes()
    assert await open_uploads(program) == 0
    upload = program.build.controller.state.stages["upload-iso"]
    assert any("SHA-256 is as SHA256SUMS" in text for _, text, _ in upload.log)
    fates = {r.kind: r.fate for r in program.controller.state.resources.values()}
    assert (fates["upload"], fates["object"]) == ("deleted", "kept")


async def test_paused_and_gone_on_with_in_the_middle(at_iso, debian):
    program = at_iso
    await review(program, debian, limit=1)
    await program.create()
    await uploading(program)
    await program.press("Pause")
    await program.until(lambda: stage(program).transfer.paused)
    await program.sees("Paused")
    row = program.build.timeline.stage("upload-iso")
    await program.until(lambda: row.accessibleName().endswith("Paused"))
    assert row.glyph.state() == "paused"
    assert stage(program).transfer.done < debian.stat().st_size
    await program.write(program.build.upload.limit.lineEdit(), "0")
    QTest.keyClick(program.build.upload.limit, Qt.Key.Key_Return)
    assert program.controller.handle.upload_limit == 0
    assert program.controller.handle.upload_paused
    await program.press("Resume")
    await program.my_turn()
    assert row.state() == "done"
    await program.wait_for("done")
    await program.expect_only("debian-12-base")


async def test_cancelled_in_the_middle_says_what_it_costs_and_leaves_nothing(at_iso, debian):
    program = at_iso
    await review(program, debian, limit=1)
    await program.create()
    await uploading(program)
    await program.press("Cancel run")
    dialog = await program.dialog("Cancel this run?")
    assert "what was uploaded is kept" in dialog.accessibleDescription()
    await program.answer("Cancel this run?", "Stop and clean up")
    await program.wait_for("cleaned")
    assert await open_uploads(program) == 0
    assert all(r.fate == "deleted" for r in program.controller.state.resources.values())


async def test_stopped_in_the_middle_goes_on_where_it_was(at_iso, debian):
    program = at_iso
    await review(program, debian, limit=1)
    await program.create()
    await program.until(lambda: stage(program).transfer and stage(program).transfer.done > 2 * MIB, limit=30)
    await program.press("Cancel run")
    await program.answer("Cancel this run?", "Just stop")
    await program.wait_for("cancelled")
    upload = next(r for r in program.controller.state.resources.values() if r.kind == "upload")
    assert upload.fate == "exists"
    assert program.says("Clean up deletes what was uploaded")
    await program.press("Continue")
    await uploading(program)
    await program.write(program.build.upload.limit.lineEdit(), "0")
    QTest.keyClick(program.build.upload.limit, Qt.Key.Key_Return)
    await program.my_turn()
    await program.wait_for("done")
    again = next(r for r in program.controller.state.resources.values() if r.kind == "upload")
    assert again.id == upload.id


async def test_a_wrong_sum_stops_before_a_byte_leaves_and_is_mended(at_iso, debian):
    program = at_iso
    await program.drop(debian)
    await program.until(lambda: program.page.session.recipe.iso.path)
    await program.write(program.page.form.sum, "a" * 64)
    await program.answer_all("debian-12-base", iso=False)
    await program.create()
    await program.wait_for("failed")
    await program.sees("is not the file that its SHA-256 is of")
    assert await open_uploads(program) == 0
    await program.press("Change the answer")
    await program.loaded("iso")
    await program.until(lambda: program.page.local.facts)
    form = program.page.form
    assert form.sum.text() == "a" * 64
    form.sum.setFocus()
    QTest.keyClick(form.sum, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(form.sum, Qt.Key.Key_Delete)
    assert program.page.session.recipe.iso.sha256 == ""
    for step in ("image", "server", "network", "review"):
        await program.go_on(step)
    await program.until(program.page.checks.done, limit=20)
    QTest.mouseClick(program.window.wizard.footer.primary_button, LEFT)
    await program.until(lambda: program.controller is not None, limit=20)
    await program.my_turn()
    await program.wait_for("done")
    await program.expect_only("debian-12-base")


async def test_a_file_that_vanishes_before_the_run_is_put_back(at_iso, debian):
    program = at_iso
    await review(program, debian)
    away = debian.with_suffix(".away")
    await program.create(before=lambda: debian.rename(away))
    await program.wait_for("failed")
    assert debian.name in program.controller.state.error.title
    away.rename(debian)
    await program.press("Retry as it is")
    await program.my_turn()
    await program.wait_for("done")
    await program.expect_only("debian-12-base")


async def test_a_file_changed_in_the_middle_is_sent_anew(at_iso, debian):
    program = at_iso
    await review(program, debian, limit=1)
    await program.create()
    await uploading(program)
    await program.press("Pause")
    await program.until(lambda: stage(program).transfer.paused)
    changed = debian.read_bytes() + bytes(2048)
    debian.write_bytes(changed)
    program.controller.limit_upload(0)
    await program.press("Resume")
    await program.wait_for("failed")
    assert "changed" in program.controller.state.error.title
    await program.press("Retry")
    await program.my_turn()
    await program.wait_for("done")
    iso = program.controller.info.recipe.iso
    assert len(await object_bytes(program, iso)) in (len(changed), iso.size)


async def test_a_bucket_deleted_meanwhile_and_an_iso_of_another_bucket_instead(at_iso, debian):
    program = at_iso
    await review(program, debian, limit=1)
    gone = {"action": "status", "status": 404, "code": "NoSuchBucket", "count": 0}
    program.fault(service="obs", method="PUT", path="partNumber", **gone)
    await program.create()
    await program.wait_for("failed")
    assert "bucket does not exist" in program.controller.state.error.title
    assert await open_uploads(program) == 1
    program.no_faults()
    await program.press("Change the answer")
    await program.loaded("iso")
    await program.until(lambda: program.page.local.facts)
    program.page.way.set_value("bucket")
    await program.choose_iso()
    await program.until(lambda: not program.page.session.recipe.iso.path)
    for step in ("image", "server", "network", "review"):
        await program.go_on(step)
    await program.until(program.page.checks.done, limit=20)
    QTest.mouseClick(program.window.wizard.footer.primary_button, LEFT)
    await program.until(lambda: program.controller is not None, limit=20)
    await program.my_turn()
    await program.wait_for("done")
    await program.expect_only("debian-12-base")
    assert await open_uploads(program) == 0  # what was begun of the other ISO is not forgotten
    assert not list(program.home.uploads_dir.iterdir())


async def test_a_bucket_is_made_and_used(at_iso, debian):
    program = at_iso
    await program.drop(debian)
    await program.until(lambda: program.page.session.recipe.iso.path)
    await program.press("New bucket", program.page.form)
    dialog = await program.dialog("New bucket")
    await program.write(dialog.name, "Images!")
    assert "capital letters" in dialog.field.error()
    await program.write(dialog.name, "images")
    await program.until(lambda: "Somebody else" in dialog.field.error())
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)  # asked for all the same: the cloud refuses it
    assert dialog.make.busy()
    await program.until(lambda: not dialog.make.busy())
    assert "Somebody else has" in dialog.field.error()
    await program.write(dialog.name, "acme-isos-practice")
    await program.until(dialog.field.ok)
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    await program.until(lambda: program.page.session.recipe.iso.bucket == "acme-isos-practice")
    assert program.page.form.bucket.currentData() == "acme-isos-practice"
    await program.until(lambda: "Standard" in program.page.form.bucket_line.words())
    await program.answer_all("debian-12-base", iso=False)
    await program.create()
    await program.my_turn()
    await program.wait_for("done")
    made = program.services.practice.cloud.world.state.buckets["acme-isos-practice"]
    assert list(made.objects) == ["debian-12-7-0-amd64-netinst.iso"]
