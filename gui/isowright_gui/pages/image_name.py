"""The image's name: legal as typed, free as asked. IMS refuses a taken name only when the capture begins, too late.

A name may hold variables; what they come to today is shown under it, and is what has to be legal and free.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QMenu, QWidget

from isowright import names
from isowright.errors import AppError
from isowright.recipe import Recipe, image_name_problem
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

    def __init__(
        self, session: WizardSession, tasks: TaskScope, now: Callable[[], datetime], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._tasks, self._now = session, tasks, now
        self.state: State = "empty"
        self.edit = LineEdit(placeholder=self.tr("For example debian-12-base"))
        self.field = Field(self.tr("Na&me"), self.edit, self._hint())
        self.suggestion = Button("", "link")
        self.suggestion.hide()
        line = row()
        line.addWidget(self.suggestion)
        line.addStretch(1)
        self.variables = Button(self.tr("&Insert a variable"), "link")
        self.menu = QMenu(self.variables)
        self.menu.setAccessibleName(self.tr("Variables for the name"))
        self.menu.aboutToShow.connect(self._fill_menu)
        self.variables.clicked.connect(self._show_menu)
        line.addWidget(self.variables)
        body = column(self, gap=0.5)
        body.addWidget(self.field)
        body.addLayout(line)
        self._timer = QTimer(self, singleShot=True, interval=DELAY)
        self._timer.timeout.connect(self._ask)
        self.edit.textEdited.connect(self._typed)
        self.suggestion.clicked.connect(self._take_suggestion)
        self._suggested = ""
        self._asked = ""  # the name, filled in, that was asked about last
        self.setFocusProxy(self.edit)

    def name(self) -> str:
        return self.edit.text()

    def filled(self) -> str:
        """What the name comes to if the run is created now."""
        return names.fill(self.edit.text(), self._typed_recipe(), self._now())

    def show_name(self, name: str) -> None:
        """Show a name that came from elsewhere and ask about it."""
        if name != self.edit.text():
            self.edit.setText(name)
            self._look(at_once=True)

    def other_answers(self) -> None:
        """An answer that the name's variables stand for may have changed."""
        if names.has_variables(self.edit.text()) and self.filled() != self._asked:
            self._look(at_once=True)

    def check_again(self) -> None:
        """The list of images may have changed."""
        self._look(at_once=True)

    async def settle(self) -> State:
        """The answer about the name typed, asked for now if it is still due."""
        if self.state in ("asking", "unknown") and self._session.cloud is not None:
            self._timer.stop()
            self._tasks.cancel("name")
            await self._check(self.filled())
        return self.state

    def suggest(self, name: str) -> None:
        """Offer a name while there is none."""
        if name and not self.edit.text():
            self._offer(name)

    def show_missing(self) -> None:
        """Continue was pressed: say so even of a name not yet begun."""
        if problem := self._problem():
            self.field.set_error(" ".join(problem))

    # --

    def _hint(self) -> str:
        return self.tr("1 to 128 letters, digits, spaces, - . and _, or variables like {os}-{version}-{date}")

    def _typed_recipe(self) -> Recipe:
        recipe = self._session.recipe
        return replace(recipe, image=replace(recipe.image, name=self.edit.text()))

    def _problem(self) -> tuple[str, str] | None:
        recipe = self._typed_recipe()
        return names.pattern_problem(recipe) or image_name_problem(names.for_rules(recipe))

    def _becomes(self, words: str) -> str:
        """The words about the name, after what a pattern comes to."""
        if not names.has_variables(self.edit.text()):
            return words
        return self.tr("Becomes {name}. {words}").format(name=self.filled(), words=words)

    def _typed(self, text: str) -> None:
        self._look(at_once=False)
        self.edited.emit(text)

    def _look(self, *, at_once: bool) -> None:
        name, self._asked = self.edit.text(), self.filled()
        self._timer.stop()
        self._tasks.cancel("name")
        self.suggestion.hide()
        self.field.set_help(self._hint())
        if not name:
            self.field.reset()
            self._become("empty")
        elif problem := self._problem():
            self.field.set_error(" ".join(problem))
            self._become("illegal")
        elif self._session.cloud is None:
            self.field.reset()
            self.field.set_help(self._becomes(self._hint() if not names.has_variables(name) else ""))
            self._become("unknown")
        else:
            self.field.set_checking(True, self._becomes(self.tr("Checking whether the name is free…")))
            self._become("asking")
            if at_once:
                self._ask()
            else:
                self._timer.start()

    def _ask(self) -> None:
        self._tasks.spawn(self._check(self.filled()), name="name", replace=True)

    async def _check(self, name: str) -> None:
        cloud = self._session.cloud
        if cloud is None:
            return
        try:
            taken = await self._taken(cloud, name)
            free = await self._free(cloud, name, taken) if name in taken else ""
        except AppError as error:
            self.field.reset()
            self.field.set_help(
                self.tr("Whether the name is free could not be checked: {what} It will be checked again.").format(
                    what=error.title
                )
            )
            self._become("unknown")
            return
        if name != self.filled():
            return
        if name in taken:
            self.field.set_error(self._becomes(self.tr("An image of this name exists already. Choose another name.")))
            self._offer(free)
            self._become("taken")
        else:
            self.field.set_ok(self._becomes(self.tr("Free in this project.")))
            self._become("free")

    async def _free(self, cloud: Cloud, name: str, taken: set[str]) -> str:
        """The next name that is free; of a pattern, the pattern with a number after it."""
        pattern = self.edit.text()
        if not names.has_variables(pattern):
            free = next_name(name, taken)
            while await self._taken(cloud, free):  # a suggestion that is taken as well would be no help
                taken = taken | {free}
                free = next_name(free, taken)
            return free
        number = 2
        while await self._taken(cloud, f"{name}-{number}"):
            number += 1
        return f"{pattern}-{number}"

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

    # -- variables

    def _fill_menu(self) -> None:
        self.menu.clear()
        values = names.values(self._session.recipe, self._now())
        for name, meaning in names.VARIABLES.items():
            text = f"{{{name}}}"
            now = f"{text} = {values[name]}" if values[name] else text
            self.menu.addAction(f"{now}, {meaning}", functools.partial(self._insert, text))

    def _show_menu(self) -> None:
        self.menu.popup(self.variables.mapToGlobal(self.variables.rect().bottomLeft()))

    def _insert(self, text: str) -> None:
        """Where the cursor is, or in place of what is marked."""
        self.edit.setFocus()
        self.edit.insert(text)
        self._typed(self.edit.text())

    def _become(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.checked.emit()
