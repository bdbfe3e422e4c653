"""The wizard's frame: steps at the left, header, scrolling page, footer. It derives everything from the four facts.

Pages are made when their step is first reached. Back and the steps jump freely among what has been reached; Continue
commits the page. A change of an earlier answer clears what depends on it (`flow.invalidate`) and with it the reach.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QPlainTextEdit, QStackedWidget, QWidget

from isowright import flow, names, stored
from isowright.errors import AppError
from isowright.recipe import PRACTICE
from isowright_gui.dialogs import show_problem
from isowright_gui.services import Services
from isowright_gui.session import WizardSession
from isowright_gui.tasks import TaskScope
from isowright_gui.theme import theme
from isowright_gui.widgets import PageHeader, column, row
from isowright_gui.widgets.footer import Footer
from isowright_gui.widgets.stepper import Stepper
from isowright_gui.wizard.page import Hint, Page
from isowright_gui.wizard.recall import PATIENCE, recall
from isowright_gui.wizard.repair import Repair, RepairBanner
from isowright_gui.wizard.scroll import HeadBox, ScrollColumn
from isowright_gui.wizard.steps import PAGES, page_class, shown

if TYPE_CHECKING:
    from isowright_gui.runs.build import BuildPage

RECALL = "recall"
_LOOK = 20.0  # s that the cloud gets to say what of a profile it still has; Review asks again
_RAIL = 170  # units of width below which the steps are glyphs alone


class Frame(QWidget):
    """Pages, and the ways between them. `start(step)` begins."""

    def __init__(self, services: Services, session: WizardSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.services = services
        self.session = session
        self.tasks = TaskScope("wizard", self._failed)
        self.pages: dict[str, Page] = {}
        self.build: BuildPage | None = None
        self.step = ""
        self.recalls = False  # a new image, which may begin with what was answered last
        self.repair = Repair(session)
        self._kept = bool(session.profile) or flow.first_problem_step(session.recipe) is None  # answers of another day
        self._compared: object = None  # the sign-in whose cloud was asked what of them it still has
        self._as_saved = False
        self._furthest = 0
        self._moving = False
        self._answered = {step for step in flow.ANSWERED if not session.recipe.problems(step)}  # from the beginning
        self._insisted: Page | None = None  # where Continue was pressed too early: its hint says why it stays
        self._pointed: tuple[Page, str, QWidget | None] | None = None  # where, why, and what had the keyboard then
        self._shown = asyncio.Lock()  # two quick clicks must not make a page twice
        self._scrolls: list[tuple[ScrollColumn, Page]] = []
        session.setParent(self)
        self.setProperty("surface", "window")
        self._make()
        session.changed.connect(self._recipe_changed)
        session.signed.connect(self._signed)

    def _make(self) -> None:
        self.stepper = Stepper()
        self.stepper.activated.connect(lambda step: self.tasks.spawn(self.jump(step), name="move"))
        self.header = PageHeader()
        self.stack = QStackedWidget()
        self.footer = Footer()
        self.footer.back.connect(lambda: self.tasks.spawn(self.go_back(), name="move"))
        self.footer.primary.connect(lambda: self.tasks.spawn(self.proceed(), name="move"))
        self.second_button = self.footer.add_action("")
        self.second_button.clicked.connect(self._press_second)
        self.right = QWidget()
        right = column(self.right, gap=0)
        right.addWidget(HeadBox(self.header))
        self.banner = RepairBanner()
        right.addWidget(self.banner)
        right.addWidget(self.stack, 1)
        right.addWidget(self.footer)
        self.sides = QStackedWidget()  # pages of the wizard, or the build with its own header and footer
        self.sides.addWidget(self.right)
        line = row(self, gap=0)
        line.addWidget(self.stepper)
        line.addWidget(self.sides, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.stepper.set_narrow(event.size().width() < theme().s(_RAIL))

    # -- moving

    @property
    def page(self) -> Page | None:
        """The page shown, None in Build."""
        return self.pages.get(self.step)

    async def start(self, step: str = "account", error: AppError | None = None) -> None:
        """Show `step`, or the first one before it whose answers are missing. `error`: why nobody is signed in."""
        first = flow.first_problem_step(self.session.recipe)
        self._furthest = flow.STEPS.index(first if first is not None else "review")
        if error is not None:
            await self._add_page("account", await asyncio.to_thread(page_class, "account"))
            self.pages["account"].show_error(error)
        if step == "review" and not self.session.revises:
            await self._compare()
            concerned = [one for one in flow.ANSWERED if one == first or one in self.repair.pending]
            step = next(iter(concerned), step)
        await self._show(flow.STEPS[min(flow.STEPS.index(step), self.reach)])

    async def _compare(self) -> None:
        """Ask the cloud what of the stored answers it still has; no answer is no reason to stop."""
        cloud = self.session.cloud
        if not self._kept or cloud is None or cloud is self._compared:
            return
        self._compared = cloud
        self._as_saved = await asyncio.to_thread(self._is_as_saved)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK):
                self.repair.begin(await stored.look(cloud, self.session.recipe))

    def _is_as_saved(self) -> bool:
        """Whether the answers are the profile's own, not those of a run of it."""
        recipe = self.session.recipe
        try:
            saved = self.services.profiles.load(self.session.profile) if self.session.profile else None
        except AppError:
            return False
        return saved is not None and all(getattr(saved, one) == getattr(recipe, one) for one in flow.ANSWERED[1:])

    def _signed(self) -> None:
        if self.recalls and self.session.cloud is not None:
            self.tasks.spawn(recall(self.services, self.session), name=RECALL, replace=True)
        self._derive()

    @property
    def reach(self) -> int:
        """How far one may jump. Nothing behind Account works without being signed in."""
        return self._furthest if self.session.cloud is not None else 0

    async def jump(self, step: str, field: str = "") -> None:
        """To a step that has been reached."""
        if step not in PAGES or self.build is not None or flow.STEPS.index(step) > self.reach:
            return
        if step == self.step:
            return
        await self._show(step)
        if field and (page := self.page) is not None:
            self.point_at(page, field)

    def point_at(self, page: Page, field: str) -> None:
        """Somebody was sent here because of one answer: what is wrong is said, and its control has the keyboard."""
        page.reveal_problem()
        control = page.control_of(field)
        if page.problem is None and control is not None and control.isVisible() and control.isEnabled():
            control.setFocus(Qt.FocusReason.OtherFocusReason)
        self._pointed = (page, field, self.focusWidget())

    async def go_back(self) -> None:
        here = flow.STEPS.index(self.step)
        if here > 0:
            await self._show(flow.STEPS[here - 1])

    async def proceed(self) -> None:
        """Continue: to the first problem if there is one, else commit and go on."""
        page = self.page
        if page is None or page.busy or self._moving:
            return
        if not page.valid:
            self._insisted = page
            page.reveal_problem()
            self._derive()
            return
        self._moving = True
        try:
            done = await page.commit()
            if done and page.step == "account":
                await self._look_around(page)
        finally:
            self._moving = False
        if not done or page is not self.page or page.step == "review":
            self._derive()
            return
        here = flow.STEPS.index(self.step)
        self._furthest = max(self._furthest, here + 1)
        target = self.repair.after(self.step)
        self.repair.passed(self.step)
        await self._show(target or flow.STEPS[here + 1])

    async def _look_around(self, page: Page) -> None:
        """Behind Account: what is offered, and what of stored answers is gone."""
        if not self.tasks.of(RECALL) and not self._kept:
            return
        page.set_busy(self.tr("Looking around…"))
        try:
            if self.tasks.of(RECALL):
                await asyncio.wait(self.tasks.of(RECALL), timeout=PATIENCE)
            if not self.session.revises:
                await self._compare()
        finally:
            page.set_busy("")

    async def _show(self, step: str) -> None:
        async with self._shown:
            await self._show_alone(step)

    async def _show_alone(self, step: str) -> None:
        if (old := self.page) is not None and old.step != step:
            old.leave()
        if step not in self.pages:
            # Its import and its making are two pieces of work; the window answers between them.
            kind = await asyncio.to_thread(page_class, step)
            await self._add_page(step, kind)
        page = self.pages[step]
        self.repair.visit(step)
        self.step = step
        self._insisted = None
        self._furthest = max(self._furthest, flow.STEPS.index(step))
        self.stack.setCurrentWidget(self._areas[step])
        self._areas[step].verticalScrollBar().setValue(0)
        # In the same breath as its step becomes the present one: whoever sees that finds it being entered.
        page.tasks.spawn(self._enter(page), name="enter", replace=True)
        self._derive()
        await asyncio.sleep(0)  # showing a page has it styled; the window answers before the keyboard moves there
        self._order_focus(page)
        if (target := page.first_focus()) is not None:
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    async def _enter(self, page: Page) -> None:
        await page.enter()
        self._derive()
        pointed, self._pointed = self._pointed, None
        if pointed is not None and pointed[0] is page is self.page and pointed[2] is self.focusWidget():
            self.point_at(page, pointed[1])  # what it shows may have come only now
            self._pointed = None
            return
        # What is worth the keyboard may have been fetched only now; nobody's typing is taken away.
        inside = self.focusWidget()
        if page is self.page and (inside is None or not page.isAncestorOf(inside)):
            target = page.first_focus()
            if target is not None and inside not in (self.footer.primary_button, self.footer.back_button):
                target.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def _areas(self) -> dict[str, ScrollColumn]:
        return {page.step: area for area, page in self._scrolls}

    async def _add_page(self, step: str, kind: type[Page]) -> None:
        page = kind(self.services, self.session)
        page.step = step
        await asyncio.sleep(0)
        area = ScrollColumn((8, 1, 8, 5))  # above, a focused field has room for its ring
        self.stack.addWidget(area)
        area.body.addWidget(page, 1)  # last: each new parent has the whole page styled again
        self._scrolls.append((area, page))
        await asyncio.sleep(0)
        self.pages[step] = page
        page.state_changed.connect(self._derive)
        page.go_to.connect(self._go_to)
        self._page_made(page)

    def _page_made(self, page: Page) -> None:
        """For what else a page may ask of the wizard."""

    def _press_second(self) -> None:
        if (page := self.page) is not None:
            page.press_secondary()

    def _go_to(self, target: str) -> None:
        step, _, field = target.partition(".")
        self.tasks.spawn(self.jump(step, field or "problem"), name="move")

    # -- deriving

    def _recipe_changed(self) -> None:
        first = flow.first_problem_step(self.session.recipe)
        if first is not None and self.step:
            # What comes after a step whose answers are gone has to be reached again.
            self._furthest = max(flow.STEPS.index(self.step), min(self._furthest, flow.STEPS.index(first)))
        self._derive()

    def _derive(self) -> None:
        page = self.page
        if page is None or self.build is not None:
            return
        recipe = self.session.recipe
        self.header.set_texts(page.title, page.subtitle)
        self.banner.show_for(self.step, self.repair, self.session.profile if self._as_saved else "")
        seen = {*self.pages, *self._answered} if not self.session.profile else set(flow.STEPS)
        steps = shown(recipe, self.step, reach=self.reach, seen=seen, pending=self.repair.pending)
        self.stepper.set_steps(steps, self.step)
        name = names.fill(recipe.image.name, recipe, self.services.clock.now().astimezone())
        self.stepper.set_heading(self.session.profile or name or self.tr("New image"))
        self.stepper.set_practice(recipe.account.cloud == PRACTICE)
        self.footer.set_back(self.tr("&Back") if flow.STEPS.index(self.step) > 0 else None)
        self.second_button.setText(page.secondary_text)
        self.second_button.setVisible(bool(page.secondary_text))
        self.footer.set_primary(page.primary_text)
        self.footer.set_busy(page.busy or None)
        hint = page.hint if page.hint.text else self._default_hint(page)
        self.footer.set_hint(hint.text, "muted" if hint.tone == "neutral" else hint.tone)

    def _default_hint(self, page: Page) -> Hint:
        here = flow.STEPS.index(page.step)
        after = self.repair.after(page.step)
        if page.problem is None and after:
            return Hint(self.tr("Next: {step}").format(step=flow.title(after)))
        recalled = self.session.recalled.get(page.step)
        if page.problem is None and recalled is not None and recalled == getattr(self.session.recipe, page.step):
            return Hint(self.tr("Preselected: as last time on this cloud"))
        if page.problem is None and here + 1 < len(flow.STEPS) and page.step != "review":
            return Hint(self.tr("Next: {step}").format(step=flow.title(flow.STEPS[here + 1])))
        if page.problem is not None and page is self._insisted:
            return Hint(page.problem, "danger")
        return Hint()

    def _order_focus(self, page: Page) -> None:
        """Tab: the page from its first control, footer, then the steps."""
        tab, top = Qt.FocusPolicy.TabFocus, self.window()  # a list that drops down is a window of its own
        inside = [w for w in page.findChildren(QWidget) if w.focusPolicy() & tab and w.window() is top]
        rows = [self.stepper.row_of(step) for step in flow.STEPS]
        chain = [
            *inside[-1:],
            self.footer.back_button,
            self.second_button,
            self.footer.primary_button,
            self.stepper.home_button,
            *rows,
            self.stepper.leave_button,
            self.banner.save_button,
        ]
        for first, second in itertools.pairwise(chain):
            QWidget.setTabOrder(first, second)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter is the primary button, unless the control that has the keyboard wants it."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.build is None:
            focus = self.focusWidget()
            if isinstance(focus, QAbstractButton) and focus.isEnabled():
                focus.click()
            elif not isinstance(focus, QPlainTextEdit):
                self.footer.primary_button.click()
            event.accept()
            return
        super().keyPressEvent(event)

    def _failed(self, error: AppError) -> None:
        show_problem(self, error)
