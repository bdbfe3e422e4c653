"""One-time codes, tokens made elsewhere, temporary keys, and users who have no password: against the practice cloud."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from isowright.cloud.login import KeyLogin, TokenLogin
from isowright.cloud.models import Secret
from isowright.cloud.token_words import other_region
from isowright.errors import AuthError, ForbiddenError, InputError, NotFoundError, PasscodeNeededError
from isowright.practice.totp import STEP, code
from isowright.recipe import Account

DAY = 24 * 3600.0


def shown(world, steps=0):
    """What the user's authenticator shows now, or so many steps later."""
    return code(world.ready["users"]["with-code"]["totp_secret"], int(world.clock() // STEP) + steps)


def token_of(cloud):
    return cloud.session.auth._token.value


async def test_a_code_is_asked_for_only_where_it_is_needed_and_used_once(world):
    assert (await world.open().sign_in()).renewed
    with pytest.raises(PasscodeNeededError) as needed:
        await world.open(world.password("with-code")).sign_in()
    assert (needed.value.action, needed.value.status) == ("sign-in", 401)
    assert "authenticator" in needed.value.remedy
    login = replace(world.password("with-code"), passcode=shown(world))
    cloud = world.open(login)
    identity = await cloud.sign_in()
    assert (identity.user, identity.renewed) == ("with-code", False)
    with pytest.raises(AuthError) as used:
        await world.open(login).sign_in()
    assert used.value.action == "step:account.passcode"
    for text in (repr(login), str(used.value), str(needed.value)):
        assert login.passcode not in text
        assert login.password.reveal() not in text


async def test_others_go_on_with_the_token_of_the_code_until_it_ends(world):
    first = world.open(replace(world.password("with-code"), passcode=shown(world)))
    await first.sign_in()
    lasting = first.lasting_login()
    assert lasting.passcode == ""
    assert lasting.token.reveal() not in repr(lasting)
    world.forget()
    second = world.open(lasting)
    assert (await second.sign_in()).user == "with-code"
    assert await second.ims.images() is not None
    assert await second.obs.buckets()  # by keys that the token has made
    assert not world.asked("/v3/auth/tokens", "POST")
    world.clock.turned += DAY - 600  # within the hour in which others renew: nobody is bothered yet
    assert await second.vpc.vpcs()
    world.clock.turned += 700
    with pytest.raises(PasscodeNeededError) as ended:
        await second.vpc.vpcs()
    assert "new one-time code" in ended.value.title
    with pytest.raises(PasscodeNeededError):
        await first.vpc.vpcs()
    third = world.open(replace(lasting, token=None, passcode=shown(world)))
    assert (await third.sign_in()).project_id == world.ready["project_id"]


async def test_a_wrong_code_is_said_and_not_tried_again(world):
    wrong = "000000" if shown(world) != "000000" else "111111"
    world.forget()
    with pytest.raises(AuthError) as refused:
        await world.open(replace(world.password("with-code"), passcode=wrong)).sign_in()
    assert refused.value.action == "step:account.passcode"
    assert not isinstance(refused.value, PasscodeNeededError)
    assert len(world.asked("/v3/auth/tokens", "POST")) == 1


async def test_another_project_takes_another_code(world):
    first = world.open(replace(world.password("with-code"), passcode=shown(world)))
    await first.sign_in()
    other = next(p for p in await first.iam.projects() if p.id != world.ready["project_id"])
    with pytest.raises(PasscodeNeededError):
        await world.open(first.lasting_login(), project_id=other.id).sign_in()
    login = replace(first.lasting_login(), passcode=shown(world, 1))
    cloud = world.open(replace(login, token=None), project_id=other.id)
    assert (await cloud.sign_in()).project_name == other.name


async def test_a_token_made_elsewhere_brings_project_and_end(world):
    maker = world.open(project_name="practice-1_team-a")
    made = await maker.sign_in()
    cloud = world.open(TokenLogin(token_of(maker)))
    identity = await cloud.sign_in()
    assert (identity.project_id, identity.project_name) == (made.project_id, "practice-1_team-a")
    assert identity.expires_at == made.expires_at
    assert not identity.renewed
    assert await cloud.vpc.vpcs()
    assert await cloud.obs.buckets()
    world.clock.turned += DAY + 60
    with pytest.raises(AuthError, match="token has ended"):
        await cloud.vpc.vpcs()
    with pytest.raises(AuthError) as dead:
        await world.open(TokenLogin(token_of(maker))).sign_in()
    assert dead.value.action == "step:account.token"


# --- enterprise projects, which are of the account as a whole: neither a code nor a token asks for another token ----


@pytest.fixture(params=["code", "token of a code", "token"])
async def bound(world, request):
    """Somebody signed in, who cannot get a token of the account."""
    login = replace(world.password("with-code"), passcode=shown(world))
    cloud = world.open(login)
    await cloud.sign_in()
    if request.param == "token of a code":
        cloud = world.open(cloud.lasting_login())
        await cloud.sign_in()
    elif request.param == "token":
        cloud = world.open(TokenLogin(token_of(cloud)))
        await cloud.sign_in()
    world.forget()
    return cloud


async def test_enterprise_projects_are_listed_with_keys_of_the_user(world, bound):
    assert (await bound.eps.projects())[0].id == "0"
    assert len(await bound.eps.projects()) == 2
    assert len(world.asked("securitytokens")) == 1
    assert not world.asked("/v3/auth/tokens", "POST")
    assert await bound.obs.buckets()  # by the same keys
    assert len(world.asked("securitytokens")) == 1


async def test_keys_that_died_are_made_anew(world, bound):
    assert await bound.eps.projects()
    world.clock.turned += timedelta(minutes=11).total_seconds()  # less than five are left to them
    assert await bound.eps.projects()
    assert len(world.asked("securitytokens")) == 2
    world.faults({"action": "expire-keys"})
    assert await bound.eps.projects()
    assert [r["status"] for r in world.asked("/v1.0/enterprise-projects")] == [200, 200, 401, 200]


async def test_the_account_is_asked_for_where_the_token_does_not_tell(world):
    maker = world.open()
    await maker.sign_in()
    token = token_of(maker)
    body = {
        "token": {
            "expires_at": (world.clock.now() + timedelta(hours=23)).isoformat(),
            "user": {"id": "u", "name": "builder"},
            "project": {"id": world.ready["project_id"], "name": world.ready["region"]},
        }
    }
    world.faults(
        {"action": "after-status", "status": 200, "service": "iam", "path": "/v3/auth/tokens", "body": body, "count": 1}
    )
    cloud = world.open(TokenLogin(token))
    await cloud.sign_in()
    assert len(await cloud.eps.projects()) == 2
    assert len(world.asked("/v3/auth/domains")) == 1


@pytest.mark.parametrize("refused", ["securitytokens", "/v1.0/enterprise-projects", "/v1.0/signature"])
async def test_a_cloud_that_lists_none_this_way_says_so_and_the_rest_goes_on(world, bound, refused):
    rule = {"action": "status", "status": 403, "code": "EPS.0004", "path": refused, "count": 0}
    if refused.endswith("signature"):
        text = "Incorrect IAM authentication information: verify aksk signature fail"
        rule |= {"path": "/v1.0", "status": 401, "code": "APIGW.0301", "message": text}
        rule["body"] = {"error_code": "APIGW.0301", "error_msg": text, "request_id": "r"}
    world.faults(rule)
    with pytest.raises((AuthError, ForbiddenError)) as caught:
        await bound.eps.projects()
    assert caught.value.remedy
    assert refused.removesuffix("/signature") in caught.value.call
    if "securitytokens" not in refused:
        assert await bound.obs.buckets()  # one service's refusal is not the key's end
    assert await bound.vpc.vpcs()


async def test_tokens_of_no_use_are_told_apart(world):
    maker = world.open()
    await maker.sign_in()
    good = token_of(maker)
    await maker.eps.projects()
    unscoped = maker.session.auth._domain_token.value
    cases = (
        (Secret("MIIS" + "x" * 200), {}, "does not accept"),
        (unscoped, {}, "not of a project"),
        (good, {"project_id": "0" * 32, "project_name": "elsewhere"}, "project practice-1"),
    )
    for value, account, words in cases:
        with pytest.raises(AuthError, match=words) as refused:
            await world.open(TokenLogin(value), **account).sign_in()
        assert refused.value.remedy
        assert value.reveal() not in str(refused.value)
    with pytest.raises(InputError, match="token"):
        world.open(TokenLogin(Secret("two words")))


def test_a_project_of_another_region_is_said_at_once():
    with pytest.raises(NotFoundError, match="eu-nl") as refused:
        other_region(Account(cloud="otc", region="eu-de"), "eu-nl_team")
    assert refused.value.action == "step:account.region"
    other_region(Account(cloud="otc", region="eu-de"), "eu-de_team")
    other_region(Account(cloud="otc", region="eu-de"), "old-name")


async def test_temporary_keys_sign_until_they_end(world):
    maker = world.open()
    await maker.sign_in()
    keys = await maker.iam.temporary_keys(900)
    cloud = world.open(KeyLogin(keys.access, keys.secret, keys.security_token))
    assert (await cloud.sign_in()).project_id == world.ready["project_id"]
    assert await cloud.obs.buckets()
    world.clock.turned += timedelta(minutes=16).total_seconds()
    with pytest.raises(AuthError, match="temporary access key is no longer valid") as ended:
        await cloud.vpc.vpcs()
    assert "limited time" in ended.value.detail


async def test_who_has_no_password_here_is_told_what_to_use(world):
    with pytest.raises(AuthError) as refused:
        await world.open(world.password("from-elsewhere")).sign_in()
    assert "another organisation" in refused.value.title
    assert "temporary key or a token" in refused.value.remedy
    assert refused.value.action == "step:account.user"
