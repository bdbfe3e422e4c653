"""Runs and profiles in words for Home: pure functions of what the journal and the profiles say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from isowright.cloud.catalog import clouds
from isowright.dead_man import time_in
from isowright.events import Resource
from isowright.pipeline.runs import RunInfo
from isowright.recipe import CUSTOM, PRACTICE, Account

_HOURLY = ("server", "system-volume", "data-volume")


def is_left(run: RunInfo) -> bool:
    """Whether a process that ended left it behind: neither ended, nor failed, nor stopped by anybody."""
    return run.state in ("new", "running", "waiting") and not run.held


def _tr(text: str) -> str:
    return QCoreApplication.translate("Home", text)


@dataclass(frozen=True)
class Line:
    """A state glyph (one of widgets.glyphs.STATES) with its words and the tone they are in."""

    glyph: str
    text: str
    tone: str = ""


def cloud_title(cloud: str) -> str:
    """ "Open Telekom Cloud"."""
    if cloud == PRACTICE:
        return _tr("Practice cloud on this computer")
    if cloud == CUSTOM:
        return _tr("Custom endpoints")
    return next((entry.title for entry in clouds() if entry.id == cloud), cloud)


def place(account: Account) -> str:
    """ "Open Telekom Cloud · eu-de"; for the practice cloud, where it really is."""
    if not account.cloud:
        return _tr("No cloud chosen yet")
    title = cloud_title(account.cloud)
    if account.cloud == PRACTICE or not account.region:
        return title
    return f"{title} · {account.region}"


def stage_title(run: RunInfo) -> str:
    """The stage at which a run stands or stopped."""
    if run.stage is not None:
        return run.stage.title
    return next((stage.title for stage in run.stages if stage.state == "waiting"), "")


def is_billed(run: RunInfo) -> bool:
    """Whether a server or disk of this run may exist, which costs by the hour (nothing costs on the practice cloud)."""
    if run.recipe.account.cloud == PRACTICE:
        return False
    return any(made.kind in _HOURLY for made in run.leftovers)


def outcome(run: RunInfo) -> Line:
    """A run's second line, where nobody in this window drives it."""
    if run.held:
        text = _tr("{stage} · driven by {who}")
        who = run.holder.brief if run.holder is not None else _tr("another process")
        return Line("running", text.format(stage=stage_title(run) or _tr("Starting"), who=who), "accent")
    stage = stage_title(run)
    ends = {
        "done": Line("done", _tr("Image created")),
        "failed": Line("failed", _tr("Failed at {stage}") if stage else _tr("Failed"), "danger"),
        "cancelled": Line("cancelled", _tr("Cancelled, nothing left behind")),
        "cleaned": Line("deleted", _tr("Cleaned up, nothing left behind")),
    }
    line = ends.get(run.state, Line("warning", _tr("Stopped at {stage}"), "warning"))
    if run.state == "cancelled" and run.leftovers:
        sure = _tr("Cancelled at {stage}, what it made still exists")
        perhaps = _tr("Cancelled at {stage}, what it asked for may exist")
        line = Line("cancelled", sure if _known(run.leftovers) else perhaps)
    return Line(line.glyph, line.text.format(stage=stage or _tr("the start")), line.tone)


def last_result(run: RunInfo | None, now: datetime) -> Line:
    """The last line of a profile's card."""
    if run is None:
        return Line("waiting", _tr("Not run yet"), "muted")
    if run.held:
        return Line("running", _tr("Running now"), "accent")
    when = ago(run.updated, now)
    match run.state:
        case "done":
            return Line("done", _tr("Image created {when}").format(when=_within(when)))
        case "failed":
            why = run.error.title.rstrip(".") if run.error else ""
            text = _tr("Failed {when}: {why}") if why else _tr("Failed {when}")
            return Line("failed", text.format(when=_within(when), why=_within(why)))
        case "cancelled" | "cleaned":
            return Line("cancelled", _tr("Cancelled {when}").format(when=_within(when)), "muted")
        case _:
            return Line("warning", _tr("Stopped {when}, unfinished").format(when=_within(when)))


def _within(words: str) -> str:
    """Words as they stand inside a sentence: "yesterday"; names of months and codes keep their capitals."""
    first = words.split(" ", maxsplit=1)[0]
    return words[:1].lower() + words[1:] if first[1:].islower() or len(first) == 1 else words


def ago(then: datetime, now: datetime) -> str:
    """ "Just now", "5 min ago", "2 hours ago", "Yesterday", "3 days ago", then the date. By days of local time."""
    past = now - then
    days = (now.astimezone().date() - then.astimezone().date()).days
    if past < timedelta(minutes=1):
        return _tr("Just now")
    if past < timedelta(hours=1):
        return _tr("{n} min ago").format(n=int(past.total_seconds() // 60))
    hours = int(past.total_seconds() // 3600)
    if days == 0 or hours < 6:
        return _tr("1 hour ago") if hours == 1 else _tr("{n} hours ago").format(n=hours)
    if days == 1:
        return _tr("Yesterday")
    if days < 7:
        return _tr("{n} days ago").format(n=days)
    local = then.astimezone()
    pattern = "d MMMM" if local.year == now.astimezone().year else "d MMMM yyyy"
    return QLocale().toString(QDate(local.year, local.month, local.day), pattern)


def lasting(seconds: float) -> str:
    """ "6 min 12 s"."""
    whole = int(seconds)
    if whole < 60:
        return _tr("{s} s").format(s=whole)
    if whole < 3600:
        return _tr("{m} min {s:02d} s").format(m=whole // 60, s=whole % 60)
    return _tr("{h} h {m:02d} min").format(h=whole // 3600, m=whole % 3600 // 60)


def unfinished_sentence(run: RunInfo, now: datetime) -> str:
    """What the banner says about a run that nobody drives: where it stopped, and whether it costs."""
    stopped = _tr("“{name}” stopped {when} at {stage}.").format(
        name=run.name, when=_within(ago(run.updated, now)), stage=stage_title(run) or _tr("the start")
    )
    return f"{stopped} {_what_is_left(run, now)}"


def _what_is_left(run: RunInfo, now: datetime) -> str:
    """As far as the journal knows: an intent without an answer is no server, and not its absence either."""
    if not run.leftovers:
        return _tr("It had made nothing yet.")
    if not is_billed(run):
        sure = _tr("What it made still exists; nothing of it is billed by the hour.")
        perhaps = _tr("What it asked for may exist; nothing of it is billed by the hour.")
        return sure if _known(run.leftovers, now) else perhaps
    servers = [made for made in run.leftovers if made.kind == "server"]
    if servers:
        sure = _tr("Its temporary server still exists and is billed.")
        perhaps = _tr("Its temporary server may exist, and is billed if it does.")
    else:
        sure = _tr("Disks of its temporary server still exist and are billed.")
        perhaps = _tr("Disks of its temporary server may exist, and are billed if they do.")
    return sure if _known(servers or [made for made in run.leftovers if made.kind in _HOURLY], now) else perhaps


def _known(left: Iterable[Resource], now: datetime | None = None) -> bool:
    """Whether one of these was seen in the cloud, and its dead-man switch, if any, has not ended it by `now`."""
    seen = [made for made in left if made.id and made.fate in ("exists", "stopped")]
    ends = [time_in(made.note) for made in seen]
    return any(end is None or now is None or end > now for end in ends)
