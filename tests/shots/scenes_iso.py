"""The ISO page: in a bucket, and on this computer."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import msgspec
from make import Camera, all_well, faults, ready, settled, until
from PySide6.QtWidgets import QApplication
from scene_tools import wizard_at

from isowright.recipe import IsoSource

replace = msgspec.structs.replace


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
