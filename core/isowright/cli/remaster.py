"""`isowright remaster`: an installer ISO that answers its own questions, made of one that does not."""

from __future__ import annotations

import textwrap
import tomllib
from pathlib import Path

import msgspec

from isowright.errors import InputError
from isowright.flow import size_text
from isowright.unattended import given as files
from isowright.unattended.answers import Answers
from isowright.unattended.family import Family
from isowright.unattended.given import Given
from isowright.unattended.overlay import write
from isowright.unattended.prepare import family_for
from isowright.unattended.remaster import remaster
from isowright.unattended.writing import answer_file

_WORDS = {"failed": "FAILED", "warning": "look"}
_STDOUT = Path("-")


def run(iso: Path, answers: Path | None, form: Path | None, out: Path) -> int:
    """The exit status: 0 written, 1 the answer file cannot be used. Raises the AppError family."""
    family = family_for(iso)
    if form is not None:
        data = answer_file(family, _form(form))
    else:
        assert answers is not None  # argparse takes one of the two
        looked = files.read(answers, family)
        _show(looked)
        if not looked.usable:
            return 1
        data = looked.data
    if out == _STDOUT:
        print(data.decode(), end="")
        return 0
    return _write(iso, family, data, out)


def _write(iso: Path, family: Family, data: bytes, out: Path) -> int:
    if out.exists():
        raise InputError(f"{out} exists already.", remedy="Name another file, or remove that one first.")
    overlay = remaster(iso, family, data)
    try:
        write(overlay, out)
    except OSError as error:
        raise InputError(
            f"{out} cannot be written.",
            detail=str(error.strerror or error),
            remedy="Check the folder, its permissions and the room on its disk.",
        ) from error
    print(f"{out}  ({size_text(overlay.size)}, of which {size_text(overlay.added)} are new)")
    print(f"  Answers: {family.title}, as /{family.place}")
    print("  It installs without a question as soon as it is started, and erases the disk that the answers name.")
    return 0


def _form(path: Path) -> Answers:
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Answers, strict=True)
    except OSError as error:
        raise InputError(f"{path} cannot be read.", detail=str(error.strerror), remedy="Check the path.") from error
    except (ValueError, msgspec.ValidationError) as error:
        fields = ", ".join(field.name for field in msgspec.structs.fields(Answers))
        raise InputError(
            f"{path} holds no answers.", detail=f"{error}.", remedy=f"Write TOML with any of: {fields}."
        ) from error


def _show(looked: Given) -> None:
    for remark in looked.remarks:
        rows = textwrap.wrap(
            remark.title, 100, initial_indent=f"  {_WORDS[remark.verdict]:<8}", subsequent_indent=" " * 10
        )
        for text in (remark.detail, remark.remedy and f"What to do: {remark.remedy}"):
            rows += textwrap.wrap(text, 100, initial_indent=" " * 10, subsequent_indent=" " * 10)
        print("\n".join(rows))
