"""From the form to the answer file of the ISO's own kind."""

from __future__ import annotations

import hashlib
from pathlib import Path

from isowright.errors import StateError
from isowright.home import create_private
from isowright.unattended.answers import Answers
from isowright.unattended.autoinstall import autoinstall
from isowright.unattended.autoyast import autoyast
from isowright.unattended.family import Family
from isowright.unattended.kickstart import kickstart
from isowright.unattended.preseed import preseed


def answer_file(family: Family, answers: Answers) -> bytes:
    """Raises InputError if the answers have problems."""
    if family.kind == "isowright-test":
        text = f"disk=second\nuser={answers.checked().user}\nend={'off' if answers.power_off else 'stay'}\n"
    else:
        write = {"preseed": preseed, "kickstart": kickstart, "autoinstall": autoinstall, "autoyast": autoyast}
        text = write[family.kind](answers)
    return text.encode()


def save(folder: Path, family: Family, answers: Answers) -> Path:
    """Writes the answer file into the folder (`Home.answers_dir`), for its owner's eyes alone; the same answers have
    the same path, which a recipe keeps. Raises InputError if the answers have problems, StateError if it cannot be
    written."""
    data = answer_file(family, answers)
    name = Path(family.place).name
    path = folder / f"{hashlib.sha256(data).hexdigest()[:16]}-{name}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        create_private(part)
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise StateError(
            "The answer file cannot be kept.",
            detail=f"{path}: {error.strerror or error}.",
            remedy="Free space on its disk, or make the folder writable, then try again.",
            action="retry",
        ) from error
    return path
