"""What a command says while it waits for the network, and that it goes on by itself."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cli_tools import Operator, Practice


@pytest.fixture
def practice(tmp_path):
    folder = tmp_path / "practice"
    folder.mkdir()
    practice = Practice(folder)
    yield practice
    assert practice.close() == 0


@pytest.fixture
def operator(practice, tmp_path):
    folder = tmp_path / "operator"
    folder.mkdir()
    operator = Operator(folder, practice)
    yield operator
    operator.close()


def test_no_network_is_told_once_and_so_is_its_return(operator, practice):
    practice.faults({"action": "down-after", "service": "ims", "method": "GET", "path": "/job/", "seconds": 0})
    run = operator.start("run", operator.profile("offline"))
    line = run.until(lambda line: "No connection to" in line)
    assert line.split()[:5] == ["waiting", "Register", "ISO", "No", "connection"]
    assert line.endswith("trying again every 30 s. What was begun goes on in the cloud.")
    practice.no_faults()
    run.until(lambda line: "Connected again" in line)
    server = run.until(lambda line: "YOUR TURN" in line).rsplit("Server: ", 1)[1].rstrip(".")
    practice.finish_install(server)
    assert run.end() == 0, run.said
    assert sum("No connection to" in line for line in run.out) == 1
    assert sum("Connected again" in line for line in run.out) == 1
    assert run.err == []


def test_interrupted_while_it_waits_for_the_network(operator, practice):
    practice.faults({"action": "down-after", "service": "ims", "method": "GET", "path": "/job/", "seconds": 0})
    run = operator.start("run", operator.profile("stopped"))
    run.until(lambda line: "No connection to" in line)
    run.process.terminate()
    assert run.end() == 130, run.said
    practice.no_faults()
    resumed = operator.start("resume", "--json")
    practice.finish_install(resumed.event("waiting", reason="operator")["server_id"])
    assert resumed.end() == 0, resumed.said
    assert [i["name"] for i in practice.world()["images"] if "stopped" in i["name"]] == ["stopped"]


def test_half_an_hour_of_nothing_is_told_once_without_what_the_console_says(operator, practice):
    run = operator.start("run", operator.profile("quiet"), ISOWRIGHT_SPEED="2000")
    server = run.until(lambda line: "YOUR TURN" in line).rsplit("Server: ", 1)[1].rstrip(".")
    idle = run.until(lambda line: "Nothing has happened" in line)
    assert idle.split()[:4] == ["idle", "Install", "the", "OS"]
    assert idle.endswith(" for 30 minutes; the server is billed meanwhile.")
    practice.finish_install(server)
    assert run.end() == 0, run.said
    assert sum("Nothing has happened" in line for line in run.out) == 1
    assert any(row["path"].endswith("/console-output") for row in practice.requests())
    assert "Waiting for the operator" not in run.said
