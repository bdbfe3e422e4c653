"""Servers that are real machines: tiny guests, booted by QEMU, asked for as a client of the cloud asks."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from isowright.practice.machines import Settings
from isowright.practice.machines.disks import Disks
from isowright.practice.machines.leftovers import birth
from isowright.practice.machines.probe import INSTALL, probe
from isowright.practice.server import practice_thread

sys.path.insert(0, str(Path(__file__).parent))

import tiny_guests

pytestmark = pytest.mark.skipif(
    shutil.which("qemu-system-x86_64") is None or shutil.which("qemu-img") is None,
    reason=f"NOT TRIED: no real machine without QEMU ({INSTALL})",
)
UEFI_HERE = Path("/usr/share/OVMF/OVMF_CODE_4M.fd").exists()


class Now:
    """The clock of the client: the real one."""

    @property
    def now(self):
        return time.time()


def until(look, what, seconds=60):
    """Looks until there is something, and gives it."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(0.01)
    return found


class Machines:
    """The steps of the job on a cloud with real machines."""

    def __init__(self, client):
        self.client = client
        client.sign_in()

    def upload(self, code, key="tiny.iso"):
        answer = self.client.obs("PUT", f"/{self.client.bucket['name']}/{key}", body=tiny_guests.disc(code))
        assert answer.status_code == 200, answer.text
        return f"{self.client.bucket['name']}:{key}"

    def ended(self, service, job_id):
        def look():
            job = self.client.job(service, job_id)
            return job if job["status"] in {"SUCCESS", "FAIL"} else None

        return until(look, f"end of job {job_id}")

    def iso_image(self, code, **changes):
        job = self.ended("ims", self.client.register(image_url=self.upload(code), **changes))
        assert job["status"] == "SUCCESS", job
        return self.active(job["entities"]["image_id"])

    def active(self, image_id):
        until(lambda: self.image(image_id)["status"] == "active", "active image")
        return image_id

    def image(self, image_id):
        answer = self.client.call("ims", "GET", f"/v2/images/{image_id}")
        return answer.json() if answer.status_code == 200 else {"status": "unlisted"}

    def launch(self, image_id, **changes):
        """(server id, the ended job)"""
        made = self.client.launch(image_id, **changes)
        return made["serverIds"][0], self.ended("ecs", made["job_id"])

    def server(self, code, name="imgbuild-1"):
        server_id, job = self.launch(self.iso_image(code, name=f"iso of {name}"), name=name)
        assert job["status"] == "SUCCESS", job
        return server_id

    def status(self, server_id, wanted):
        until(lambda: self.client.server(server_id)["status"] == wanted, f"server in {wanted}")

    def says(self, server_id, words):
        until(lambda: words in self.output(server_id), words)

    def output(self, server_id):
        return self.client.get("ecs", f"/v1/{{p}}/cloudservers/{server_id}/console-output?length=-1")["output"]

    def data_volume(self, server_id):
        attached = until(
            lambda: self.client.server(server_id)["os-extended-volumes:volumes_attached"], "disks of the server"
        )
        return attached[1]["id"]

    def capture(self, volume_id):
        body = {"name": "captured", "volume_id": volume_id, "os_version": "Ubuntu 22.04 server 64bit", "type": "ECS"}
        answer = self.client.call("ims", "POST", "/v2/cloudimages/action", body)
        assert answer.status_code == 200, answer.text
        return self.ended("ims", answer.json()["job_id"])

    def act(self, name, server_id, kind=None):
        wanted = {"servers": [{"id": server_id}]} | ({"type": kind} if kind else {})
        answer = self.client.call("ecs", "POST", "/v1/{p}/cloudservers/action", {name: wanted})
        assert answer.status_code == 200, answer.text
        job = self.ended("ecs", answer.json()["job_id"])
        assert job["status"] == "SUCCESS", job

    def delete(self, server_id):
        body = {"servers": [{"id": server_id}], "delete_volume": True}
        answer = self.client.call("ecs", "POST", "/v1/{p}/cloudservers/delete", body)
        assert self.ended("ecs", answer.json()["job_id"])["status"] == "SUCCESS"

    def machine(self, server_id):
        (server,) = [s for s in self.client.world()["servers"] if s["id"] == server_id]
        return server["machine"]


@pytest.fixture
def start(tmp_path, new_client):
    """Starts clouds in the same folder, one after the other: `with start() as (machines, cloud):`."""

    @contextlib.contextmanager
    def begin(**settings):
        options = {"speed": 600, "machine": "qemu", "settings": Settings(**{"memory": 128, "patience": 0.5} | settings)}
        with practice_thread(tmp_path / "state", **options) as (ready, cloud):
            client = new_client(ready)
            client.clock = Now()
            yield Machines(client), cloud

    return begin


def files(tmp_path, folder):
    return sorted(path.suffix for path in (tmp_path / "state/machines" / folder).iterdir())


# What a request for a server from the captured image has otherwise.
ORDINARY = {
    "name": "test-boot",
    "root_volume": {"volumetype": "SSD", "size": 60},
    "data_volumes": None,
    "metadata": None,
    "extendparam": None,
}


