"""The side card of the ISO page: what is known of the object chosen, each fact with its verdict and its remedy."""

from __future__ import annotations

import re

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from isowright.cloud.catalog import traits
from isowright.cloud.models import ObjectInfo
from isowright.errors import AppError
from isowright.flow import size_text
from isowright.iso.report import Inspection
from isowright.recipe import MAX_ISO_BYTES, Account, iso_key_problem
from isowright_gui.pages.image_guess import is_windows
from isowright_gui.pages.iso_fact import Fact
from isowright_gui.pages.iso_inside import kind_of, title_of
from isowright_gui.pages.iso_listing import COLD_CLASSES, SLOW_CLASSES, Entry
from isowright_gui.theme import theme
from isowright_gui.widgets import (
    Button,
    Card,
    ElidedLabel,
    Hairline,
    KeyValue,
    Skeleton,
    Tile,
    WrapLabel,
    clear,
    column,
    row,
)

_GUIDE_NAME = re.compile(r"[A-Za-z0-9_\-]+\.iso", re.IGNORECASE)  # what the vendor's walk-through asks for


class IsoCard(Card):
    """`retry`: ask for the object's facts again."""

    retry = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(gap=3, parent=parent)
        self.facts: list[Fact] = []
        self._tile = Tile("disc")
        self._name = ElidedLabel("", "strong")
        self._kind = ElidedLabel("", "caption", "muted")
        words = column(gap=0.5)
        words.addWidget(self._name)
        words.addWidget(self._kind)
        head = row(gap=3)
        head.addWidget(self._tile)
        head.addLayout(words, 1)
        self.body.addLayout(head)
        self.add(Hairline())
        self._text = WrapLabel("", "body", "muted")
        self.add(self._text)
        self._waiting = Skeleton(4, 6)
        self.add(self._waiting)
        self._rows = column(gap=2)
        self.body.addLayout(self._rows)
        self._label_line = Hairline()
        self.add(self._label_line)
        self._label = KeyValue(self.tr("Label"))
        self.add(self._label)
        self._retry = Button(self.tr("Try a&gain"), small=True)
        self._retry.clicked.connect(self.retry)
        foot = row()
        foot.addWidget(self._retry)
        foot.addStretch(1)
        self.body.addLayout(foot)
        self.retheme()
        self.show_nothing()

    def retheme(self) -> None:
        self.setFixedWidth(theme().s(72))

    def show_nothing(self, text: str = "") -> None:
        """No ISO is chosen."""
        self._show(self.tr("No ISO chosen"), self.tr("Installer image"), "neutral")
        usual = self.tr("Choose an object whose name ends in .iso. Its facts will be shown here.")
        self._text.setText(text or usual)
        self._text.show()

    def show_waiting(self, entry: Entry, words: str = "") -> None:
        """The facts are being asked for."""
        self._show(entry.name, words or self.tr("Asking the object storage…"), "accent")
        self._waiting.show()

    def show_unusable(self, entry: Entry) -> None:
        """The row looked at cannot be chosen: why, and what to do."""
        problem = entry.problem
        assert problem is not None
        self._show(entry.name, self.tr("Cannot be chosen"), "neutral")
        self._set_facts([Fact(entry.chip, size_text(entry.size), "failed", f"{problem[0]} {problem[1]}")])

    def show_error(self, entry: Entry, error: AppError) -> None:
        """The facts could not be had; the choice stays."""
        self._show(entry.name, self.tr("Not looked at yet"), "neutral")
        self._text.setText(f"{error.title} {error.remedy}")
        self._text.show()
        self._retry.show()

    def show_facts(self, entry: Entry, facts: list[Fact], seen: Inspection | None = None) -> None:
        """What is known of it. `seen`: what looking into it has told."""
        worst = {fact.verdict for fact in facts}
        kind = (
            self.tr("Cannot be used")
            if "failed" in worst
            else self.tr("Usable, with a remark")
            if "warning" in worst
            else self.tr("Ready to use")
        )
        self._show(title_of(seen) if seen else entry.name, f"{kind_of(seen)} · {kind}" if seen else kind, "accent")
        self._set_facts(facts)
        label = seen.volume_id if seen else ""
        self._label.set_value(label)
        for widget in (self._label_line, self._label):
            widget.setVisible(bool(label))

    def _show(self, name: str, kind: str, tone: str) -> None:
        self._tile.set_icon("disc", tone)
        self._name.setText(name)
        self._kind.setText(kind)
        self.setAccessibleName(f"{name}: {kind}")
        for widget in (self._text, self._waiting, self._retry, self._label_line, self._label):
            widget.hide()
        self._set_facts([])

    def _set_facts(self, facts: list[Fact]) -> None:
        self.facts = facts
        clear(self._rows)
        for fact in facts:
            self._rows.addWidget(KeyValue(fact.label, fact.value, glyph=fact.verdict))
            if fact.why:
                under = row(margins=(6, 0, 0, 0))
                under.addWidget(WrapLabel(fact.why, "caption", "muted"))
                self._rows.addLayout(under)


