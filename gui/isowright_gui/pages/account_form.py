"""The fields of the Account page: what may be stored (an `Account`) and what may not (a `Login`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from isowright.cloud.login import KeyLogin, PasswordLogin, TokenLogin
from isowright.cloud.models import Secret
from isowright.recipe import CUSTOM, PRACTICE, Account
from isowright.secrets import ENDS_BY_ITSELF
from isowright_gui.pages.account_advanced import AdvancedPanel
from isowright_gui.pages.account_choices import CloudChoice, cloud_choices
from isowright_gui.theme import icon
from isowright_gui.widgets import (
    Banner,
    CheckRow,
    ComboBox,
    Field,
    LineEdit,
    PasswordEdit,
    Segmented,
    WrapLabel,
    column,
    row,
)

if TYPE_CHECKING:
    from isowright.cloud.login import Login


class AccountForm(QWidget):
    """`edited`: the operator changed something that is part of the account or of the login."""

    edited = Signal()
    kept_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choices = {choice.id: choice for choice in cloud_choices()}
        self.fields: dict[str, Field] = {}
        self._showing = False
        self._account = Account()
        self._body = body = column(self, gap=4)
        body.addLayout(self._place_row())
        self.practice_note = Banner(
            self.tr("Nothing to type, nothing to pay"),
            self.tr(
                "This cloud runs on this computer, makes its own account, and signs in by itself. It can break nothing."
            ),
            icon="flask",
        )
        body.addWidget(self.practice_note)
        self.method = Segmented(
            [
                (self.tr("Password"), "password"),
                (self.tr("Access key"), "access_key"),
                (self.tr("Temporary key"), "temporary_key"),
                (self.tr("Token"), "token"),
            ],
            self.tr("Sign in with"),
        )
        body.addWidget(self.method, 0, Qt.AlignmentFlag.AlignLeft)
        attic = QWidget(self)  # holds the edits whose fields are not made
        attic.hide()
        self.domain, self.user, self.password = (
            LineEdit(parent=attic),
            LineEdit(parent=attic),
            PasswordEdit(parent=attic),
        )
        self.passcode = LineEdit(placeholder=self.tr("6 digits"), parent=attic)
        self.passcode.setMaxLength(6)
        self.passcode.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        self.access_key, self.secret_key = LineEdit(mono=True, parent=attic), PasswordEdit(parent=attic)
        self.security_token, self.token = PasswordEdit(parent=attic), PasswordEdit(parent=attic)
        self.user_id = LineEdit(mono=True, parent=attic)
        self.code_wanted = False  # by the user who signs in, as far as the cloud has told
        # Made when first wanted: one sign-in needs one method's fields, the practice cloud none.
        self._rows: dict[str, QWidget] = {}
        self._credentials = column(gap=0)
        body.addLayout(self._credentials)
        self.keep = CheckRow("", checked=True)
        self.keep_sentence = ""
        body.addWidget(self.keep)
        self.session_note = WrapLabel(ENDS_BY_ITSELF, "caption", "muted")
        body.addWidget(self.session_note)
        self.advanced = AdvancedPanel(self.fields)
        self.advanced.edited.connect(self._touched)
        body.addWidget(self.advanced)
        body.addStretch(1)
        self._connect()
        self.show_account(Account())

    # -- building

    def _line(self, name: str, label: str, edit: QLineEdit, *, optional: bool = False, help_text: str = "") -> Field:
        self.fields[name] = field = Field(label, edit, help_text, optional=optional)
        edit.textEdited.connect(lambda _: self._touched(name))
        return field

    def _place_row(self) -> QHBoxLayout:
        self.cloud = ComboBox([(choice.title, choice.id) for choice in self.choices.values()])
        for number, choice in enumerate(self.choices.values()):
            self.cloud.setItemIcon(number, icon(choice.icon, "muted"))
        self.cloud.setPlaceholderText(self.tr("Choose a cloud"))
        self.cloud.setCurrentIndex(-1)
        self.region = ComboBox()
        self.region.setPlaceholderText(self.tr("Choose a region"))
        self.region_edit = LineEdit(placeholder=self.tr("For example eu-de"))
        self.fields["cloud"] = Field(self.tr("Clo&ud"), self.cloud)
        self.fields["region"] = Field(self.tr("&Region"), self.region)
        self._region_text = Field(self.tr("&Region"), self.region_edit)
        line = row(gap=4)
        for field, share in ((self.fields["cloud"], 3), (self.fields["region"], 2), (self._region_text, 2)):
            line.addWidget(field, share, Qt.AlignmentFlag.AlignTop)
        return line

    def _credentials_of_password(self) -> QWidget:
        return _pairs(
            self._line(
                "domain",
                self.tr("&Account"),
                self.domain,
                help_text=self.tr("The account's name, not an e-mail address."),
            ),
            self._line("user", self.tr("Us&er"), self.user),
            self._line("password", self.tr("Pass&word"), self.password),
            self._line(
                "passcode",
                self.tr("One-&time code"),
                self.passcode,
                help_text=self.tr("Of the virtual MFA device, if the user has one. Good once, and never stored."),
            ),
            self._line(
                "user_id",
                self.tr("User ID"),
                self.user_id,
                optional=True,
                help_text=self.tr("Huawei Cloud asks for it beside a code: My Credentials, API Credentials."),
            ),
        )

    def _credentials_of_key(self) -> QWidget:
        return _pairs(
            self._line("access_key", self.tr("Access &key"), self.access_key),
            self._line("secret_key", self.tr("Secret ke&y"), self.secret_key),
            self._line(
                "security_token",
                self.tr("Security &token"),
                self.security_token,
                help_text=self.tr(
                    "Ends with its key, within a day. A run that lasts longer stops and asks for new ones."
                ),
            ),
        )

    def _credentials_of_token(self) -> QWidget:
        return _pairs(
            self._line(
                "token",
                self.tr("&Token"),
                self.token,
                help_text=self.tr(
                    "Paste the whole of it. It brings its project, ends within a day, and is not renewed."
                ),
            )
        )

    def _connect(self) -> None:
        self.cloud.currentIndexChanged.connect(lambda _: self._touched("cloud"))
        self.region.currentIndexChanged.connect(lambda _: self._touched("region"))
        self.method.changed.connect(lambda _: self._touched("method"))
        self.region_edit.textEdited.connect(lambda _: self._touched("region"))
        self.keep.toggled.connect(self._keep_toggled)

    # -- what the page reads

    def account(self) -> Account:
        """The answers typed, without any secret. A project chosen at sign-in stays while it is of the same place."""
        cloud = self.cloud.currentData() or ""
        if cloud == PRACTICE:
            kept = self._account if self._account.cloud == PRACTICE else Account(cloud=PRACTICE)
            return msgspec.structs.replace(kept, keep_secret=self.keep.isChecked())
        region = self.region_edit.text().strip() if cloud == CUSTOM else self.region.currentData() or ""
        made = Account(
            cloud=cloud,
            region=region,
            method=self.method.value(),
            domain=self.domain.text().strip(),
            user=self.user.text().strip(),
            user_id=self.user_id.text().strip(),
            access_key=self.access_key.text().strip(),
            endpoints=self.advanced.endpoints() if cloud == CUSTOM else {},
            like=self.advanced.text("like") if cloud == CUSTOM else "",
            proxy=self.advanced.text("proxy"),
            proxy_user=self.advanced.text("proxy_user"),
            ca_file=self.advanced.text("ca_file"),
            project_name=self.advanced.text("project_name"),
            keep_secret=self.keep.isChecked(),
        )
        kept = self._account
        if same_place(made, kept) and made.project_name in ("", kept.project_name):
            made = msgspec.structs.replace(made, project_id=kept.project_id, project_name=kept.project_name)
        return made

    def login(self) -> Login | None:
        """What was typed to sign in with; None if the secret is missing."""
        if self.method.value() == "password":
            if not self.password.text():
                return None
            return PasswordLogin(
                domain=self.domain.text().strip(),
                user=self.user.text().strip(),
                password=Secret(self.password.text()),
                passcode=self.passcode.text().strip() if self.code_wanted else "",
                user_id=self.user_id.text().strip(),
            )
        if self.method.value() == "token":
            token = self.token.text().strip()
            return TokenLogin(Secret(token)) if token else None
        if not self.secret_key.text() or not self.access_key.text().strip():
            return None
        token = self.security_token.text().strip() if self.method.value() == "temporary_key" else ""
        if self.method.value() == "temporary_key" and not token:
            return None
        return KeyLogin(
            access_key=self.access_key.text().strip(),
            secret_key=Secret(self.secret_key.text().strip()),
            security_token=Secret(token) if token else None,
        )

    def secret_field(self) -> str:
        """The field that the secret is typed into."""
        method = self.method.value()
        return method if method in ("password", "token") else "secret_key"

    def want_code(self, wanted: bool) -> None:
        """Whether this user signs in with a one-time code as well."""
        self.code_wanted = wanted
        self._arrange()

    def fill_login(self, login: Login | None) -> None:
        """Put in secrets that stood elsewhere, in place of those that were typed."""
        self.forget_secrets()
        if isinstance(login, PasswordLogin):
            self.password.setText(login.password.reveal())
        elif isinstance(login, TokenLogin):
            self.token.setText(login.token.reveal())
        elif login is not None:
            self.secret_key.setText(login.secret_key.reveal())
            self.security_token.setText(login.security_token.reveal() if login.security_token else "")

    # -- what the page shows

    def show_account(self, account: Account) -> None:
        """Show answers that came from elsewhere; typed secrets stay, and so does the cursor where nothing differs."""
        self._showing = True
        before, self._account = self._account, account
        if account.cloud in self.choices:
            self.cloud.choose(account.cloud)
        self._show_regions(account)
        self.method.set_value(account.method)
        for edit, text in (
            (self.domain, account.domain),
            (self.user, account.user),
            (self.user_id, account.user_id),
            (self.access_key, account.access_key),
            (self.region_edit, account.region),
        ):
            if account.cloud != PRACTICE and edit.text().strip() != text:
                edit.setText(text)
        if account.cloud != PRACTICE and not (same_place(before, account) and before.like == account.like):
            self.advanced.show_account(account)
        self.keep.setChecked(account.keep_secret)
        self._arrange()
        self.advanced.explain_kind(account)
        self._showing = False

    def show_keeping(self, sentence: str) -> None:
        """Where the secret will be (or is) kept."""
        self.keep_sentence = sentence
        self._arrange()

    def show_kept(self, kept: bool) -> None:
        """The keyring holds the secret of this account, so that it need not be typed."""
        hint = self.tr("Kept; type to replace it") if kept else ""
        self.password.setPlaceholderText(hint)
        self.secret_key.setPlaceholderText(hint)
        self.token.setPlaceholderText(hint)

    def forget_secrets(self) -> None:
        """Empty every field that holds a secret."""
        for edit in (self.password, self.passcode, self.secret_key, self.security_token, self.token):
            edit.clear()
        self.advanced.forget_secrets()

    def field(self, name: str) -> Field | None:
        """The field of a name, or of the nearest one that is shown; None if the form has no place for it."""
        cloud = self.cloud.currentData() or ""
        if name == "region" and cloud == CUSTOM:
            return self._region_text
        if name == "endpoints":
            name = "endpoints.iam"
        field = self.fields.get(name)
        if field is None or (cloud == PRACTICE and name != "cloud"):
            return None
        if (name.startswith("endpoints.") or name == "like") and cloud != CUSTOM:
            return self.fields["region"]
        return field

    def show_error(self, name: str, text: str) -> Field | None:
        """Show an error where the answer was given; returns the field, None if there is none for it."""
        if (self.advanced.has(name) or name == "endpoints") and self.advanced.isVisibleTo(self):
            self.advanced.reveal()
        field = self.field(name)
        if field is None:
            return None
        field.set_error(text)
        return field

    def clear_errors(self) -> None:
        for field in (*self.fields.values(), self._region_text):
            field.reset()

    # --

    def _touched(self, name: str) -> None:
        if self._showing:
            return
        if name == "cloud":
            self._show_regions(msgspec.structs.replace(self._account, cloud=self.cloud.currentData() or "", region=""))
        if name in ("cloud", "region", "domain", "user"):
            self.code_wanted = False  # another user may have no device
        if name in ("cloud", "method"):
            self.clear_errors()
            self._arrange()
            if name == "cloud" and self.cloud.currentData() == CUSTOM:
                self.advanced.set_open(True)
        elif (field := self.field(name)) is not None:
            field.reset()
        if name in ("cloud", "region", "like") or name.startswith("endpoints."):
            self.advanced.explain_kind(self.account())
        self.edited.emit()

    def _keep_toggled(self, kept: bool) -> None:
        if not self._showing:
            self.kept_toggled.emit(kept)

    def _show_regions(self, account: Account) -> None:
        choice = self.choices.get(account.cloud)
        items: list[tuple[str, Any]] = list(choice.regions) if choice else []
        if account.region and choice and choice.regions and account.region not in [region for _, region in items]:
            items.append((account.region, account.region))
        blocked = self.region.blockSignals(True)
        self.region.set_items(items, keep=False)
        self.region.setCurrentIndex(self.region.findData(account.region))
        if len(items) == 1:
            self.region.setCurrentIndex(0)
        self.region.blockSignals(blocked)

    def _arrange(self) -> None:
        choice: CloudChoice | None = self.choices.get(self.cloud.currentData() or "")
        cloud = choice.id if choice else ""
        practice, password = cloud == PRACTICE, self.method.value() == "password"
        asked = bool(cloud) and not practice
        self.fields["cloud"].set_help(
            choice.note if choice else self.tr("Where the image is made. The practice cloud is safe to try.")
        )
        self.fields["region"].setVisible(cloud not in ("", PRACTICE, CUSTOM))
        self._region_text.setVisible(cloud == CUSTOM)
        self.practice_note.setVisible(practice)
        self.method.setVisible(asked)
        lasting = self.method.value() in ("password", "access_key")
        self._show_credentials(self.method.value() if asked else "")
        self.keep.setVisible(asked and lasting)
        self.session_note.setVisible(asked and not lasting)
        self.keep.box.setText(
            self.tr("Kee&p the password in the system keyring")
            if password
            else self.tr("Kee&p the secret key in the system keyring")
        )
        self.keep.set_help(self.keep_sentence)
        self.advanced.setVisible(asked)
        self.advanced.show_endpoints(cloud == CUSTOM)

    def _show_credentials(self, method: str) -> None:
        """The fields of one method, or of none."""
        kind = "key" if method in ("access_key", "temporary_key") else method
        if kind and kind not in self._rows:
            build, order = {
                "password": (
                    self._credentials_of_password,
                    (self.domain, self.user, self.password, self.passcode, self.user_id),
                ),
                "key": (self._credentials_of_key, (self.access_key, self.secret_key, self.security_token)),
                "token": (self._credentials_of_token, (self.token,)),
            }[kind]
            self._rows[kind] = made = build()
            self._credentials.addWidget(made)
            before: QWidget = self.method.buttons()[-1]
            for edit in order:
                QWidget.setTabOrder(before, edit)
                before = edit
        for name, widget in self._rows.items():
            widget.setVisible(name == kind)
        for name, wanted in (
            ("passcode", self.code_wanted),
            ("user_id", self.code_wanted),
            ("security_token", method == "temporary_key"),
        ):
            if name in self.fields:
                self.fields[name].setVisible(wanted)


def same_place(one: Account, other: Account) -> bool:
    """Whether a project chosen with one account means the same with the other."""
    return (one.cloud, one.region, one.method, one.domain, one.access_key, one.endpoints) == (
        other.cloud,
        other.region,
        other.method,
        other.domain,
        other.access_key,
        other.endpoints,
    )


def _pairs(*fields: Field) -> QWidget:
    """Fields two by two, aligned at the top."""
    from isowright_gui.widgets import grid

    holder = QWidget()
    table = grid(holder, gap=4)
    for number, field in enumerate(fields):
        table.addWidget(field, number // 2, number % 2, Qt.AlignmentFlag.AlignTop)
    table.setColumnStretch(0, 1)
    table.setColumnStretch(1, 1)
    return holder
