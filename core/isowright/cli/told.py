"""`isowright runs`: all of them as a list, or one in full; as words, as JSON lines, or as a receipt in a file."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path

import msgspec

from isowright.cli.context import choose, opened, several
from isowright.cli.output import duration, resource_lines, table
from isowright.flow import cloud_title
from isowright.pipeline.receipt import Receipt, make_receipt, write_receipt
from isowright.pipeline.receipt_page import sentence
from isowright.pipeline.runs import RunInfo


async def show(given: str | None = None, *, json: bool, receipt: Path | None = None) -> int:
    """All runs, newest first, or one in full: as JSON, a line of the list with all that its receipt tells.
    receipt: where that of one is written."""
    async with opened() as core:
        runs = await core.engine.runs()
        if receipt is not None:
            if not given and len(runs) > 1:
                raise several(runs, "There are several runs; a receipt is of one.")
            info = choose(runs, given or "") if given or not runs else runs[0]
            await asyncio.to_thread(write_receipt, info, receipt, await core.engine.log(info.id))
            print(f"The receipt of {info.name} is in {receipt}.", file=sys.stderr, flush=True)
            return 0
        if given:
            info = choose(runs, given)
            whole = make_receipt(info, await core.engine.log(info.id))
            if json:
                told = msgspec.to_builtins(whole)
                facts = told | _facts(info) | {name: told[name] for name in ("stages", "resources")}
                print(msgspec.json.encode(facts).decode())
            else:
                _print_run(info)
                _print_rest(whole)
            return 0
        for info in runs:
            if json:
                print(msgspec.json.encode(_facts(info)).decode())
            else:
                _print_run(info)
    return 0


def _facts(info: RunInfo) -> dict[str, object]:
    return {"event": "run", **msgspec.to_builtins(info), "interrupted": info.interrupted}


def _print_run(info: RunInfo) -> None:
    state = "interrupted" if info.interrupted else info.state
    account = info.recipe.account
    when = info.created.astimezone().strftime("%Y-%m-%d %H:%M")
    facts = [f"{info.id}  {state:<11}  {when}  {info.name}", f"{cloud_title(account.cloud)}, {account.region}"]
    if info.elapsed:
        facts.append(duration(info.elapsed))
    print("  ".join(facts))
    if info.holder:
        print(f"  Driven by {info.holder.brief}")
    if info.error and info.state == "failed":
        print(f"  {info.error.title}")
    for line in resource_lines(info.resources):
        print(line)


def _local(when: datetime | None) -> str:
    return f"{when.astimezone():%Y-%m-%d %H:%M:%S}" if when is not None else ""


def _print_rest(whole: Receipt) -> None:
    """What the list leaves out."""
    print(f"  {sentence(whole)}")
    for why in dict.fromkeys(made.why for made in whole.resources if made.why and made.fate != "kept"):
        print(f"  {why}")
    print("Stages")
    rows = [
        (s.title, s.state, _local(s.begun), duration(s.elapsed) if s.elapsed else "", s.detail) for s in whole.stages
    ]
    for line in table(rows, indent="  "):
        print(line)
    if (error := whole.error) is not None:
        print("Error")
        details = [f"{name} {value}" for name, value in (("code", error.code), ("request", error.request_id)) if value]
        for text in (error.title, error.detail, error.remedy, ", ".join(details)):
            if text:
                print(f"  {text}")
