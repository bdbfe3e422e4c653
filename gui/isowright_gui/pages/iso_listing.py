"""What a bucket's folder holds: folders, ISOs and the rest, with the reason why an object cannot be used."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, Qt

from isowright.cloud.client import Cloud
from isowright.cloud.models import ObjectEntry, ObjectPage
from isowright.recipe import MAX_ISO_BYTES, iso_key_problem

Kind = Literal["folder", "iso", "other"]

COLD_CLASSES = ("COLD", "DEEP_ARCHIVE", "GLACIER")  # must be restored before anything can read them
SLOW_CLASSES = ("WARM", "STANDARD_IA")


def _tr(text: str) -> str:
    return QCoreApplication.translate("IsoPage", text)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `key` of a folder ends in "/". size in bytes, `modified` ISO 8601."""

    kind: Kind
    name: str
    key: str
    size: int = 0
    modified: str = ""
    storage_class: str = "STANDARD"

    @property
    def problem(self) -> tuple[str, str] | None:
        """(what is wrong, what to do) if no image can be made of this, else None. Folders have none."""
        if self.kind == "folder":
            return None
        if found := iso_key_problem(self.key):
            return found
        if self.size > MAX_ISO_BYTES:
            return (
                _tr("It is larger than 128 GB, the image service's limit."),
                _tr("Choose a smaller installer, for instance the network installer."),
            )
        if self.size == 0:
            return (_tr("The object is empty."), _tr("Upload the ISO again, and wait until the upload has ended."))
        if self.storage_class in COLD_CLASSES:
            return (
                _tr("It lies in the archive (storage class {name}), which the image service cannot read.").format(
                    name=self.storage_class
                ),
                _tr("Restore it in the cloud's console and change its class to Standard, then refresh this list."),
            )
        return None

    @property
    def chip(self) -> str:
        """The short reason shown in the row; "" = usable, or a folder."""
        if self.kind == "folder" or self.problem is None:
            return ""
        if not self.key.lower().endswith(".iso"):
            return _tr("Not an ISO")
        if " " in self.key:
            return _tr("Space in its name")
        if self.size > MAX_ISO_BYTES:
            return _tr("Too large")
        return _tr("Empty") if self.size == 0 else _tr("Archived")


def entries(page: ObjectPage, prefix: str) -> list[Entry]:
    """The rows of one answer. The object that stands for the folder itself is left out."""
    rows = [_folder(key, prefix) for key in page.folders]
    rows += [_object(entry, prefix) for entry in page.objects if entry.key != prefix and not entry.key.endswith("/")]
    return rows


def _folder(key: str, prefix: str) -> Entry:
    return Entry("folder", key[len(prefix) :].rstrip("/"), key)


def _object(entry: ObjectEntry, prefix: str) -> Entry:
    name = entry.key[len(prefix) :]
    kind: Kind = "iso" if entry.key.lower().endswith(".iso") else "other"
    return Entry(kind, name, entry.key, entry.size, entry.modified, entry.storage_class or "STANDARD")


_ORDER = {"folder": 0, "iso": 1, "other": 2}


def in_order(rows: Iterable[Entry]) -> list[Entry]:
    """Folders, then ISOs, then what is no ISO; each by name."""
    return sorted(rows, key=lambda row: (_ORDER[row.kind], row.name.casefold(), row.key))


async def pages(cloud: Cloud, bucket: str, prefix: str) -> AsyncIterator[list[Entry]]:
    """The folder's rows, one list per answer of at most 1,000; ends with the folder."""
    marker = ""
    while True:
        page = await cloud.obs.objects(bucket, prefix=prefix, marker=marker, delimiter="/", limit=1000)
        yield entries(page, prefix)
        # A cloud that repeats its marker would be asked for ever.
        if not page.next_marker or page.next_marker == marker:
            return
        marker = page.next_marker


def parent(prefix: str) -> str:
    """The folder above: "a/b/" → "a/", "a/" → ""."""
    head, _, _ = prefix.rstrip("/").rpartition("/")
    return f"{head}/" if head else ""


def day_text(modified: str, *, year: int) -> str:
    """ "31 Aug" this year, "31 Aug 2024" in others; "" if the text is no time. `year`: the present one."""
    moment = QDateTime.fromString(modified, Qt.DateFormat.ISODateWithMs)
    if not moment.isValid():
        return ""
    date = moment.toLocalTime().date()
    return QLocale().toString(date, "d MMM" if date.year() == year else "d MMM yyyy")
