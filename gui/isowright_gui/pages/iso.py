"""ISO: the installer that the image is made from, an object in a bucket of the cloud's region."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QWidget

from isowright.cloud.models import Bucket
from isowright.errors import AppError, ForbiddenError
from isowright.recipe import IsoSource, Step
from isowright_gui.pages.iso_browser import Browser
from isowright_gui.pages.iso_card import Fact, FactsOf, IsoCard
from isowright_gui.pages.iso_listing import Entry, pages, parent
from isowright_gui.pages.iso_named import NamedIso
from isowright_gui.pages.side import SideBySide
from isowright_gui.services import Services
from isowright_gui.session import WizardSession
from isowright_gui.theme import icon, theme
from isowright_gui.widgets import CheckRow, ComboBox, column
from isowright_gui.wizard.page import Hint, Page

if TYPE_CHECKING:
    from isowright.cloud.client import Cloud


class IsoPage(Page):
    """The answer is what is marked in the list; looking into folders and buckets does not lose it."""

    step: Step = "iso"

    def __init__(self, services: Services, session: WizardSession, parent: QWidget | None = None) -> None:
        super().__init__(services, session, parent)
        self.bucket = ComboBox()
        self.bucket.setAccessibleName(self.tr("Bucket"))
        self.bucket.setPlaceholderText(self.tr("Choose a bucket"))
        self.browser = Browser(self.bucket, services.clock.now().year)
        self.card = IsoCard()
        self.delete = CheckRow(
            self.tr("&Delete the ISO object afterwards"),
            self.tr("Once the image is made and checked. Unticked, the object stays as it is."),
        )
        main = QWidget()
        body = column(main, gap=3)
        body.addWidget(self.browser, 1)
        self.named = NamedIso()
        self.named.hide()  # until a list is refused
        body.addWidget(self.named)
        body.addWidget(self.delete)
        outer = column(self, gap=0)
        outer.addWidget(SideBySide(main, self.card), 1)
        self._looking = ""  # the bucket that is shown, which need not be that of the answer
        self._entered = False
        self._known: dict[tuple[str, str], list[Fact]] = {}
        self.bucket.activated.connect(self._bucket_chosen)
        self.browser.folder_wanted.connect(self._open)
        self.browser.refresh.connect(self._refresh)
        self.browser.retry.connect(lambda: self._load(fresh=True))
        self.browser.chosen.connect(self._chosen)
        self.browser.looked_at.connect(self._looked_at)
        self.card.retry.connect(self._inspect)
        self.named.wanted.connect(lambda bucket, key: self.tasks.spawn(self._use_named(bucket, key), name="named"))
        self.delete.toggled.connect(self._delete_toggled)
        session.changed.connect(self._show_answers)
        session.signed.connect(self._forget)
        self.retheme()
        self._show_answers()

    def retheme(self) -> None:
        self.bucket.setMinimumWidth(theme().s(36))
        self.bucket.setMaximumWidth(theme().s(72))

    # -- what the shell asks

    @property
    def title(self) -> str:
        return self.tr("ISO")

    @property
    def subtitle(self) -> str:
        return self.tr("The installer that the image is made from. It is only read, never changed.")

    @property
    def problem(self) -> str | None:
        if found := super().problem:
            # A bucket is looked into without being asked for one; what is missing then is the ISO.
            return self.tr("No ISO is chosen.") if self._looking and not self.session.recipe.iso.key else found
        failed = next((fact for fact in self._facts() if fact.verdict == "failed"), None)
        return f"{failed.label}: {failed.why}" if failed else None

    @property
    def hint(self) -> Hint:
        if super().problem is None and (found := self.problem):
            return Hint(found, "danger")
        remarks = sum(fact.verdict == "warning" for fact in self._facts())
        if remarks:
            text = (
                self.tr("One remark on this ISO. You can go on.")
                if remarks == 1
                else self.tr("{count} remarks on this ISO. You can go on.").format(count=remarks)
            )
            return Hint(text, "warning")
        return Hint()

    def first_focus(self) -> QWidget | None:
        if self.browser.list.state() == "error":
            return self.browser.list.notice.first
        return self.browser.table if self._looking and self.browser.model.shown() else self.bucket

    def reveal_problem(self) -> None:
        super().reveal_problem()
        table = self.browser.table
        if self.browser.model.shown() and not table.currentIndex().isValid():
            table.setCurrentIndex(self.browser.model.index(0, 0))
        self.state_changed.emit()

    async def enter(self) -> None:
        if not self._entered:
            self._entered = True
            iso = self.session.recipe.iso
            self._looking, self.browser.prefix = iso.bucket, parent(iso.key) if iso.key else ""
        if self.session.recipe.iso.key:
            self._inspect()
        await self._list(fresh=False)

    # -- lists

    def _load(self, *, fresh: bool) -> None:
        self.tasks.spawn(self._list(fresh=fresh), name="list", replace=True)

    def _refresh(self) -> None:
        self._known.clear()
        self._load(fresh=True)
        if self.session.recipe.iso.key:
            self._inspect()

    def _open(self, prefix: str) -> None:
        self.browser.filter.clear()
        self.browser.show_path(self._looking, prefix)
        self._load(fresh=False)

    async def _list(self, *, fresh: bool) -> None:
        """Buckets, then the folder shown. What fails is said in the list's place, answers stay."""
        # A refresh under an error has no rows to keep.
        keep = fresh and self.browser.list.state() in ("content", "no_match")
        try:
            self.browser.show_loading(keep=keep)
            self._show_buckets(await self._buckets(fresh=fresh))
            if self._looking:
                await self._list_folder(self._looking, self.browser.prefix, fresh=fresh, keep=keep)
            self.named.hide()
        except AppError as error:
            details = " ".join(part for part in (error.code, error.request_id) if part)
            kept = self.tr("Your choices are kept.")
            self.browser.show_error(error.title, f"{error.detail} {error.remedy} {kept}".strip(), details)
            if isinstance(error, ForbiddenError):
                self.named.fill(self._looking or self.session.recipe.iso.bucket, self.session.recipe.iso.key)
                self.named.show()
        self.state_changed.emit()

    async def _buckets(self, *, fresh: bool) -> list[Bucket]:
        """All of them; none for someone who may not list them but knows one, which may be readable all the same."""
        try:
            return await self.session.fetch("buckets", lambda cloud: cloud.obs.buckets(), fresh=fresh)
        except ForbiddenError:
            if not self._looking:
                raise
            return []

    def _show_buckets(self, buckets: list[Bucket]) -> None:
        region, wanted = self.session.recipe.account.region, self._looking
        usable = [b for b in buckets if not b.region or b.region == region]
        others = [b for b in buckets if b not in usable]
        items = [(b.name, b.name) for b in usable]
        if wanted and wanted not in [b.name for b in buckets]:
            items.append((wanted, wanted))  # may be read although it may not be listed
        items += [
            (self.tr("{name} – in {region}, too far").format(name=b.name, region=b.region), b.name) for b in others
        ]
        self.bucket.set_items(items, keep=False)
        choices = cast("QStandardItemModel", self.bucket.model())
        why = self.tr("Images can be made from buckets of their own region only.")
        for number in range(len(items)):
            far = number >= len(items) - len(others)
            self.bucket.setItemIcon(number, icon("database", "muted"))
            choices.item(number).setEnabled(not far)
            choices.item(number).setToolTip(why if far else items[number][0])
        if not self._looking and usable:
            self._looking = usable[0].name
        self.bucket.setCurrentIndex(self.bucket.findData(self._looking) if self._looking else -1)
        if not self._looking:
            self.browser.show_message(
                self.tr("No bucket in {region}").format(region=region) if others else self.tr("No bucket"),
                self.tr("Make one in the cloud's console in this region, upload the ISO, then refresh."),
            )

    async def _list_folder(self, bucket: str, prefix: str, *, fresh: bool, keep: bool) -> None:
        self.browser.show_path(bucket, prefix)

        async def read(cloud: Cloud) -> list[Entry]:
            rows: list[Entry] = []
            async for part in pages(cloud, bucket, prefix):
                # Thousands of objects come in many answers: the first can be chosen from while the rest is read.
                if rows and not keep:
                    self._show_rows(rows, complete=False)
                rows = rows + part
            return rows

        self.browser.show_loading(keep=keep)
        self._show_rows(await self.session.fetch(("objects", bucket, prefix), read, fresh=fresh), complete=True)

    def _show_rows(self, rows: list[Entry], *, complete: bool) -> None:
        self.browser.show_rows(rows, complete=complete)
        iso = self.session.recipe.iso
        if iso.bucket == self._looking:
            self.browser.choose(iso.key)

    # -- what the operator does

    def _bucket_chosen(self, index: int) -> None:
        name = str(self.bucket.itemData(index))
        if name == self._looking:
            return
        self._looking = name
        self._open("")

    def _chosen(self, entry: Entry) -> None:
        iso = self.session.recipe.iso
        if (iso.bucket, iso.key, iso.size) == (self._looking, entry.key, entry.size):
            return
        made = IsoSource(self._looking, entry.key, entry.size, self.delete.isChecked())
        self.edit(msgspec.structs.replace(self.session.recipe, iso=made))
        self._inspect()

    async def _use_named(self, bucket: str, key: str) -> None:
        """Take an object by its name if it is there; its facts are those of any other."""
        if (cloud := self.session.cloud) is None:
            return
        self.named.use.set_busy(self.tr("Looking…"))
        try:
            info = await cloud.obs.head(bucket, key)
        except AppError as error:
            self.named.show_problem(f"{error.title} {error.remedy}", of_bucket=False)
            return
        finally:
            self.named.use.set_busy(None)
        if info is None:
            text = self.tr("There is no such object in {bucket}. Check both names.").format(bucket=bucket)
            self.named.show_problem(text, of_bucket=False)
            return
        self._looking = bucket
        made = IsoSource(bucket, key, info.size, self.delete.isChecked())
        self.edit(msgspec.structs.replace(self.session.recipe, iso=made))
        self._inspect()
        self._open(parent(key))

    def _looked_at(self, entry: Entry) -> None:
        iso = self.session.recipe.iso
        if entry.problem is not None:
            self.card.show_unusable(entry)
        elif (iso.bucket, iso.key) == (self._looking, entry.key):
            self._inspect()
        self.state_changed.emit()

    def _delete_toggled(self, delete: bool) -> None:
        iso = msgspec.structs.replace(self.session.recipe.iso, delete_object=delete)
        self.edit(msgspec.structs.replace(self.session.recipe, iso=iso))

    # -- the card

    def _facts(self) -> list[Fact]:
        """What is known of the ISO chosen; empty until the object storage has told."""
        iso = self.session.recipe.iso
        return self._known.get((iso.bucket, iso.key), [])

    def _inspect(self) -> None:
        iso = self.session.recipe.iso
        entry = Entry("iso", iso.key.rsplit("/", 1)[-1], iso.key, iso.size)
        if facts := self._facts():
            self.card.show_facts(entry, facts)
            return
        self.card.show_waiting(entry)
        self.tasks.spawn(self._ask_facts(iso, entry), name="inspect", replace=True)

    async def _ask_facts(self, iso: IsoSource, entry: Entry) -> None:
        if (cloud := self.session.cloud) is None:
            return
        account = self.session.recipe.account
        try:
            info = await cloud.obs.head(iso.bucket, iso.key)
            try:
                lies_in = (await cloud.obs.bucket(iso.bucket)).region
            except ForbiddenError:  # the object alone may be read
                lies_in = ""
        except AppError as error:
            self.card.show_error(entry, error)
            return
        facts = FactsOf(self, account).object(entry, info, lies_in)
        self._known[iso.bucket, iso.key] = facts
        self.card.show_facts(entry, facts)
        current = self.session.recipe.iso
        if info is not None and (current.bucket, current.key) == (iso.bucket, iso.key) and info.size != current.size:
            self.edit(
                msgspec.structs.replace(self.session.recipe, iso=msgspec.structs.replace(current, size=info.size))
            )
        self.state_changed.emit()

    # -- what is shown

    def _show_answers(self) -> None:
        iso = self.session.recipe.iso
        if self.delete.isChecked() != iso.delete_object:
            blocked = self.delete.box.blockSignals(True)
            self.delete.setChecked(iso.delete_object)
            self.delete.box.blockSignals(blocked)
        if not iso.key:
            self.card.show_nothing()

    def _forget(self) -> None:
        """Another sign-in may see other buckets, or none."""
        self._entered = False
        self._known.clear()
