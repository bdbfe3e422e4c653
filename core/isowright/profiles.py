"""Saved recipes: one TOML file each, without any secret, that people may read, edit, copy and keep in version control.

A file holds `schema`, `name` and one table for each part of the recipe; what is left at its default is left out. A file
that cannot be read is listed with its error and left alone: it may be somebody's only copy.
"""

from __future__ import annotations

import errno
import os
import re
import tempfile
import tomllib
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from isowright import names
from isowright.errors import AppError, InputError, StateError
from isowright.home import Home
from isowright.recipe import CUSTOM, Account, AfterSpec, ImageSpec, IsoSource, NetworkSpec, Recipe, ServerSpec

SCHEMA = 1
MAX_NAME = 80
MAX_BYTES = 256 * 1024  # far more than any profile needs; a mistaken choice of file is refused before it is read

_TABLES: dict[str, type[msgspec.Struct]] = {
    "account": Account,
    "iso": IsoSource,
    "image": ImageSpec,
    "server": ServerSpec,
    "network": NetworkSpec,
    "after": AfterSpec,
}
SINGLE_RUN = {("image", "name_pattern")}  # answers of a run that no profile holds
_SECRET_WORDS = re.compile(r"passw|passphrase|passcode|secret|token|\bsk\b|private_?key|credential", re.IGNORECASE)
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)  # device names of Windows


class ProfileInfo(msgspec.Struct, frozen=True):
    """One file of the profiles folder: its recipe, or why it cannot be used."""

    name: str
    path: Path
    recipe: Recipe | None = None
    error: AppError | None = None


class Profiles:
    """The profiles of a home. Names are compared without regard to case; methods do small, blocking file work."""

    def __init__(self, home: Home) -> None:
        self._folder = home.profiles_dir

    def list(self) -> list[ProfileInfo]:
        """All profiles by name, unusable ones included. Raises StateError if the folder cannot be read."""
        try:
            paths = sorted(path for path in self._folder.glob("*.toml") if path.is_file())
        except OSError as error:
            raise _unreadable(self._folder, error) from error
        return sorted((_look(path) for path in paths), key=lambda info: info.name.casefold())

    def find(self, name: str) -> ProfileInfo | None:
        """The profile called `name`, usable or not."""
        return next((info for info in self.list() if info.name.casefold() == name.casefold()), None)

    def load(self, name_or_path: str | Path) -> Recipe:
        """The recipe of a saved profile, or of a TOML file elsewhere. Raises InputError, StateError."""
        return self.open(name_or_path)[1]

    def open(self, name_or_path: str | Path) -> tuple[str, Recipe]:
        """Like `load`, with the profile's name."""
        text = str(name_or_path)
        info = self.find(text) if isinstance(name_or_path, str) else None
        if info is None:
            if isinstance(name_or_path, Path) or text.lower().endswith(".toml") or re.search(r"[/\\]", text):
                return read(Path(text).expanduser())
            raise self._unknown(text)
        if info.recipe is None:
            assert info.error is not None
            raise info.error
        return info.name, info.recipe

    def save(self, name: str, recipe: Recipe, *, overwrite: bool = False) -> ProfileInfo:
        """Write a profile; raises InputError if the name is taken (unless `overwrite`), empty or too long."""
        name = _checked_name(name)
        found = self.find(name)
        if found and not overwrite:
            raise InputError(
                f"There is a profile “{found.name}” already.",
                detail="It was not changed.",
                remedy="Choose another name, or replace it.",
            )
        if found and found.recipe is None:
            raise StateError(
                f"The profile “{found.name}” cannot be replaced, because its file cannot be read.",
                detail=found.error.title if found.error else "",
                remedy=f"Choose another name, or mend or move {found.path}.",
            )
        recipe = for_keeping(recipe)
        path = found.path if found else self._free_path(name)
        write(path, dumps(name, recipe))
        return ProfileInfo(name=name, path=path, recipe=recipe)

    def delete(self, name: str) -> None:
        """Remove a profile's file. Raises InputError if there is none of that name."""
        info = self.find(name)
        if info is None:
            raise self._unknown(name)
        try:
            info.path.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(info.path, error) from error

    def from_run(self, name: str, recipe: Recipe) -> ProfileInfo:
        """The answers of a run as a new profile: of a name that was filled in, the pattern. Raises InputError."""
        return self.save(name, names.as_pattern(recipe))

    def rename(self, name: str, new_name: str) -> ProfileInfo:
        """Give a profile another name, and its file one that fits. Raises InputError."""
        name, recipe = self._usable(name)
        new_name = _checked_name(new_name)
        if name.casefold() == new_name.casefold():
            return self.save(new_name, recipe, overwrite=True)
        info = self.save(new_name, recipe)
        self.delete(name)
        return info

    def duplicate(self, name: str) -> ProfileInfo:
        """A copy under the next free name: "Ubuntu" → "Ubuntu (2)"."""
        name, recipe = self._usable(name)
        return self.save(self.free_name(name), recipe)

    def export(self, name: str, path: Path) -> Path:
        """Write the profile for others to `path` (a file, or a folder to put it in), replacing what is there."""
        name, _ = self._usable(name)
        if path.is_dir():
            path = path / f"{slug(name)}.toml"
        write(path, self.export_text(name), private=False)
        return path

    def export_text(self, name: str) -> str:
        """The profile as TOML for others: without the access key's id, which would say whose it was."""
        name, recipe = self._usable(name)
        return dumps(name, replace(recipe, account=replace(recipe.account, access_key="")))

    def import_(self, path: Path) -> str:
        """Take in a TOML file; a taken name gets a number. Returns the name. Raises InputError, StateError."""
        name, recipe = read(path)
        return self.save(self.free_name(name), recipe).name

    def free_name(self, name: str) -> str:
        """`name`, with a number if it is taken."""
        taken = {info.name.casefold() for info in self.list()}
        base = re.sub(r" \(\d+\)$", "", name)
        number = 2
        while name.casefold() in taken:
            suffix = f" ({number})"
            name = base[: MAX_NAME - len(suffix)] + suffix
            number += 1
        return name

    def _usable(self, name: str) -> tuple[str, Recipe]:
        info = self.find(name)
        if info is None:
            raise self._unknown(name)
        if info.recipe is None:
            assert info.error is not None
            raise info.error
        return info.name, info.recipe

    def _unknown(self, name: str) -> InputError:
        saved = [info.name for info in self.list()]
        known = f"Saved profiles: {', '.join(saved[:8])}{' …' if len(saved) > 8 else ''}." if saved else ""
        return InputError(
            f"There is no profile “{name}”.",
            detail=known or "No profile is saved yet.",
            remedy="Give the name of a saved profile, or the path of a .toml file.",
        )

    def _free_path(self, name: str) -> Path:
        base = slug(name)
        path = self._folder / f"{base}.toml"
        number = 2
        while path.exists():
            path = self._folder / f"{base}-{number}.toml"
            number += 1
        return path


