"""What a changed answer undoes, and what the stepper says."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from isowright import flow
from isowright.recipe import Account, ImageSpec, IsoSource, NetworkSpec, Recipe, ServerSpec

FULL = Recipe(
    account=Account(cloud="huaweicloud-eu", region="eu-west-101", domain="acme", user="kim", project_id="p1"),
    iso=IsoSource(bucket="isos", key="linux/ubuntu.iso", size=2_800_000_000),
    image=ImageSpec(name="base", os_version="Ubuntu 22.04 server 64bit", enterprise_project_id="e1"),
    server=ServerSpec(availability_zone="a", flavor_id="s6.large.2", flavor_note="2 vCPU, 4 GiB", volume_type="SSD"),
    network=NetworkSpec(vpc_id="v", vpc_name="main", subnet_id="s", subnet_name="inner", security_group_ids=("g",)),
)


def test_full_recipe_is_ready_for_review():
    assert flow.first_problem_step(FULL) is None
    assert flow.reachable(FULL) == ("account", "iso", "image", "server", "network", "review")


def test_reach_ends_at_the_first_gap():
    gap = replace(FULL, image=replace(FULL.image, os_version=""))
    assert flow.first_problem_step(gap) == "image"
    assert flow.reachable(gap) == ("account", "iso", "image")
    assert flow.reachable(Recipe()) == ("account",)


def test_every_step_has_a_title_and_neighbours():
    assert [flow.title(step) for step in flow.STEPS] == [
        "Account",
        "ISO",
        "Image",
        "Server",
        "Network",
        "Review",
        "Build",
    ]
    assert flow.next_step("network") == "review"
    assert flow.next_step("build") is None
    assert flow.previous_step("account") is None
    assert flow.previous_step("iso") == "account"


def test_answers_in_one_line():
    assert flow.answer("account", FULL).endswith(" · eu-west-101 · kim")
    assert flow.answer("account", Recipe(account=Account(cloud="practice", region="practice-1", user="u"))) == (
        "Practice cloud · practice-1"
    )
    assert flow.answer("iso", FULL) == "ubuntu.iso · 2.6 GiB"
    assert flow.answer("image", FULL) == "base · Ubuntu 22.04 server 64bit"
    assert flow.answer("server", FULL) == "s6.large.2 · 40 GB"
    assert flow.answer("network", FULL) == "main · inner"
    assert all(flow.answer(step, Recipe()) == "" for step in flow.STEPS)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, ""), (1, "1 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (700 << 20, "700 MiB"), (1000 << 20, "1.0 GiB")],
)
def test_sizes(size, text):
    assert flow.size_text(size) == text


@pytest.mark.parametrize(
    "account",
    [
        replace(FULL.account, region="eu-west-102"),
        replace(FULL.account, cloud="otc", region="eu-de"),
        replace(FULL.account, project_id="p2"),
        replace(FULL.account, domain="other"),
    ],
    ids=["region", "cloud", "project", "domain"],
)
def test_another_place_empties_what_was_picked_from_its_lists(account):
    new = flow.invalidate(FULL, replace(FULL, account=account))
    assert new.account == account
    assert new.iso == IsoSource()
    assert new.image == ImageSpec(name="base")
    assert new.server == ServerSpec()
    assert new.network == NetworkSpec()


def test_signing_in_fills_in_the_project_and_moves_nobody():
    fresh = replace(FULL, account=replace(FULL.account, project_id="", domain=""))
    assert flow.invalidate(fresh, FULL) == FULL


def test_another_user_of_the_same_account_moves_nobody():
    new = replace(FULL, account=replace(FULL.account, user="robin", keep_secret=False))
    assert flow.invalidate(FULL, new) == new


def test_first_choice_of_cloud_keeps_everything():
    blank = replace(FULL, account=Account())
    assert flow.invalidate(blank, FULL) == FULL
    picked = replace(FULL, account=Account(cloud="otc"))
    assert flow.invalidate(picked, replace(FULL, account=Account(cloud="otc", region="eu-de"))).network == FULL.network


def test_endpoints_count_for_custom_clouds_only():
    custom = replace(FULL, account=Account(cloud="custom", region="r", endpoints={"iam": "https://one"}))
    moved = replace(custom, account=replace(custom.account, endpoints={"iam": "https://two"}))
    assert flow.invalidate(custom, moved).iso == IsoSource()
    practice = replace(FULL, account=Account(cloud="practice", region="r", endpoints={"iam": "http://127.0.0.1:1"}))
    restarted = replace(practice, account=replace(practice.account, endpoints={"iam": "http://127.0.0.1:2"}))
    assert flow.invalidate(practice, restarted) == restarted


def test_answers_given_together_with_the_change_stay():
    new = replace(
        FULL,
        account=replace(FULL.account, region="eu-west-102"),
        network=NetworkSpec(vpc_id="v2", subnet_id="s2"),
        iso=IsoSource(bucket="b2", key="x.iso"),
    )
    result = flow.invalidate(FULL, new)
    assert result.network == new.network
    assert result.iso == new.iso
    assert result.server.flavor_id == ""


def test_another_iso_asks_for_its_system_again():
    new = flow.invalidate(FULL, replace(FULL, iso=IsoSource(bucket="isos", key="linux/rocky.iso")))
    assert new.image == replace(FULL.image, os_version="")
    sized = replace(FULL, iso=replace(FULL.iso, size=5))
    assert flow.invalidate(FULL, sized) == sized


def test_another_zone_empties_flavor_and_disk_type():
    new = flow.invalidate(FULL, replace(FULL, server=replace(FULL.server, availability_zone="b")))
    assert new.server == ServerSpec(availability_zone="b")


def test_another_vpc_empties_its_subnet_alone():
    new = flow.invalidate(FULL, replace(FULL, network=replace(FULL.network, vpc_id="w", vpc_name="w")))
    assert (new.network.subnet_id, new.network.subnet_name) == ("", "")
    assert new.network.security_group_ids == ("g",)


def test_disks_grow_with_the_least_size_of_the_image():
    new = flow.invalidate(FULL, replace(FULL, image=replace(FULL.image, min_disk=60)))
    assert (new.server.system_disk, new.server.data_disk) == (60, 60)
    assert new.problems() == []
    back = flow.invalidate(new, replace(new, image=replace(new.image, min_disk=20)))
    assert (back.server.system_disk, back.server.data_disk) == (60, 60)


LOCAL = replace(
    FULL, iso=IsoSource("isos", "ubuntu.iso", 2_800_000_000, path="/isos/ubuntu-22.04.iso", sha256="a" * 64)
)


def test_a_file_of_this_computer_is_told_by_its_own_name():
    assert flow.answer("iso", LOCAL) == "ubuntu-22.04.iso · 2.6 GiB"
    assert flow.first_problem_step(LOCAL) is None


def test_where_a_file_is_uploaded_to_does_not_change_what_it_installs():
    elsewhere = replace(LOCAL, iso=replace(LOCAL.iso, bucket="others", key="other.iso"))
    assert flow.invalidate(LOCAL, elsewhere) == elsewhere


@pytest.mark.parametrize(
    "iso",
    [
        replace(LOCAL.iso, path="/isos/debian-12.iso"),
        IsoSource("isos", "ubuntu.iso", 2_800_000_000),
    ],
)
def test_another_file_is_another_system(iso):
    assert flow.invalidate(LOCAL, replace(LOCAL, iso=iso)).image.os_version == ""
    assert flow.invalidate(replace(LOCAL, iso=iso), LOCAL).image.os_version == ""


def test_another_cloud_keeps_the_file_but_not_its_bucket():
    moved = flow.invalidate(LOCAL, replace(LOCAL, account=Account(cloud="otc", region="eu-de")))
    assert moved.iso == replace(LOCAL.iso, bucket="")
    assert flow.first_problem_step(moved) in ("account", "iso")
