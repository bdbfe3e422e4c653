"""Signing in, renewing, retrying, pacing: against the practice cloud, over HTTP."""

import asyncio
import logging
import time
from datetime import datetime, timedelta

import pytest

from isowright.cloud.login import KeyLogin
from isowright.cloud.models import Secret
from isowright.cloud.session import CREATE_SPACING
from isowright.errors import (
    AuthError,
    CloudError,
    ForbiddenError,
    InputError,
    NetworkError,
    NotFoundError,
    UnknownOutcomeError,
)

LOGIN = "/v3/auth/tokens"


# --- signing in -----------------------------------------------------------------------------------


async def test_password_reaches_everything(world, isos):
    cloud = world.open()
    who = await cloud.sign_in()
    assert (who.user, who.project_name) == (world.ready["user"], world.ready["region"])
    assert who.expires_at - world.clock.now() > timedelta(hours=23)
    assert (await cloud.iam.projects())[0].name == world.ready["region"]
    bucket, key = isos
    assert bucket in [b.name for b in await cloud.obs.buckets()]
    assert (await cloud.obs.bucket(bucket)).region == world.ready["region"]
    assert await cloud.obs.read(bucket, key, 32769, 5) == b"CD001"
    assert (await cloud.eps.projects())[0].id == "0"
    await asyncio.gather(*(cloud.obs.head(bucket, key) for _ in range(5)))
    assert len(world.asked("securitytokens")) == 1  # cached, made once


async def test_keys_reach_everything(world, isos):
    cloud = world.open(world.keys())
    who = await cloud.sign_in()
    assert (who.project_id, who.domain, who.expires_at) == (world.ready["project_id"], world.ready["domain"], None)
    bucket, key = isos
    assert (await cloud.obs.head(bucket, key)).size > 0
    assert (await cloud.ecs.limits()).max_servers > 0
    assert (await cloud.eps.projects())[0].id == "0"
    assert not world.asked(LOGIN)


@pytest.mark.parametrize("who", ["password", "keys"])
async def test_calls_sign_in_by_themselves(world, who):
    cloud = world.open(getattr(world, who)())
    limits = await asyncio.gather(*(cloud.ecs.limits() for _ in range(4)))
    assert limits[0] == limits[3]
    assert len(world.asked(LOGIN if who == "password" else "/v3/projects")) == 1
    assert cloud.identity.project_id == world.ready["project_id"]


async def test_project_by_id_and_by_name(world):
    team = next(p for p in await world.open().iam.projects() if p.name.endswith("_team-a"))
    for login in (world.password(), world.keys()):
        for choice in ({"project_id": team.id}, {"project_name": team.name}):
            cloud = world.open(login, **choice)
            assert (await cloud.sign_in()).project_id == team.id
    with pytest.raises(NotFoundError) as caught:
        await world.open(world.keys(), project_name="nowhere").sign_in()
    assert "nowhere" in caught.value.title


@pytest.mark.parametrize(
    ("who", "kind", "title"),
    [
        ({"password": "wrong-password-1"}, AuthError, "The account, user name or password is wrong."),
        ({"domain": "no-such-account"}, AuthError, "The account, user name or password is wrong."),
        ({"user": "locked-out"}, AuthError, "The user is locked."),
        ({"user": "console-only"}, ForbiddenError, "The user may sign in to the console only."),
    ],
)
async def test_refused_sign_in_is_never_repeated(world, who, kind, title):
    with pytest.raises(kind) as caught:
        await world.open(world.password(**who)).sign_in()
    assert caught.value.title == title
    assert caught.value.action.startswith("step:account.")
    assert caught.value.request_id
    assert len(world.asked(LOGIN)) == 1
    assert world.clock.waits == []


async def test_no_permission(world):
    cloud = world.open(world.password("no-rights"))
    with pytest.raises(ForbiddenError) as caught:
        await cloud.ims.quota()
    assert caught.value.remedy


async def test_wrong_secret_key_stops_at_once(world):
    cloud = world.open(world.keys("not-the-secret-key-of-anyone"))
    with pytest.raises(AuthError) as caught:
        await cloud.sign_in()
    assert caught.value.title == "The secret key does not match the access key."
    asked = len(world.asked())
    for call in (cloud.ecs.limits, cloud.obs.buckets, cloud.ims.quota):
        with pytest.raises(AuthError):
            await call()
    assert len(world.asked()) == asked == 1  # five wrong signatures would lock the key


async def test_unknown_key(world):
    with pytest.raises(AuthError) as caught:
        await world.open(KeyLogin("NOSUCHKEY00000000001", Secret("x" * 40))).sign_in()
    assert caught.value.title == "The access key does not exist."