def test_from_disc_to_a_system_that_starts(start, tmp_path):
    with start() as (machines, cloud):
        server_id = machines.server(tiny_guests.installer())
        machines.status(server_id, "SHUTOFF")
        assert machines.output(server_id).splitlines() == ["INSTALLER", "INSTALLED"]
        volume_id = machines.data_volume(server_id)
        (volume,) = [v for v in machines.client.world()["volumes"] if v["id"] == volume_id]
        assert volume["installed"] is True
        job = machines.capture(volume_id)
        assert job["status"] == "SUCCESS", job
        image_id = machines.active(job["entities"]["image_id"])
        made = tmp_path / "state/machines/images" / f"{image_id}.qcow2"
        facts = json.loads(subprocess.check_output(["qemu-img", "info", "--output=json", made]))
        assert (facts["format"], facts["virtual-size"]) == ("qcow2", 50 * 1024**3)
        assert machines.image(image_id)["__image_size"] == str(made.stat().st_size)
        machines.delete(server_id)
        until(lambda: files(tmp_path, "volumes") == [], "removal of the disks")

        booted, job = machines.launch(image_id, **ORDINARY)
        assert job["status"] == "SUCCESS", job
        machines.says(booted, "INSTALLED SYSTEM")
        assert files(tmp_path, "volumes") == [".qcow2"]
        (layer,) = (tmp_path / "state/machines/volumes").iterdir()
        facts = json.loads(subprocess.check_output(["qemu-img", "info", "-U", "--output=json", layer]))
        assert facts["backing-filename"] == f"../images/{image_id}.qcow2", "the folder may be moved"
        with socket.socket(socket.AF_UNIX) as screen:
            screen.settimeout(20)
            screen.connect(str(cloud.world.machines.vnc_socket(booted)))
            assert screen.recv(12) == b"RFB 003.008\n"
        with ThreadPoolExecutor(4) as many:
            path = f"/practice/servers/{booted}/screen.png"
            shots = list(many.map(lambda _: machines.client.control("GET", path), range(8)))
        for shot in shots:
            assert (shot.headers["content-type"], shot.content[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
            assert shot.content.endswith(b"IEND\xaeB`\x82"), "the whole picture"
        (tmp_path / "other.log").write_text("not a guest's")
        outside = quote(str(tmp_path / "other"), safe="")
        assert machines.client.control("GET", f"/practice/servers/{outside}/console-log").status_code == 404
        refused = machines.client.control("POST", f"/practice/servers/{booted}/finish-install")
        assert (refused.status_code, "real machine" in refused.text) == (409, True)

        first = machines.machine(booted)["pid"]
        machines.act("reboot", booted, "HARD")
        until(lambda: machines.output(booted).count("INSTALLED SYSTEM") == 2, "second start")
        machines.act("os-stop", booted, "SOFT")  # this guest knows no power button: the plug is pulled
        assert machines.client.server(booted)["status"] == "SHUTOFF"
        assert (machines.machine(booted), birth(first)) == (None, "")
        shot = machines.client.control("GET", f"/practice/servers/{booted}/screen.png")
        assert shot.status_code == 409
        machines.act("os-start", booted)
        until(lambda: machines.output(booted).count("INSTALLED SYSTEM") == 3, "third start")
        second = machines.machine(booted)["pid"]
        # The image may go before the server that stands on it.
        assert machines.client.call("ims", "DELETE", f"/v2/images/{image_id}").status_code == 204
        until(lambda: machines.image(image_id)["status"] == "unlisted", "end of the image")
        assert files(tmp_path, "images") == [".qcow2"]
        machines.delete(booted)
        until(lambda: not birth(second), "end of the machine")
        until(lambda: files(tmp_path, "volumes") == files(tmp_path, "images") == [], "removal of all files")


def test_killed_machine_is_found_off(start):
    with start() as (machines, _):
        server_id = machines.server(tiny_guests.waiting())
        machines.says(server_id, "WAITING")
        os.kill(machines.machine(server_id)["pid"], signal.SIGKILL)
        machines.status(server_id, "SHUTOFF")
        assert "QEMU was ended by SIGKILL" in machines.output(server_id)
        machines.act("os-start", server_id)
        until(lambda: machines.output(server_id).count("WAITING") == 2, "second start")


def test_power_button_is_heeded(start):
    with start(patience=60) as (machines, _):
        server_id = machines.server(tiny_guests.polite())
        machines.says(server_id, "READY")
        machines.act("reboot", server_id, "SOFT")
        machines.status(server_id, "ACTIVE")
        until(lambda: machines.output(server_id).splitlines() == ["READY", "BYE", "READY"], "second start")
        machines.act("os-stop", server_id, "SOFT")
        assert machines.output(server_id).splitlines() == ["READY", "BYE"] * 2
        assert machines.client.server(server_id)["status"] == "SHUTOFF"


@pytest.fixture
def programs(tmp_path):
    """A folder with nothing but QEMU in it."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("qemu-system-x86_64", "qemu-img"):
        (folder / name).symlink_to(shutil.which(name))
    return folder


def test_missing_program_fails_the_job(start, tmp_path, programs, monkeypatch):
    (programs / "setpriv").symlink_to(shutil.which("setpriv"))
    monkeypatch.setenv("PATH", str(programs))
    with start() as (machines, _):
        image_id = machines.iso_image(tiny_guests.waiting())
        (programs / "qemu-system-x86_64").unlink()
        made = machines.client.launch(image_id)
        job = machines.ended("ecs", made["job_id"])
        (sub,) = job["entities"]["sub_jobs"]
        assert (job["status"], sub["error_code"]) == ("FAIL", "Ecs.0204")
        assert "qemu-system-x86_64" in sub["fail_reason"]
        world = machines.client.world()
        assert (world["servers"], world["volumes"], files(tmp_path, "volumes")) == ([], [], [])


def test_full_computer_fails_jobs_and_a_restart_keeps_disks(start, tmp_path):
    with start() as (machines, _):
        server_id = machines.server(tiny_guests.installer())
        machines.status(server_id, "SHUTOFF")
        waiting = machines.server(tiny_guests.waiting(), name="waiting")
        machines.says(waiting, "WAITING")
        pid = machines.machine(waiting)["pid"]
    assert birth(pid) == ""
    with start() as (machines, _):  # what ran when the cloud was ended runs again, and is not taken for finished
        assert machines.client.server(waiting)["status"] == "ACTIVE"
        until(lambda: machines.output(waiting).count("WAITING") == 2, "second start")
        assert "It starts again" in machines.output(waiting)
        assert machines.client.server(server_id)["status"] == "SHUTOFF"
    with start(disk=0) as (machines, _):
        machines.status(waiting, "ERROR")
        assert "--disk-limit" in machines.client.server(waiting)["fault"]["message"]
        job = machines.capture(machines.data_volume(server_id))
        assert (job["status"], job["error_code"]) == ("FAIL", "IMG.1075")
        assert "--disk-limit" in job["fail_reason"]
        _, job = machines.launch(machines.client.server(server_id)["image"]["id"], name="third")
        (sub,) = job["entities"]["sub_jobs"]
        assert (sub["status"], sub["error_code"]) == ("FAIL", "Ecs.0319")
    with start() as (machines, _):
        assert machines.capture(machines.data_volume(server_id))["status"] == "SUCCESS"


def test_guest_that_fills_the_computer_is_stopped(start, tmp_path):
    with start(disk=0.001) as (machines, _):
        server_id = machines.server(tiny_guests.filling())
        machines.status(server_id, "ERROR")
        assert "--disk-limit" in machines.client.server(server_id)["fault"]["message"]
        assert "--disk-limit" in machines.output(server_id)
        assert machines.machine(server_id) is None


@pytest.mark.anyio
async def test_capture_tells_how_far_it_is(tmp_path):
    disks = Disks(tmp_path, tmp_path, await probe(), Settings())
    disks.make_empty("disk", 1)
    with disks.volume("disk").path.open("r+b") as file:
        file.write(os.urandom(8 * 1024**2))
    told = []
    assert await disks.capture("disk", "image", told.append) == disks.image("image").stat().st_size
    assert told == sorted(told)
    assert any(0 < share < 1 for share in told)
    assert told[-1] == 1


@pytest.mark.skipif(not UEFI_HERE, reason="NOT TRIED: no UEFI firmware (apt-get install ovmf)")
def test_uefi(start, tmp_path):
    """The machine runs with it. What the firmware then does takes many seconds, and is proved by a real installer."""
    with start() as (machines, _):
        server_id, job = machines.launch(machines.iso_image(tiny_guests.waiting(), hw_firmware_type="uefi"))
        assert job["status"] == "SUCCESS", job
        assert machines.machine(server_id)["firmware"] == "uefi"
        assert files(tmp_path, "variables") == [".fd"]


@pytest.mark.parametrize("guarded", [True, False])
def test_nothing_outlives_a_killed_cloud(tmp_path, new_client, programs, guarded):
    """A machine dies with its cloud, or, where the system cannot do that, when the cloud is started again."""
    state = tmp_path / "state"
    command = [sys.executable, "-m", "isowright.practice", "--state", str(state), "--speed", "600"]
    command += ["--machine", "qemu", "--memory-limit", "128"]
    env = os.environ | ({} if guarded else {"PATH": str(programs)})
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            ready = json.loads(process.stdout.readline())
            client = new_client(ready)
            client.clock = Now()
            machines = Machines(client)
            server_id = machines.server(tiny_guests.waiting())
            pid = machines.machine(server_id)["pid"]
            assert birth(pid)
        finally:
            process.kill()
    if guarded:
        until(lambda: not birth(pid), "end of the machine")
        return
    assert birth(pid)
    with practice_thread(state, speed=600):
        assert not birth(pid), "also a cloud that only plays its servers ends what is left"
    with practice_thread(state, speed=600, machine="qemu"):
        until(lambda: machines.machine(server_id), "the machine anew")
