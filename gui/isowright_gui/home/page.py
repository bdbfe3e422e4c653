"""Home: what can be run again, what is running, what was left unfinished, and one primary button."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QWidget

from isowright.errors import AppError
from isowright.pipeline.runs import RunInfo
from isowright.practice_choice import Servers
from isowright.profiles import ProfileInfo
from isowright.recipe import PRACTICE, Account
from isowright_gui.as_profile import save_run
from isowright_gui.dialogs import ask, ask_file, ask_text, save_file, show_problem
from isowright_gui.home.cards import ProfileCard, TourCard
from isowright_gui.home.header import HomeHeader
from isowright_gui.home.limits import ask_limits
from isowright_gui.home.missing import is_about_machines, say_missing
from isowright_gui.home.rows import RunRow
from isowright_gui.home.words import Line, ago, is_left, last_result, lasting, outcome, unfinished_sentence
from isowright_gui.runs.controller import RunController
from isowright_gui.runs.words import kind_word
from isowright_gui.services import Services
from isowright_gui.tasks import TaskScope
from isowright_gui.theme import theme
from isowright_gui.widgets import Banner, Button, Card, Icon, Label, Section, WrapLabel, clear, column, row
from isowright_gui.widgets.flow_grid import FlowGrid
from isowright_gui.widgets.layouts import Margins, set_units, thin
from isowright_gui.wizard.scroll import ScrollColumn

FEW = 5  # rows shown before "Show all"
TICK_MS = 1000  # of the elapsed times and "min ago"
TOUR = "tour"
_FILTER = "*.toml"
_HEAD: Margins = (10, 6.5, 10, 5)


class HomePage(QWidget):
    """Signals say where to go; the window goes. Call `refresh` whenever it is shown."""

    new_image = Signal()
    open_profile = Signal(str, str)  # name, step: "" = Review (Run), "account" = Edit
    open_run = Signal(str)
    start_tour = Signal()
    busy_with = Signal(str)

    def __init__(self, services: Services, header: HomeHeader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.services = services
        self.header = header
        self.tasks = TaskScope("home", self._failed)
        self.setProperty("surface", "window")
        self._left: set[str] = set()  # unfinished runs that "Leave" was said to
        self._all = False
        self._runs: list[RunInfo] = []
        self._profiles: list[ProfileInfo] = []
        self._rows: dict[str, RunRow] = {}
        self._servers = Servers()
        self.banner: Banner | None = None
        self._build()
        self.header.new_image.connect(self.new_image)
        self.header.leftovers_asked.connect(self.find_leftovers)
        services.runs.changed.connect(self._run_changed)
        self._ticker = QTimer(self, interval=TICK_MS)
        self._ticker.timeout.connect(self._tick)
        self._dirty = False
        self._throttle = QTimer(self, interval=100, singleShot=True)
        self._throttle.timeout.connect(self._show_live)
        for key, slot in ((QKeySequence.StandardKey.New, self.new_image.emit), (QKeySequence("F5"), self.refresh)):
            QShortcut(key, self, slot)

    def _build(self) -> None:
        area = ScrollColumn((10, 1, 10, 8), gap=6)
        self._column = area.body
        self._banner_place = column(gap=0)
        self._column.addLayout(self._banner_place)
        self.profiles = Section(self.tr("Profiles"))
        self.import_button = Button(self.tr("&Import…"), "link")
        self.import_button.clicked.connect(lambda: self.tasks.spawn(self._import(), name="import"))
        self.profiles.add_head(self.import_button)
        self.cards = FlowGrid()
        self.profiles.add(self.cards)
        self._column.addWidget(self.profiles)
        self.runs = Section(self.tr("Runs"))
        self.show_all = Button("", "link")
        self.show_all.clicked.connect(self._toggle_all)
        self.runs.add_head(self.show_all)
        self.list = Card(padded=False)
        self.runs.add(self.list)
        self._column.addWidget(self.runs)
        self._column.addStretch(1)
        box = column(self, gap=0)
        self.head = row(margins=_HEAD)
        self.head.addWidget(self.header)
        box.addLayout(self.head)
        box.addWidget(area, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        set_units(self.head, 2, thin(_HEAD, self.width()))

    # -- what it shows

    def refresh(self) -> None:
        """Look at the profiles and the journal again."""
        self.tasks.spawn(self.load(), name="load", replace=True)

    async def load(self) -> None:
        """As `refresh`, and wait until it is shown."""
        self._profiles, self._runs, self._servers = await asyncio.gather(
            asyncio.to_thread(self.services.profiles.list),
            self.services.engine.runs(),
            self.services.practice.servers(),
        )
        self._show_profiles()
        self._show_runs()
        self._show_banner()

    def _show_profiles(self) -> None:
        focus = self._focused_card() if self.isVisible() else ""  # else the keyboard is elsewhere
        last: dict[str, RunInfo] = {}
        for run in self._runs:  # newest first
            last.setdefault(run.profile, run)
        now = self.services.clock.now()
        cards: list[QWidget] = [
            self._profile_card(info, last_result(last.get(info.name), now)) for info in self._profiles
        ]
        tour = next((r for r in self._runs if r.recipe.account.cloud == PRACTICE and not r.profile), None)
        card = TourCard(last_result(tour, now) if tour else None)
        card.start_tour.connect(self._tour)
        card.leftovers.connect(lambda: self.find_leftovers(Account(cloud=PRACTICE)))
        card.start_over.connect(lambda: self.tasks.spawn(self._empty_practice(), name="empty"))
        card.real_wanted.connect(lambda on: self.tasks.spawn(self._real_machines(on=on), name="machines"))
        card.limits_asked.connect(lambda: self.tasks.spawn(self._limits(), name="machines"))
        card.show_real(on=self._servers.real, trying=self.tasks.running("machines"))
        self.tour = card
        cards.append(card)
        self.cards.set_widgets(cards)
        for each in cards:
            each.show()  # a layout shows them one round of the loop later: too late for the keyboard
        self._order_focus()
        if focus and (again := self.card(focus)) is not None:
            again.start.setFocus()

    def _profile_card(self, info: ProfileInfo, result: Line) -> ProfileCard:
        card = ProfileCard(info, result, alone=sum(one.recipe is not None for one in self._profiles) < 2)
        card.compare.connect(lambda name: self.tasks.spawn(self._compare(name), name="compare"))
        card.run.connect(lambda name: self.open_profile.emit(name, ""))
        card.edit.connect(lambda name: self.open_profile.emit(name, "account"))
        card.duplicate.connect(lambda name: self.tasks.spawn(self._duplicate(name), name="duplicate"))
        card.export.connect(lambda name: self.tasks.spawn(self._export(name), name="export"))
        card.delete.connect(lambda name: self.tasks.spawn(self._delete(name), name="delete"))
        card.leftovers.connect(lambda _name: self.find_leftovers(info.recipe.account if info.recipe else None))
        card.show_error.connect(lambda error: show_problem(self, error))
        return card

    def card(self, name: str) -> ProfileCard | None:
        """The card of a profile."""
        return next((c for c in self.cards.widgets() if isinstance(c, ProfileCard) and c.name == name), None)

    def _focused_card(self) -> str:
        focus = self.focusWidget()
        return next(
            (c.name for c in self.cards.widgets() if isinstance(c, ProfileCard) and focus and c.isAncestorOf(focus)), ""
        )

    def _show_runs(self) -> None:
        had_focus = next((run for run, shown in self._rows.items() if shown.hasFocus()), "")
        clear(self.list.body)
        self._rows = {}
        shown = self._runs if self._all else self._runs[:FEW]
        if not shown:
            self.list.body.addWidget(self._no_runs())
        for number, run in enumerate(shown):
            if number:
                self.list.add_line(indent=11.5)
            line = RunRow(run)
            line.opened.connect(self.open_run)
            line.forget.connect(lambda run_id: self.tasks.spawn(self._forget(run_id), name="forget"))
            line.save.connect(lambda run_id: self.tasks.spawn(self._save_run(run_id), name="save"))
            self._rows[run.id] = line
            self.list.body.addWidget(line)
            line.show()
        self.show_all.setVisible(len(self._runs) > FEW)
        self.show_all.setText(
            self.tr("&Show fewer") if self._all else self.tr("&Show all {n}").format(n=len(self._runs))
        )
        self._show_live()
        self._order_focus()
        if had_focus in self._rows:
            self._rows[had_focus].setFocus()

    def _no_runs(self) -> QWidget:
        holder = QWidget()
        box = column(holder, gap=1, margins=(8, 9, 8, 9))
        for widget in (
            Icon("disc", size=8),
            Label(self.tr("Nothing has run yet"), "strong"),
            WrapLabel(
                self.tr("The tour makes an image on a cloud that lives on this computer, where nothing is billed."),
                "body",
                "muted",
            ),
        ):
            if isinstance(widget, Label):
                widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
            box.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter if isinstance(widget, Icon) else Qt.AlignmentFlag(0))
        box.insertSpacing(1, theme().s(2))
        return holder

    def _show_banner(self) -> None:
        clear(self._banner_place)
        self.banner = None
        driven = {controller.info.id for controller in self.services.runs.active}
        runs = [r for r in self._runs if is_left(r) and r.id not in driven and r.id not in self._left]
        if not runs:
            return
        run, now = runs[0], self.services.clock.now()
        title = (
            self.tr("One run was left unfinished")
            if len(runs) == 1
            else self.tr("{n} runs were left unfinished").format(n=len(runs))
        )
        banner = Banner(title, unfinished_sentence(run, now), tone="warning", icon="warning-fill")
        leave = banner.add_action(self.tr("Lea&ve"), "ghost")
        leave.clicked.connect(lambda: self._leave(run.id))
        clean = banner.add_action(self.tr("Clean &up…"))
        clean.clicked.connect(lambda: self.tasks.spawn(self._clean_up(run), name="clean-up"))
        again = banner.add_action(self.tr("&Continue"))
        again.clicked.connect(lambda: self.tasks.spawn(self._continue(run.id), name="continue"))
        self._banner_place.addWidget(banner)
        self.banner = banner
        self._order_focus()

    def _order_focus(self) -> None:
        """Tab goes as the eye does: header, banner, cards, runs."""
        chain: list[QWidget] = [self.header.settings, self.header.help, self.header.new]
        if self.banner is not None:
            chain += self.banner.findChildren(Button)
        chain.append(self.import_button)
        for card in self.cards.widgets():
            if isinstance(card, ProfileCard | TourCard):
                chain += [card.more, *([card.real] if isinstance(card, TourCard) else ()), card.start]
        chain.append(self.show_all)
        chain += list(self._rows.values())
        for first, second in itertools.pairwise(chain):
            QWidget.setTabOrder(first, second)

    # -- live

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self._ticker.start()

    def hideEvent(self, event: object) -> None:
        super().hideEvent(event)  # type: ignore[arg-type]
        self._ticker.stop()

    def _run_changed(self, run_id: str) -> None:
        controller = self.services.runs.get(run_id)
        if controller is not None and not controller.active and run_id in self._rows and self.isVisible():
            self.refresh()
        elif not self._throttle.isActive():
            self._throttle.start()

    def _tick(self) -> None:
        if any(self._driver(run_id) for run_id in self._rows):
            self._show_live()
        elsewhere = any(run.held and self._driver(run.id) is None for run in self._runs)
        if elsewhere and not self.tasks.running("elsewhere") and not self.tasks.running("load"):
            self.tasks.spawn(self._look_elsewhere(), name="elsewhere")

    async def _look_elsewhere(self) -> None:
        """What other processes drive is told by nobody but the journal."""

        def facts(runs: list[RunInfo]) -> list[tuple[object, ...]]:
            return [(run.id, run.state, run.held, run.stage) for run in runs]

        if facts(await self.services.engine.runs()) != facts(self._runs):
            await self.load()

    def _driver(self, run_id: str) -> RunController | None:
        controller = self.services.runs.get(run_id)
        return controller if controller is not None and controller.active else None

    def _show_live(self) -> None:
        now = self.services.clock.now()
        for run_id, line in self._rows.items():
            controller = self._driver(run_id)
            line.finished = controller is None and line.run.state in ("done", "cleaned")
            if controller is None:
                line.show_state(outcome(line.run), ago(line.run.updated, now))
                continue
            state = controller.state
            stage = state.current
            since = lasting((now - line.run.created).total_seconds())
            if controller.cleaning:
                line.show_state(Line("running", self.tr("Cleaning up"), "accent"), since, bar=True)
            elif state.outside:
                words = f"{stage.title} · {state.outside}" if stage else state.outside
                line.show_state(Line("warning", words, "warning"), since, bar=True)
            elif state.phase == "your-turn":
                words = self.tr("Your turn: {stage}").format(stage=stage.title if stage else "")
                line.show_state(Line("your_turn", words, "accent"), since)
            else:
                words = " · ".join(part for part in (stage.title, stage.live) if part) if stage else self.tr("Starting")
                line.show_state(
                    Line("running", words, "accent"), since, bar=True, fraction=stage.fraction if stage else None
                )

    def _failed(self, error: AppError) -> None:
        self.tour.start.set_busy(None)
        show_problem(self, error)

    # -- what can be done here

    def _tour(self) -> None:
        self.tour.start.set_busy(self.tr("Starting…"))
        self.start_tour.emit()

    def _toggle_all(self) -> None:
        self._all = not self._all
        self._show_runs()

    def _leave(self, run_id: str) -> None:
        self._left.add(run_id)
        self._show_banner()
        self.header.new.setFocus()

    async def _continue(self, run_id: str) -> None:
        controller = await self.services.runs.open(run_id)
        controller.start()
        self.open_run.emit(run_id)

    async def _clean_up(self, run: RunInfo) -> None:
        things = "\n".join(f"• {made.name} ({kind_word(made.kind)})" for made in run.leftovers)
        text = self.tr("This deletes what the run made and that is not an image yet:") + f"\n\n{things}"
        if not run.leftovers:
            text = self.tr("The run had made nothing that still exists; it only leaves the list of unfinished ones.")
        keep, end = (
            (self.tr("&Keep everything"), self.tr("&Delete them"))
            if run.leftovers
            else (self.tr("&Keep it"), self.tr("&End the run"))
        )
        chosen = await ask(
            self,
            self.tr("Clean up “{name}”?").format(name=run.name),
            text,
            [("", keep, "secondary"), ("clean", end, "danger")],
            tone="warning",
        )
        if chosen == "clean":
            controller = await self.services.runs.open(run.id)
            controller.clean_up()
            self.open_run.emit(run.id)

    def find_leftovers(self, account: Account | None = None) -> None:
        """What runs have left in a project; `account`: the one to begin with."""
        self.tasks.spawn(self._find_leftovers(account), name="leftovers")

    async def _find_leftovers(self, account: Account | None) -> None:
        from isowright_gui.leftovers.dialog import LeftoversDialog

        if run_id := await LeftoversDialog(self.services, self, account).use():
            self.open_run.emit(run_id)
        else:
            await self.load()

    async def _forget(self, run_id: str) -> None:
        await self.services.engine.forget(run_id)
        self.services.runs.forget(run_id)
        await self.load()

    async def _save_run(self, run_id: str) -> None:
        run = next(run for run in self._runs if run.id == run_id)
        name = await save_run(self, self.services.profiles, run.recipe)
        if name is not None:
            await self._point_at(name)

    async def _compare(self, name: str) -> None:
        from isowright_gui.home.compare import CompareDialog

        usable = [info for info in self._profiles if info.recipe is not None]
        first = next(info for info in usable if info.name == name)
        await CompareDialog(self, first, [info for info in usable if info is not first]).use()

    async def _import(self) -> None:
        path = await ask_file(self, self.tr("Import a profile"), [self.tr("Profiles") + f" ({_FILTER})"])
        if path is not None:
            await self.import_file(path)

    async def import_file(self, path: Path) -> None:
        """Take a profile in and point at its card."""
        await self._point_at(await asyncio.to_thread(self.services.profiles.import_, path))

    async def _point_at(self, name: str) -> None:
        """A profile that is new."""
        await self.load()
        if (card := self.card(name)) is not None:
            card.start.setFocus(Qt.FocusReason.TabFocusReason)

    async def _export(self, name: str) -> None:
        path = await save_file(
            self, self.tr("Export “{name}”").format(name=name), f"{name}.toml", [self.tr("Profiles") + f" ({_FILTER})"]
        )
        if path is not None:
            await asyncio.to_thread(self.services.profiles.export, name, path)

    async def _duplicate(self, name: str) -> None:
        taken = {info.name for info in self._profiles}
        new = await ask_text(
            self,
            self.tr("Duplicate “{name}”").format(name=name),
            self.tr("&Name of the copy"),
            value=free_name(name, taken),
            ok=self.tr("&Duplicate"),
            check=self.name_check(taken),
        )
        if new is not None:
            recipe = await asyncio.to_thread(self.services.profiles.load, name)
            await asyncio.to_thread(self.services.profiles.save, new, recipe)
            await self.load()

    def name_check(self, taken: set[str]) -> Callable[[str], str | None]:
        """Says what is wrong with the name of a new profile."""

        def check(name: str) -> str | None:
            if not name:
                return self.tr("Type a name.")
            if name in taken:
                return self.tr("A profile of this name exists already. Choose another name.")
            return None

        return check

    async def _delete(self, name: str) -> None:
        chosen = await ask(
            self,
            self.tr("Delete the profile “{name}”?").format(name=name),
            self.tr("Its answers are gone then. Images and runs made with it stay, and so does its password."),
            [("", self.tr("&Keep it"), "secondary"), ("delete", self.tr("&Delete"), "danger")],
            tone="warning",
        )
        if chosen == "delete":
            await asyncio.to_thread(self.services.profiles.delete, name)
            await self.load()
            self.header.new.setFocus()

    def _nobody_there(self, detail: str) -> None:
        """Raises AppError while a run needs the practice cloud as it is."""
        if any(c.info.recipe.account.cloud == PRACTICE for c in self.services.runs.active):
            raise AppError(
                self.tr("A run is going on there."),
                detail=detail,
                remedy=self.tr("Cancel the run, or wait until it has ended."),
            )

    async def _real_machines(self, *, on: bool) -> None:
        try:
            self._nobody_there(self.tr("Its server would be switched off."))
            self.tour.show_real(on=on, trying=on)
            wanted = replace(self._servers, machine="qemu" if on else "scripted")
            await self.services.practice.choose(wanted)
            self._servers = wanted
        except AppError as error:
            if not is_about_machines(error):
                raise
            await say_missing(self, error)
        finally:
            self.tour.show_real(on=self._servers.real)

    async def _limits(self) -> None:
        wanted = await ask_limits(self, self._servers)
        if wanted is None or wanted == self._servers:
            return
        self._nobody_there(self.tr("Its server would be switched off."))
        await self.services.practice.choose(wanted)
        self._servers = wanted

    async def _empty_practice(self) -> None:
        self._nobody_there(self.tr("Emptying the practice cloud would pull the ground from under it."))
        chosen = await ask(
            self,
            self.tr("Empty the practice cloud?"),
            self.tr("All images, servers and disks in it are gone then; it begins again as on the first day."),
            [("", self.tr("&Keep it"), "secondary"), ("empty", self.tr("&Empty it"), "danger")],
            tone="warning",
        )
        if chosen == "empty":
            await self.services.practice.empty()


def free_name(name: str, taken: set[str]) -> str:
    """ "debian-12 copy", "debian-12 copy 2"…"""
    base = f"{name} copy"
    number = 1
    while (candidate := base if number == 1 else f"{base} {number}") in taken:
        number += 1
    return candidate
