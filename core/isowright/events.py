"""What a run tells whoever watches: the window, the command line (`--json` prints one a line), the tests.

Frozen, tagged by `"event"`, JSON-able with `msgspec.json.encode`. Times are UTC, durations seconds, fractions 0..1.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from isowright.errors import AppError

StageState = Literal["waiting", "running", "your-turn", "done", "skipped", "failed", "cancelled"]
RunState = Literal["new", "running", "waiting", "failed", "cancelled", "done", "cleaned"]
ResourceKind = Literal[
    "iso-image",
    "server",
    "system-volume",
    "data-volume",
    "image",
    "object",
    "upload",
    "vpc",
    "subnet",
    "temporary-key",
    "share",
    "image-copy",
    "export",
]
Fate = Literal["planned", "exists", "stopped", "deleting", "deleted", "kept", "unknown"]


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """Base: which run, and when."""

    run: str
    at: datetime


class RunStarted(Event, frozen=True, kw_only=True, tag="run-started"):
    """A run begins or goes on. `stages`: (id, title) in order."""

    name: str
    cloud: str
    region: str
    resumed: bool
    stages: tuple[tuple[str, str], ...]


class StageChanged(Event, frozen=True, kw_only=True, tag="stage"):
    """A stage entered a state; `detail` is one short line, `elapsed` its seconds so far."""

    stage: str
    title: str
    state: StageState
    detail: str = ""
    elapsed: float = 0.0


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """How far an upload is. Bytes, bytes a second, seconds; `left` None = not known yet. `again`: what a pause has
    taken back, of parts that had not arrived as a whole; `done` is without it."""

    done: int
    total: int
    rate: float = 0.0
    left: float | None = None
    paused: bool = False
    again: int = 0


class Progress(Event, frozen=True, kw_only=True, tag="progress"):
    """Where a running stage is. `fraction` None = the cloud gives no amount. `transfer`: of uploads."""

    stage: str
    text: str
    fraction: float | None = None
    transfer: Transfer | None = None


class Waiting(Event, frozen=True, kw_only=True, tag="waiting"):
    """The operator's turn, or something from outside. `reason`: "operator", "network", "cloud"."""

    stage: str
    reason: Literal["operator", "network", "cloud"]
    text: str
    server_id: str = ""


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a server during the operator's turn, without what its console says: see `pipeline.sight`.

    `state`, `task`: the cloud's words ("ACTIVE", "powering-off"; "" = at rest). `log`: whether this cloud tells what
    the server writes to its console ("" = not known yet). `screen`: whether it shows the screen. `changed`: when its
    state, console or screen last changed, or the operator opened the console. `idle`: that was half an hour ago.
    """

    server_id: str
    name: str
    state: str
    task: str = ""
    log: Literal["", "told", "untold"] = ""
    screen: bool = False
    changed: datetime
    idle: bool = False


class ServerSeen(Event, frozen=True, kw_only=True, tag="server-seen"):
    """Something about the server has changed, or has not for long. Never journalled."""

    stage: str
    server: Sighting


class LogLine(Event, frozen=True, kw_only=True, tag="log"):
    """One line of the stage's fold-out log."""

    stage: str
    text: str
    request_id: str = ""


class ResourceChanged(Event, frozen=True, kw_only=True, tag="resource"):
    """Something that the run made (or found), and what became of it."""

    kind: ResourceKind
    id: str
    name: str
    fate: Fate
    note: str = ""  # "40 GB, becomes the image"


class ErrorInfo(msgspec.Struct, frozen=True, kw_only=True):
    """An AppError as data."""

    kind: str
    title: str
    detail: str = ""
    remedy: str = ""
    code: str = ""
    status: int | None = None
    request_id: str = ""
    call: str = ""
    retryable: bool = False
    action: str = ""

    @classmethod
    def of(cls, error: AppError) -> ErrorInfo:
        return cls(
            kind=type(error).__name__,
            title=error.title,
            detail=error.detail,
            remedy=error.remedy,
            code=error.code,
            status=error.status,
            request_id=error.request_id,
            call=error.call,
            retryable=error.retryable,
            action=error.action,
        )


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One line of "what the run made". Times are UTC: when it was asked for or found, and when its fate changed."""

    kind: ResourceKind
    id: str
    name: str
    fate: Fate
    note: str = ""
    created: datetime | None = None
    updated: datetime | None = None


class Failed(Event, frozen=True, kw_only=True, tag="failed"):
    """The run stopped at a stage. `resources`: what exists because of it."""

    stage: str
    error: ErrorInfo
    resources: tuple[Resource, ...] = ()


class Cancelled(Event, frozen=True, kw_only=True, tag="cancelled"):
    """The operator stopped the run."""

    stage: str
    resources: tuple[Resource, ...] = ()


class Done(Event, frozen=True, kw_only=True, tag="done"):
    """The image is there, verified."""

    image_id: str
    image_name: str
    elapsed: float
    resources: tuple[Resource, ...] = ()


class CleanedUp(Event, frozen=True, kw_only=True, tag="cleaned-up"):
    """Everything that the run had made is gone (or said to be kept)."""

    resources: tuple[Resource, ...] = ()


AnyEvent = (
    RunStarted
    | StageChanged
    | Progress
    | Waiting
    | ServerSeen
    | LogLine
    | ResourceChanged
    | Failed
    | Cancelled
    | Done
    | CleanedUp
)
