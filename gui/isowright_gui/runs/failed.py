"""What a stopped run offers: which buttons stand under its error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from isowright.events import ErrorInfo
from isowright_gui.widgets import ErrorCard


def _tr(text: str) -> str:
    return QCoreApplication.translate("Build", text)


@dataclass(frozen=True)
class Remedy:
    """A button: what it says and what it is ("retry", "rename", "sign-in", "edit:<step>", "flavor:<id>")."""

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
    elif action.startswith("flavor:"):
        found.append(Remedy(action, _tr("&Take {flavor}").format(flavor=action.removeprefix("flavor:"))))
        found.append(Remedy("edit:server", _tr("Change the &answer…")))
    elif action.startswith("step:"):
        found.append(Remedy(f"edit:{action.removeprefix('step:')}", _tr("Change the &answer…")))
    elif action == "clean-up":
        found.append(Remedy("clean", _tr("&Clean up…")))
    found.append(Remedy("retry", _tr("&Retry as it is") if found else _tr("&Retry")))
    return found


def error_card(
    error: ErrorInfo, offered: Sequence[Remedy], chosen: Callable[[str], None], *, safe: str = ""
) -> ErrorCard:
    """The error in the band of its stage; `chosen` gets the remedy's id. `safe`: what is not lost, said first."""
    facts = [(_tr("Answer"), str(error.status or "")), (_tr("Request"), error.call)]
    card = ErrorCard(
        error.title,
        " ".join(part for part in (safe, error.detail) if part),
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
