"""`python -m isowright.practice`: the same as `isowright practice`."""

import argparse
import asyncio
import contextlib
from pathlib import Path

from .launch import serve
from .machines import Settings
from .server import MACHINES


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m isowright.practice", description="A cloud on this computer.")
    parser.add_argument("--state", type=Path, metavar="DIR", help="keep the world here (default: nowhere)")
    parser.add_argument("--port", type=int, default=0, help="port of the control door (default: any)")
    parser.add_argument("--speed", type=float, default=60.0, metavar="N", help="N cloud seconds a second (60)")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="fault script, JSON or TOML")
    parser.add_argument("--machine", choices=MACHINES, default="scripted", help="how servers run")
    parser.add_argument("--memory-limit", type=int, default=1024, metavar="MIB", help="of one real machine (1024)")
    parser.add_argument("--disk-limit", type=int, default=20, metavar="GIB", help="of all real disks together (20)")
    given = parser.parse_args()
    settings = Settings(memory=given.memory_limit, disk=given.disk_limit)
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(
            serve(
                state=given.state,
                port=given.port,
                speed=given.speed,
                faults=given.faults,
                machine=given.machine,
                settings=settings,
            )
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
