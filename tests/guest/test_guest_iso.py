"""The tiny installer ISO: the same bytes from the same parts, small, bootable, and it installs what starts alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from guest_iso import MOST_BYTES, build_at
from guest_kernel import closure, kernel
from guest_machine import INSTALLED, MARKER, Machine, missing, new_disk

from isowright.iso import inspect_file


@pytest.mark.slow
def test_the_same_bytes_from_the_same_parts(guest_iso, tmp_path):
    again = tmp_path / "again.iso"
    build_at(again, kernel(guest_iso.parent))
    assert again.read_bytes() == guest_iso.read_bytes()
    assert guest_iso.stat().st_size <= MOST_BYTES
    assert list(tmp_path.iterdir()) == [again]


def test_our_inspector_says_that_it_boots(guest_iso):
    seen = inspect_file(guest_iso)
    assert seen.usable
    assert (seen.boot_mode, seen.isohybrid, seen.volume_id) == ("both", True, "ISOWRIGHT_TEST")
    assert [(boot.platform, boot.emulation) for boot in seen.boots] == [("BIOS", "none"), ("UEFI", "none")]
    assert seen.answer_files == ()


def test_modules_come_after_those_they_need(guest_iso):
    folder = kernel(guest_iso.parent) / "modules"
    order = (folder / "order").read_text().split()
    modules = {name: folder / f"{name}.ko" for name in order}
    assert closure(modules) == order
    assert order.index("virtio") < order.index("virtio_blk")
    assert len(order) > 20


@pytest.mark.matrix
@pytest.mark.parametrize("firmware", ["BIOS", "UEFI"])
def test_typed_yes_installs_a_disk_that_starts_alone(guest_iso, tmp_path, firmware):
    uefi = firmware == "UEFI"
    if reason := missing(uefi=uefi):
        pytest.skip(f"NOT TRIED in a real machine: {reason}")
    system, data = new_disk(tmp_path / "system.qcow2"), new_disk(tmp_path / "data.qcow2")
    with Machine(tmp_path, [system, data], cd=guest_iso, uefi=uefi) as machine:
        machine.until("Install to the data disk /dev/vdb? Type yes:")
        machine.type("no\n")
        machine.until("Install to the data disk /dev/vdb? Type yes:", times=2)
        machine.type("yes\n")
        marker = machine.until(INSTALLED)
        machine.until_off()
    with Machine(tmp_path, [data], uefi=uefi) as machine:
        assert machine.until(MARKER) == marker
        machine.until(f"This is the installed system, started by {firmware}.")
