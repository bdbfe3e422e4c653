"""What the Build page shows, derived from a run's events: pure, so that it is tested without a window.

`BuildState.take(event)` folds one event in; widgets re-read the state. A page opened later starts from `from_info`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from isowright.events import (
    AnyEvent,
    Cancelled,
    CleanedUp,
    Done,
    ErrorInfo,
    Failed,
    LogLine,
    Progress,
    Resource,
    ResourceChanged,
    RunStarted,
    ServerSeen,
    Sighting,
    StageChanged,
    StageState,
    Transfer,
    Waiting,
)
from isowright.pipeline.engine import RunInfo

LOG_LINES = 500  # kept per stage in the window; the journal has all


@dataclass
class StageRow:
    """One stage as a row. `elapsed` seconds; `since` when the running stretch began, for the ticking clock."""

    id: str
    title: str
    state: StageState = "waiting"
    detail: str = ""
    elapsed: float = 0.0
    since: datetime | None = None
    fraction: float | None = None
    live: str = ""
    transfer: Transfer | None = None  # of an upload
    log: list[tuple[datetime, str, str]] = field(default_factory=list)
    logged: int = 0  # lines ever taken; `log` has the last ones


@dataclass
class BuildState:
    """The whole page.

    `phase`: new, running, your-turn, failed, cancelled (stopped, whoever stopped it), held (another process drives
    it), cleaning, cleaned, done.
    """

    run_id: str
    name: str
    phase: str = "new"
    stages: dict[str, StageRow] = field(default_factory=dict)
    resources: dict[tuple[str, str], Resource] = field(default_factory=dict)
    error: ErrorInfo | None = None
    failed_stage: str = ""
    turn_text: str = ""
    server_id: str = ""
    seen: Sighting | None = None  # the server, during the operator's turn
    outside: str = ""  # "waiting for the network", shown while it lasts
    image_id: str = ""

    @classmethod
    def from_info(cls, info: RunInfo, log: Iterable[AnyEvent] = ()) -> BuildState:
        """The state that the journal tells of. `log`: the stored events, for the stages' logs."""
        state = cls(info.id, info.name, image_id=info.image_id or "", error=info.error)
        for stage in info.stages:
            row = StageRow(stage.id, stage.title, stage.state, stage.detail, stage.elapsed)
            if row.state in ("running", "your-turn") and not info.held:
                row.state = "cancelled"  # it stopped here, and nobody drives it: "Continue" does
            state.stages[stage.id] = row
        for event in log:
            if isinstance(event, LogLine):
                state.take(event)
            elif isinstance(event, StageChanged) and info.held:
                state._seen_from_afar(event)
        state._set_resources(info.resources)
        if info.held and info.unfinished:
            state.phase = "held"
        else:
            state.phase = {"waiting": "cancelled", "running": "cancelled"}.get(info.state, info.state)
        if info.state == "failed":
            failed = [row.id for row in state.stages.values() if row.state in ("failed", "cancelled")]
            state.failed_stage = failed[-1] if failed else ""
            if failed:
                state.stages[failed[-1]].state = "failed"
        return state

    def _seen_from_afar(self, event: StageChanged) -> None:
        """Since when the stage has been under way that another process drives, and whether it waits for somebody."""
        row = self._row(event.stage, event.title)
        if row.state in ("running", "your-turn") and event.state in ("running", "your-turn"):
            row.state, row.since, row.elapsed = event.state, event.at, event.elapsed

    @property
    def current(self) -> StageRow | None:
        """The stage that is running, failed or waits for the operator."""
        return next((r for r in self.stages.values() if r.state in ("running", "your-turn", "failed")), None)

    @property
    def position(self) -> int:
        """1-based number of the stage that is under way or stopped; the count of finished ones if there is none."""
        row = self.current or next((r for r in self.stages.values() if r.state == "cancelled"), None)
        ids = list(self.stages)
        return ids.index(row.id) + 1 if row else sum(r.state in ("done", "skipped") for r in self.stages.values())

    @property
    def live_resources(self) -> list[Resource]:
        """What exists, or may exist, and is not meant to stay."""
        return [r for r in self.resources.values() if r.fate not in ("deleted", "kept")]

    def take(self, event: AnyEvent) -> None:
        """Fold one event in."""
        match event:
            case RunStarted():
                self._started(event)
            case StageChanged():
                self._stage(event)
            case Progress():
                row = self._row(event.stage)
                row.live, row.fraction, row.transfer = event.text, event.fraction, event.transfer
                self.outside = ""
            case Waiting():
                self._waiting(event)
            case ServerSeen():
                self.seen = event.server
            case LogLine():
                row = self._row(event.stage)
                row.log.append((event.at, event.text, event.request_id))
                row.logged += 1
                del row.log[:-LOG_LINES]
            case ResourceChanged() if event.fate == "deleted" and not event.id:
                self.resources.pop((event.kind, ""), None)  # intended, and never made
            case ResourceChanged():
                self._resource(
                    Resource(kind=event.kind, id=event.id, name=event.name, fate=event.fate, note=event.note)
                )
            case Failed() | Cancelled() | Done() | CleanedUp():
                self._ended(event)

    def _started(self, event: RunStarted) -> None:
        self.phase, self.error, self.failed_stage, self.outside, self.seen = "running", None, "", "", None
        self.name = event.name or self.name
        kept = self.stages
        self.stages = {stage: kept.get(stage, StageRow(stage, title)) for stage, title in event.stages}
        for row in self.stages.values():
            if row.state not in ("done", "skipped"):
                row.state, row.live, row.fraction, row.transfer = "waiting", "", None, None

    def _stage(self, event: StageChanged) -> None:
        row = self._row(event.stage, event.title)
        row.state, row.detail, row.elapsed = event.state, event.detail, event.elapsed
        row.since = event.at if event.state in ("running", "your-turn") else None
        self.seen = None
        if event.state != "running":
            row.live, row.fraction, row.transfer = "", None, None
        if event.state == "running" and self.phase != "cleaning":
            self.phase = "running"

    def _waiting(self, event: Waiting) -> None:
        row = self._row(event.stage)
        if event.reason == "operator":
            self.phase, self.turn_text = "your-turn", event.text
            self.server_id = event.server_id or self.server_id
            row.state = "your-turn"
        else:
            self.outside = event.text
            row.live = event.text.partition(";")[0]  # the whole of it stands in the page's head

    def _ended(self, event: Failed | Cancelled | Done | CleanedUp) -> None:
        self._set_resources(event.resources)
        self.outside, self.seen = "", None
        match event:
            case Failed():
                self.phase, self.error, self.failed_stage = "failed", event.error, event.stage
                row = self._row(event.stage)
                row.state, row.since, row.live, row.fraction, row.transfer = "failed", None, "", None, None
            case Cancelled():
                self.phase = "cancelled"
                row = self._row(event.stage)
                row.since = None
                if row.state in ("running", "your-turn"):
                    row.state = "cancelled"
            case Done():
                self.phase, self.image_id = "done", event.image_id
            case CleanedUp():
                self.phase = "cleaned"

    def _row(self, stage: str, title: str = "") -> StageRow:
        return self.stages.setdefault(stage, StageRow(stage, title or stage))

    def _set_resources(self, resources: tuple[Resource, ...]) -> None:
        for resource in resources:
            self._resource(resource)

    def _resource(self, resource: Resource) -> None:
        # An intended resource has no id yet; its line becomes the one with the id.
        self.resources.pop((resource.kind, ""), None)
        self.resources[resource.kind, resource.id] = resource
