"""The command line and a practice cloud as real processes, for the tests beside this file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import httpx
import tomli_w

COMMAND = [sys.executable, "-m", "isowright.cli.main"]
SPEED = 300  # slower than it could be: deadlines of stages shrink with it, and test machines have other work to do
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR", "TEMP")


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Nothing of whoever runs the tests: no keyring, no display, no home."""
    env = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return env | {"HOME": str(folder), "ISOWRIGHT_HOME": str(folder / "isowright"), "NO_PROXY": "127.0.0.1"} | more


class Started:
    """A running command; its output is read in threads, so that no pipe fills up."""

    def __init__(self, *args, env, cwd, before=()):
        self.process = subprocess.Popen(
            [*before, *COMMAND, *map(str, args)],
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.out, self.err = [], []
        self._news = threading.Condition()
        self._ended = 0
        self._threads = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in ((self.process.stdout, self.out), (self.process.stderr, self.err))
        ]
        for thread in self._threads:
            thread.start()

    def _read(self, stream, lines):
        for line in stream:
            with self._news:
                lines.append(line.rstrip("\n"))
                self._news.notify_all()
        stream.close()
        with self._news:
            self._ended += 1
            self._news.notify_all()

    def until(self, test, seconds=100):
        """The first line of standard output that passes."""

        def found():
            return next((line for line in self.out if test(line)), None)

        with self._news:
            assert self._news.wait_for(lambda: found() is not None or self._ended == 2, seconds), self.said
            line = found()
        assert line is not None, self.said
        return line

    def event(self, kind, **facts):
        """The first `--json` event of this kind with these facts."""

        def fits(line):
            event = json.loads(line)
            return event["event"] == kind and all(event.get(key) == value for key, value in facts.items())

        return json.loads(self.until(fits))

    def end(self, seconds=100):
        """The exit status."""
        status = self.process.wait(seconds)
        for thread in self._threads:
            thread.join(10)
        return status

    @property
    def events(self):
        return [json.loads(line) for line in self.out]

    @property
    def said(self):
        return "\n".join([*self.out, *self.err])

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.end()


class Practice:
    """`isowright practice` as a process, and its control door."""

    def __init__(self, folder: Path, *options):
        self.started = Started("practice", "--speed", SPEED, *options, env=environment(folder), cwd=folder)
        self.first_line = self.started.until(lambda _line: True)
        self.ready = json.loads(self.first_line)
        self.http = httpx.Client(
            base_url=self.ready["control"],
            auth=(self.ready["user"], self.ready["password"]),
            trust_env=False,
            timeout=60,
        )

    @property
    def secrets(self):
        people = [self.ready, *self.ready["users"].values()]
        return [person[key] for person in people for key in ("password", "secret_key")]

    def world(self):
        return self.http.get("/practice/world").raise_for_status().json()

    def requests(self):
        return self.http.get("/practice/requests").raise_for_status().json()["requests"]

    def finish_install(self, server_id):
        self.http.post(f"/practice/servers/{server_id}/finish-install").raise_for_status()

    def faults(self, *rules):
        self.http.post("/practice/faults", json=list(rules)).raise_for_status()

    def no_faults(self):
        self.http.delete("/practice/faults").raise_for_status()

    def profile(self, path: Path, name: str, **tables) -> Path:
        """The ready profile with another image name and other answers, as a file."""
        document = tomllib.loads(Path(self.ready["profile"]).read_text(encoding="utf-8"))
        document["name"] = name
        document["image"]["name"] = name
        for table, answers in tables.items():
            document[table] = document.get(table, {}) | answers
        path.write_text(tomli_w.dumps(document), encoding="utf-8")
        return path

    def close(self):
        self.http.close()
        self.started.process.terminate()
        status = self.started.end()
        self.started.close()
        return status


class Operator:
    """One person at one computer: a home of their own, the commands they type, and what must never be seen there."""

    def __init__(self, folder: Path, practice: Practice):
        self.folder = folder
        self.practice = practice
        self.running = []

    def start(self, *args, secret=True, **env):
        more = {"ISOWRIGHT_SPEED": str(SPEED)}
        if secret:
            more["ISOWRIGHT_PASSWORD"] = self.practice.ready["password"]
        started = Started(*args, env=environment(self.folder, **(more | env)), cwd=self.folder)
        self.running.append(started)
        return started

    def do(self, *args, **options):
        """(exit status, lines of standard output, standard error)."""
        started = self.start(*args, **options)
        status = started.end()
        return status, started.out, "\n".join(started.err)

    def profile(self, name, **tables):
        return self.practice.profile(self.folder / f"{name}.toml", name, **tables)

    def close(self):
        for started in self.running:
            started.close()
        for secret in self.practice.secrets:
            for started in self.running:
                assert secret not in started.said
            for path in self.folder.rglob("*"):
                if path.is_file():
                    assert secret.encode() not in path.read_bytes(), path
