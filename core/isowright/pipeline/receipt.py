"""What a run did, to be kept: as JSON for machines and as one self-contained page for people. Holds no secret."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import msgspec

from isowright.pipeline.runs import RunInfo


def receipt_json(info: RunInfo) -> bytes:
    """One indented JSON object. Times are UTC, sizes GB, durations seconds."""
    return msgspec.json.format(msgspec.json.encode(_facts(info)), indent=2) + b"\n"


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
        ("Begun", f"{info.created:%Y-%m-%d %H:%M:%S} UTC"),
        ("Last change", f"{info.updated:%Y-%m-%d %H:%M:%S} UTC"),
        ("Time taken", _minutes(info.elapsed)),
    ]
    if info.error is not None:
        code = f" ({info.error.code})" if info.error.code else ""
        about.append(("Error", f"{info.error.title} {info.error.detail} {info.error.remedy}{code}"))
        if info.error.request_id:
            about.append(("Request id", info.error.request_id))
    stages = [(s.title, s.state, s.detail, _minutes(s.elapsed)) for s in info.stages]
    resources = [(r.kind, r.name, r.id or "unknown", r.fate, r.note) for r in info.resources]
    facts = "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in about)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(info.name)}: receipt</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(info.name)}</h1><table>{facts}</table>"
        f"<h2>Stages</h2>{_table(('Stage', 'State', 'Detail', 'Time'), stages)}"
        f"<h2>What the run made</h2>{_table(('Kind', 'Name', 'Id', 'Fate', 'Note'), resources)}</body></html>\n"
    )


_RESULT = {"done": "Finished and verified", "cleaned": "Cleaned up", "failed": "Failed", "cancelled": "Cancelled"}
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color-scheme:light dark}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3em .8em .3em 0;"
    "border-bottom:1px solid #8884;overflow-wrap:anywhere}"
)


def _facts(info: RunInfo) -> dict[str, Any]:
    """Written out field by field: what a recipe may come to hold later does not slip into receipts by itself."""
    recipe = info.recipe
    return {
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


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{escape(h)}</th>" for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"
