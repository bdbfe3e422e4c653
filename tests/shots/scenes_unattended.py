"""Installing without an operator: the section of the ISO page, Review, and the run that nobody is called for."""

from __future__ import annotations

import asyncio
from typing import Any

from make import Camera, ready, settled, until
from msgspec.structs import replace
from scenes_turn import Drawn

from isowright.recipe import IsoSource

_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB ops@desk"
_MENU = "label linux\n  menu label ^Install\n  kernel vmlinuz\n  append initrd=initrd.img quiet\n"
_KICKSTART = "lang en_US\nignoredisk --only-use=vdb\nrootpw --lock\n%packages\n%end\n"


async def unattended(camera: Camera, window: Any, services: Any) -> None:
    """iso-answers-hand iso-answers-file iso-answers-wrong iso-answers-form iso-answers-errors iso-answers-narrow
    iso-answers-windows review-answers build-by-itself"""
    from isowright.practice.isos import ROCKY, IsoPlan, make_iso

    folder = services.home.data.parent / "Downloads"
    await asyncio.to_thread(folder.mkdir)
    rocky, windows = folder / "Rocky-9.4-x86_64-minimal.iso", folder / "SERVER_EVAL_x64FRE_en-us.iso"
    plan = IsoPlan(ROCKY.volume_id, (*ROCKY.files, ("/isolinux/isolinux.cfg", _MENU)))
    await asyncio.to_thread(make_iso, plan, rocky)
    disc = IsoPlan("SSS_X64FRE_EN-US_DV9", (("/sources/install.wim", "-"),))
    await asyncio.to_thread(make_iso, disc, windows)
    good, wrong = folder / "web-servers.ks", folder / "preseed.cfg"
    await asyncio.to_thread(good.write_text, _KICKSTART)
    await asyncio.to_thread(wrong.write_text, "d-i debian-installer/locale string en_US\n")
    recipe = ready(services)
    local = IsoSource(bucket=recipe.iso.bucket, key="rocky-9-4.iso", path=str(rocky))
    await window._open_signed_in(replace(recipe, iso=local), "", "iso")
    await settled(window.wizard)
    page = window.wizard.page
    view, way = page.form.unattended, page.local.answers
    await until(lambda: page.local.key_state == "free", "a look at the file")
    area = window.wizard._areas["iso"]

    async def shoot(name: str) -> None:
        await until(lambda: not page.tasks.running("answers"), "the answers")
        await asyncio.sleep(0.3)
        area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
        await camera.shoot(name, window)

    view.fold.set_open(True)
    await shoot("iso-answers-hand")
    for name, file in (("iso-answers-wrong", wrong), ("iso-answers-file", good)):
        way.take(file)
        await shoot(name)
    view.how.set_value("form")
    view.form.edits["password_hash"].setText("secret")
    view.form.edits["timezone"].setText("Berlin, Germany")
    view.form.reveal()
    await shoot("iso-answers-errors")
    view.form.edits["user"].setText("ops")
    view.form.keys.setPlainText(_KEY)
    view.form.edits["password_hash"].setText("")
    view.form.edits["timezone"].setText("Europe/Berlin")
    view.form.edits["packages"].setText("vim htop")
    view.form.reveal()
    view.edited.emit()
    await until(lambda: page.session.recipe.iso.answers, "the form's file")
    await shoot("iso-answers-form")
    window.resize(720, 640)
    await shoot("iso-answers-narrow")
    window.resize(1120, 740)
    view.how.set_value("file")
    await until(lambda: page.valid and not page.tasks.running("answers"), "the file")
    answered = page.session.recipe
    page.local.take(windows)
    await until(lambda: page.local.key_state == "free" and view.give_up.isVisible(), "a look at the file")
    await shoot("iso-answers-windows")
    await window._open_signed_in(answered, "", "review")
    await settled(window.wizard)
    await until(window.wizard.page.checks.done, "the checks")
    await asyncio.sleep(0.3)
    await camera.shoot("review-answers", window)
    await _by_itself(camera, window, services, answered)


async def _by_itself(camera: Camera, window: Any, services: Any, recipe: Any) -> None:
    services.practice.cloud.world.machines = Drawn()
    info = await services.engine.create(recipe)
    controller = await services.runs.open(info.id)
    controller.start()
    await until(lambda: controller.state.phase == "installing" and controller.state.seen, "the installer")
    await window._open_run(info.id)
    await until(lambda: window.wizard.build is not None and window.wizard.build.turn is not None, "the band")
    await until(window.wizard.build.turn.watch.picture.isVisible, "the screen")
    await asyncio.sleep(0.4)
    window.wizard.build.area.ensureWidgetVisible(window.wizard.build.turn)
    await camera.shoot("build-by-itself", window)
    await controller.stop()
