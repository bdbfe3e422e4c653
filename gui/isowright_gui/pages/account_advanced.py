"""What few accounts need: endpoints written out, a project by name, a proxy, the certificate of a private authority."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from isowright.cloud.models import Secret
from isowright.cloud.proxy import ProxyLogin
from isowright.recipe import ALL_SERVICES, REQUIRED_SERVICES, SERVICES, Account
from isowright_gui.pages.account_kind import KindField
from isowright_gui.widgets import Button, Disclosure, Field, LineEdit, PasswordEdit, grid, row

_ENDPOINTS = (ALL_SERVICES, *SERVICES)
_NAMES = (
    "project_name",
    "proxy",
    "proxy_user",
    "proxy_password",
    "ca_file",
    "like",
    *(f"endpoints.{service}" for service in _ENDPOINTS),
)


class AdvancedPanel(Disclosure):
    """Its fields are made when they are first wanted: they are half of the page, and few ever open them.

    `fields`: where they are entered by recipe name (proxy, ca_file, project_name, endpoints.iam, …); the proxy's
    password is the one that no recipe has. `edited(name)`: the operator typed; `ca_wanted`: choose a file.
    """

    edited = Signal(str)
    ca_wanted = Signal()

    def __init__(self, fields: dict[str, Field], parent: QWidget | None = None) -> None:
        super().__init__("", parent=parent)
        self._fields = fields
        self._stored: dict[str, str] = {}  # answers of fields not made yet
        self._endpoints: QWidget | None = None
        self._kind: KindField | None = None
        self._rest: QWidget | None = None
        # Two pieces of work, with a look at the operator in between: making all at once would halt the window.
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._make_rest)
        self.toggled.connect(self._opened)
        self.show_endpoints(False)

    def has(self, name: str) -> bool:
        """Whether a field of this name belongs here, made or not."""
        return name in _NAMES

    def reveal(self) -> None:
        """Open, with all fields at once: one of them is wanted."""
        self.set_open(True)
        self._make_rest()

    def text(self, name: str) -> str:
        """What a field holds."""
        if name == "like" and self._kind is not None:
            return self._kind.kind()
        edit = self._edit(name)
        return edit.text().strip() if edit else self._stored.get(name, "")

    def set_text(self, name: str, text: str) -> None:
        """Fill a field."""
        if name == "like" and self._kind is not None:
            self._kind.show_kind(text)
        elif edit := self._edit(name):
            edit.setText(text)
        else:
            self._stored[name] = text

    def endpoints(self) -> dict[str, str]:
        """Service → URL, without the empty ones and without a slash at the end; ALL_SERVICES → the pattern."""
        found = {service: self.text(f"endpoints.{service}").rstrip("/") for service in _ENDPOINTS}
        return {service: url for service, url in found.items() if url}

    def proxy_login(self) -> ProxyLogin | None:
        """Who passes the proxy, if a password was typed."""
        edit = self._edit("proxy_password")
        if edit is None or not edit.text() or not self.text("proxy_user"):
            return None
        return ProxyLogin(self.text("proxy_user"), Secret(edit.text()))

    def forget_secrets(self) -> None:
        """Empty the proxy's password."""
        if edit := self._edit("proxy_password"):
            edit.clear()

    def show_account(self, account: Account) -> None:
        """Show stored answers; opens by itself if one of them lies in here."""
        for service in _ENDPOINTS:
            if self.text(f"endpoints.{service}").rstrip("/") != account.endpoints.get(service, ""):
                self.set_text(f"endpoints.{service}", account.endpoints.get(service, ""))
        answers = (
            ("proxy", account.proxy),
            ("proxy_user", account.proxy_user),
            ("ca_file", account.ca_file),
            ("like", account.like),
        )
        for name, value in answers:
            if self.text(name) != value:
                self.set_text(name, value)
        if account.proxy or account.proxy_user or account.ca_file or account.endpoints:
            self.set_open(True)

    def explain_kind(self, account: Account) -> None:
        """Say which kind of cloud custom endpoints are taken for."""
        if self._kind is not None:
            self._kind.explain(account)

    def show_endpoints(self, wanted: bool) -> None:
        """Endpoints are asked for only with custom ones."""
        if wanted:
            self._make_endpoints()
        if self._endpoints is not None:
            self._endpoints.setVisible(wanted)
        self.button.setText(
            self.tr("Ad&vanced: endpoints, project, proxy and CA file")
            if wanted
            else self.tr("Ad&vanced: project, proxy and CA file")
        )

    # --

    def _opened(self, is_open: bool) -> None:
        if is_open and self._rest is None:
            self._later.start()

    def _make_endpoints(self) -> None:
        if self._endpoints is not None:
            return
        self._endpoints = QWidget(self.content)
        table = grid(self._endpoints, gap=4)
        pattern = LineEdit(placeholder="https://{service}.{region}.cloud.example", mono=True, parent=self._endpoints)
        pattern_field = Field(
            self.tr("Pattern for a&ll"),
            pattern,
            self.tr("For every service without a URL of its own below: {service} is iam, ims, ecs and so on."),
            optional=True,
            parent=self._endpoints,
        )
        table.addWidget(pattern_field, 0, 0, 1, 2, Qt.AlignmentFlag.AlignTop)
        self._enter(f"endpoints.{ALL_SERVICES}", pattern_field, pattern)
        for number, service in enumerate(SERVICES, start=2):
            edit = LineEdit(placeholder="https://", mono=True, parent=self._endpoints)
            field = Field(
                self._service_title(service),
                edit,
                optional=service not in REQUIRED_SERVICES,
                parent=self._endpoints,
            )
            table.addWidget(field, number // 2, number % 2, Qt.AlignmentFlag.AlignTop)
            self._enter(f"endpoints.{service}", field, edit)
        self._kind = KindField(self._stored.pop("like", ""), parent=self._endpoints)
        self._kind.choice.activated.connect(lambda _: self.edited.emit("like"))
        self._fields["like"] = self._kind
        last = len(SERVICES) + 2
        table.addWidget(self._kind, last // 2, last % 2, Qt.AlignmentFlag.AlignTop)
        table.setColumnStretch(0, 1)
        table.setColumnStretch(1, 1)
        self.body.insertWidget(0, self._endpoints)

    def _make_rest(self) -> None:
        if self._rest is not None:
            return
        self._rest = QWidget(self.content)
        table = grid(self._rest, gap=4)
        project, proxy, ca_file = LineEdit(), LineEdit(placeholder="http://proxy:3128"), LineEdit()
        project_field = Field(
            self.tr("Project by &name"),
            project,
            self.tr("Empty: the region's own project. After sign-in you can choose from a list."),
            optional=True,
        )
        proxy_field = Field(
            self.tr("Pro&xy"),
            proxy,
            self.tr("Empty: this computer's own settings, but no PAC file. “direct”: none. SOCKS is not supported."),
            optional=True,
        )
        proxy_user, proxy_password = LineEdit(), PasswordEdit()
        user_field = Field(self.tr("Proxy's user"), proxy_user, self.tr("Only if the proxy asks."), optional=True)
        password_field = Field(
            self.tr("Proxy's password"),
            proxy_password,
            self.tr("Kept where the sign-in's secret is kept, never in a profile. Empty: the kept one."),
            optional=True,
        )
        ca_field = Field(
            self.tr("CA &file"),
            ca_file,
            self.tr("Certificates (PEM) of a private authority. This computer's own are trusted without."),
            optional=True,
        )
        choose = Button(self.tr("Choose…"))
        choose.setAccessibleName(self.tr("Choose a CA file"))
        choose.clicked.connect(self.ca_wanted)
        ca_line = row(gap=2)
        ca_line.addWidget(ca_field, 1)
        # As low as the control beside it: under a label of the same height.
        ca_line.addWidget(Field(" ", choose), 0, Qt.AlignmentFlag.AlignTop)
        table.addWidget(project_field, 0, 0, Qt.AlignmentFlag.AlignTop)
        table.addWidget(proxy_field, 0, 1, Qt.AlignmentFlag.AlignTop)
        table.addWidget(user_field, 1, 0, Qt.AlignmentFlag.AlignTop)
        table.addWidget(password_field, 1, 1, Qt.AlignmentFlag.AlignTop)
        table.addLayout(ca_line, 2, 0, 1, 2)
        table.setColumnStretch(0, 1)
        table.setColumnStretch(1, 1)
        self._enter("project_name", project_field, project)
        self._enter("proxy", proxy_field, proxy)
        self._enter("proxy_user", user_field, proxy_user)
        self._enter("proxy_password", password_field, proxy_password)
        self._enter("ca_file", ca_field, ca_file)
        self.body.addWidget(self._rest)

    def _enter(self, name: str, field: Field, edit: QLineEdit) -> None:
        edit.setText(self._stored.pop(name, ""))
        edit.textEdited.connect(lambda _: self.edited.emit(name))
        self._fields[name] = field

    def _edit(self, name: str) -> QLineEdit | None:
        field = self._fields.get(name)
        if field is None:
            return None
        assert isinstance(field.control, QLineEdit)
        return field.control

    def _service_title(self, service: str) -> str:
        return {
            "iam": self.tr("IAM: identity"),
            "ims": self.tr("IMS: images"),
            "ecs": self.tr("ECS: servers"),
            "evs": self.tr("EVS: disks"),
            "vpc": self.tr("VPC: networks"),
            "obs": self.tr("OBS: objects"),
            "eps": self.tr("EPS: enterprise projects"),
        }[service]
