"""What is done with the image once it is made: a foldable section, and the same questions for a run that has its image.

Everything here is optional. What the cloud would refuse is said at its field before anything is made.
"""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QCoreApplication, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from isowright.cloud.catalog import clouds
from isowright.recipe import AfterSpec, Problem, Recipe
from isowright_gui.widgets import ComboBox, Disclosure, Field, Hairline, Label, LineEdit, SpinBox, column, grid

_MOST_RAM = 4 * 1024 * 1024  # MB


class AfterFields(QWidget):
    """`changed(AfterSpec)` after each edit by the operator. Nothing shows before it is laid out."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._after = AfterSpec()
        self.test_boot = ComboBox(
            [
                (self.tr("No test boot"), ""),
                (self.tr("Start it and read its console"), "log"),
                (self.tr("Start it; I look myself"), "look"),
            ]
        )
        self.tags = LineEdit(placeholder="stage=golden, team=builds")
        self.min_ram = SpinBox(0, 0, _MOST_RAM, suffix=self.tr(" MB"))
        self.max_ram = SpinBox(0, 0, _MOST_RAM, suffix=self.tr(" MB"))
        for box in (self.min_ram, self.max_ram):
            box.setSingleStep(1024)
            box.setSpecialValueText(self.tr("Any"))
        self.share_with = LineEdit(mono=True)
        self.copy_region = LineEdit()
        self.copy_project = LineEdit()
        self.copy_agency = LineEdit()
        self.copy_name = LineEdit()
        self.export_bucket = LineEdit()
        self.export_key = LineEdit()
        self.export_format = ComboBox(
            [
                (self.tr("As the cloud stores it (quick)"), ""),
                *((name, name) for name in ("qcow2", "vhd", "zvhd", "vmdk")),
            ]
        )
        self._shelf = QWidget(self)  # where controls are until they are laid out: without a parent, each is a window
        self._shelf.hide()
        for name in AfterSpec.__struct_fields__:
            getattr(self, name).setParent(self._shelf)
        self.fields: dict[str, Field] = {}
        self._body = column(self, gap=4)
        self._groups = [self._lay_image, self._lay_share, self._lay_copy, self._lay_export]
        self._connect()

    @property
    def laid_out(self) -> bool:
        return not self._groups

    def lay_out(self) -> None:
        """All that is not there yet."""
        while self._groups:
            self._groups.pop(0)()

    def lay_out_slowly(self) -> None:
        """A group at a time, so that the window answers between them."""
        if self._groups:
            self._groups.pop(0)()
            QTimer.singleShot(0, self, self.lay_out_slowly)

    def _lay_image(self) -> None:
        self._field(
            "test_boot", self.tr("Test &boot"), self.tr("A throw-away server, deleted again; billed meanwhile.")
        )
        two = self._pair()
        two.addWidget(self._make("tags", self.tr("Add tags"), self.tr("key=value, with commas between")), 0, 0, 1, 2)
        two.addWidget(self._make("min_ram", self.tr("Least memory"), self.tr("Smaller flavors are refused.")), 1, 0)
        two.addWidget(self._make("max_ram", self.tr("Most memory"), self.tr("Larger flavors are refused.")), 1, 1)

    def _lay_share(self) -> None:
        self._heading(self.tr("Share with other projects"))
        self._field(
            "share_with",
            self.tr("Project ids"),
            self.tr("Of any account in this region, with commas between. Each has to accept the image."),
        )

    def _lay_copy(self) -> None:
        self._heading(self.tr("Copy to another region"))
        two = self._pair()
        two.addWidget(self._make("copy_region", self.tr("Region"), self.tr("Its id.")), 0, 0)
        two.addWidget(self._make("copy_project", self.tr("Project there"), self.tr("Empty: the region's own.")), 0, 1)
        two.addWidget(
            self._make("copy_agency", self.tr("Agency"), self.tr("Of this account, for the cloud service IMS.")), 1, 0
        )
        two.addWidget(
            self._make("copy_name", self.tr("Name there"), self.tr("Empty: the image's own, which is {name}.")), 1, 1
        )

    def _lay_export(self) -> None:
        self._heading(self.tr("Export to a bucket"))
        two = self._pair()
        two.addWidget(self._make("export_bucket", self.tr("Bucket"), self.tr("In this region, class STANDARD.")), 0, 0)
        two.addWidget(
            self._make("export_key", self.tr("File"), self.tr("Must not exist yet; {name} is the image's.")), 0, 1
        )
        two.addWidget(self._make("export_format", self.tr("Format")), 1, 0)

    def _connect(self) -> None:
        for name in (
            "tags",
            "share_with",
            "copy_region",
            "copy_project",
            "copy_agency",
            "copy_name",
            "export_bucket",
            "export_key",
        ):
            edit: LineEdit = getattr(self, name)
            edit.textEdited.connect(lambda _text, name=name: self._edited(name))
        for name in ("min_ram", "max_ram"):
            getattr(self, name).valueChanged.connect(lambda _value, name=name: self._edited(name))
        for name in ("test_boot", "export_format"):
            getattr(self, name).activated.connect(lambda _at, name=name: self._edited(name))

    def _make(self, name: str, label: str, help_text: str = "") -> Field:
        self.fields[name] = Field(label, getattr(self, name), help_text)
        return self.fields[name]

    def _field(self, name: str, label: str, help_text: str = "") -> None:
        self._body.addWidget(self._make(name, label, help_text))

    def _pair(self) -> QGridLayout:
        two = grid(gap=4)
        two.setColumnStretch(0, 1)
        two.setColumnStretch(1, 1)
        self._body.addLayout(two)
        return two

    def _heading(self, text: str) -> None:
        self._body.addWidget(Hairline())
        self._body.addWidget(Label(text, "strong"))

    # -- answers

    def show_answers(self, after: AfterSpec, region: str = "", cloud: str = "") -> None:
        """Show other answers; what is being typed stays as it is. region, cloud: for the examples."""
        others = next((entry.regions for entry in clouds() if entry.id == cloud), ())
        example = next((other.id for other in others if other.id != region), "eu-west-101")
        self.copy_region.setPlaceholderText(example)
        if after == self.answers():
            return
        self._after = after
        _show(self.tags, _tags_text(after.tags))
        _show(self.share_with, ", ".join(after.share_with))
        for name in ("copy_region", "copy_project", "copy_agency", "copy_name", "export_bucket", "export_key"):
            _show(getattr(self, name), getattr(after, name))
        for name in ("min_ram", "max_ram"):
            box: SpinBox = getattr(self, name)
            blocked = box.blockSignals(True)
            box.setValue(getattr(after, name))
            box.blockSignals(blocked)
        self.test_boot.choose(after.test_boot)
        self.export_format.choose(after.export_format)

    def answers(self) -> AfterSpec:
        """As they stand."""
        texts = {
            name: getattr(self, name).text().strip()
            for name in ("copy_region", "copy_project", "copy_agency", "copy_name", "export_bucket", "export_key")
        }
        return AfterSpec(
            test_boot=self.test_boot.currentData(),
            tags=_tags(self.tags.text()),
            min_ram=self.min_ram.value(),
            max_ram=self.max_ram.value(),
            share_with=tuple(re.findall(r"[^\s,;]+", self.share_with.text())),
            export_format=self.export_format.currentData(),
            **texts,
        )

    def _edited(self, name: str) -> None:
        self.fields[name].reset()
        self._after = self.answers()
        self.changed.emit(self._after)

    def show_problems(self, problems: list[Problem]) -> None:
        """Each at its field."""
        self.lay_out()
        first: dict[str, Problem] = {}
        for problem in problems:
            first.setdefault(problem.field.removeprefix("after."), problem)
        for name, field in self.fields.items():
            found = first.get(name)
            field.set_error(f"{found.message} {found.remedy}" if found else None)

    def control(self, name: str) -> QWidget:
        """The control of a field of AfterSpec; the first one for any other name."""
        self.lay_out()
        found: QWidget = getattr(self, name) if name in self.fields else self.test_boot
        return found


class AfterSection(Disclosure):
    """The fields on the Image page, folded away until something is chosen. `edited(AfterSpec)`."""

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent=parent)
        self.button.setText(self.tr("After the image: test boot, share, copy, e&xport"))
        self.form = AfterFields()
        self.add(self.form)
        self.form.changed.connect(self.edited)
        self.toggled.connect(lambda is_open: self.form.lay_out_slowly() if is_open else None)
        self._shown = False

    def show_recipe(self, recipe: Recipe) -> None:
        self.form.show_answers(recipe.after, recipe.account.region, recipe.account.cloud)
        if not self._shown and recipe.after != AfterSpec():
            self.set_open(True)
        self._shown = True

    def reveal(self, recipe: Recipe) -> None:
        """Say what is wrong, if anything is."""
        problems = after_only(recipe.problems("image"))
        self.form.show_problems(problems)
        if problems:
            self.set_open(True)


def after_only(problems: list[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.field.startswith("after.")]


def after_words(recipe: Recipe) -> list[str]:
    """What of it was chosen, each in a few words: for Review."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("AfterSection", text)

    after = recipe.after
    found: list[str] = []
    if after.test_boot:
        found.append(tr("test boot (another server, deleted again)"))
    if after.changes:
        found.append(tr("tags and memory set"))
    if after.share_with:
        found.append(tr("shared with {count}").format(count=len(after.share_with)))
    if after.copies:
        found.append(tr("copied to {region}").format(region=after.copy_region))
    if after.exports:
        found.append(tr("exported to {bucket}").format(bucket=after.export_bucket))
    return found


def _show(edit: QLineEdit, text: str) -> None:
    if edit.text() != text:
        edit.setText(text)


def _tags(text: str) -> dict[str, str]:
    pairs = [part.strip().partition("=") for part in re.split(r"[,;]", text) if part.strip()]
    return {key.strip(): value.strip() for key, _, value in pairs}


def _tags_text(tags: dict[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in tags.items())
