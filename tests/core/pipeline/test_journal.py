"""The journal: what it promises about disks, other versions, damage and kills."""

import asyncio
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys

import pytest

from isowright.clock import SystemClock
from isowright.errors import InputError, InUseError, StateError
from isowright.events import ErrorInfo, LogLine, ResourceChanged
from isowright.home import FileLock, Home
from isowright.pipeline.journal import Journal
from isowright.pipeline.schema import MIGRATIONS, state_error
from isowright.recipe import ImageSpec, Recipe

RECIPE = Recipe(image=ImageSpec(name="web"))
STAGES = [("a", "First"), ("b", "Second")]


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def journal(tmp_path):
    journal = Journal(tmp_path / "journal.sqlite", SystemClock())
    await journal.open()
    yield journal
    await journal.close()


def nobody(_event):
    """Hears nothing."""


async def test_a_run_is_read_back_as_it_was_written(journal):
    run = await journal.create(RECIPE, "weekly", STAGES)
    told = []
    record = await journal.record(run, told.append)
    await record.intend("server", "isowright-x", "s6.large.2", "token-1")
    assert record.resource("server").fate == "planned"
    assert record.intent_token("server") == "token-1"
    await record.made("server", "isowright-x", "id-1")
    await record.made("data-volume", "disk", "id-2", "40 GB")
    await record.fate("server", "id-1", "deleting")
    await record.fact("job", "job-1")
    error = ErrorInfo(kind="QuotaError", title="Full.", remedy="Free some.", status=400)
    await journal.set_stage(run, "a", "failed", "Full.", 2.5)
    await journal.set_run(run, "failed", error=error, elapsed=2.5)

    info = await journal.info(run)
    assert (info.recipe, info.profile, info.name, info.state) == (RECIPE, "weekly", "web", "failed")
    assert info.error == error
    assert info.mark == run[:6]
    assert [(s.id, s.state, s.detail, s.elapsed) for s in info.stages] == [
        ("a", "failed", "Full.", 2.5),
        ("b", "waiting", "", 0.0),
    ]
    again = await journal.record(run, nobody)
    assert again.resources() == record.resources() == info.resources
    assert [(r.kind, r.id, r.fate, r.note) for r in info.resources] == [
        ("server", "id-1", "deleting", "s6.large.2"),
        ("data-volume", "id-2", "exists", "40 GB"),
    ]
    assert again.known("job") == "job-1"
    assert again.known("other") is None
    assert [type(e) for e in told] == [ResourceChanged] * 4


async def test_what_was_refused_is_no_longer_part_of_the_run(journal):
    run = await journal.create(RECIPE, "", STAGES)
    record = await journal.record(run, nobody)
    await record.intend("image", "web")
    await record.refused("image")
    assert record.resources() == ()
    assert record.resource("image") is None
    assert (await journal.info(run)).resources == ()
    await record.intend("image", "web 2")
    await record.made("image", "web 2", "id-9")
    await record.refused("image")  # it exists: too late to be refused
    assert [r.name for r in record.resources()] == ["web 2"]


async def test_unknown_run_and_forgotten_run(journal):
    with pytest.raises(InputError):
        await journal.info("nope")
    run = await journal.create(RECIPE, "", STAGES)
    record = await journal.record(run, nobody)
    await record.fact("x", "y")
    await journal.forget(run)
    assert await journal.runs() == []


async def test_one_bad_entry_does_not_harm_those_that_share_its_transaction(journal):
    run = await journal.create(RECIPE, "", STAGES)
    gone = await journal.create(RECIPE, "", STAGES)
    good, bad = await journal.record(run, nobody), await journal.record(gone, nobody)
    await journal.forget(gone)
    results = await asyncio.gather(
        *(good.fact(f"g{n}", "1") for n in range(50)), bad.fact("b", "1"), return_exceptions=True
    )
    assert results[:50] == [None] * 50
    assert isinstance(results[50], StateError)
    assert (await journal.record(run, nobody)).known("g49") == "1"


