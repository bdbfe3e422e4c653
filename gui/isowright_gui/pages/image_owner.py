"""Which enterprise project the image belongs to: one of a list, or its ID where the cloud does not list them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from isowright.cloud.models import EnterpriseProject
from isowright.errors import AppError, AuthError, ForbiddenError
from isowright.recipe import DEFAULT_ENTERPRISE_PROJECT
from isowright_gui.widgets import ComboBox, Field, LineEdit, column


class OwnerField(QWidget):
    """Hidden where the cloud has no enterprise projects and none is answered. `changed(id)` by the operator."""

    changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._current = DEFAULT_ENTERPRISE_PROJECT
        self._projects: Sequence[EnterpriseProject] = ()
        self._wanted = False  # although there is no list
        self.choice = ComboBox()
        self.listed = Field(self.tr("Enterprise &project"), self.choice, self.tr("Who the image belongs to."))
        self.edit = LineEdit(placeholder=self.tr("The default one"))
        self.typed = Field(self.tr("Enterprise &project's ID"), self.edit, optional=True)
        body = column(self, gap=0)
        body.addWidget(self.listed)
        body.addWidget(self.typed)
        self.choice.activated.connect(lambda at: self._chosen(str(self.choice.itemData(at))))
        self.edit.textEdited.connect(lambda text: self._chosen(text.strip() or DEFAULT_ENTERPRISE_PROJECT))
        self._arrange()

    def show_projects(self, projects: Sequence[EnterpriseProject]) -> None:
        """The cloud's list; empty where it has none."""
        self._projects, self._wanted = projects, False
        self.typed.set_help(self.tr("This cloud lists none. Empty: the default one."))
        self._fill()

    def show_unlisted(self, error: AppError) -> None:
        """The list could not be had: an ID can be entered all the same."""
        self._projects, self._wanted = (), True
        self.typed.set_help(
            self.tr("The cloud does not list them to this user. Empty: the default one.")
            if isinstance(error, AuthError | ForbiddenError)
            else self.tr("The list could not be loaded. {what} Empty: the default one.").format(what=error.title)
        )
        self._fill()

    def show_answer(self, project_id: str) -> None:
        """Show an answer; the cursor stays where nothing differs."""
        if project_id != self._current:
            self._current = project_id
            self._fill()

    def show_error(self, text: str) -> None:
        """Say at the field what is wrong with the answer."""
        (self.listed if self._projects else self.typed).set_error(text)

    def control(self) -> QWidget:
        """What takes the answer."""
        return self.choice if self._projects else self.edit

    # --

    def _fill(self) -> None:
        current = self._current
        items = [(project.name, project.id) for project in self._projects]
        if items and current not in [project_id for _, project_id in items]:
            default = current == DEFAULT_ENTERPRISE_PROJECT
            items.insert(0, (self.tr("default") if default else current, current))
        self.choice.set_items(items, keep=False)
        self.choice.choose(current)
        text = "" if current == DEFAULT_ENTERPRISE_PROJECT else current
        if self.edit.text().strip() != text:
            self.edit.setText(text)
        self._arrange()

    def _arrange(self) -> None:
        listed = bool(self._projects)
        typed = not listed and (self._wanted or self._current != DEFAULT_ENTERPRISE_PROJECT or self.edit.hasFocus())
        for field, wanted in ((self.listed, listed), (self.typed, typed)):
            field.setVisible(wanted)
        self.setVisible(listed or typed)

    def _chosen(self, project_id: str) -> None:
        self._current = project_id
        self.listed.reset()
        self.typed.reset()
        self.changed.emit(project_id)
