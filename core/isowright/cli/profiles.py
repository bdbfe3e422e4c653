"""`isowright profiles`: list, show, diff, import, export, delete, and a profile from a run."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from isowright.cli.context import choose, opened
from isowright.cli.output import table
from isowright.errors import InputError
from isowright.flow import answer
from isowright.home import Home
from isowright.profile_diff import diff as differences
from isowright.profiles import Profiles, dumps


def run(action: str, name: str, file: Path | None) -> int:
    """The exit status. Raises the AppErrors of `Profiles`."""
    home = Home.default()
    home.ensure()
    profiles = Profiles(home)
    match action:
        case "list":
            _list(profiles)
        case "show":
            shown, recipe = profiles.open(name)
            sys.stdout.write(dumps(shown, recipe))
        case "import":
            assert file is not None
            print(f"Imported as “{profiles.import_(file)}”.")
        case "export":
            _export(profiles, name, file)
        case "delete":
            profiles.delete(name)
            print(f"Deleted “{name}”.")
        case _:
            raise AssertionError(action)
    return 0


def diff(first: str, second: str, *, json: bool) -> int:
    """What differs, to standard output; status 0 whether something does or not. Raises InputError, StateError."""
    home = Home.default()
    home.ensure()
    profiles = Profiles(home)
    (one, answers), (other, others) = profiles.open(first), profiles.open(second)
    found = differences(answers, others)
    if json:
        facts = {"event": "profiles-diff", "first": one, "second": other, "differences": found}
        print(msgspec.json.encode(facts).decode())
    elif not found:
        print(f"“{one}” and “{other}” have the same answers.")
    else:
        for line in table([("", one, other), *((d.label, *(words or "-" for words in d.words)) for d in found)]):
            print(line)
    return 0


async def from_run(given: str, name: str) -> int:
    """Save the answers of a run. Raises InputError: no such run, a name that is taken."""
    async with opened() as core:
        info = choose(await core.engine.runs(), given)
        saved = Profiles(core.home).from_run(name, info.recipe)
    print(f"Saved the answers of {info.name} ({info.id}) as “{saved.name}”.")
    return 0


def _list(profiles: Profiles) -> None:
    found = profiles.list()
    if not found:
        print("No profiles yet. Save one in the window, or: isowright profiles import FILE")
    for line in table(
        [
            (info.name, answer("account", info.recipe), answer("iso", info.recipe))
            if info.recipe
            else (info.name, "cannot be used", info.error.title if info.error else "")
            for info in found
        ]
    ):
        print(line)


def _export(profiles: Profiles, name: str, file: Path | None) -> None:
    if file is None:
        sys.stdout.write(profiles.export_text(name))
        return
    if file.is_file():
        raise InputError(
            f"{file} exists already.", detail="It was not changed.", remedy="Choose another name, or remove it first."
        )
    print(f"Exported to {profiles.export(name, file)}")
