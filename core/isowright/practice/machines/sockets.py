"""Where the Unix sockets of machines are: their paths must be short, whatever the path of the state folder is."""

import contextlib
import os
import tempfile
from pathlib import Path

from . import MachineError

_LONGEST = 100  # bytes: the system allows 107 for the path of a Unix socket (unix(7))
_NAME = "/0123456789ab.vnc"
_PREFIX = "isowright-vm-"
_NOTE = "sockets"


def place_for_sockets(run: Path) -> Path:
    """`run`, emptied, or a folder with a shorter path, of which `run` keeps a note: a crash leaves it behind for the
    next start. Raises MachineError if there is no short path, OSError."""
    note = run / _NOTE
    with contextlib.suppress(OSError, ValueError):
        remove_place(Path(note.read_text(encoding="utf-8")))
    for path in run.iterdir():
        path.unlink(missing_ok=True)
    if _fits(str(run)):
        return run
    for place in dict.fromkeys([tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR", ""), "/tmp", "/var/tmp"]):  # noqa: S108 (mkdtemp makes it ours)
        if place and _fits(f"{place}/{_PREFIX}12345678"):
            with contextlib.suppress(OSError):
                folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
                note.write_text(str(folder), encoding="utf-8")
                return folder
    raise MachineError(
        "The path of the state folder is too long for the sockets of machines, and no temporary folder has a shorter "
        "one. Name a writable one, such as /tmp, in TMPDIR, or give a shorter --state."
    )


def remove_place(folder: Path) -> None:
    """Only what this module makes: whatever stood in the note, no other folder and no other file is touched."""
    if not folder.is_absolute() or not folder.name.startswith(_PREFIX) or folder.is_symlink():
        return
    with contextlib.suppress(OSError):
        for path in folder.glob("*.vnc"):
            path.unlink()
        folder.rmdir()


def _fits(folder: str) -> bool:
    return len(os.fsencode(folder)) + len(_NAME) <= _LONGEST
