"""What the run page asks before it does something, and the doing of it."""

from __future__ import annotations

import asyncio
from typing import Literal

from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLineEdit, QWidget

from isowright.clock import Clock
from isowright.cloud.client import Cloud
from isowright.cloud.login import KeyLogin, Login, PasswordLogin, TokenLogin
from isowright.cloud.models import Secret
from isowright.errors import PasscodeNeededError
from isowright.pipeline.engine import Engine
from isowright.recipe import Account, image_name_problem
from isowright_gui.dialogs import Dialog, answered, ask, ask_text, save_file
from isowright_gui.runs.controller import RunController
from isowright_gui.runs.words import next_name
from isowright_gui.widgets import Field
from isowright_gui.widgets.inputs import LineEdit, PasswordEdit
from isowright_gui.wizard.sign_in import close


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


async def is_over(parent: QWidget) -> bool:
    """The installer would power the server off by itself."""
    chosen = await ask(
        parent,
        _tr("Is the system installed?"),
        _tr(
            "The installer powers the server off when it is done, and the run goes on by itself. Say so only if the "
            "console shows that it is done and the server stays on: half a system would become the image."
        ),
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
    services, error = controller.services, controller.state.error
    known = None
    if error is not None and error.kind == PasscodeNeededError.__name__:
        known = controller.login or await services.vault.get(account)
    login = await ask_secret(parent, account, known)
    if isinstance(login, PasswordLogin) and login.passcode:
        login = await spend_code(account, login, services.clock)
    if login is not None:
        controller.login = login
        await controller.services.vault.keep(account, login)
        if controller.state.phase != "held":  # there it was for the console
            controller.start()


async def save_receipt(parent: QWidget, engine: Engine, run_id: str, kind: Literal["json", "html", ""] = "") -> None:
    """Write the receipt where the operator wants it; the file's name tells the kind. Raises AppError."""
    from isowright.pipeline.receipt import write_receipt

    info = await engine.info(run_id)
    both = {"html": _tr("Page (*.html)"), "json": _tr("JSON (*.json)")}
    filters = [both[kind]] if kind else list(both.values())
    path = await save_file(parent, _tr("Save the receipt"), f"{info.recipe.image.name}.{kind or 'html'}", filters)
    if path is not None:
        # As things stand once the name is chosen: that may take the operator longer than the run its next stage.
        info, log = await engine.info(run_id), await engine.log(run_id)
        await asyncio.to_thread(write_receipt, info, path, log)


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


async def spend_code(account: Account, login: Login, clock: Clock) -> Login:
    """Use a one-time code up at once: run, console and clean-up go on with the token that it gives."""
    cloud = Cloud.open(account, login, clock=clock)
    try:
        await cloud.sign_in()
        return cloud.lasting_login()
    finally:
        await close(cloud)


async def ask_secret(parent: QWidget, account: Account, known: Login | None = None) -> Login | None:
    """What this account signs in with, typed anew, or None. `known`: a password to which only a one-time code lacks."""
    coded = isinstance(known, PasswordLogin)
    edits: dict[str, QLineEdit] = {}
    if coded:
        edits = {_tr("One-time &code"): LineEdit(placeholder=_tr("6 digits"))}
    elif account.method == "token":
        edits = {_tr("&Token"): PasswordEdit()}
    elif account.method == "temporary_key":
        edits = {
            _tr("&Access key"): LineEdit(mono=True),
            _tr("Secret &key"): PasswordEdit(),
            _tr("Security &token"): PasswordEdit(),
        }
    else:
        edits = {_tr("Secret &key") if account.by_key else _tr("&Password"): PasswordEdit()}
    dialog = Dialog(parent, _tr("Sign in as {who}").format(who=account.who))
    for label, edit in edits.items():
        dialog.body.addWidget(Field(label, edit))
    dialog.add_buttons([("", _tr("&Cancel"), "secondary"), ("ok", _tr("&Sign in"), "primary")])
    next(iter(edits.values())).setFocus()
    await answered(dialog)
    typed = [edit.text() if account.method == "password" else edit.text().strip() for edit in edits.values()]
    if dialog.answer != "ok" or not all(typed):
        return None
    if isinstance(known, PasswordLogin):
        return replace(known, passcode=typed[0].strip(), token=None)
    if account.method == "token":
        return TokenLogin(Secret(typed[0]))
    if account.method == "temporary_key":
        return KeyLogin(typed[0], Secret(typed[1]), Secret(typed[2]))
    if account.by_key:
        return KeyLogin(access_key=account.access_key, secret_key=Secret(typed[0]))
    return PasswordLogin(account.domain, account.user, Secret(typed[0]), user_id=account.user_id)
