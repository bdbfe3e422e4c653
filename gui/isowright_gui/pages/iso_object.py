"""Looking at the object chosen: what the storage says of it and its bucket, then what is in it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from isowright.cloud.client import Cloud
from isowright.errors import AppError
from isowright.iso import inspect_object
from isowright.recipe import IsoSource, Recipe
from isowright_gui.pages.iso_buckets import bucket_facts
from isowright_gui.pages.iso_card import FactsOf, IsoCard
from isowright_gui.pages.iso_fact import Fact
from isowright_gui.pages.iso_inside import inside_facts
from isowright_gui.pages.iso_listing import COLD_CLASSES, Entry
from isowright_gui.pages.iso_local_way import bucket_info
from isowright_gui.session import WizardSession
from isowright_gui.tasks import TaskScope


class ObjectLook(QObject):
    """`changed`: more is known. `shown`: whether the card is this one's just now."""

    changed = Signal()

    def __init__(
        self,
        card: IsoCard,
        session: WizardSession,
        tasks: TaskScope,
        edit: Callable[[Recipe], None],
        *,
        shown: Callable[[], bool],
    ) -> None:
        super().__init__(card)
        self._card, self._session, self._tasks, self._edit, self._shown = card, session, tasks, edit, shown
        self._known: dict[tuple[str, str], list[Fact]] = {}

    def facts(self, iso: IsoSource) -> list[Fact]:
        """What is known of an object; empty until the storage has told."""
        return [] if iso.path else self._known.get((iso.bucket, iso.key), [])

    def forget(self) -> None:
        """It may be another one by now."""
        self._known.clear()

    def look(self) -> None:
        """At the recipe's."""
        iso = self._session.recipe.iso
        entry = Entry("iso", iso.key.rsplit("/", 1)[-1], iso.key, iso.size)
        if facts := self.facts(iso):
            self._card.show_facts(entry, facts, self._session.inspection)
            return
        self._card.show_waiting(entry)
        self._tasks.spawn(self._ask(iso, entry), name="inspect", replace=True)

    async def _ask(self, iso: IsoSource, entry: Entry) -> None:
        if (cloud := self._session.cloud) is None:
            return
        account = self._session.recipe.account
        try:
            info = await cloud.obs.head(iso.bucket, iso.key)
            bucket = await bucket_info(self._session, iso.bucket)  # the object alone may be read
        except AppError as error:
            if self._shown():
                self._card.show_error(entry, error)
            return
        facts = FactsOf(self._card, account).object(entry, info, bucket.region if bucket else "")
        if bucket is not None:
            wrong = (fact for fact in bucket_facts(bucket, account.region)[1:2] if fact.verdict == "failed")
            facts += [Fact(self.tr("Bucket"), fact.value, fact.verdict, fact.why) for fact in wrong]
        self._take(iso, entry, facts)
        if info is None:
            return
        current = self._session.recipe.iso
        if _same(current, iso) and info.size != current.size:
            self._edit(replace(self._session.recipe, iso=replace(current, size=info.size)))
        if info.size and info.storage_class not in COLD_CLASSES and info.encrypted != "sse-c":
            self._take(iso, entry, await self._look_inside(cloud, iso, info.size, facts))

    async def _look_inside(self, cloud: Cloud, iso: IsoSource, size: int, facts: list[Fact]) -> list[Fact]:
        try:
            seen = await inspect_object(cloud, iso.bucket, iso.key, size)
        except AppError as error:
            why = " ".join(part for part in (error.title, error.remedy) if part)
            return [Fact(self.tr("Content"), self.tr("Could not be read"), "warning", why), *facts]
        self._session.inspected(iso, seen)
        inside = inside_facts(seen)
        told = {fact.label for fact in inside}  # the file's own word on its size and system is the better one
        return [*inside, *(fact for fact in facts if fact.label not in told or fact.verdict == "failed")]

    def _take(self, iso: IsoSource, entry: Entry, facts: list[Fact]) -> None:
        self._known[iso.bucket, iso.key] = facts
        if self._shown() and _same(self._session.recipe.iso, iso):
            self._card.show_facts(entry, facts, self._session.inspection)
        self.changed.emit()


def _same(one: IsoSource, other: IsoSource) -> bool:
    return (one.bucket, one.key, one.path) == (other.bucket, other.key, other.path)
