"""A run in words: durations, fates, what is billed. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from isowright.dead_man import time_in
from isowright.events import Resource
from isowright_gui.runs.state import BuildState
from isowright_gui.widgets.rows import Resource as Shown

_ICONS = {
    "iso-image": "disc",
    "server": "desktop-tower",
    "system-volume": "hard-drive",
    "data-volume": "hard-drive",
    "image": "stack",
    "object": "file",
    "upload": "upload-simple",
    "vpc": "tree-structure",
    "subnet": "tree-structure",
    "share": "share-network",
    "image-copy": "copy",
    "export": "file",
    "temporary-key": "key",
}


def _tr(text: str) -> str:
    return QCoreApplication.translate("Build", text)


def duration(seconds: float) -> str:
    """ "48 s", "1 min 40 s", "2 h 05 min"."""
    whole = max(0, int(seconds))
    if whole < 60:
        return _tr("{s} s").format(s=whole)
    if whole < 3600:
        return _tr("{m} min {s:02} s").format(m=whole // 60, s=whole % 60)
    return _tr("{h} h {m:02} min").format(h=whole // 3600, m=whole % 3600 // 60)


def kind_icon(kind: str) -> str:
    """The picture of a kind of resource."""
    return _ICONS.get(kind, "disc")


def kind_word(kind: str) -> str:
    """What a resource is, in words."""
    return {
        "iso-image": _tr("ISO image"),
        "server": _tr("Temporary server"),
        "system-volume": _tr("Disk"),
        "data-volume": _tr("Disk"),
        "image": _tr("Private image"),
        "upload": _tr("Unfinished upload"),
        "vpc": _tr("VPC"),
        "subnet": _tr("Subnet"),
        "object": _tr("Object"),
        "share": _tr("Shared"),
        "image-copy": _tr("Copy"),
        "export": _tr("Exported file"),
        "temporary-key": _tr("Temporary key"),
    }.get(kind, kind)


def shown(resource: Resource, *, brief: bool = False) -> Shown:
    """A resource as a row of the panel; `brief` where the row is narrow."""
    state, word = {
        "planned": ("running", _tr("Being made")),
        "exists": ("done", _tr("Exists")),
        "stopped": ("done", _tr("Stopped")),
        "deleting": ("running", _tr("Being deleted")),
        "deleted": ("deleted", _tr("Deleted")),
        "kept": ("kept", _tr("Kept")),
        "unknown": ("warning", _tr("May exist")),
    }[resource.fate]
    kind = kind_word(resource.kind)
    if resource.kind == "upload":
        kind = _tr("Upload")
        if resource.fate == "exists":
            state, word = "running", _tr("Unfinished")
        elif resource.fate == "deleted" and resource.note.startswith("completed"):
            state, word = "done", _tr("Completed")
    if brief:
        role = {"system-volume": _tr("Holds the installer"), "data-volume": _tr("Becomes the image")}
        kind = _tr("Of the test boot") if "test boot" in resource.note else role.get(resource.kind, kind)
    elif resource.note:
        kind = f"{kind}, {resource.note}"
    return Shown(resource.name, kind, _ICONS.get(resource.kind, "disc"), state, word)


def bill(resources: Sequence[Resource], *, ended: bool, practice: bool) -> str:
    """The sentence under "Made by this run": what is deleted, what is billed."""
    there = {r.kind: r for r in resources if r.fate not in ("deleted", "planned", "kept")}
    if practice:
        return _tr("Nothing on the practice cloud is billed.")
    if "server" in there:
        if there["server"].fate == "stopped":
            return _tr("The stopped server and its disks are still billed.")
        return _tr("The server is billed by the hour while it exists.")
    if "data-volume" in there or "system-volume" in there:
        return _tr("The disks are billed while they exist.")
    return "" if ended else _freed(set(there))


def _freed(there: set[str]) -> str:
    """What becomes of what is not billed by the hour."""
    if there and there <= {"upload", "object"}:
        return _tr("What lies in the bucket is billed as storage.")
    if "object" in there:
        return _tr("The ISO image is deleted again at Clean up.")
    return _tr("All of these are deleted again at Clean up.") if there else ""


def switch_words(resources: Sequence[Resource]) -> str:
    """When the cloud deletes the temporary server by itself; "" without a dead-man switch."""
    servers = [r for r in resources if r.kind == "server" and r.fate in ("exists", "stopped")]
    moment = time_in(servers[-1].note) if servers else None
    if moment is None:
        return ""
    local, locale = QDateTime.fromSecsSinceEpoch(int(moment.timestamp())), QLocale()
    sentence = _tr("If this computer is lost, the cloud deletes the server and its disks on {day} at {time}.")
    return sentence.format(day=locale.toString(local, "d MMMM"), time=locale.toString(local, "HH:mm"))


def clean_words(live: Sequence[Resource]) -> str:
    """What cleaning up would delete, in one sentence."""
    kinds = {r.kind for r in live}
    if "server" in kinds:
        return _tr("Clean up deletes the server and its disks.")
    if kinds and kinds <= {"upload", "object"}:
        return _tr("Go on and it continues where it was. Clean up deletes what was uploaded.")
    if kinds:
        return _tr("Clean up deletes what the run has made.")
    return _tr("Nothing is left behind.")


def made_of(step: str, live: Sequence[Resource]) -> bool:
    """Whether something exists that was made of a step's answers."""
    kinds = {r.kind for r in live}
    server = {"server", "system-volume", "data-volume"}
    network = server | {"vpc", "subnet"}
    needs = {"iso": {"iso-image"}, "server": server, "network": network, "image": {"image", "iso-image"}}
    return bool(kinds & needs.get(step, kinds))


