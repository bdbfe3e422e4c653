"""The wizard: its pages in their frame, and what becomes of their answers: a profile, a run, or nothing."""

from __future__ import annotations

import asyncio

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from isowright import flow
from isowright.recipe import PRACTICE, Recipe
from isowright_gui.as_profile import ask_profile_name, save_run
from isowright_gui.dialogs import ask
from isowright_gui.services import Services
from isowright_gui.session import WizardSession
from isowright_gui.widgets.stepper import StepState
from isowright_gui.wizard.frame import Frame
from isowright_gui.wizard.page import Page
from isowright_gui.wizard.steps import BUILD, closed


class Wizard(Frame):
    """One use of the wizard. `start(step)` begins; `close_down()` ends what it owns before it is deleted."""

    home_requested = Signal()
    run_started = Signal(str)  # run id
    run_requested = Signal(str)  # run id: somebody wants to see it instead
    profile_saved = Signal(str)
    again = Signal(str, object, str)  # run id, its recipe, step: the same answers for another run
    revise = Signal(str, object, str)  # the same: another answer for this run

    def __init__(self, services: Services, session: WizardSession, parent: QWidget | None = None) -> None:
        super().__init__(services, session, parent)
        self._built = session.recipe  # the answers of the run shown
        self._saved = session.recipe  # what "Save" would not have to write again
        self.stepper.home.connect(lambda: self.tasks.spawn(self._go_home(), name="home"))
        self.stepper.leave.connect(lambda: self.tasks.spawn(self._save_and_close(), name="save"))
        self.banner.save.connect(lambda: self.tasks.spawn(self.save_profile(), name="save"))

    def _page_made(self, page: Page) -> None:
        for name, slot in (
            ("create_requested", lambda: self.tasks.spawn(self._create(), name="create")),
            ("open_run", lambda run_id: self.tasks.spawn(self._leave_for(run_id), name="leave")),
            ("save_profile", lambda: self.tasks.spawn(self.save_profile(), name="save")),
        ):
            if (signal := getattr(page, name, None)) is not None:
                signal.connect(slot)

    # -- profiles

    @property
    def dirty(self) -> bool:
        """Whether answers would be lost."""
        return self.build is None and self.session.recipe not in (self._saved, Recipe())

    async def save_profile(self) -> str | None:
        """Write the answers as a profile; asks for a name if they have none. Returns it, None = not saved."""
        name = self.session.profile
        if not name:
            profiles, value = self.services.profiles, self.session.recipe.image.name
            value = await asyncio.to_thread(profiles.free_name, value) if value else ""
            text = self.tr("Passwords and keys are not part of it.")
            asked = await ask_profile_name(self, profiles, value, text)
            if asked is None:
                return None
            name = asked
        recipe = self.session.recipe
        await asyncio.to_thread(self.services.profiles.save, name, recipe, overwrite=bool(self.session.profile))
        self.session.profile, self._saved = name, recipe
        if not self.repair.pending:
            self.repair.end()
        if self.build is None:
            self._derive()
        self.profile_saved.emit(name)
        return name

    async def _save_and_close(self) -> None:
        if await self.save_profile() is not None:
            self.home_requested.emit()

    async def _go_home(self) -> None:
        if await self.may_leave():
            self.home_requested.emit()

    async def may_leave(self) -> bool:
        """Ask what to do with answers that are nowhere else; True = leave."""
        if not self.dirty:
            return True
        chosen = await ask(
            self,
            self.tr("Save your answers?"),
            self.tr("As a profile they can be gone on with at any time. No image has been started."),
            [
                ("", self.tr("&Cancel"), "ghost"),
                ("drop", self.tr("&Don't save"), "secondary"),
                ("save", self.tr("&Save as profile"), "primary"),
            ],
        )
        if chosen == "save":
            return await self.save_profile() is not None
        return chosen == "drop"

    async def _leave_for(self, run_id: str) -> None:
        if await self.may_leave():
            self.run_requested.emit(run_id)

    # -- the run

    async def _create(self) -> None:
        page = self.pages["review"]
        page.set_busy(self.tr("Starting…"))  # a second click makes no second run
        try:
            await self._start_run()
        finally:
            page.set_busy("")

    async def _start_run(self) -> None:
        recipe, login = self.session.recipe, self.session.login
        if self.session.revises:
            controller = await self.services.runs.open(self.session.revises, login)
            before = controller.info.recipe.account
            if recipe.account.cloud == before.cloud == PRACTICE:  # the same, whatever its ports are today
                recipe = msgspec.structs.replace(recipe, account=before)
            await controller.revise(recipe)
            self._saved = self.session.recipe
            self.show_build(self.session.revises)
            return
        account = self.services.practice.fill(recipe.account)
        info = await self.services.engine.create(
            msgspec.structs.replace(recipe, account=account), profile=self.session.profile
        )
        await asyncio.to_thread(self.services.last_used.remember, info.recipe)
        controller = await self.services.runs.open(info.id, login)
        controller.start()
        self._saved = recipe
        self.show_build(info.id, info.recipe)
        self.run_started.emit(info.id)

    def show_build(self, run_id: str, recipe: Recipe | None = None) -> None:
        """Show a run at the step Build; the steps before it are answered and closed. `recipe`: as the run has it, where
        that differs from the session's."""
        from isowright_gui.runs.build import BuildPage

        if (page := self.page) is not None:
            page.leave()
        self.step = BUILD
        self.build = BuildPage(self.services, run_id)
        self.build.home.connect(self.home_requested)
        self.build.again.connect(lambda recipe: self.again.emit(run_id, recipe, "review"))
        self.build.edit.connect(lambda recipe, step: self.again.emit(run_id, recipe, step))
        self.build.revise.connect(lambda recipe, step: self.revise.emit(run_id, recipe, step))
        self.profile_saved.connect(self.build.profile_saved)
        self.build.phase_changed.connect(self._show_phase)
        self.build.save.connect(lambda recipe: self.tasks.spawn(self._save_run(recipe), name="save"))
        self.sides.addWidget(self.build)
        self.sides.setCurrentWidget(self.build)
        self._built = recipe = recipe or self.session.recipe
        self.stepper.set_steps(closed(recipe), BUILD)
        for step in flow.STEPS:
            # Their answers are this run's now; another image begins at Home.
            row_of_step = self.stepper.row_of(step)
            row_of_step.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            row_of_step.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.stepper.set_heading(recipe.image.name or self.session.profile)
        self.stepper.set_practice(recipe.account.cloud == PRACTICE)
        self.stepper.leave_button.hide()

    def _show_phase(self, phase: str) -> None:
        state: StepState = "problem" if phase == "failed" else "done" if phase == "done" else "current"
        self.stepper.set_steps(closed(self._built, state), "" if state == "done" else BUILD)

    async def _save_run(self, recipe: Recipe) -> None:
        """The answers of the run that is shown, under a name of their own."""
        if (name := await save_run(self, self.services.profiles, recipe)) is not None:
            self.profile_saved.emit(name)

    # -- the end

    async def close_down(self) -> None:
        """End every task of the pages and the session with the cloud."""
        await self.tasks.close()
        for page in self.pages.values():
            await page.close_tasks()
        if self.build is not None:
            await self.build.close_tasks()
        cloud = self.session.signed_out()
        if cloud is not None:
            await cloud.aclose()
