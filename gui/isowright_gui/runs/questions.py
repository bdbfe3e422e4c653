"""What the run page asks before it does something, and the doing of it."""

from __future__ import annotations

import asyncio
from typing import Literal

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from isowright.cloud.login import KeyLogin, Login, PasswordLogin
from isowright.cloud.models import Secret
from isowright.pipeline.runs import RunInfo
from isowright.recipe import Account, image_name_problem
from isowright_gui.dialogs import Dialog, answered, ask, ask_text, save_file
from isowright_gui.runs.controller import RunController
from isowright_gui.runs.words import next_name
from isowright_gui.widgets import Field
from isowright_gui.widgets.inputs import PasswordEdit


def _tr(text: str) -> str:
    return QCoreApplication.translate("Build", text)


async def is_installed(parent: QWidget) -> bool:
    """The cloud cannot tell an empty disk from an installed one, and nobody has looked at the console."""
    chosen = await ask(
        parent,
        _tr("Is the system installed?"),
        _tr("The console has not been opened from here. An empty disk would become an empty image."),
        [("", _tr("&Not yet"), "secondary"), ("yes", _tr("&It is installed"), "primary")],
        tone="warning",
    )
    return chosen == "yes"


async def cancel(parent: QWidget, controller: RunController) -> None:
    """Stop the run, if it is meant; says what that costs in this state."""
    chosen = await ask(
        parent,
        _tr("Cancel this run?"),
        (await controller.services.engine.info(controller.info.id)).cancel_cost(),
        [
            ("", _tr("&Go on with it"), "secondary"),
            ("stop", _tr("Just &stop"), "secondary"),
            ("clean", _tr("Stop and &clean up"), "danger"),
        ],
        tone="warning",
    )
    if chosen:
        await controller.stop()
        if chosen == "clean" and controller.state.phase == "cancelled":
            controller.clean_up()


async def clean_up(parent: QWidget, controller: RunController) -> None:
    """Delete what the run has made, if it is meant; says what that is."""
    things = [resource.name for resource in controller.state.live_resources]
    if things:
        chosen = await ask(
            parent,
            _tr("Delete what this run has made?"),
            ", ".join(things) + ". " + _tr("An installation on the data disk is lost with it."),
            [("", _tr("&Keep everything"), "secondary"), ("clean", _tr("Clean &up"), "danger")],
            tone="warning",
        )
        if chosen != "clean":
            return
    controller.clean_up()


async def give_up_for_change(parent: QWidget) -> bool:
    """An answer that something has been made of can only be changed in another run."""
    chosen = await ask(
        parent,
        _tr("Change the answer in a new run?"),
        _tr("What this run has made is deleted first. All other answers are kept."),
        [("", _tr("&Not now"), "secondary"), ("go", _tr("Clean up and &change"), "danger")],
    )
    return chosen == "go"


async def sign_in(parent: QWidget, controller: RunController) -> None:
    """Ask for the secret again and go on with it."""
    account = controller.info.recipe.account
    login = await ask_secret(parent, account)
    if login is not None:
        controller.login = login
        await controller.services.vault.keep(account, login)
        if controller.state.phase != "held":  # there it was for the console
            controller.start()


async def save_receipt(parent: QWidget, info: RunInfo, kind: Literal["json", "html", ""] = "") -> None:
    """Write the receipt where the operator wants it; the file's name tells the kind. Raises AppError."""
    from isowright.pipeline.receipt import write_receipt

    both = {"html": _tr("Page (*.html)"), "json": _tr("JSON (*.json)")}
    filters = [both[kind]] if kind else list(both.values())
    path = await save_file(parent, _tr("Save the receipt"), f"{info.recipe.image.name}.{kind or 'html'}", filters)
    if path is not None:
        await asyncio.to_thread(write_receipt, info, path)


async def ask_name(parent: QWidget, name: str) -> str | None:
    """Another image name, or None."""

    def check(text: str) -> str | None:
        if text == name:
            return _tr("This name is taken. Type another one.")
        problem = image_name_problem(text)
        return " ".join(problem) if problem else None

    return await ask_text(
        parent,
        _tr("Another name for the image"),
        _tr("&Name"),
        value=next_name(name),
        ok=_tr("&Go on"),
        text=_tr("The run goes on where it stopped; nothing has to be installed again."),
        check=check,
    )


async def ask_secret(parent: QWidget, account: Account) -> Login | None:
    """The password or secret key of this account, typed anew, or None."""
    by_key = account.method == "access_key"
    who = account.access_key if by_key else account.user
    dialog = Dialog(parent, _tr("Sign in as {who}").format(who=who))
    edit = PasswordEdit()
    field = Field(_tr("Secret &key") if by_key else _tr("&Password"), edit)
    dialog.body.addWidget(field)
    dialog.add_buttons([("", _tr("&Cancel"), "secondary"), ("ok", _tr("&Sign in"), "primary")])
    edit.setFocus()
    await answered(dialog)
    secret = Secret(edit.text())
    if dialog.answer != "ok" or not secret:
        return None
    if by_key:
        return KeyLogin(access_key=account.access_key, secret_key=secret)
    return PasswordLogin(domain=account.domain, user=account.user, password=secret)
