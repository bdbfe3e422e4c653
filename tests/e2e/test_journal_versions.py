"""A journal that the first version has written: listed, gone on with, and unharmed by a kill while it is migrated."""

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from isowright.errors import StateError
from isowright.events import Done
from isowright.pipeline.receipt import read_receipt, receipt_html, receipt_json
from isowright.pipeline.schema import MIGRATIONS, connect, migrate, version

DATA = Path(__file__).resolve().parents[1] / "data"
FIRST = (DATA / "journal_v1.sql").read_text(encoding="utf-8")
DONE, OPEN = "61a43b44f48d", "7cb5a83bcdaa"

# Migrates a journal, and dies before the n-th statement.
_DRIVER = """
import os, pathlib, signal, sys
from isowright.pipeline.schema import connect, migrate
database, left = connect(pathlib.Path(sys.argv[1])), int(sys.argv[2])
def trace(_statement):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
database.set_trace_callback(trace)
migrate(database)
"""


def lay_out(path, recipe=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(path)
    database.executescript(FIRST)
    if recipe is not None:
        text = msgspec.json.encode(recipe).decode()
        database.execute("UPDATE runs SET recipe = ? WHERE id = ?", (text, OPEN))
        database.commit()
    database.close()


def content(path):
    database = sqlite3.connect(path)
    tables = {
        "runs": "id, mark, name, profile, recipe, state, created, updated, elapsed, error",
        "stages": "run, id, position, title, state, detail, elapsed",
        "resources": "seq, run, kind, name, id, fate, note, token, created, updated",
        "facts": "run, key, value",
        "events": "seq, run, body",
    }
    try:
        return {
            table: sorted(database.execute(f"SELECT {columns} FROM {table}"), key=repr)  # constants
            for table, columns in tables.items()
        }
    finally:
        database.close()


async def test_runs_of_the_first_version_go_on(lab, watch):
    lay_out(lab.home.journal_path, lab.recipe("old-open"))
    async with lab.engine() as engine:
        assert engine.notice is None
        infos = {info.id: info for info in await engine.runs()}
        assert {run: (info.name, info.state) for run, info in infos.items()} == {
            DONE: ("old-done", "done"),
            OPEN: ("old-open", "running"),
        }
        assert infos[DONE].verified
        assert infos[DONE].image_id == "6fdecfd5-62c3-4abc-9b3f-cd3c66f4c3fe"
        assert [r.fate for r in infos[DONE].resources] == ["deleted"] * 4 + ["kept"]
        assert infos[OPEN].interrupted
        handle = await engine.start(OPEN, lab.login, watch)
        assert isinstance(await handle.wait(), Done)
    lab.expect_only_image("old-open")


async def test_receipts_of_runs_of_the_first_version(lab):
    """Today's receipt of such a run, and the one that was written of it then, tell the same."""
    lay_out(lab.home.journal_path)
    async with lab.engine() as engine:
        info, log = await engine.info(DONE), await engine.log(DONE)
    today, page = read_receipt(receipt_json(info, log)), receipt_html(info, log)
    content = (DATA / "receipt_v1.json").read_bytes()
    then = read_receipt(content)
    for name in json.loads(content).keys() - {"program", "created", "updated", "stages", "resources"}:
        assert getattr(today, name) == getattr(then, name), name
    assert [(s.id, s.title, s.state, s.detail) for s in today.stages] == [
        (s.id, s.title, s.state, s.detail) for s in then.stages
    ]
    assert [(r.kind, r.id, r.name, r.fate, r.note) for r in today.resources] == [
        (r.kind, r.id, r.name, r.fate, r.note) for r in then.resources
    ]
    for now, before in zip(today.resources, then.resources, strict=True):
        assert now.created == before.created.replace(microsecond=0)
    # What they do not tell is left open.
    assert (then.log, then.written, {s.begun for s in then.stages}) == ((), None, {None})
    assert all(made.id in page for made in today.resources)


def test_nothing_is_lost_by_migrating(tmp_path):
    path = tmp_path / "journal.sqlite"
    lay_out(path)
    before = content(path)
    database = connect(path)
    assert version(database) == 1
    migrate(database)
    assert version(database) == len(MIGRATIONS)
    database.close()
    assert content(path) == before


def test_killed_while_it_is_migrated(tmp_path):
    good = tmp_path / "good" / "journal.sqlite"
    lay_out(good)
    before = content(good)
    for statement in range(100):
        path = tmp_path / str(statement) / "journal.sqlite"
        lay_out(path)
        done = subprocess.run([sys.executable, "-c", _DRIVER, path, str(statement)], check=False)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        database = connect(path)
        migrate(database)
        assert version(database) == len(MIGRATIONS)
        database.close()
        assert content(path) == before
    assert 10 < statement < 99


async def test_a_newer_version_is_left_alone(lab):
    lay_out(lab.home.journal_path)
    database = sqlite3.connect(lab.home.journal_path)
    database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()
    before = lab.home.journal_path.read_bytes()
    with pytest.raises(StateError, match="newer") as caught:
        async with lab.engine():
            pass
    assert "newer" in caught.value.remedy
    assert lab.home.journal_path.read_bytes() == before
