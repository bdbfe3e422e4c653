"""`isowright profiles`: list, show, import, export, delete."""

from __future__ import annotations

import sys
from pathlib import Path

from isowright.cli.output import table
from isowright.errors import InputError
from isowright.flow import answer
from isowright.home import Home
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
