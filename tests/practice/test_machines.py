"""Real machines, as far as none has to run: command lines, process ids, progress, pictures, words."""

import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from isowright.home import FileLock
from isowright.practice.folders import PassingFolder, pids_folder
from isowright.practice.machines import MachineError, Settings
from isowright.practice.machines.command import Disk, Plan, Tools, command_line
from isowright.practice.machines.disks import Disks, read_progress
from isowright.practice.machines.leftovers import birth, reap, write_down
from isowright.practice.machines.logs import Logs
from isowright.practice.machines.png import png_from_ppm
from isowright.practice.machines.probe import probe
from isowright.practice.machines.sockets import place_for_sockets, remove_place
from isowright.practice.server import practice_thread
from isowright.practice_choice import Servers, write_choice

PLAN = Plan(
    name="1234",
    memory=512,
    disks=(Disk(Path("/d/a,b.raw"), "raw", "0123456789012345678901234"), Disk(Path("/d/c.qcow2"), "qcow2", "c")),
    cd=Path("/d/x.iso"),
    log=Path("/l,og"),
    vnc=Path("/run/v.sock"),
)


def nodes(line):
    found = [json.loads(line[at + 1]) for at, word in enumerate(line) if word == "-blockdev"]
    return {node["node-name"]: node for node in found}


def devices(line):
    return [line[at + 1] for at, word in enumerate(line) if word == "-device"]


def test_command_line():
    line = command_line(Tools("/bin/qemu", "/bin/img", guard=("guard", "--")), PLAN, monitor=7)
    assert line[:3] == ["guard", "--", "/bin/qemu"]
    assert line[line.index("-nic") + 1] == "none"
    assert line[line.index("-sandbox") + 1].startswith("on,")
    assert line[line.index("-m") + 1] == "512M"
    assert "socket,id=monitor,fd=7" in line
    assert "file,id=serial,append=on,path=/l,,og" in line
    assert [d for d in devices(line) if "drive=" in d] == [
        "ide-cd,drive=cd,bootindex=1",
        "virtio-blk-pci,drive=vda,bootindex=2,serial=01234567890123456789",
        "virtio-blk-pci,drive=vdb,bootindex=3,serial=c",
    ]
    made = nodes(line)
    assert made["cd"]["read-only"] is True
    assert made["vda"]["file"]["filename"] == "/d/a,b.raw"
    assert (made["vda"]["driver"], made["vdb"]["driver"]) == ("raw", "qcow2")


def test_command_line_with_uefi_and_kvm():
    tools = Tools("/bin/qemu", "/bin/img", "kvm", firmware=(Path("/f/code"), Path("/f/vars")))
    line = command_line(tools, Plan("n", 256, (), None, Path("/l"), Path("/v"), variables=Path("/own/vars")), monitor=3)
    assert line[line.index("-cpu") + 1] == "host"
    assert "q35,pflash0=firmware,pflash1=variables" in line
    made = nodes(line)
    assert (made["firmware"]["read-only"], made["firmware"]["file"]["filename"]) == (True, "/f/code")
    assert (made["variables"]["read-only"], made["variables"]["file"]["filename"]) == (False, "/own/vars")
    assert not [d for d in devices(line) if "drive=" in d]


def test_progress():
    assert read_progress(b"    (0.00/100%)\r    (12.34/100%)\r") == pytest.approx(0.1234)
    assert read_progress(b"    (100.00/100%)\n") == 1.0
    assert read_progress(b"4/100%)\r") is None


def test_what_a_crash_left_is_ended_and_strangers_are_not(tmp_path):
    sleep = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"]
    with subprocess.Popen(sleep, process_group=0) as left, subprocess.Popen(sleep, process_group=0) as stranger:
        try:
            write_down(tmp_path, "left", left.pid)
            # Another process that got the id of one that has long been gone.
            old = write_down(tmp_path, "stranger", stranger.pid)
            old.write_text(json.dumps({"pid": stranger.pid, "birth": birth(stranger.pid) + "0"}))
            (tmp_path / "torn.pid").write_text('{"pid": 1')
            assert reap(tmp_path) == [left.pid]
            assert left.wait(10) == -9
            assert birth(left.pid) == ""
            assert stranger.poll() is None
            assert list(tmp_path.iterdir()) == []
        finally:
            left.kill()
            stranger.kill()


def test_sockets_are_where_paths_are_short_and_notes_remove_nothing_else(tmp_path, monkeypatch):
    run, long = tmp_path / "run", tmp_path / ("ü, " * 40)
    run.mkdir()
    long.mkdir()
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "a.vnc").touch()
    (run / "sockets").write_text(str(precious))
    (run / "old.vnc").touch()
    monkeypatch.setattr("tempfile.tempdir", str(long))  # as with a long TMPDIR
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    placed = place_for_sockets(run)
    assert (placed == run) == (len(str(run)) < 80)
    assert [path.name for path in precious.iterdir()] == ["a.vnc"]
    assert not (run / "old.vnc").exists()
    deep = long / "run"
    deep.mkdir()
    first = place_for_sockets(deep)
    (first / "left.vnc").touch()  # a crash
    second = place_for_sockets(deep)
    assert len(str(second)) < 80
    assert second.stat().st_mode & 0o077 == 0
    assert not first.exists()
    remove_place(second)
    assert not second.exists()