async def test_wrong_clock_is_corrected_once(world, isos):
    world.clock.skew = timedelta(hours=3)
    cloud = world.open(world.keys())
    await cloud.sign_in()
    assert len(world.asked("/v3/projects")) == 2
    world.forget()
    await cloud.ecs.limits()
    await cloud.obs.head(*isos)
    assert len(world.asked()) == 2  # the offset is known now
    with_password = world.open()
    await with_password.sign_in()
    await with_password.obs.head(*isos)
    await with_password.ecs.limits()
    assert len(world.asked(LOGIN)) == 1  # a token is not taken for expired on a wrong clock


# --- renewing -------------------------------------------------------------------------------------


async def test_token_is_renewed_before_it_expires(world):
    cloud = world.open()
    await cloud.sign_in()
    world.clock.turned += 22.9 * 3600
    await cloud.ecs.limits()
    assert len(world.asked(LOGIN)) == 1
    world.clock.turned += 0.2 * 3600
    await asyncio.gather(*(cloud.ecs.limits() for _ in range(5)))
    assert len(world.asked(LOGIN)) == 2


async def test_token_about_to_expire_serves_while_iam_is_away(world):
    cloud = world.open()
    await cloud.sign_in()
    world.clock.turned += 23.5 * 3600
    world.faults({"action": "reset-before", "path": LOGIN, "count": 0})
    assert (await cloud.ecs.limits()).max_servers


async def test_dead_token_is_renewed_once_for_all(world):
    cloud = world.open()
    await cloud.sign_in()
    world.faults({"action": "expire-tokens"})
    await asyncio.gather(*(cloud.ecs.limits() for _ in range(5)))
    assert len(world.asked(LOGIN)) == 2
    assert world.clock.waits == []


async def test_token_of_another_region_is_said_after_one_renewal(world):
    cloud = world.open()
    await cloud.sign_in()
    world.faults({"action": "status", "status": 401, "code": "APIGW.0307", "path": "/limits", "count": 0})
    with pytest.raises(AuthError) as caught:
        await cloud.ecs.limits()
    assert caught.value.action == "step:account.region"
    assert len(world.asked("/limits")) == 2
    assert len(world.asked(LOGIN)) == 2


async def test_password_that_no_longer_works_is_not_tried_again(world):
    cloud = world.open()
    await cloud.sign_in()
    world.faults(
        {"action": "expire-tokens"},
        {"action": "status", "status": 401, "code": "401", "message": "wrong", "path": LOGIN, "count": 0},
    )
    for _ in range(4):
        with pytest.raises(AuthError) as caught:
            await cloud.ecs.limits()
    assert caught.value.title == "The account, user name or password is wrong."
    assert len(world.asked(LOGIN)) == 2


async def test_temporary_keys_are_renewed(world, isos):
    cloud = world.open()
    await cloud.obs.head(*isos)
    world.clock.turned += 56 * 60
    await cloud.obs.head(*isos)
    assert len(world.asked("securitytokens")) == 2  # before their end
    world.faults({"action": "expire-keys"})
    await cloud.obs.head(*isos)
    assert len(world.asked("securitytokens")) == 3  # and once when they are refused


# --- retries by class -----------------------------------------------------------------------------


async def register(cloud, isos, name="taken-once"):
    bucket, key = isos
    return await cloud.ims.register_iso(
        name=name, bucket=bucket, key=key, os_version="Ubuntu 22.04 server 64bit", min_disk=40
    )


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "status", "status": 429, "code": "APIGW.0308"},
        {"action": "status", "status": 503, "code": "Common.1503"},
        {"action": "status", "status": 500, "code": "APIGW.0601"},
        {"action": "error-202"},
        {"action": "html"},
        {"action": "truncated"},
        {"action": "reset-before"},
        {"action": "reset-after"},
    ],
    ids=lambda fault: str(fault.get("status", fault["action"])),
)
async def test_reads_are_repeated(world, fault):
    cloud = world.open()
    await cloud.sign_in()
    world.faults({"path": "/limits", "count": 2} | fault)
    assert (await cloud.ecs.limits()).max_servers
    assert len(world.asked("/limits")) == 3
    assert len(world.clock.waits) == 2
    assert all(0 < wait <= 2 for wait in world.clock.waits)


@pytest.mark.parametrize(("status", "tries"), [(500, 3), (502, 7), (429, 7)])
async def test_reads_give_up(world, status, tries):
    cloud = world.open()
    await cloud.sign_in()
    world.faults({"action": "status", "status": status, "path": "/limits", "count": 0})
    with pytest.raises(CloudError) as caught:
        await cloud.ecs.limits()
    assert caught.value.retryable
    assert caught.value.request_id
    assert len(world.asked("/limits")) == tries
    assert max(world.clock.waits) <= 60


