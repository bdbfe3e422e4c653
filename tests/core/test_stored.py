"""Stored answers that the cloud has no more: each found, each with the best in its place, over HTTP."""

from __future__ import annotations

import tomllib
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from isowright import stored
from isowright.clock import FastClock
from isowright.cloud.client import Cloud
from isowright.cloud.login import PasswordLogin
from isowright.cloud.models import Secret
from isowright.practice.server import PracticeCloud
from isowright.recipe import Recipe


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Bench:
    """A practice cloud, whoever signs in, and a recipe of which everything exists."""

    def __init__(self, practice: PracticeCloud) -> None:
        self.practice, self.world = practice, practice.world.state
        self.ready = practice.ready
        text = tomllib.loads(Path(self.ready["profile"]).read_text("utf-8"))
        self.recipe = msgspec.convert({k: v for k, v in text.items() if k not in ("schema", "name")}, Recipe)

    def change(self, part: str, **answers: object) -> None:
        spec = replace(getattr(self.recipe, part), **answers)
        self.recipe = replace(self.recipe, **{part: spec})

    async def look(self, user: str = "") -> list[stored.Gone]:
        facts = self.ready["users"][user] if user else self.ready
        login = PasswordLogin(
            domain=self.ready["domain"], user=user or facts["user"], password=Secret(facts["password"])
        )
        cloud = Cloud.open(self.recipe.account, login, clock=FastClock(600.0))
        try:
            return await stored.look(cloud, self.recipe)
        finally:
            await cloud.aclose()

    async def only(self) -> stored.Gone:
        """The one that is gone; with its replacement in place, nothing is any more."""
        (one,) = await self.look()
        assert one.why
        assert one.remedy.endswith(".")
        self.recipe = stored.apply(self.recipe, [one])
        return one

    def subnet(self, name: str):
        return next(one for one in self.world.subnets.values() if one.name == name)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with PracticeCloud(speed=600.0) as practice:
        yield Bench(practice)


async def test_nothing_is_gone_and_what_is_sold_out_or_full_is_not_either(bench):
    assert await bench.look() == []
    for rule in (
        {"world": "sold-out", "flavor": bench.recipe.server.flavor_id},
        {"world": "sold-out-volume-type", "name": bench.recipe.server.volume_type},
        {"world": "no-addresses"},
    ):
        bench.practice.context.add_faults([rule])
    assert await bench.look() == []


async def test_a_retired_flavor_is_replaced_by_one_of_its_size(bench):
    bench.change("server", flavor_id="s3.large.2", flavor_note="2 vCPU, 8 GiB")
    one = await bench.only()
    assert (one.step, one.field, one.what, one.value) == ("server", "flavor_id", "Flavor", "s3.large.2")
    assert "not offered" in one.why
    assert "8 GiB" in one.better
    assert one.because == "of the same size"
    assert bench.recipe.server.flavor_note == "2 vCPU, 8 GiB"
    assert await bench.look() == []


async def test_a_flavor_that_never_was_and_no_note_gives_the_smallest(bench):
    bench.change("server", flavor_id="x1.tiny", flavor_note="")
    one = await bench.only()
    assert one.because == "the smallest that fits"
    assert await bench.look() == []


async def test_a_lost_zone_takes_flavor_and_disks_along(bench):
    bench.change("server", availability_zone="practice-9z", flavor_id="x1.tiny", volume_type="TAPE")
    gone = await bench.look()
    assert [one.field for one in gone] == ["availability_zone", "flavor_id", "volume_type"]
    assert "does not exist" in gone[0].why
    bench.recipe = stored.apply(bench.recipe, gone)
    assert await bench.look() == []
    bench.change("server", availability_zone="practice-9z")
    one = await bench.only()  # its flavor is there in another zone
    assert one.because == f"it has {bench.recipe.server.flavor_id} too"


async def test_network_gone_and_made_again_under_its_name(bench):
    network = bench.recipe.network
    vpc, subnet = bench.world.vpcs[network.vpc_id], bench.world.subnets.pop(network.subnet_id)
    bench.change("network", vpc_name=vpc.name, subnet_name=subnet.name)
    one = await bench.only()
    assert (one.field, one.because) == ("subnet_id", "it has the most free addresses")
    again = replace_id(subnet)
    bench.world.subnets[again.id] = again
    bench.change("network", subnet_id="gone", subnet_name=subnet.name)
    one = await bench.only()
    assert (one.better, one.because) == (subnet.name, "it has the same name")
    assert bench.recipe.network.subnet_id == again.id

    del bench.world.vpcs[vpc.id]
    named = bench.recipe
    bench.change("network", make=True)  # those named beside it are not used
    assert await bench.look() == []
    bench.recipe = named
    one = await bench.only()
    assert one.field == "vpc_id"
    assert one.better == "vpc-lab / subnet-lab"
    assert await bench.look() == []


