"""A receipt as one page: nothing runs in it, nothing is fetched by it; light or dark as its reader has it, and fit for
paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from isowright.pipeline.receipt import Made, Receipt

RESULT = {
    "new": "Not begun",
    "running": "Under way",
    "waiting": "Waits for the operator",
    "done": "Finished and verified",
    "cleaned": "Cleaned up",
    "failed": "Failed",
    "cancelled": "Stopped",
}
KIND = {
    "iso-image": "ISO image",
    "server": "Server",
    "system-volume": "System disk",
    "data-volume": "Data disk",
    "image": "Image",
    "object": "ISO object",
    "vpc": "VPC",
    "subnet": "Subnet",
    "upload": "Unfinished upload",
    "temporary-key": "Temporary key",
    "share": "Shared with",
    "image-copy": "Copy of the image",
    "export": "Exported file",
}
_FATE = {"planned": "asked for, outcome not known", "unknown": "not known"}
_TONE = {
    **dict.fromkeys(("done", "kept"), "success"),
    **dict.fromkeys(("failed", "unknown", "planned"), "danger"),
    **dict.fromkeys(("exists", "stopped", "deleting", "cancelled"), "warning"),
    **dict.fromkeys(("running", "your-turn"), "accent"),
}
_GLYPH = {"success": "✓", "danger": "✕", "warning": "▲", "accent": "◐", "neutral": "○"}  # never by colour alone


def page(receipt: Receipt) -> str:
    """The whole document."""
    name = escape(receipt.image.name or receipt.run)
    titles = {step.id: step.title for step in receipt.stages}
    resources = [_resource(made, titles) for made in receipt.resources]
    stages = [
        (
            _text(s.title),
            _chip(s.state, s.state),
            _mono(moment(s.begun)),
            _mono(moment(s.ended)),
            _mono(span(s.elapsed)),
            _text(s.detail),
        )
        for s in receipt.stages
    ]
    log = [
        (_mono(moment(e.at)), _text(titles.get(e.stage, e.stage)), _text(e.text), _mono(e.request_id))
        for e in receipt.log
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}: receipt</title><style>{_STYLE}</style></head><body><main>"
        f"<header><h1>{name}</h1>{_chip(result_word(receipt), receipt.state)}</header>"
        f'<p class="lead {"warning" if receipt.leftovers else ""}">{escape(sentence(receipt))}</p>'
        f"{_error(receipt)}"
        f'<section class="card facts"><table>{"".join(_fact(*fact) for fact in _about(receipt))}</table></section>'
        f"<h2>What the run made</h2>{_table(_MADE, resources)}"
        f"<h2>Stages</h2>{_table(_STAGES, stages)}"
        f"{f'<h2>Log</h2>{_table(_LOG, log)}' if log else ''}"
        f"<footer>{escape(_signature(receipt))}</footer></main></body></html>\n"
    )


def sentence(receipt: Receipt) -> str:
    """What matters to whoever pays."""
    left = receipt.leftovers
    if not left:
        return "Nothing temporary is left in the cloud."
    what = "One thing that the run made" if left == 1 else f"{left} things that the run made"
    return f"{what} may still be in the cloud, and cost money until clean-up deletes {'it' if left == 1 else 'them'}."


def result_word(receipt: Receipt) -> str:
    return "Interrupted" if receipt.interrupted else RESULT.get(receipt.state, receipt.state)


def moment(when: datetime | None) -> str:
    """ "2026-03-01 12:00:00 UTC", "" for None."""
    return f"{when:%Y-%m-%d %H:%M:%S} UTC" if when is not None else ""


def span(seconds: float) -> str:
    """ "7 s", "12 min 30 s", "2 h 5 min"."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _about(receipt: Receipt) -> list[tuple[str, str]]:
    server = receipt.server
    return [
        ("Image id", receipt.image.id or "none"),
        ("OS version", receipt.image.os_version),
        ("Cloud", f"{receipt.cloud}, {receipt.region}"),
        ("Project", " · ".join(filter(None, (receipt.project_name, receipt.project_id)))),
        ("ISO", f"{receipt.iso.bucket}/{receipt.iso.key}"),
        ("Server", f"{server.flavor} in {server.availability_zone}"),
        ("Disks", f"{server.system_disk} GB system, {server.data_disk} GB data ({server.volume_type})"),
        ("Profile", receipt.profile),
        ("Run", receipt.run),
        ("Begun", moment(receipt.created)),
        ("Last change", moment(receipt.updated)),
        ("Time taken", span(receipt.elapsed)),
    ]


def _error(receipt: Receipt) -> str:
    error = receipt.error
    if error is None:
        return ""
    facts = [("Code", error.code), ("Request", error.call), ("Request id", error.request_id)]
    details = "".join(_fact(*fact) for fact in facts)
    return (
        f'<section class="card error"><strong>{escape(error.title)}</strong>'
        f"<p>{escape(error.detail)}</p><p>{escape(error.remedy)}</p>"
        f"{f'<table>{details}</table>' if details else ''}</section>"
    )


