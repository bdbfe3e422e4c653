"""Runs a practice cloud until it is told to stop; its first line on standard output says how to reach it."""

import asyncio
import json
import signal
import sys
from pathlib import Path

from .machines import MachineError, Settings
from .server import PracticeCloud


async def serve(
    *,
    state: Path | None = None,
    port: int = 0,
    speed: float = 60.0,
    faults: Path | None = None,
    like: str = "practice",
    machine: str = "scripted",
    settings: Settings | None = None,
) -> int:
    """The exit status: 0 after SIGINT, SIGTERM or SIGHUP, 2 if it cannot start (with a sentence on standard error)."""
    cloud = PracticeCloud(state, speed=speed, port=port, faults=faults, like=like, machine=machine, settings=settings)
    try:
        await cloud.start()
    except MachineError as error:
        sys.stderr.write(
            f"The practice cloud cannot start with real machines.\n  {error}\n"
            "  What to do: mend that, or leave out --machine qemu: servers are then played, and need nothing.\n"
        )
        return 2
    except (OSError, ValueError) as error:
        remedy = (
            "mend the script of faults, or leave it out"
            if isinstance(error, ValueError)
            else "give another --port or --state folder, or leave them out"
        )
        sys.stderr.write(f"The practice cloud cannot start.\n  {error}\n  What to do: {remedy}.\n")
        return 2
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    # The terminal's end must not leave machines and their disks behind either; under nohup it is nothing.
    heeded = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        heeded.append(signal.SIGHUP)
    for number in heeded:
        try:
            loop.add_signal_handler(number, stopping.set)
        except NotImplementedError:
            # Windows: Ctrl+C arrives as KeyboardInterrupt and ends the loop.
            break
    sys.stdout.write(json.dumps(cloud.ready) + "\n")
    sys.stdout.flush()
    try:
        await stopping.wait()
    finally:
        await cloud.stop()
    return 0
