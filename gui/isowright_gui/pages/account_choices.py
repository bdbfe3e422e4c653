"""The clouds and regions offered on the Account page: the practice cloud, the catalogue, and endpoints written out."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from isowright.cloud import catalog
from isowright.recipe import CUSTOM, PRACTICE


@dataclass(frozen=True)
class CloudChoice:
    """One row of the cloud list; `regions` are (text, id), empty where the operator types the region."""

    id: str
    title: str
    icon: str
    regions: tuple[tuple[str, str], ...] = ()
    note: str = ""


def cloud_choices() -> list[CloudChoice]:
    """Practice first: it is safe. A cloud whose host names nobody can know is a case for custom endpoints."""
    tr = QCoreApplication.translate
    made = [CloudChoice(PRACTICE, tr("AccountPage", "Practice cloud on this computer"), "flask")]
    made += [
        CloudChoice(
            entry.id,
            entry.title,
            "cloud",
            tuple((region_text(region.id, region.name), region.id) for region in entry.regions),
            _note(entry.confidence),
        )
        for entry in catalog.clouds()
        if not entry.user_supplied_domain
    ]
    made.append(CloudChoice(CUSTOM, tr("AccountPage", "Custom endpoints"), "tree-structure"))
    return made


def region_text(region_id: str, name: str) -> str:
    """ "eu-de · Germany"; the id alone where it has no name."""
    return f"{region_id} · {name}" if name and name != region_id else region_id


def _note(confidence: str) -> str:
    if confidence in ("community", "inferred"):
        return QCoreApplication.translate(
            "AccountPage", "Addresses of this cloud come from third parties. If sign-in fails, use custom endpoints."
        )
    return ""
