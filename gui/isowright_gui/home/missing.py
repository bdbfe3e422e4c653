"""Real machines that cannot be had: why, and the command that mends it."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from isowright.errors import AppError
from isowright_gui.dialogs import ask_problem
from isowright_gui.practice import NO_MACHINES, install_line


def is_about_machines(error: AppError) -> bool:
    return error.action == NO_MACHINES


async def say_missing(parent: QWidget, error: AppError) -> None:
    """Waits until it is read."""
    if await ask_problem(parent, error, [("copy", parent.tr("&Copy the command"), "primary")]) == "copy":
        QGuiApplication.clipboard().setText(install_line())
