"""Leftovers in words: what is asked before deleting, and what it came to. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from isowright.orphans import Orphan, Removal
from isowright_gui.runs.words import kind_word

_MOST_NAMES = 8  # in a question; the list behind it has them all


def _tr(text: str) -> str:
    return QCoreApplication.translate("Leftovers", text)


def facts(orphan: Orphan) -> str:
    """ "Temporary server · 2 vCPU, 4 GiB, 80 GB of disks · billed by the hour"."""
    billed = {"hourly": _tr("billed by the hour"), "storage": _tr("billed as storage"), "no": _tr("not billed")}
    return " · ".join(part for part in (kind_word(orphan.kind), orphan.size, billed[orphan.billed]) if part)


def age(seconds: float | None) -> str:
    """ "3 days old", "5 h old", "Just made"."""
    if seconds is None:
        return _tr("Age not known")
    days, hours, minutes = int(seconds // 86400), int(seconds // 3600), int(seconds // 60)
    if days:
        return _tr("1 day old") if days == 1 else _tr("{n} days old").format(n=days)
    if hours:
        return _tr("{n} h old").format(n=hours)
    return _tr("{n} min old").format(n=minutes) if minutes else _tr("Just made")


def delete_verb(count: int) -> str:
    """The words of the button."""
    return _tr("&Delete 1 item") if count == 1 else _tr("&Delete {n} items").format(n=count)


def chosen_words(chosen: Sequence[Orphan], removable: int) -> str:
    """What is ticked, beside the button."""
    if not removable:
        return _tr("Nothing of this can be deleted from here.")
    if not chosen:
        return _tr("Nothing is ticked.")
    hourly = sum(orphan.billed == "hourly" for orphan in chosen)
    ticked = _tr("{n} of {all} ticked.").format(n=len(chosen), all=removable)
    return f"{ticked} " + _tr("{n} billed by the hour.").format(n=hourly) if hourly else ticked


def question(chosen: Sequence[Orphan]) -> tuple[str, str]:
    """Title and text of the confirmation."""
    title = _tr("Delete 1 leftover?") if len(chosen) == 1 else _tr("Delete {n} leftovers?").format(n=len(chosen))
    names = [f"• {orphan.name} ({kind_word(orphan.kind)})" for orphan in chosen[:_MOST_NAMES]]
    if len(chosen) > _MOST_NAMES:
        names.append(_tr("• and {n} more").format(n=len(chosen) - _MOST_NAMES))
    parts = ["\n".join(names), _tr("They cannot be brought back. A server's disks go with it.")]
    young = sum(orphan.verdict == "young" for orphan in chosen)
    if young:
        some = _tr("1 of them was") if young == 1 else _tr("{n} of them were").format(n=young)
        parts.append(_tr("{some} made lately by another computer, which may still use it.").format(some=some))
    return title, "\n\n".join(parts)


def result_words(removals: Sequence[Removal]) -> str:
    """What it came to."""
    failed = sum(removal.state == "failed" for removal in removals)
    gone = len(removals) - failed
    parts = []
    if gone:
        parts.append(_tr("1 deleted.") if gone == 1 else _tr("{n} deleted.").format(n=gone))
    if failed:
        several = _tr("{n} could not be deleted; their rows say why.")
        parts.append(_tr("1 could not be deleted; its row says why.") if failed == 1 else several.format(n=failed))
    return " ".join(parts)
