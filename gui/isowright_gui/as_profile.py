"""Answers as a profile: asked for a name that is free, wherever they are shown."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from isowright.names import as_pattern
from isowright.profiles import Profiles
from isowright.recipe import Recipe
from isowright_gui.dialogs import ask_text


def _tr(text: str) -> str:
    return QCoreApplication.translate("AsProfile", text)


async def ask_profile_name(parent: QWidget, profiles: Profiles, value: str, text: str) -> str | None:
    """A name that no profile has, `value` proposed; None = cancelled. text: what will be kept."""
    saved = await asyncio.to_thread(profiles.list)
    taken = {info.name.casefold() for info in saved}

    def check(name: str) -> str | None:
        if not name:
            return _tr("Type a name.")
        if name.casefold() in taken:
            return _tr("A profile of this name exists already. Choose another name.")
        return None

    return await ask_text(
        parent, _tr("Save as profile"), _tr("&Name of the profile"), value=value, text=text, check=check
    )


async def save_run(parent: QWidget, profiles: Profiles, recipe: Recipe) -> str | None:
    """The answers of a run; returns the profile's name, None = not saved. Raises StateError if it cannot be written."""
    text = _tr("All answers of this run, for further ones. Passwords and keys are not part of it.")
    pattern = as_pattern(recipe).image.name
    if pattern != recipe.image.name:
        text = f"{text} " + _tr("Its image's name is {pattern} again.").format(pattern=pattern)
    value = await asyncio.to_thread(profiles.free_name, recipe.image.name)
    name = await ask_profile_name(parent, profiles, value, text)
    if name is None:
        return None
    return (await asyncio.to_thread(profiles.from_run, name, recipe)).name
