"""The search for secrets finds what is there: in any form, in a file, a database, another process."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from canary_tools import Canaries, Descendants, canary, wait_for


@pytest.mark.parametrize(
    "form",
    [
        lambda s: s.encode(),
        lambda s: quote(s, safe="").encode(),
        lambda s: json.dumps({"a": [s]}).encode(),
        lambda s: base64.b64encode(s.encode()),
        lambda s: base64.b64encode(b"user:" + s.encode()),
        lambda s: base64.urlsafe_b64encode(b"users:" + s.encode() + b"\0\1"),
        lambda s: s.encode("utf-16-le"),
        lambda s: s[3:22].encode(),
        lambda s: s.encode().hex().encode(),
    ],
    ids=["plain", "percent", "json", "base64", "basic", "base64 url", "utf-16", "a part", "hex"],
)
def test_a_planted_canary_is_found(tmp_path, form):
    canaries = Canaries()
    secret = canaries.add("planted", canary("pw"))
    (tmp_path / "deep").mkdir()
    clean = tmp_path / "deep" / "clean.log"
    clean.write_bytes(b"\0nothing at all\xff")
    assert canaries.in_folder(tmp_path) == {}
    (tmp_path / "deep" / "a.bin").write_bytes(b"\xff\0" + form(secret) + b"\0\xfe")
    assert list(canaries.in_folder(tmp_path)) == [str(tmp_path / "deep" / "a.bin")]
    assert canaries.in_folder(tmp_path, besides=(tmp_path / "deep" / "a.bin",)) == {}


def test_a_planted_canary_is_found_in_a_journal_that_is_not_yet_merged(tmp_path):
    canaries = Canaries()
    secret = canaries.add("planted", canary("pw"))
    with contextlib.closing(sqlite3.connect(tmp_path / "a.sqlite")) as base:
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("CREATE TABLE t (x)")
        base.execute("INSERT INTO t VALUES (?)", (f"so {secret} it is",))
        base.commit()
        assert str(tmp_path / "a.sqlite-wal") in canaries.in_folder(tmp_path)


@pytest.mark.parametrize("where", ["environment", "arguments"])
def test_a_canary_in_a_child_is_found(where):
    canaries = Canaries()
    secret = canaries.add("planted", canary("pw"))
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()', *sys.argv[1:]])"
    env = {"PATH": os.environ["PATH"]} | ({"SECRET": secret} if where == "environment" else {})
    words = [secret] if where == "arguments" else []
    parent = subprocess.Popen([sys.executable, "-c", script, *words], env=env, stdin=subprocess.PIPE)
    family = Descendants(parent.pid, canaries)
    try:
        wait_for(lambda: family.hits)
        assert any("planted" in hit for hits in family.hits.values() for hit in hits)
    finally:
        parent.communicate(b"\n")
        family.end()
