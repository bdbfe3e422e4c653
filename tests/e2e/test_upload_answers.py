"""An answer file for the ISO: what arrives in the bucket installs by itself, and no second copy was made on the way."""

import asyncio
import hashlib
import shutil
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from upload_tools import MIB, Desk, log_of, sha256

from isowright.events import Cancelled, Done, Failed, Progress, Waiting
from isowright.iso import inspect_file
from isowright.practice.isos import ROCKY, IsoPlan, make_iso
from isowright.practice.server import practice_thread
from isowright.unattended.overlay import OverlaySource
from isowright.unattended.prepare import prepare

pytestmark = pytest.mark.skipif(not shutil.which("xorriso"), reason="NOT TRIED: there is no xorriso here")

MENU = """\
default vesamenu.c32
label linux
  menu label ^Install Rocky Linux 9.4
  kernel vmlinuz
  append initrd=initrd.img quiet
"""
KICKSTART = "lang en_US\nignoredisk --only-use=vdb\nrootpw --lock\npoweroff\n%packages\n%end\n"


@pytest.fixture
def desk(tmp_path, lab_of, monkeypatch):
    monkeypatch.setenv("ISOWRIGHT_PART_SIZE", "1")
    leap = [0.0]
    with practice_thread(tmp_path / "cloud", speed=1200.0, clock=lambda: time.time() + leap[0]) as (ready, cloud):
        lab = lab_of(ready, tmp_path / "home", leap)
        (tmp_path / "isos").mkdir()
        path = tmp_path / "isos" / "Rocky.iso"
        make_iso(IsoPlan(ROCKY.volume_id, (*ROCKY.files, ("/isolinux/isolinux.cfg", MENU)), filler=5 * MIB), path)
        (tmp_path / "my.ks").write_text(KICKSTART)
        yield Desk(lab, cloud, path)
        lab.close()


@pytest.fixture
def answers(tmp_path):
    return tmp_path / "my.ks"


def expected(desk, answers):
    source = OverlaySource.over(prepare(desk.path, answers))
    try:
        return hashlib.sha256(b"".join(source.pieces())).hexdigest()
    finally:
        source.close()


async def test_what_arrives_has_the_answers_and_the_file_stays(desk, answers, watch_of, tmp_path):
    """Its published sum is that of the file, which is looked at before a byte leaves."""
    before = sha256(desk.path), desk.path.stat().st_mtime_ns
    watch = watch_of(desk.lab)
    async with desk.lab.engine() as engine:
        info = await engine.create(desk.recipe(answers=str(answers), sha256=before[0]))
        end = await (await engine.start(info.id, desk.lab.login, watch)).wait()
    assert isinstance(end, Done), end.error
    assert (sha256(desk.path), desk.path.stat().st_mtime_ns) == before
    assert desk.stored_sha256() == expected(desk, answers) != before[0]
    assert "it needs no operator" in log_of(watch.events)
    assert "works by itself" in watch.of(Waiting)[0].text
    stored = desk.stored()
    got = tmp_path / "got.iso"
    got.write_bytes(b"".join(desk.cloud.context.blobs.read(stored.blob, 0, stored.size)))
    assert inspect_file(got).answer_files == ("ks.cfg",)
    assert [path.name for path in desk.path.parent.iterdir()] == [desk.path.name]


async def test_a_stopped_upload_goes_on_with_the_parts_that_are_there(desk, answers, watch_of):
    watch = watch_of(desk.lab)
    far = asyncio.Event()
    watch.hooks.append(
        lambda e: far.set() if isinstance(e, Progress) and e.transfer and e.transfer.done > 2 * MIB else 0
    )
    recipe = desk.recipe(answers=str(answers), limit=2.0)
    async with desk.lab.engine() as engine:
        info = await engine.create(recipe)
        handle = await engine.start(info.id, desk.lab.login, watch)
        await asyncio.wait_for(far.wait(), 60)
        assert isinstance(await handle.cancel(), Cancelled)
    async with desk.lab.engine() as engine:
        handle = await engine.start(info.id, desk.lab.login, watch_of(desk.lab))
        handle.set_upload_limit(0)
        end = await handle.wait()
    assert isinstance(end, Done), end.error
    assert desk.stored_sha256() == expected(desk, answers)
    assert len(desk.requests("POST", "?uploads")) == 1
    stored = [r["query"] for r in desk.parts_sent() if r["status"] == 200]
    assert len(stored) == len(set(stored)) > 4  # none was sent twice


@pytest.mark.parametrize("trouble", ["kind", "sum", "missing", "bucket"])
async def test_answers_that_cannot_be_put_there(desk, answers, watch_of, trouble):
    more = {}
    if trouble == "kind":
        answers.write_text("d-i debian-installer/locale string en_US\n")
    elif trouble == "missing":
        answers.unlink()
    elif trouble == "sum":
        more["sha256"] = "0" * 64
    else:
        (problem,) = desk.recipe(path="", answers=str(answers)).problems("iso")
        assert problem.field == "answers"
        return
    async with desk.lab.engine() as engine:
        info = await engine.create(desk.recipe(answers=str(answers), **more))
        end = await (await engine.start(info.id, desk.lab.login, watch_of(desk.lab))).wait()
    assert isinstance(end, Failed)
    assert end.error.remedy
    assert desk.requests("POST") == []
