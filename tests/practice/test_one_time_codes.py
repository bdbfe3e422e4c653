"""The user with a virtual MFA device, and the one whose password is kept elsewhere."""

import base64

import pytest

from isowright.practice.totp import STEP, code

# RFC 6238, appendix B: the SHA-1 rows, in six of their eight digits.
VECTORS = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}


@pytest.mark.parametrize(("moment", "expected"), VECTORS.items())
def test_codes_are_those_of_the_standard(moment, expected):
    assert code(base64.b32encode(b"12345678901234567890").decode(), int(moment // STEP)) == expected


def ask(cloud, passcode=None, user="with-code", **owner):
    person = {"name": user, "password": cloud.people[user]["password"], "domain": {"name": cloud.ready["domain"]}}
    identity = {"methods": ["password"], "password": {"user": person}}
    if passcode is not None:
        who = owner or {"name": user, "domain": {"name": cloud.ready["domain"]}}
        identity |= {"methods": ["password", "totp"], "totp": {"user": {**who, "passcode": passcode}}}
    body = {"auth": {"identity": identity, "scope": {"project": {"name": cloud.ready["region"]}}}}
    return cloud.http.post(cloud.ready["endpoints"]["iam"] + "/v3/auth/tokens", json=body)


def shown(cloud, clock):
    return code(cloud.people["with-code"]["totp_secret"], int(clock.now // STEP))


def test_a_code_is_wanted_and_is_good_once(cloud, clock):
    missing = ask(cloud)
    assert (missing.status_code, missing.json()["error"]["title"]) == (401, "Unauthorized")
    assert "MFA" in missing.json()["error"]["message"]
    now = shown(cloud, clock)
    answer = ask(cloud, now)
    assert answer.status_code == 201
    assert answer.json()["token"]["methods"] == ["password", "totp"]
    assert answer.json()["token"]["mfa_authn_at"]
    again = ask(cloud, now)
    assert (again.status_code, "used" in again.json()["error"]["message"]) == (401, True)
    clock.advance(STEP)
    assert ask(cloud, shown(cloud, clock)).status_code == 201


def test_wrong_and_old_codes_are_refused_and_lock(cloud, clock, code_of):
    old = shown(cloud, clock)
    clock.advance(10 * STEP)
    assert ask(cloud, old).status_code == 401
    for _ in range(4):
        assert ask(cloud, "000000" if shown(cloud, clock) != "000000" else "111111").status_code == 401
    assert code_of(ask(cloud, shown(cloud, clock))) == "IAM.0061"


def test_the_device_is_named_by_id_or_name_and_is_the_users_own(cloud, clock):
    user = ask(cloud, shown(cloud, clock)).json()["token"]["user"]["id"]
    clock.advance(STEP)
    assert ask(cloud, shown(cloud, clock), id=user).status_code == 201
    clock.advance(STEP)
    assert ask(cloud, shown(cloud, clock), id="somebody").status_code == 401
    assert ask(cloud, shown(cloud, clock), domain={}).status_code == 400
    assert ask(cloud, "123456", user="no-rights").status_code == 401  # has no device


def test_a_federated_user_has_no_password_here(cloud):
    answer = ask(cloud, user="from-elsewhere")
    assert answer.status_code == 401
    assert "federated" in answer.json()["error"]["message"]


def test_the_devices_secret_stands_in_the_ready_line_alone(cloud):
    secret = cloud.people["with-code"]["totp_secret"]
    assert len(base64.b32decode(secret)) == 20
    assert secret not in str(cloud.world())