class FactsOf:
    """Turns what HEAD bucket and HEAD object say into facts; pure, so that each verdict can be tested."""

    def __init__(self, widget: QWidget, account: Account) -> None:
        self._tr = widget.tr
        self._region = account.region
        self._windows = traits(account).windows

    def object(self, entry: Entry, info: ObjectInfo | None, region: str) -> list[Fact]:
        """`region`: the bucket's, "" if not known."""
        if info is None:
            return [
                Fact(
                    self._tr("Object"),
                    self._tr("Gone"),
                    "failed",
                    self._tr("It has been deleted or renamed. Refresh the list and choose another ISO."),
                )
            ]
        return [
            self._size(info),
            self._place(region),
            self._class(info.storage_class or "STANDARD"),
            self._encryption(info.encrypted),
            self._name(entry.name),
            *self._system(entry.name),
        ]

    def _system(self, name: str) -> list[Fact]:
        if self._windows or not is_windows(name):
            return []
        why = self._tr("This cloud takes no new Windows images since 2024: it may refuse this ISO.")
        return [Fact(self._tr("System"), self._tr("Windows"), "warning", why)]

    def _size(self, info: ObjectInfo) -> Fact:
        if info.size == 0:
            return Fact(self._tr("Size"), self._tr("Empty"), "failed", self._tr("Upload the ISO again."))
        if info.size > MAX_ISO_BYTES:
            return Fact(self._tr("Size"), size_text(info.size), "failed", self._tr("128 GB is the limit."))
        return Fact(self._tr("Size"), size_text(info.size))

    def _place(self, region: str) -> Fact:
        if region and region != self._region:
            why = self._tr("Copy the ISO to a bucket in {region}, or choose another bucket.").format(
                region=self._region
            )
            return Fact(self._tr("Region"), region, "failed", why)
        return Fact(self._tr("Region"), region or self._region)

    def _class(self, name: str) -> Fact:
        label, shown = self._tr("Storage class"), name.replace("_", " ").capitalize()
        if name in COLD_CLASSES:
            return Fact(
                label, shown, "failed", self._tr("Restore it, and change its class to Standard in the console.")
            )
        if name in SLOW_CLASSES:
            return Fact(label, shown, "warning", self._tr("Reading it costs extra."))
        return Fact(label, shown)

    def _encryption(self, kind: str) -> Fact:
        label = self._tr("Encryption")
        if kind == "sse-c":
            why = self._tr("The image service has no key to it. Upload the ISO without a key of your own.")
            return Fact(label, self._tr("Own key"), "failed", why)
        if kind:
            why = self._tr("The image service needs the right to use the key.")
            return Fact(label, kind.upper(), "warning", why)
        return Fact(label, self._tr("None"))

    def _name(self, name: str) -> Fact:
        label = self._tr("Name")
        if problem := iso_key_problem(name):
            return Fact(label, self._tr("Not allowed"), "failed", " ".join(problem))
        if not _GUIDE_NAME.fullmatch(name):
            why = self._tr(
                "The vendor's guide names letters, digits, - and _ only. If the cloud refuses it, rename it."
            )
            return Fact(label, self._tr("Unusual"), "warning", why)
        return Fact(label, self._tr("Allowed"))
