"""An ISO by its name, for whoever may read objects but not list buckets or folders."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from isowright.recipe import iso_key_problem
from isowright_gui.widgets import BusyButton, Field, LineEdit, Section, row


class NamedIso(Section):
    """Signals `wanted(bucket, key)`: two names that could be right, the key with its folders."""

    wanted = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("IsoPage", "Or type where it is"), parent)
        self.bucket, self.key = LineEdit(), LineEdit()
        self.bucket_field = Field(self.tr("B&ucket name"), self.bucket)
        self.key_field = Field(
            self.tr("&Object name"), self.key, self.tr("With its folders, for instance linux/debian-12.iso.")
        )
        self.use = BusyButton(self.tr("&Use this object"), "secondary")
        self.use.clicked.connect(self._use)
        fields = row(gap=4)
        for field in (self.bucket_field, self.key_field):
            fields.addWidget(field, 1, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(fields)
        foot = row()
        foot.addWidget(self.use)
        foot.addStretch(1)
        self.body.addLayout(foot)

    def fill(self, bucket: str, key: str) -> None:
        """What is known already, where nothing was typed."""
        for line, text in ((self.bucket, bucket), (self.key, key)):
            if text and not line.text():
                line.setText(text)

    def show_problem(self, text: str, *, of_bucket: bool) -> None:
        """Why these names do not do."""
        (self.bucket_field if of_bucket else self.key_field).set_error(text)
        (self.bucket if of_bucket else self.key).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter looks these names up, and goes no further."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._use()
            event.accept()
            return
        super().keyPressEvent(event)

    def _use(self) -> None:
        bucket, key = self.bucket.text().strip(), self.key.text().strip().lstrip("/")
        problem = iso_key_problem(key)
        self.bucket_field.set_error(None if bucket else self.tr("Type the bucket's name."))
        self.key_field.set_error(" ".join(problem) if problem and key else None if key else self._no_key())
        if not bucket:
            self.bucket.setFocus()
        elif not key or problem:
            self.key.setFocus()
        elif not self.use.busy():
            self.wanted.emit(bucket, key)

    def _no_key(self) -> str:
        return self.tr("Type the object's name, which ends in .iso.")
