"""What is photographed. Each scene has a window and a practice cloud of its own; its docstring names its pictures."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import json
from typing import Any

import msgspec
import pytest
from make import Camera, all_well, faults, ready, settled, until
from PySide6.QtWidgets import QApplication, QScrollArea
from scenes_after import after_image
from scenes_profiles import profiles, repair
from scenes_turn import turn_watched
from scenes_unattended import unattended

from isowright.errors import AppError, StateError
from isowright.recipe import CUSTOM, Account, ImageSpec, IsoSource, Recipe

replace = msgspec.structs.replace


async def wizard_at(window: Any, recipe: Recipe, step: str) -> Any:
    await window._open_signed_in(recipe, "", step)
    await settled(window.wizard)
    return window.wizard


def elsewhere(services: Any, name: str, cloud: str, region: str, iso: str, **image: Any) -> Recipe:
    """A recipe of another cloud, for cards."""
    return replace(
        ready(services),
        account=Account(cloud=cloud, region=region, domain="acme", user="d.white"),
        iso=IsoSource(bucket="images", key=iso),
        image=ImageSpec(name=name, os_version="Debian 12.0.0 64bit", **image),
    )


async def save(services: Any, name: str, recipe: Recipe) -> None:
    await asyncio.to_thread(services.profiles.save, name, recipe)


async def home_first(camera: Camera, window: Any, services: Any) -> None:
    """home-first"""
    await window.home.load()
    await camera.shoot("home-first", window)


async def home(camera: Camera, window: Any, services: Any) -> None:
    """home-full home-unfinished home-running home-narrow dialog-clean-up dialog-delete dialog-name"""
    recipe = ready(services)
    await save(
        services,
        "debian-12-base",
        elsewhere(services, "debian-12-base", "otc", "eu-de", "iso/debian-12.7.0-amd64-netinst.iso"),
    )
    windows = elsewhere(
        services, "win2022", "huaweicloud", "cn-north-4", "SERVER_EVAL_x64FRE_en-us.iso", os_type="Windows"
    )
    await save(services, "win2022-std-en", windows)
    await save(services, "practice-ubuntu", recipe)
    (services.home.profiles_dir / "broken.toml").write_text("this is = not a profile", encoding="utf-8")
    for name, fate in (("ubuntu-22.04", "done"), ("rocky-9", "failed"), ("alma-9", "cancelled")):
        await one_run(services, replace(recipe, image=replace(recipe.image, name=name)), fate, "practice-ubuntu")
    await window.home.load()
    await camera.shoot("home-full", window)
    left = await services.engine.create(recipe, profile="practice-ubuntu")
    await window.home.load()
    await camera.shoot("home-unfinished", window)
    window.resize(660, 740)
    await asyncio.sleep(0.1)
    await camera.shoot("home-narrow", window)
    window.resize(1120, 740)
    for name, start in (
        ("dialog-clean-up", lambda: window.home._clean_up(left)),
        ("dialog-delete", lambda: window.home._delete("debian-12-base")),
        ("dialog-name", lambda: window.home._duplicate("debian-12-base")),
    ):
        asking = asyncio.ensure_future(start())
        dialog = await until(QApplication.activeModalWidget, name)
        await camera.shoot(name, dialog)
        dialog.reject()
        await asking
    faults(services, {"job": ".*", "action": "slow", "factor": 200, "count": 0})
    controller = await services.runs.open(left.id)
    controller.start()
    await until(lambda: controller.state.current is not None and controller.state.current.id != "sign-in", "a stage")
    await window.home.load()
    await asyncio.sleep(0.4)
    await camera.shoot("home-running", window)
    await controller.detach()


async def one_run(services: Any, recipe: Recipe, fate: str, profile: str = "") -> Any:
    """A whole run up to its fate: your-turn, done, failed, cancelled."""
    if fate == "failed":
        faults(services, {"job": "imsVolumeCreateImageJob", "action": "fail", "count": 1})
    info = await services.engine.create(recipe, profile=profile)
    controller = await services.runs.open(info.id)
    controller.start()
    await until(lambda: controller.state.phase in ("your-turn", "failed"), "the operator's turn")
    if fate == "your-turn" or controller.state.phase == "failed":
        return controller
    if fate == "cancelled":
        await controller.stop()
    else:
        controller.installed()
    await until(lambda: not controller.active, fate)
    await all_well(services)
    return controller


async def account_ways(camera: Camera, window: Any, services: Any) -> None:
    """account-found account-filled account-code account-temporary account-token"""
    home = services.home.data.parent / "person"
    (home / ".hcloud").mkdir(parents=True)
    (home / ".config" / "openstack").mkdir(parents=True)
    key = {
        "name": "default",
        "accessKeyId": "HPUA5TQ2XAMPLE0BAWB",
        "secretAccessKey": "s" * 40,
        "region": "eu-west-101",
    }
    (home / ".hcloud" / "config.json").write_text(json.dumps({"current": "default", "profiles": [key]}))
    (home / ".config" / "openstack" / "clouds.yaml").write_text(
        "clouds: {office: {auth: {auth_url: 'https://iam.eu-de.otc.t-systems.com/v3', username: d.white, "
        "user_domain_name: OTC-EU-DE-0000000001}, region_name: eu-de}}"
    )
    with_home = pytest.MonkeyPatch()
    with_home.setenv("HOME", str(home))
    try:
        window.start_wizard()
        await until(lambda: window.wizard is not None and window.wizard.page is not None)
        page = window.wizard.page
        await until(page.found.isVisible)
        await asyncio.sleep(0.4)
        await camera.shoot("account-found", window)
        page.found.buttons[0].click()
        await asyncio.sleep(0.4)
        await camera.shoot("account-filled", window)
        for method in ("temporary_key", "token"):
            page.form.method.set_value(method)
            await asyncio.sleep(0.4)
            await camera.shoot(f"account-{method.partition('_')[0]}", window)
        facts = services.practice.ready
        account = Account(
            cloud=CUSTOM,
            region=facts["region"],
            domain=facts["domain"],
            user="with-code",
            endpoints=dict(facts["endpoints"]),
        )
        wizard = await wizard_at(window, Recipe(account=account), "account")
        wizard.page.form.password.setText(facts["users"]["with-code"]["password"])
        wizard.page.form.advanced.set_open(False)
        await wizard.page.commit()
        await asyncio.sleep(0.4)
        await camera.shoot("account-code", window)
    finally:
        with_home.undo()


async def account(camera: Camera, window: Any, services: Any) -> None:
    """account-empty account-problem account-practice account-signed-in account-error account-custom account-kind
    account-narrow"""
    wizard = window.start_wizard()
    await until(lambda: wizard.page is not None)
    await settled(wizard)
    await camera.shoot("account-empty", window)
    wizard.page.reveal_problem()
    await camera.shoot("account-problem", window)
    otc = Account(cloud="otc", region="eu-de")
    window.start_wizard(Recipe(account=otc))
    await until(lambda: window.wizard.page is not None)
    await settled(window.wizard)
    window.wizard.page.reveal_problem()
    await camera.shoot("account-password-problem", window)
    window.start_tour()
    await until(lambda: window.wizard is not None and window.wizard.session.recipe.account.cloud == "practice")
    await until(lambda: window.wizard.page is not None)
    await settled(window.wizard)
    await camera.shoot("account-practice", window)
    wizard = await wizard_at(window, ready(services), "account")
    wizard.footer.primary_button.click()
    await until(lambda: wizard.session.identity is not None)
    await settled(wizard)
    await camera.shoot("account-signed-in", window)
    window.resize(720, 640)
    await camera.shoot("account-narrow", window)
    window.resize(1120, 740)
    facts = services.practice.ready
    custom = Account(
        cloud=CUSTOM, region=facts["region"], domain=facts["domain"], user="nobody", endpoints=dict(facts["endpoints"])
    )
    window.start_wizard(Recipe(account=custom))
    wizard = await until(lambda: window.wizard if window.wizard.page is not None else None)
    await settled(wizard)
    await camera.shoot("account-custom", window)
    wizard.page.form.advanced.reveal()
    await asyncio.sleep(0.4)
    area = wizard.page.parentWidget()
    while not isinstance(area, QScrollArea):
        area = area.parentWidget()
    area.ensureWidgetVisible(wizard.page.form.field("like"), 0, 240)
    await camera.shoot("account-kind", window)
    wizard.page.form.fields["password"].control.setText("wrong password")
    wizard.footer.primary_button.click()
    await until(lambda: not wizard.page.busy and not wizard.tasks.running("move"))
    await camera.shoot("account-error", window)


async def iso(camera: Camera, window: Any, services: Any) -> None:
    """iso-list iso-chosen iso-loading iso-error iso-not-iso iso-narrow"""
    recipe = ready(services)
    nothing = replace(recipe, iso=IsoSource(bucket=recipe.iso.bucket))
    wizard = await wizard_at(window, nothing, "iso")
    await camera.shoot("iso-list", window)
    wizard.page.reveal_problem()
    await camera.shoot("iso-problem", window)
    wizard = await wizard_at(window, recipe, "iso")
    await asyncio.sleep(1)
    await camera.shoot("iso-chosen", window)
    window.resize(720, 640)
    await camera.shoot("iso-narrow", window)
    window.resize(1120, 740)
    wrong = replace(recipe, iso=IsoSource(bucket=recipe.iso.bucket, key="README.txt"))
    await wizard_at(window, wrong, "iso")
    await camera.shoot("iso-not-iso", window)
    faults(services, {"service": "obs", "action": "hold-before", "count": 0})
    opening = asyncio.ensure_future(window._open_signed_in(nothing, "", "iso"))
    await asyncio.sleep(2.6)
    await camera.shoot("iso-loading", window)
    await all_well(services)
    await opening
    await settled(window.wizard)
    faults(services, {"service": "obs", "action": "refuse", "count": 0})
    await wizard_at(window, nothing, "iso")
    await camera.shoot("iso-error", window)
    await all_well(services)


async def image(camera: Camera, window: Any, services: Any) -> None:
    """image image-illegal image-owner image-taken"""
    recipe = ready(services)
    await wizard_at(window, recipe, "image")
    await camera.shoot("image", window)
    illegal = replace(recipe, image=replace(recipe.image, name="no/such?name"))
    wizard = await wizard_at(window, illegal, "image")
    wizard.page.reveal_problem()
    await camera.shoot("image-illegal", window)
    faults(services, {"service": "eps", "action": "refuse", "count": 0})
    wizard = await wizard_at(window, recipe, "image")
    await until(wizard.page.owner.typed.isVisible)
    await camera.shoot("image-owner", window)
    await all_well(services)
    await one_run(services, recipe, "done")
    await wizard_at(window, recipe, "image")
    await asyncio.sleep(1)
    await camera.shoot("image-taken", window)


async def server(camera: Camera, window: Any, services: Any) -> None:
    """server server-problem server-error server-narrow"""
    recipe = ready(services)
    await wizard_at(window, recipe, "server")
    await camera.shoot("server", window)
    window.resize(720, 640)
    await camera.shoot("server-narrow", window)
    window.resize(1120, 740)
    small = replace(recipe, server=replace(recipe.server, data_disk=10))
    wizard = await wizard_at(window, small, "server")
    wizard.page.reveal_problem()
    await camera.shoot("server-problem", window)
    faults(services, {"service": "ecs", "action": "refuse", "count": 0})
    await wizard_at(window, recipe, "server")
    await camera.shoot("server-error", window)
    await all_well(services)


async def network(camera: Camera, window: Any, services: Any) -> None:
    """network network-own network-error"""
    recipe = ready(services)
    await wizard_at(window, recipe, "network")
    await camera.shoot("network", window)
    own = replace(recipe, network=replace(recipe.network, make=True, vpc_id="", subnet_id=""))
    await wizard_at(window, own, "network")
    await camera.shoot("network-own", window)
    faults(services, {"service": "vpc", "action": "status", "status": 503, "count": 0})
    await wizard_at(window, recipe, "network")
    await asyncio.sleep(1)
    await camera.shoot("network-error", window)
    await all_well(services)


async def review(camera: Camera, window: Any, services: Any) -> None:
    """review review-checking review-problem review-narrow"""
    recipe = ready(services)
    wizard = await wizard_at(window, recipe, "review")
    await asyncio.sleep(2)
    await camera.shoot("review", window)
    area = wizard.findChildren(QScrollArea)[-1]
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    await camera.shoot("review-bottom", window)
    window.resize(720, 640)
    await camera.shoot("review-narrow", window)
    window.resize(1120, 740)
    faults(services, {"service": "ims", "action": "hold-before", "count": 0})
    opening = asyncio.ensure_future(window._open_signed_in(recipe, "", "review"))
    await asyncio.sleep(1.5)
    await camera.shoot("review-checking", window)
    await all_well(services)
    await opening
    await one_run(services, recipe, "done")
    wizard = await wizard_at(window, recipe, "network")  # what is gone when a wizard begins is led through before
    faulty = replace(recipe, iso=replace(recipe.iso, key="gone.iso"), server=replace(recipe.server, volume_type="SATA"))
    wizard.session.put_checked(faulty)
    await wizard._show("review")
    await asyncio.sleep(2)
    await camera.shoot("review-problem", window)


async def build(camera: Camera, window: Any, services: Any) -> None:
    """build-running build-your-turn build-cancelled build-failed build-done build-cleaned dialog-cancel build-narrow"""
    recipe = ready(services)

    async def show(controller: Any, name: str) -> None:
        await window._open_run(controller.info.id)
        wizard = window.wizard
        await until(lambda: wizard.build is not None and wizard.build.controller is not None)
        await asyncio.sleep(0.4)
        await camera.shoot(name, window)

    def named(name: str) -> Recipe:
        return replace(recipe, image=replace(recipe.image, name=name))

    turn = await one_run(services, named("ubuntu-22.04-base"), "your-turn")
    await show(turn, "build-your-turn")
    window.resize(720, 640)
    await camera.shoot("build-narrow", window)
    window.resize(1120, 740)
    window.wizard.build.cancel_button.click()
    dialog = await until(QApplication.activeModalWidget, "the question")
    await camera.shoot("dialog-cancel", dialog)
    dialog.reject()
    await turn.stop()
    await show(turn, "build-cancelled")
    turn.clean_up()
    await until(lambda: not turn.active, "clean-up")
    await show(turn, "build-cleaned")
    await show(await one_run(services, named("rocky-9-minimal"), "failed"), "build-failed")
    await show(await one_run(services, named("debian-12-base"), "done"), "build-done")
    faults(services, {"job": ".*", "action": "slow", "factor": 300, "count": 0})
    info = await services.engine.create(named("alma-9-minimal"))
    running = await services.runs.open(info.id)
    running.start()
    await until(lambda: running.state.current is not None and running.state.current.id == "register-iso", "a stage")
    await asyncio.sleep(1)
    await show(running, "build-running")
    await running.detach()


async def others(camera: Camera, window: Any, services: Any) -> None:
    """dialog-error dialog-help dialog-about fatal starting dialog-save"""
    from isowright_gui.dialogs import problem_dialog
    from isowright_gui.wizard.window import MainWindow

    error = AppError(
        "The flavor s6.large.2 is sold out in practice-1a.",
        detail="Nothing has been made yet, and nothing is billed.",
        remedy="Choose another flavor, or another availability zone.",
        code="Ecs.0319",
        status=400,
        request_id="6f3b2c1e-52f7-4f1e-9d2f-1c0a6b7f0f11",
    )
    dialog = problem_dialog(window, error, [("go", "Choose another &flavor", "primary")])
    dialog.show_now()
    await camera.shoot("dialog-error", dialog)
    dialog.reject()
    dialog.deleteLater()
    for name, start in (("dialog-help", window._show_help), ("dialog-about", window._show_about)):
        start()
        shown = await until(QApplication.activeModalWidget, name)
        await camera.shoot(name, shown)
        shown.reject()
    fresh = MainWindow()
    fresh.resize(1120, 740)
    fresh.show()
    await camera.shoot("starting", fresh)
    fresh.show_fatal(
        StateError(
            "Isowright is already open.",
            detail="Another window works with the folder ~/.local/share/isowright (process 4711).",
            remedy="Use the open window, or close it first. A second one needs a folder of its own (ISOWRIGHT_HOME).",
        )
    )
    await camera.shoot("fatal", fresh)
    fresh.hide()
    fresh.deleteLater()


async def leftovers(camera: Camera, window: Any, services: Any) -> None:
    """leftovers-loading leftovers-list leftovers-narrow leftovers-partial leftovers-question leftovers-deleting
    leftovers-failed leftovers-deleted leftovers-empty leftovers-error leftovers-sign-in"""
    from isowright_gui.leftovers.dialog import LeftoversDialog

    recipe = ready(services)
    dead = await one_run(services, replace(recipe, image=replace(recipe.image, name="debian-12-base")), "your-turn")
    await dead.detach()
    await services.engine._journal.forget(dead.info.id)  # as if another computer had made it
    mine = await one_run(services, replace(recipe, image=replace(recipe.image, name="rocky-9")), "your-turn")
    old = await one_run(services, replace(recipe, image=replace(recipe.image, name="win2022")), "your-turn")
    await old.detach()
    await services.engine._journal.set_run(old.info.id, "cleaned")
    facts = services.practice.ready
    elsewhere_ = Account(
        cloud=CUSTOM, region=facts["region"], domain="acme", user="d.white", endpoints=dict(facts["endpoints"])
    )
    await save(services, "acme", replace(recipe, account=elsewhere_))

    async def opened(account: Account, until_looked: bool = True) -> tuple[Any, Any]:
        dialog = LeftoversDialog(services, window, account)
        using = asyncio.ensure_future(dialog.use())
        if until_looked:
            await until(lambda: dialog.list.state() in ("content", "empty", "error"), "a look")
            await asyncio.sleep(0.3)
        return dialog, using

    async def closed(dialog: Any, using: Any) -> None:
        dialog.reject()
        await using

    practice = Account(cloud="practice")
    faults(services, {"service": "ecs", "action": "hold-before", "count": 0})
    dialog, using = await opened(practice, until_looked=False)
    await asyncio.sleep(2.6)
    await camera.shoot("leftovers-loading", dialog)
    await all_well(services)
    await closed(dialog, using)
    faults(services, {"service": "evs", "action": "refuse", "count": 0})
    dialog, using = await opened(practice)
    await camera.shoot("leftovers-partial", dialog)
    await all_well(services)
    await closed(dialog, using)
    dialog, using = await opened(practice)
    await camera.shoot("leftovers-list", dialog)
    dialog.resize(460, 600)
    await asyncio.sleep(0.1)
    await camera.shoot("leftovers-narrow", dialog)
    dialog.resize(780, 600)
    for line in dialog.rows:
        line.box.setChecked(line.orphan.removable)
    faults(
        services,
        {"job": "deleteServer", "action": "fail", "code": "Ecs.0201", "count": 1},
        {"job": "deleteServer", "action": "slow", "factor": 60, "count": 0},
    )
    dialog.delete_button.click()
    asked = await until(
        lambda: QApplication.activeModalWidget() is not dialog and QApplication.activeModalWidget(), "a question"
    )
    await camera.shoot("leftovers-question", asked)
    asked.buttons["delete"].click()
    await until(lambda: any("failed" in line.glyph.state() for line in dialog.rows), "a failure")
    await asyncio.sleep(0.3)
    await camera.shoot("leftovers-deleting", dialog)
    await until(lambda: not dialog.tasks.running("remove"), "the end")
    await asyncio.sleep(0.1)
    await camera.shoot("leftovers-failed", dialog)
    await all_well(services)
    await closed(dialog, using)
    await mine.stop()
    mine.clean_up()
    await until(lambda: not mine.active, "clean-up")
    dialog, using = await opened(practice)
    for line in dialog.rows:
        line.box.setChecked(line.orphan.removable)
    dialog.delete_button.click()
    asked = await until(
        lambda: QApplication.activeModalWidget() is not dialog and QApplication.activeModalWidget(), "a question"
    )
    asked.buttons["delete"].click()
    await until(lambda: dialog.rows and dialog.rows[0].word.text() == "Deleted", "a deletion")
    await until(lambda: not dialog.tasks.running("remove"), "the end")
    await camera.shoot("leftovers-deleted", dialog)
    await closed(dialog, using)
    dialog, using = await opened(practice)
    await camera.shoot("leftovers-empty", dialog)
    await closed(dialog, using)
    faults(services, {"action": "refuse", "count": 0})
    dialog, using = await opened(practice)
    await camera.shoot("leftovers-error", dialog)
    await all_well(services)
    await closed(dialog, using)
    dialog, using = await opened(elsewhere_)
    await camera.shoot("leftovers-sign-in", dialog)
    await closed(dialog, using)


async def iso_local(camera: Camera, window: Any, services: Any) -> None:
    """iso-local-empty iso-local-drop iso-local-refused iso-local-chosen iso-local-taken iso-local-not-iso
    iso-local-narrow iso-new-bucket iso-bucket-wrong"""
    from isowright.practice.isos import DEBIAN, make_iso

    folder = services.home.data.parent / "Downloads"
    folder.mkdir()
    good, page_of_html = folder / "debian-12.7.0-amd64-netinst.iso", folder / "Rocky-9.4-x86_64-dvd.iso"
    await asyncio.to_thread(make_iso, DEBIAN, good)
    (folder / "SHA256SUMS").write_text(f"{hashlib.sha256(good.read_bytes()).hexdigest()}  {good.name}\n")
    page_of_html.write_text("<!DOCTYPE html><html><body>Choose a mirror</body></html>")
    recipe = ready(services)
    nothing = replace(recipe, iso=IsoSource(bucket=recipe.iso.bucket))
    wizard = await wizard_at(window, nothing, "iso")
    page = wizard.page
    page.way.set_value("local")
    await asyncio.sleep(0.3)
    await camera.shoot("iso-local-empty", window)
    page.drops.cover.show_over(good, "")
    await camera.shoot("iso-local-drop", window)
    page.drops.cover.show_over(None, "These are 3 files. Drop one ISO.")
    await camera.shoot("iso-local-refused", window)
    page.drops.cover.hide()
    page.local.take(good)
    await until(lambda: page.local.key_state != "unknown", "a look at the file")
    await asyncio.sleep(0.3)
    await camera.shoot("iso-local-chosen", window)
    window.resize(720, 640)
    await camera.shoot("iso-local-narrow", window)
    window.resize(1120, 740)
    taken = "ubuntu-22_04_5-live-server-amd64.iso"
    page.form.key.setText(taken)
    page.form.key_edited.emit(taken)
    await until(lambda: page.local.key_state == "taken", "an answer about the name")
    await asyncio.sleep(0.3)
    await camera.shoot("iso-local-taken", window)
    page.local.take(page_of_html)
    await until(lambda: page.local.facts and page.local.key_state == "free", "a look at the file")
    await camera.shoot("iso-local-not-iso", window)
    warm = next(b["name"] for b in services.practice.ready["buckets"] if "-warm-" in b["name"])
    page.form.bucket.choose(warm)
    page.local.use_bucket(warm)
    await until(lambda: page.form.bucket_line.facts, "facts of the bucket")
    await camera.shoot("iso-bucket-wrong", window)
    making = asyncio.ensure_future(page._new_bucket())
    dialog = await until(QApplication.activeModalWidget, "the dialog")
    await until(dialog.field.ok, "an answer about the name")
    await camera.shoot("iso-new-bucket", dialog)
    dialog.reject()
    await making


async def upload(camera: Camera, window: Any, services: Any) -> None:
    """build-upload build-upload-paused build-upload-failed dialog-cancel-upload review-local"""
    from isowright.practice.isos import DEBIAN, make_iso
    from isowright.recipe import proposed_key

    recipe = ready(services)
    path = services.home.data.parent / "debian-12.7.0-amd64-netinst.iso"
    await asyncio.to_thread(make_iso, dataclasses.replace(DEBIAN, filler=40 << 20), path)
    iso = IsoSource(recipe.iso.bucket, proposed_key(path.name), path.stat().st_size, path=str(path), limit=2.0)
    recipe = replace(recipe, iso=iso, image=replace(recipe.image, name="debian-12-base"))
    await wizard_at(window, recipe, "review")
    await asyncio.sleep(2)
    await camera.shoot("review-local", window)

    async def run(of: Recipe) -> Any:
        info = await services.engine.create(of)
        controller = await services.runs.open(info.id)
        controller.start()
        await window._open_run(info.id)
        await until(lambda: window.wizard.build is not None and window.wizard.build.controller is not None)
        return controller

    controller = await run(recipe)
    stages = controller.state.stages
    await until(lambda: stages["upload-iso"].transfer is not None and stages["upload-iso"].transfer.rate, "bytes")
    await asyncio.sleep(2)
    await camera.shoot("build-upload", window)
    window.wizard.build.cancel_button.click()
    dialog = await until(QApplication.activeModalWidget, "the question")
    await camera.shoot("dialog-cancel-upload", dialog)
    dialog.reject()
    window.wizard.build.upload.pause.click()
    await until(lambda: controller.state.stages["upload-iso"].transfer.paused, "the pause")
    await asyncio.sleep(0.3)
    await camera.shoot("build-upload-paused", window)
    await controller.stop()
    controller = await run(replace(recipe, iso=replace(iso, sha256="0" * 64, key="other.iso")))
    await until(lambda: controller.state.phase == "failed", "the failure")
    await asyncio.sleep(0.4)
    await camera.shoot("build-upload-failed", window)


SCENES = (
    home_first,
    home,
    account,
    account_ways,
    iso,
    iso_local,
    image,
    server,
    network,
    review,
    build,
    upload,
    leftovers,
    others,
    profiles,
    repair,
    after_image,
    turn_watched,
    unattended,
)
