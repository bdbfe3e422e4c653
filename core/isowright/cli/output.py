"""How runs look in a terminal, in a log file and to a program."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TextIO

import msgspec

from isowright.errors import AppError, PasscodeNeededError
from isowright.events import (
    AnyEvent,
    CleanedUp,
    Done,
    ErrorInfo,
    Progress,
    Resource,
    ResourceKind,
    RunStarted,
    ServerSeen,
    StageChanged,
    StageState,
    Waiting,
)
from isowright.flow import cloud_title

_STATE_WORDS: dict[StageState, str] = {
    "waiting": "waiting",
    "running": "running",
    "your-turn": "YOUR TURN",
    "done": "done",
    "skipped": "skipped",
    "failed": "FAILED",
    "cancelled": "stopped",
}
_KIND_WORDS: dict[ResourceKind, str] = {
    "iso-image": "ISO image",
    "server": "server",
    "system-volume": "system disk",
    "data-volume": "data disk",
    "image": "image",
    "object": "ISO object",
    "upload": "unfinished upload",
    "vpc": "VPC",
    "subnet": "subnet",
    "temporary-key": "temporary key",
    "share": "shared with",
    "image-copy": "copy",
    "export": "exported file",
}


class Printer(Protocol):
    """Takes what a run tells."""

    def take(self, event: AnyEvent) -> None: ...

    def close(self) -> None:
        """End an open line."""


class JsonPrinter:
    """One JSON object a line. If nobody reads any more, the run goes on silently: it is worth more than its output."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._encoder = msgspec.json.Encoder()

    def take(self, event: AnyEvent) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._out.write(self._encoder.encode(event).decode() + "\n")
            self._out.flush()

    def close(self) -> None:
        """Every line is whole."""


class PeoplePrinter:
    """One line for each finished stage, and at a terminal a live one for the running stage.

    `label` goes before each line where several runs share the terminal.
    """

    def __init__(self, out: TextIO | None = None, *, label: str = "", live: bool | None = None) -> None:
        self._out = out or sys.stdout
        self._label = f"[{label}] " if label else ""
        self._live = (self._out.isatty() and not label) if live is None else live
        self._open = False
        self._titles: dict[str, str] = {}
        self._width = 0
        self._told: set[str] = set()
        self._outside = False
        self._quiet = False

    def take(self, event: AnyEvent) -> None:
        if isinstance(event, RunStarted):
            verb = "goes on" if event.resumed else "starts"
            self._titles = dict(event.stages)
            self._width = max((len(title) for title in self._titles.values()), default=0)
            self._line(f"{event.name}: run {event.run} {verb} on {cloud_title(event.cloud)}, {event.region}")
        elif isinstance(event, StageChanged):
            self._stage(event)
        elif isinstance(event, Progress):
            part = f"{event.fraction:4.0%}  " if event.fraction is not None else ""
            row = self._row("running", event.stage, f"{part}{event.text}")
            if self._outside:  # what was waited for has come: to be read where live lines are not
                self._outside = False
                self._line(row)
            self._show(row)
        elif isinstance(event, Waiting):
            self._waiting(event)
        elif isinstance(event, ServerSeen):
            self._seen(event)
        elif isinstance(event, Done):
            self._line(f"Image {event.image_name} is ready after {duration(event.elapsed)}. Its id:")
            self._line(event.image_id)
            self._resources(event.resources)
        elif isinstance(event, CleanedUp):
            self._line("Cleaned up.")
            self._resources(event.resources)

    def close(self) -> None:
        if self._open:
            self._write("\r\x1b[2K")
            self._open = False

    def _stage(self, event: StageChanged) -> None:
        if event.state in ("waiting", "your-turn"):
            return  # nothing yet, and told in full by Waiting
        if event.state == "running":
            self._show(self._row("running", event.stage, event.detail))
            return
        took = duration(event.elapsed) if event.elapsed else ""
        detail = f"{event.detail}  ({took})" if event.detail and took else event.detail or took
        self._line(self._row(_STATE_WORDS[event.state], event.stage, detail, event.title))

    def _waiting(self, event: Waiting) -> None:
        self._outside = event.reason != "operator"
        # At a terminal it stands once, whatever changes in the live line below it.
        if event.text not in self._told:
            self._told.add(event.text)
            word = "YOUR TURN" if event.reason == "operator" else "waiting"
            server = f" Server: {event.server_id}." if event.server_id and event.reason == "operator" else ""
            self._line(self._row(word, event.stage, event.text + server))
            if server:
                self._line(self._row("", event.stage, f"Its console: isowright console {event.run}", title=" "))

    def _seen(self, event: ServerSeen) -> None:
        """That nothing happens: once, until something has changed. The rest is for windows."""
        if event.server.idle and not self._quiet:
            what = f"Nothing has happened on {event.server.name} for 30 minutes; the server is billed meanwhile."
            self._line(self._row("idle", event.stage, what))
        self._quiet = event.server.idle

    def _row(self, word: str, stage: str, text: str, title: str = "") -> str:
        title = title or self._titles.get(stage, stage)
        return f"  {word:<9}  {title:<{self._width}}  {text}".rstrip()

    def _resources(self, resources: Sequence[Resource]) -> None:
        for line in resource_lines(resources):
            self._line(line)

    def _line(self, text: str) -> None:
        self.close()
        self._write(f"{self._label}{text}\n")

    def _show(self, text: str) -> None:
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            text = text if len(text) <= width else text[: width - 1] + "…"
            self._write(f"\r\x1b[2K{text}")
            self._open = True

    def _write(self, text: str) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._out.write(text)
            self._out.flush()


def printer(*, json: bool, label: str = "") -> Printer:
    """What `--json` wants, or words."""
    return JsonPrinter() if json else PeoplePrinter(label=label)


def resource_lines(resources: Iterable[Resource]) -> list[str]:
    """Kind, name, id and fate of each, aligned."""
    rows = [(r.fate, _KIND_WORDS[r.kind], r.name, r.id or "(id not known)", r.note) for r in resources]
    return table(rows, indent="  ")


def table(rows: Sequence[Sequence[str]], indent: str = "") -> list[str]:
    """Left-aligned columns, two spaces apart."""
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def duration(seconds: float) -> str:
    """ "0:07", "12:30", "1:02:03"."""
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def print_error(error: AppError | ErrorInfo, say: Callable[[str], None] | None = None) -> None:
    """What happened, what it means, what to do, and what the cloud's support wants to know; to standard error."""

    def to_stderr(text: str) -> None:
        print(text, file=sys.stderr)

    say = say or to_stderr
    say(f"isowright: {error.title}")
    for line in error.detail.splitlines():
        say(f"  {line}")
    kind = error.kind if isinstance(error, ErrorInfo) else type(error).__name__
    hint = " Scripts set ISOWRIGHT_PASSCODE." if kind == PasscodeNeededError.__name__ else ""
    say(f"  What to do: {error.remedy}{hint}")
    facts = [
        error.code,
        f"HTTP {error.status}" if error.status else "",
        error.call,
        error.request_id and f"request {error.request_id}",
    ]
    if any(facts):
        say(f"  Details: {', '.join(fact for fact in facts if fact)}")
