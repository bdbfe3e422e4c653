"""What a finding offers to do about itself, and the change of answers that one of them is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from isowright.recipe import Recipe

Kind = Literal["go", "use", "again", "sign-in", "leftovers", "open"]


class Remedy(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button. `text`: its words, "" = the usual ones for its action.

    action: "step:<id>.<field>" (go there and answer anew), "use" (take `answers`, "<id>.<field>" → value, in place),
    "retry" (look again), "sign-in", "leftovers" (find and delete what earlier runs left), "open" (`url`, in a browser).
    """

    text: str
    action: str
    url: str = ""
    answers: dict[str, Any] = {}

    @property
    def kind(self) -> Kind:
        """Of the action; what is not known is done elsewhere, so that looking again is all there is."""
        if self.action.startswith("step:"):
            return "go"
        known: dict[str, Kind] = {"use": "use", "sign-in": "sign-in", "leftovers": "leftovers", "clean-up": "leftovers"}
        return "open" if self.action == "open" and self.url else known.get(self.action, "again")

    @property
    def target(self) -> str:
        """ "server.flavor_id" of a remedy of kind "go"."""
        return self.action.removeprefix("step:")


AGAIN = Remedy("", "retry")
LEFTOVERS = Remedy("Find leftovers", "leftovers")


def go(text: str, field: str) -> Remedy:
    """To the page that `field` ("server.flavor_id") is asked on."""
    return Remedy(text, f"step:{field}")


def use(text: str, **answers: Any) -> Remedy:
    """Take these answers in place: `use("Use s6.large.2", server__flavor_id="s6.large.2")`."""
    return Remedy(text, "use", answers={name.replace("__", ".", 1): value for name, value in answers.items()})


def open_page(text: str, url: str) -> tuple[Remedy, ...]:
    """A page of the cloud's console, () where its address is not known."""
    return (Remedy(text, "open", url=url),) if url else ()


def with_answers(recipe: Recipe, answers: Mapping[str, Any]) -> Recipe:
    """The recipe with these answers ("<id>.<field>" → value) and no other change."""
    parts: dict[str, dict[str, Any]] = {}
    for name, value in answers.items():
        part, _, field = name.partition(".")
        parts.setdefault(part, {})[field] = tuple(value) if isinstance(value, list) else value
    changed = {part: msgspec.structs.replace(getattr(recipe, part), **new) for part, new in parts.items()}
    return msgspec.structs.replace(recipe, **changed)