async def test_groups_that_remain_stay_and_namesakes_count(bench):
    groups = list(bench.world.security_groups.values())[:2]
    bench.change(
        "network",
        security_group_ids=(groups[0].id, "gone-1", "gone-2"),
        security_group_names=(groups[0].name, groups[1].name, "old"),
    )
    one = await bench.only()
    assert one.what == "Security groups"
    assert one.value == f"{groups[1].name}, old"
    assert bench.recipe.network.security_group_ids == (groups[0].id, groups[1].id)
    bench.change("network", security_group_ids=("gone",), security_group_names=())
    one = await bench.only()
    assert one.better == "default"


async def test_os_version_off_the_list_and_a_closed_enterprise_project(bench):
    bench.change("image", os_version="Debian GNU/Linux 12.9.0 64bit", enterprise_project_id=str(uuid.uuid4()))
    gone = await bench.look()
    assert [one.field for one in gone] == ["os_version", "enterprise_project_id"]
    assert gone[0].better.startswith("Debian GNU/Linux 12")
    bench.recipe = stored.apply(bench.recipe, gone)
    assert bench.recipe.image.enterprise_project_id == "0"
    assert await bench.look() == []
    bench.change("image", os_version="TempleOS 5 64bit")
    one = await bench.only()
    assert (one.better, bench.recipe.image.os_version) == ("", "")


async def test_a_deleted_object_gives_the_next_release_and_a_deleted_bucket_its_copy(bench):
    iso = bench.recipe.iso
    bucket = bench.world.buckets[iso.bucket]
    bench.change("iso", key="debian-12_5_0-amd64-netinst.iso")
    one = await bench.only()
    assert (one.field, one.better) == ("key", "debian-12_7_0-amd64-netinst.iso")
    assert bench.recipe.iso.size == bucket.objects[one.better].size
    bench.change("iso", key="something-else-entirely.iso")
    one = await bench.only()
    assert (one.better, bench.recipe.iso.key) == ("", "")

    bench.change("iso", bucket="isowright-no-such-bucket", key="debian-12_7_0-amd64-netinst.iso", size=5)
    one = await bench.only()
    assert (one.field, one.because) == ("bucket", "it has the same object")
    assert bench.recipe.iso.bucket in bench.world.buckets
    bench.change("iso", bucket="isowright-no-such-bucket", key="nowhere.iso")
    one = await bench.only()
    assert (one.better, bench.recipe.iso.bucket, bench.recipe.iso.key) == ("", "", "")


async def test_a_file_that_was_moved_and_its_bucket(bench, tmp_path):
    bench.change("iso", path=str(tmp_path / "gone.iso"), bucket="isowright-no-such-bucket")
    gone = await bench.look()
    assert [one.field for one in gone] == ["path", "bucket"]
    assert gone[1].better in bench.world.buckets
    assert stored.apply(bench.recipe, gone).iso.path == bench.recipe.iso.path  # to be put back


async def test_an_empty_cloud_has_nothing_to_offer(bench):
    for things in (bench.world.vpcs, bench.world.subnets, bench.world.security_groups, bench.world.buckets):
        things.clear()
    gone = {one.field: one for one in await bench.look()}
    assert set(gone) == {"bucket", "vpc_id", "security_group_ids"}
    assert gone.pop("security_group_ids").better == "the cloud's default group"
    assert "console" in gone["vpc_id"].remedy
    assert all(not one.better for one in gone.values())
    blank = stored.apply(bench.recipe, gone.values())
    assert {one.field for one in blank.problems()} == {"bucket", "vpc_id"}


async def test_who_may_read_nothing_is_told_nothing(bench):
    bench.change("server", availability_zone="practice-9z", flavor_id="x1.tiny")
    bench.change("network", vpc_id="gone")
    bench.change("iso", bucket="isowright-no-such-bucket")
    assert await bench.look("no-rights") == []


@pytest.mark.parametrize("action", ["reset-before", "html", "truncated"])
async def test_a_cloud_in_trouble_says_nothing_is_gone(bench, action):
    bench.change("server", flavor_id="x1.tiny")
    bench.practice.context.add_faults([{"action": action, "service": "ecs", "count": 0, "status": 502}])
    assert await bench.look() == []


async def test_what_is_left_without_the_lost_is_no_longer_answered(bench):
    bench.change("server", availability_zone="practice-9z")
    bench.change("network", vpc_id="gone")
    left = stored.without(bench.recipe, await bench.look())
    assert (left.server.availability_zone, left.server.flavor_id, left.server.volume_type) == ("", "", "")
    assert (left.network.vpc_id, left.network.subnet_id) == ("", "")
    assert left.server.data_disk == bench.recipe.server.data_disk


def replace_id(thing):
    return msgspec.structs.replace(thing, id=str(uuid.uuid4()))
