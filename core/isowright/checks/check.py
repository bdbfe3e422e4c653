"""What a check is, and running all of them side by side.

A check is one module of this package that ends in `CHECK = Check(id, title, look)`; adding one touches one file. It
asks the cloud only by reading, and answers with a Finding; an AppError on the way becomes a finding too.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

from isowright import names
from isowright.cloud.client import Cloud
from isowright.errors import AppError, ForbiddenError
from isowright.recipe import Recipe

Verdict = Literal["fine", "look", "must-fix", "skipped"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found. `why` is shown when not fine; `action` says where the remedy leads (see AppError).

    remedy: a sentence (it ends in a full stop) or the few words of a button. verdict "skipped": it could not be
    looked at beforehand, which is no remark on the recipe.
    """

    id: str
    title: str
    verdict: Verdict
    why: str = ""
    remedy: str = ""
    action: str = ""
    code: str = ""
    request_id: str = ""


@dataclass(frozen=True)
class Answer:
    """A check's own words; the runner adds id and title."""

    verdict: Verdict
    why: str = ""
    remedy: str = ""
    action: str = ""


FINE = Answer("fine")


@dataclass(frozen=True)
class Check:
    id: str
    title: str
    look: Callable[[Cloud, Recipe], Awaitable[Answer]]
    order: int = 50  # place in the list while all are still running


@functools.cache
def all_checks() -> tuple[Check, ...]:
    """Every check module's CHECK, in order; collected on first use, because the check modules import this one."""
    from isowright import checks

    found: list[Check] = [
        importlib.import_module(f"isowright.checks.{module.name}").CHECK
        for module in pkgutil.iter_modules(checks.__path__)
        if module.name != "check"
    ]
    return tuple(sorted(found, key=lambda check: (check.order, check.id)))


async def run_one(check: Check, cloud: Cloud, recipe: Recipe) -> Finding:
    """One check's finding. A refused reading is a remark, not a reason to stop: the run itself may be allowed."""
    try:
        answer = await check.look(cloud, names.filled(recipe, cloud.now().astimezone()))
    except AppError as error:
        verdict: Verdict = "look" if isinstance(error, ForbiddenError) else "must-fix"
        return Finding(
            id=check.id,
            title=check.title,
            verdict=verdict,
            why=f"{error.title} {error.detail}".strip(),
            remedy=error.remedy,
            action=error.action,
            code=error.code,
            request_id=error.request_id,
        )
    return Finding(
        id=check.id,
        title=check.title,
        verdict=answer.verdict,
        why=answer.why,
        remedy=answer.remedy,
        action=answer.action,
    )


async def run_all(
    cloud: Cloud,
    recipe: Recipe,
    *,
    found: Callable[[Finding], None] | None = None,
) -> list[Finding]:
    """All checks at once; `found` hears of each as it ends. Returns them in the checks' order."""

    async def one(check: Check) -> Finding:
        finding = await run_one(check, cloud, recipe)
        if found is not None:
            found(finding)
        return finding

    return list(await asyncio.gather(*(one(check) for check in all_checks())))
