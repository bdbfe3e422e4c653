"""The window: Home, the wizard, a run, or why there is none of them. Shows before the core is imported."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QStackedWidget, QSystemTrayIcon, QVBoxLayout, QWidget

from isowright_gui import theme as themes
from isowright_gui.awake import Awake
from isowright_gui.home.header import HomeHeader, paint_app_glyph
from isowright_gui.theme import theme
from isowright_gui.widgets import Button, StateGlyph, WrapLabel, column, row
from isowright_gui.widgets.focus_ring import FocusRing

if TYPE_CHECKING:
    from isowright.cloud.login import Login
    from isowright.errors import AppError
    from isowright.recipe import Recipe
    from isowright_gui.home.page import HomePage
    from isowright_gui.runs.controller import RunController
    from isowright_gui.services import Services
    from isowright_gui.tasks import TaskScope
    from isowright_gui.wizard.shell import Wizard

SIZE = QSize(1120, 740)
TOUR_NAME = "practice-image"


class MainWindow(QWidget):
    """`attach` gives it the core; until then it shows its head only. Closing it emits `stopping` and hides nothing."""

    stopping = Signal()

    def __init__(self, services: Services | None = None) -> None:
        super().__init__()
        self.services: Services | None = None
        self.home: HomePage | None = None
        self.wizard: Wizard | None = None
        self.tasks: TaskScope | None = None
        self._settings: QSettings | None = None
        self._tray: QSystemTrayIcon | None = None
        self._told: set[str] = set()
        self._quiet: set[str] = set()  # runs of whose idle servers it was told
        self.awake = Awake(self)
        self.setProperty("surface", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle("Isowright")
        self.setWindowIcon(_app_icon())
        self.setMinimumSize(theme().s(120), theme().s(110))
        self.resize(SIZE * (theme().u / 4))
        self.stack = QStackedWidget()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.stack)
        self.header = HomeHeader()
        self.header.new.setEnabled(False)
        self.header.scheme_chosen.connect(self._choose_scheme)
        self.header.help_asked.connect(self._show_help)
        self.header.about_asked.connect(self._show_about)
        self.header.logs_asked.connect(self._open_logs)
        self._starting = QWidget()
        starting = column(self._starting, gap=0, margins=(10, 6.5, 10, 5))
        starting.addWidget(self.header)
        starting.addStretch(1)
        self.stack.addWidget(self._starting)
        self.ring = FocusRing(self)
        if services is not None:
            self.attach(services)

    # -- the core arrives

    def attach(self, services: Services) -> None:
        """The core is there: from now on there is a Home."""
        import asyncio

        from isowright_gui.home.page import HomePage
        from isowright_gui.tasks import TaskScope

        self.services = services
        self.tasks = TaskScope("window", self.show_error)
        self._settings = QSettings(str(services.home.config / "window.ini"), QSettings.Format.IniFormat)
        self._restore()
        self.header.set_ready()
        self.home = HomePage(services, self.header)
        self.home.new_image.connect(self.start_wizard)
        self.home.open_profile.connect(lambda name, step: self.open_profile(name, step or "review"))
        self.home.open_run.connect(self.open_run)
        self.home.start_tour.connect(self.start_tour)
        self.stack.addWidget(self.home)
        services.runs.changed.connect(self._run_changed)
        self.tasks.spawn(asyncio.to_thread(_prefetch), name="prefetch")
        if services.engine.notice is not None:
            self.show_error(services.engine.notice)

    def _restore(self) -> None:
        if self._settings is None:
            return
        scheme = str(self._settings.value("scheme", "system"))
        if scheme in ("light", "dark"):
            self._choose_scheme(scheme)
            self.header.show_scheme(scheme)
        geometry = self._settings.value("geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)

    # -- where to go

    def show_home(self, *, tour: bool = False) -> None:
        """Home; `tour` puts the keyboard on the tour's Start."""
        if self.home is None or self.tasks is None:
            return
        self._leave_wizard()
        self.stack.setCurrentWidget(self.home)
        self.setWindowTitle("Isowright")
        self.tasks.spawn(self._load_home(tour=tour), name="home", replace=True)

    async def _load_home(self, *, tour: bool) -> None:
        if self.home is None:
            return
        await self.home.load()
        if self.stack.currentWidget() is not self.home:
            return  # somebody has gone on meanwhile, and has the keyboard there
        target = self.home.tour.start if tour else self.header.new
        target.setFocus(Qt.FocusReason.TabFocusReason if tour else Qt.FocusReason.OtherFocusReason)

    def start_wizard(self, recipe: Recipe | None = None, profile: str = "", at: str = "account") -> Wizard | None:
        """The wizard with these answers, at this step (or the first one that lacks an answer)."""
        if self.services is None or self.tasks is None:
            return None
        from isowright_gui.session import WizardSession
        from isowright_gui.wizard.shell import Wizard

        self._leave_wizard()
        session = WizardSession(recipe or None, profile=profile)
        wizard = self._take(Wizard(self.services, session))
        wizard.recalls = not profile
        wizard.tasks.spawn(wizard.start(at), name="start")
        return wizard

    def open_profile(self, name: str, at: str = "review") -> None:
        """A saved profile, signed in with the secret that is kept for it."""
        if self.tasks is not None:
            self.tasks.spawn(self._open_profile(name, at), name="open", replace=True)

    async def _open_profile(self, name: str, at: str) -> None:
        import asyncio

        if self.services is None or self.home is None:
            return
        if self.stack.currentWidget() is self._starting:
            self.stack.setCurrentWidget(self.home)
            await self.home.load()
        recipe = await asyncio.to_thread(self.services.profiles.load, name)
        if at != "account" and (card := self.home.card(name)) is not None:
            card.start.set_busy(self.tr("Signing in…"))
        try:
            await self._open_signed_in(recipe, name, at)
        finally:
            if (card := self.home.card(name)) is not None:  # Home may have made its cards anew
                card.start.set_busy(None)

    async def _open_signed_in(
        self, recipe: Recipe, profile: str, at: str, login: Login | None = None, revises: str = ""
    ) -> None:
        """The wizard at a step behind Account; at Account if nobody can be signed in, saying why."""
        if self.services is None:
            return
        from isowright.errors import AppError
        from isowright_gui.session import WizardSession
        from isowright_gui.wizard.shell import Wizard
        from isowright_gui.wizard.sign_in import sign_in, sign_in_as_kept

        session, failed = WizardSession(recipe, profile=profile), None
        session.revises = revises
        step, _, field = at.partition(".")
        if step != "account":
            try:
                if login is None:
                    await sign_in_as_kept(self.services, session)
                else:
                    await sign_in(self.services, session, login)
            except AppError as error:
                failed = error
        self._leave_wizard()
        wizard = self._take(Wizard(self.services, session))
        await wizard.start(step, failed)
        if field and (page := wizard.page) is not None and page.step == step:
            wizard.point_at(page, field)

    def edit_again(self, run_id: str, recipe: Recipe, at: str = "review", *, revise: bool = False) -> None:
        """The answers of a run for another one (`revise`: for this one), signed in as that run was."""
        if self.services is None or self.tasks is None:
            return
        controller = self.services.runs.get(run_id)
        login = controller.login if controller is not None else None
        profile = controller.info.profile if controller is not None else ""
        revises = run_id if revise else ""
        self.tasks.spawn(self._open_signed_in(recipe, profile, at, login, revises), name="open", replace=True)

    def start_tour(self) -> None:
        """The wizard on the practice account, which needs no sign-in data."""
        if self.tasks is not None:
            self.tasks.spawn(self._start_tour(), name="tour", replace=True)

    async def _start_tour(self) -> None:
        if self.services is None or self.home is None:
            return
        from isowright.errors import StateError

        try:
            await self.services.practice.start()
        except StateError as error:
            from isowright_gui.home.missing import is_about_machines, say_missing

            if not is_about_machines(error):
                raise
            self.home.tour.start.set_busy(None)
            await say_missing(self, error)
            return
        finally:
            self.home.tour.start.set_busy(None)
        from isowright.recipe import PRACTICE, Account, Recipe

        region = self.services.practice.account().region
        self.start_wizard(Recipe(account=Account(cloud=PRACTICE, region=region)))

    def open_run(self, run_id: str) -> None:
        """A run, going on or past."""
        if self.tasks is not None:
            self.tasks.spawn(self._open_run(run_id), name="open", replace=True)

    async def _open_run(self, run_id: str) -> None:
        if self.services is None:
            return
        import asyncio

        from isowright_gui.session import WizardSession
        from isowright_gui.wizard.shell import Wizard

        controller = await self.services.runs.open(run_id)
        self._leave_wizard()
        info = controller.info
        wizard = self._take(Wizard(self.services, WizardSession(info.recipe, profile=info.profile)))
        await asyncio.sleep(0)  # the frame and what is in it are two pieces of work
        if wizard is self.wizard:
            wizard.show_build(run_id)

    def _take(self, wizard: Wizard) -> Wizard:
        wizard.home_requested.connect(self.show_home)
        wizard.run_requested.connect(self.open_run)
        wizard.again.connect(self.edit_again)
        wizard.revise.connect(lambda run_id, recipe, at: self.edit_again(run_id, recipe, at, revise=True))
        self.wizard = wizard
        self.stack.addWidget(wizard)
        self.stack.setCurrentWidget(wizard)
        return wizard

    def _leave_wizard(self) -> None:
        wizard, self.wizard = self.wizard, None
        if wizard is None or self.tasks is None:
            return
        # It stays the stack's child, hidden: its tasks end before it is deleted, whatever is shown meanwhile, and a new
        # parent would have the whole of it styled again.
        self.stack.removeWidget(wizard)
        wizard.hide()
        self.tasks.spawn(_put_away(wizard), name="put-away")

    # -- runs that go on

    def _run_changed(self, run_id: str) -> None:
        if self.services is None:
            return
        if self.services.runs.active:
            self.awake.hold(self.tr("An image is being made."))
        else:
            self.awake.release()
        controller = self.services.runs.get(run_id)
        if controller is None:
            return
        words = self._news(controller.state.phase, controller.state.name)
        if not words:
            self._told.discard(run_id)
        elif run_id not in self._told:
            self._told.add(run_id)
            self.notify(controller.state.name, words)
        self._tell_idle(controller)

    def _tell_idle(self, controller: RunController) -> None:
        """That nothing happens on a server that waits for its operator: once, until something has changed."""
        seen, run_id = controller.state.seen, controller.info.id
        if seen is None or not seen.idle:
            self._quiet.discard(run_id)
        elif run_id not in self._quiet:
            from isowright_gui.runs.server_watch import idle_words, is_practice

            self._quiet.add(run_id)
            self.notify(controller.state.name, idle_words(seen.name, practice=is_practice(controller.info.recipe)))

    def _news(self, phase: str, name: str) -> str:
        return {
            "your-turn": self.tr("It is your turn: install the OS."),
            "done": self.tr("The image {name} is ready.").format(name=name),
            "failed": self.tr("The run has stopped with an error."),
        }.get(phase, "")

    def notify(self, title: str, text: str) -> None:
        """Call the operator back, unless the window is what they look at."""
        if self.isActiveWindow():
            return
        QApplication.alert(self)
        if not QSystemTrayIcon.isSystemTrayAvailable() or not QSystemTrayIcon.supportsMessages():
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(self.windowIcon(), self)
            self._tray.activated.connect(lambda _: self.activateWindow())
            self._tray.messageClicked.connect(self.activateWindow)
            self._tray.show()
        self._tray.showMessage(title, text)

    # -- errors

    def show_error(self, error: AppError) -> None:
        """An error that belongs to no page."""
        from isowright_gui.dialogs import show_problem

        show_problem(self, error)

    def show_fatal(self, error: AppError) -> None:
        """Why the program cannot go on; the only thing left is to close it."""
        place = QWidget()
        box = column(place, gap=3, margins=(10, 20, 10, 10))
        head = row(gap=3)
        head.addWidget(StateGlyph("failed", size=5), 0, Qt.AlignmentFlag.AlignTop)
        title = WrapLabel(error.title, "title")
        head.addWidget(title, 1)
        box.addLayout(head)
        box.addWidget(WrapLabel(error.detail, selectable=True))
        box.addWidget(WrapLabel(error.remedy, "strong", selectable=True))
        close = Button(self.tr("&Close"), "primary")
        close.clicked.connect(self.close)
        close.setDefault(True)
        line = row(margins=(0, 3, 0, 0))
        line.addWidget(close)
        line.addStretch(1)
        box.addLayout(line)
        box.addStretch(1)
        place.setAccessibleName(error.title)
        self.stack.addWidget(place)
        self.stack.setCurrentWidget(place)
        close.setFocus()

    # -- settings and help

    def _choose_scheme(self, scheme: str) -> None:
        if scheme in ("system", "light", "dark"):
            themes.theme().set_scheme(scheme)  # type: ignore[arg-type]  # one of the three
            if self._settings is not None:
                self._settings.setValue("scheme", scheme)

    def _open_logs(self) -> None:
        if self.services is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.services.home.logs)))

    def _show_help(self) -> None:
        from isowright_gui.home.help import show_help

        show_help(self)

    def _show_about(self) -> None:
        from isowright_gui.home.help import show_about

        show_about(self, self.services)

    # -- the end

    def closeEvent(self, event: QCloseEvent) -> None:
        """Asks the program to end; it hides the window when everything that runs has been left in order."""
        event.ignore()
        if self.tasks is None or self.wizard is None or not self.wizard.dirty:
            self.stopping.emit()
        elif not self.tasks.running("close"):
            self.tasks.spawn(self._close(), name="close")

    async def _close(self) -> None:
        if self.wizard is None or await self.wizard.may_leave():
            self.stopping.emit()

    async def close_down(self) -> None:
        """End what the window owns, in order: pages, then runs (left as they are, found at the next start)."""
        if self.services is None or self.tasks is None:
            return
        if self._settings is not None:
            self._settings.setValue("geometry", self.saveGeometry())
            self._settings.sync()
        self.awake.release()
        wizard, self.wizard = self.wizard, None
        if wizard is not None:
            await wizard.close_down()
        if self.home is not None:
            await self.home.tasks.close()
        await self.tasks.close()
        await self.services.runs.close()


def _prefetch() -> None:
    """Import in a thread what the first click would otherwise wait for."""
    from isowright_gui.wizard import steps

    for step in steps.PAGES:
        with contextlib.suppress(ImportError):  # said when the page is opened
            steps.page_class(step)


async def _put_away(wizard: Wizard) -> None:
    try:
        await wizard.close_down()
    finally:
        wizard.deleteLater()


def _app_icon() -> QIcon:
    from PySide6.QtCore import QRectF

    icon = QIcon()
    for side in (16, 32, 64, 128):
        pixmap = QPixmap(side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            paint_app_glyph(painter, QRectF(0, 0, side, side))
        icon.addPixmap(pixmap)
    return icon
