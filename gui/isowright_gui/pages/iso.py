"""ISO: the installer that the image is made from, an object in a bucket of the cloud's region or a file to upload."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from isowright.cloud.models import Bucket
from isowright.errors import AppError, ForbiddenError
from isowright.recipe import IsoSource, Step
from isowright_gui.pages.iso_browser import Browser
from isowright_gui.pages.iso_buckets import BucketLine, bucket_facts, fill, usable
from isowright_gui.pages.iso_card import IsoCard
from isowright_gui.pages.iso_drop import DropTarget
from isowright_gui.pages.iso_fact import Fact, first_failed
from isowright_gui.pages.iso_listing import Entry, pages, parent
from isowright_gui.pages.iso_local import LocalIso
from isowright_gui.pages.iso_local_way import LocalWay, bucket_info
from isowright_gui.pages.iso_named import NamedIso
from isowright_gui.pages.iso_new_bucket import NewBucketDialog
from isowright_gui.pages.iso_object import ObjectLook
from isowright_gui.pages.side import SideBySide
from isowright_gui.services import Services
from isowright_gui.session import WizardSession
from isowright_gui.theme import theme
from isowright_gui.widgets import CheckRow, ComboBox, Segmented, column, row
from isowright_gui.wizard.page import Hint, Page

if TYPE_CHECKING:
    from isowright.cloud.client import Cloud

Way = Literal["bucket", "local"]
PATIENCE = 10.0  # s that Continue waits for a look into the ISO


class IsoPage(Page):
    """The answer is what is marked in the list, or the file shown; looking elsewhere does not lose it."""

    step: Step = "iso"

    def __init__(self, services: Services, session: WizardSession, parent: QWidget | None = None) -> None:
        super().__init__(services, session, parent)
        self.bucket = ComboBox()
        self.bucket.setAccessibleName(self.tr("Bucket"))
        self.bucket.setPlaceholderText(self.tr("Choose a bucket"))
        self.browser = Browser(self.bucket, services.clock.now().year)
        self.bucket_line = BucketLine()
        self.card = IsoCard()
        self.way = Segmented(
            [(self.tr("In a bucket"), "bucket"), (self.tr("On this computer"), "local")], self.tr("Where the ISO is")
        )
        self.form = LocalIso()
        self.local = LocalWay(self.form, self.card, services, session, self.tasks, self.edit)
        self.objects = ObjectLook(self.card, session, self.tasks, self.edit, shown=lambda: not self.is_local)
        self.delete = CheckRow(
            self.tr("&Delete the ISO object afterwards"),
            self.tr("Once the image is made and checked. Unticked, the object stays as it is."),
        )
        self.named = NamedIso()
        self.named.hide()  # until a list is refused
        self._lay_out()
        self.drops = DropTarget(self)
        self.drops.dropped.connect(self._dropped)
        self._looking = ""  # the bucket that is shown, which need not be that of the answer
        self._entered = False
        self._last: IsoSource | None = None  # what was chosen in a bucket, while the other way is shown
        self.bucket.activated.connect(self._bucket_chosen)
        self.browser.folder_wanted.connect(self._open)
        self.browser.refresh.connect(self._refresh)
        self.browser.retry.connect(lambda: self._load(fresh=True))
        self.browser.chosen.connect(self._chosen)
        self.browser.looked_at.connect(self._looked_at)
        self.card.retry.connect(self._inspect)
        self.way.changed.connect(self._way_changed)
        for look in (self.local, self.objects):
            look.changed.connect(self.state_changed)
        for line in (self.bucket_line, self.form.bucket_line):
            line.new_wanted.connect(lambda: self.tasks.spawn(self._new_bucket(), name="new-bucket"))
        self.named.wanted.connect(lambda bucket, key: self.tasks.spawn(self._use_named(bucket, key), name="named"))
        self.delete.toggled.connect(self._delete_toggled)
        session.changed.connect(self._show_answers)
        session.signed.connect(self._forget)
        self.retheme()
        self._show_answers()

    def _lay_out(self) -> None:
        self._in_bucket = QWidget()
        inside = column(self._in_bucket, gap=3)
        inside.addWidget(self.browser, 1)
        inside.addWidget(self.named)
        self.browser.place_line(self.bucket_line)
        main = QWidget()
        body = column(main, gap=3)
        switch = row()
        switch.addWidget(self.way)
        switch.addStretch(1)
        body.addLayout(switch)
        body.addWidget(self._in_bucket, 1)
        body.addWidget(self.form)
        body.addWidget(self.delete)
        self._rest = QWidget()  # takes what the form leaves
        body.addWidget(self._rest, 1)
        outer = column(self, gap=0)
        outer.addWidget(SideBySide(main, self.card), 1)
        self._show_way()

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
        if self.is_local:
            return self.local.problem() or super().problem
        if self.session.recipe.iso.path:
            return self.tr("No ISO is chosen.")
        if found := super().problem:
            # A bucket is looked into without being asked for one; what is missing then is the ISO.
            return self.tr("No ISO is chosen.") if self._looking and not self.session.recipe.iso.key else found
        failed = first_failed(self._facts())
        return failed.words if failed else None

    @property
    def is_local(self) -> bool:
        """The way shown: a file on this computer."""
        return bool(self.way.value() == "local")

    @property
    def hint(self) -> Hint:
        facts = [*self.local.facts, *self.form.bucket_line.facts] if self.is_local else self._facts()
        if first_failed(facts) and (found := self.problem):
            return Hint(found, "danger")
        remarks = sum(fact.verdict == "warning" for fact in facts)
        if remarks and self.problem is None:
            text = (
                self.tr("One remark on this ISO. You can go on.")
                if remarks == 1
                else self.tr("{count} remarks on this ISO. You can go on.").format(count=remarks)
            )
            return Hint(text, "warning")
        return Hint()

    def first_focus(self) -> QWidget | None:
        if self.is_local:
            return self.local.first_focus()
        if self.browser.list.state() == "error":
            return self.browser.list.notice.first
        return self.browser.table if self._looking and self.browser.model.shown() else self.bucket

    def reveal_problem(self) -> None:
        super().reveal_problem()
        if self.is_local:
            self.local.reveal()
            self.state_changed.emit()
            return
        table = self.browser.table
        if self.browser.model.shown() and not table.currentIndex().isValid():
            table.setCurrentIndex(self.browser.model.index(0, 0))
        self.state_changed.emit()

    async def enter(self) -> None:
        iso = self.session.recipe.iso
        if not self._entered:
            self._entered = True
            self._looking = iso.bucket
            self.browser.prefix = parent(iso.key) if iso.key and not iso.path else ""
            if iso.path or iso.key:
                self._show_way("local" if iso.path else "bucket")
        if iso.path and self.is_local:
            self.local.resume()
        elif iso.key and not iso.path and not self.is_local:
            self._inspect()
        await self._list(fresh=False)

    async def commit(self) -> bool:
        """What looking into the ISO tells may stop the page, so a look that is under way is waited for."""
        if self.is_local:
            self.local.settle()
        if self._looks():
            self.set_busy(self.tr("Looking into it…"))
            try:
                await asyncio.wait(self._looks(), timeout=PATIENCE)
            finally:
                self.set_busy("")
        if not self.valid:
            self.reveal_problem()
        return self.valid

    def _looks(self) -> list[asyncio.Task[object]]:
        return [task for name in ("inspect", "key", "bucket") for task in self.tasks.of(name)]

    # -- the two ways

    def _show_way(self, way: Way | None = None) -> None:
        if way is not None and way != self.way.value():
            blocked = self.way.blockSignals(True)
            self.way.set_value(way)
            self.way.blockSignals(blocked)
        self._in_bucket.setVisible(not self.is_local)
        self.form.setVisible(self.is_local)
        self._rest.setVisible(self.is_local)
        self.delete.set_help(
            self.tr("Once the image is made and checked. Unticked, it stays in the bucket for the next time.")
            if self.is_local
            else self.tr("Once the image is made and checked. Unticked, the object stays as it is.")
        )

    def _way_changed(self) -> None:
        """What is shown counts: an answer given in this way before is the answer again."""
        self._show_way()
        iso = self.session.recipe.iso
        self.tasks.cancel("inspect")
        if self.is_local:
            if iso.key and not iso.path:
                self._last = iso
            self.local.use_again()
        elif iso.path and self._last is not None:
            self.edit(msgspec.structs.replace(self.session.recipe, iso=self._last))
            self._inspect()
        elif iso.path or not iso.key:
            self.card.show_nothing()
        else:
            self._inspect()
        self.state_changed.emit()

    async def _new_bucket(self) -> None:
        if (cloud := self.session.cloud) is None:
            return
        made = await NewBucketDialog(self.session, cloud, self).use()
        if not made:
            return
        self._looking = made
        self.browser.prefix = ""
        await self._list(fresh=True)
        if self.is_local:
            self.local.use_bucket(made)
            self.form.bucket.choose(made)
        self.state_changed.emit()

    def _dropped(self, path: Path | None, refused: str) -> None:
        """Dropping says which way is meant."""
        if not self.is_local:
            if (iso := self.session.recipe.iso).key and not iso.path:
                self._last = iso
            self._show_way("local")
        if path is not None:
            self.local.take(path)
            # Where it was may just have been hidden; here, Enter goes on.
            self.form.key.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.local.show_card()
            self.local.refuse(refused)
        self.state_changed.emit()

    # -- lists

    def _load(self, *, fresh: bool) -> None:
        self.tasks.spawn(self._list(fresh=fresh), name="list", replace=True)

    def _refresh(self) -> None:
        self.objects.forget()
        self._load(fresh=True)
        if self.session.recipe.iso.key and not self.session.recipe.iso.path:
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
        region = self.session.recipe.account.region
        near = usable(buckets, region)
        if not self._looking and near:
            self._looking = near[0].name
        fill(self.bucket, buckets, region, self._looking)
        fill(self.form.bucket, buckets, region, self.local.bucket or self._looking)
        if not self.local.bucket and self._looking:
            self.local.use_bucket(self._looking)
        self.form.bucket_field.set_help("" if near else self.tr("There is none in {region} yet.").format(region=region))
        if self._looking:
            self.tasks.spawn(self._ask_bucket(self._looking), name="bucket-facts", replace=True)
        else:
            self.bucket_line.show_nothing()
            self.browser.show_message(
                self.tr("No bucket in {region}").format(region=region) if buckets else self.tr("No bucket"),
                self.tr("Make one with New bucket, and upload the ISO to it: choose On this computer."),
            )

    async def _ask_bucket(self, name: str) -> None:
        info = await bucket_info(self.session, name)
        if info is not None and name == self._looking:
            self.bucket_line.show_facts(bucket_facts(info, self.session.recipe.account.region))

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
        if iso.bucket == self._looking and not iso.path:
            self.browser.choose(iso.key)

    # -- what the operator does

    def _bucket_chosen(self, index: int) -> None:
        name = str(self.bucket.itemData(index))
        if name == self._looking:
            return
        self._looking = name
        self.bucket_line.show_nothing()
        self._open("")

    def _chosen(self, entry: Entry) -> None:
        iso = self.session.recipe.iso
        if (iso.bucket, iso.key, iso.size, iso.path) == (self._looking, entry.key, entry.size, ""):
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
        return self.objects.facts(self.session.recipe.iso)

    def _inspect(self) -> None:
        if self.session.recipe.iso.path:
            self.local.resume()
        else:
            self.objects.look()

    # -- what is shown

    def _show_answers(self) -> None:
        iso = self.session.recipe.iso
        if self.delete.isChecked() != iso.delete_object:
            blocked = self.delete.box.blockSignals(True)
            self.delete.setChecked(iso.delete_object)
            self.delete.box.blockSignals(blocked)
        if iso.path:
            self.local.show_answers()
        elif not iso.key and not self.is_local:
            self.card.show_nothing()

    def _forget(self) -> None:
        """Another sign-in may see other buckets, or none."""
        self._entered = False
        self._looking = ""
        self.objects.forget()
        self.local.forget()