async def test_retry_after_is_kept_and_capped(world):
    cloud = world.open()
    await cloud.sign_in()
    world.faults(
        {"action": "status", "status": 429, "retry_after": 7, "path": "/limits"},
        {"action": "status", "status": 503, "retry_after": 900, "path": "/limits", "nth": 2},
    )
    await cloud.ecs.limits()
    assert world.clock.waits == [7, 60]


async def test_impossible_retry_after_is_no_wait(world):
    cloud = world.open()
    await cloud.sign_in()
    headers = {"Retry-After": "nan"}
    world.faults({"action": "status", "status": 429, "headers": headers, "path": "/limits"})
    await cloud.ecs.limits()
    assert len(world.clock.waits) == 1
    assert 0 < world.clock.waits[0] <= 1


async def test_refused_is_reported_at_once(world):
    cloud = world.open()
    await cloud.sign_in()
    world.faults({"action": "refuse", "path": "/limits", "count": 0})
    with pytest.raises(ForbiddenError):
        await cloud.ecs.limits()
    assert len(world.asked("/limits")) == 1


@pytest.mark.parametrize(
    ("fault", "made"),
    [
        ({"action": "reset-after"}, 1),
        ({"action": "reset-before"}, 0),  # the client cannot know that
        ({"action": "truncated"}, 1),
        ({"action": "html"}, 0),
        ({"action": "after-status", "status": 504}, 1),
        ({"action": "status", "status": 500}, 0),
    ],
    ids=str,
)
async def test_image_create_with_lost_answer_is_not_repeated(world, isos, fault, made):
    cloud = world.open()
    await cloud.sign_in()
    world.faults({"service": "ims", "method": "POST"} | fault)
    with pytest.raises(UnknownOutcomeError) as caught:
        await register(cloud, isos)
    assert caught.value.retryable
    assert caught.value.remedy
    assert len(world.asked("/v2/cloudimages/action")) == 1
    jobs = [j for j in world.exists()["jobs"] if j["service"] == "ims"]
    assert len(jobs) == made


@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 503, "code": "Common.1503"}, {"action": "error-202"}])
async def test_image_create_is_repeated_when_it_was_not_executed(world, isos, fault):
    cloud = world.open()
    await cloud.sign_in()
    world.faults({"action": "status", "service": "ims", "method": "POST", "count": 2} | fault)
    assert await register(cloud, isos)
    assert len([j for j in world.exists()["jobs"] if j["service"] == "ims"]) == 1


async def test_one_image_is_shown_by_its_id(world):
    cloud = world.open()
    (listed,) = await cloud.ims.images()
    shown = await cloud.ims.show_image(listed.id)
    assert (shown.id, shown.name, shown.status) == (listed.id, listed.name, "active")
    with pytest.raises(NotFoundError) as caught:
        await cloud.ims.show_image("00000000-0000-4000-8000-000000000000")
    assert caught.value.remedy


async def test_delete_is_repeated_and_gone_is_fine(world):
    cloud = world.open()
    (image,) = await cloud.ims.images()
    world.faults({"action": "reset-after", "method": "DELETE"})
    await cloud.ims.delete_image(image.id)
    world.clock.turned += 60
    await cloud.ims.delete_image(image.id)
    assert await cloud.ims.image(image.id) is None


# --- pacing, limits, logs -------------------------------------------------------------------------


async def test_one_create_at_a_time_with_a_distance(world, isos):
    cloud = world.open()
    await cloud.sign_in()
    stood = time.monotonic()
    world.clock.monotonic = lambda: stood + world.clock.turned  # only waiting takes time, so that all of it is seen
    world.faults({"action": "delay", "seconds": 0.03, "service": "ims", "method": "POST", "count": 0})
    await asyncio.gather(*(register(cloud, isos, name) for name in ("one", "two", "three")), cloud.ecs.limits())
    rows = world.asked("/v2/cloudimages/action")
    starts = [datetime.fromisoformat(row["when"]).timestamp() for row in rows]
    assert len(starts) == 3
    for row, start, following in zip(rows, starts, starts[1:], strict=False):
        assert following >= start + row["seconds"] - 0.002  # milliseconds are cut
    assert world.clock.waits == pytest.approx([CREATE_SPACING, CREATE_SPACING])


async def test_many_reads_at_once(world):
    cloud = world.open()
    found = await asyncio.gather(*(cloud.vpc.vpcs() for _ in range(60)))
    assert all(f == found[0] for f in found)


