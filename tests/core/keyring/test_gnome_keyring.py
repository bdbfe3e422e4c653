"""A real GNOME Keyring on a session bus of its own: store, read, delete, locked, absent."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCENARIO = Path(__file__).with_name("scenario.py")
UNLOCKED = 'printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$@"'


@pytest.fixture
def programs():
    missing = [name for name in ("dbus-run-session", "gnome-keyring-daemon") if not shutil.which(name)]
    if missing:
        words = f"{' and '.join(missing)} missing: install the packages dbus and gnome-keyring"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)


def environment(folder: Path) -> dict[str, str]:
    """A person of its own: no bus, no display and no files of whoever runs the tests."""
    env = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "SYSTEMROOT") if name in os.environ}
    for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        (folder / name).mkdir(mode=0o700)
        env[name] = str(folder / name)
    return env


def run(command: list[str], folder: Path) -> dict[str, object]:
    began = time.monotonic()
    done = subprocess.run(command, env=environment(folder), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(said, dict)
    assert "hunter2" not in done.stderr
    said["whole"] = time.monotonic() - began
    return said


def in_session(what: str, limit: float, folder: Path) -> dict[str, object]:
    call = [sys.executable, str(SCENARIO), what, str(limit)]
    return run(["dbus-run-session", "--", "sh", "-c", UNLOCKED, "sh", *call], folder)


def test_store_read_delete(programs, tmp_path):
    said = in_session("there", 20, tmp_path)
    assert said["place"] == said["keep"] == "Stored by GNOME Keyring on this computer, never in a profile."
    assert said["found"] is False
    assert [json.loads(value) for value in said["raw"]] == [{"password": "hunter2 ü"}]
    assert said["again"] is True
    assert said["left"] == []
    assert said["forgotten"] is True
    assert said["problem"] == ""


def test_locked_keyring_means_this_session_only(programs, tmp_path):
    said = in_session("locked", 6, tmp_path)
    assert said["kept"] == "Stored by GNOME Keyring on this computer, never in a profile."
    assert said["found"] is False
    assert said["problem"] in ("the keyring is locked", "the keyring did not answer within 6 seconds")
    assert said["keep"] == f"Kept for this session only: {said['problem']}."
    assert said["memory"] is True
    assert said["seconds"] < 30


@pytest.mark.parametrize("session", [True, False], ids=["bus without a keyring", "no bus"])
def test_absent_keyring_means_this_session_only(programs, tmp_path, session):
    call = [sys.executable, str(SCENARIO), "absent", "20"]
    if session:
        # A bus that cannot start services: the keyring's own activation file would bring it to life.
        config = tmp_path / "bus.conf"
        config.write_text(
            '<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"'
            ' "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">\n'
            f"<busconfig><type>session</type><listen>unix:tmpdir={tmp_path}</listen>"
            '<policy context="default"><allow send_destination="*" eavesdrop="true"/>'
            '<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>\n'
        )
        call = ["dbus-run-session", f"--config-file={config}", "--", *call]
    said = run(call, tmp_path)
    assert said["place"] == "Kept for this session only: this computer has no keyring service."
    assert said["keep"] == said["place"]
    assert said["found"] is False
    assert said["memory"] is True
