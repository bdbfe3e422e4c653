"""What a run did, to be kept: as JSON for machines and as one self-contained page for people. Holds no secret."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from isowright.errors import AppError
from isowright.pipeline.runs import RunInfo

FORMAT = 1  # of the JSON; a field that changes its meaning makes it 2


def receipt_json(info: RunInfo) -> bytes:
    """One indented JSON object. Times are UTC, sizes GB, durations seconds."""
    return msgspec.json.format(msgspec.json.encode(_facts(info)), indent=2) + b"\n"


def write_receipt(info: RunInfo, path: Path) -> None:
    """As JSON if the name ends so, else as a page; the whole file or none. Raises AppError."""
    content = receipt_json(info) if path.suffix.lower() == ".json" else receipt_html(info).encode()
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


def receipt_html(info: RunInfo) -> str:
    """A page without scripts and without anything from elsewhere."""
    recipe = info.recipe
    about = [
        ("Image", info.name),
        ("Image id", info.image_id or "none"),
        ("Result", _RESULT.get(info.state, info.state)),
        ("Cloud", f"{recipe.account.cloud}, {recipe.account.region}"),
        ("ISO", f"{recipe.iso.bucket}/{recipe.iso.key}"),
        ("OS version", recipe.image.os_version),
        ("Server", f"{recipe.server.flavor_id} in {recipe.server.availability_zone}"),
        ("Disks", f"{recipe.server.system_disk} GB system, {recipe.server.data_disk} GB data ({_type(info)})"),
        ("Run", info.id),
        ("Begun", _moment(info.created)),
        ("Last change", _moment(info.updated)),
        ("Time taken", _minutes(info.elapsed)),
        ("Written by", f"Isowright {version('isowright')}"),
    ]
    if info.error is not None:
        code = f" ({info.error.code})" if info.error.code else ""
        about.append(("Error", f"{info.error.title} {info.error.detail} {info.error.remedy}{code}"))
        if info.error.request_id:
            about.append(("Request id", info.error.request_id))
    stages = [(s.title, s.state, s.detail, _minutes(s.elapsed)) for s in info.stages]
    resources = [
        (_KIND.get(r.kind, r.kind), r.name, r.id or "not known", _moment(r.created), _fate(r.fate, r.updated), r.note)
        for r in info.resources
    ]
    facts = "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in about)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(info.name)}: receipt</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f'<h1>{escape(info.name)}</h1><p class="{escape(info.state)}">{escape(_sentence(info))}</p>'
        f'<table class="facts">{facts}</table>'
        f"<h2>What the run made</h2>{_table(_MADE, resources) if resources else '<p>Nothing.</p>'}"
        f"<h2>Stages</h2>{_table(('Stage', 'State', 'Detail', 'Time'), stages)}</body></html>\n"
    )


def _sentence(info: RunInfo) -> str:
    """What matters to whoever pays."""
    left = len(info.leftovers)
    if not left:
        return "Nothing temporary is left in the cloud."
    what = "One thing that the run made" if left == 1 else f"{left} things that the run made"
    return f"{what} may still be in the cloud, and cost money until clean-up deletes {'it' if left == 1 else 'them'}."


_RESULT = {"done": "Finished and verified", "cleaned": "Cleaned up", "failed": "Failed", "cancelled": "Cancelled"}
_KIND = {
    "iso-image": "ISO image",
    "server": "Server",
    "system-volume": "System disk",
    "data-volume": "Data disk",
    "image": "Image",
    "object": "ISO object",
    "share": "Shared with",
    "image-copy": "Copy of the image",
    "export": "Exported file",
}
_MADE = ("Kind", "Name", "Id", "Asked for", "Fate", "Note")
_STYLE = (
    ":root{color-scheme:light dark;--text:light-dark(#1b1f27,#e8eaef);--muted:light-dark(#59626f,#a3abb8);"
    "--line:light-dark(#e2e5ea,#343a46);--page:light-dark(#ffffff,#16191f);--good:light-dark(#1f7a44,#5bc489);"
    "--bad:light-dark(#b92d28,#f2857f)}"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:64em;margin:2.5em auto;padding:0 1.5em;color:var(--text);"
    "background:var(--page)}h1{font-size:1.6em;margin:0}h2{font-size:1.1em;margin:2em 0 .4em}p{margin:.3em 0 1.5em}"
    ".done,.cleaned{color:var(--good)}.failed,.cancelled{color:var(--bad)}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.45em 1em .45em 0;"
    "border-bottom:1px solid var(--line);overflow-wrap:anywhere}th{color:var(--muted);font-weight:500;"
    "white-space:nowrap}.facts th{width:9em}@media print{body{margin:0;max-width:none}}"
)


def _facts(info: RunInfo) -> dict[str, Any]:
    """Written out field by field: what a recipe may come to hold later does not slip into receipts by itself."""
    recipe = info.recipe
    return {
        "format": FORMAT,
        "program": f"Isowright {version('isowright')}",
        "run": info.id,
        "state": info.state,
        "image": {"id": info.image_id, "name": info.name, "os_version": recipe.image.os_version},
        "verified": info.verified,
        "cloud": recipe.account.cloud,
        "region": recipe.account.region,
        "project_id": recipe.account.project_id,
        "iso": {"bucket": recipe.iso.bucket, "key": recipe.iso.key},
        "server": {
            "flavor": recipe.server.flavor_id,
            "availability_zone": recipe.server.availability_zone,
            "volume_type": recipe.server.volume_type,
            "system_disk": recipe.server.system_disk,
            "data_disk": recipe.server.data_disk,
        },
        "profile": info.profile,
        "created": info.created,
        "updated": info.updated,
        "elapsed": round(info.elapsed, 3),
        "stages": info.stages,
        "resources": info.resources,
        "error": info.error,
    }


def _type(info: RunInfo) -> str:
    return info.recipe.server.volume_type


def _moment(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC" if when is not None else ""


def _fate(fate: str, when: datetime | None) -> str:
    words = {"planned": "asked for, outcome not known", "exists": "exists", "unknown": "not known"}.get(fate, fate)
    return f"{words}, {_moment(when)}" if when is not None and fate in ("deleted", "kept") else words


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{escape(h)}</th>" for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"
