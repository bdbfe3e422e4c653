"""How long stages take here: learnt from this computer's own past runs in the same cloud, never assumed. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from urllib.parse import urlsplit

import msgspec

from isowright.pipeline.runs import RunInfo, StageInfo
from isowright.recipe import PRACTICE, Account, Recipe, written_endpoints
from isowright.stages import stages_of

LATEST = 10  # runs that count: clouds and networks change
UPLOAD = "upload-iso"


class Estimates(msgspec.Struct, frozen=True):
    """Median seconds of each stage that has been done at least once; `upload_rate` in bytes a second, 0 = not known.
    runs: how many were learnt from."""

    seconds: dict[str, float] = {}
    upload_rate: float = 0.0
    runs: int = 0

    def of(self, stage: str, recipe: Recipe) -> float | None:
        """Seconds that a stage is expected to take; None if no run has told."""
        if stage == UPLOAD:
            return recipe.iso.size / self.upload_rate if self.upload_rate and recipe.iso.size else None
        return self.seconds.get(stage)

    def between(self, first: str, last: str, recipe: Recipe) -> float | None:
        """Seconds from the beginning of one stage to the end of another; None if one of them has never been done."""
        order = [stage.id for stage in stages_of(recipe)]
        parts = [self.of(stage, recipe) for stage in order[order.index(first) : order.index(last) + 1]]
        return None if None in parts else sum(part for part in parts if part is not None)

    def whole(self, recipe: Recipe) -> float | None:
        """Seconds of a whole run."""
        parts = [self.of(stage.id, recipe) for stage in stages_of(recipe)]
        return None if None in parts else sum(part for part in parts if part is not None)


def learn(runs: Iterable[RunInfo], account: Account) -> Estimates:
    """From what the journal tells: stages that were done, also of runs that failed later, the latest runs first."""
    place = _place(account)
    latest = sorted(runs, key=lambda run: run.created, reverse=True)
    mine = [run for run in latest if _place(run.recipe.account) == place and any(map(_told, run.stages))][:LATEST]
    took: dict[str, list[float]] = {}
    rates: list[float] = []
    for run in mine:
        for stage in run.stages:
            if not _told(stage):
                continue
            took.setdefault(stage.id, []).append(stage.elapsed)
            if stage.id == UPLOAD and run.recipe.iso.size:
                rates.append(run.recipe.iso.size / stage.elapsed)
    seconds = {stage: float(median(times)) for stage, times in took.items() if stage != UPLOAD}
    return Estimates(seconds, float(median(rates)) if rates else 0.0, len(mine))


def _told(stage: StageInfo) -> bool:
    return stage.state == "done" and stage.elapsed > 0


def _place(account: Account) -> tuple[str, ...]:
    """What has to be the same for times to be alike. The practice cloud is one, whatever its ports are."""
    if account.cloud == PRACTICE:
        return (PRACTICE,)
    host = urlsplit(written_endpoints(account).get("ecs", "")).hostname or ""
    return account.cloud, account.region, host


def span(seconds: float) -> str:
    """A time for people, as rough as such an estimate is: "40 seconds", "25 minutes", "2.5 hours", "3 days"."""
    for unit, name, least in ((86400.0, "day", 2.0), (3600.0, "hour", 1.5), (60.0, "minute", 1.5)):
        if seconds >= least * unit:
            count = seconds / unit
            text = f"{count:.0f}" if count >= 10 or name == "minute" else f"{count:.1f}".removesuffix(".0")
            return f"{text} {name}{'s' * (text != '1')}"
    whole = max(1, round(seconds))
    return f"{whole} second{'s' * (whole != 1)}"
