"""From a file on this computer to the answer: it is looked into, and the place that it is uploaded to is checked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication, QObject, QSettings, QTimer, Signal
from PySide6.QtWidgets import QWidget

from isowright.cloud.client import Cloud
from isowright.cloud.models import BucketInfo, ObjectInfo
from isowright.errors import AppError
from isowright.flow import size_text
from isowright.iso import inspect_file
from isowright.recipe import IsoSource, Recipe, iso_key_problem, proposed_key
from isowright.upload.order import RUN
from isowright.upload.verify import published_sha256
from isowright_gui.dialogs import ask_file
from isowright_gui.pages.iso_answers_way import AnswersWay
from isowright_gui.pages.iso_buckets import bucket_facts
from isowright_gui.pages.iso_card import IsoCard
from isowright_gui.pages.iso_fact import Fact, first_failed
from isowright_gui.pages.iso_inside import inside_facts
from isowright_gui.pages.iso_listing import Entry
from isowright_gui.pages.iso_local import LocalIso
from isowright_gui.services import Services
from isowright_gui.session import WizardSession
from isowright_gui.tasks import TaskScope

DELAY = 300  # ms without typing before the cloud is asked
_FOLDER = "iso/folder"  # where the last file was chosen

KeyState = Literal["unknown", "illegal", "free", "same", "taken"]


def _tr(text: str) -> str:
    return QCoreApplication.translate("IsoPage", text)


class LocalWay(QObject):
    """`changed`: what stops the page, or what it shows, is another. `edit` takes the answer."""

    changed = Signal()

    def __init__(
        self,
        form: LocalIso,
        card: IsoCard,
        services: Services,
        session: WizardSession,
        tasks: TaskScope,
        edit: Callable[[Recipe], None],
    ) -> None:
        super().__init__(form)
        self.form = form
        self.path: Path | None = None
        self.facts: list[Fact] = []
        self.key_state: KeyState = "unknown"
        self._card, self._services, self._session, self._tasks, self._edit = card, services, session, tasks, edit
        self._error: AppError | None = None
        self._bucket = ""
        self._told_by, self._published = "", ""
        self._cleared = False  # the operator does not want to see the published sum
        self._own_key = False
        self._asked: tuple[str, str, bool] | None = None
        self._free = ""  # the name suggested
        self._timer = QTimer(self, singleShot=True, interval=DELAY)
        self._timer.timeout.connect(lambda: self._tasks.spawn(self._check_key(), name="key", replace=True))
        self.answers = AnswersWay(form.unattended, services, session, tasks, lambda path: self._set(answers=path))
        self.answers.changed.connect(self._answers_changed)
        form.browse.connect(lambda: self._tasks.spawn(self._browse(), name="browse"))
        form.bucket_chosen.connect(self.use_bucket)
        form.key_edited.connect(self._key_typed)
        form.sum_edited.connect(self._sum_typed)
        form.limit_edited.connect(lambda limit: self._set(limit=limit))
        form.suggestion.clicked.connect(self._take_suggestion)

    # -- what the page asks

    @property
    def answer(self) -> IsoSource | None:
        """The recipe's ISO, if it is the file shown."""
        iso = self._session.recipe.iso
        return iso if self.path is not None and iso.path == str(self.path) else None

    def problem(self) -> str | None:
        """The first thing that stops this way, besides what the recipe says itself."""
        if self.path is None:
            return _tr("No file is chosen.")
        if self._error is not None:
            return self._error.title
        failed = first_failed(self.facts) or first_failed(self.form.bucket_line.facts)
        if failed is not None:
            return failed.words
        if self.key_state == "taken":
            return _tr("The bucket has another object of this name.")
        return self.answers.problem()

    def first_focus(self) -> QWidget:
        """The first control that needs something."""
        if self.path is None or self._error is not None or first_failed(self.facts):
            return self.form.file.choose
        wrong = {problem.field for problem in self._session.recipe.problems("iso")}
        if "bucket" in wrong or first_failed(self.form.bucket_line.facts):
            return self.form.bucket if self.form.bucket.count() else self.form.bucket_line.new
        if "key" in wrong or self.key_state == "taken":
            return self.form.key
        if wrong <= {"answers"} and (control := self.answers.first_wrong()) is not None:
            return control
        return {"sha256": self.form.sum, "limit": self.form.limit}.get(next(iter(wrong), ""), self.form.file.choose)

    def reveal(self) -> None:
        """Continue was pressed: say what is missing where it is missing."""
        if self.path is None:
            self.form.file.show_problem(_tr("Choose the ISO file, or drop it here."))
        for problem in self._session.recipe.problems("iso") if self.answer else []:
            field = {"bucket": self.form.bucket_field, "key": self.form.key_field, "sha256": self.form.sum_field}
            if problem.field in field:
                field[problem.field].set_error(f"{problem.message} {problem.remedy}")
        self.answers.reveal()

    def settle(self) -> None:
        """What is still due to be asked is asked now."""
        if self._timer.isActive():
            self._look_at_key(at_once=True)
        self.answers.settle()

    def forget(self) -> None:
        """Another sign-in sees other buckets. The file stays what it is."""
        self._timer.stop()
        self._bucket, self._asked, self.key_state = "", None, "unknown"
        self.form.bucket_line.show_nothing()
        self.form.key_field.reset()
        self.form.key_field.set_help("")
        self.form.suggest("")

    # -- the file

    async def _browse(self) -> None:
        settings = QSettings(str(self._services.home.config / "window.ini"), QSettings.Format.IniFormat)
        last = str(settings.value(_FOLDER, ""))
        folder = self.path.parent if self.path is not None else Path(last) if last else None
        filters = [_tr("ISO images (*.iso *.ISO)"), _tr("All files (*)")]
        chosen = await ask_file(self.form, _tr("Choose an ISO"), filters, folder)
        if chosen is not None:
            settings.setValue(_FOLDER, str(chosen.parent))
            self.take(chosen)

    def refuse(self, words: str) -> None:
        """Something was dropped that cannot be taken. What was chosen before stays."""
        self.form.file.show_problem(words)
        self.form.file.choose.setFocus()
        self.changed.emit()

    def take(self, path: Path) -> None:
        """The operator has chosen a file."""
        if path != self.path:
            self._own_key = False
        self._begin(path)
        self._tasks.spawn(self._look(path, chosen=True), name="inspect", replace=True)

    def resume(self) -> None:
        """Show the recipe's file again; it may have changed or gone meanwhile."""
        path = Path(self._session.recipe.iso.path)
        if path != self.path:
            self._own_key = True  # the profile's, or the operator's of another time
            self._begin(path)
        self.show_answers()
        self._tasks.spawn(self._look(path, chosen=False), name="inspect", replace=True)

    def use_again(self) -> None:
        """This way is shown again: its file is the answer again."""
        if self.path is not None and self.answer is None and self._error is None:
            self.take(self.path)
        else:
            self.show_card()

    def _begin(self, path: Path) -> None:
        self.path, self.facts, self._error = path, [], None
        self._told_by = self._published = ""
        self._cleared = False
        self.form.file.show_file(path)
        self._card.show_waiting(self._entry(), _tr("Looking into it…"))
        self.answers.show_iso(None)
        self.changed.emit()

    async def _look(self, path: Path, *, chosen: bool) -> None:
        try:
            seen = await asyncio.to_thread(inspect_file, path)
            published = await asyncio.to_thread(published_sha256, path)
        except AppError as error:
            self._error, self.facts = error, []
            self._session.inspected(IsoSource(path=str(path)), None)
            self.form.file.show_problem(f"{error.title} {error.remedy}")
            self.show_card()
            self.changed.emit()
            return
        self._error = None
        self._published, self._told_by = (published[0], published[1].name) if published else ("", "")
        self.facts = inside_facts(seen)
        self.form.file.show_file(path, seen.size)
        self._session.inspected(IsoSource(path=str(path)), seen)
        if chosen:
            self._answer(path, seen.size)
        elif (iso := self.answer) is not None and iso.size != seen.size:
            self._set(size=seen.size)
        self.show_answers()
        self.answers.show_iso(seen)
        self.show_card()
        self._look_at_key(at_once=True)
        self.changed.emit()

    def _answers_changed(self) -> None:
        self._look_at_key(at_once=True)  # with answers on it, the ISO is another one
        self.changed.emit()

    def _answer(self, path: Path, size: int) -> None:
        iso = self._session.recipe.iso
        local = iso if iso.path else IsoSource(delete_object=iso.delete_object)
        key = local.key if self._own_key and local.key else proposed_key(path.name)
        same = iso.path == str(path)
        made = replace(
            local,
            bucket=self._bucket or local.bucket,
            key=key,
            size=size,
            path=str(path),
            # A published sum is not kept: the run reads it anew, and it may be of a newer file then.
            sha256=local.sha256 if same else "",
        )
        self._edit(replace(self._session.recipe, iso=made))

    def _sum_typed(self, text: str) -> None:
        self._cleared = not text
        self._set(sha256=text)
        self.show_answers()

    def _set(self, **changes: object) -> None:
        if self.answer is not None:
            self._edit(replace(self._session.recipe, iso=replace(self._session.recipe.iso, **changes)))

    # -- the place

    @property
    def bucket(self) -> str:
        """The bucket shown."""
        return self._bucket

    def use_bucket(self, name: str) -> None:
        """Upload to this one. Its facts and the name's freedom are asked for."""
        self._bucket = name
        self.form.bucket_field.set_error(None)
        self.form.bucket_line.show_nothing()
        self._set(bucket=name)
        self._tasks.spawn(self._ask_bucket(name), name="bucket", replace=True)
        self._look_at_key(at_once=True)

    async def _ask_bucket(self, name: str) -> None:
        info = await bucket_info(self._session, name)
        if info is not None and name == self._bucket:
            self.form.bucket_line.show_facts(bucket_facts(info, self._session.recipe.account.region))
            self.changed.emit()

    def _key_typed(self, key: str) -> None:
        self._own_key = True
        self._set(key=key)
        self._look_at_key(at_once=False)

    def _look_at_key(self, *, at_once: bool) -> None:
        iso, cloud = self.answer, self._session.cloud
        self._timer.stop()
        if iso is None or cloud is None:
            return
        if at_once and self._asked == _asked(iso) and self.key_state in ("free", "same", "taken"):
            return
        self._tasks.cancel("key")
        self.form.suggest("")
        self.form.key_field.set_help("")
        if problem := iso_key_problem(iso.key):
            use = _tr("For instance {name}.").format(
                name=proposed_key(iso.key.rsplit("/", 1)[-1] or Path(iso.path).name)
            )
            self.form.key_field.set_error(f"{problem[0]} {use}")
            self._become("illegal")
        elif not iso.bucket:
            self.form.key_field.reset()
            self._become("unknown")
        else:
            self.form.key_field.set_checking(True, _tr("Checking whether the name is free…"))
            self._become("unknown")
            if at_once:
                self._tasks.spawn(self._check_key(), name="key", replace=True)
            else:
                self._timer.start()

    async def _check_key(self) -> None:
        iso, cloud = self.answer, self._session.cloud
        if iso is None or cloud is None:
            return
        field = self.form.key_field
        try:
            there = await cloud.obs.head(iso.bucket, iso.key)
            same = there is not None and _may_be_same(there, iso)
            free = await self._free_name(iso) if there is not None and not same else ""
        except AppError:
            field.reset()
            field.set_help(_tr("Whether the name is free could not be checked; the upload will."))
            return
        self._asked = _asked(iso)
        if there is None:
            field.set_ok(_tr("Free in this bucket."))
            self._become("free")
        elif same:
            field.reset()
            field.set_help(
                _tr("There already, from another run. If it has the same answers, nothing is sent again.")
                if iso.answers
                else _tr("There already, of the same size. If it is the same ISO, nothing is sent again.")
            )
            self._become("same")
        else:
            words = _tr("The bucket has another object of this name ({size}). Choose another name.")
            field.set_error(words.format(size=size_text(there.size) or _tr("empty")))
            self._free = free
            self.form.suggest(free)
            self._become("taken")

    async def _free_name(self, iso: IsoSource) -> str:
        """The first of name-2.iso, name-3.iso … that is not there."""
        cloud = self._session.cloud
        for number in range(2, 10):
            name = f"{iso.key[:-4]}-{number}.iso"
            if cloud is None or await cloud.obs.head(iso.bucket, name) is None:
                return name
        return ""

    def _take_suggestion(self) -> None:
        name, self._own_key = self._free, True
        self._set(key=name)
        self.form.show_key(name)
        self._look_at_key(at_once=True)
        self.form.key.setFocus()

    def _become(self, state: KeyState) -> None:
        self.key_state = state
        self.changed.emit()

    # -- what is shown

    def show_answers(self) -> None:
        """The form as the recipe has it."""
        iso = self.answer
        if iso is None:
            return
        if iso.bucket and iso.bucket != self._bucket:
            self.use_bucket(iso.bucket)
            self.form.bucket.choose(iso.bucket)
        self.form.show_key(iso.key)
        published = "" if self._cleared else self._published
        self.form.show_sum(iso.sha256 or published, "" if iso.sha256 else self._told_by)
        self.form.show_limit(iso.limit)
        self.answers.show_answers()

    def show_card(self) -> None:
        """What is known of the file."""
        if self.path is None:
            self._card.show_nothing(_tr("Choose a file, or drop one on this page. What is in it will be shown here."))
        elif self._error is not None:
            self._card.show_error(self._entry(), self._error)
        else:
            seen = self._session.inspection if self.answer is not None else None
            if self.facts:
                self._card.show_facts(self._entry(), self.facts, seen)

    def _entry(self) -> Entry:
        name = self.path.name if self.path is not None else ""
        return Entry("iso", name, name)


def _asked(iso: IsoSource) -> tuple[str, str, bool]:
    """What an answer about the object's name is of."""
    return iso.bucket, iso.key, bool(iso.answers)


def _may_be_same(there: ObjectInfo, iso: IsoSource) -> bool:
    """Whether an object may be what would be uploaded. With answers on it, it is larger than the file."""
    if iso.answers:
        return there.size > iso.size and RUN in there.meta
    return there.size == iso.size


async def bucket_info(session: WizardSession, name: str) -> BucketInfo | None:
    """Region, class and encryption of a bucket, None if whoever is signed in may not know."""

    async def ask(cloud: Cloud) -> BucketInfo:
        info = await cloud.obs.bucket(name)
        return replace(info, encryption=await cloud.obs.encryption(name))

    if session.cloud is None:
        return None
    try:
        return await session.fetch(("bucket", name), ask)
    except AppError:
        return None
