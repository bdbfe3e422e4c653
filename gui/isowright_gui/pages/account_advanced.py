"""What few accounts need: endpoints written out, a project by name, a proxy, the certificate of a private authority."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from isowright.recipe import REQUIRED_SERVICES, SERVICES, Account
from isowright_gui.widgets import Button, Disclosure, Field, LineEdit, grid, row


class AdvancedPanel(Disclosure):
    """`fields` by recipe name: proxy, ca_file, project_name, endpoints.iam, …; `ca_wanted`: choose a file."""

    ca_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent=parent)
        self.fields: dict[str, Field] = {}
        self._endpoints = QWidget()
        table = grid(self._endpoints, gap=4)
        for number, service in enumerate(SERVICES):
            field = Field(
                self._service_title(service),
                LineEdit(placeholder="https://", mono=True),
                optional=service not in REQUIRED_SERVICES,
            )
            self.fields[f"endpoints.{service}"] = field
            table.addWidget(field, number // 2, number % 2, Qt.AlignmentFlag.AlignTop)
        self.fields["project_name"] = Field(
            self.tr("Project by &name"),
            LineEdit(),
            self.tr("Empty: the region's own project. After sign-in you can choose from a list."),
            optional=True,
        )
        self.fields["proxy"] = Field(
            self.tr("Pro&xy"),
            LineEdit(placeholder="http://proxy:3128"),
            self.tr("Empty: this computer's own settings."),
            optional=True,
        )
        self._rest = QWidget()
        rest = grid(self._rest, gap=4)
        rest.addWidget(self.fields["project_name"], 0, 0, Qt.AlignmentFlag.AlignTop)
        rest.addWidget(self.fields["proxy"], 0, 1, Qt.AlignmentFlag.AlignTop)
        for each in (table, rest):
            each.setColumnStretch(0, 1)
            each.setColumnStretch(1, 1)
        self.fields["ca_file"] = Field(
            self.tr("CA &file"),
            LineEdit(),
            self.tr("Certificates (PEM) of the authority that signed the cloud's, if it is a private one."),
            optional=True,
        )
        self.choose_ca = Button(self.tr("Choose…"))
        self.choose_ca.setAccessibleName(self.tr("Choose a CA file"))
        self.choose_ca.clicked.connect(self.ca_wanted)
        holder = QWidget()
        line = row(holder, gap=2)
        line.addWidget(self.fields["ca_file"], 1)
        # As low as the control beside it: under a label of the same height.
        aside = Field(" ", self.choose_ca)
        line.addWidget(aside, 0, Qt.AlignmentFlag.AlignTop)
        for widget in (self._endpoints, self._rest, holder):
            self.add(widget)
        self.show_endpoints(False)

    def text(self, name: str) -> str:
        """What a field holds."""
        return self._edit(name).text().strip()

    def set_text(self, name: str, text: str) -> None:
        """Fill a field."""
        self._edit(name).setText(text)

    def endpoints(self) -> dict[str, str]:
        """Service → URL, without the empty ones and without a slash at the end."""
        found = {service: self.text(f"endpoints.{service}").rstrip("/") for service in SERVICES}
        return {service: url for service, url in found.items() if url}

    def show_account(self, account: Account) -> None:
        """Show stored answers; opens by itself if one of them lies in here."""
        for service in SERVICES:
            if self.text(f"endpoints.{service}").rstrip("/") != account.endpoints.get(service, ""):
                self.set_text(f"endpoints.{service}", account.endpoints.get(service, ""))
        for name, value in (("proxy", account.proxy), ("ca_file", account.ca_file)):
            if self.text(name) != value:
                self.set_text(name, value)
        if account.proxy or account.ca_file or account.endpoints:
            self.set_open(True)

    def show_endpoints(self, wanted: bool) -> None:
        """Endpoints are asked for only with custom ones."""
        self._endpoints.setVisible(wanted)
        self.button.setText(
            self.tr("Ad&vanced: endpoints, project, proxy and CA file")
            if wanted
            else self.tr("Ad&vanced: project, proxy and CA file")
        )

    def _edit(self, name: str) -> QLineEdit:
        control = self.fields[name].control
        assert isinstance(control, QLineEdit)
        return control

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
