"""The operator's turn, watched: log and screen of the server, one that stands still, a cloud that tells nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from make import Camera, faults, ready, until
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from isowright.practice.machines import Scripted


class Drawn(Scripted):
    """Machines with a screen: an installer in text mode."""

    def __init__(self) -> None:
        image = QImage(720, 400, QImage.Format.Format_RGB32)
        image.fill(QColor("#1c2f9b"))
        with QPainter(image) as painter:
            painter.fillRect(120, 90, 480, 220, QColor("#c8c8c8"))
            painter.setFont(QFont("monospace", 12))
            lines = ("Partition disks", "", "  /dev/vda   40 GB   installation medium", "> /dev/vdb   40 GB   empty")
            for at, line in enumerate((*lines, "", "        <Go Back>        <Continue>")):
                painter.drawText(140, 120 + 26 * at, line)
            painter.fillRect(0, 376, 720, 24, QColor(Qt.GlobalColor.lightGray))
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")
        self._png = bytes(data.data())

    async def screenshot(self, server_id: str) -> bytes:
        assert server_id
        return self._png


async def turn_watched(camera: Camera, window: Any, services: Any) -> None:
    """build-turn-watched build-turn-idle build-turn-watched-narrow build-turn-untold"""
    services.practice.cloud.world.machines = Drawn()
    controller = await _turn(services)
    await _open(window, controller)
    watch = window.wizard.build.turn.watch
    await until(lambda: watch.picture.isVisible() and "operator" in watch.log.toPlainText(), "log and screen")
    await asyncio.sleep(0.2)
    window.wizard.build.area.ensureWidgetVisible(watch)
    await camera.shoot("build-turn-watched", window)
    while not controller.state.seen.idle:
        services.clock.jump(300, monotonic=True)
        await asyncio.sleep(0.05)
    services.clock.skew += timedelta(minutes=11)  # the shown times are the wall's
    await until(watch.idle.isVisible, "that nothing happens")
    await asyncio.sleep(0.2)
    await camera.shoot("build-turn-idle", window)
    window.resize(720, 640)
    await asyncio.sleep(0.2)
    window.wizard.build.area.ensureWidgetVisible(watch)
    await camera.shoot("build-turn-watched-narrow", window)
    window.resize(1120, 740)
    await controller.stop()
    services.practice.cloud.world.machines = Scripted()
    faults(services, {"service": "ecs", "path": "console-output", "action": "status", "status": 403, "count": 0})
    controller = await _turn(services)
    await _open(window, controller)
    await until(lambda: "does not tell" in window.wizard.build.turn.watch.said.text(), "a cloud that does not tell")
    await asyncio.sleep(0.2)
    await camera.shoot("build-turn-untold", window)
    await controller.stop()


async def _turn(services: Any) -> Any:
    info = await services.engine.create(ready(services))
    controller = await services.runs.open(info.id)
    controller.start()
    await until(lambda: controller.state.phase == "your-turn" and controller.state.seen, "the operator's turn")
    return controller


async def _open(window: Any, controller: Any) -> None:
    await window._open_run(controller.info.id)
    await until(lambda: window.wizard.build is not None and window.wizard.build.controller is not None)
    await until(lambda: window.wizard.build.turn is not None, "the turn")
    await asyncio.sleep(0.4)
