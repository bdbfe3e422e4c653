"""The forms that answer files were written from. Each lies beside its file, so that a profile, a run that is gone on
with and *Edit* find not only the file that they name, but the form as well."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Collection
from pathlib import Path

import msgspec

from isowright.errors import StateError
from isowright.home import create_private
from isowright.unattended.answers import Answers
from isowright.unattended.family import Family
from isowright.unattended.writing import save

_FORM = ".form.json"
_UNUSED_DAYS = 30


def keep(folder: Path, family: Family, answers: Answers) -> Path:
    """Write the answer file and its form. Blocking. Returns and raises as `save` does."""
    path = save(folder, family, answers)
    form = path.with_name(path.name + _FORM)
    part = form.with_name(f"{form.name}.{os.getpid()}.part")
    try:
        create_private(part)
        # All of it: what is left out because it is the usual may be something else one day.
        part.write_bytes(msgspec.json.encode(msgspec.structs.asdict(answers)))
        part.replace(form)
    except OSError as error:
        raise StateError(
            "The form of the answer file cannot be kept.",
            detail=f"{form}: {error.strerror or error}.",
            remedy="Free space on its disk, or make the folder writable, then try again.",
            action="retry",
        ) from error
    return path


def form_of(folder: Path, path: Path) -> Answers | None:
    """The form that this file was written from; None if it was not, or nobody can tell any more."""
    if path.parent != folder:
        return None
    try:
        return msgspec.json.decode(path.with_name(path.name + _FORM).read_bytes(), type=Answers)
    except (OSError, msgspec.MsgspecError):
        return None


def forget_unused(folder: Path, named: Collection[str]) -> None:
    """Delete what was written a month ago and is not among the paths that runs and profiles name. Blocking."""
    kept = {Path(path).name for path in named}
    before = time.time() - _UNUSED_DAYS * 86400
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.name.removesuffix(_FORM) not in kept and path.stat().st_mtime < before:
                path.unlink()
