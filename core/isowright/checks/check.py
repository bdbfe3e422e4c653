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

from isowright.checks._remedies import Remedy
from isowright.checks._scene import Here, Scene
from isowright.cloud.client import Cloud
from isowright.errors import AppError, ForbiddenError
from isowright.recipe import Recipe

Verdict = Literal["fine", "look", "must-fix", "skipped"]


class Finding(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="check"):
    """What a check found. `why` is shown when not fine, `advice` (a sentence, or "") after it.

    remedies: buttons, the one that helps most first. verdict "skipped": it could not be looked at beforehand, which is
    no remark on the recipe.
    """

    id: str
    title: str
    verdict: Verdict
    why: str = ""
    advice: str = ""
    remedies: tuple[Remedy, ...] = ()
    code: str = ""
    request_id: str = ""


@dataclass(frozen=True)
class Answer:
    """A check's own words; the runner adds id and title."""

    verdict: Verdict
    why: str = ""
    remedies: tuple[Remedy, ...] = ()
    advice: str = ""


FINE = Answer("fine")


def must_fix(why: str, *remedies: Remedy, advice: str = "") -> Answer:
    """Red: the run would fail."""
    return Answer("must-fix", why, remedies, advice)


def look_at(why: str, *remedies: Remedy, advice: str = "") -> Answer:
    """Amber: the operator may go on."""
    return Answer("look", why, remedies, advice)


def skipped(why: str) -> Answer:
    """It cannot be known beforehand."""
    return Answer("skipped", why)


@dataclass(frozen=True)
class Check:
    id: str
    title: str
    look: Callable[[Scene], Awaitable[Answer]]
    order: int = 50  # place in the list while all are still running


@functools.cache
def all_checks() -> tuple[Check, ...]:
    """Every check module's CHECK, in order; collected on first use, because the check modules import this one."""
    from isowright import checks

    found: list[Check] = [
        importlib.import_module(f"isowright.checks.{module.name}").CHECK
        for module in pkgutil.iter_modules(checks.__path__)
        if module.name != "check" and not module.name.startswith("_")
    ]
    return tuple(sorted(found, key=lambda check: (check.order, check.id)))


async def look(check: Check, scene: Scene) -> Finding:
    """One check's finding. A refused reading is a remark, not a reason to stop: the run itself may be allowed."""
    try:
        answer = await check.look(scene)
    except AppError as error:
        verdict: Verdict = "look" if isinstance(error, ForbiddenError) else "must-fix"
        return Finding(
            id=check.id,
            title=check.title,
            verdict=verdict,
            why=f"{error.title} {error.detail}".strip(),
            advice=error.remedy,
            remedies=(Remedy("", error.action or "retry"),),
            code=error.code,
            request_id=error.request_id,
        )
    return Finding(
        id=check.id,
        title=check.title,
        verdict=answer.verdict,
        why=answer.why,
        advice=answer.advice,
        remedies=answer.remedies,
    )


async def run_one(check: Check, cloud: Cloud, recipe: Recipe, here: Here | None = None) -> Finding:
    """As in `run_all`, for one alone."""
    scene = Scene(cloud, recipe, here)
    try:
        return await look(check, scene)
    finally:
        await scene.close()


async def run_all(
    cloud: Cloud,
    recipe: Recipe,
    here: Here | None = None,
    *,
    found: Callable[[Finding], None] | None = None,
) -> list[Finding]:
    """All checks at once; `found` hears of each as it ends. Returns them in the checks' order."""
    scene = Scene(cloud, recipe, here)

    async def one(check: Check) -> Finding:
        finding = await look(check, scene)
        if found is not None:
            found(finding)
        return finding

    try:
        return list(await asyncio.gather(*(one(check) for check in all_checks())))
    finally:
        await scene.close()
