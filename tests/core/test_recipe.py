"""What a recipe refuses before any cloud is asked."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from isowright.recipe import (
    Account,
    ImageSpec,
    IsoSource,
    NetworkSpec,
    Recipe,
    ServerSpec,
    endpoint_problem,
    image_name_problem,
    iso_key_problem,
)

GOOD = Recipe(
    account=Account(cloud="otc", region="eu-de", domain="acme", user="kim"),
    iso=IsoSource(bucket="isos", key="ubuntu.iso"),
    image=ImageSpec(name="base", os_version="Ubuntu 22.04 server 64bit"),
    server=ServerSpec(availability_zone="a", flavor_id="f", volume_type="SSD"),
    network=NetworkSpec(vpc_id="v", subnet_id="s"),
)


def fields(recipe, step=None):
    found = recipe.problems(step)
    assert all(problem.message and problem.remedy for problem in found)
    return [f"{problem.step}.{problem.field}" for problem in found]


def test_good_recipe_has_no_problem():
    assert fields(GOOD) == []


def test_empty_recipe_names_every_gap_in_page_order():
    assert fields(Recipe()) == [
        "account.cloud",
        "account.region",
        "account.domain",
        "account.user",
        "iso.bucket",
        "image.name",
        "image.os_version",
        "server.availability_zone",
        "server.flavor_id",
        "server.volume_type",
        "network.vpc_id",
    ]
    assert fields(Recipe(), "network") == ["network.vpc_id"]


def test_practice_cloud_asks_for_nobody():
    assert fields(replace(GOOD, account=Account(cloud="practice", region="practice-1"))) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"iso": IsoSource(bucket="b", key="ubuntu.img")}, "iso.key"),
        ({"iso": IsoSource(bucket="b", key="my ubuntu.iso")}, "iso.key"),
        ({"iso": IsoSource(bucket="b", key="x.iso", size=128 * 1024**3 + 1)}, "iso.key"),
        ({"image": replace(GOOD.image, min_disk=0)}, "image.min_disk"),
        ({"image": replace(GOOD.image, tags={f"k{n}": "v" for n in range(9)})}, "image.tags"),
        ({"image": replace(GOOD.image, tags={"no spaces": "v"})}, "image.tags"),
        ({"server": replace(GOOD.server, system_disk=39)}, "server.system_disk"),
        ({"server": replace(GOOD.server, data_disk=1025)}, "server.data_disk"),
        ({"network": NetworkSpec(vpc_id="v")}, "network.subnet_id"),
    ],
)
def test_each_impossible_answer_is_named(changed, field):
    assert fields(replace(GOOD, **changed)) == [field]


def test_custom_cloud_needs_every_endpoint_but_eps():
    account = Account(cloud="custom", region="r", domain="d", user="u", endpoints={"iam": "https://iam.example"})
    assert fields(replace(GOOD, account=account)) == [
        f"account.endpoints.{service}" for service in ("ims", "ecs", "evs", "vpc", "obs")
    ]


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://iam.example.com", True),
        ("https://iam.example.com/", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("http://iam.example.com", False),
        ("https://iam.example.com/v3", False),
        ("iam.example.com", False),
        ("ftp://iam.example.com", False),
    ],
)
def test_endpoints(url, good):
    assert (endpoint_problem(url) is None) == good


@pytest.mark.parametrize("name", ["a", "x" * 128, "Ubuntu 22.04_a-b", "镜像"])
def test_legal_image_names(name):
    assert image_name_problem(name) is None


@pytest.mark.parametrize("name", ["", "x" * 129, " a", "a ", "a/b", "a\nb", "Ümlaut"])
def test_illegal_image_names(name):
    message, remedy = image_name_problem(name)
    assert message.endswith(".")
    assert remedy


def test_iso_keys():
    assert iso_key_problem("folder/x.ISO") is None
    assert iso_key_problem("x.qcow2") is not None
