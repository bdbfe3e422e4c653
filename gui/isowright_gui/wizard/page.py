"""What a wizard page is: four facts and three moments.

Facts: `valid`, `busy`, `problem`, `first_focus`; the window derives every button and the hint from them whenever
`state_changed` is emitted. Moments: `enter` (shown), `commit` (Continue), `leave` (hidden).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from isowright.errors import AppError
from isowright.recipe import Recipe
from isowright_gui.services import Services
from isowright_gui.session import WizardSession
from isowright_gui.tasks import TaskScope

Tone = Literal["neutral", "accent", "success", "warning", "danger"]


@dataclass(frozen=True)
class Hint:
    """The footer's line."""

    text: str = ""
    tone: Tone = "neutral"


class Page(QWidget):
    """Base of all wizard pages. Subclasses set `step`, `title`, `subtitle` and override what they need."""

    state_changed = Signal()
    go_to = Signal(str)  # step, or "step.field": somebody else's answer has to change
    step: str = ""

    def __init__(self, services: Services, session: WizardSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.services = services
        self.session = session
        self.tasks = TaskScope(self.step, self.show_error)
        self._busy = ""

    # what the shell shows
    @property
    def title(self) -> str:
        raise NotImplementedError

    @property
    def subtitle(self) -> str:
        return ""

    @property
    def primary_text(self) -> str:
        """The primary button, with its mnemonic."""
        return self.tr("&Continue")

    @property
    def secondary_text(self) -> str:
        """A second button before the primary one; "" = none."""
        return ""

    def press_secondary(self) -> None:
        """The second button was pressed."""

    # the four facts
    @property
    def problem(self) -> str | None:
        """The first thing that stops this page, in words; None = it may be left forwards."""
        found = self.session.recipe.problems(self.step)  # type: ignore[arg-type]  # pages of Step have a step of Step
        return found[0].message if found else None

    @property
    def valid(self) -> bool:
        return self.problem is None

    @property
    def busy(self) -> str:
        """ "" or the verb that the primary button shows meanwhile ("Signing in…")."""
        return self._busy

    def first_focus(self) -> QWidget | None:
        """Where the keyboard goes: the first problem's control, else the first control."""
        return None

    @property
    def hint(self) -> Hint:
        return Hint()

    # the three moments
    async def enter(self) -> None:
        """Shown. Fetch lists here, through `session.fetch`."""

    async def commit(self) -> bool:
        """Continue was pressed and the page is valid. Do what remains (sign in); False = stay."""
        return True

    def leave(self) -> None:
        """Hidden."""

    # for subclasses
    def edit(self, recipe: Recipe) -> None:
        """Take the operator's answer."""
        self.session.update(recipe)
        self.state_changed.emit()

    def set_busy(self, verb: str) -> None:
        self._busy = verb
        self.state_changed.emit()

    def reveal_problem(self) -> None:
        """Continue was pressed while invalid: show each field's error and move the focus to the first."""
        widget = self.first_focus()
        if widget is not None:
            widget.setFocus()

    def control_of(self, field: str) -> QWidget | None:  # noqa: ARG002  # pages know theirs
        """The control that asks for a field of the recipe ("flavor_id"), None if there is none by itself."""
        return None

    def show_error(self, error: AppError) -> None:
        """A task of this page failed. Pages with a place for it override this; otherwise a dialog shows it."""
        from isowright_gui.dialogs import show_problem

        show_problem(self, error)

    async def close_tasks(self) -> None:
        await self.tasks.close()
