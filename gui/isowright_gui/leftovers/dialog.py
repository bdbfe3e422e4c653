"""What runs of this and other computers have left in a project: looked for, ticked, deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from isowright.cloud.client import Cloud
from isowright.cloud.login import Login, PasswordLogin
from isowright.errors import AppError, AuthError, PasscodeNeededError
from isowright.orphans import Found, Orphan, Removal, find, remove
from isowright.orphans.accounts import KnownAccount, known_accounts
from isowright.recipe import PRACTICE, Account
from isowright_gui.dialogs import Dialog, ask
from isowright_gui.home.words import place
from isowright_gui.leftovers.rows import LeftoverRow
from isowright_gui.leftovers.words import chosen_words, delete_verb, question, result_words
from isowright_gui.runs.questions import ask_secret, spend_code
from isowright_gui.services import Services
from isowright_gui.tasks import TaskScope
from isowright_gui.theme import theme
from isowright_gui.widgets import (
    Banner,
    BusyButton,
    Button,
    ComboBox,
    Field,
    StatefulList,
    WrapLabel,
    clear,
    column,
    row,
)
from isowright_gui.widgets.labels import Hairline
from isowright_gui.wizard.scroll import ScrollColumn
from isowright_gui.wizard.sign_in import close

WIDTH, HEIGHT = 195, 150  # units


class LeftoversDialog(Dialog):
    """Call `use`: it shows the dialog, and ends when it is closed. `account`: the one to begin with, and `login` what
    it is signed in with already; else it has to be known from a profile or a run."""

    looked = Signal()

    def __init__(
        self, services: Services, parent: QWidget, account: Account | None = None, login: Login | None = None
    ) -> None:
        super().__init__(parent, parent.tr("Find leftovers"))
        self.services = services
        self.tasks = TaskScope("leftovers", self._failed)
        self._wanted = account
        self._login = login
        self._known: list[KnownAccount] = []
        self._logins: dict[int, Login] = {}
        self._without_code: dict[int, Login] = {}  # passwords to which a one-time code lacks
        self._cloud: Cloud | None = None
        self.found: Found = Found()
        self.rows: list[LeftoverRow] = []
        self._build()
        self._closed = asyncio.Event()
        self.finished.connect(lambda _: self._closed.set())

    def _build(self) -> None:
        self.body.addWidget(
            WrapLabel(
                self.tr(
                    "Temporary servers, disks and ISO images that a run has left behind, on this computer or another, "
                    "and unfinished uploads of this computer. Finished images are never among them, nor is anything "
                    "that Isowright has not made."
                ),
                "body",
                "muted",
            )
        )
        self.accounts = ComboBox()
        self.accounts.currentIndexChanged.connect(lambda _: self._look_anew())
        self.again = Button(self.tr("&Look again"), "secondary", "arrow-clockwise")
        self.again.clicked.connect(self._look_anew)
        line = row(gap=3)
        line.addWidget(Field(self.tr("&Account"), self.accounts), 1)
        line.addWidget(self.again, 0, Qt.AlignmentFlag.AlignBottom)
        self.body.addLayout(line)
        self._notices = column(gap=2)
        self.body.addLayout(self._notices)
        self.area = ScrollColumn((0, 0, 0, 0))
        self.list = StatefulList(self.area, rows=3, row_height=15)
        self.list.retry.connect(self._look_anew)
        self.list.action.connect(self._act)
        self.body.addWidget(self.list, 1)
        self.hint = WrapLabel("", "body", "muted")
        self.close_button = Button(self.tr("&Close"), "secondary")
        self.close_button.clicked.connect(self.reject)
        self.delete_button = BusyButton(delete_verb(0), "danger")
        self.delete_button.clicked.connect(lambda: self.tasks.spawn(self._remove(), name="remove"))
        foot = row(gap=3)
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.close_button)
        foot.addWidget(self.delete_button)
        self.body.addLayout(foot)
        for button in self.findChildren(Button):
            button.setAutoDefault(False)  # Enter in a row must not press what stands elsewhere

    def show_now(self) -> None:
        """As large as it is useful and as the window allows."""
        window = self.parentWidget()
        width, height = theme().s(WIDTH), theme().s(HEIGHT)
        if window is not None:
            width, height = min(width, window.width() - theme().s(6)), min(height, window.height() - theme().s(6))
        self.setMaximumWidth(max(theme().s(WIDTH) * 2, width))
        self.setMinimumWidth(min(theme().s(110), width))
        self.resize(width, height)
        self.open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the focus, and no other."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focus = self.focusWidget()
            if isinstance(focus, Button):
                focus.click()
            event.accept()
            return
        super().keyPressEvent(event)

    async def use(self) -> str:
        """Show it until it is closed; returns the id of a run that shall be opened, or ""."""
        self.show_now()
        self.tasks.spawn(self._begin(), name="begin")
        try:
            await self._closed.wait()
            return self.answer
        finally:
            self.hide()
            await self.tasks.close()
            await close(self._cloud)
            self.deleteLater()

    # -- the account

    async def _begin(self) -> None:
        self.list.set_loading(self.tr("Reading profiles and runs…"))
        self._update_foot()
        profiles, runs = await asyncio.gather(
            asyncio.to_thread(self.services.profiles.list), self.services.engine.runs()
        )
        self._known = known_accounts(profiles, runs)
        if not any(known.account.cloud == PRACTICE for known in self._known):
            self._known.append(KnownAccount(Account(cloud=PRACTICE)))
        self._take_login()
        self.accounts.set_items([(self._title(known), at) for at, known in enumerate(self._known)])
        self.accounts.choose(self._first())
        self.accounts.setFocus(Qt.FocusReason.OtherFocusReason)
        self._look_anew()

    def _take_login(self) -> None:
        """The account that somebody is signed in to is there, with what was signed in with."""
        if self._wanted is None or self._login is None or self._wanted.cloud == PRACTICE:
            return
        if all(known.account != self._wanted for known in self._known):
            self._known.insert(0, KnownAccount(self._wanted))
        self._logins[self._first()] = self._login

    def _first(self) -> int:
        wanted = self._wanted
        if wanted is None:
            return 0
        if wanted.cloud == PRACTICE:
            return next(at for at, known in enumerate(self._known) if known.account.cloud == PRACTICE)
        same = (at for at, known in enumerate(self._known) if known.account == wanted)
        near = (at for at, k in enumerate(self._known) if _place(k.account) == _place(wanted))
        return next(same, next(near, 0))

    def _title(self, known: KnownAccount) -> str:
        account = known.account
        who = account.who
        project = account.project_name if account.project_name != account.region else ""
        if account.cloud == PRACTICE:
            return place(account)
        return " · ".join(part for part in (place(account), project, who) if part)

    async def _sign_in(self, at: int) -> Account | None:
        """The account as it is signed in to, with `_cloud` open; None if nobody has its secret."""
        account = self._known[at].account
        login: Login | None
        if account.cloud == PRACTICE:
            await self.services.practice.start()
            account, login = self.services.practice.fill(account), self.services.practice.login()
        else:
            login = self._logins.get(at) or await self.services.vault.get(account)
        if login is None:
            return None
        former, self._cloud = self._cloud, Cloud.open(account, login, clock=self.services.clock)
        await close(former)
        return account

    # -- looking

    def _look_anew(self) -> None:
        if self.accounts.currentData() is not None and not self.tasks.running("remove"):
            self.tasks.spawn(self._look(self.accounts.currentData()), name="look", replace=True)

    async def _look(self, at: int) -> None:
        where = self._title(self._known[at])
        clear(self._notices)
        self._show(Found())
        self.list.set_loading(self.tr("Looking through {where}…").format(where=where), keep=False)
        self._update_foot()
        try:
            account = await self._sign_in(at)
            if account is None or self._cloud is None:
                self._ask_to_sign_in(self.tr("Sign in to look for leftovers"), self._whose(at))
                return
            runs = await self.services.engine.runs()
            found = await find(
                self._cloud,
                account,
                runs,
                now=self.services.clock.now(),
                uploads=self.services.home.uploads_dir,
            )
        except AuthError as error:
            used = self._logins.pop(at, None)
            if isinstance(error, PasscodeNeededError):  # the password is right: the code alone is asked for
                login = used or await self.services.vault.get(self._known[at].account)
                if login is not None:
                    self._without_code[at] = login
            if self._known[at].account.cloud == PRACTICE:
                self._show_error(error)
            else:
                self._ask_to_sign_in(error.title, f"{error.detail} {error.remedy}".strip())
        except AppError as error:
            self._show_error(error)
        else:
            self._show(found)
            if not found.orphans and not found.unseen:
                self.list.set_empty(
                    self.tr("Nothing is left behind"),
                    self.tr(
                        "{where} has no server, disk or ISO image of a run, and no unfinished upload of this computer."
                    ).format(where=where),
                    icon="check-circle",
                )
            elif not found.orphans:
                self.list.set_empty(
                    self.tr("Nothing else was found"), self.tr("What is said above could not be looked at.")
                )
            else:
                self.list.set_content()
        finally:
            self._update_foot()
        self.looked.emit()

    def _whose(self, at: int) -> str:
        account = self._known[at].account
        who = account.who
        return self.tr("No password or key of {who} is kept on this computer.").format(who=who or place(account))

    def _ask_to_sign_in(self, title: str, text: str) -> None:
        self.list.set_empty(title, text, icon="key", action=self.tr("&Sign in…"))

    def _act(self) -> None:
        self.tasks.spawn(self._ask_secret(self.accounts.currentData()), name="secret", replace=True)

    async def _ask_secret(self, at: int) -> None:
        account = self._known[at].account
        login = await ask_secret(self, account, self._without_code.pop(at, None))
        if isinstance(login, PasswordLogin) and login.passcode:
            try:
                login = await spend_code(account, login, self.services.clock)
            except AppError as error:
                self._show_error(error)
                return
        if login is not None:
            self._logins[at] = login
            self._look_anew()

    def _show_error(self, error: AppError) -> None:
        facts = [error.code, f"HTTP {error.status}" if error.status else "", error.request_id]
        details = "\n".join(fact for fact in facts if fact)
        self.list.set_error(error.title, f"{error.detail} {error.remedy}".strip(), details)

    def _show(self, found: Found) -> None:
        self.found = found
        for unseen in found.unseen:
            title = self.tr("The {what} could not be looked at").format(what=unseen.what)
            text = " ".join(part for part in (unseen.error.title, unseen.error.remedy) if part)
            self._notices.addWidget(Banner(title, text, tone="warning", icon="warning-fill"))
        clear(self.area.body)
        self.rows = []
        before: QWidget = self.again
        for number, orphan in enumerate(found.orphans):
            if number:
                self.area.body.addWidget(Hairline())
            line = LeftoverRow(orphan)
            line.toggled.connect(self._update_foot)
            line.opened.connect(self.finish)
            self.area.body.addWidget(line)
            for stop in (line.box, line.open_button):
                if stop is not None:
                    QWidget.setTabOrder(before, stop)
                    before = stop
            self.rows.append(line)
        self.area.body.addStretch(1)
        QWidget.setTabOrder(before, self.close_button)
        QWidget.setTabOrder(self.close_button, self.delete_button)

    def _update_foot(self) -> None:
        chosen = self.chosen()
        removable = sum(line.box.isEnabled() for line in self.rows)
        self.delete_button.setText(delete_verb(len(chosen)))
        self.delete_button.setVisible(removable > 0)
        self.delete_button.setEnabled(bool(chosen))
        self.hint.setText(chosen_words(chosen, removable) if self.rows else "")

    def chosen(self) -> list[Orphan]:
        """What is ticked."""
        return [line.orphan for line in self.rows if line.chosen]

    # -- deleting

    async def _remove(self) -> None:
        chosen = self.chosen()
        if not chosen or self._cloud is None or self.tasks.running("look"):
            return
        title, text = question(chosen)
        buttons = [("", self.tr("&Keep them"), "secondary"), ("delete", self.tr("&Delete them"), "danger")]
        if await ask(self, title, text, buttons, tone="warning") != "delete":  # type: ignore[arg-type]  # kinds of buttons
            return
        for line in self.rows:
            line.lock()
        for widget in (self.accounts, self.again):
            widget.setEnabled(False)
        self.delete_button.set_busy(self.tr("Deleting…"))
        self.hint.setText(self.tr("If you close this now, what has not begun stays where it is."))
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)
        try:
            removed = await remove(
                self._cloud,
                chosen,
                runs=self.services.engine.runs,
                clock=self.services.clock,
                tell=self._tell,
                uploads=self.services.home.uploads_dir,
            )
            self._ended(removed)
        finally:
            self.delete_button.set_busy(None)
            self.delete_button.hide()
            for widget in (self.accounts, self.again):
                widget.setEnabled(True)
        self.again.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ended(self, removed: Sequence[Removal]) -> None:
        self.hint.setText(result_words(removed))

    def _tell(self, removal: Removal) -> None:
        line = next((line for line in self.rows if line.orphan.key == removal.key), None)
        if line is not None:
            line.show_removal(removal)

    def _failed(self, error: AppError) -> None:
        self._show_error(error)


def _place(account: Account) -> tuple[str, str, str, str]:
    who = account.who
    return account.cloud, account.region, account.domain, who
