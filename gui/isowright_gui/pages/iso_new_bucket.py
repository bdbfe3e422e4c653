"""Making a bucket: its name is checked as it is typed, by rule and by asking whether somebody has it already."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from isowright.cloud.bucket_rules import bucket_name_problem, proposed_bucket
from isowright.cloud.client import Cloud
from isowright.errors import AppError, ForbiddenError, NotFoundError
from isowright_gui.dialogs import Dialog
from isowright_gui.session import WizardSession
from isowright_gui.tasks import TaskScope
from isowright_gui.widgets import BusyButton, Field, LineEdit, WrapLabel, row
from isowright_gui.widgets.buttons import Button

DELAY = 300  # ms without typing before the cloud is asked


class NewBucketDialog(Dialog):
    """`await dialog.use()`: the name of the bucket made, or ""."""

    def __init__(self, session: WizardSession, cloud: Cloud, parent: QWidget) -> None:
        super().__init__(parent, parent.tr("New bucket"))
        self._cloud = cloud
        self._region = session.recipe.account.region
        self.made = ""
        self.tasks = TaskScope("new-bucket", self._failed)
        self._closed = asyncio.Event()
        text = self.tr(
            "In {region}, of the Standard class, private: nobody else can read it. What lies in it is billed as "
            "storage; an empty bucket costs nothing."
        )
        self.body.addWidget(WrapLabel(text.format(region=self._region), "body", "muted"))
        self.name = LineEdit()
        self.field = Field(self.tr("&Name"), self.name)
        self.body.addWidget(self.field)
        self.cancel = Button(self.tr("&Cancel"), "secondary")
        self.cancel.clicked.connect(self.reject)
        self.make = BusyButton(self.tr("&Make the bucket"))
        self.make.clicked.connect(self._wanted)
        line = row(gap=3)
        line.addStretch(1)
        line.addWidget(self.cancel)
        line.addWidget(self.make)
        self.body.addStretch(1)
        self.body.addLayout(line)
        self._timer = QTimer(self, singleShot=True, interval=DELAY)
        self._timer.timeout.connect(lambda: self.tasks.spawn(self._ask(), name="ask", replace=True))
        identity = session.identity
        self.name.setText(proposed_bucket(identity.domain if identity else "", self._region))
        self.name.textEdited.connect(lambda _: self._look())
        self.finished.connect(lambda _: self._closed.set())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            (self.cancel if self.cancel.hasFocus() else self.make).click()
            event.accept()
            return
        super().keyPressEvent(event)

    async def use(self) -> str:
        """Show it until it is closed."""
        self._look()
        self.show_now()
        self.name.selectAll()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        try:
            await self._closed.wait()
            return self.made
        finally:
            self.hide()
            await self.tasks.close()
            self.deleteLater()

    def _help(self) -> str:
        return self.tr(
            "3 to 63 lower-case letters, digits and hyphens. Names are shared by all customers of the cloud."
        )

    def _look(self) -> None:
        self._timer.stop()
        self.tasks.cancel("ask")
        self.field.set_help(self._help())
        problem = bucket_name_problem(self.name.text())
        self.field.set_error(" ".join(problem) if problem and self.name.text() else None)
        if problem is None:
            self.field.set_checking(True, self.tr("Checking whether the name is free…"))
            self._timer.start()

    async def _ask(self) -> None:
        name = self.name.text()
        try:
            await self._cloud.obs.bucket(name)
        except NotFoundError:
            self.field.set_ok(self.tr("Nobody has a bucket of this name."))
        except ForbiddenError:
            self.field.set_error(self.tr("Somebody else has a bucket of this name. Choose another name."))
        except AppError:
            self.field.reset()  # making it will tell
        else:
            self.field.set_error(self.tr("You have a bucket of this name already: choose it in the list."))

    def _wanted(self) -> None:
        problem = bucket_name_problem(self.name.text())
        if problem is not None:
            self.field.set_error(" ".join(problem))
            self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        elif not self.make.busy():
            self._timer.stop()
            self.tasks.cancel("ask")
            self.make.set_busy(self.tr("Making it…"))
            self.name.setReadOnly(True)
            self.tasks.spawn(self._make(self.name.text()), name="make")

    async def _make(self, name: str) -> None:
        try:
            await self._cloud.obs.create_bucket(name, self._region)
            self.made = name
        finally:
            self.make.set_busy(None)
            self.name.setReadOnly(False)
        self.accept()

    def _failed(self, error: AppError) -> None:
        self.field.set_error(" ".join(part for part in (error.title, error.remedy) if part))
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)
