"""The image's name: legal as typed, free as asked. IMS refuses a taken name only when the capture begins, too late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from isowright.errors import AppError
from isowright.recipe import image_name_problem
from isowright_gui.pages.image_guess import next_name
from isowright_gui.session import WizardSession
from isowright_gui.tasks import TaskScope
from isowright_gui.widgets import Button, Field, LineEdit, column, row

if TYPE_CHECKING:
    from isowright.cloud.client import Cloud

DELAY = 300  # ms without typing before the cloud is asked

State = Literal["empty", "illegal", "asking", "free", "taken", "unknown"]


class NameField(QWidget):
    """`edited(text)` as typed; `checked` when the answer about the name is another one."""

    edited = Signal(str)
    checked = Signal()

    def __init__(self, session: WizardSession, tasks: TaskScope, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._tasks = session, tasks
        self.state: State = "empty"
        self.edit = LineEdit(placeholder=self.tr("For example debian-12-base"))
        self.field = Field(self.tr("Na&me"), self.edit, self._hint())
        self.suggestion = Button("", "link")
        self.suggestion.hide()
        line = row()
        line.addWidget(self.suggestion)
        line.addStretch(1)
        body = column(self, gap=0.5)
        body.addWidget(self.field)
        body.addLayout(line)
        self._timer = QTimer(self, singleShot=True, interval=DELAY)
        self._timer.timeout.connect(self._ask)
        self.edit.textEdited.connect(self._typed)
        self.suggestion.clicked.connect(self._take_suggestion)
        self._suggested = ""
        self.setFocusProxy(self.edit)

    def name(self) -> str:
        return self.edit.text()

    def show_name(self, name: str) -> None:
        """Show a name that came from elsewhere and ask about it."""
        if name != self.edit.text():
            self.edit.setText(name)
            self._look(at_once=True)

    def check_again(self) -> None:
        """The list of images may have changed."""
        self._look(at_once=True)

    async def settle(self) -> State:
        """The answer about the name typed, asked for now if it is still due."""
        if self.state in ("asking", "unknown") and self._session.cloud is not None:
            self._timer.stop()
            self._tasks.cancel("name")
            await self._check(self.edit.text())
        return self.state

    def suggest(self, name: str) -> None:
        """Offer a name while there is none."""
        if name and not self.edit.text():
            self._offer(name)

    def show_missing(self) -> None:
        """Continue was pressed: say so even of a name not yet begun."""
        if problem := image_name_problem(self.edit.text()):
            self.field.set_error(" ".join(problem))

    # --

    def _hint(self) -> str:
        return self.tr("1 to 128 letters, digits, spaces, - . and _")

    def _typed(self, text: str) -> None:
        self._look(at_once=False)
        self.edited.emit(text)

    def _look(self, *, at_once: bool) -> None:
        name = self.edit.text()
        self._timer.stop()
        self._tasks.cancel("name")
        self.suggestion.hide()
        self.field.set_help(self._hint())
        if not name:
            self.field.reset()
            self._become("empty")
        elif problem := image_name_problem(name):
            self.field.set_error(" ".join(problem))
            self._become("illegal")
        elif self._session.cloud is None:
            self.field.reset()
            self._become("unknown")
        else:
            self.field.set_checking(True, self.tr("Checking whether the name is free…"))
            self._become("asking")
            if at_once:
                self._ask()
            else:
                self._timer.start()

    def _ask(self) -> None:
        self._tasks.spawn(self._check(self.edit.text()), name="name", replace=True)

    async def _check(self, name: str) -> None:
        cloud = self._session.cloud
        if cloud is None:
            return
        try:
            taken = await self._taken(cloud, name)
            free = next_name(name, taken) if name in taken else ""
            # A suggestion that is taken as well would be no help.
            while free and await self._taken(cloud, free):
                taken = taken | {free}
                free = next_name(free, taken)
        except AppError as error:
            self.field.reset()
            self.field.set_help(
                self.tr("Whether the name is free could not be checked: {what} It will be checked again.").format(
                    what=error.title
                )
            )
            self._become("unknown")
            return
        if name != self.edit.text():
            return
        if name in taken:
            self.field.set_error(self.tr("An image of this name exists already. Choose another name."))
            self._offer(free)
            self._become("taken")
        else:
            self.field.set_ok(self.tr("Free in this project."))
            self._become("free")

    async def _taken(self, cloud: Cloud, name: str) -> set[str]:
        return {image.name for image in await cloud.ims.images(name=name) if image.name == name}

    def _offer(self, name: str) -> None:
        self._suggested = name
        self.suggestion.setText(self.tr("Use {name}").format(name=name))
        self.suggestion.show()

    def _take_suggestion(self) -> None:
        self.edit.setText(self._suggested)
        self.edit.setFocus()
        self._look(at_once=True)
        self.edited.emit(self._suggested)

    def _become(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.checked.emit()
