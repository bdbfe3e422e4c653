"""Review: all its checks fine, and something red."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from make import Camera, all_well, faults, ready
from PySide6.QtWidgets import QScrollArea
from scene_tools import one_run, wizard_at

replace = msgspec.structs.replace


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
