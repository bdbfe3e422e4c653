"""From two files of this computer, an ISO and its answers, to what is uploaded. What a run and its check do."""

from __future__ import annotations

from pathlib import Path

from isowright.errors import InputError
from isowright.iso import inspect_file
from isowright.iso.volume import printable
from isowright.unattended import given
from isowright.unattended.family import FAMILIES, Family, family_of
from isowright.unattended.given import Given
from isowright.unattended.overlay import Overlay
from isowright.unattended.remaster import find_xorriso, remaster


def family_for(iso: Path) -> Family:
    """Raises InputError if its installer takes no answers that could be put onto it."""
    seen = inspect_file(iso)
    family = family_of(seen)
    if family is None:
        kinds = ", ".join(one.title for one in FAMILIES.values() if one.kind != "isowright-test")
        title = seen.title or "its system was not recognised"
        raise InputError(
            f"{printable(iso.name)} is not known to install by itself: {title}.",
            detail=f"Kinds of answers that can be put onto an ISO: {kinds}.",
            remedy="Install by hand; or, for Windows, put an Autounattend.xml onto the ISO by other means.",
            action="step:iso.answers",
        )
    return family


def look(iso: Path, answers: Path) -> tuple[Family, Given]:
    """The answers, and what is to be said of them. Blocking. Raises InputError if they cannot be used for this ISO,
    and AppError if xorriso is missing."""
    family = family_for(iso)
    looked = given.read(answers, family)
    if not looked.usable:
        worst = next(remark for remark in looked.remarks if remark.verdict == "failed")
        raise InputError(worst.title, detail=worst.detail, remedy=worst.remedy, action="step:iso.answers")
    find_xorriso()
    return family, looked


def prepare(iso: Path, answers: Path) -> Overlay:
    """Blocking, a second or two; the same each time, so that an upload goes on where it was. Raises as `look` and
    `remaster` do."""
    family, looked = look(iso, answers)
    return remaster(iso, family, looked.data)
