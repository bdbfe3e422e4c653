"""The practice cloud in a process of its own, as a real cloud is elsewhere, and its operator's one click."""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def practice_process(speed: float) -> Iterator[dict[str, Any]]:
    """Its ready line, while it serves."""
    command = [sys.executable, str(Path(__file__).parent / "wide_cloud.py"), str(speed)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(20)


def finish_install(ready: dict[str, Any], server_id: str) -> None:
    """What the button of the console page does."""
    request = urllib.request.Request(f"{ready['control']}/practice/servers/{server_id}/finish-install", method="POST")
    pair = base64.b64encode(f"{ready['user']}:{ready['password']}".encode()).decode()
    request.add_header("Authorization", f"Basic {pair}")
    urllib.request.urlopen(request, timeout=30).read()
