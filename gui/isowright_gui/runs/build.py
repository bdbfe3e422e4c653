"""The run page: live progress of each stage, the operator's turn, what the run has made, and how it ended.

Shown as the step Build of the wizard and from Home for past runs. It reads `RunController.state`; it holds nothing.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Literal

from msgspec.structs import replace
from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QFrame, QScrollArea, QWidget

from isowright.errors import AppError
from isowright.recipe import PRACTICE, Recipe
from isowright_gui.dialogs import ask, ask_problem, save_file, show_problem
from isowright_gui.runs.controller import RunController
from isowright_gui.runs.done import DonePanel
from isowright_gui.runs.failed import ask_name, ask_secret, error_card, remedies
from isowright_gui.runs.state import StageRow as StageState
from isowright_gui.runs.turn import YourTurn
from isowright_gui.runs.words import bill, clean_words, duration, made_of, next_name, shown
from isowright_gui.services import Services
from isowright_gui.tasks import TaskScope
from isowright_gui.theme import theme
from isowright_gui.widgets import Button, Footer, PageHeader, ResourcePanel, Timeline, column, row

_STATES = {"your-turn": "your_turn"}
CLEAN_UP = "clean-up"
_REFRESH_MS = 100  # at most ten updates a second


class BuildPage(QWidget):
    """`run_id`: a run of the journal.

    Signals: `home` (Done), `save(recipe)`; for another run: `again(recipe)`, `edit(recipe, step)`; for this run with
    another answer: `revise(recipe, step)`.
    """

    home = Signal()
    again = Signal(object)
    edit = Signal(object, str)
    revise = Signal(object, str)
    save = Signal(object)
    phase_changed = Signal(str)

    def __init__(self, services: Services, run_id: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.services = services
        self.run_id = run_id
        self.tasks = TaskScope("build", self._problem)
        self.controller: RunController | None = None
        self.turn: YourTurn | None = None
        self.done: DonePanel | None = None
        self._phase = ""
        self._logged: dict[str, int] = {}
        self._console_opened = False
        self._make()
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._tick)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_REFRESH_MS)
        self._later.timeout.connect(self._derive)
        self.tasks.spawn(self._open(), name="open")

    def _make(self) -> None:
        self.header = PageHeader()
        self.timeline = Timeline()
        self.resources = ResourcePanel()
        self.content = QWidget()
        outer = column(self.content, gap=0, margins=(8, 0, 8, 6))
        self._sides = row(gap=6)
        self._sides.addWidget(self.timeline, 1)
        self._sides.addWidget(self.resources)
        outer.addLayout(self._sides)
        outer.addStretch(1)
        self._outer = outer
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidget(self.content)
        self.footer = Footer()
        self.footer.set_back(None)
        self.cancel_button = self.footer.add_action(self.tr("Cancel &run…"), "danger", leading=True)
        self.cancel_button.clicked.connect(lambda: self.tasks.spawn(self._cancel(), name="ask"))
        self.again_button = self.footer.add_action(self.tr("Run &again"), leading=True)
        self.again_button.clicked.connect(self._run_again)
        self.clean_button = self.footer.add_action(self.tr("Clean &up and end…"), "danger")
        self.clean_button.clicked.connect(lambda: self.tasks.spawn(self._clean_up(), name="ask"))
        self.save_button = self.footer.add_action(self.tr("Save as &profile…"))
        self.save_button.clicked.connect(lambda: self.save.emit(self._recipe()))
        self.footer.primary.connect(self._primary)
        body = column(self, gap=0)
        head = row(margins=(8, 6.5, 8, 4))
        head.addWidget(self.header)
        body.addLayout(head)
        body.addWidget(self.area, 1)
        body.addWidget(self.footer)
        self._reflow()

    async def _open(self) -> None:
        controller = await self.services.runs.open(self.run_id)
        self.controller = controller
        controller.changed.connect(self._changed)
        controller.problem.connect(self._problem)
        self._derive()
        if controller.trouble is not None:
            self._problem(controller.trouble)

    async def close_tasks(self) -> None:
        """End what the page owns; the run goes on."""
        if self.controller is not None:
            self.controller.changed.disconnect(self._changed)
            self.controller.problem.disconnect(self._problem)
            self.controller = None
        self._timer.stop()
        self._later.stop()
        await self.tasks.close()

    # -- deriving what is shown

    def _changed(self) -> None:
        if self.controller is not None and self._phase_now(self.controller) != self._phase:
            self._derive()
        elif not self._later.isActive():
            self._later.start()

    def _derive(self) -> None:
        controller = self.controller
        if controller is None:
            return
        state = controller.state
        phase = self._phase_now(controller)
        self._show_stages(list(state.stages.values()))
        self.resources.set_resources([shown(resource) for resource in state.resources.values()])
        practice = controller.info.recipe.account.cloud == PRACTICE
        self.resources.set_sentence(
            bill(list(state.resources.values()), ended=phase in ("done", "cleaned"), practice=practice)
        )
        self._show_end(phase)
        self._show_words(phase)
        self._show_footer(phase)
        if phase != self._phase:
            self._phase = phase
            self.phase_changed.emit(phase)
            self._focus(phase)

    def _phase_now(self, controller: RunController) -> str:
        phase = controller.state.phase
        if phase in ("new", "cancelled", "failed") and controller.tasks.running("start"):
            return "running"
        return phase

    def _show_stages(self, stages: list[StageState]) -> None:
        known = self.timeline.stages()
        for stage in stages:
            shown_row = known.get(stage.id) or self.timeline.add_stage(stage.id, stage.title)
            wanted = _STATES.get(stage.state, stage.state)
            if shown_row.state() != wanted:
                self.timeline.set_state(stage.id, wanted, self.tr("Stopped") if wanted == "cancelled" else "")
                self._show_body(stage)
            shown_row.set_detail(stage.detail if stage.state in ("done", "skipped") else "")
            shown_row.set_elapsed(duration(self._elapsed(stage)) if stage.state != "waiting" else "")
            if stage.state == "running":
                shown_row.set_progress(stage.fraction)
                shown_row.set_live(stage.live)
            written = self._logged.get(stage.id, 0)
            if stage.logged < written:  # read anew from the journal
                shown_row.set_log([_line(*entry) for entry in stage.log])
            elif stage.logged > written:
                for entry in stage.log[max(0, len(stage.log) - (stage.logged - written)) :]:
                    shown_row.append_log(_line(*entry))
            self._logged[stage.id] = stage.logged

    def _elapsed(self, stage: StageState) -> float:
        if stage.since is None or stage.state not in ("running", "your-turn"):
            return stage.elapsed
        return stage.elapsed + (self.services.clock.now() - stage.since).total_seconds()

    def _show_body(self, stage: StageState) -> None:
        """What stands in the band of the stage: the operator's turn, an error, or nothing."""
        stage_row = self.timeline.stage(stage.id)
        controller = self.controller
        if controller is None:
            return
        if stage.state == "your-turn":
            self.turn = YourTurn(controller.info.recipe)
            self.turn.console.connect(lambda: self.tasks.spawn(self._open_console(), name="console"))
            if self._console_opened:
                self.turn.opened_once()
            stage_row.set_body(self.turn)
        elif stage.id == controller.state.failed_stage and controller.state.error is not None:
            error, ended = controller.state.error, controller.info.state in ("cancelled", "failed")
            offered = remedies(
                error,
                cleaning=stage.id == CLEAN_UP and ended and not controller.info.verified,
                practice=controller.info.recipe.account.cloud == PRACTICE,
            )
            stage_row.set_body(error_card(error, offered, self._remedy))
        elif stage_row.body() is not None:
            if stage_row.body() is self.turn:
                self.turn = None
            stage_row.set_body(None)

    def _show_end(self, phase: str) -> None:
        controller = self.controller
        ended = phase == "done" and controller is not None and bool(controller.info.image_id)
        if ended and self.done is None and controller is not None and controller.info.state == "done":
            self.done = DonePanel(controller.info)
            self.done.save.connect(lambda kind: self.tasks.spawn(self._save_receipt(kind), name="receipt"))
            self._outer.insertWidget(0, self.done)
        for widget in (self.timeline, self.resources):
            widget.setVisible(self.done is None)

    def _show_words(self, phase: str) -> None:
        controller = self.controller
        if controller is None:
            return
        state, name = controller.state, controller.info.recipe.image.name
        at = self.tr("Stage {n} of {all}").format(n=state.position, all=len(state.stages))
        so_far = duration(sum(self._elapsed(stage) for stage in state.stages.values()))
        title, sentence = {
            "your-turn": (
                self.tr("Your turn: install the OS"),
                self.tr("{at}. The run waits for you, for hours if need be.").format(at=at),
            ),
            "failed": (self.tr("Build stopped"), self.tr("{at} failed. The run can go on from here.").format(at=at)),
            "cancelled": (
                self.tr("Stopped"),
                self.tr("{at}. The run can go on where it was, or be cleaned up.").format(at=at),
            ),
            "held": (
                self.tr("Going on elsewhere"),
                self.tr("Another window or command works on this run."),
            ),
            "new": (self.tr("Not started yet"), self.tr("Nothing has been made.")),
            "cleaning": (self.tr("Cleaning up"), self.tr("What the run has made is being deleted.")),
            "cleaned": (self.tr("Cleaned up"), self.tr("Everything that the run had made is gone.")),
            "done": (self.tr("Image created"), self.tr("Verified and ready to start servers from.")),
        }.get(
            phase,
            (
                self.tr("Building {name}").format(name=name),
                self.tr("{at} · {so_far} so far.").format(at=at, so_far=so_far),
            ),
        )
        if state.outside and phase == "running":
            sentence = state.outside
        self.header.set_texts(title, sentence)

    def _show_footer(self, phase: str) -> None:
        active = phase in ("running", "your-turn")
        self.cancel_button.setVisible(active)
        self.again_button.setVisible(phase in ("done", "cleaned"))
        self.clean_button.setVisible(phase in ("failed", "cancelled", "new"))
        self.save_button.setVisible(phase == "done")
        footer = self.footer
        footer.set_busy(None)
        match phase:
            case "your-turn":
                footer.set_primary(
                    self.tr("&Installation finished"), "primary" if self._console_opened else "secondary"
                )
                footer.set_hint(self.tr("Ends by itself when the machine powers off."))
            case "failed" | "cancelled" | "new":
                live = self.controller.state.live_resources if self.controller else []
                going_on = {"cancelled": self.tr("C&ontinue"), "new": self.tr("&Start")}
                footer.set_primary(going_on.get(phase, ""))
                footer.set_hint(clean_words(live), "warning" if live else "muted")
            case "held":
                footer.set_primary(self.tr("&Look again"), "secondary")
                footer.set_hint(self.tr("It can be stopped only where it runs."), glyph="info")
            case "cleaning":
                footer.set_primary("")
                footer.set_hint(self.tr("You can close the window: nothing is forgotten."), glyph="info")
            case "done" | "cleaned":
                footer.set_primary(self.tr("&Done"))
                footer.set_hint(self.tr("The receipt is kept with the run.") if phase == "done" else "")
            case _:
                footer.set_primary("")
                footer.set_hint(self.tr("You can close the window: the run goes on at the next start."), glyph="info")

    def _focus(self, phase: str) -> None:
        if not self.isVisible():
            return
        if phase == "your-turn" and self.turn is not None:
            self.turn.open_button.setFocus()
            # The band has just grown; where it is is known after the layout.
            QTimer.singleShot(0, self, lambda turn=self.turn: self.area.ensureWidgetVisible(turn))
        elif phase in ("done", "cleaned", "cancelled", "new", "held"):
            self.footer.primary_button.setFocus()
        elif phase in ("running", "cleaning"):
            self.area.setFocus()  # nothing to press; the arrow keys scroll
        elif phase == "failed" and self.controller is not None:
            body = self.timeline.stage(self.controller.state.failed_stage).body() if self._has_failed_row() else None
            if body is not None:
                first = next((b for b in body.findChildren(Button) if b.kind() == "primary"), None)
                if first is not None:
                    first.setFocus()
                QTimer.singleShot(0, self, lambda: self.area.ensureWidgetVisible(body))

    def _has_failed_row(self) -> bool:
        return self.controller is not None and self.controller.state.failed_stage in self.timeline.stages()

    def _tick(self) -> None:
        controller = self.controller
        if controller is None or self._phase not in ("running", "your-turn"):
            return
        for stage in controller.state.stages.values():
            if stage.since is not None and stage.id in self.timeline.stages():
                self.timeline.stage(stage.id).set_elapsed(duration(self._elapsed(stage)))
        self._show_words(self._phase)

    # -- what the buttons do

    def _recipe(self) -> Recipe:
        return self.controller.info.recipe if self.controller is not None else Recipe()

    def _primary(self) -> None:
        controller = self.controller
        if controller is None:
            return
        if self._phase == "your-turn":
            self.tasks.spawn(self._confirm_installed(), name="ask")
        elif self._phase in ("cancelled", "new"):
            controller.start()
        elif self._phase == "held":
            self.tasks.spawn(controller.look_again(), name="look", replace=True)
        elif self._phase in ("done", "cleaned"):
            self.home.emit()

    def _run_again(self) -> None:
        """The same answers once more; a name that an image has now can only be refused."""
        recipe = self._recipe()
        if self._phase == "done":
            recipe = replace(recipe, image=replace(recipe.image, name=next_name(recipe.image.name)))
        self.again.emit(recipe)

    def profile_saved(self, name: str) -> None:
        """The answers are a profile now."""
        self.footer.set_hint(self.tr("Saved as the profile “{name}”.").format(name=name), "success", "done")

    async def _confirm_installed(self) -> None:
        controller = self.controller
        if controller is None:
            return
        if not self._console_opened:
            # The cloud cannot tell an empty disk from an installed one.
            chosen = await ask(
                self,
                self.tr("Is the system installed?"),
                self.tr("The console has not been opened from here. An empty disk would become an empty image."),
                [("", self.tr("&Not yet"), "secondary"), ("yes", self.tr("&It is installed"), "primary")],
                tone="warning",
            )
            if chosen != "yes":
                return
        self.footer.set_busy(self.tr("Going on…"))
        controller.installed()

    async def _open_console(self) -> None:
        controller, turn = self.controller, self.turn
        if controller is None or turn is None:
            return
        turn.open_button.set_busy(self.tr("Opening…"))
        try:
            url = await controller.console_url()
            if not QDesktopServices.openUrl(QUrl(url)):
                raise AppError(
                    self.tr("No browser could be opened."),
                    remedy=self.tr("Install a web browser, or make one the default, and try again."),
                )
            self._console_opened = True
            turn.opened_once()
            self._show_footer(self._phase)
        finally:
            if self.turn is turn:
                turn.open_button.set_busy(None)

    async def _cancel(self) -> None:
        controller = self.controller
        if controller is None:
            return
        chosen = await ask(
            self,
            self.tr("Cancel this run?"),
            (await self.services.engine.info(self.run_id)).cancel_cost(),
            [
                ("", self.tr("&Go on with it"), "secondary"),
                ("stop", self.tr("Just &stop"), "secondary"),
                ("clean", self.tr("Stop and &clean up"), "danger"),
            ],
            tone="warning",
        )
        if chosen:
            await controller.stop()
            if chosen == "clean" and controller.state.phase == "cancelled":
                controller.clean_up()

    async def _clean_up(self) -> None:
        controller = self.controller
        if controller is None:
            return
        things = [resource.name for resource in controller.state.live_resources]
        if things:
            chosen = await ask(
                self,
                self.tr("Delete what this run has made?"),
                ", ".join(things) + ". " + self.tr("An installation on the data disk is lost with it."),
                [("", self.tr("&Keep everything"), "secondary"), ("clean", self.tr("Clean &up"), "danger")],
                tone="warning",
            )
            if chosen != "clean":
                return
        controller.clean_up()

    def _remedy(self, remedy: str) -> None:
        self.tasks.spawn(self._do_remedy(remedy), name="ask")

    async def _do_remedy(self, remedy: str) -> None:
        controller = self.controller
        if controller is None:
            return
        if remedy == "retry":
            controller.start()
        elif remedy == "rename":
            name = await ask_name(self, controller.info.recipe.image.name)
            if name:
                await controller.rename_image(name)
        elif remedy == "sign-in":
            await self._sign_in(controller)
        elif remedy == "clean":
            await self._clean_up()
        elif remedy.startswith("edit:"):
            await self._edit(controller, remedy.removeprefix("edit:"))

    async def _sign_in(self, controller: RunController) -> None:
        account = controller.info.recipe.account
        login = await ask_secret(self, account)
        if login is None:
            return
        controller.login = login
        await self.services.vault.keep(account, login)
        controller.start()

    async def _edit(self, controller: RunController, step: str) -> None:
        recipe = controller.info.recipe
        if not made_of(step.partition(".")[0], controller.state.live_resources):
            self.revise.emit(recipe, step)  # nothing hangs on that answer yet
            return
        chosen = await ask(
            self,
            self.tr("Change the answer in a new run?"),
            self.tr("What this run has made is deleted first. All other answers are kept."),
            [("", self.tr("&Not now"), "secondary"), ("go", self.tr("Clean up and &change"), "primary")],
        )
        if chosen == "go":
            await controller.cleaned_up()
            self.edit.emit(recipe, step)

    async def _save_receipt(self, kind: Literal["json", "html"]) -> None:
        from isowright.pipeline.receipt import receipt_html, receipt_json

        info = await self.services.engine.info(self.run_id)
        path = await save_file(self, self.tr("Save the receipt"), f"{info.recipe.image.name}.{kind}")
        if path is None:
            return
        content = receipt_json(info) if kind == "json" else receipt_html(info).encode()
        try:
            await asyncio.to_thread(path.write_bytes, content)
        except OSError as error:
            raise AppError(
                self.tr("The receipt could not be written."),
                detail=str(error),
                remedy=self.tr("Choose another folder. The receipt stays with the run."),
            ) from error

    def _problem(self, error: AppError) -> None:
        self._derive()
        if error.action == "sign-in" and self.controller is not None:
            self.tasks.spawn(self._offer_sign_in(self.controller, error), name="ask")
        else:
            show_problem(self, error)

    async def _offer_sign_in(self, controller: RunController, error: AppError) -> None:
        if await ask_problem(self, error, [("sign-in", self.tr("&Sign in…"), "primary")]) == "sign-in":
            await self._sign_in(controller)

    # -- the widget itself

    def _reflow(self) -> None:
        """Below about 200 units the panel goes under the timeline."""
        narrow = self.width() < theme().s(180)
        down = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        self._sides.setDirection(down)
        if narrow:
            self.resources.setMinimumWidth(0)
            self.resources.setMaximumWidth(16777215)
        else:
            self.resources.setFixedWidth(theme().s(66))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._reflow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter is the button that has the keyboard, else the primary one."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focus = self.focusWidget()
            if isinstance(focus, QAbstractButton) and focus.isEnabled():
                focus.click()
            elif self.footer.primary_button.isVisible():
                self.footer.primary_button.click()
            event.accept()
            return
        super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        self._derive()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()


def _line(at: datetime, text: str, request_id: str) -> str:
    line = f"{at.astimezone():%H:%M:%S}  {text}"
    return f"{line}  [{request_id}]" if request_id else line
