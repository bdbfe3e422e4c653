"""What a run did, to be kept: typed facts, as JSON for machines and as one self-contained page for people.

Written out field by field: what a recipe may come to hold later does not slip into receipts by itself. Holds no secret.
Of a run that goes on, or whose journal has lost entries, it tells what is known.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from isowright.errors import AppError, InputError
from isowright.events import (
    AnyEvent,
    ErrorInfo,
    Fate,
    LogLine,
    Resource,
    ResourceKind,
    RunState,
    StageChanged,
    StageState,
)
from isowright.holder import this_host, this_user
from isowright.pipeline.runs import RunInfo, StageInfo

FORMAT = 1  # of the JSON; a field that changes its meaning makes it 2
_LEFT = {
    "failed": "The run failed, and nobody has cleaned up yet.",
    "cancelled": "The run was stopped, and nobody has cleaned up yet.",
    **dict.fromkeys(("new", "running", "waiting"), "The run is not over and needs it."),
}
_ENDED = ("done", "skipped", "failed", "cancelled")


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in the cloud. stage: the id of the one in which it was asked for or found, "" = the log does not tell.
    why: what keeps it where it is, "" once it is deleted."""

    kind: ResourceKind
    id: str
    name: str
    fate: Fate
    note: str = ""
    why: str = ""
    stage: str = ""
    created: datetime | None = None
    updated: datetime | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One stage. begun: at the first attempt. ended: at the last, None = it has not. elapsed: of all attempts."""

    id: str
    title: str
    state: StageState
    detail: str = ""
    elapsed: float = 0.0
    begun: datetime | None = None
    ended: datetime | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log, former failures among them. request_id: by which the cloud's support finds it."""

    at: datetime
    stage: str
    text: str
    request_id: str = ""


