"""Benchmarks: ratios measured in one run, side by side, printed as one table. `./dev bench [name …]`.

Never a test: these numbers depend on the machine, so each is told beside what it is compared with in the same minutes.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict

from table import Row

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROWS_OF = "--rows-of"  # how this script calls itself
NAMES = ("startup", "lists", "stall", "stall_upload", "many", "overhead", "inspect")
ONLY_NAMED = ("upload",)  # minutes, and the environment of the official clients


def _alone(name: str) -> list[Row]:
    """Each in a process of its own: what one leaves in memory would slow the next."""
    done = subprocess.run([sys.executable, __file__, ROWS_OF, name], stdout=subprocess.PIPE, check=True)
    return [Row(**row) for row in json.loads(done.stdout)]


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in NAMES + ONLY_NAMED]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(NAMES + ONLY_NAMED)}", file=sys.stderr)
        return 2
    rows = []
    for name in names or NAMES:
        begun = time.monotonic()
        print(f"{name} …", file=sys.stderr, flush=True)
        rows += _alone(name)
        print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    print(f"\nPython {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}\n")
    print("| measured | value | compared with | ratio | bound | |")
    print("|---|---|---|---|---|---|")
    failed = 0
    for row in rows:
        failed += row.met is False
        word = {True: "met", False: "MISSED", None: ""}[row.met]
        print(f"| {row.what} | {row.value} | {row.against} | {row.ratio} | {row.bound} | {word} |")
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1:2] == [ROWS_OF]:
        print(json.dumps([asdict(row) for row in importlib.import_module(f"bench_{sys.argv[2]}").measure()]))
        sys.exit(0)
    sys.exit(main(sys.argv[1:]))
