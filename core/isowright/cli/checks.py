"""`isowright check`: the preflight checks alone. Nothing is made; exit status 1 if one must be fixed first."""

from __future__ import annotations

import asyncio
import sys

import msgspec
from msgspec.structs import replace

from isowright.checks import Finding, Here, Remedy, all_checks, run_all
from isowright.cli.context import opened, sign_in
from isowright.cloud.client import Cloud
from isowright.errors import InputError
from isowright.flow import title
from isowright.profiles import Profiles

_WORDS = {"fine": "fine", "look": "LOOK", "must-fix": "MUST FIX", "skipped": "later"}


async def check(profile: str, *, json: bool) -> int:
    """0 = a run may begin, also where there are remarks; 1 = a check stands against it. Raises InputError for a profile
    that lacks an answer, and AppError if nobody can sign in."""
    async with opened() as core:
        recipe = await asyncio.to_thread(Profiles(core.home).load, profile)
        if problems := recipe.problems():
            first = problems[0]
            where = f"Page {title(first.step)}, {first.field}." if len(problems) == 1 else f"{len(problems)} answers."
            raise InputError(first.message, detail=f"The profile is not complete: {where}", remedy=first.remedy)
        account, login = await sign_in(core, recipe.account, ask=not json)
        recipe = replace(recipe, account=account)
        cloud = Cloud.open(account, login, clock=core.engine.clock)
        try:
            await cloud.sign_in()
            here = Here(await core.engine.runs(), core.home.uploads_dir)
            width = max(len(one.title) for one in await asyncio.to_thread(all_checks))

            def tell(finding: Finding) -> None:
                print(msgspec.json.encode(finding).decode() if json else _line(finding, width), flush=True)

            found = await run_all(cloud, recipe, here, found=tell)
        finally:
            await cloud.aclose()
    bad = [one for one in found if one.verdict == "must-fix"]
    if not json:
        _sum_up(found, bad)
    return 1 if bad else 0


def _line(finding: Finding, width: int) -> str:
    head = f"  {_WORDS[finding.verdict]:<8}  {finding.title:<{width}}"
    if finding.verdict == "fine":
        return head.rstrip()
    indent = " " * (width + 14)
    lines = [f"{head}  {finding.why}"]
    if finding.advice:
        lines.append(f"{indent}{finding.advice}")
    lines += [f"{indent}- {words}" for remedy in finding.remedies if (words := _words(remedy))]
    facts = " ".join(part for part in (finding.code, finding.request_id and f"(request {finding.request_id})") if part)
    return "\n".join([*lines, *([f"{indent}{facts}"] if facts else [])])


def _words(remedy: Remedy) -> str:
    """What to do at a terminal instead of pressing the button; "" where running the command again is all."""
    if remedy.kind == "use":
        answers = ", ".join(f"{name} = {msgspec.json.encode(value).decode()}" for name, value in remedy.answers.items())
        return f"{remedy.text}: {answers} in the profile"
    if remedy.kind == "go":
        field = remedy.target.replace("image.after.", "after.")  # a table of its own there
        return f"{remedy.text or 'Change'}: {field} in the profile"
    words = {
        "open": f"{remedy.text}: {remedy.url}",
        "leftovers": f"{remedy.text or 'Delete leftovers'}: isowright clean-up --orphans PROFILE",
        "sign-in": "Sign in again.",
    }
    return words.get(remedy.kind, "")


def _sum_up(found: list[Finding], bad: list[Finding]) -> None:
    remarks = sum(one.verdict == "look" for one in found)
    if bad:
        names = ", ".join(one.title for one in bad)
        print(f"Must be fixed first: {names}.", file=sys.stderr, flush=True)
    elif remarks:
        print(f"A run may begin; {remarks} remark{'s' * (remarks > 1)}.")
    else:
        print("All checks are fine.")
