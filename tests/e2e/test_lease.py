"""Several processes and one run: each is told who has it, a dead one's run is taken over, a sleeper that has lost it
asks the cloud for nothing more."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sqlite3

import pytest

from isowright.holder import read_holder, this_host


def lock_of(operator, run):
    return operator.folder / "isowright" / "data" / "locks" / f"{run}.lock"


def from_elsewhere(lock, *, silent_for):
    """As another computer in the same shared folder would see it."""
    facts = json.loads(lock.read_text())
    room = lock.stat().st_size
    with lock.open("r+b") as file:  # the same file: the owner's own lock stays on it
        file.write(json.dumps(facts | {"host": "elsewhere"}).encode().ljust(room))
    now = lock.stat().st_mtime
    os.utime(lock, (now - silent_for, now - silent_for))


def made(practice, name):
    """(images, servers, creates) of the runs called so; creates are journalled by the cloud, not by us."""
    world = practice.world()
    images = [i for i in world["images"] if name in i["name"]]
    return images, [s for s in world["servers"] if s["status"] != "DELETED"]


def creates(practice):
    jobs = [job["job_type"] for job in practice.world()["jobs"]]
    return [jobs.count(kind) for kind in ("imsImportImageJob", "createServer", "imsVolumeCreateImageJob")]


def state(operator, run):
    database = sqlite3.connect(f"file:{operator.folder / 'isowright/data/journal.sqlite'}?mode=ro", uri=True)
    try:
        return database.execute("SELECT state FROM runs WHERE id = ?", (run,)).fetchone()[0]
    finally:
        database.close()


def stop_at_rest(started, operator):
    """Not in mid transaction: that would keep everybody from the journal."""
    path = operator.folder / "isowright/data/journal.sqlite"
    while True:
        started.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, started.process.pid, os.WSTOPPED | os.WNOWAIT)
        if free(path, 0.1):
            return
        started.process.send_signal(signal.SIGCONT)
        assert free(path, 60)  # its transaction has ended: on a busy computer it is long in coming to that


def free(path, seconds):
    """Whether the journal can be written within so many seconds."""
    with contextlib.closing(sqlite3.connect(path, timeout=seconds, isolation_level=None)) as database:
        try:
            database.execute("BEGIN IMMEDIATE")
            database.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
        return True


def test_second_command_is_told_who_drives_it(operator, practice):
    first = operator.start("run", operator.profile("two"), "--json")
    turn = first.event("waiting", reason="operator")
    process = first.process.pid
    for words in (["resume", turn["run"]], ["resume", turn["run"], "--json"], ["clean-up", turn["run"], "--yes"]):
        status, _, err = operator.do(*words, secret=False)  # told before anybody is asked for a password
        assert status == 1
        assert "driven already" in err
        assert f"The command line of this computer, process {process}, since " in err
        assert "last sign of life" in err
    status, _, err = operator.do("resume")
    assert status == 2
    assert f"is driven by the command line (process {process})" in err
    status, out, _ = operator.do("runs")
    assert f"  Driven by the command line (process {process})" in out
    _, out, _ = operator.do("runs", "--json")
    holder = json.loads(out[0])["holder"]
    assert (holder["process"], holder["host"], holder["who"]) == (process, this_host(), "command line")
    assert lock_of(operator, turn["run"]).stat().st_mode & 0o077 == 0
    practice.finish_install(turn["server_id"])
    assert first.end() == 0, first.said
    _, out, _ = operator.do("runs", "--json")
    assert (json.loads(out[0])["held"], json.loads(out[0])["holder"]) == (False, None)


def test_console_of_a_run_that_another_process_drives(operator, practice):
    first = operator.start("run", operator.profile("console"))
    line = first.until(lambda line: "isowright console" in line)
    command = line.rsplit("isowright ", 1)[1].split()
    urls = [operator.do(*command)[1] for _ in range(2)]
    assert urls[0] != urls[1]
    assert all(len(url) == 1 and url[0].startswith("http://127.0.0.1:") for url in urls)
    _, out, err = operator.do("console", "--json")
    assert json.loads(out[0])["good_for"] == 600
    assert err == ""
    assert "10 minutes" in operator.do(*command)[2]
    _, out, _ = operator.do("runs", "--json")
    practice.finish_install(next(r["id"] for r in json.loads(out[0])["resources"] if r["kind"] == "server"))
    assert first.end() == 0, first.said
    status, _, err = operator.do(*command)
    assert status == 1
    assert "no server whose console" in err


def test_killed_owner_is_followed_at_once(operator, practice):
    first = operator.start("run", operator.profile("killed"), "--json")
    turn = first.event("waiting", reason="operator")
    first.process.kill()
    first.process.wait()
    lock = lock_of(operator, turn["run"])
    assert read_holder(lock).process == first.process.pid  # it had no time to take its name away
    _, out, _ = operator.do("runs", "--json")
    assert json.loads(out[0])["interrupted"]
    second = operator.start("resume", "--json")
    second.event("waiting", reason="operator")
    assert read_holder(lock).process == second.process.pid
    practice.finish_install(turn["server_id"])
    assert second.end() == 0, second.said
    assert lock.stat().st_size == 0


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("moment", ["register-iso", "install-os"])
def test_stopped_owner_keeps_its_run_here_and_loses_it_to_another_computer(operator, practice, moment):
    before = creates(practice)
    first = operator.start("run", operator.profile(f"stopped-{moment}"), "--json")
    run = json.loads(first.until(lambda _line: True))["run"]
    if moment == "install-os":
        first.event("waiting", reason="operator")
    else:
        first.until(lambda line: "Registering the ISO: job" in line)
    stop_at_rest(first, operator)
    lock = lock_of(operator, run)
    try:
        os.utime(lock, (1e9, 1e9))  # silent for years: here, only its end counts
        status, _, err = operator.do("resume", run)
        assert (status, "driven already" in err) == (1, True), err
        from_elsewhere(lock, silent_for=20)
        status, _, err = operator.do("resume", run)
        assert status == 1
        assert "The command line of elsewhere, process" in err
        assert 20 <= int(re.search(r"last sign of life (\d+) s", err)[1]) < 60, err
        from_elsewhere(lock, silent_for=100)
        second = operator.start("resume", run, "--json")
        turn = second.event("waiting", reason="operator")
        third = operator.do("resume", run)  # without the system's lock, signs of life count
        assert (third[0], f"process {second.process.pid}" in third[2]) == (1, True)
        practice.finish_install(turn["server_id"])
        assert second.end() == 0, second.said
        practice.http.delete("/practice/requests")
    finally:
        first.process.send_signal(signal.SIGCONT)
    assert first.end() == 1, first.said
    assert {r["method"] for r in practice.requests()} <= {"GET"}, "it asked the cloud to change something"
    last = first.events[-1]
    assert (last["event"], last["error"]["kind"]) == ("failed", "LeaseLostError"), first.said
    assert "The run was taken over by another process." in "\n".join(first.err)
    assert state(operator, run) == "done"
    assert [b - a for a, b in zip(before, creates(practice), strict=True)] == [1, 1, 1]
    images, servers = made(practice, f"stopped-{moment}")
    assert [i["name"] for i in images] == [f"stopped-{moment}"]
    assert servers == []
