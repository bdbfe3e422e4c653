"""The side card of the Account page: who is signed in, in which project, until when."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QDate, QDateTime, QLocale, Signal
from PySide6.QtWidgets import QWidget

from isowright.cloud.models import Identity, Project
from isowright_gui.theme import theme
from isowright_gui.widgets import (
    Button,
    Card,
    ComboBox,
    Field,
    Hairline,
    KeyValue,
    Label,
    StateGlyph,
    WrapLabel,
    column,
    row,
)


class SignedInCard(Card):
    """Always there, so that nothing jumps when a sign-in succeeds. `project_chosen` carries a Project."""

    project_chosen = Signal(object)
    sign_out = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(gap=3, parent=parent)
        self._glyph = StateGlyph("waiting", size=5)
        self._title = Label("", "strong")
        head = row(gap=2)
        head.addWidget(self._glyph)
        head.addWidget(self._title, 1)
        self.body.addLayout(head)
        self.add(Hairline())
        self._sentence = WrapLabel("", "body", "muted")
        self.add(self._sentence)
        self._user = KeyValue(self.tr("User"), stacked=True)
        self._domain = KeyValue(self.tr("Account"), stacked=True)
        self.project = ComboBox()
        self._project_field = Field(self.tr("Pro&ject"), self.project)
        self._ends = QWidget()
        self._until_label = WrapLabel("")
        ends = column(self._ends, gap=0.25)
        ends.addWidget(Label(self.tr("Session ends"), "caption", "muted"))
        ends.addWidget(self._until_label)
        self._remark = WrapLabel("", "caption", "warning")
        self.sign_out_button = Button(self.tr("Sign &out"), small=True)
        self.sign_out_button.clicked.connect(self.sign_out)
        foot = row()
        foot.addWidget(self.sign_out_button)
        foot.addStretch(1)
        self._facts: list[QWidget] = [self._user, self._domain, self._project_field, self._ends, self.sign_out_button]
        for widget in self._facts[:-1]:
            self.add(widget)
        self.add(self._remark)
        self.body.addLayout(foot)
        self.project.activated.connect(self._chosen)
        self._projects: dict[str, Project] = {}
        self.retheme()
        self.show_identity(None)

    def retheme(self) -> None:
        self.setFixedWidth(theme().s(72))

    def show_identity(self, identity: Identity | None, *, now: datetime | None = None, remark: str = "") -> None:
        """Who is signed in; None = nobody. remark: what is odd about this computer (its clock)."""
        self._remark.setText(remark)
        self._remark.setVisible(bool(remark and identity))
        signed = identity is not None
        for widget in self._facts:
            widget.setVisible(signed)
        self._sentence.setVisible(not signed)
        self._glyph.set_state("done" if signed else "waiting")
        self._title.setText(self.tr("Signed in") if signed else self.tr("Not signed in"))
        self.setAccessibleName(self._title.text())
        if identity is None:
            self._sentence.setText(
                self.tr("Your user, project and session will be shown here. Nothing is sent before you sign in.")
            )
            self._projects.clear()
            self.project.set_items([], keep=False)
            return
        self._user.set_value(identity.user or "–")
        self._domain.set_value(identity.domain or "–")
        self._ends.setVisible(identity.expires_at is not None)
        if identity.expires_at is not None:
            self._until_label.setText(self._until(identity.expires_at, now, renewed=identity.renewed))
        self.show_projects([Project(identity.project_id, identity.project_name)], identity.project_id)

    def show_projects(self, projects: list[Project], current: str, *, only_one: str = "") -> None:
        """The projects to choose from; the present one is among them even if the cloud does not list it. only_one: why
        there is but one."""
        self._projects = {project.id: project for project in projects if project.enabled or project.id == current}
        self.project.set_items([(p.name or p.id, p.id) for p in self._projects.values()], keep=False)
        self.project.choose(current)
        only = len(self._projects) < 2
        self.project.setEnabled(not only)
        self._project_field.set_help((only_one or self.tr("The only one in this region.")) if only else "")

    def show_project_problem(self, text: str) -> None:
        """The list could not be loaded; the present project stays."""
        self._project_field.set_help(text)

    def choose(self, project_id: str) -> None:
        """Show another project as chosen, without saying so."""
        self.project.choose(project_id)

    def _chosen(self, index: int) -> None:
        project = self._projects.get(str(self.project.itemData(index)))
        if project is not None:
            self.project_chosen.emit(project)

    def _until(self, moment: datetime, now: datetime | None, *, renewed: bool) -> str:
        local = moment.astimezone()
        when = QDateTime(QDate(local.year, local.month, local.day), QDateTime.currentDateTime().time()).date()
        today = (now or datetime.now(local.tzinfo)).astimezone().date()
        days = (local.date() - today).days
        clock = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(moment.timestamp())).time(), "HH:mm")
        then = self.tr("renewed by itself") if renewed else self.tr("then somebody has to sign in again")
        if days == 0:
            return self.tr("Today {time}, {then}").format(time=clock, then=then)
        if days == 1:
            return self.tr("Tomorrow {time}, {then}").format(time=clock, then=then)
        return self.tr("{day} {time}, {then}").format(day=QLocale().toString(when, "d MMM"), time=clock, then=then)
