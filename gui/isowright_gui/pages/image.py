"""Image: what the result is called and what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from isowright.cloud.catalog import traits
from isowright.cloud.models import ImageQuota, OsVersion
from isowright.errors import AppError
from isowright.iso import propose_os
from isowright.iso.report import Inspection
from isowright.recipe import MAX_SYSTEM_DISK, ImageSpec, Step
from isowright_gui.pages.image_after import AfterSection
from isowright_gui.pages.image_guess import guess_os, suggest_name
from isowright_gui.pages.image_name import NameField
from isowright_gui.pages.image_os import OsFields
from isowright_gui.pages.image_owner import OwnerField
from isowright_gui.pages.image_tags import TagEditor
from isowright_gui.pages.problem_card import ProblemCard
from isowright_gui.pages.side import SideBySide
from isowright_gui.services import Services
from isowright_gui.session import WizardSession
from isowright_gui.theme import theme
from isowright_gui.widgets import (
    Banner,
    Card,
    ComboBox,
    Field,
    Hairline,
    KeyValue,
    Label,
    LineEdit,
    SpinBox,
    StateGlyph,
    WrapLabel,
    column,
    grid,
    row,
)
from isowright_gui.wizard.page import Hint, Page

NEEDED = 2  # places in the quota: the ISO image for the time of the run, and the result


class QuotaCard(Card):
    """Whether the project has room for what the run makes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(gap=3, parent=parent)
        self._glyph = StateGlyph("info", size=5)
        self._title = Label(self.tr("Image quota"), "strong")
        head = row(gap=2)
        head.addWidget(self._glyph)
        head.addWidget(self._title, 1)
        self.body.addLayout(head)
        self.add(Hairline())
        self._used = KeyValue(self.tr("Private images"))
        self._needed = KeyValue(self.tr("This needs"), str(NEEDED))
        self.text = WrapLabel("", "caption", "muted")
        for widget in (self._used, self._needed, self.text):
            self.add(widget)
        self.retheme()
        self.show_waiting()

    def retheme(self) -> None:
        self.setFixedWidth(theme().s(72))

    def show_waiting(self) -> None:
        self._show("info", "…", self.tr("Asking the image service…"))

    def show_unknown(self, error: AppError) -> None:
        """Not a reason to stop: Review asks again."""
        self._show("info", self.tr("not known"), f"{error.title} {self.tr('It is asked for again on Review.')}")

    def show_quota(self, quota: ImageQuota) -> None:
        if quota.quota < 0:
            text = self.tr("There is no limit in this project.")
            self._show("done", str(quota.used), text)
            return
        enough = quota.quota - quota.used >= NEEDED
        used = self.tr("{used} of {quota} used").format(used=quota.used, quota=quota.quota)
        text = (
            self.tr("One for the ISO while the run lasts, one for the result.")
            if enough
            else self.tr("Delete an image that nobody needs, or ask the cloud for a higher quota.")
        )
        self._show("done" if enough else "failed", used, text)

    def _show(self, state: str, used: str, text: str) -> None:
        self._glyph.set_state(state)
        self._used.set_value(used)
        self.text.setText(text)
        self.setAccessibleName(self.tr("Image quota: {used}").format(used=used))
        self.setAccessibleDescription(text)