async def test_a_cancelled_caller_does_not_take_its_entry_back(journal):
    run = await journal.create(RECIPE, "", STAGES)
    record = await journal.record(run, nobody)
    entry = asyncio.create_task(record.intend("server", "isowright-x"))
    await asyncio.sleep(0)
    entry.cancel()
    with pytest.raises(asyncio.CancelledError):
        await entry
    assert [r.name for r in (await journal.info(run)).resources] == ["isowright-x"]


async def test_log_is_kept(journal):
    run = await journal.create(RECIPE, "", STAGES)
    lines = [LogLine(run=run, at=SystemClock().now(), stage="a", text=f"line {n}", request_id="r") for n in range(3)]
    for line in lines:
        journal.keep_event(run, line)
    assert await journal.events(run) == lines


async def test_every_commit_is_flushed_and_files_are_private(journal, tmp_path):
    settings = await journal._writer.do(
        lambda db: [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    )
    assert settings == ["wal", 2]
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


async def test_journal_of_a_newer_program_is_left_alone(tmp_path):
    path = tmp_path / "journal.sqlite"
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()
    before = path.read_bytes()
    with pytest.raises(StateError, match="newer") as caught:
        await Journal(path, SystemClock()).open()
    assert caught.value.remedy
    assert path.read_bytes() == before


async def test_journal_that_cannot_be_made(tmp_path):
    with pytest.raises(StateError) as caught:
        await Journal(tmp_path / "missing" / "journal.sqlite", SystemClock()).open()
    assert caught.value.remedy


def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "home").write_text("a file where a folder has to be")
    with pytest.raises(StateError) as caught:
        Home.at(tmp_path / "home").ensure()
    assert "ISOWRIGHT_HOME" in caught.value.remedy


def test_folders_are_private(tmp_path, monkeypatch):
    monkeypatch.setenv("ISOWRIGHT_HOME", str(tmp_path / "all"))
    home = Home.default()
    home.ensure()
    assert list((tmp_path / "all").iterdir())
    for folder in (home.config, home.data, home.logs, home.profiles_dir, home.locks_dir):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert [f for f in folder.iterdir() if f.is_file()] == []


def test_second_window_is_refused(tmp_path):
    home = Home.at(tmp_path)
    home.ensure()
    with home.lock_window():
        with pytest.raises(InUseError, match="already open") as caught, home.lock_window():
            pass
        assert str(os.getpid()) in caught.value.detail
    with home.lock_window():
        pass


async def test_lock_dies_with_its_process(tmp_path):
    path = tmp_path / "run.lock"
    script = (
        "import sys, time, pathlib; from isowright.home import FileLock;"
        "lock = FileLock(pathlib.Path(sys.argv[1])); print(lock.acquire(), flush=True); time.sleep(60)"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(path), stdout=asyncio.subprocess.PIPE
    )
    assert await process.stdout.readline() == b"True\n"
    lock = FileLock(path)
    assert lock.taken()
    assert not lock.acquire(patience=0)
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    assert not lock.taken()
    assert lock.acquire(patience=0)
    lock.release()


def test_lock_holds_on_a_full_disk(tmp_path):
    script = (
        "import pathlib, resource, sys; from isowright.home import FileLock;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0));"  # no file may grow any more
        "lock = FileLock(pathlib.Path(sys.argv[1])); print(lock.acquire(), lock.owner_words() == '')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "run.lock"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True True\n"


def test_lock_that_cannot_be_made(tmp_path):
    with pytest.raises(StateError, match="cannot be written") as caught:
        FileLock(tmp_path / "missing" / "run.lock").acquire()
    assert str(tmp_path) in caught.value.remedy


async def test_full_disk_is_told_from_a_broken_one(tmp_path, monkeypatch):
    """Without room for the files beside the journal, SQLite speaks of an I/O error only."""
    failure = sqlite3.OperationalError("disk I/O error")
    assert "full" not in state_error(failure, tmp_path / "journal.sqlite").title
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(300_000, 300_000, 0))
    full = state_error(failure, tmp_path / "journal.sqlite")
    assert "full" in full.title
    assert "Free space" in full.remedy
