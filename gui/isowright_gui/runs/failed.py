"""What a stopped run offers: which buttons stand under its error, and the questions that they ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from isowright.cloud.login import KeyLogin, Login, PasswordLogin
from isowright.cloud.models import Secret
from isowright.events import ErrorInfo
from isowright.recipe import Account, image_name_problem
from isowright_gui.dialogs import Dialog, answered, ask_text
from isowright_gui.runs.words import next_name
from isowright_gui.widgets import ErrorCard, Field
from isowright_gui.widgets.inputs import PasswordEdit


def _tr(text: str) -> str:
    return QCoreApplication.translate("Build", text)


@dataclass(frozen=True)
class Remedy:
    """A button: what it says and what it is ("retry", "rename", "sign-in", "edit:<step>")."""

    id: str
    text: str


def remedies(error: ErrorInfo, *, cleaning: bool = False, practice: bool = False) -> list[Remedy]:
    """The buttons under an error, the most fitting first. There is always one that goes on.

    `cleaning`: it was the clean-up of an ended run that failed. `practice`: nobody has a password to type.
    """
    if cleaning:
        return [Remedy("clean", _tr("&Clean up again"))]
    found: list[Remedy] = []
    action = error.action
    if error.kind == "NameTakenError" or action in ("rename", "step:image.name"):
        found.append(Remedy("rename", _tr("Choose another &name…")))
    elif (action == "sign-in" or error.kind == "AuthError") and not practice:
        found.append(Remedy("sign-in", _tr("&Sign in again…")))
    elif action.startswith("step:"):
        found.append(Remedy(f"edit:{action.removeprefix('step:')}", _tr("Change the &answer…")))
    elif action == "clean-up":
        found.append(Remedy("clean", _tr("&Clean up…")))
    found.append(Remedy("retry", _tr("&Retry as it is") if found else _tr("&Retry")))
    return found


def error_card(error: ErrorInfo, offered: Sequence[Remedy], chosen: Callable[[str], None]) -> ErrorCard:
    """The error in the band of its stage; `chosen` gets the remedy's id."""
    facts = [(_tr("Answer"), str(error.status))] if error.status else []
    card = ErrorCard(
        error.title,
        error.detail,
        error.remedy,
        request_id=error.request_id,
        code=error.code,
        facts=facts,
        framed=False,
    )
    for remedy in offered:
        button = card.add_action(remedy.text)
        button.clicked.connect(lambda _=False, name=remedy.id: chosen(name))
    return card


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
