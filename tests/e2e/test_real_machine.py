"""The whole job with nothing played: a local installer disc goes up, a real machine installs from it and switches
itself off, and the image is what it installed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "practice"))

import tiny_guests
from cli_tools import Operator, Practice

pytestmark = pytest.mark.skipif(
    shutil.which("qemu-system-x86_64") is None or shutil.which("qemu-img") is None,
    reason="NOT TRIED: no real machine without QEMU (apt-get install qemu-system-x86 qemu-utils)",
)


def test_nobody_plays_anything(tmp_path):
    (tmp_path / "cloud").mkdir()
    (tmp_path / "operator").mkdir()
    iso = tmp_path / "Tiny.iso"
    iso.write_bytes(tiny_guests.disc(tiny_guests.installer()))
    practice = Practice(tmp_path / "cloud", "--state", tmp_path / "cloud/state", "--machine", "qemu")
    operator = Operator(tmp_path / "operator", practice)
    try:
        assert practice.ready["machine"] == "qemu"
        bucket = next(b["name"] for b in practice.ready["buckets"] if "-isos-" in b["name"])
        profile = operator.profile("real", iso={"bucket": bucket, "key": "Tiny.iso", "path": str(iso)})
        run = operator.start("run", profile, "--json")
        assert run.end() == 0, run.said
        last = run.events[-1]
        assert last["event"] == "done"
        (image,) = [image for image in practice.world()["images"] if image["name"] == "real"]
        assert (image["id"], image["status"], image["installed"]) == (last["image_id"], "active", True)
        made = tmp_path / "cloud/state/machines/images" / f"{image['id']}.qcow2"
        assert image["__image_size"] == str(made.stat().st_size)
        assert practice.world()["servers"] == practice.world()["volumes"] == []
    finally:
        operator.close()
        assert practice.close() == 0