class ImagePage(Page):
    """The OS version is guessed from the ISO's name, and the operator told so."""

    step: Step = "image"

    def __init__(self, services: Services, session: WizardSession, parent: QWidget | None = None) -> None:
        super().__init__(services, session, parent)
        self._quota: ImageQuota | None = None
        self.problem_card = ProblemCard()
        self.name = NameField(session, self.tasks, lambda: services.clock.now().astimezone())
        self.description = LineEdit()
        self.description.setMaxLength(1024)
        self._description = Field(
            self.tr("D&escription"), self.description, self.tr("One line, shown in the console."), optional=True
        )
        self.os = OsFields()
        self.windows_note = Banner(
            self.tr("This cloud takes no new Windows images"),
            self.tr("It has announced so in 2024, and may refuse the ISO. Nothing is made before it does."),
            tone="warning",
            icon="warning-fill",
        )
        self.min_disk = SpinBox(40, 1, MAX_SYSTEM_DISK, suffix=self.tr(" GB"))
        self._min_disk = Field(
            self.tr("Minimum &disk"), self.min_disk, self.tr("Servers made from the image need at least this.")
        )
        self.owner = OwnerField()
        self.firmware = ComboBox(
            [(self.tr("As the cloud does"), ""), (self.tr("BIOS"), "bios"), (self.tr("UEFI"), "uefi")]
        )
        self._firmware = Field(self.tr("&Firmware"), self.firmware, self.tr("How servers of the image start."))
        self.tags = TagEditor()
        self.after = AfterSection()
        self.quota = QuotaCard()
        self._lay_out()
        self.problem_card.retry.connect(lambda: self.tasks.spawn(self._load(fresh=True), name="load", replace=True))
        self.name.edited.connect(lambda text: self._set(name=text))
        self.name.checked.connect(self.state_changed)
        self.description.textEdited.connect(self._described)
        self.os.changed.connect(lambda kind, version: self._set(os_type=kind, os_version=version))
        self.min_disk.valueChanged.connect(self._min_disk_typed)
        self.owner.changed.connect(lambda project_id: self._set(enterprise_project_id=project_id))
        self.firmware.activated.connect(self._firmware_chosen)
        self.tags.changed.connect(lambda tags: self._set(tags=tags))
        self.after.edited.connect(lambda after: self.edit(msgspec.structs.replace(session.recipe, after=after)))
        session.changed.connect(self._show_answers)
        self._show_answers()

    def _lay_out(self) -> None:
        main = QWidget()
        body = column(main, gap=4)
        pair = grid(gap=4)
        pair.addWidget(self._min_disk, 0, 0, Qt.AlignmentFlag.AlignTop)
        pair.addWidget(self.owner, 0, 1, Qt.AlignmentFlag.AlignTop)
        pair.addWidget(self._firmware, 1, 0, Qt.AlignmentFlag.AlignTop)
        pair.setColumnStretch(0, 1)
        pair.setColumnStretch(1, 1)
        for widget in (self.problem_card, self.name, self._description, self.os, self.windows_note):
            body.addWidget(widget)
        body.addLayout(pair)
        body.addWidget(self.tags)
        body.addWidget(self.after)
        body.addStretch(1)
        outer = column(self, gap=0)
        outer.addWidget(SideBySide(main, self.quota))

    # -- what the shell asks

    @property
    def title(self) -> str:
        return self.tr("Image")

    @property
    def subtitle(self) -> str:
        return self.tr("What the finished image is called, and what it holds.")

    @property
    def problem(self) -> str | None:
        if self.name.state == "taken":
            return self.tr("An image of this name exists already.")
        if found := super().problem:
            return found
        return self.tr("A tag is not right yet.") if self.tags.problem() else None

    @property
    def hint(self) -> Hint:
        if self._quota is not None and 0 <= self._quota.quota < self._quota.used + NEEDED:
            return Hint(self.tr("The image quota leaves no room for this. You can go on and free some."), "warning")
        return Hint()

    def first_focus(self) -> QWidget | None:
        found = self.session.recipe.problems("image")
        first = found[0].field if found else ""
        if self.name.state in ("empty", "illegal", "taken") or first == "name":
            return self.name.edit
        if first == "tags" or self.tags.problem():
            return self.tags.wrong()
        if first.startswith("after."):
            self.after.set_open(True)
            return self.after.form.control(first.removeprefix("after."))
        return {
            "description": self.description,
            "os_version": self.os.version,
            "min_disk": self.min_disk,
            "enterprise_project_id": self.owner.control(),
        }.get(first, self.name.edit)

    def control_of(self, field: str) -> QWidget | None:
        if field.startswith("after."):
            self.after.set_open(True)
            return self.after.form.control(field.removeprefix("after."))
        controls: dict[str, QWidget] = {
            "name": self.name.edit,
            "description": self.description,
            "os_version": self.os.version,
            "min_disk": self.min_disk,
            "tags": self.tags.add_button,
            "enterprise_project_id": self.owner.control(),
            "firmware": self.firmware,
        }
        return controls.get(field)

    def reveal_problem(self) -> None:
        self.name.show_missing()
        fields = {problem.field: problem for problem in self.session.recipe.problems("image")}
        if (wrong := fields.get("description")) is not None:
            self._description.set_error(f"{wrong.message} {wrong.remedy}")
        if "os_version" in fields:
            self.os.show_missing()
        if (wrong := fields.get("enterprise_project_id")) is not None:
            self.owner.show_error(f"{wrong.message} {wrong.remedy}")
        self.tags.show_problem()
        self.after.reveal(self.session.recipe)
        super().reveal_problem()

    async def enter(self) -> None:
        self.name.check_again()
        iso = self.session.recipe.iso
        self.name.suggest(suggest_name(Path(iso.path).name if iso.path else iso.key))
        await self._load(fresh=False)

    async def commit(self) -> bool:
        """A name still being asked about is waited for: the cloud refuses a taken one only when it is too late."""
        self.set_busy(self.tr("Checking…"))
        try:
            state = await self.name.settle()
        finally:
            self.set_busy("")
        if state == "taken":
            self.reveal_problem()
            return False
        return True

    # -- lists

    async def _load(self, *, fresh: bool) -> None:
        self.tasks.spawn(self._load_quota(), name="quota", replace=True)
        self.tasks.spawn(self._load_enterprise(fresh=fresh), name="enterprise", replace=True)
        self.os.field.set_checking(True, self.tr("Asking for the cloud's OS list…"))
        try:
            versions = await self.session.fetch("os_versions", lambda cloud: cloud.ims.os_versions(), fresh=fresh)
        except AppError as error:
            self.os.field.reset()
            self.os.field.set_help(self.tr("The list could not be loaded; what was chosen is kept."))
            self.problem_card.show_error(error)
            self.state_changed.emit()
            return
        self.problem_card.show_error(None)
        self.os.field.reset()
        self.os.field.set_help("")
        cloud = self.session.cloud
        seen, guess = self.session.inspection, self._guess(versions)
        self.os.show_versions(
            versions,
            complete=cloud is None or cloud.ims.own_os_list,
            architecture=seen.architecture if seen is not None else "",
            proposed=guess.os_version if guess is not None else "",
        )
        self._propose(versions)
        self.state_changed.emit()

    def _guess(self, versions: list[OsVersion]) -> OsVersion | None:
        """What the ISO installs, by what is in it or by its name."""
        iso, seen = self.session.recipe.iso, self.session.inspection
        if seen is not None and seen.distribution:
            return propose_os(seen, versions)
        return guess_os(Path(iso.path).name if iso.path else iso.key, versions)

    def _propose(self, versions: list[OsVersion]) -> None:
        """What the ISO tells, where the operator has not said anything: type, version and minimum disk."""
        recipe, seen = self.session.recipe, self.session.inspection
        if not recipe.image.os_version and not self.os.version.currentText():
            guess = self._guess(versions)
            text = self.tr("Guessed from the ISO's name. Change it if the ISO installs another.")
            if seen is not None and seen.distribution:
                text = self.tr("Found in the ISO. Change it if you install another system from it.")
            if guess is not None:
                kind = "Windows" if guess.os_type == "Windows" else "Linux"
                self._set(os_type=kind, os_version=guess.os_version)
                self.os.field.set_help(text)
            elif seen is not None and seen.os_type != recipe.image.os_type and seen.distribution:
                self._set(os_type=seen.os_type)
        self._propose_disk(seen)
        self._propose_firmware(seen)

    def _propose_firmware(self, seen: Inspection | None) -> None:
        """UEFI where the ISO knows nothing else; what the operator has chosen stays."""
        mode = seen.boot_mode if seen is not None else "none"
        if mode == "uefi" and not self.session.own_firmware and not self.session.recipe.image.firmware:
            self._set(firmware="uefi")
        words = {
            "both": self.tr("How servers of the image start. This ISO boots with both."),
            "bios": self.tr("How servers of the image start. This ISO boots with BIOS alone."),
            "uefi": self.tr("How servers of the image start. This ISO boots with UEFI alone."),
        }
        self._firmware.set_help(words.get(mode, self.tr("How servers of the image start.")))

    def _firmware_chosen(self) -> None:
        self.session.own_firmware = True
        self._set(firmware=self.firmware.currentData())

    def _propose_disk(self, seen: Inspection | None) -> None:
        usual = self.tr("Servers made from the image need at least this.")
        if seen is None or not seen.min_disk:
            self._min_disk.set_help(usual)
            return
        # Below the usual size nothing is gained, and not every cloud takes it.
        wanted = min(max(seen.min_disk, ImageSpec().min_disk), MAX_SYSTEM_DISK)
        if not self.session.own_min_disk and self.session.recipe.image.min_disk != wanted:
            self._set(min_disk=wanted)
        needs = self.tr("{system} usually needs {size} GB.")
        words = needs.format(system=seen.title or self.tr("This system"), size=seen.min_disk)
        self._min_disk.set_help(words if self.session.recipe.image.min_disk < seen.min_disk else f"{usual} {words}")

    def _min_disk_typed(self, value: int) -> None:
        self.session.own_min_disk = True
        self._set(min_disk=value)
        self._propose_disk(self.session.inspection)

    async def _load_quota(self) -> None:
        try:
            # Not remembered: somebody may have made room meanwhile.
            self._quota = await self.session.fetch("image_quota", lambda cloud: cloud.ims.quota(), fresh=True)
        except AppError as error:
            self.quota.show_unknown(error)
            return
        self.quota.show_quota(self._quota)
        self.state_changed.emit()

    async def _load_enterprise(self, *, fresh: bool) -> None:
        try:
            projects = await self.session.fetch("enterprise_projects", lambda cloud: cloud.eps.projects(), fresh=fresh)
        except AppError as error:
            # Not a reason to stop: the default one is right for most, and who needs another can enter its ID.
            self.owner.show_unlisted(error)
            return
        self.owner.show_projects(projects)

    # -- answers

    def _described(self, text: str) -> None:
        self._description.reset()
        self._set(description=text)

    def _set(self, **changes: Any) -> None:
        image = msgspec.structs.replace(self.session.recipe.image, **changes)
        self.edit(msgspec.structs.replace(self.session.recipe, image=image))

    def _show_answers(self) -> None:
        image = self.session.recipe.image
        if self.name.name() != image.name:
            self.name.show_name(image.name)
        self.name.other_answers()
        if self.description.text() != image.description:
            self.description.setText(image.description)
        self.os.show_answer(image.os_type, image.os_version)
        rules = traits(self.session.recipe.account)
        self.windows_note.setVisible(image.os_type == "Windows" and not rules.windows)
        least = min(rules.min_disk, image.min_disk)  # Review says what is too small
        blocked = self.min_disk.blockSignals(True)
        self.min_disk.setMinimum(least)
        self.min_disk.setValue(image.min_disk)
        self.min_disk.blockSignals(blocked)
        self.tags.show_tags(image.tags)
        self.owner.show_answer(image.enterprise_project_id)
        self.firmware.choose(image.firmware)
        self.after.show_recipe(self.session.recipe)