def slug(name: str) -> str:
    """A file name (without ending) that every operating system takes: lower case letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    text = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].rstrip("-") or "profile"
    return f"{text}-profile" if _RESERVED.fullmatch(text) else text


def dumps(name: str, recipe: Recipe) -> str:
    """The TOML text of a profile."""
    import tomli_w

    return tomli_w.dumps({"schema": SCHEMA, "name": name} | tables(recipe))


def tables(recipe: Recipe) -> dict[str, Any]:
    """The recipe's parts, without what is at its default, in the builtin types that TOML knows."""
    return {table: answers for table in _TABLES if (answers := _answers(getattr(recipe, table)))}


def read(path: Path) -> tuple[str, Recipe]:
    """(name, recipe) of a profile file. Raises InputError (damaged, newer, with a secret) or StateError."""
    try:
        if path.exists() and not path.is_file():  # a folder; or a device, which may have no end
            raise InputError(f"{path} is no file.", remedy="Check the path, or give the name of a saved profile.")
        if path.stat().st_size > MAX_BYTES:
            raise InputError(
                f"{path} is no profile.",
                detail="It is larger than any profile can be.",
                remedy="Choose a .toml file that Isowright wrote.",
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(
            f"There is no file {path}.", remedy="Check the path, or give the name of a saved profile."
        ) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        document = tomllib.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        # The position is told, not the text: a damaged file may hold anything.
        where = re.search(r"\(at [^)]*\)", str(error))
        raise _damaged(path, f"It is not valid TOML{f' {where.group()}' if where else ''}.") from error
    return _parse(document, path)


def _parse(document: dict[str, Any], path: Path) -> tuple[str, Recipe]:
    schema = document.pop("schema", SCHEMA)
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise _damaged(path, "Its `schema` is not a number that any version has used.")
    if schema > SCHEMA:
        raise InputError(
            f"The profile {path.name} was written by a newer version of Isowright.",
            detail=f"It has schema {schema}; this version reads up to {SCHEMA}. The file was left as it is.",
            remedy="Update Isowright, or make the profile anew in this version.",
        )
    _refuse_secrets(document, path)
    name = document.pop("name", path.stem)
    if not isinstance(name, str) or _name_problem(name.strip()):
        raise _damaged(path, "Its `name` is not a text of 1 to 80 characters.")
    if unknown := [key for key in document if key not in _TABLES]:
        raise _damaged(path, f"“{unknown[0]}” is no part of a profile.")
    for table, kind in _TABLES.items():
        answers = document.get(table, {})
        if not isinstance(answers, dict):
            raise _damaged(path, f"“{table}” is not a table.")
        if unknown := [key for key in answers if key not in kind.__struct_fields__ or (table, key) in SINGLE_RUN]:
            raise _damaged(path, f"“{table}.{unknown[0]}” is no part of a profile.")
    try:
        recipe = msgspec.convert(document, Recipe)
    except msgspec.ValidationError as error:
        words, _, where = str(error).partition(" - at ")
        place = where.strip("`").removeprefix("$.")
        raise _damaged(path, f"“{place}”: {words}." if place else f"{words}.") from error
    return name.strip(), for_keeping(recipe)


def _refuse_secrets(table: Mapping[str, Any], path: Path, prefix: str = "") -> None:
    """Profiles get copied and mailed: a secret in one is refused, whatever key it hides under."""
    for key, value in table.items():
        if prefix in ("image.tags.", "after.tags."):
            continue
        known = prefix.removesuffix(".") in _TABLES and key in _TABLES[prefix.removesuffix(".")].__struct_fields__
        if not known and _SECRET_WORDS.search(key):
            raise InputError(
                f"The profile {path.name} holds a secret (“{prefix}{key}”).",
                detail="Profiles never hold secrets, so it was not used.",
                remedy=f"Remove the line “{key}” from the file; the password or key is asked for, "
                "or comes from the system keyring.",
            )
        if isinstance(value, Mapping):
            _refuse_secrets(value, path, f"{prefix}{key}.")


def for_keeping(recipe: Recipe) -> Recipe:
    """The recipe as a file may hold it. Raises InputError if a URL carries a password."""
    account = recipe.account
    for what, url in (("proxy", account.proxy), *account.endpoints.items()):
        if "@" in url:  # a password that holds a slash ends what a parser takes for the host
            raise InputError(
                f"The {what} address holds a user name or password.",
                detail="Profiles never hold secrets, so it was not used.",
                remedy="Use the address alone: http://host:port.",
                action="step:account.proxy" if what == "proxy" else f"step:account.endpoints.{what}",
            )
    if recipe.image.name_pattern:  # of a run
        recipe = replace(recipe, image=replace(recipe.image, name_pattern=""))
    if account.endpoints and account.cloud != CUSTOM:
        # Other clouds' endpoints come from the catalog or from the running practice cloud.
        return replace(recipe, account=replace(account, endpoints={}))
    return recipe


def _answers(part: msgspec.Struct) -> dict[str, Any]:
    """What differs from the defaults, in the builtin types that TOML knows."""
    default = type(part)()
    answers = {
        field: value for field in part.__struct_fields__ if (value := getattr(part, field)) != getattr(default, field)
    }
    return {key: list(value) if isinstance(value, tuple) else value for key, value in answers.items()}


def _look(path: Path) -> ProfileInfo:
    try:
        name, recipe = read(path)
    except AppError as error:
        return ProfileInfo(name=path.stem, path=path, error=error)
    return ProfileInfo(name=name, path=path, recipe=recipe)


def _name_problem(name: str) -> str:
    if not name:
        return "The profile has no name."
    if len(name) > MAX_NAME:
        return f"The profile's name has {len(name)} characters; {MAX_NAME} is the limit."
    if not name.isprintable():
        return "The profile's name holds a character that cannot be shown."
    return ""


def _checked_name(name: str) -> str:
    name = name.strip()
    if problem := _name_problem(name):
        raise InputError(problem, remedy=f"Type a name of 1 to {MAX_NAME} characters.")
    return name


def write(path: Path, text: str, *, private: bool = True) -> None:
    """All or nothing: a crash or a full disk leaves the former file."""
    temporary = ""
    try:
        if private:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if not private and os.name == "posix":
            Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def _damaged(path: Path, detail: str) -> InputError:
    return InputError(
        f"The profile {path.name} cannot be read.",
        detail=f"{detail} The file was left as it is.",
        remedy=f"Mend {path} in a text editor, or remove it and make the profile anew.",
    )


def _unreadable(path: Path, error: OSError) -> StateError:
    return StateError(
        f"{path} cannot be read.",
        detail=f"{error.strerror or type(error).__name__}.",
        remedy="Check the permissions of the file and its folder.",
        action="retry",
    )


def _unwritable(path: Path, error: OSError) -> StateError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return StateError(
        f"The disk is full: {path.name} was not saved." if full else f"{path} cannot be written.",
        detail=f"{error.strerror or type(error).__name__}. What was there before is unchanged.",
        remedy="Free some space and try again."
        if full
        else "Check the permissions of the folder, or choose another one.",
        action="retry",
    )
