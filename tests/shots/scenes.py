"""What is photographed. Each scene has a window and a practice cloud of its own; its docstring names its pictures."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec
import pytest
from make import Camera, all_well, faults, ready, settled, until
from PySide6.QtWidgets import QApplication, QScrollArea
from scene_tools import elsewhere, one_run, save, wizard_at
from scenes_after import after_image
from scenes_build import build, upload
from scenes_iso import iso, iso_local
from scenes_profiles import profiles, repair
from scenes_review import review
from scenes_turn import turn_watched
from scenes_unattended import unattended

from isowright.errors import AppError, StateError
from isowright.recipe import CUSTOM, Account, Recipe

replace = msgspec.structs.replace


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
