"""Making a bucket: names as the reference has them, the cloud's refusals in words, and facts of buckets."""

import pytest

from isowright.cloud.bucket_rules import bucket_name_problem, proposed_bucket
from isowright.errors import CloudError, ForbiddenError, InputError, NameTakenError, NotFoundError, QuotaError

REGION = "practice-1"


@pytest.mark.parametrize("name", ["abc", "a" * 63, "isos-2026", "0-9", "a--b"])
def test_names_that_can_be(name):
    assert bucket_name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "no name"),
        ("ab", "2 characters"),
        ("a" * 64, "64 characters"),
        ("Isos", "capital letters"),
        ("-isos", "hyphen"),
        ("isos-", "hyphen"),
        ("my.isos", "dot"),
        ("10.0.0.1", "IP address"),
        ("my isos", "a space"),
        ("my_isos", "“_”"),
        ("bücher", "“ü”"),
    ],
)
def test_names_that_cannot_be_say_what_to_do(name, words):
    problem, remedy = bucket_name_problem(name)
    assert words in problem
    assert remedy.endswith(".")


@pytest.mark.parametrize("who", ["", "ACME GmbH", "Bücher & Söhne", "OTC-EU-DE-00000000001000054321", "株式会社", "--"])
@pytest.mark.parametrize("region", ["eu-de", "practice-1", "Region_1"])
def test_proposals_are_legal(who, region):
    assert bucket_name_problem(proposed_bucket(who, region)) is None


async def test_a_bucket_is_made_private_and_standard_in_its_region(world):
    cloud = world.open()
    await cloud.obs.create_bucket("own-isos-1", REGION)
    info = await cloud.obs.bucket("own-isos-1")
    assert (info.region, info.storage_class) == (REGION, "STANDARD")
    assert await cloud.obs.encryption("own-isos-1") == ""
    assert "own-isos-1" in [bucket.name for bucket in await cloud.obs.buckets()]
    [asked] = world.asked(path="/own-isos-1", method="PUT")
    assert asked["status"] == 200


@pytest.mark.parametrize(
    ("name", "region", "error", "words"),
    [
        ("images", REGION, NameTakenError, "Somebody else"),
        ("own-isos-1", REGION, NameTakenError, "You have a bucket"),
        ("Not A Name", REGION, InputError, "capital letters"),
        ("own-isos-2", "nowhere-1", CloudError, "does not know this region"),
    ],
)
async def test_refusals(world, name, region, error, words):
    cloud = world.open()
    await cloud.obs.create_bucket("own-isos-1", REGION)
    with pytest.raises(error) as refused:
        await cloud.obs.create_bucket(name, region)
    assert words in str(refused.value.title)
    assert refused.value.remedy


async def test_too_many(world):
    world.faults({"world": "quota-full", "resource": "bucket"})
    with pytest.raises(QuotaError) as refused:
        await world.open().obs.create_bucket("own-isos-1", REGION)
    assert "delete one" in refused.value.remedy


async def test_who_may_not_is_told_so(world):
    with pytest.raises(ForbiddenError):
        await world.open(world.password("no-rights")).obs.create_bucket("own-isos-1", REGION)


@pytest.mark.parametrize("action", ["reset-before", "reset-after"])
async def test_an_answer_that_was_lost_is_looked_up(world, action):
    cloud = world.open()
    world.faults({"service": "obs", "method": "PUT", "action": action, "count": 1})
    await cloud.obs.create_bucket("own-isos-1", REGION)
    assert (await cloud.obs.bucket("own-isos-1")).region == REGION


async def test_facts_of_a_bucket(world):
    cloud = world.open()
    warm = next(bucket["name"] for bucket in world.ready["buckets"] if "-warm-" in bucket["name"])
    assert (await cloud.obs.bucket(warm)).storage_class == "WARM"
    assert await cloud.obs.encryption(warm) == "kms"
    world.faults({"service": "obs", "path": "encryption", "action": "refuse", "count": 1})
    assert await cloud.obs.encryption(warm) is None
    with pytest.raises(NotFoundError):
        await cloud.obs.encryption("no-such-bucket")
    with pytest.raises(ForbiddenError):
        await cloud.obs.bucket("images")
