"""Objects in a bucket are looked into by ranged requests: few bytes of however many, and the same as of a file."""

import re

import httpx
import pytest
from disc import BIOS, UEFI, code, disc, moved, stretched, wim

from isowright.cloud.client import Cloud
from isowright.cloud.login import PasswordLogin
from isowright.cloud.models import Secret
from isowright.errors import NotFoundError
from isowright.iso import inspect_file, inspect_object
from isowright.iso.reader import BUDGET
from isowright.practice.server import practice_thread
from isowright.recipe import Account

GIB = 1024**3
INFO = b'Ubuntu-Server 22.04.5 LTS "Jammy Jellyfish" - Release amd64 (20240911)'


@pytest.fixture
def anyio_backend():
    return "asyncio"


class World:
    """A practice cloud in which objects of any size can be laid."""

    def __init__(self, ready, practice):
        self._ready = ready
        self._practice = practice
        self._door = httpx.Client(
            base_url=ready["control"], auth=(ready["user"], ready["password"]), verify=False, trust_env=False
        )
        self.bucket = next(b["name"] for b in ready["buckets"] if "isos" in b["name"])
        account = Account(cloud="practice", region=ready["region"], endpoints=ready["endpoints"])
        login = PasswordLogin(ready["domain"], ready["user"], Secret(ready["password"]))
        self.cloud = Cloud.open(account, login)

    def lay(self, key, data, size=0, more=()):
        """The object's file is sparse; `more`: offset → bytes beside `data` at the beginning. Returns its path."""
        blobs, objects = self._practice.context.blobs, self._practice.world.objects
        blob = blobs.new()
        with blobs.path(blob).open("wb") as file:
            file.write(data)
            for offset, part in dict(more).items():
                file.seek(offset)
                file.write(part)
            file.truncate(size or file.tell())
            size = file.seek(0, 2)
        objects.put(self.bucket, key, blob=blob, size=size, etag="0" * 32, content_type="", storage_class="")
        return blobs.path(blob)

    def served(self, key):
        """Bytes of each answered request for the object, by the practice cloud's own list."""
        rows = self._door.get("/practice/requests").raise_for_status().json()["requests"]
        spans = [
            re.fullmatch(r"bytes=(\d+)-(\d+)", row["range"])
            for row in rows
            if row["service"] == "obs" and row["method"] == "GET" and row["path"].endswith(key)
        ]
        assert all(spans), "a request without a range would fetch all"
        return [int(span[2]) - int(span[1]) + 1 for span in spans]

    async def close(self):
        await self.cloud.aclose()
        self._door.close()


@pytest.fixture
async def world():
    with practice_thread(speed=1.0) as (ready, practice):
        running = World(ready, practice)
        yield running
        await running.close()


async def test_the_practice_clouds_own_isos(world):
    for key in world._practice.world.objects.bucket(world.bucket).objects:
        info = await world.cloud.obs.head(world.bucket, key)
        if not key.endswith("netinst.iso"):
            continue
        seen = await inspect_object(world.cloud, world.bucket, key, info.size)
        assert (seen.title, seen.boot_mode, seen.usable) == ("Debian GNU/Linux 12.7.0", "bios", True)
        assert seen.name == key.rsplit("/", 1)[-1]
        assert seen.bytes_read == sum(world.served(key)) < info.size


async def test_ten_gigabytes_cost_two_megabytes_at_most(world):
    """Its files lie at its end, as they do on a full disc."""
    size = 10 * GIB
    last = size // 2048 - 8
    data = stretched(moved(disc("CDROM", {".disk/info": INFO, "pool": b"x" * 4096}), INFO, last), size)
    path = world.lay("huge.iso", data, size, {last * 2048: INFO})
    seen = await inspect_object(world.cloud, world.bucket, "huge.iso", size)
    assert (seen.title, seen.identified_by) == ("Ubuntu Server 22.04.5", ".disk/info")
    assert (seen.size, seen.volume_size, seen.findings) == (size, size, ())
    served = world.served("huge.iso")
    assert seen.bytes_read == sum(served) <= BUDGET
    assert sum(served) <= 256 * 1024  # what it takes; the budget is for the worst
    assert len(served) <= 6
    local = inspect_file(path)
    assert (local.title, local.boots, local.findings) == (seen.title, seen.boots, seen.findings)


async def test_truncated_object(world):
    data = disc("Ubuntu-Server 22.04.5 LTS amd64", {"pool": b"x" * 900_000})
    world.lay("cut.iso", data[:400_000])
    seen = await inspect_object(world.cloud, world.bucket, "cut.iso", 400_000)
    assert "truncated" in code(seen)


async def test_windows_in_a_bucket(world):
    data = disc(
        "SSS_X64FREE_EN-US_DV9",
        {"sources/install.wim": wim(20348, server=True, size=3_000_000), "bootmgr": "x"},
        udf=True,
        rock_ridge=False,
        boots=((BIOS, "noemul"), (UEFI, "noemul")),
    )
    world.lay("win.iso", data)
    seen = await inspect_object(world.cloud, world.bucket, "win.iso", len(data))
    assert (seen.title, seen.identified_by) == ("Windows Server 2022", "sources/install.wim")
    assert seen.bytes_read == sum(world.served("win.iso")) <= 512 * 1024


async def test_a_folder_without_end(world):
    """A root folder that says it has 100 MB, and is zeros: no more of it is fetched than a folder can be worth."""
    size = 200 << 20
    data = bytearray(disc("CDROM"))
    root = 16 * 2048 + 156
    data[root + 10 : root + 18] = (100 << 20).to_bytes(4, "little") + (100 << 20).to_bytes(4, "big")
    world.lay("endless.iso", bytes(data), size)
    seen = await inspect_object(world.cloud, world.bucket, "endless.iso", size)
    assert sum(world.served("endless.iso")) <= 512 * 1024
    assert seen.boot_mode == "bios"


async def test_empty_and_tiny_objects(world):
    world.lay("empty.iso", b"")
    seen = await inspect_object(world.cloud, world.bucket, "empty.iso", 0)
    assert code(seen) == ["empty"]
    assert world.served("empty.iso") == []
    world.lay("page.iso", b"<!DOCTYPE html><p>Sign in")
    seen = await inspect_object(world.cloud, world.bucket, "page.iso", 25)
    assert "web page" in seen.findings[0].title


async def test_an_object_that_has_become_smaller_meanwhile(world):
    """What is asked for behind its end is not there: an end, no loop."""
    data = disc("Ubuntu-Server 22.04.5 LTS amd64", {"pool": b"x" * 900_000})
    world.lay("less.iso", data[:40_000])
    seen = await inspect_object(world.cloud, world.bucket, "less.iso", len(data))
    assert seen.distribution == "ubuntu-server"


async def test_an_object_that_is_gone(world):
    with pytest.raises(NotFoundError):
        await inspect_object(world.cloud, world.bucket, "gone.iso", 1_000_000)
