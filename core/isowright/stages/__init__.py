"""The stages of a run: one module each, found by listing this package, ordered by what they come after."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from isowright.events import ResourceKind
from isowright.pipeline.stage import Context, Stage
from isowright.recipe import Recipe


@cache
def all_stages() -> tuple[Stage, ...]:
    """Every stage, each after those that it names, otherwise in the order of their module names."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    found: list[Stage] = [importlib.import_module(f"{__name__}.{name}").STAGE for name in names]
    return in_order(found)


def stages_of(recipe: Recipe) -> tuple[Stage, ...]:
    """The stages of a run of this recipe, in order."""
    return tuple(stage for stage in all_stages() if stage.needed(recipe))


def things(mark: str, recipe: Recipe) -> list[tuple[ResourceKind, str]]:
    """(kind, name) of all that a run with this mark asks the cloud for."""
    from isowright.stages import _recall

    return _recall.things(mark, recipe)


async def recall(ctx: Context) -> None:
    """Ask the cloud for what the run has made, if its journal has lost entries. Part of the stage Sign in."""
    from isowright.stages import _recall

    await _recall.recall(ctx)


async def beside(ctx: Context) -> None:
    """What goes on beside the stages from sign-in to the run's end, until it is cancelled."""
    # Not at the top: the module uses the context of this package's stages.
    from isowright.stages import _dead_man

    await _dead_man.keep(ctx)


def in_order(stages: list[Stage]) -> tuple[Stage, ...]:
    """Raises ValueError for an unknown predecessor or a circle: a fault of this program, not of an operator."""
    left = list(stages)
    placed: list[Stage] = []
    while left:
        done = {stage.id for stage in placed}
        ready = next((stage for stage in left if done.issuperset(stage.after)), None)
        if ready is None:
            raise ValueError(f"stages without a possible place: {[stage.id for stage in left]}")
        left.remove(ready)
        placed.append(ready)
    return tuple(placed)