def next_name(name: str) -> str:
    """ "debian" → "debian-2", "debian-2" → "debian-3"."""
    base, dash, number = name.rpartition("-")
    if dash and number.isdigit() and len(number) < 4:
        return f"{base}-{int(number) + 1}"
    return f"{name[:125]}-2"


def safe_words(stage: str, live: Sequence[Resource]) -> str:
    """What a failure has not destroyed, where somebody has worked for it."""
    if stage in ("capture-disk", "verify-image") and any(r.kind == "data-volume" for r in live):
        return _tr("What you installed is safe on the data disk; it does not have to be installed again.")
    return ""


def headline(
    phase: str, state: BuildState, name: str, so_far: float, holder: str = "", *, alone: bool = False
) -> tuple[str, str]:
    """Title and sentence of the page. so_far: seconds of all stages; holder: who else drives it, as a sentence; alone:
    the installer has its answers."""
    at = _tr("Stage {n} of {all}").format(n=state.position, all=len(state.stages))
    told = {
        "your-turn": (
            _tr("Your turn: install the OS"),
            state.outside or _tr("{at}. The run waits for you, for hours if need be.").format(at=at),
        ),
        "installing": (
            _tr("Installing by itself"),
            state.outside or _tr("{at}. Nothing is to be done: the run goes on at power-off.").format(at=at),
        ),
        "failed": (_tr("Build stopped"), _tr("{at} failed. The run can go on from here.").format(at=at)),
        "cancelled": (_tr("Stopped"), _tr("{at}. The run can go on where it was, or be cleaned up.").format(at=at)),
        "held": (_tr("Going on elsewhere"), holder or _tr("Another window or command works on this run.")),
        "new": (_tr("Not started yet"), _tr("Nothing has been made.")),
        "cleaning": (_tr("Cleaning up"), state.outside or _tr("What the run has made is being deleted.")),
        "cleaned": (_tr("Cleaned up"), _tr("Everything that the run had made is gone.")),
        "done": (_tr("Image created"), _tr("Verified and ready to start servers from.")),
    }
    if phase == "your-turn" and state.current is not None and state.current.id == "test-boot":
        return _tr("Your turn: does it boot?"), state.outside or told[phase][1]
    if phase in told:
        return told[phase]
    sentence = _tr("{at} · {so_far} so far.").format(at=at, so_far=duration(so_far))
    if state.outside:
        sentence = state.outside
    elif state.current is not None and state.current.id == "launch-server" and not alone:
        sentence = f"{sentence} " + _tr("Your turn comes next: installing the OS.")
    return _tr("Building {name}").format(name=name), sentence