class ReceiptImage(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    os_version: str


class ReceiptIso(msgspec.Struct, frozen=True, kw_only=True):
    bucket: str
    key: str


class ReceiptServer(msgspec.Struct, frozen=True, kw_only=True):
    flavor: str
    availability_zone: str
    volume_type: str
    system_disk: int
    data_disk: int


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when the receipt was written; by whom the run is driven is told only while it is."""

    at: datetime
    host: str
    user: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="receipt"):
    """Times are UTC and whole seconds, sizes GB, durations seconds. `format`: see FORMAT."""

    format: int
    program: str
    run: str
    state: RunState
    image: ReceiptImage
    verified: bool
    cloud: str
    region: str
    project_id: str
    iso: ReceiptIso
    server: ReceiptServer
    profile: str
    created: datetime
    updated: datetime
    elapsed: float
    stages: tuple[Step, ...]
    resources: tuple[Made, ...]
    error: ErrorInfo | None
    # Not in the first receipts of this format.
    project_name: str = ""
    interrupted: bool = False
    leftovers: int = 0
    log: tuple[Entry, ...] = ()
    written: Written | None = None


def make_receipt(info: RunInfo, log: Iterable[AnyEvent] = ()) -> Receipt:
    """log: the stored events of the run; without them the times of stages are not told."""
    recipe, account = info.recipe, info.recipe.account
    events = list(log)
    left = info.leftovers
    return Receipt(
        format=FORMAT,
        program=f"Isowright {version('isowright')}",
        run=info.id,
        state=info.state,
        image=ReceiptImage(id=info.image_id, name=info.name, os_version=recipe.image.os_version),
        verified=info.verified,
        cloud=account.cloud,
        region=account.region,
        project_id=account.project_id,
        project_name=account.project_name,
        iso=ReceiptIso(bucket=recipe.iso.bucket, key=recipe.iso.key),
        server=ReceiptServer(
            flavor=recipe.server.flavor_id,
            availability_zone=recipe.server.availability_zone,
            volume_type=recipe.server.volume_type,
            system_disk=recipe.server.system_disk,
            data_disk=recipe.server.data_disk,
        ),
        profile=info.profile,
        created=_second(info.created),
        updated=_second(info.updated),
        elapsed=round(info.elapsed, 3),
        stages=tuple(_step(stage, events) for stage in info.stages),
        resources=tuple(_made(r, info, events, left=r in left) for r in info.resources),
        error=info.error,
        interrupted=info.interrupted,
        leftovers=len(left),
        log=tuple(
            Entry(at=_second(e.at), stage=e.stage, text=e.text, request_id=e.request_id)
            for e in events
            if isinstance(e, LogLine)
        ),
        written=Written(at=_second(datetime.now(UTC)), host=this_host(), user=this_user()),
    )


def receipt_json(info: RunInfo, log: Iterable[AnyEvent] = ()) -> bytes:
    """One indented JSON object: a `Receipt`."""
    return msgspec.json.format(msgspec.json.encode(make_receipt(info, log)), indent=2) + b"\n"


def read_receipt(content: bytes) -> Receipt:
    """What `receipt_json` wrote, also of an earlier version. Raises InputError."""
    try:
        receipt = msgspec.json.decode(content, type=Receipt)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(
            "This is no receipt.", detail=f"{error}.", remedy="Choose a .json file that Isowright has written."
        ) from error
    if receipt.format != FORMAT:
        raise InputError(
            "The receipt has another format.",
            detail=f"It has format {receipt.format}; this program knows {FORMAT}.",
            remedy="Read it with the Isowright that wrote it.",
        )
    return receipt


def receipt_html(info: RunInfo, log: Iterable[AnyEvent] = ()) -> str:
    """A page without scripts and without anything from elsewhere."""
    from isowright.pipeline.receipt_page import page

    return page(make_receipt(info, log))


def write_receipt(info: RunInfo, path: Path, log: Iterable[AnyEvent] = ()) -> None:
    """As JSON if the name ends so, else as a page; the whole file or none. Raises AppError."""
    content = receipt_json(info, log) if path.suffix.lower() == ".json" else receipt_html(info, log).encode()
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise AppError(
            "The receipt could not be written.",
            detail=f"{path}: {error.strerror or error}.",
            remedy="Choose another folder, or free space. The receipt stays with the run: it can be saved at any time.",
            action="retry",
        ) from error


def _step(stage: StageInfo, events: Sequence[AnyEvent]) -> Step:
    told = [e for e in events if isinstance(e, StageChanged) and e.stage == stage.id]
    begun = [e.at for e in told if e.state == "running"]
    ended = [e.at for e in told if e.state in _ENDED]
    return Step(
        id=stage.id,
        title=stage.title,
        state=stage.state,
        detail=stage.detail,
        elapsed=round(stage.elapsed, 3),
        begun=_second(begun[0]) if begun else None,
        ended=_second(ended[-1]) if ended and stage.state in _ENDED else None,
    )


def _made(resource: Resource, info: RunInfo, events: Sequence[AnyEvent], *, left: bool) -> Made:
    return Made(
        kind=resource.kind,
        id=resource.id,
        name=resource.name,
        fate=resource.fate,
        note=resource.note,
        why=_why(resource, info, left=left),
        stage=_stage_at(resource.created, events),
        created=_second(resource.created) if resource.created else None,
        updated=_second(resource.updated) if resource.updated else None,
    )


def _stage_at(when: datetime | None, events: Sequence[AnyEvent]) -> str:
    """Stages follow each other: it is the last one that had begun by then."""
    if when is None:
        return ""
    begun = [e for e in events if isinstance(e, StageChanged) and e.state == "running" and e.at <= when]
    return max(reversed(begun), key=lambda e: e.at).stage if begun else ""  # of two in one tick, the later one


def _why(resource: Resource, info: RunInfo, *, left: bool) -> str:
    """In one short sentence."""
    if not left:
        return "It is what was asked for." if resource.kind == "image" and resource.fate != "deleted" else ""
    if not resource.id:
        return "It may exist: it was to be asked for, and no answer is known. Clean-up looks for it."
    if info.interrupted:
        return "The program ended in the middle of the run, which can be gone on with or cleaned up."
    return _LEFT.get(info.state, "It could not be deleted.")


def _second(when: datetime) -> datetime:
    return when.astimezone(UTC).replace(microsecond=0)
