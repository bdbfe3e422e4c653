"""Stored answers that the cloud does not have any more: the wizard leads from one page concerned to the next.

Each of them is opened with what is best in the place of what is gone, and a banner that says both: nothing is replaced
where nobody looks. The profile itself changes only when somebody saves it.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from isowright import flow
from isowright.recipe import Step
from isowright.stored import Gone, apply
from isowright_gui.session import WizardSession
from isowright_gui.widgets import Banner, row
from isowright_gui.widgets.layouts import Margins, set_units, thin

_ROOM: Margins = (8, 0, 8, 3)


class Repair:
    """What is gone, and on which pages that has been looked at."""

    def __init__(self, session: WizardSession) -> None:
        self._session = session
        self.gone: tuple[Gone, ...] = ()
        self._then = session.recipe  # when they were found gone
        self._visited: set[str] = set()
        self._passed: set[str] = set()

    def begin(self, gone: Sequence[Gone]) -> None:
        """A look at the cloud has ended; what an earlier one found counts no more."""
        self.gone, self._visited, self._passed = tuple(gone), set(), set()
        self._then = self._session.recipe

    def end(self) -> None:
        """The profile has the new answers now."""
        self.begin(())

    @property
    def pending(self) -> list[Step]:
        """Steps that are still to be looked at, in their order."""
        return [step for step in flow.ANSWERED if step not in self._passed and self.of(step)]

    def is_lost(self, one: Gone) -> bool:
        """Whether what is gone is still the answer."""
        now, then = (getattr(recipe, one.step) for recipe in (self._session.recipe, self._then))
        return bool(getattr(now, one.field) == getattr(then, one.field))

    def of(self, step: str) -> list[Gone]:
        """[] as well if a button of Review's checks has answered all of it before anybody came to the page."""
        lost = [one for one in self.gone if one.step == step]
        return lost if step in self._visited or any(map(self.is_lost, lost)) else []

    def is_taken(self, one: Gone) -> bool:
        """Whether what was proposed in its place is the answer now."""
        part = getattr(self._session.recipe, one.step)
        return bool(one.better) and all(getattr(part, field) == value for field, value in one.change.items())

    def visit(self, step: str) -> None:
        """The page is about to be shown: preselect what takes the place of what is gone, once."""
        if step not in self._visited and (lost := self.of(step)):
            lost = [one for one in lost if self.is_lost(one)]
            self._visited.add(step)
            recipe = apply(self._session.recipe, lost)
            if all(one.better for one in lost):
                self._session.put_checked(recipe)  # what replaces the one fits the other
            else:
                self._session.update(recipe)

    def passed(self, step: str) -> bool:
        """Continue was pressed there; whether the page was one of those concerned."""
        concerned = step in self.pending
        if concerned:
            self._passed.add(step)
        return concerned

    def after(self, step: str) -> str:
        """Where Continue leads while something is to be repaired: to the next page that is concerned or lacks an answer
        because of it, else to Review; "" = as always."""
        rest = [one for one in self.pending if one != step]
        if not rest and not self.of(step):
            return ""
        recipe = self._session.recipe
        wanted = (one for one in flow.ANSWERED if one != step and (one in rest or recipe.problems(one)))
        return next(wanted, "review")


class RepairBanner(QWidget):
    """Above the page: what is gone and what is preselected instead; on Review, what differs from the profile.

    Signal `save`: the profile shall have the new answers.
    """

    save = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lost = Banner("", " ", tone="warning", icon="warning-fill")
        self.replaced = Banner("", " ")
        self.save_button = self.replaced.add_action(self.tr("Save in the pro&file"))
        self.save_button.clicked.connect(self.save)
        self._box = row(self, margins=_ROOM)
        self._box.addWidget(self.lost)
        self._box.addWidget(self.replaced)
        self.hide()

    def show_for(self, step: str, repair: Repair, profile: str) -> None:
        """Hidden on pages that have lost nothing."""
        lost = repair.of(step)
        if lost:
            kinds = ", ".join(_named(one.what, first=number == 0) for number, one in enumerate(lost))
            text = "\n".join(self._sentence(one) for one in lost)
            self.lost.set_texts(self.tr("No longer there: {what}").format(what=kinds), text)
        over = step == "review" and bool(repair.gone) and not repair.pending
        if over:
            title = self.tr("Answers that no longer existed have been replaced")
            if profile:
                title = self.tr("Replaced since “{profile}” was saved, which still has the old answers")
            lines = "\n".join(self._line(one, taken=repair.is_taken(one)) for one in repair.gone)
            self.replaced.set_texts(title.format(profile=profile), lines)
        self.save_button.setVisible(bool(profile))
        self.lost.setVisible(bool(lost))
        self.replaced.setVisible(over)
        self.setVisible(bool(lost) or over)

    def _line(self, one: Gone, *, taken: bool) -> str:
        words = self.tr("{what}: {new} in place of {old}")
        if not taken:
            words = self.tr("{what}: chosen anew in place of {old}")
        return words.format(what=one.what, new=one.better, old=one.value)

    def _sentence(self, one: Gone) -> str:
        if not one.better:
            return f"{one.why} {one.remedy}"
        because = f", {one.because}" if one.because else ""
        return self.tr("{why} Preselected instead: {better}{because}.").format(
            why=one.why, better=one.better, because=because
        )

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        set_units(self._box, 2, thin(_ROOM, self.width()))


def _named(what: str, *, first: bool) -> str:
    """ "Flavor, disk type, OS version"."""
    return what if first or what[1:2].isupper() else f"{what[:1].lower()}{what[1:]}"
