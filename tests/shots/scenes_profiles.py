"""Profiles: names with variables, two compared, one made of a run, and what is repaired."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from make import Camera, ready, settled, until
from PySide6.QtWidgets import QApplication

replace = msgspec.structs.replace


async def profiles(camera: Camera, window: Any, services: Any) -> None:
    """name-pattern name-pattern-menu name-pattern-wrong dialog-compare dialog-compare-same dialog-save-run"""
    recipe = ready(services)
    await window._open_signed_in(
        replace(recipe, image=replace(recipe.image, name="{os}-{version}-{date}")), "", "image"
    )
    await settled(window.wizard)
    page = window.wizard.page
    await until(lambda: page.name.state == "free", "a free name")
    await camera.shoot("name-pattern", window)
    page.name._fill_menu()
    page.name.menu.popup(window.mapToGlobal(window.rect().topLeft()))
    await camera.shoot("name-pattern-menu", page.name.menu)
    page.name.menu.close()
    page.name.edit.setText("")
    page.name.edit.insert("{distro}-{date}")
    page.name._typed("{distro}-{date}")
    await camera.shoot("name-pattern-wrong", window)
    window.wizard._saved = window.wizard.session.recipe
    other = replace(
        recipe,
        image=replace(recipe.image, tags={"team": "images"}, name="{os}-{date}"),
        server=replace(recipe.server, flavor_id="s7.large.4", data_disk=80, auto_delete_hours=0),
        network=replace(recipe.network, public_ip=True),
    )
    for name, each in (("weekly", recipe), ("weekly with a public address", other), ("copy", recipe)):
        await asyncio.to_thread(services.profiles.save, name, each)
    run = await services.engine.create(other, profile="weekly")
    window.show_home()
    await until(lambda: window.home.card("weekly") is not None, "the cards")
    for name, shot in (("weekly with a public address", "dialog-compare"), ("copy", "dialog-compare-same")):
        window.home.tasks.spawn(window.home._compare("weekly"), name="compare")
        dialog = await until(QApplication.activeModalWidget, "the comparison")
        dialog.other.choose(name)
        await asyncio.sleep(0.2)
        await camera.shoot(shot, dialog)
        dialog.reject()
        await until(lambda: QApplication.activeModalWidget() is None, "its end")
    window.home.tasks.spawn(window.home._save_run(run.id), name="save")
    dialog = await until(QApplication.activeModalWidget, "the question")
    await camera.shoot("dialog-save-run", dialog)
    dialog.reject()


async def repair(camera: Camera, window: Any, services: Any) -> None:
    """repair-iso repair-server repair-network repair-none repair-review repair-narrow"""
    recipe = ready(services)
    world = services.practice.cloud.world.state
    aged = replace(
        recipe,
        iso=replace(recipe.iso, key="debian-12_5_0-amd64-netinst.iso"),
        server=replace(recipe.server, flavor_id="s3.large.2", flavor_note="2 vCPU, 4 GiB", volume_type="TAPE"),
        network=replace(recipe.network, subnet_id="gone", subnet_name="subnet-builds", security_group_ids=("gone",)),
    )
    await asyncio.to_thread(services.profiles.save, "weekly", aged)
    await window._open_profile("weekly", "review")
    wizard = window.wizard
    for step in ("iso", "server", "network", "review"):
        await until(lambda step=step: wizard.step == step, step)
        await settled(wizard)
        if step == "review":
            await until(wizard.page.checks.done, "the checks")
        await camera.shoot(f"repair-{step}", window)
        if step == "server":
            window.resize(660, 740)
            await asyncio.sleep(0.1)
            await camera.shoot("repair-narrow", window)
            window.resize(1120, 740)
        if step != "review":
            await until(lambda: wizard.page.valid, "an answer")
            wizard.footer.primary_button.click()
    world.vpcs.clear()
    world.subnets.clear()
    await window._open_profile("weekly", "review")
    wizard = window.wizard
    await until(lambda: wizard.step == "iso", "iso")
    await settled(wizard)
    await wizard.jump("network")
    await settled(wizard)
    await camera.shoot("repair-none", window)