async def test_secrets_are_nowhere(world, isos, caplog):
    caplog.set_level(logging.DEBUG)
    told = []
    for login in (world.password(), world.keys()):
        cloud = world.open(login)
        cloud.session.on_request = told.append
        await cloud.sign_in()
        await cloud.obs.objects(isos[0])
        secrets = cloud.session.auth.secrets()
        assert len(secrets) >= (1 if isinstance(login, KeyLogin) else 4)
        # A gateway that echoes what it got.
        echo = {"error_code": "Ecs.0005", "error_msg": "You sent " + " ".join(secrets)}
        world.faults({"action": "status", "status": 400, "body": echo, "path": "/limits"})
        with pytest.raises(CloudError) as caught:
            await cloud.ecs.limits()
        shown = [caplog.text, str(caught.value), repr(caught.value), repr(told), repr(cloud), repr(login)]
        shown += [repr(vars(cloud.session.auth)), repr(cloud.identity)]
        for secret in secrets:
            assert not [text for text in shown if secret in text]
    assert {t.status for t in told} >= {200, 201}
    assert all(t.request_id for t in told)
    assert "securitytokens" in caplog.text


async def test_closed_ports_and_missing_endpoints(world):
    cloud = world.open(endpoints=world.ready["endpoints"] | {"iam": "http://127.0.0.1:9"})
    with pytest.raises(NetworkError) as caught:
        await cloud.sign_in()
    assert "refused" in caught.value.title
    assert not caught.value.sent
    with pytest.raises(InputError) as missing:
        world.open(endpoints={"iam": "http://127.0.0.1:9"})
    assert missing.value.action == "step:account.endpoints.ims"


async def test_account_without_domain_tokens_still_renews(world):
    cloud = world.open()
    await cloud.sign_in()
    scope = '"domain":{"name":"[^"]*"}}}}?$'
    world.faults({"action": "status", "status": 401, "code": "401", "path": LOGIN, "match_body": scope, "count": 0})
    with pytest.raises(AuthError):
        await cloud.eps.projects()
    world.faults({"action": "expire-tokens"})
    assert (await cloud.ecs.limits()).max_servers


async def test_wrong_host_is_not_taken_for_gone(world):
    cloud = world.open()
    await cloud.sign_in()
    world.faults({"action": "status", "status": 404, "code": "APIGW.0101", "count": 0})
    for call in (cloud.ims.delete_image, cloud.ecs.server, cloud.evs.volume):
        with pytest.raises(NotFoundError) as caught:
            await call("some-id")
        assert caught.value.action == "step:account.endpoints"


@pytest.mark.parametrize("part", ["access_key", "secret_key", "security_token"])
async def test_keys_that_cannot_be_sent(world, part):
    values = {"access_key": "AK", "secret_key": "SK", "security_token": "T"} | {part: "pasted\nü"}
    login = KeyLogin(values["access_key"], Secret(values["secret_key"]), Secret(values["security_token"]))
    with pytest.raises(InputError) as caught:
        world.open(login)
    assert caught.value.action == f"step:account.{part}"
    assert "pasted" not in str(caught.value)


async def test_closing_twice_is_fine(world):
    cloud = world.open()
    await cloud.sign_in()
    await cloud.aclose()
    await cloud.aclose()


@pytest.mark.parametrize("kind", ["read", "create"])
async def test_closing_ends_what_is_under_way(world, isos, kind):
    """An answer that came after the closing would leave its socket open: the warning of it would fail this test."""
    cloud = world.open()
    await cloud.sign_in()
    world.faults({"action": "hold-after", "service": "ims"})
    bucket, key = isos
    asking = asyncio.ensure_future(
        cloud.ims.register_iso(name="one", bucket=bucket, key=key, os_version="Ubuntu 22.04 server 64bit", min_disk=40)
        if kind == "create"
        else cloud.ims.images()
    )
    while not world.held():  # noqa: ASYNC110  another thread counts them
        await asyncio.sleep(0)
    await cloud.aclose()
    with pytest.raises(NetworkError) as caught:
        await asking
    assert caught.value.sent
    assert caught.value.remedy
    with pytest.raises(NetworkError) as caught:
        await cloud.ims.quota()
    assert not caught.value.sent
    assert not cloud.session._transport._clients
    assert len(world.asked("/cloudimages")) <= 1  # nothing was asked again


async def test_cancelling_a_call_is_no_closing(world):
    cloud = world.open()
    await cloud.sign_in()
    world.faults({"action": "hold-before", "service": "ims"})
    asking = asyncio.ensure_future(cloud.ims.quota())
    while not world.held():  # noqa: ASYNC110  another thread counts them
        await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    world.free()
    assert (await cloud.ims.quota()).quota
