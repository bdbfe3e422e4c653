"""What is known about a run, as data: for lists, run pages and receipts."""

from __future__ import annotations

from datetime import datetime

import msgspec

from isowright.events import ErrorInfo, Resource, RunState, StageState
from isowright.holder import Holder
from isowright.recipe import PRACTICE, Recipe

# States of a resource in which it may still exist, and so may cost something.
_THERE = ("planned", "exists", "stopped", "deleting", "unknown")


class StageInfo(msgspec.Struct, frozen=True):
    """One row of the run page. elapsed: seconds over all attempts."""

    id: str
    title: str
    state: StageState = "waiting"
    detail: str = ""
    elapsed: float = 0.0


class RunInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A run as the journal tells it. `held`: some process is driving it now, `holder` tells which. Times are UTC,
    elapsed seconds."""

    id: str
    mark: str
    name: str
    recipe: Recipe
    state: RunState
    created: datetime
    updated: datetime
    stages: tuple[StageInfo, ...] = ()
    resources: tuple[Resource, ...] = ()
    image_id: str = ""
    verified: bool = False
    error: ErrorInfo | None = None
    profile: str = ""
    elapsed: float = 0.0
    held: bool = False
    holder: Holder | None = None

    @property
    def unfinished(self) -> bool:
        """It can be gone on with."""
        return self.state not in ("done", "cleaned")

    @property
    def interrupted(self) -> bool:
        """It was under way when its process ended."""
        return self.state == "running" and not self.held

    @property
    def leftovers(self) -> tuple[Resource, ...]:
        """What exists, or may exist, because of this run and is not meant to stay."""
        return tuple(r for r in self.resources if r.fate in _THERE and not (r.kind == "image" and self.verified))

    @property
    def stage(self) -> StageInfo | None:
        """The stage at which the run is or stopped, None before the first and after the last."""
        begun = [s for s in self.stages if s.state in ("running", "your-turn", "failed", "cancelled")]
        return begun[-1] if begun else None

    def cancel_cost(self) -> str:
        """What stopping now means for the bill, in one sentence."""
        there = {r.kind: r for r in self.leftovers}
        if self.recipe.account.cloud == PRACTICE:
            what = "A temporary server is running; clean-up deletes it. " if "server" in there else ""
            if not what and ("upload" in there or "object" in there):
                what = "What was uploaded is kept until clean-up deletes it. "
            return f"{what}Nothing is billed on the practice cloud."
        if "server" in there:
            if there["server"].id:
                return "A temporary server is running and billed; clean-up deletes it."
            return "A temporary server may have been created, and is billed then; clean-up looks for it and deletes it."
        stored = (
            (
                ("data-volume", "system-volume"),
                "A disk of the temporary server is left and billed; clean-up deletes it.",
            ),
            (
                ("image", "iso-image"),
                "No server is running; the stored image may cost a little until clean-up deletes it.",
            ),
            (
                ("share", "image-copy", "export"),
                "The image is done; what else is made of it costs storage, if it is completed.",
            ),
            (("upload", "object"), "Only storage is billed; what was uploaded is kept until clean-up deletes it."),
        )
        for kinds, sentence in stored:
            if any(kind in there for kind in kinds):
                return sentence
        return "Nothing is billed yet." if not self.verified else "Nothing temporary is billed any more."
