"""Processes that must not outlive their practice cloud: written down when started, ended at the next start if left.

A process is known by its id, the time it was started and the boot of the computer (proc(5): /proc/PID/stat field 22,
/proc/sys/kernel/random/boot_id), so that a stranger who got the same id later is left alone. Where there is no /proc
nothing can be told apart, and nothing is ended.
"""

import contextlib
import json
import os
import select
import signal
from pathlib import Path

_PATIENCE = 5.0  # seconds for a killed process to be gone


def birth(pid: int) -> str:
    """What tells this process from others of the same id; "" if it is gone, or nothing can be told."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
    # The name in parentheses may hold anything, blanks and parentheses too.
    fields = stat.rpartition(")")[2].split()
    state, started = fields[0], fields[19]
    return "" if state in {"Z", "X"} else f"{boot}/{started}"


def write_down(folder: Path, name: str, pid: int) -> Path:
    """Before anything else is done with a new process, which must lead a process group of its own."""
    path = folder / f"{name}.pid"
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"pid": pid, "birth": birth(pid)}), encoding="ascii")
    part.replace(path)
    return path


def reap(folder: Path) -> list[int]:
    """Ends what a crashed practice cloud left running, with all of its process group. The ids of what was ended."""
    ended = []
    for path in sorted(folder.glob("*.pid")):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            left = json.loads(path.read_text(encoding="ascii"))
            pid, born = int(left["pid"]), str(left["birth"])
            if born and birth(pid) == born and _kill(pid, born):
                ended.append(pid)
        path.unlink(missing_ok=True)
    return ended


def _kill(pid: int, born: str) -> bool:
    """Waits until it is gone, by the file descriptor of the process: an id could be another's by now."""
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):
        return False
    try:
        if birth(pid) != born:
            return False
        os.killpg(pid, signal.SIGKILL)
        select.select([descriptor], [], [], _PATIENCE)
    finally:
        os.close(descriptor)
    return True
