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
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QWidget

from isowright import names
from isowright.errors import AppError
from isowright.recipe import PRACTICE, Recipe
from isowright_gui.dialogs import ask_problem, show_problem
from isowright_gui.runs import boot_turn, questions
from isowright_gui.runs.after_dialog import ask_after
from isowright_gui.runs.boot_turn import BootTurn
from isowright_gui.runs.buttons import RunFooter
from isowright_gui.runs.by_itself import ByItself
from isowright_gui.runs.controller import RunController
from isowright_gui.runs.done import DonePanel
from isowright_gui.runs.failed import error_card, remedies
from isowright_gui.runs.screen import decode
from isowright_gui.runs.state import StageRow as StageState
from isowright_gui.runs.turn import YourTurn
from isowright_gui.runs.upload import STAGE as UPLOAD
from isowright_gui.runs.upload import UploadPanel, transfer_words
from isowright_gui.runs.words import (
    bill,
    duration,
    headline,
    made_of,
    next_name,
    safe_words,
    shown,
    switch_words,
)
from isowright_gui.services import Services
from isowright_gui.tasks import TaskScope
from isowright_gui.theme import theme
from isowright_gui.widgets import Button, PageHeader, ResourcePanel, StageRow, Timeline, column, row
from isowright_gui.wizard.scroll import HeadBox, ScrollColumn

