"""A practice cloud as a process of its own, in the environment that Isowright lives in, and its control door."""

import contextlib
import json
import os
import subprocess
import threading
import time
import tomllib
from pathlib import Path

import requests

KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR", "TEMP")


def isowright_python() -> str:
    """The interpreter that Isowright is installed for; `./dev proof` names it."""
    return os.environ["ISOWRIGHT_PYTHON"]


def environment(**more):
    """Nothing of whoever runs the tests, and no proxy on the way to this computer."""
    return {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ} | {"NO_PROXY": "127.0.0.1"} | more


class Practice:
    """`ready` is the line that the cloud prints: endpoints, credentials, project, buckets."""

    def __init__(self, speed, folder):
        self._errors = (folder / "practice.err").open("w+")
        self._process = subprocess.Popen(
            [isowright_python(), "-m", "isowright.practice", "--speed", str(speed), "--state", str(folder / "world")],
            cwd=folder,
            env=environment(HOME=str(folder)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        line = self._process.stdout.readline()
        self._errors.seek(0)
        assert line, self._errors.read()
        self.ready = json.loads(line)
        self._http = requests.Session()
        self._http.auth = (self.ready["user"], self.ready["password"])
        self._http.trust_env = False

    def __getattr__(self, name):
        try:
            return self.ready[name]
        except KeyError:
            raise AttributeError(name) from None

    def control(self, method, path):
        answer = self._http.request(method, self.ready["control"] + path, timeout=120)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def profile_table(self):
        """The ready profile, decoded."""
        return tomllib.loads(Path(self.ready["profile"]).read_text(encoding="utf-8"))

    def world(self):
        return self.control("GET", "/practice/world")

    def finish_install(self, server_id):
        self.control("POST", f"/practice/servers/{server_id}/finish-install")

    @property
    def bucket(self):
        return next(bucket for bucket in self.ready["buckets"] if bucket["name"].startswith("practice-isos"))

    @property
    def iso(self):
        return next(key for key in self.bucket["objects"] if key.startswith("ubuntu"))

    def close(self):
        self._http.close()
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)
        self._process.stdout.close()
        self._errors.close()


def until(look, seconds=300):
    """The first truthy answer of `look`, asked ten times a second: what others wrote has no clock to turn by hand."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not come about in time"
        pause.wait(0.1)
