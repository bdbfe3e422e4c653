"""Answer files that were written from the form. They are kept in a folder of their own, under the digest of what they
hold, so that a run that was interrupted, a profile and *Edit* find the very file they name; the form lies beside."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Collection
from pathlib import Path

import msgspec

from isowright.errors import StateError
from isowright.home import create_private
from isowright.unattended.answers import Answers
from isowright.unattended.family import Family
from isowright.unattended.writing import answer_file

_FORM = ".form.json"
_UNUSED_DAYS = 30


def folder(data: Path) -> Path:
    """`data`: the folder of `Home` for it."""
    return data / "answers"


def keep(data: Path, family: Family, answers: Answers) -> Path:
    """Write both files, or find them. Blocking. Raises InputError if the answers have problems, StateError if they
    cannot be written."""
    content = answer_file(family, answers)
    form = msgspec.json.encode(msgspec.structs.asdict(answers))  # all of it: what is left out as usual may change
    name = f"{family.kind}-{hashlib.sha256(content + form).hexdigest()[:12]}"
    path = folder(data) / f"{name}{Path(family.place).suffix or '.yaml'}"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for place, wanted in ((path.with_name(name + _FORM), form), (path, content)):
            if not place.is_file() or place.read_bytes() != wanted:
                _write(place, wanted)
            else:
                os.utime(place)  # it is in use again: see `forget_unused`
    except OSError as error:
        raise StateError(
            "The answer file cannot be written.",
            detail=f"{path}: {error.strerror or error}.",
            remedy="Free some space on that disk, or make the folder writable.",
        ) from error
    return path


def form_of(data: Path, path: Path) -> Answers | None:
    """The form that this file was written from; None if it was not, or nobody can tell any more."""
    if path.parent != folder(data):
        return None
    try:
        return msgspec.json.decode(path.with_name(path.stem + _FORM).read_bytes(), type=Answers)
    except (OSError, msgspec.MsgspecError):
        return None


def forget_unused(data: Path, named: Collection[str]) -> None:
    """Delete what was written a month ago and is not among the paths that runs and profiles name."""
    kept = {Path(path).stem for path in named}
    before = time.time() - _UNUSED_DAYS * 86400
    with contextlib.suppress(OSError):
        for path in folder(data).iterdir():
            stem = path.name.removesuffix(_FORM) if path.name.endswith(_FORM) else path.stem
            if stem not in kept and path.stat().st_mtime < before:
                path.unlink()


def _write(path: Path, data: bytes) -> None:
    """As a whole or not at all; readable by its owner alone, since it may hold the hash of a password."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    create_private(part)
    part.write_bytes(data)
    part.replace(path)
