"""The steps that have a page, and how each of them looks at the left."""

from __future__ import annotations

import importlib
from collections.abc import Collection

from isowright import flow
from isowright.recipe import Recipe
from isowright_gui.widgets.stepper import Step, StepState
from isowright_gui.wizard.page import Page

# step → module and class; imported when the step is first reached
PAGES = {
    "account": ("account", "AccountPage"),
    "iso": ("iso", "IsoPage"),
    "image": ("image", "ImagePage"),
    "server": ("server", "ServerPage"),
    "network": ("network", "NetworkPage"),
    "review": ("review", "ReviewPage"),
}
BUILD = "build"


def page_class(step: str) -> type[Page]:
    """The page of a step. ImportError if there is none."""
    module, name = PAGES[step]
    found: type[Page] = getattr(importlib.import_module(f"isowright_gui.pages.{module}"), name)
    return found


def shown(recipe: Recipe, here: str, *, reach: int, seen: Collection[str], pending: Collection[str]) -> list[Step]:
    """While the wizard is at `here`. reach: how far one may jump. Nobody is blamed for a step that is not in `seen`;
    pending: an answer of theirs was lost."""
    steps = []
    for number, step in enumerate(flow.STEPS):
        reached = number <= reach and step != BUILD
        state: StepState = "done"
        if not reached:
            state = "ahead"
        elif step == here:
            state = "current"
        elif step in flow.ANSWERED and recipe.problems(step):
            state = "problem" if step in seen else "ahead"
        elif step in pending:
            state = "problem"
        answer = flow.answer(step, recipe) if reached and step != here else ""
        steps.append(Step(step, flow.title(step), state, answer))
    return steps


def closed(recipe: Recipe, build: StepState = "current") -> list[Step]:
    """At Build: the answers are those of a run."""
    answered = [Step(step, flow.title(step), "done", flow.answer(step, recipe)) for step in flow.STEPS if step != BUILD]
    return [*answered, Step(BUILD, flow.title(BUILD), build)]
