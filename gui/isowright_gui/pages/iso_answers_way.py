"""From an answer file, or a form, to the recipe's answers: read, judged and written off the window's thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from isowright.errors import AppError
from isowright.iso.report import Inspection
from isowright.recipe import ANSWERS_TO_COME
from isowright.unattended import given, kept
from isowright.unattended.family import FAMILIES, Family, family_of
from isowright.unattended.given import Remark
from isowright.unattended.remaster import find_xorriso
from isowright_gui.dialogs import ask_file
from isowright_gui.pages.iso_fact import Fact, Verdict
from isowright_gui.pages.iso_unattended import How, Unattended
from isowright_gui.services import Services
from isowright_gui.session import WizardSession
from isowright_gui.tasks import TaskScope

DELAY = 400  # ms without typing before the form is written down
TASK = "answers"


def _tr(text: str) -> str:
    return QCoreApplication.translate("IsoPage", text)


class AnswersWay(QObject):
    """`changed`: what stops the page, or whether there are answers, is another. `put` takes the path, "" = by hand."""

    changed = Signal()

    def __init__(
        self,
        view: Unattended,
        services: Services,
        session: WizardSession,
        tasks: TaskScope,
        put: Callable[[str], None],
    ) -> None:
        super().__init__(view)
        self.how: How = "hand"
        self.path: Path | None = None  # the operator's file
        self._view, self._services, self._session, self._tasks, self._put_path = view, services, session, tasks, put
        self._seen: Inspection | None = None
        self._family: Family | None = None
        self._written = ""  # the form's file
        self._remarks: tuple[Remark, ...] = ()  # of the operator's file
        self._error: AppError | None = None  # a program is missing, or the form cannot be written down
        self._tidied = False
        self._timer = QTimer(self, singleShot=True, interval=DELAY)
        self._timer.timeout.connect(self._write_soon)
        view.how_chosen.connect(self._choose)
        view.browse.connect(lambda: self._tasks.spawn(self._browse(), name="browse"))
        view.by_hand.connect(lambda: self._choose("hand"))
        view.edited.connect(self._form_edited)

    # -- what the page asks

    @property
    def named(self) -> str:
        """The recipe's answer file, if its ISO is a file."""
        iso = self._session.recipe.iso
        return iso.answers if iso.path and iso.answers != ANSWERS_TO_COME else ""

    @property
    def facts(self) -> list[Fact]:
        """What is to be said of the file, as the inspector's findings are."""
        if self.how != "file" or self._family is None:
            return []
        return [_fact(remark) for remark in self._remarks]

    def problem(self) -> str | None:
        """The first thing that stops the page, in words."""
        if self._seen is None or (self.how == "hand" and not self.named):
            return None
        if self._family is None:
            return _tr("This ISO's installer takes no answers.") if self.named else None
        if self._error is not None:
            return self._error.title
        if self.how == "form":
            wrong = self._view.form.problems()
            return _tr("The installer's answers: {problem}").format(problem=wrong[0].message) if wrong else None
        if self.path is None:
            return _tr("No answer file is chosen.") if self.how == "file" else None
        failed = next((remark for remark in self._remarks if remark.verdict == "failed"), None)
        return _fact(failed).words if failed is not None else None

    def first_wrong(self) -> QWidget | None:
        """The first control that needs something."""
        if self.problem() is None:
            return None
        view = self._view
        if self._family is None:
            return view.give_up
        if self.how == "form" and (control := view.form.first_wrong()) is not None:
            return control
        return view.file.choose if self.how == "file" and self._error is None else view.how.focusProxy()

    def control(self) -> QWidget | None:
        """What asks for the answers; unfolded, since somebody was sent here."""
        self._view.fold.set_open(True)
        return self._view.file.choose if self.how == "file" else self._view.how.focusProxy()

    def reveal(self) -> None:
        """Continue was pressed: say what is missing where it is missing."""
        if self.problem() is None:
            return
        self._view.fold.set_open(True)
        if self.how == "form":
            self._view.form.reveal()
        elif self.how == "file" and self.path is None:
            remedy = _tr("Choose the answer file, or drop it here; or fill in the form.")
            self._view.file.show_remarks((Remark("failed", "none", _tr("No answer file is chosen."), "", remedy),))

    def settle(self) -> None:
        """What is still due to be written is written now."""
        if self._timer.isActive():
            self._write_soon()

    def wants(self, path: Path) -> bool:
        """Whether a file dropped onto the page is meant for here."""
        return self.how == "file" and self._family is not None and path.suffix.lower() != ".iso"

    # -- the ISO

    def show_iso(self, seen: Inspection | None) -> None:
        """What looking into it has told; None = it is being looked into, or cannot be."""
        self._tasks.cancel(TASK)
        self._seen = seen
        self._family = family_of(seen) if seen is not None else None
        self._derive()
        if self._family is not None:
            self._again(self._family)

    def show_answers(self) -> None:
        """The recipe's, if they are others than those shown."""
        if self._family is not None and self.named and self.named not in (str(self.path), self._written):
            self._again(self._family)

    def _again(self, family: Family) -> None:
        """Where they come from outside, they are taken up; where they are known, looked at for this ISO."""
        named = self.named
        if named and named not in (str(self.path), self._written):
            self._tasks.spawn(self._take_up(Path(named), family), name=TASK, replace=True)
        elif self.how == "file" and self.path is not None:
            self.take(self.path)
        elif self.how == "form":
            self._form_edited()

    async def _take_up(self, path: Path, family: Family) -> None:
        """A profile's, or those of a run: the form that they were written from, or the file."""
        form = await asyncio.to_thread(kept.form_of, self._services.home.answers_dir, path)
        if form is None:
            self.how, self.path = "file", path
            self._derive()
            await self._look(path, family)
        else:
            self.how, self._written = "form", str(path)
            self._view.form.show_answers(form)
            self._derive()
            await self._write(family)

    # -- what the operator does

    def _choose(self, how: How) -> None:
        self._tasks.cancel(TASK)
        self._timer.stop()
        self.how, self._error = how, None
        if how == "hand":
            self._put("")
        self._derive()
        if how == "file":
            self._put(str(self.path) if self.path is not None else ANSWERS_TO_COME)
            self._view.file.show_file(self.path, "")
            self._view.file.show_remarks(())
            if self._family is not None:
                self._tasks.spawn(self._look(self.path, self._family), name=TASK, replace=True)
        elif how == "form":
            self._form_edited()
        self.changed.emit()

    async def _browse(self) -> None:
        folder = self.path.parent if self.path is not None else Path(self._session.recipe.iso.path).parent
        filters = [_tr("Answer files (*.cfg *.ks *.yaml *.yml *.xml *.txt user-data)"), _tr("All files (*)")]
        chosen = await ask_file(self._view, _tr("Choose an answer file"), filters, folder)
        if chosen is not None:
            self.take(chosen)

    def take(self, path: Path) -> None:
        """The operator has chosen an answer file."""
        if self._family is None:
            return
        self.how, self.path, self._remarks = "file", path, ()
        self._put(str(path))
        self._derive()
        self._tasks.spawn(self._look(path, self._family), name=TASK, replace=True)
        self.changed.emit()

    async def _look(self, path: Path | None, family: Family) -> None:
        """Into the file; without one, only for the program that will be needed."""
        card = self._view.file
        self._remarks = ()
        card.show_remarks(())
        card.show_file(path, _tr("Reading it…") if path is not None else "")
        kind = ""
        if path is not None:
            try:
                looked = await asyncio.to_thread(given.read, path, family)
            except AppError as error:
                self._remarks = (_remark(error),)
            else:
                self._remarks = looked.remarks
                kind = FAMILIES[looked.kind].title if looked.kind is not None else _tr("Not recognised")
        await self._find_program()
        card.show_file(path, kind)
        card.show_remarks(self._remarks)
        self.changed.emit()

    async def _find_program(self) -> None:
        try:
            await asyncio.to_thread(find_xorriso)
        except AppError as error:
            self._show_error(error)
        else:
            self._show_error(None)

    def _show_error(self, error: AppError | None) -> None:
        self._error = error
        self._view.show_trouble(() if error is None else (_remark(error),))

    # -- the form

    def _form_edited(self) -> None:
        self._tasks.cancel(TASK)
        if self._view.form.problems():
            self._timer.stop()
            self._put(ANSWERS_TO_COME)  # what was written down is not what stands here
        else:
            if self._session.recipe.iso.answers == ANSWERS_TO_COME:
                self._put("")  # complete; Continue, if it is pressed before the pause is over, has it written
            self._timer.start()
        self.changed.emit()

    def _write_soon(self) -> None:
        self._timer.stop()
        if self._family is not None and self.how == "form":
            self._tasks.spawn(self._write(self._family), name=TASK, replace=True)

    async def _write(self, family: Family) -> None:
        answers = self._view.form.answers()
        await self._find_program()
        try:
            path = await asyncio.to_thread(kept.keep, self._services.home.answers_dir, family, answers)
        except AppError as error:
            self._show_error(error)
        else:
            self._written = str(path)
            self._put(self._written)
        self.changed.emit()
        await self._tidy()

    async def _tidy(self) -> None:
        """Once a page: files of forms that nothing names any more."""
        if not self._tidied:
            self._tidied = True
            runs = await self._services.engine.runs()
            profiles = await asyncio.to_thread(self._services.profiles.list)
            recipes = [*(run.recipe for run in runs), *(p.recipe for p in profiles if p.recipe is not None)]
            named = {recipe.iso.answers for recipe in recipes} | {self.named}
            await asyncio.to_thread(kept.forget_unused, self._services.home.answers_dir, named)

    # -- what is shown

    def _put(self, path: str) -> None:
        if path != self._session.recipe.iso.answers:
            self._put_path(path)

    def _derive(self) -> None:
        if self._seen is None:
            self._view.show_no_iso()
        elif self._family is None:
            self._view.show_unfit(why_not(self._seen), answered=bool(self.named))
        else:
            self._view.show_how(self.how, self._family)


def why_not(seen: Inspection) -> str:
    """Why no answers can be put onto this ISO."""
    if seen.os_type == "Windows":
        there = (
            _tr("This one has one: {file}.").format(file=seen.answer_files[0])
            if seen.answer_files
            else _tr("This one has none; put one there by other means.")
        )
        return _tr("Windows takes its answers from an Autounattend.xml that is on the ISO.") + f" {there}"
    kinds = ", ".join(one.title for one in FAMILIES.values() if one.kind != "isowright-test")
    what = (
        _tr("The installer of {system} is not known to take answers from its ISO.").format(system=seen.title)
        if seen.title
        else _tr("What installs from this ISO was not recognised, so it is not known which answers it takes.")
    )
    return f"{what} " + _tr("Kinds that can be put onto one: {kinds}.").format(kinds=kinds)


def _remark(error: AppError) -> Remark:
    return Remark("failed", "error", error.title, error.detail, error.remedy)


def _fact(remark: Remark) -> Fact:
    verdict: Verdict = "failed" if remark.verdict == "failed" else "warning"
    why = " ".join(part for part in (remark.title, remark.detail, remark.remedy) if part)
    return Fact(_tr("Answer file"), "", verdict, why, remark.title)
