"""Variables in an image's name: "{os}-{version}-{date}" becomes "debian-12.0.0-2026-11-28" when a run is created.

Pure. What comes of it has to keep the cloud's rules for names; braces are no part of them, so nothing is escaped.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from isowright.recipe import Recipe

VARIABLES: dict[str, str] = {
    "os": "the system, as the OS version names it",
    "version": "its version",
    "date": "the day of the run",
    "time": "the hour and minute of the run",
    "iso": "the ISO's file name without .iso",
    "region": "the region",
}

IMAGE = "{name}"  # in the names of what is made of the image

_ANY = re.compile(r"\{([^{}]*)\}")
_ILLEGAL = re.compile(r"[^A-Za-z0-9._\-一-鿿]+")
_BITS = re.compile(r"\(?\d+\s*-?bit\)?|\(.*?\)", re.IGNORECASE)
_PARTS = re.compile(r"(?P<os>.*?)(?P<version>\bv?\d[\w.]*(?:\s+(?:SP\d+|R2)\b)?).*", re.IGNORECASE | re.DOTALL)
_FILLERS = ("gnu/linux", "linux", "release")  # words that tell nobody which system it is
_STANDS_FOR = {"os": "system", "version": "1"}  # until the OS version is chosen
_SOME_DAY = datetime(2026, 1, 1)  # noqa: DTZ001  for the rules: every day has as many digits


def has_variables(name: str) -> bool:
    """Whether `name` is a pattern and not yet a name."""
    return "{" in name or "}" in name


def fill(pattern: str, recipe: Recipe, now: datetime) -> str:
    """The name that a run created at `now` (in the time zone that people here live in) would have.

    What is no variable stays as it is: see `pattern_problem`. A variable whose answer is still missing gets a word that
    stands for it.
    """
    if not has_variables(pattern):
        return pattern
    known = values(recipe, now)
    return _ANY.sub(lambda found: known.get(found[1], found[0]), pattern)


def values(recipe: Recipe, now: datetime) -> dict[str, str]:
    """What each variable stands for; "" = this recipe has no such thing."""
    system, version = parts_of(recipe.image.os_version) if recipe.image.os_version else ("", "")
    iso = recipe.iso
    file = PurePath(iso.path).name if iso.path else iso.key.rsplit("/", 1)[-1]
    found = {
        "os": system,
        "version": version,
        "date": f"{now:%Y-%m-%d}",
        "time": f"{now:%H%M}",
        "iso": _legal(re.sub(r"\.iso$", "", file, flags=re.IGNORECASE)),
        "region": _legal(recipe.account.region),
    }
    if not recipe.image.os_version:
        found |= _STANDS_FOR
    return found


def parts_of(os_version: str) -> tuple[str, str]:
    """(system, version) of a cloud's OS version: "Debian GNU/Linux 12.0.0 64bit" → ("debian", "12.0.0"), "Windows
    Server 2012 R2 64bit" → ("windows-server", "2012-R2"), "Other Linux(64 bit)" → ("other-linux", "")."""
    text = _BITS.sub(" ", os_version).strip()
    found = _PARTS.fullmatch(text)
    if found is None:
        return _legal(text).lower(), ""
    telling = [word for word in found["os"].split() if word.lower() not in _FILLERS]
    return _legal("-".join(telling) or found["os"]).lower(), _legal(found["version"])


def pattern_problem(recipe: Recipe) -> tuple[str, str] | None:
    """(what is wrong, what to do) with the variables of the recipe's image name, else None."""
    name = recipe.image.name
    if not has_variables(name):
        return None
    listed = ", ".join(f"{{{one}}}" for one in VARIABLES)
    known = values(recipe, _SOME_DAY)
    for variable in _ANY.findall(name):
        if variable not in VARIABLES:
            return f"“{{{variable}}}” is no variable.", f"There are {listed}."
        if not known[variable]:
            return _missing(variable, recipe), f"Type it in place of {{{variable}}}."
    if has_variables(_ANY.sub("", name)):
        return "A { or } of the name belongs to no variable.", f"Remove it, or complete it to one of {listed}."
    return None


def for_rules(recipe: Recipe) -> str:
    """The recipe's image name, filled in for some day, to be held against the rules for names."""
    return fill(recipe.image.name, recipe, _SOME_DAY)


def filled(recipe: Recipe, now: datetime) -> Recipe:
    """The recipe for a run: its image has a name, and remembers the pattern that this was made from."""
    pattern = recipe.image.name
    if not has_variables(pattern):
        return recipe
    return replace(recipe, image=replace(recipe.image, name=fill(pattern, recipe, now), name_pattern=pattern))


def as_pattern(recipe: Recipe) -> Recipe:
    """A run's recipe as answers for further runs: the pattern again, where there was one."""
    image = recipe.image
    return replace(recipe, image=replace(image, name=image.name_pattern or image.name, name_pattern=""))


def copy_name(recipe: Recipe) -> str:
    """Of the image's copy in the other region; {name} is the image's own."""
    return (recipe.after.copy_name or IMAGE).replace(IMAGE, for_rules(recipe))


def export_key(recipe: Recipe) -> str:
    """Of the exported object; {name} is the image's name, without what no object's name may hold."""
    return recipe.after.export_key.replace(IMAGE, _legal(for_rules(recipe)))


def after_problem(text: str) -> tuple[str, str] | None:
    """(what is wrong, what to do) with the variables of the copy's or the exported file's name, else None."""
    if not has_variables(text.replace(IMAGE, "")):
        return None
    return "{name}, the image's name, is the only variable here.", "It may hold others; take them out here."


def _missing(variable: str, recipe: Recipe) -> str:
    match variable:
        case "os" | "version":
            return f"{{{variable}}} has no value: “{recipe.image.os_version}” names none."
        case "iso":
            return "{iso} has no value: no ISO is chosen yet."
        case _:
            return f"{{{variable}}} has no value yet."


def _legal(text: str) -> str:
    """As a part of an image's name (IMG.0003)."""
    return _ILLEGAL.sub("-", text).strip("-. ")
