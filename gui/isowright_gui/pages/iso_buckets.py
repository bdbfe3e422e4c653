"""The buckets to choose from, and what is said of the one chosen: its region, class and encryption."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QWidget

from isowright.cloud.models import Bucket, BucketInfo
from isowright_gui.pages.iso_fact import Fact
from isowright_gui.theme import icon
from isowright_gui.widgets import Button, ComboBox, ElidedLabel, StateGlyph, WrapLabel, column, row


def _tr(text: str) -> str:
    return QCoreApplication.translate("IsoPage", text)


def usable(buckets: Sequence[Bucket], region: str) -> list[Bucket]:
    """Those of the cloud's region, or of one that is not told."""
    return [bucket for bucket in buckets if not bucket.region or bucket.region == region]


def fill(combo: ComboBox, buckets: Sequence[Bucket], region: str, wanted: str) -> None:
    """All buckets, those of other regions at the end and not to be chosen. `wanted` becomes the chosen one, "" = none;
    it is there even if it may be read but not listed."""
    near = usable(buckets, region)
    far = [bucket for bucket in buckets if bucket not in near]
    items = [(bucket.name, bucket.name) for bucket in near]
    if wanted and wanted not in [bucket.name for bucket in buckets]:
        items.append((wanted, wanted))
    items += [(_tr("{name} – in {region}, too far").format(name=b.name, region=b.region), b.name) for b in far]
    combo.set_items(items, keep=False)
    choices = cast("QStandardItemModel", combo.model())
    why = _tr("Images can be made from buckets of their own region only.")
    for number, (text, _) in enumerate(items):
        is_far = number >= len(items) - len(far)
        combo.setItemIcon(number, icon("database", "muted"))
        choices.item(number).setEnabled(not is_far)
        choices.item(number).setToolTip(why if is_far else text)
    combo.setCurrentIndex(combo.findData(wanted) if wanted else -1)


def bucket_facts(info: BucketInfo, region: str) -> list[Fact]:
    """Region, class and encryption, each with its verdict and its remedy. region: the cloud's."""
    place = Fact(_tr("Region"), info.region or region)
    if info.region and info.region != region:
        why = _tr("Images can be made from buckets of their own region only. Choose or make one in {region}.")
        place = Fact(_tr("Region"), info.region, "failed", why.format(region=region))
    shown = info.storage_class.replace("_", " ").capitalize() or "Standard"
    kind = Fact(_tr("Class"), shown)
    if info.storage_class not in ("", "STANDARD"):
        why = _tr(
            "The image service reads buckets of the Standard class only. Choose or make another one, or change its "
            "class in the console."
        )
        kind = Fact(_tr("Class"), shown, "failed", why)
    return [place, kind, _encryption(info.encryption)]


def _encryption(kind: str | None) -> Fact:
    label = _tr("Encryption")
    if kind is None:
        return Fact(label, _tr("Encryption not told"))
    if not kind:
        return Fact(label, _tr("Not encrypted"))
    why = _tr("New objects are encrypted with {kind}: the image service (IMS) needs the right to use that key.")
    shown = kind.upper()
    value = _tr("Encrypted ({kind})").format(kind=shown)
    return Fact(label, value, "warning", why.format(kind=shown)) if kind == "kms" else Fact(label, value)


class BucketLine(QWidget):
    """What is known of the chosen bucket, and the way to another one. Signal `new_wanted`."""

    new_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts: list[Fact] = []
        self._glyph = StateGlyph("done", size=3.5)
        self._words = ElidedLabel("", "caption", "muted")  # one line: wrapped words make the list too high or too low
        self.new = Button(_tr("Ne&w bucket…"), "link", "plus")
        self._why = WrapLabel("", "caption", "muted")
        head = row(gap=1.5)
        head.addWidget(self._glyph)
        head.addWidget(self._words, 1)
        head.addWidget(self.new)
        body = column(self, gap=0.5)
        body.addLayout(head)
        body.addWidget(self._why)
        self.new.clicked.connect(self.new_wanted)
        self.show_nothing()

    def show_nothing(self) -> None:
        """No bucket, or nothing is known of it."""
        self.facts = []
        self._glyph.hide()
        self._words.setText("")
        self._why.hide()

    def show_facts(self, facts: list[Fact]) -> None:
        """As `bucket_facts` gives them."""
        self.facts = facts
        worst = min(facts, key=lambda fact: ("failed", "warning", "done").index(fact.verdict))
        self._glyph.set_state(worst.verdict)
        self._glyph.show()
        self._words.setText(" · ".join(fact.value for fact in facts))
        self._why.setText(" ".join(fact.why for fact in facts if fact.why))
        self._why.set_tone("danger" if worst.verdict == "failed" else "muted")
        self._why.setVisible(bool(self._why.text()))

    def words(self) -> str:
        """What is shown."""
        return " ".join(part for part in (self._words.text(), self._why.text() if self.facts else "") if part)
