"""A row of the ISO's card: what is so, whether that is fine, and what to do if it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["done", "warning", "failed"]
_ORDER = {"failed": 0, "warning": 1, "done": 2}


@dataclass(frozen=True)
class Fact:
    """`why` stands under the row where it is not fine; `brief` is the first of its sentences, for the footer."""

    label: str
    value: str
    verdict: Verdict = "done"
    why: str = ""
    brief: str = ""

    @property
    def words(self) -> str:
        """For one line: what is wrong, and where."""
        return f"{self.label}: {self.brief or self.why}"


def worse(one: Verdict, other: Verdict) -> Verdict:
    return one if _ORDER[one] <= _ORDER[other] else other


def first_failed(facts: list[Fact]) -> Fact | None:
    """What stops the page, None if nothing does."""
    return next((fact for fact in facts if fact.verdict == "failed"), None)
