"""Other programs' files: read with care, since they may be anything."""

from __future__ import annotations

from pathlib import Path

from isowright.found.finding import Finding

LARGEST = 256 * 1024  # bytes; the real ones have a few hundred


def read_file(path: Path, title: str, origin: str) -> str | Finding | None:
    """The text; None if there is no such file; a finding that says why it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        words = (error.strerror if isinstance(error, OSError) else "") or "it is no file"
        return damaged(origin, title, words)
    if len(data) > LARGEST:
        return damaged(origin, title, "it is far larger than such a file is")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return damaged(origin, title, "it is not text")


def damaged(origin: str, title: str, why: str) -> Finding:
    """A file that is there, and of no use. `why` holds nothing of what stands in it."""
    return Finding(
        origin=origin,
        title=title,
        problem=f"The file cannot be used: {why}.",
        remedy="Mend it, or type the answers here.",
    )


def shown(path: Path, home: Path) -> str:
    """The path for people, "~/…" below their home."""
    try:
        return f"~/{path.relative_to(home).as_posix()}"
    except ValueError:
        return str(path)
