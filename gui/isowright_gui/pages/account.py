"""Account: where the image will be made, and who you are there. Signing in checks the answers at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit, QWidget

from isowright import private
from isowright.cloud import proxy
from isowright.cloud.login import PasswordLogin, TokenLogin
from isowright.cloud.models import Project
from isowright.errors import AppError, InputError, PasscodeNeededError
from isowright.last_used import merged
from isowright.recipe import PRACTICE, Account, Problem, Step
from isowright_gui.pages.account_card import SignedInCard
from isowright_gui.pages.account_form import AccountForm, same_place
from isowright_gui.pages.account_found import FoundCard
from isowright_gui.pages.problem_card import ProblemCard
from isowright_gui.pages.side import SideBySide
from isowright_gui.services import Services
from isowright_gui.session import WizardSession
from isowright_gui.widgets import column
from isowright_gui.wizard.page import Hint, Page
from isowright_gui.wizard.sign_in import close, sign_in

if TYPE_CHECKING:
    from isowright.cloud.client import Cloud
    from isowright.cloud.login import Login
    from isowright.found import Finding

_LOOK_DELAY = 300  # ms without typing before the keyring is asked whether it knows the account


class AccountPage(Page):
    """One primary button for two things: *Sign in* until somebody is, then *Continue*."""

    step: Step = "account"

    def __init__(self, services: Services, session: WizardSession, parent: QWidget | None = None) -> None:
        super().__init__(services, session, parent)
        self.form = AccountForm()
        self.card = SignedInCard()
        self.problem_card = ProblemCard()
        main = QWidget()
        body = column(main, gap=4)
        body.addWidget(self.problem_card)
        body.addWidget(self.form, 1)
        outer = column(self, gap=0)
        self.found = FoundCard()
        side = QWidget()
        beside = column(side, gap=4)
        beside.addWidget(self.card)
        beside.addWidget(self.found)
        outer.addWidget(SideBySide(main, side))
        self._kept: Login | None = None
        self._looked = False
        self._signing = False
        self._asking: asyncio.Task[None] | None = None
        self._auto = True  # sign in by itself, until a sign-in has failed: wrong passwords lock users
        self._timer = QTimer(self, singleShot=True, interval=_LOOK_DELAY)
        self._timer.timeout.connect(self._look_for_kept)
        self.form.edited.connect(self._edited)
        self.form.kept_toggled.connect(self._keep_toggled)
        self.form.advanced.ca_wanted.connect(lambda: self.tasks.spawn(self._choose_ca(), name="ca", replace=True))
        self.found.wanted.connect(self._use)
        self.card.sign_out.connect(lambda: self.tasks.spawn(self._sign_out(), name="sign-out", replace=True))
        self.card.project_chosen.connect(
            lambda project: self.tasks.spawn(self._change_project(project), name="sign-in", replace=True)
        )
        self.problem_card.retry.connect(lambda: self.tasks.spawn(self._sign_in(), name="sign-in", replace=True))
        session.signed.connect(self._show_identity)
        session.changed.connect(self._show_answers)
        self._show_answers()
        self._show_identity()

    # -- what the shell asks

    @property
    def title(self) -> str:
        return self.tr("Account")

    @property
    def subtitle(self) -> str:
        return self.tr("Where the image will be made, and who you are there.")

    @property
    def primary_text(self) -> str:
        return self.tr("&Continue") if self.session.cloud is not None else self.tr("S&ign in")

    @property
    def problem(self) -> str | None:
        found = self._problems()
        return found[0].message if found else None

    @property
    def hint(self) -> Hint:
        if self.session.cloud is not None:
            return Hint(self.tr("Next: choose the ISO"))
        if self.problem_card.error is not None:
            return Hint(self.problem_card.error.title, "danger")
        return Hint(self.tr("Signing in makes nothing and costs nothing."))

    def first_focus(self) -> QWidget | None:
        for problem in self._problems():
            if (field := self.form.field(problem.field)) is not None:
                return field.control
        if self.session.cloud is None and (field := self.form.field(self.form.secret_field())) is not None:
            return field.control
        return self.form.cloud

    async def enter(self) -> None:
        self.tasks.spawn(self._say_where_kept(), name="place", replace=True)
        if self.session.cloud is not None:
            self._asking = self.tasks.spawn(self._load_projects(), name="projects", replace=True)
            return
        self.tasks.spawn(self._find_others(), name="found", replace=True)
        await self._find_kept()
        if self._auto and self.session.profile and not self._problems() and not self._signing:
            self.tasks.spawn(self._sign_in(), name="sign-in", replace=True)

    async def commit(self) -> bool:
        """Signed in: go on. Else sign in and stay, so that the operator sees as whom and in which project."""
        if self.session.cloud is not None:
            return True
        await self._sign_in()
        return False

    def control_of(self, field: str) -> QWidget | None:
        found = self.form.field(field)
        return found.control if found is not None else None

    def reveal_problem(self) -> None:
        self.form.clear_errors()
        for problem in reversed(self._problems()):
            self.form.show_error(problem.field, f"{problem.message} {problem.remedy}")
        super().reveal_problem()
        control = self.first_focus()
        if isinstance(control, QLineEdit):
            control.selectAll()

    # -- what is missing

    def _problems(self) -> list[Problem]:
        account = self.session.recipe.account
        if self.session.cloud is not None or account.cloud == PRACTICE:
            return []
        found = self.session.recipe.problems("account")
        if not account.cloud:
            return found[:1]
        if account.by_key and not account.access_key and self._kept is None:
            found.append(
                Problem("account", "access_key", self.tr("The access key is missing."), self.tr("Enter its id."))
            )
        if self._login() is None and not (account.by_key and not account.access_key):
            name = self.form.secret_field()
            if account.method == "temporary_key" and self.form.secret_key.text():
                name = "security_token"
            found.append(Problem("account", name, *self._missing(name)))
        return found

    def _missing(self, name: str) -> tuple[str, str]:
        return {
            "password": (self.tr("The password is missing."), self.tr("Enter the password of this user.")),
            "secret_key": (self.tr("The secret key is missing."), self.tr("Enter the secret that belongs to the key.")),
            "security_token": (
                self.tr("The security token is missing."),
                self.tr("Enter the one that was given with the key; a permanent key has none."),
            ),
            "token": (self.tr("The token is missing."), self.tr("Paste it.")),
        }[name]

    def _login(self) -> Login | None:
        """What was typed, else what the keyring holds for this account."""
        typed = self.form.login()
        if typed is None and isinstance(self._kept, PasswordLogin) and self.form.code_wanted:
            return msgspec.structs.replace(self._kept, passcode=self.form.passcode.text().strip(), token=None)
        return typed or self._kept

    # -- what the operator does

    def _edited(self) -> None:
        account, before = self.form.account(), self.session.recipe.account
        self.problem_card.show_error(None)
        if not same_place(account, before) or account.user != before.user:
            self._kept, self._looked = None, False
            self.form.show_kept(False)
            self._timer.start()
        # Whoever is signed in is so with the former answers. Typing a secret anew counts as another answer too.
        if self.session.cloud is not None:
            self.tasks.spawn(self._close(self.session.signed_out()), name="close")
        self.edit(msgspec.structs.replace(self.session.recipe, account=account))
        if account.cloud != before.cloud and not self.session.profile:
            self.tasks.spawn(self._as_last_time(account), name="last", replace=True)

    async def _as_last_time(self, chosen: Account) -> None:
        """A cloud was chosen: who signed in there last is filled in, as far as nothing has been typed."""
        last = await asyncio.to_thread(self.services.last_used.account, chosen.cloud)
        account = self.session.recipe.account
        if last is None or account.cloud != chosen.cloud or self.session.cloud is not None:
            return
        if account.region == chosen.region:  # the first of the list, which nobody has chosen
            account = msgspec.structs.replace(account, region=last.region)
        account = merged(account, last)
        if account.region != last.region:
            account = msgspec.structs.replace(account, project_id="", project_name="")
        self.edit(msgspec.structs.replace(self.session.recipe, account=account))
        self._kept, self._looked = None, False
        await self._find_kept()

    def _keep_toggled(self, kept: bool) -> None:
        account = msgspec.structs.replace(self.session.recipe.account, keep_secret=kept)
        self.edit(msgspec.structs.replace(self.session.recipe, account=account))
        if self.session.login is not None:
            self.tasks.spawn(self._keep(self.session.login), name="keep", replace=True)

    async def _choose_ca(self) -> None:
        from isowright_gui.dialogs import ask_file

        path = await ask_file(
            self, self.tr("CA file"), [self.tr("Certificates (*.pem *.crt *.cer)"), self.tr("All files (*)")]
        )
        if path is not None:
            self.form.advanced.set_text("ca_file", str(path))
            self._edited()

    async def _sign_out(self) -> None:
        cloud = self.session.signed_out()
        self.form.forget_secrets()
        self._looked = False
        await self._find_kept()
        self.form.cloud.setFocus()
        self.state_changed.emit()
        await self._close(cloud)

    async def _sign_in(self) -> None:
        """Sign in with the answers shown; what fails is said at its field, or in the card above the form."""
        if self._signing:
            return
        practice = self.session.recipe.account.cloud == PRACTICE
        login = None if practice else self._login()
        self._signing = True
        self.form.clear_errors()
        self.problem_card.show_error(None)
        self.set_busy(self.tr("Starting the practice cloud…") if practice else self.tr("Signing in…"))
        try:
            if login is None and not practice:
                return
            await self._pass_proxy()
            if isinstance(login, TokenLogin):  # the project is the token's, not that of the one before it
                account = msgspec.structs.replace(self.session.recipe.account, project_id="", project_name="")
                self.edit(msgspec.structs.replace(self.session.recipe, account=account))
            await sign_in(self.services, self.session, login)
        except AppError as error:
            self.show_error(error)
            return
        finally:
            self._signing = False
            self.set_busy("")
        self.form.passcode.clear()  # it was good for this once
        if self.session.login is not None and not practice:
            self.tasks.spawn(self._keep(self.session.login), name="keep", replace=True)
            self.tasks.spawn(self._keep_proxy(), name="keep-proxy", replace=True)
        self._asking = self.tasks.spawn(self._load_projects(), name="projects", replace=True)

    async def _change_project(self, project: Project) -> None:
        """Another project is another sign-in with the same secret."""
        before = self.session.recipe
        login = self.session.login
        account = msgspec.structs.replace(before.account, project_id=project.id, project_name=project.name)
        scratch = WizardSession(msgspec.structs.replace(before, account=account))
        self.form.clear_errors()
        self.problem_card.show_error(None)
        self.set_busy(self.tr("Changing project…"))
        try:
            identity = await sign_in(self.services, scratch, login)
        except PasscodeNeededError as error:
            self.edit(msgspec.structs.replace(before, account=account))  # the code will be for this project
            await self._close(self.session.signed_out())
            self.show_error(error)
            return
        except AppError as error:
            self.card.choose(before.account.project_id)
            self.show_error(error)
            return
        finally:
            self.set_busy("")
            scratch.deleteLater()
        former = self.session.cloud
        self.form.advanced.set_text("project_name", "")
        self.edit(msgspec.structs.replace(self.session.recipe, account=scratch.recipe.account))
        assert scratch.cloud is not None
        assert scratch.login is not None
        self.session.signed_in(scratch.cloud, scratch.login, identity)
        await self._close(former)
        self._asking = self.tasks.spawn(self._load_projects(), name="projects", replace=True)

    async def _close(self, cloud: Cloud | None) -> None:
        """After what still asks it something has ended: an answer to a closed client would leave its socket open."""
        if (asking := self._asking) is not None and not asking.done():
            asking.cancel()
            await asyncio.wait({asking})
        await close(cloud)

    # -- what other programs sign in with

    async def _find_others(self) -> None:
        from isowright.found import find

        self.found.show_findings(await asyncio.to_thread(find, private.given(), Path.home()))

    def _use(self, finding: Finding) -> None:
        """Fill in what was found. It is kept for this session only, until the operator wants it otherwise."""
        before = self.session.recipe.account
        account = finding.account
        if not account.region and account.cloud == before.cloud:
            account = msgspec.structs.replace(account, region=before.region)
        account = msgspec.structs.replace(
            account,
            keep_secret=False,
            proxy=before.proxy,
            proxy_user=before.proxy_user,
            ca_file=account.ca_file or before.ca_file,
        )
        self._kept, self._looked = None, True
        self.form.clear_errors()
        self.problem_card.show_error(None)
        self.form.show_kept(False)
        self.form.fill_login(finding.login)
        self.form.want_code(False)
        self.edit(msgspec.structs.replace(self.session.recipe, account=account))
        self.form.show_keeping(
            self.tr("Filled in from {origin}; kept for this session only.").format(origin=finding.title)
        )
        self.state_changed.emit()
        if (first := self.first_focus()) is not None:
            first.setFocus()

    # -- the keyring

    async def _say_where_kept(self) -> None:
        self.form.show_keeping(await self.services.vault.place())

    def _look_for_kept(self) -> None:
        self.tasks.spawn(self._find_kept(), name="kept", replace=True)

    async def _find_kept(self) -> None:
        account = self.session.recipe.account
        if self._looked or not account.cloud or account.cloud == PRACTICE:
            return
        named = account.user and account.domain
        if account.method != "password":
            named = account.access_key if account.method == "access_key" else account.project_id
        if not named:
            return
        self._kept = await self.services.vault.get(account)
        self._looked = True
        self.form.show_kept(self._kept is not None)
        self.state_changed.emit()

    async def _keep(self, login: Login) -> None:
        """For this session at least; the vault's sentence says where."""
        self.form.show_keeping(await self.services.vault.keep(self.session.recipe.account, login))

    async def _pass_proxy(self) -> None:
        """Who passes the proxy: as typed, else as kept."""
        account, typed = self.session.recipe.account, self.form.advanced.proxy_login()
        if typed is not None or not account.proxy_user:
            proxy.remember(proxy.place_of(account), typed)
        else:
            await self.services.vault.get(account)  # which lets in whom it knows

    async def _keep_proxy(self) -> None:
        if (typed := self.form.advanced.proxy_login()) is not None:
            await self.services.vault.keep_proxy(self.session.recipe.account, typed)

    # -- what is shown

    def show_error(self, error: AppError) -> None:
        """At the field that the remedy leads to, else in the card; nothing that was typed is lost."""
        self._auto = False
        name = error.action.removeprefix("step:account.") if error.action.startswith("step:account.") else ""
        if error.action == "sign-in" and self.session.cloud is None:
            name = "passcode" if isinstance(error, PasscodeNeededError) else self.form.secret_field()
        if name in ("passcode", "password"):  # a cloud that does not say what is wrong may mean the code as well
            self.form.want_code(True)
        if isinstance(error, InputError) and not name:
            name = "cloud"
        field = self.form.show_error(name, f"{error.title} {error.remedy}") if name else None
        if field is None:
            self.problem_card.show_error(error)
        else:
            field.control.setFocus()
            if isinstance(field.control, QLineEdit):
                field.control.selectAll()
        self.state_changed.emit()

    def _show_answers(self) -> None:
        self.form.show_account(self.session.recipe.account)

    def _show_identity(self) -> None:
        remark = self.session.cloud.clock_note if self.session.cloud is not None else ""
        self.found.set_wanted(self.session.identity is None)
        self.card.show_identity(self.session.identity, now=self.services.clock.now(), remark=remark)
        self.state_changed.emit()

    async def _load_projects(self) -> None:
        if self.session.cloud is None or self.session.identity is None:
            return
        if isinstance(self.session.login, TokenLogin):
            identity = self.session.identity
            own = Project(identity.project_id, identity.project_name)
            self.card.show_projects([own], own.id, only_one=self.tr("A token is of one project."))
            return
        try:
            projects = await self.session.fetch("projects", lambda cloud: cloud.iam.projects())
        except AppError as error:
            self.card.show_project_problem(self.tr("The list could not be loaded. {what}").format(what=error.title))
            return
        if self.session.identity is not None:
            self.card.show_projects(projects, self.session.identity.project_id)
