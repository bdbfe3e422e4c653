"""What comes after the image: its section, the test boot's question, a last stage that failed, the end."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from make import Camera, ready, settled, until
from PySide6.QtWidgets import QApplication

from isowright.recipe import AfterSpec, Recipe

replace = msgspec.structs.replace


def with_all(recipe: Recipe, **changes: Any) -> Recipe:
    after = AfterSpec(
        test_boot="look",
        tags={"stage": "gold"},
        min_ram=2048,
        share_with=("9c53a566cb3443ab910cf0daebca90c4",),
        copy_region="practice-2",
        copy_agency="ims_copy_image",
        export_bucket=recipe.iso.bucket,
        export_key="images/golden.qcow2",
        export_format="qcow2",
    )
    return replace(recipe, after=replace(after, **changes))


async def after_image(camera: Camera, window: Any, services: Any) -> None:
    """image-after image-after-wrong review-after build-boot build-after-failed dialog-after build-after-done"""
    recipe = with_all(ready(services))
    for name, shown in (("image-after", recipe), ("image-after-wrong", with_all(recipe, copy_region="practice-1"))):
        await window._open_signed_in(shown, "", "image")
        await settled(window.wizard)
        page = window.wizard.page
        await until(lambda page=page: page.after.form.laid_out)
        if name == "image-after-wrong":
            page.reveal_problem()
        await asyncio.sleep(0.3)
        page.after.form.export_key.setFocus()
        await asyncio.sleep(0.2)
        await camera.shoot(name, window)
    await window._open_signed_in(recipe, "", "review")
    await settled(window.wizard)
    await camera.shoot("review-after", window)
    wrong = with_all(replace(recipe, image=replace(recipe.image, name="golden")), copy_agency="nobody")
    info = await services.engine.create(wrong)
    controller = await services.runs.open(info.id)
    controller.start()
    await until(lambda: controller.state.phase == "your-turn", "the installation")
    controller.installed()
    await until(lambda: controller.state.current is not None and controller.state.current.id == "test-boot")
    await until(lambda: controller.state.phase == "your-turn", "the test boot")
    await show(camera, window, controller, "build-boot")
    controller.boots(good=True)
    await until(lambda: not controller.active, "the failure")
    await show(camera, window, controller, "build-after-failed")
    window.wizard.build._remedy("edit:image.after")
    dialog = await until(QApplication.activeModalWidget, "the question")
    await camera.shoot("dialog-after", dialog)
    dialog.reject()
    await controller.revise(with_all(wrong))
    await until(lambda: not controller.active, "the end")
    await show(camera, window, controller, "build-after-done")


async def show(camera: Camera, window: Any, controller: Any, name: str) -> None:
    await window._open_run(controller.info.id)
    await until(lambda: window.wizard.build is not None and window.wizard.build.controller is not None)
    await until(window.wizard.build.isVisible)
    await asyncio.sleep(0.6)
    await camera.shoot(name, window)