def test_log_of_a_guest_that_never_stops_keeps_its_end(tmp_path):
    logs = Logs(tmp_path / "logs")
    with logs.path("flood").open("ab") as guest:
        guest.write(b"x" * 5 * 1024**2 + b"NOW")
        guest.flush()
        logs.trim()
        guest.write(b" AND LATER\r\n")
    assert logs.path("flood").stat().st_size < 300 * 1024
    assert logs.read("flood").endswith("xNOW AND LATER\n")
    logs.tidy([])
    assert logs.read("flood") == ""


def test_what_a_killed_cloud_without_a_state_left_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sleep = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"]
    with subprocess.Popen(sleep, process_group=0) as machine:
        try:
            for name in ("dead", "young", "alive"):
                pids = pids_folder(tmp_path / f"isowright-practice-{name}")
                pids.mkdir(parents=True)
                (pids / "../../passing.lock").touch()
                if name != "young":
                    os.utime(pids / "../../passing.lock", (1, 1))
            write_down(pids_folder(tmp_path / "isowright-practice-dead"), "machine", machine.pid)
            lock = FileLock(tmp_path / "isowright-practice-alive/passing.lock")
            assert lock.acquire()
            os.utime(lock.path, (1, 1))
            folder = PassingFolder()
            assert machine.wait(10) == -9
            assert folder.path.stat().st_mode & 0o077 == 0
            folder.remove()
            assert sorted(path.name for path in tmp_path.iterdir()) == [
                "isowright-practice-alive",
                "isowright-practice-young",
            ]
        finally:
            machine.kill()


def test_pixmap_to_png():
    pixels = bytes(range(2 * 3 * 3))
    png = png_from_ppm(b"P6\n# made by hand\n2 3\n255\n" + pixels)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (2, 3)
    length = struct.unpack(">I", png[33:37])[0]
    rows = zlib.decompress(png[41 : 41 + length])
    assert [rows[at : at + 7] for at in (0, 7, 14)] == [b"\0" + pixels[at : at + 6] for at in (0, 6, 12)]
    for wrong in (b"P5 1 1 255 a", b"P6 2 2 255 abc"):
        with pytest.raises(ValueError):
            png_from_ppm(wrong)


@pytest.mark.anyio
async def test_what_is_missing_is_named_with_its_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MachineError, match=r"qemu-system-x86_64 and qemu-img .* apt-get install .* ovmf"):
        await probe()


@pytest.mark.anyio
async def test_words_fit_the_system(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "dnf").write_text("#!/bin/sh\n")
    (tmp_path / "dnf").chmod(0o755)
    with pytest.raises(MachineError, match=r"Install: dnf install qemu-.* edk2-ovmf"):
        await probe()
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(MachineError, match=r"^Real machines need Linux: .* only plays them\.$"):
        await probe()


def test_firmware_is_looked_for_when_it_is_needed(tmp_path, monkeypatch):
    code, variables = tmp_path / "code.fd", tmp_path / "vars.fd"
    monkeypatch.setattr("isowright.practice.machines.probe._FIRMWARE", ((str(code), str(variables)),))
    disks = Disks(tmp_path / "machines", tmp_path, Tools("/bin/qemu", "/bin/img"), Settings())
    with pytest.raises(MachineError, match=r"\(OVMF\) is missing\. Install: .*ovmf.*; then start the server again"):
        disks.variables("server")
    code.write_bytes(b"code")
    variables.write_bytes(b"variables")  # installed while the practice cloud runs
    assert disks.variables("server").read_bytes() == b"variables"
    assert disks.tools.firmware == (code, variables)


@pytest.mark.anyio
async def test_a_qemu_that_boots_nothing_is_found_out(tmp_path, monkeypatch):
    for name, script in (("qemu-system-x86_64", "echo no luck >&2; exit 3"), ("qemu-img", "exit 0")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MachineError, match=r"does not boot.*status 3 \(no luck\)"):
        await probe()


def test_command_refuses_in_words(tmp_path):
    command = [sys.executable, "-m", "isowright.cli.main", "practice", "--machine", "qemu", "--memory-limit", "512"]
    ended = subprocess.run(
        command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "apt-get install" in ended.stderr
    assert "leave out --machine qemu" in ended.stderr


@pytest.mark.parametrize("word", ["qemu", "scripted"])
def test_commands_heed_what_the_window_chose(tmp_path, word):
    """The practice cloud of the data folder is the same for both; here its QEMU has gone since."""
    home = tmp_path / "home"
    with practice_thread(home / "data/practice") as (ready, _):
        profile = Path(ready["profile"]).read_text(encoding="utf-8").replace('cloud = "custom"', 'cloud = "practice"')
    write_choice(home / "config", Servers(word))
    (tmp_path / "p.toml").write_text(profile, encoding="utf-8")
    command = [sys.executable, "-m", "isowright.cli.main", "clean-up", "--orphans", "--yes", str(tmp_path / "p.toml")]
    env = {"PATH": str(tmp_path), "ISOWRIGHT_HOME": str(home)}
    ended = subprocess.run(
        command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )
    if word == "scripted":
        assert ended.returncode == 0, ended.stderr
    else:
        assert ended.returncode != 0
        assert "cannot start with real machines" in ended.stderr
        assert "apt-get install" in ended.stderr
        assert "switch “Real machines” off on Home" in ended.stderr
