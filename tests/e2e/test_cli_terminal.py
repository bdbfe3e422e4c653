"""The command line at a terminal: the live line, the question after a failure, the password asked for, Ctrl+C."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="a pseudo terminal needs a POSIX system")

sys.path.insert(0, str(Path(__file__).parent))

# ruff: noqa: E402  # only where there are pseudo terminals
from cli_tools import COMMAND, SPEED, environment


class Terminal:
    """A command at a pseudo terminal of 100 columns."""

    def __init__(self, operator, *args, **env):
        self.master, slave = pty.openpty()
        more = {"ISOWRIGHT_SPEED": str(SPEED), "COLUMNS": "100", "TERM": "xterm"} | env
        self.process = subprocess.Popen(
            [*COMMAND, *map(str, args)],
            env=environment(operator.folder, **more),
            cwd=operator.folder,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_own_terminal,  # noqa: PLW1509  # one system call, nothing that could be locked
        )
        os.close(slave)
        self.text = ""

    def until(self, words, seconds=60):
        end = time.monotonic() + seconds
        while words not in self.text:
            assert time.monotonic() < end, self.text
            assert self._read(0.5), self.text

    def _read(self, seconds):
        """False at the end of output."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:  # Linux's way of saying that the other side is closed
            return False
        self.text += data.decode(errors="replace")
        return bool(data)

    def type(self, text):
        os.write(self.master, text.encode())

    def press_ctrl_c(self):
        """As a person would: again if nothing happens. Python's input() misses one right before it begins to read."""
        while self.process.poll() is None:
            self.type("\x03")
            heard = time.monotonic() + 1
            while time.monotonic() < heard and self._read(0.1) and self.process.poll() is None:
                pass

    def end(self):
        end = time.monotonic() + 60
        while self._read(1):
            assert time.monotonic() < end, self.text
        return self.process.wait(30)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)


def _own_terminal():
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def at_terminal(operator):
    terminals = []

    def start(*args, **env):
        terminals.append(Terminal(operator, *args, **env))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()


def test_password_is_asked_for_and_stages_are_shown_live(operator, practice, at_terminal):
    terminal = at_terminal("run", operator.profile("live"))
    terminal.until(f"Password of {practice.ready['user']}")
    terminal.type(practice.ready["password"] + "\n")
    terminal.until("YOUR TURN")
    (server,) = practice.world()["servers"]
    practice.finish_install(server["id"])
    assert terminal.end() == 0, terminal.text
    assert "\r\x1b[2K  running  " in terminal.text
    assert practice.ready["password"] not in terminal.text
    for line in re.findall(r"\x1b\[2K(  running  [^\r\n]*)", terminal.text):
        assert len(line) < 100


def test_question_after_a_failure(operator, practice, at_terminal):
    practice.faults({"job": "createServer", "action": "fail", "count": 0, "code": "Ecs.0219", "reason": "no host"})
    password = {"ISOWRIGHT_PASSWORD": practice.ready["password"]}
    before = {image["id"] for image in practice.world()["images"]}
    terminal = at_terminal("run", operator.profile("asked"), **password)
    terminal.until("Delete it now? [y/N] ")
    terminal.type("n\n")
    assert terminal.end() == 1
    assert {image["id"] for image in practice.world()["images"]} > before
    terminal = at_terminal("resume", **password)
    terminal.until("Delete it now? [y/N] ")
    terminal.type("y\n")
    assert terminal.end() == 1
    assert "Cleaned up." in terminal.text
    assert {image["id"] for image in practice.world()["images"]} == before


def test_clean_up_asks_and_ctrl_c_is_a_no(operator, practice, at_terminal):
    assert operator.do("run", operator.profile("left"), "--on-install", "confirm")[0] == 3
    password = {"ISOWRIGHT_PASSWORD": practice.ready["password"]}
    terminal = at_terminal("clean-up", **password)
    terminal.until("Delete all of this? [y/N] ")
    terminal.press_ctrl_c()
    assert terminal.end() == 130
    assert "Traceback" not in terminal.text
    terminal = at_terminal("clean-up", **password)
    terminal.until("Delete all of this? [y/N] ")
    terminal.type("y\n")
    assert terminal.end() == 0, terminal.text
    assert "Cleaned up." in terminal.text


def test_ctrl_c_in_a_run(operator, practice, at_terminal):
    terminal = at_terminal("run", operator.profile("stopped"), ISOWRIGHT_PASSWORD=practice.ready["password"])
    terminal.until("YOUR TURN")
    terminal.type("\x03")
    assert terminal.end() == 130
    assert "Stopped at “Install the OS”. A temporary server is running and billed" in terminal.text
    assert "Traceback" not in terminal.text
    assert operator.do("clean-up", "--yes")[0] == 0


def test_leftovers_are_chosen_by_number(operator, practice, at_terminal):
    assert operator.do("run", operator.profile("dead"), "--on-install", "confirm")[0] == 3
    another = {"ISOWRIGHT_PASSWORD": practice.ready["password"], "ISOWRIGHT_HOME": str(operator.folder / "another")}
    sweep = ("clean-up", "--orphans", operator.profile("dead"))
    terminal = at_terminal(*sweep, **another)
    terminal.until("Delete which?")
    assert "temporary server" in terminal.text
    assert "ISO image" in terminal.text
    terminal.type("7\n")
    terminal.until("These are not numbers of the list.")
    terminal.type("1-2\n")
    terminal.until("2 things may be in use by another computer. Delete nevertheless? [y/N] ")
    terminal.type("n\n")
    assert terminal.end() == 0
    assert "Nothing was deleted." in terminal.text
    assert len(practice.world()["servers"]) == 1
    terminal = at_terminal(*sweep, "--min-age", "0", **another)
    terminal.until("Delete which?")
    terminal.type("*\n")
    assert terminal.end() == 0, terminal.text
    assert terminal.text.count("  deleted  ") == 2
    assert practice.world()["servers"] == []
    terminal = at_terminal("clean-up", "--yes", ISOWRIGHT_PASSWORD=practice.ready["password"])
    assert terminal.end() == 0, terminal.text
