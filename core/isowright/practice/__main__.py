"""`python -m isowright.practice`: the same as `isowright practice`."""

import argparse
import asyncio
import contextlib
from pathlib import Path

from .launch import serve


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m isowright.practice", description="A cloud on this computer.")
    parser.add_argument("--state", type=Path, metavar="DIR", help="keep the world here (default: nowhere)")
    parser.add_argument("--port", type=int, default=0, help="port of the control door (default: any)")
    parser.add_argument("--speed", type=float, default=60.0, metavar="N", help="N cloud seconds a second (60)")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="fault script, JSON or TOML")
    parser.add_argument("--machine", choices=["scripted"], default="scripted", help="how servers run")
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(serve(state=given.state, port=given.port, speed=given.speed, faults=given.faults))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
