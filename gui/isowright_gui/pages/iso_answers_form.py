"""The form from which an answer file is written: what an installer would ask. Knows no files and no recipes."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QGridLayout, QPlainTextEdit, QWidget

from isowright.unattended.answers import AnswerProblem, Answers
from isowright_gui.theme import set_type, theme
from isowright_gui.widgets import Button, CheckRow, Field, Icon, LineEdit, WrapLabel, column, grid, row

HASH_COMMAND = "openssl passwd -6"
_KEY_LINES = 3


def _tr(text: str) -> str:
    return QCoreApplication.translate("IsoPage", text)


class KeysEdit(QPlainTextEdit):
    """Lines of `authorized_keys`. Tab goes on; a dropped file is meant for the page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_type(self, "mono")
        self.setTabChangesFocus(True)
        self.setAcceptDrops(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.retheme()

    def retheme(self) -> None:
        self.setFixedHeight(QFontMetrics(self.font()).lineSpacing() * _KEY_LINES + theme().s(6))

    def keys(self) -> tuple[str, ...]:
        """The lines that are not empty."""
        return tuple(line.strip() for line in self.toPlainText().splitlines() if line.strip())


class AnswersForm(QWidget):
    """Signal `edited`, by the operator only. `answers()` are as they stand, right or wrong."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._touched: set[str] = set()
        self._problems: list[AnswerProblem] = []
        self.edits = {name: LineEdit() for name in ("language", "timezone", "keyboard", "hostname", "user", "packages")}
        self.edits["mirror"] = LineEdit(mono=True)
        self.edits["password_hash"] = LineEdit(mono=True)
        self.keys = KeysEdit()
        self.fields = {
            "user": Field(_tr("&User"), self.edits["user"], _tr("Who logs in, such as ops; or root.")),
            "hostname": Field(_tr("Host &name"), self.edits["hostname"]),
            "ssh_keys": Field(_tr("SSH &public keys"), self.keys, _tr("One a line, as in a .pub file.")),
            "password_hash": Field(
                _tr("Password hash"), self.edits["password_hash"], _tr("Never the password itself."), optional=True
            ),
            "language": Field(_tr("Language"), self.edits["language"], _tr("Such as de_DE.UTF-8.")),
            "timezone": Field(_tr("Time &zone"), self.edits["timezone"], _tr("Such as Europe/Berlin.")),
            "keyboard": Field(_tr("Keyboard"), self.edits["keyboard"], _tr("Such as us, or de-nodeadkeys.")),
            "mirror": Field(
                _tr("Packages' mirror"),
                self.edits["mirror"],
                _tr("Empty: as the installer chooses."),
                optional=True,
            ),
            "packages": Field(
                _tr("Further packages"), self.edits["packages"], _tr("Separated by spaces."), optional=True
            ),
        }
        self.copy_command = Button(_tr("Copy the command {command}").format(command=HASH_COMMAND), "link", "copy")
        self.copy_command.setAccessibleDescription(_tr("It asks for a password in a terminal and prints its hash."))
        self.virtio = CheckRow(
            _tr("&Virtio drivers in the initrd"),
            _tr("Without them the image finds no disk on some hosts."),
            checked=True,
        )
        self.cloud_init = CheckRow(
            _tr("Cloud-ini&t"),
            _tr("Takes host name, keys and disk size from the cloud at each first start."),
            checked=True,
        )
        self._lay_out()
        for name, edit in self.edits.items():
            edit.textEdited.connect(lambda _, name=name: self._edited(name))
            edit.setAcceptDrops(False)  # a file dropped here is meant for the page
        self.keys.textChanged.connect(lambda: self._edited("ssh_keys"))
        for box in (self.virtio, self.cloud_init):
            box.toggled.connect(lambda _: self._edited(""))
        self.copy_command.clicked.connect(self._copy)
        self.show_answers(Answers())

    def _lay_out(self) -> None:
        fields = grid(gap=4)
        top = Qt.AlignmentFlag.AlignTop
        hashed = QWidget()
        below = column(hashed, gap=0.5)
        below.addWidget(self.fields["password_hash"])
        line = row()
        line.addWidget(self.copy_command)
        line.addStretch(1)
        below.addLayout(line)
        fields.addWidget(self.fields["user"], 0, 0, top)
        fields.addWidget(self.fields["hostname"], 0, 1, top)
        fields.addWidget(self.fields["ssh_keys"], 1, 0, 1, 2)
        fields.addWidget(hashed, 2, 0, 1, 2)
        self._pairs(fields, 3, (("language", "timezone"), ("keyboard", "packages")))
        fields.addWidget(self.fields["mirror"], 5, 0, 1, 2)
        fields.addWidget(self.virtio, 6, 0, top)
        fields.addWidget(self.cloud_init, 6, 1, top)
        for at in (0, 1):
            fields.setColumnStretch(at, 1)
        body = column(self, gap=4)
        body.addLayout(fields)
        facts = column(gap=1)
        for icon, text in (
            ("hard-drive", _tr("Installs onto the data disk, the second one; all of it is used.")),
            ("power", _tr("Powers the server off at the end, and the run goes on.")),
        ):
            fact = row(gap=2)
            fact.addWidget(Icon(icon, "muted"), 0, top)
            fact.addWidget(WrapLabel(text, "caption", "muted"), 1)
            facts.addLayout(fact)
        body.addLayout(facts)

    def _pairs(self, fields: QGridLayout, first: int, names: Iterable[tuple[str, str]]) -> None:
        for at, pair in enumerate(names):
            for side, name in enumerate(pair):
                fields.addWidget(self.fields[name], first + at, side, Qt.AlignmentFlag.AlignTop)

    # -- the answers

    def answers(self) -> Answers:
        """As they stand, right or wrong."""
        text = {name: edit.text().strip() for name, edit in self.edits.items() if name != "packages"}
        return replace(
            Answers(),
            **text,
            ssh_keys=self.keys.keys(),
            packages=tuple(self.edits["packages"].text().split()),
            virtio=self.virtio.isChecked(),
            cloud_init=self.cloud_init.isChecked(),
        )

    def show_answers(self, answers: Answers) -> None:
        """In place of what stands there."""
        if answers != self.answers():
            for name, edit in self.edits.items():
                edit.setText(" ".join(answers.packages) if name == "packages" else str(getattr(answers, name)))
                edit.setCursorPosition(0)
            blocked = self.keys.blockSignals(True)
            self.keys.setPlainText("\n".join(answers.ssh_keys))
            self.keys.blockSignals(blocked)
            for box, checked in ((self.virtio, answers.virtio), (self.cloud_init, answers.cloud_init)):
                blocked = box.box.blockSignals(True)
                box.setChecked(checked)
                box.box.blockSignals(blocked)
        self._touched.clear()
        self._show_problems()

    def problems(self) -> list[AnswerProblem]:
        """Empty = an answer file can be written."""
        return self._problems

    def reveal(self) -> None:
        """Say everything that is wrong where it is wrong, also of fields that nobody has been to."""
        self._touched.update(self.fields)
        self._show_problems()

    def first_wrong(self) -> QWidget | None:
        """The first field in reading order that needs something."""
        wrong = {problem.field for problem in self._problems}
        return next((field.control for name, field in self.fields.items() if name in wrong), None)

    def _edited(self, name: str) -> None:
        self._touched.add(name)
        self._show_problems()
        self.edited.emit()

    def _show_problems(self) -> None:
        self._problems = self.answers().problems()
        first: dict[str, AnswerProblem] = {}
        for problem in self._problems:
            first.setdefault(problem.field, problem)
        for name, field in self.fields.items():
            told = first.get(name) if name in self._touched else None
            field.set_error(f"{told.message} {told.remedy}" if told else None)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(HASH_COMMAND)
        self.copy_command.setText(_tr("Copied"))
