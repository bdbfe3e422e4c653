"""Log files: what reaches the disk, what never does, and that logging leaves no trace on the program itself."""

import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from isowright.logs import MAX_BYTES, to_file

log = logging.getLogger("isowright.test")


def test_nothing_is_made_while_nothing_happens(tmp_path):
    with to_file(tmp_path / "a.log"):
        log.debug("too fine")
    assert list(tmp_path.iterdir()) == []


def test_lines_tell_when_which_process_and_who(tmp_path):
    path = tmp_path / "a.log"
    with to_file(path):
        log.info("Größe: %d", 4)
    log.warning("after the end")
    (line,) = path.read_text("utf-8").splitlines()
    assert f" {os.getpid()} INFO isowright.test: Größe: 4" in line
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "line",
    [
        "X-Auth-Token: canary-1234",
        '{"auth": {"password": "canary-1234"}}',
        "https://kim:canary-1234@proxy.example:8080",
        "GET /console?token=canary-1234&x=1",
        "{'secret_key': 'canary-1234'}",
        "X-Auth-Token: MII" + "canary1234" * 10,
    ],
)
def test_secrets_do_not_reach_the_disk(tmp_path, line):
    path = tmp_path / "a.log"
    with to_file(path):
        log.warning("%s", line)
        try:
            raise ValueError(line)  # noqa: TRY301  # a traceback is what is wanted
        except ValueError:
            log.exception("it failed")
    text = path.read_text("utf-8")
    assert text.count("***") == 2
    assert "canary" not in text


def test_old_lines_make_room(tmp_path):
    path = tmp_path / "a.log"
    with to_file(path, older=2):
        for number in range(45):
            log.info("%d %s", number, "-" * (MAX_BYTES // 10))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.log", "a.log.1", "a.log.2"]
    assert all(p.stat().st_size <= MAX_BYTES for p in tmp_path.iterdir())
    assert all(stat.S_IMODE(p.stat().st_mode) == 0o600 for p in tmp_path.iterdir())
    assert "INFO isowright.test: 44 " in path.read_text("utf-8")


def test_levels_and_handlers_are_as_before(tmp_path):
    root, http = logging.getLogger(), logging.getLogger("httpcore")
    before = (root.level, list(root.handlers), http.level)
    with to_file(tmp_path / "a.log"):
        assert http.getEffectiveLevel() == logging.WARNING  # below it, all headers are written out
    assert (root.level, root.handlers, http.level) == before


def test_a_full_disk_disturbs_nobody(tmp_path):
    script = (
        "import logging, pathlib, resource, sys; from isowright.logs import to_file;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0));"
        "context = to_file(pathlib.Path(sys.argv[1])); context.__enter__();"
        "logging.getLogger('x').warning('lost'); context.__exit__(None, None, None); print('went on')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "a.log"], capture_output=True, text=True, check=False, timeout=30
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "went on\n", "")
    assert Path(tmp_path / "a.log").read_bytes() == b""
