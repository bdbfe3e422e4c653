"""Build: from the first stage to the last, and an upload before it."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import msgspec
from make import Camera, faults, ready, until
from PySide6.QtWidgets import QApplication
from scene_tools import one_run, wizard_at

from isowright.recipe import IsoSource, Recipe

replace = msgspec.structs.replace


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
