"""The tiny installer remastered by the command with its answer file: it installs with nobody there, and is proved by
the installed disk's own words. Twice, as both firmwares would start it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from guest_machine import MARKER, Machine, missing, new_disk

from isowright.iso import inspect_file

ANSWERS = "disk=second\nmarker=given-in-the-answers\nend=off\n"


@pytest.fixture(scope="module")
def unattended_iso(guest_iso, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unattended")
    answers, out = folder / "answers.txt", folder / "unattended.iso"
    answers.write_text(ANSWERS)
    before = hashlib.sha256(guest_iso.read_bytes()).digest(), guest_iso.stat().st_mtime_ns
    command = [sys.executable, "-m", "isowright.cli.main", "remaster", guest_iso, "--answers", answers, "--out", out]
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "ISOWRIGHT_HOME": str(folder / "isowright")}
    subprocess.run(list(map(str, command)), env=env, check=True, timeout=60)
    assert (hashlib.sha256(guest_iso.read_bytes()).digest(), guest_iso.stat().st_mtime_ns) == before
    return out


def test_its_boot_entries_are_those_of_the_original(guest_iso, unattended_iso):
    before, after = inspect_file(guest_iso), inspect_file(unattended_iso)
    assert after.boots == before.boots
    assert (after.boot_mode, after.isohybrid, after.usable) == ("both", True, True)


@pytest.mark.matrix
@pytest.mark.parametrize("firmware", ["BIOS", "UEFI"])
def test_it_installs_with_nobody_there(unattended_iso, tmp_path, firmware):
    uefi = firmware == "UEFI"
    if reason := missing(uefi=uefi):
        pytest.skip(f"NOT TRIED in a real machine: {reason}")
    system, data = new_disk(tmp_path / "system.qcow2"), new_disk(tmp_path / "data.qcow2")
    with Machine(tmp_path, [system, data], cd=unattended_iso, uefi=uefi) as machine:
        machine.until_off(200)
        assert "Type yes" not in machine.said
    with Machine(tmp_path, [data], uefi=uefi) as machine:
        assert machine.until(MARKER) == "given-in-the-answers"
        machine.until(f"This is the installed system, started by {firmware}.")