_STATES = {"your-turn": "your_turn"}
CLEAN_UP = "clean-up"
_REFRESH_MS = 100  # at most ten updates a second
_PAUSE_MS = 15


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
        self.turn: YourTurn | ByItself | BootTurn | None = None
        self.done: DonePanel | None = None
        self.upload: UploadPanel | None = None
        self._phase = ""
        self._logged: dict[str, int] = {}
        self._console_opened = False
        self._turn_stage = ""  # of which the console was opened
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
        self.area = ScrollColumn((8, 1, 8, 5))
        self._sides = row(gap=6)
        self._sides.addWidget(self.timeline, 1)
        self._sides.addWidget(self.resources)
        self.area.body.addLayout(self._sides)
        self.area.body.addStretch(1)
        self.footer = RunFooter()
        self.cancel_button = self.footer.cancel
        self.footer.cancel.clicked.connect(lambda: self.tasks.spawn(self._cancel(), name="ask"))
        self.footer.again.clicked.connect(self._run_again)
        self.footer.receipt.clicked.connect(lambda: self.tasks.spawn(self._save_receipt(""), name="receipt"))
        self.footer.clean.clicked.connect(lambda: self.tasks.spawn(self._clean_up(), name="ask"))
        self.footer.save.clicked.connect(lambda: self.save.emit(self._recipe()))
        self.footer.primary.connect(self._primary)
        body = column(self, gap=0)
        body.addWidget(HeadBox(self.header))
        body.addWidget(self.area, 1)
        body.addWidget(self.footer)
        self._reflow()

    async def _open(self) -> None:
        controller = await self.services.runs.open(self.run_id)
        for stage in list(controller.state.stages.values()):
            self.timeline.add_stage(stage.id, stage.title)
            await asyncio.sleep(0)  # the window answers between them
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
        self.resources.set_resources([shown(resource, brief=True) for resource in state.resources.values()])
        practice = controller.info.recipe.account.cloud == PRACTICE
        made = list(state.resources.values())
        billed = bill(made, ended=phase in ("done", "cleaned"), practice=practice)
        self.resources.set_sentence(" ".join(filter(None, (billed, switch_words(made)))))
        self._show_server()
        self._show_end(phase)
        self._show_words(phase)
        self._show_footer(phase)
        if phase != self._phase:
            self._phase = phase
            self.phase_changed.emit(phase)
            # Moving the keyboard lays everything out: a piece of work of its own.
            QTimer.singleShot(_PAUSE_MS, self, lambda: self._focus(phase))

    def _show_footer(self, phase: str) -> None:
        live = self.controller.state.live_resources if self.controller is not None else []
        if phase == "your-turn" and isinstance(self.turn, BootTurn):
            phase = "boot-turn"  # its answers stand in its band
        self.footer.show_phase(phase, live, console_opened=self._console_opened)

    def _phase_now(self, controller: RunController) -> str:
        phase = controller.state.phase
        if phase in ("new", "cancelled", "failed") and controller.tasks.running("start"):
            return "running"
        if phase == "failed" and controller.cleaning:
            return "cleaning"  # told of by the engine, but not ended yet: a click now would find it still busy
        return phase

    def _show_stages(self, stages: list[StageState]) -> None:
        known = self.timeline.stages()
        for stage in stages:
            shown_row = known.get(stage.id) or self.timeline.add_stage(stage.id, stage.title)
            wanted = _STATES.get(stage.state, stage.state)
            if shown_row.state() != wanted:
                self.timeline.set_state(stage.id, wanted, self.tr("Stopped") if wanted == "cancelled" else "")
                self._show_body(stage)
            elif self._installs(stage) and shown_row.body() is None:
                self._show_body(stage)
            elif wanted == "failed" and shown_row.body() is None:
                self._show_body(stage)  # the error may be told a moment after the state
            shown_row.set_detail(stage.detail if stage.state in ("done", "skipped") else "")
            shown_row.set_elapsed(duration(self._elapsed(stage)) if stage.state != "waiting" else "")
            self._show_progress(stage, shown_row)
            written = self._logged.get(stage.id, 0)
            if stage.logged < written:  # read anew from the journal
                shown_row.set_log([_line(*entry) for entry in stage.log])
            elif stage.logged > written:
                for entry in stage.log[max(0, len(stage.log) - (stage.logged - written)) :]:
                    shown_row.append_log(_line(*entry))
            self._logged[stage.id] = stage.logged

    def _show_progress(self, stage: StageState, shown_row: StageRow) -> None:
        """What moves, or why it does not."""
        if stage.state in ("running", "your-turn") and not (stage.transfer and stage.transfer.paused):
            outside = self.controller is not None and bool(self.controller.state.outside)
            shown_row.set_notice(self.tr("Offline") if outside else "")
        if stage.state == "running":
            shown_row.set_progress(stage.fraction)
            shown_row.set_live(transfer_words(stage.transfer) if stage.transfer else stage.live)
        if stage.id == UPLOAD:
            self._show_upload(stage)

    def _show_upload(self, stage: StageState) -> None:
        """Pause and limit, while bytes go out and this process sends them."""
        handle = self.controller.handle if self.controller is not None else None
        stage_row = self.timeline.stage(stage.id)
        if stage.state != "running" or stage.transfer is None or handle is None:
            if self.upload is not None and stage.state != "running":
                self.upload = None
                stage_row.set_controls(None)
            return
        if self.upload is None:
            self.upload = UploadPanel()
            self.upload.pause_wanted.connect(self._pause_upload)
            self.upload.limit_wanted.connect(self._limit_upload)
            stage_row.set_controls(self.upload)
        self.upload.show_state(paused=handle.upload_paused, limit=handle.upload_limit)
        stage_row.set_paused(stage.transfer.paused)

    def _pause_upload(self, pause: bool) -> None:
        if self.controller is not None:
            self.controller.pause_upload(pause=pause)
            self._derive()

    def _limit_upload(self, limit: float) -> None:
        if self.controller is not None:
            self.controller.limit_upload(limit)

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
        if self.turn is not None and stage_row.body() is self.turn:
            self.turn = None  # another body takes its place
        if stage.state == "your-turn" or self._installs(stage):
            self.turn = self._turn(controller, stage.id)
            self.turn.console.connect(lambda: self.tasks.spawn(self._open_console(), name="console"))
            if self._console_opened and not isinstance(self.turn, ByItself):
                self.turn.opened_once()
            stage_row.set_body(self.turn)
            self._reflow()
        elif stage.id == controller.state.failed_stage and controller.state.error is not None:
            error, ended = controller.state.error, controller.info.state in ("cancelled", "failed")
            offered = remedies(
                error,
                cleaning=stage.id == CLEAN_UP and ended and not controller.info.verified,
                practice=controller.info.recipe.account.cloud == PRACTICE,
            )
            stage_row.set_body(
                error_card(error, offered, self._remedy, safe=safe_words(stage.id, controller.state.live_resources))
            )
        elif stage_row.body() is not None:
            stage_row.set_body(None)

    def _installs(self, stage: StageState) -> bool:
        """Whether it is this stage in which an installer works by itself."""
        state = self.controller.state if self.controller is not None else None
        return state is not None and state.phase == "installing" and stage.state == "running" and stage is state.current

    def _turn(self, controller: RunController, stage: str) -> YourTurn | ByItself | BootTurn:
        if stage != self._turn_stage:
            self._turn_stage, self._console_opened = stage, False  # that was another server's
        if stage != boot_turn.STAGE:
            servers = [each.name for each in controller.state.resources.values() if each.kind == "server"]
            kind = ByItself if controller.state.phase == "installing" else YourTurn
            return kind(controller.info.recipe, servers[-1] if servers else "")
        made = BootTurn(controller.info.recipe)
        made.said.connect(lambda good: controller.boots(good=good))
        return made

    def _show_server(self) -> None:
        """What the server does while a system is installed on it, as far as it is watched from here."""
        controller, turn = self.controller, self.turn
        sight = controller.sight if controller is not None else None
        if (
            controller is None
            or sight is None
            or not isinstance(turn, YourTurn | ByItself)
            or controller.state.seen is None
        ):
            return
        sight.looked_at = self.isVisible() and not self.window().isMinimized()
        turn.watch.show_seen(controller.state.seen, sight.lines, self.services.clock.now())
        turn.watch.show()
        if sight.looked_at and not self.tasks.running("screen") and turn.watch.wants(sight.screen):
            self.tasks.spawn(self._show_screen(turn, sight.screen), name="screen")

    async def _show_screen(self, turn: YourTurn | ByItself, png: bytes) -> None:
        image = await asyncio.to_thread(decode, png, turn.watch.picture.pixels())
        if image is not None and turn is self.turn:
            turn.watch.picture.show_image(image)

    def _show_end(self, phase: str) -> None:
        controller = self.controller
        ended = phase == "done" and controller is not None and bool(controller.info.image_id)
        if ended and self.done is None and controller is not None and controller.info.state == "done":
            self.done = DonePanel(controller.info)
            self.done.save.connect(lambda kind: self.tasks.spawn(self._save_receipt(kind), name="receipt"))
            self.area.body.insertWidget(0, self.done)
            self._reflow()
        for widget in (self.timeline, self.resources):
            widget.setVisible(self.done is None)

    def _show_words(self, phase: str) -> None:
        controller = self.controller
        if controller is not None:
            so_far = sum(self._elapsed(stage) for stage in controller.state.stages.values())
            holder = controller.info.holder
            words = holder.sentence(self.services.clock.now()) if holder is not None else ""
            recipe = controller.info.recipe
            alone = bool(recipe.iso.answers)
            title, sentence = headline(phase, controller.state, recipe.image.name, so_far, words, alone=alone)
            self.header.set_texts(title, sentence, "warning" if controller.state.outside else "muted")

    def _focus(self, phase: str) -> None:
        if not self.isVisible() or phase != self._phase:
            return
        if phase == "your-turn" and self.turn is not None:
            self.turn.open_button.setFocus()
            # The band has just grown; where it is is known after the layout.
            QTimer.singleShot(0, self, lambda turn=self.turn: self.area.ensureWidgetVisible(turn))
        elif phase in ("done", "cleaned", "cancelled", "new"):
            self.footer.primary_button.setFocus()
        elif phase in ("running", "installing", "cleaning", "held"):
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
        if controller is None or self._phase not in ("running", "your-turn", "installing", "held"):
            return
        if self._phase == "held" and not self.tasks.running("look"):  # it is followed through the journal
            self.tasks.spawn(controller.look_again(), name="look")
        for stage in controller.state.stages.values():
            if stage.since is not None and stage.id in self.timeline.stages():
                self.timeline.stage(stage.id).set_elapsed(duration(self._elapsed(stage)))
        self._show_server()
        self._show_words(self._phase)

    # -- what the buttons do

    def _recipe(self) -> Recipe:
        return self.controller.info.recipe if self.controller is not None else Recipe()

    def _primary(self) -> None:
        controller = self.controller
        if controller is None:
            return
        if self._phase in ("your-turn", "installing") and not isinstance(self.turn, BootTurn):
            self.tasks.spawn(self._confirm_installed(), name="ask")
        elif self._phase in ("cancelled", "new"):
            controller.start()
        elif self._phase in ("done", "cleaned"):
            self.home.emit()

    def _run_again(self) -> None:
        """The same answers once more; a name that an image has now can only be refused."""
        used = self._recipe().image.name
        recipe = names.as_pattern(self._recipe())
        pattern = recipe.image.name
        if self._phase == "done" and names.fill(pattern, recipe, self.services.clock.now().astimezone()) == used:
            recipe = replace(recipe, image=replace(recipe.image, name=next_name(pattern)))
        self.again.emit(recipe)

    def profile_saved(self, name: str) -> None:
        """The answers are a profile now."""
        self.footer.set_hint(self.tr("Saved as the profile “{name}”.").format(name=name), "success", "done")

    async def _confirm_installed(self) -> None:
        controller = self.controller
        if controller is None:
            return
        if self._phase == "installing":
            if not await questions.is_over(self):
                return
        elif not (self._console_opened or await questions.is_installed(self)):
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
            if not isinstance(turn, ByItself):
                turn.opened_once()
            self._show_footer(self._phase)
        finally:
            if self.turn is turn:
                turn.open_button.set_busy(None)

    async def _cancel(self) -> None:
        if self.controller is not None:
            await questions.cancel(self, self.controller)

    async def _clean_up(self) -> None:
        if self.controller is not None:
            await questions.clean_up(self, self.controller)

    def _remedy(self, remedy: str) -> None:
        self.tasks.spawn(self._do_remedy(remedy), name="ask")

    async def _do_remedy(self, remedy: str) -> None:
        controller = self.controller
        if controller is None:
            return
        if remedy == "retry":
            controller.start()
        elif remedy == "rename":
            name = await questions.ask_name(self, controller.info.recipe.image.name)
            if name:
                await controller.rename_image(name)
        elif remedy == "sign-in":
            await questions.sign_in(self, controller)
        elif remedy == "clean":
            await questions.clean_up(self, controller)
        elif remedy.startswith("flavor:"):
            server = replace(controller.info.recipe.server, flavor_id=remedy.removeprefix("flavor:"), flavor_note="")
            await controller.revise(replace(controller.info.recipe, server=server))
        elif remedy.startswith("edit:"):
            await self._edit(controller, remedy.removeprefix("edit:"))

    async def _edit(self, controller: RunController, step: str) -> None:
        recipe = controller.info.recipe
        if step.startswith("image.after"):
            changed = await ask_after(self, recipe)
            if changed is not None:
                await controller.revise(changed)
        elif not made_of(step.partition(".")[0], controller.state.live_resources):
            self.revise.emit(recipe, step)  # nothing hangs on that answer yet
        elif await questions.give_up_for_change(self):
            await controller.cleaned_up()
            self.edit.emit(names.as_pattern(recipe), step)

    async def _save_receipt(self, kind: Literal["json", "html", ""]) -> None:
        await questions.save_receipt(self, self.services.engine, self.run_id, kind)

    def _problem(self, error: AppError) -> None:
        self._derive()
        if error.action == "sign-in" and self.controller is not None:
            self.tasks.spawn(self._offer_sign_in(self.controller, error), name="ask")
        else:
            show_problem(self, error)

    async def _offer_sign_in(self, controller: RunController, error: AppError) -> None:
        if await ask_problem(self, error, [("sign-in", self.tr("&Sign in…"), "primary")]) == "sign-in":
            await questions.sign_in(self, controller)

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
            self.resources.setFixedWidth(theme().s(68))
        if self.turn is not None:
            self.turn.set_narrow(self.width() < theme().s(130))
        if self.done is not None:
            self.done.set_narrow(narrow)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._reflow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter is the button that has the keyboard, else the primary one."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focus = self.focusWidget()
            if isinstance(focus, QAbstractButton) and focus.isEnabled():
                focus.click()
            elif self.footer.primary_button.isVisible() and self._phase != "installing":
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
        if self.controller is not None and self.controller.sight is not None:
            self.controller.sight.looked_at = False


def _line(at: datetime, text: str, request_id: str) -> str:
    line = f"{at.astimezone():%H:%M:%S}  {text}"
    return f"{line}  [{request_id}]" if request_id else line
