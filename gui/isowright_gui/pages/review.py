"""Review: every answer once more, what will happen, and the checks; from here the image is made."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from isowright import names, prices
from isowright.bill import bill
from isowright.checks import Check, Finding, Here, Remedy, all_checks, run_all, with_answers
from isowright.errors import AppError, StateError
from isowright.pipeline.estimates import learn
from isowright.pipeline.runs import RunInfo
from isowright.prices import Price
from isowright.unattended.given import kind_of_file
from isowright_gui.pages.review_bill import BillCard
from isowright_gui.pages.review_checks import ChecksPanel
from isowright_gui.pages.review_choices import ChoicesCard, HappensCard, choices
from isowright_gui.pages.review_lost import LostCard
from isowright_gui.pages.side import SideBySide
from isowright_gui.services import Services
from isowright_gui.session import WizardSession
from isowright_gui.widgets import column
from isowright_gui.wizard.page import Hint, Page

CHECKS = "checks"


class ReviewPage(Page):
    """`create_requested`: all is answered and no check stands against it. `save_profile`: keep the answers."""

    step = "review"
    create_requested = Signal()
    save_profile = Signal()
    open_run = Signal(str)  # its id: something that is left belongs to it

    def __init__(self, services: Services, session: WizardSession, parent: QWidget | None = None) -> None:
        super().__init__(services, session, parent)
        self._running: asyncio.Task[None] | None = None
        self._left = False
        self._runs: list[RunInfo] = []
        self._prices: tuple[Price, ...] = ()
        self._price_error: AppError | None = None
        self._answers = ""  # their kind, for people
        self.choices = ChoicesCard()
        self.happens = HappensCard()
        self.bill = BillCard()
        self.lost = LostCard()
        self.checks = ChecksPanel()
        main = QWidget()
        body = column(main, gap=6)
        body.addWidget(self.choices)
        body.addWidget(self.happens)
        body.addWidget(self.bill)
        body.addWidget(self.lost)
        body.addStretch(1)
        outer = column(self, gap=0)
        outer.addWidget(SideBySide(main, self.checks, gap=6))
        outer.addStretch(1)
        self.choices.edit.connect(self.go_to)
        self.lost.changed.connect(self._auto_delete)
        self.checks.wanted.connect(self._remedy)
        self.checks.again.connect(self._check_again)
        session.changed.connect(self._show_answers)
        session.signed.connect(self._show_answers)
        self._show_answers()

    # -- what the shell asks

    @property
    def title(self) -> str:
        return self.tr("Review")

    @property
    def subtitle(self) -> str:
        return self.tr("Nothing has been created yet.")

    @property
    def primary_text(self) -> str:
        return self.tr("&Create image")

    @property
    def secondary_text(self) -> str:
        return self.tr("Save as &profile…")

    def press_secondary(self) -> None:
        self.save_profile.emit()

    @property
    def problem(self) -> str | None:
        if missing := self.session.recipe.problems():
            return f"{missing[0].message} {missing[0].remedy}"
        return self._words_of(self._found("must-fix"))

    @property
    def hint(self) -> Hint:
        if (problem := self.problem) is not None:
            return Hint(problem, "danger")
        if not self.checks.done():
            ended, total = self.checks.progress()
            return Hint(self.tr("Checking: {done} of {all} done").format(done=ended, all=total)) if total else Hint()
        remarks = self._found("look")
        if len(remarks) == 1:
            return Hint(self.tr("1 remark, you can go on: {check}").format(check=remarks[0].title), "warning")
        if remarks:
            names = ", ".join(one.title for one in remarks)
            text = self.tr("{count} remarks, you can go on: {checks}")
            return Hint(text.format(count=len(remarks), checks=names), "warning")
        return Hint(self.tr("All checks are fine."))

    def _words_of(self, bad: list[Finding]) -> str | None:
        if not bad:
            return None
        if len(bad) == 1:
            return self.tr("1 check must be fixed first: {check}").format(check=bad[0].title)
        names = ", ".join(one.title for one in bad)
        return self.tr("{count} checks must be fixed first: {checks}").format(count=len(bad), checks=names)

    def first_focus(self) -> QWidget | None:
        if missing := self.session.recipe.problems():
            return self.choices.buttons[missing[0].step]
        # Not an Edit button: Enter is Create image as long as nobody has gone to a button.
        return self.checks.first_remedy() or self.choices

    # -- the moments

    async def enter(self) -> None:
        self._left = False
        self._show_answers()
        self._check_again()
        await self._learn()

    async def commit(self) -> bool:
        """Create image: not before the last check has ended."""
        self.set_busy(self.tr("Checking…"))
        try:
            if self._running is None or self._left:
                await self.enter()  # clicked in the moment between the page's showing and its entering
            while self._running is not None and not self._running.done():
                await asyncio.wait({self._running})
        finally:
            self.set_busy("")
        if self._left:
            return False
        if self.problem is not None:
            self.reveal_problem()
            return False
        if self.checks.done():
            self.create_requested.emit()
        return self.checks.done()

    def leave(self) -> None:
        self._left = True
        self.tasks.cancel(CHECKS)
        self.checks.stop()

    # -- checks

    def _check_again(self) -> None:
        self._running = self.tasks.spawn(self._run_checks(), name=CHECKS, replace=True)

    async def _run_checks(self) -> None:
        recipe, cloud = self.session.recipe, self.session.cloud
        if cloud is None or recipe.problems():
            self.checks.stop()
            self.state_changed.emit()
            return
        found = await asyncio.to_thread(all_checks)  # imports them at the first time
        news: asyncio.Queue[Finding | None] = asyncio.Queue()
        showing = asyncio.ensure_future(self._show_findings(found, news))
        try:
            runs, folder = await self.services.engine.runs(), self.services.home.uploads_dir
            here = Here(runs, folder, revises=self.session.revises)
            await run_all(cloud, recipe, here, found=news.put_nowait)
            news.put_nowait(None)
            await showing
        finally:
            showing.cancel()
        self.checks.finish()
        self.state_changed.emit()

    async def _show_findings(self, checks: Sequence[Check], news: asyncio.Queue[Finding | None]) -> None:
        """Each as it comes, until None. They come in bursts; the window answers between two of them."""
        for _ in self.checks.begin(checks):
            await asyncio.sleep(0)
        self.state_changed.emit()
        while (finding := await news.get()) is not None:
            self.checks.show_finding(finding)
            self.state_changed.emit()
            await asyncio.sleep(0)

    def _remedy(self, remedy: Remedy) -> None:
        """What a button of a check does."""
        match remedy.kind:
            case "go":
                self.go_to.emit(remedy.target)
            case "sign-in":
                self.go_to.emit("account")
            case "use":
                self._use(remedy.answers)
            case "leftovers":
                self.tasks.spawn(self._find_leftovers(), name="leftovers", replace=True)
            case "open":
                self._open(remedy.url)
            case _:
                self._check_again()

    def _use(self, answers: Mapping[str, Any]) -> None:
        """Other answers in place. Twice: what the first of them clears (a zone its flavor) is among them as well."""
        for _ in range(2):
            self.session.update(with_answers(self.session.recipe, answers))
        self._check_again()

    async def _find_leftovers(self) -> None:
        from isowright_gui.leftovers.dialog import LeftoversDialog

        account = self.session.recipe.account
        run_id = await LeftoversDialog(self.services, self, account, self.session.login).use()
        if run_id:
            self.open_run.emit(run_id)
        elif not self._left:
            self._check_again()

    def _open(self, url: str) -> None:
        if not QDesktopServices.openUrl(QUrl(url)):
            self.show_error(
                StateError(
                    "The browser could not be opened.",
                    detail=f"The address is {url}.",
                    remedy="Copy the address into a browser, then check again.",
                )
            )

    def _found(self, verdict: str) -> list[Finding]:
        return [one for one in self.checks.findings() if one.verdict == verdict]

    async def _learn(self) -> None:
        """What this computer knows of times and prices; both may have changed since the last look."""
        self._runs = await self.services.engine.runs()
        self._price_error = None
        try:
            self._prices = await asyncio.to_thread(prices.load, self.services.home)
        except AppError as error:
            self._prices, self._price_error = (), error
        answers = self.session.recipe.iso.answers
        self._answers = await asyncio.to_thread(kind_of_file, Path(answers)) if answers else ""
        self._show_answers()

    def _show_answers(self) -> None:
        recipe = names.filled(self.session.recipe, self.services.clock.now().astimezone())  # as a run would have it
        estimates = learn(self._runs, recipe.account)
        price = prices.price_of(self._prices, recipe.account)
        where = str(prices.path_of(self.services.home))
        there = prices.price_of(self._prices, replace(recipe.account, region=recipe.after.copy_region))
        self.bill.show_bill(bill(recipe, estimates, price, there), where, self._price_error)
        self.choices.show_choices(choices(recipe, self.session.identity, self._answers))
        self.happens.show_recipe(recipe, self._answers)
        self.lost.show_answer(recipe.server.auto_delete_hours)

    def _auto_delete(self, hours: int) -> None:
        recipe = self.session.recipe
        self.session.update(replace(recipe, server=replace(recipe.server, auto_delete_hours=hours)))
