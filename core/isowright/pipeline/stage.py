"""What a stage is, and what it may use.

A stage is one module in `isowright.stages` that ends in `STAGE = Stage(id, title, after=(...), run=run, undo=undo)`.
Contract: idempotent (running it again after any interruption is safe); asks the cloud "is it already there?" before it
creates; journals the intent before each create and the id right after; reports through the context; `undo` removes
exactly what the journal says this run made in it. Modules whose name begins with an underscore are shared by stages and
are none themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from isowright.clock import Clock
from isowright.cloud.client import Cloud
from isowright.events import Fate, Resource, ResourceKind, Sighting, Transfer
from isowright.pipeline.sight import Sight
from isowright.recipe import Recipe
from isowright.upload.pacing import Control

# Facts that have a meaning beyond their stage.
DOUBT = "doubt"  # the journal lost entries of this run: "look", "anew" or "prepared", until the cloud was asked
SETTLED = "settled"  # ids of stages that need not run, since the cloud shows their result; with spaces between
VERIFIED = "verified"  # fact: id of the image that passed all checks; it is never deleted

PERHAPS = "perhaps; the journal was damaged"  # note of what the run may have asked for, though no entry says so


class RunLog(Protocol):
    """The journal of one run, as a stage sees it. Every method returns only when the entry is durable on disk."""

    async def fact(self, key: str, value: str) -> None:
        """Remember a small fact ("iso_job" → job id) for later stages and for a resumed run."""

    def known(self, key: str) -> str | None:
        """A fact remembered earlier, also by an interrupted run."""

    async def intend(self, kind: ResourceKind, name: str, note: str = "", token: str = "") -> None:
        """About to create `name`. Durable before the request leaves. `token`: idempotency token, kept for repeats."""

    async def made(self, kind: ResourceKind, name: str, resource_id: str, note: str = "") -> None:
        """`name` exists under this id now."""

    async def refused(self, kind: ResourceKind) -> None:
        """The latest intent of this kind certainly came to nothing: it is no longer part of what the run made."""

    async def fate(self, kind: ResourceKind, resource_id: str, fate: Fate) -> None:
        """What became of a resource."""

    async def remark(self, kind: ResourceKind, resource_id: str, note: str) -> None:
        """Another note on a resource; its fate stays."""

    def resource(self, kind: ResourceKind) -> Resource | None:
        """The run's latest resource of this kind, whatever its fate; id "" = intended, outcome unknown."""

    def intent_token(self, kind: ResourceKind) -> str:
        """The idempotency token journalled with the latest intent of this kind, or ""."""

    def resources(self) -> tuple[Resource, ...]:
        """All of the run's resources."""


# A server's screen by its id: PNG, None = this cloud shows none. Raises AppError; a retryable one may pass by itself.
Screen = Callable[[str], Awaitable[bytes | None]]


class HandBack(Exception):  # noqa: N818  # nothing went wrong
    """Raised by a stage to stop the run, unfailed, until the operator goes on with it. `text`: what is to be done."""

    def __init__(self, text: str, server_id: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.server_id = server_id


class Verdict:
    """What the operator says of a server that was started from the image: `good` None = nothing yet."""

    def __init__(self) -> None:
        self.said = asyncio.Event()
        self.good: bool | None = None

    def say(self, *, good: bool) -> None:
        self.good = good
        self.said.set()

    def forget(self) -> None:
        """It was taken; another server is another question."""
        self.good = None
        self.said.clear()


@dataclass(frozen=True)
class Context:
    """Everything that a stage may use. `mark` is the run's short unique suffix ("7f3a9c"), part of every name."""

    run_id: str
    mark: str
    recipe: Recipe
    cloud: Cloud
    clock: Clock
    log: RunLog
    say: Callable[[str, float | None], None]  # live line and fraction of the running stage
    note: Callable[[str, str], None]  # line of the stage's log, request id or ""
    your_turn: Callable[[str, str], None]  # what the operator has to do, server id
    seen: Callable[[Sighting], None] = lambda _sighting: None  # what the server does during the operator's turn
    sight: Sight = field(default_factory=Sight)
    screen: Screen | None = None
    installed: asyncio.Event = field(default_factory=asyncio.Event)  # "Installation finished" was clicked
    boots: Verdict = field(default_factory=Verdict)  # "Looks good" or "Does not boot" was clicked
    on_install: str = "wait"  # wait | powered-off | confirm
    transfer: Callable[[str, Transfer], None] = lambda _text, _transfer: None  # as `say`, of bytes that are sent
    upload: Control = field(default_factory=Control)  # pause, resume and limit of an upload
    uploads: Path = Path()  # the folder of records of uploads

    @property
    def marks(self) -> dict[str, str]:
        """The tags that every resource of this run carries."""
        return {"app": "isowright", "run": self.run_id}


@dataclass(frozen=True)
class Stage:
    """One step of a run. `deadline`: seconds until a hanging job is given up (None = waits for people). `needed`: runs
    of other recipes do not have it."""

    id: str
    title: str
    run: Callable[[Context], Awaitable[str]]  # returns one short line for the finished row
    after: tuple[str, ...] = ()
    undo: Callable[[Context], Awaitable[None]] | None = None
    deadline: float | None = 1800.0
    needed: Callable[[Recipe], bool] = lambda _recipe: True
