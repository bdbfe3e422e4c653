"""The ways to sign in from the command line: tokens, temporary keys, one-time codes, and who cannot have a password."""

from __future__ import annotations

import json
import time

import httpx
import pytest

pty = pytest.importorskip("pty", reason="a pseudo terminal needs a POSIX system")


# ruff: noqa: E402  # only where there are pseudo terminals
from test_cli_terminal import Terminal

from isowright.practice.totp import STEP, code


@pytest.fixture
def at_terminal(operator):
    terminals = []

    def start(*args, **env):
        terminals.append(Terminal(operator, *args, **env))
        return terminals[-1]

    yield start
    for terminal in terminals:
        assert not any(secret in terminal.text for secret in operator.practice.secrets)
        terminal.close()


def shown(practice, steps=0):
    secret = practice.ready["users"]["with-code"]["totp_secret"]
    return code(secret, int(time.time() // STEP) + steps)


def token_of(practice, project=None):
    ready = practice.ready
    user = {"name": ready["user"], "password": ready["password"], "domain": {"name": ready["domain"]}}
    scope = {"project": {"name": project or ready["region"]}}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
    answer = httpx.post(ready["endpoints"]["iam"] + "/v3/auth/tokens", json=body, trust_env=False, timeout=20)
    return answer.raise_for_status().headers["X-Subject-Token"]


def temporary_keys(practice):
    body = {"auth": {"identity": {"methods": ["token"], "token": {"duration_seconds": 900}}}}
    url = practice.ready["endpoints"]["iam"] + "/v3.0/OS-CREDENTIAL/securitytokens"
    answer = httpx.post(url, json=body, headers={"X-Auth-Token": token_of(practice)}, trust_env=False, timeout=20)
    return answer.raise_for_status().json()["credential"]


def test_a_token_runs_a_job_and_is_written_nowhere(operator, practice):
    token = token_of(practice)
    profile = operator.profile("by-token", account={"method": "token"})
    status, _out, err = operator.do("run", profile, "--on-install", "powered-off", secret=False, ISOWRIGHT_TOKEN=token)
    assert status == 0, err
    assert token not in "".join(started.said for started in operator.running)
    assert not [path for path in operator.folder.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]


def test_a_token_of_another_project_or_none_is_refused_before_anything_is_made(operator, practice):
    profile = operator.profile("wrong-token", account={"method": "token"})
    before = len(practice.world()["images"])
    other = token_of(practice, "practice-1_team-a")
    status, _out, err = operator.do("run", profile, secret=False, ISOWRIGHT_TOKEN=other)
    assert (status, "This token is of the project practice-1_team-a." in err) == (1, True), err
    status, _out, err = operator.do("run", profile, secret=False, ISOWRIGHT_TOKEN="MIIS" + "x" * 80)
    assert (status, "does not accept this token" in err) == (1, True), err
    status, _out, err = operator.do("run", profile, secret=False)
    assert (status, "No token is at hand." in err) == (2, True), err
    assert len(practice.world()["images"]) == before


def test_temporary_keys_run_a_job(operator, practice):
    keys = temporary_keys(practice)
    env = {
        "ISOWRIGHT_ACCESS_KEY": keys["access"],
        "ISOWRIGHT_SECRET_KEY": keys["secret"],
        "ISOWRIGHT_SECURITY_TOKEN": keys["securitytoken"],
    }
    profile = operator.profile("by-temporary-key", account={"method": "temporary_key"})
    status, _out, err = operator.do("run", profile, "--on-install", "powered-off", secret=False, **env)
    assert status == 0, err


def test_a_code_is_asked_for_only_when_the_cloud_wants_it(operator, practice, at_terminal):
    person = practice.ready["users"]["with-code"]
    profile = operator.profile("coded", account={"user": "with-code"})
    terminal = at_terminal("run", profile, "--on-install", "powered-off", ISOWRIGHT_PASSWORD=person["password"])
    terminal.until("One-time code of with-code: ")
    terminal.text = ""
    terminal.type("12345\n")
    terminal.until("The one-time code was not accepted.")
    terminal.until("One-time code of with-code: ")
    now = shown(practice)
    terminal.type(now + "\n")
    assert terminal.end() == 0, terminal.text
    assert now not in terminal.text  # typed, not shown
    # A script gives the next one; the whole run needs no other.
    profile = operator.profile("coded-again", account={"user": "with-code"})
    env = {"ISOWRIGHT_PASSWORD": person["password"], "ISOWRIGHT_PASSCODE": shown(practice, 1)}
    status, _out, err = operator.do("run", profile, "--on-install", "confirm", **env)
    assert status == 3, err
    status, _out, err = operator.do("clean-up", "--yes", ISOWRIGHT_PASSWORD=person["password"])
    assert (status, "one-time code" in err, "ISOWRIGHT_PASSCODE" in err) == (1, True, True), err
    status, _out, err = operator.do("clean-up", "--yes", **env)
    assert (status, "not accepted" in err) == (1, True), err


def test_a_federated_user_is_told_what_to_use(operator, practice):
    person = practice.ready["users"]["from-elsewhere"]
    profile = operator.profile("elsewhere", account={"user": "from-elsewhere"})
    status, _out, err = operator.do("run", profile, ISOWRIGHT_PASSWORD=person["password"])
    assert status == 1
    assert "signs in with another organisation's account" in err
    assert "temporary key or a token" in err


# ----------------------------------------------------------------------------------------- what is there already


def test_what_the_environment_holds_for_others_signs_in_and_is_said(operator, practice):
    ready = practice.ready
    env = {
        "OS_AUTH_URL": ready["endpoints"]["iam"] + "/v3",
        "OS_USERNAME": ready["user"],
        "OS_USER_DOMAIN_NAME": ready["domain"],
        "OS_PASSWORD": ready["password"],
    }
    profile = operator.profile("of-others")
    status, _out, err = operator.do("run", profile, "--on-install", "powered-off", secret=False, **env)
    assert (status, "found in the environment: OS_USERNAME, OS_PASSWORD" in err) == (0, True), err
    elsewhere = env | {"OS_AUTH_URL": "https://iam.eu-de.otc.t-systems.com/v3"}
    status, _out, err = operator.do("run", profile, secret=False, **elsewhere)
    assert (status, "No password or key for builder is at hand." in err) == (2, True), err


def test_accounts_lists_what_was_found_and_no_secret(operator, practice):
    status, out, err = operator.do("accounts", secret=False)
    assert (status, err) == (0, "")
    assert out[0].startswith("Nothing was found.")
    folder = operator.folder / ".hcloud"
    folder.mkdir()
    profile = {"name": "default", "accessKeyId": "AKTEST", "secretAccessKey": "s-of-koocli", "region": "eu-west-101"}
    (folder / "config.json").write_text(json.dumps({"current": "default", "profiles": [profile]}))
    (operator.folder / "clouds.yaml").write_text("clouds: [")
    env = {"HW_ACCESS_KEY": practice.ready["access_key"], "HW_REGION_NAME": "cn-north-4"}
    status, out, err = operator.do("accounts", secret=False, **env)
    assert (status, err) == (0, "")
    text = "\n".join(out)
    assert "KooCLI: default" in text
    assert "access key AKTEST" in text
    assert "~/.hcloud/config.json" in text
    assert "secret key is missing" in text
    assert "clouds.yaml: The file cannot be used: line" in text
    assert "s-of-koocli" not in text
    status, out, err = operator.do("accounts", "--json", secret=False, **env)
    facts = [json.loads(line) for line in out]
    assert [fact["event"] for fact in facts] == ["found"] * 3
    assert "secret_key" in facts[-1]["fills"]
    assert "s-of-koocli" not in "".join(out)