def _resource(made: Made, titles: dict[str, str]) -> tuple[str, ...]:
    since = moment(made.updated) if made.fate in ("deleted", "kept") else ""
    fate = _chip(_FATE.get(made.fate, made.fate), made.fate)
    more = "".join(f'<div class="more">{escape(text)}</div>' for text in (since, made.why, made.note) if text)
    return (
        _text(KIND.get(made.kind, made.kind)),
        f'<span>{escape(made.name)}</span><div class="mono"><span>{escape(made.id or "id not known")}</span></div>',
        f'{_mono(moment(made.created))}<div class="more">{escape(titles.get(made.stage, ""))}</div>',
        fate + more,
    )


def _signature(receipt: Receipt) -> str:
    by = receipt.written
    if by is None:
        return receipt.program
    who = f"{by.user} on {by.host}" if by.user else by.host
    return f"Written by {receipt.program}, {who}, {moment(by.at)}. Format {receipt.format}."


def _fact(label: str, value: str) -> str:
    return f"<tr><th>{escape(label)}</th><td>{escape(value)}</td></tr>" if value else ""


def _text(text: str) -> str:
    return escape(text)


def _mono(text: str) -> str:
    return f'<span class="mono">{escape(text)}</span>'


def _chip(word: str, state: str) -> str:
    tone = _TONE.get(state, "neutral")
    return f'<span class="chip {tone}"><i>{_GLYPH[tone]}</i> <span>{escape(word)}</span></span>'


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells are HTML already."""
    if not rows:
        return '<section class="card"><p class="none">Nothing.</p></section>'
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<section class="card list"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></section>'


_MADE = ("Kind", "Name and id", "Asked for", "Fate")
_STAGES = ("Stage", "State", "Begun", "Ended", "Time", "Detail")
_LOG = ("When", "Stage", "What", "Request id")
# The colours of the window, light and dark.
_LIGHT = (
    "--window:#f6f7f9;--surface:#fff;--text:#1b1f27;--muted:#59626f;--hairline:#e2e5ea;--accent:#4350c4;"
    "--accent-soft:#eceefb;--success:#18774a;--success-soft:#e5f4ec;--warning:#8c5200;--warning-soft:#fdf1d9;"
    "--danger:#b92d28;--danger-soft:#fceae9;--neutral:#59626f;--neutral-soft:#eceef2"
)
_DARK = (
    "--window:#17191e;--surface:#1f2229;--text:#e9ebef;--muted:#a3abb8;--hairline:#2f333c;--accent:#a3adff;"
    "--accent-soft:#292e4d;--success:#63cb93;--success-soft:#18301f;--warning:#ebb556;--warning-soft:#352a15;"
    "--danger:#ff918a;--danger-soft:#3c2120;--neutral:#a3abb8;--neutral-soft:#2b2f37"
)
_STYLE = (
    f":root{{color-scheme:light dark;{_LIGHT}}}@media screen and (prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--window);color:var(--text);"
    "font:15px/1.45 system-ui,-apple-system,'Segoe UI',sans-serif}"
    "main{max-width:1040px;margin:0 auto;padding:40px 32px}"
    "header{display:flex;align-items:center;flex-wrap:wrap;gap:12px}"
    "h1{font-size:1.6em;font-weight:600;margin:0;overflow-wrap:anywhere}"
    "h2{font-size:1.15em;font-weight:600;margin:32px 0 8px}.lead{margin:4px 0 24px;color:var(--muted)}"
    ".lead.warning{color:var(--warning)}.card{background:var(--surface);border:1px solid var(--hairline);"
    "border-radius:10px;padding:16px;overflow-x:auto}.card.list{padding:0}.facts{padding:8px 16px}"
    ".error{border-left:3px solid var(--danger);margin-bottom:24px}.error p{margin:6px 0}.none{margin:0;"
    "color:var(--muted)}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
    "th,td{text-align:left;vertical-align:top;padding:8px 16px 8px 0;overflow-wrap:anywhere}"
    "th{color:var(--muted);font-weight:500;font-size:.92em;white-space:nowrap}"
    ".facts th,.error th{width:9em}.error th,.error td{padding:3px 16px 3px 0}"
    ".list th,.list td{padding-left:16px}.list td{border-top:1px solid var(--hairline)}"
    ".mono{font:.87em/1.5 ui-monospace,'Cascadia Mono','DejaVu Sans Mono',monospace;color:var(--muted)}"
    ".more{font-size:.92em;color:var(--muted);margin-top:2px}"
    ".chip{display:inline-block;border-radius:11px;padding:1px 10px;font-size:.92em;font-weight:500}"
    ".chip i{font-style:normal}"
    + "".join(
        f".chip.{tone}{{color:var(--{tone});background:var(--{tone}-soft)}}"
        for tone in ("success", "danger", "warning", "accent", "neutral")
    )
    + "footer{margin-top:32px;color:var(--muted);font-size:.92em}"
    "@page{size:A4;margin:14mm}@media print{body{background:none;font-size:11px}main{max-width:none;padding:0}"
    ".card{overflow:visible}tr,.error{break-inside:avoid}h2{break-after:avoid}"
    ".chip{print-color-adjust:exact;-webkit-print-color-adjust:exact}}"
)
