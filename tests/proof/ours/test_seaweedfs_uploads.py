"""Our uploads against SeaweedFS: whole, in trouble, killed; the object's SHA-256 is the file's each time."""

import asyncio
import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from store import BUCKET as OTHERS
from store import NamedAwsParts
from upload_store import Notes, Trouble, Troubled, TroubledParts, opened, uploader

from isowright.errors import AppError, InputError
from isowright.upload.pacing import Control
from isowright.upload.source import SourceError

BUCKET = f"{OTHERS}-2"
MIB = 1024**2
PART = 5 * MIB  # the least that S3 takes
PARTS = 5


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("file") / "local.iso"
    path.write_bytes(random.Random(5).randbytes(PARTS * PART - 3 * MIB - 17))
    return path


@pytest.fixture(autouse=True)
def part_size(monkeypatch):
    monkeypatch.setenv("ISOWRIGHT_PART_SIZE", "5")


@pytest.fixture
def key(request):
    return f"uploads/{hashlib.sha256(request.node.name.encode()).hexdigest()[:12]}.iso"


class Counted(NamedAwsParts):
    def __init__(self):
        super().__init__()
        self.count = 0

    def handle_request(self, request):
        self.count += 1
        return super().handle_request(request)


def upload(store, key, file, folder, ledger=None, *, parts=None, transport=None, **more):
    async def life():
        async with opened(store.url, transport) as cloud:
            return await uploader(cloud, BUCKET, key, file, folder, ledger or Notes(), parts=parts, **more).run()

    return asyncio.run(life())


def expect_whole(store, key, file):
    """The object is the file, and nothing of its upload is left."""

    async def look():
        async with opened(store.url) as cloud:
            head = await cloud.obs.head(BUCKET, key)
            digest = hashlib.sha256(await cloud.obs.read(BUCKET, key, 0, head.size)).hexdigest()
            return digest, [u for u in await cloud.multipart.uploads(BUCKET, key) if u.key == key]

    assert asyncio.run(look()) == (hashlib.sha256(file.read_bytes()).hexdigest(), [])


def test_a_whole_file(store, file, key, tmp_path):
    ledger = Notes()
    told = []
    done = upload(
        store, key, file, tmp_path, ledger, sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        tell=lambda _text, _fraction, transfer: told.append(transfer),
    )  # fmt: skip
    assert (done.sent, done.found) == (file.stat().st_size, False)
    assert ledger.objects == ["planned", "made"]
    assert any(transfer and transfer.done for transfer in told)
    expect_whole(store, key, file)
    parts = Counted()
    again = upload(store, key, file, tmp_path / "another run", parts=parts)
    assert (again.sent, again.found, parts.count) == (0, True, 0)


def test_a_small_file(store, key, tmp_path):
    small = tmp_path / "small.iso"
    small.write_bytes(b"only one part")
    upload(store, key, small, tmp_path)
    expect_whole(store, key, small)


TROUBLES = {
    "a part lost": ("PUT", "partNumber", "lost", 2, 3),
    "a part unanswered": ("PUT", "partNumber", "unanswered", 2, 2),
    "a part refused": ("PUT", "partNumber", "slow", 1, 5),
    "a part changed on the way": ("PUT", "partNumber", "changed", 2, 2),
    "the beginning lost": ("POST", "uploads", "lost", 1, 1),
    "the beginning unanswered": ("POST", "uploads", "unanswered", 1, 1),
    "the end lost": ("POST", "uploadId", "lost", 1, 2),
    "the end unanswered": ("POST", "uploadId", "unanswered", 1, 1),
    "the end refused": ("POST", "uploadId", "slow", 1, 2),
    "the list lost": ("GET", "uploadId", "lost", 1, 2),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_trouble_is_borne(store, file, key, tmp_path, name):
    trouble = Trouble(*TROUBLES[name])
    upload(store, key, file, tmp_path, parts=TroubledParts(trouble), transport=Troubled(trouble))
    assert trouble.fired, "it never came"
    expect_whole(store, key, file)


@pytest.mark.parametrize("nth", range(1, PARTS + 1))
def test_stopped_for_good_and_gone_on_with(store, file, key, tmp_path, nth):
    ledger = Notes()
    trouble = Trouble("PUT", "partNumber", "lost", nth, 10_000)
    with pytest.raises(AppError) as caught:
        upload(store, key, file, tmp_path, ledger, parts=TroubledParts(trouble), transport=Troubled(trouble))
    assert caught.value.remedy
    parts = Counted()
    upload(store, key, file, tmp_path, ledger, parts=parts)
    assert parts.count == PARTS - (nth - 1)
    expect_whole(store, key, file)


def test_a_wrong_sum_begins_nothing(store, file, key, tmp_path):
    parts = Counted()
    with pytest.raises(InputError):
        upload(store, key, file, tmp_path, parts=parts, sha256="0" * 64)
    assert parts.count == 0


def test_another_object_stays(store, file, key, tmp_path):
    small = tmp_path / "theirs"
    small.write_bytes(b"theirs")
    upload(store, key, small, tmp_path)

    async def forget():
        async with opened(store.url) as cloud:
            ours = uploader(cloud, BUCKET, key, file, tmp_path, Notes())
            ours._order = type(ours._order)(run="another run", bucket=BUCKET, key=key)
            await ours.run()

    with pytest.raises(InputError):
        asyncio.run(forget())
    expect_whole(store, key, small)


def test_the_file_changes_meanwhile(store, file, key, tmp_path):
    copy = tmp_path / "copy.iso"
    copy.write_bytes(file.read_bytes())
    ledger = Notes()

    def tell(_text, _fraction, transfer):
        if transfer and transfer.done > PART and copy.stat().st_size == file.stat().st_size:
            with copy.open("ab") as out:
                out.write(b"more")

    with pytest.raises(SourceError):
        upload(store, key, copy, tmp_path, ledger, control=Control(10.0), tell=tell)
    upload(store, key, copy, tmp_path, ledger)
    expect_whole(store, key, copy)


def killed_at(store, key, file, folder, line):
    """Run it in a process until it says so, and kill that with SIGKILL. Returns the lines."""
    script = Path(__file__).with_name("upload_process.py")
    command = [sys.executable, script, store.url, BUCKET, key, file, folder, "20"]
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    lines = []
    try:
        for said in process.stdout:
            lines.append(said.strip())
            if line and lines[-1].startswith(line):
                break
    finally:
        if line:
            process.kill()
        process.wait(60)
        process.stdout.close()
    assert not line or lines[-1].startswith(line), lines
    return lines


@pytest.mark.parametrize(
    "line", ["intend", "began", *(f"part {number}" for number in (1, 2, 4, 5)), "completing", "made"]
)
def test_killed_and_gone_on_with(store, file, key, tmp_path, line):
    first = killed_at(store, key, file, tmp_path, line)
    arrived = {said for said in first if said.startswith("part")}
    then = killed_at(store, key, file, tmp_path, "")
    assert then[-1] == "done"
    again = [said for said in then if said.startswith("part")]
    assert not arrived & set(again), "what had arrived was sent again"
    assert len(again) <= PARTS - len(arrived)
    expect_whole(store, key, file)
