"""Our object client against SeaweedFS, a store that others wrote and that checks each signature (store.py)."""

import asyncio
import hashlib

import pytest
from store import ACCESS, BUCKET, ISO, OBJECTS, SECRET, NamedAws

from isowright.cloud import obs_wire
from isowright.cloud.client import Cloud
from isowright.cloud.login import KeyLogin
from isowright.cloud.models import Secret
from isowright.cloud.wire import Request
from isowright.errors import AppError, AuthError, ForbiddenError, NotFoundError
from isowright.recipe import Account


def with_client(store, scenario, *, access=ACCESS, secret=SECRET, token=None):
    """Runs `scenario(cloud)` and returns what it does."""

    async def life():
        nowhere = "http://127.0.0.1:9"
        endpoints = dict.fromkeys(("iam", "ims", "ecs", "evs", "vpc"), nowhere) | {"obs": store.url}
        account = Account(
            cloud="custom", region="us-east-1", method="access_key", access_key=access, endpoints=endpoints
        )
        login = KeyLogin(access, Secret(secret), Secret(token) if token else None)
        cloud = Cloud.open(account, login, transport=NamedAws())
        try:
            return await scenario(cloud)
        finally:
            await cloud.aclose()

    return asyncio.run(life())


def test_the_list_of_buckets(store):
    # Without the header that only the object service knows: it is signed, but not by the older S3 signature.
    request = Request(service="obs", method="GET")
    buckets = with_client(store, lambda cloud: cloud.session.call(request, obs_wire.read_buckets))
    assert {bucket.name for bucket in buckets} == {BUCKET, f"{BUCKET}-2"}
    assert all(bucket.created for bucket in buckets)


def test_a_bucket(store):
    assert with_client(store, lambda cloud: cloud.obs.bucket(BUCKET)).name == BUCKET
    with pytest.raises(NotFoundError):
        with_client(store, lambda cloud: cloud.obs.bucket("no-such-bucket"))


def test_folders(store):
    async def walk(cloud):
        top = await cloud.obs.objects(BUCKET)
        assert [entry.key for entry in top.objects] == ["a&b=c?d#e%20f.iso", "empty.iso"]
        assert list(top.folders) == ["linux/", "many/", "two  spaces/"]
        linux = await cloud.obs.objects(BUCKET, prefix="linux/")
        assert {entry.key: entry.size for entry in linux.objects} == {ISO: 30000, "linux/ünïcode 镜像.iso": 4}
        assert list(linux.folders) == ["linux/old/"]
        (odd,) = (await cloud.obs.objects(BUCKET, prefix="two  spaces/")).objects
        assert odd.key == "two  spaces/and'quote.iso"
        nothing = await cloud.obs.objects(BUCKET, prefix="linux/new/")
        assert (nothing.objects, nothing.folders, nothing.next_marker) == ((), (), "")

    with_client(store, walk)


@pytest.mark.parametrize("delimiter", ["/", ""])
def test_pages(store, delimiter):
    """With a delimiter the store names the next page's marker, without one the last key is it."""

    async def walk(cloud):
        keys, marker, pages = [], "", 0
        while True:
            page = await cloud.obs.objects(BUCKET, prefix="many/", marker=marker, delimiter=delimiter, limit=7)
            keys += [entry.key for entry in page.objects]
            pages += 1
            marker = page.next_marker
            if not marker:
                return keys, pages

    keys, pages = with_client(store, walk)
    assert keys == sorted(key for key in OBJECTS if key.startswith("many/"))
    assert pages == 4


@pytest.mark.parametrize("key", OBJECTS.keys() - {key for key in OBJECTS if key.startswith("many/")})
def test_the_head_of_an_object(store, key):
    info = with_client(store, lambda cloud: cloud.obs.head(BUCKET, key))
    body = OBJECTS[key].encode()
    assert (info.size, info.storage_class, info.encrypted) == (len(body), "STANDARD", "")
    assert info.etag == hashlib.md5(body, usedforsecurity=False).hexdigest()
    assert info.modified.endswith("GMT")


def test_no_object(store):
    assert with_client(store, lambda cloud: cloud.obs.head(BUCKET, "no such.iso")) is None
    with pytest.raises(NotFoundError):
        with_client(store, lambda cloud: cloud.obs.read(BUCKET, "no such.iso", 0, 10))


@pytest.mark.parametrize(
    ("start", "length"),
    [(0, 10), (0, 1), (29_990, 10), (29_990, 100), (12_345, 6_789), (0, 30_000), (30_000, 5), (7, 0)],
)
def test_ranges(store, start, length):
    got = with_client(store, lambda cloud: cloud.obs.read(BUCKET, ISO, start, length))
    assert got == OBJECTS[ISO].encode()[start : start + length]


def test_a_range_of_nothing(store):
    assert with_client(store, lambda cloud: cloud.obs.read(BUCKET, "empty.iso", 0, 100)) == b""


def test_an_object_is_deleted_once_and_again(store):
    async def scenario(cloud):
        bucket, key = f"{BUCKET}-2", "doomed.iso"
        assert (await cloud.obs.head(bucket, key)).size == 6
        await cloud.obs.delete_object(bucket, key)
        assert await cloud.obs.head(bucket, key) is None
        await cloud.obs.delete_object(bucket, key)

    with_client(store, scenario)


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"secret": "another-secret-key-of-forty-characters-1"}, AuthError),
        ({"access": "AKSOMEBODYELSE0000001"}, (AuthError, ForbiddenError)),
        ({"token": "a-session-that-nobody-opened"}, AppError),
    ],
    ids=["secret", "key", "token"],
)
def test_wrong_signatures_are_refused(store, facts, kind):
    """And asked once only: real services lock a key after a handful of wrong ones."""

    async def scenario(cloud):
        asked = []
        cloud.session.on_request = lambda told: asked.append(told.status)
        with pytest.raises(kind) as refused:
            await cloud.obs.objects(BUCKET)
        assert refused.value.remedy
        assert asked == [403]
        if "secret" in facts:
            with pytest.raises(AuthError):
                await cloud.obs.head(BUCKET, ISO)
            assert asked == [403]

    with_client(store, scenario, **facts)
