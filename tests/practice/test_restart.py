"""What a state folder keeps, how a damaged one is met, and the command with its one line."""

import json
import os
import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx
import pytest

from isowright.practice.server import practice_thread


def test_world_goes_on_after_a_restart(tmp_path, clock, new_client):
    with practice_thread(tmp_path, speed=1, clock=clock) as (ready, _):
        client = new_client(ready)
        client.sign_in()
        token = client.token
        job_id = client.register()
        clock.advance(50)
        assert client.job("ims", job_id)["status"] == "RUNNING"
    assert (tmp_path / "world.json").stat().st_mode & 0o077 == 0
    clock.advance(60)
    with practice_thread(tmp_path, speed=1, clock=clock) as (again, _):
        assert again == ready
        client = new_client(again)
        client.token = token
        job = client.job("ims", job_id)
        assert job["status"] == "SUCCESS"
        image = client.get("ims", f"/v2/images/{job['entities']['image_id']}")
        assert image["status"] == "active"
        assert client.obs("GET", f"/{client.bucket['name']}/{client.iso}").content[32769:32774] == b"CD001"


def test_a_state_that_leads_out_of_its_folder_is_set_aside(tmp_path):
    with practice_thread(tmp_path) as (ready, _):
        pass
    kept = tmp_path / "world.json"
    state = json.loads(kept.read_bytes())
    bucket = next(b for b in state["buckets"].values() if b["objects"])
    next(iter(bucket["objects"].values()))["blob"] = "../../precious"
    kept.write_text(json.dumps(state))
    with practice_thread(tmp_path) as (again, _):
        assert again["password"] != ready["password"], "a world of its own"
    assert "precious" in (tmp_path / "world.damaged.json").read_text()
    assert (tmp_path / "objects").stat().st_mode & 0o077 == 0


def test_each_world_has_its_own_credentials():
    with practice_thread() as (one, _), practice_thread() as (two, _):
        for key in ("password", "access_key", "secret_key", "domain", "project_id"):
            assert one[key] != two[key]


def test_taken_ports_are_left_alone(tmp_path):
    with practice_thread(tmp_path) as (ready, _):
        port = int(ready["endpoints"]["ims"].rsplit(":", 1)[1])
    with socket.create_server(("127.0.0.1", port)), practice_thread(tmp_path) as (again, _):
        assert again["endpoints"]["ims"] != ready["endpoints"]["ims"]
        assert again["endpoints"]["ecs"] == ready["endpoints"]["ecs"]
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OSError, match="in use"),
        practice_thread(port=taken.getsockname()[1]),
    ):
        pass


def test_two_do_not_share_a_state(tmp_path):
    with practice_thread(tmp_path) as (ready, _):
        profile = Path(ready["profile"]).read_text()
        with pytest.raises(BlockingIOError, match="Another practice cloud"), practice_thread(tmp_path):
            pass
        assert Path(ready["profile"]).read_text() == profile
    with practice_thread(tmp_path) as (again, _):
        assert again == ready


def test_damaged_state_is_put_aside(tmp_path):
    (tmp_path / "world.json").write_bytes(b'{"schema": 1')
    with practice_thread(tmp_path) as (ready, _):
        assert ready["user"] == "builder"
    assert (tmp_path / "world.damaged.json").read_bytes() == b'{"schema": 1'


def test_state_is_written_with_each_change(tmp_path, clock, new_client):
    """Killed at any moment, the world knows what it has answered."""
    with practice_thread(tmp_path, clock=clock) as (ready, _):
        client = new_client(ready)
        client.sign_in()
        job_id = client.register()
        assert job_id in json.loads((tmp_path / "world.json").read_bytes())["jobs"]


def test_ready_profile_says_where_and_nothing_secret(cloud):
    profile = tomllib.loads(Path(cloud.ready["profile"]).read_text(encoding="utf-8"))
    assert profile["account"]["endpoints"] == cloud.ready["endpoints"] | cloud.ready["elsewhere"]
    assert profile["iso"] | {"size": 0} == {"bucket": cloud.bucket["name"], "key": cloud.iso, "size": 0}
    vpc, subnets, group = cloud.network()
    assert profile["network"] == {
        "vpc_id": vpc,
        "vpc_name": "vpc-default",
        "subnet_id": subnets["subnet-default"]["id"],
        "subnet_name": "subnet-default",
        "security_group_ids": [group],
        "security_group_names": ["default"],
    }


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGHUP])  # SIGHUP: its terminal was closed
def test_command_leaves_nothing(tmp_path, told):
    command = [sys.executable, "-m", "isowright.practice"]
    with subprocess.Popen(command, env=os.environ | {"TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline()
        (folder,) = tmp_path.iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        os.kill(process.pid, told)
        try:
            assert process.wait(60) == 0
        finally:
            process.kill()
    assert list(tmp_path.iterdir()) == []


def test_command(tmp_path):
    command = [sys.executable, "-m", "isowright.practice", "--state", str(tmp_path), "--speed", "100"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        ready = json.loads(process.stdout.readline())
        assert ready["event"] == "practice-ready"
        assert set(ready["endpoints"]) == {"iam", "ims", "ecs", "evs", "vpc", "obs", "eps"}
        assert len({*ready["endpoints"].values(), ready["control"]}) == 8
        auth = (ready["user"], ready["password"])
        assert httpx.get(ready["control"] + "/practice/world", auth=auth).status_code == 200
        os.kill(process.pid, signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
    wrong = subprocess.run([*command, "--faults", str(tmp_path / "none")], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "cannot start" in wrong.stderr
