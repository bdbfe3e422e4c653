"""What can be wrong from outside, typed at the command line: said with a remedy, nothing lost, and the run goes on."""

from __future__ import annotations

import socket
import tomllib

import pytest


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def refused(operator, profile, stage, words, **env):
    """The run fails there with these words and a remedy; the profile is as it was. Returns its last event."""
    before = profile.read_text()
    run = operator.start("run", profile, "--json", "--as-is", "--on-install", "powered-off", **env)
    assert run.end() == 1, run.said
    assert "Traceback" not in run.said
    failed = run.events[-1]
    assert (failed["event"], failed["stage"]) == ("failed", stage), run.said
    error = failed["error"]
    assert words in f"{error['title']} {error['detail']} {error['remedy']}"
    assert error["remedy"]
    assert f"  What to do: {error['remedy']}" in run.err
    assert any(line.startswith(f"Try again: isowright resume {failed['run']}") for line in run.err)
    assert profile.read_text() == before
    return failed


def done(operator, *options):
    """What was wrong is so no more: the same run ends well."""
    status, _, err = operator.do("resume", "--on-install", "powered-off", *options)
    assert status == 0, err


@pytest.mark.parametrize(
    ("user", "words"), [("locked-out", "locked"), ("console-only", "console"), ("no-rights", "not allowed")]
)
def test_users_who_may_not(operator, practice, user, words):
    secret = {"ISOWRIGHT_PASSWORD": practice.ready["users"][user]["password"]}
    stage = "register-iso" if user == "no-rights" else "sign-in"
    refused(operator, operator.profile("p", account={"user": user}), stage, words, **secret)


def test_unknown_account(operator):
    refused(operator, operator.profile("p", account={"domain": "somebody-else"}), "sign-in", "account")


def test_region_whose_tokens_do_not_count_here(operator, practice):
    account = {"region": "practice-2", "project_id": "", "project_name": "practice-2"}
    refused(operator, operator.profile("p", account=account), "register-iso", "region")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nobody_there_and_no_tls_there(operator, practice, scheme):
    iam = practice.ready["endpoints"]["iam"]
    address = f"http://127.0.0.1:{closed_port()}" if scheme == "http" else iam.replace("http:", "https:")
    profile = operator.profile("p")
    endpoints = tomllib.loads(profile.read_text())["account"]["endpoints"]
    words = "127.0.0.1" if scheme == "http" else "TLS"
    profile = operator.profile("p", account={"endpoints": endpoints | {"iam": address}})
    failed = refused(operator, profile, "sign-in", words)
    assert failed["resources"] == []


@pytest.mark.parametrize(
    ("iso", "image", "words"),
    [
        ({"key": "gone.iso"}, {}, "missing"),
        ({"bucket": "-far-"}, {}, "region"),
        ({"bucket": "-odd-", "key": "too-large.iso"}, {}, "128"),
        ({}, {"os_version": "Nonsense 1"}, "version"),
    ],
    ids=["missing", "far", "too large", "os version"],
)
def test_iso_and_system_that_the_cloud_refuses(operator, practice, iso, image, words):
    if "bucket" in iso:
        iso = iso | {"bucket": next(b["name"] for b in practice.ready["buckets"] if iso["bucket"] in b["name"])}
    failed = refused(operator, operator.profile("p", iso=iso, image=image), "register-iso", words)
    assert failed["resources"] == []


@pytest.mark.parametrize(
    ("table", "answers", "words"),
    [
        ("iso", {"key": "README.txt"}, ".iso"),
        ("image", {"name": "no/slash"}, "“/”"),
        ("image", {"enterprise_project_id": "Golden images"}, "not the name"),
        ("account", {"proxy": "socks5://127.0.0.1:1080"}, "SOCKS is not supported"),
        ("account", {"like": "another"}, "is not a kind of cloud"),
        ("account", {"cloud": "nowhere"}, "is not a cloud of the list"),
    ],
)
def test_answers_that_no_cloud_takes(operator, table, answers, words):
    profile = operator.profile("p")
    changed = operator.profile("p", **{table: tomllib.loads(profile.read_text())[table] | answers})
    status, out, err = operator.do("run", changed)
    assert (status, out) == (2, [])
    assert words in err
    assert "What to do:" in err
    assert operator.do("runs", "--json")[1] == []


@pytest.mark.parametrize(
    ("rule", "stage", "words"),
    [
        ({"world": "quota-full", "resource": "image"}, "register-iso", "quota"),
        ({"world": "no-addresses"}, "launch-server", "address"),
        ({"job": "imsVolumeCreateImageJob", "action": "fail"}, "capture-disk", "failed"),
        ({"job": "createServer", "action": "hang"}, "launch-server", "did not end"),
    ],
    ids=["quota full", "no addresses", "job failed", "job hanging"],
)
def test_cloud_in_trouble_and_then_no_more(operator, practice, rule, stage, words):
    name = f"trouble-{stage}-{rule.get('action', 'world')}"
    practice.faults(rule)
    refused(operator, operator.profile(name), stage, words)
    practice.no_faults()
    if rule.get("action") == "hang":  # that server never comes: what there is of it goes
        assert operator.do("clean-up", "--yes")[0] == 0
        return
    done(operator)
    assert [image["name"] for image in practice.world()["images"]].count(name) == 1


def test_two_data_disks(operator, practice):
    practice.faults({"world": "extra-data-disk"})
    failed = refused(operator, operator.profile("two-disks"), "capture-disk", "disk")
    practice.no_faults()
    assert operator.do("clean-up", "--yes")[0] == 0
    assert not [s for s in practice.world()["servers"] if f"run={failed['run']}" in s.get("tags", [])]
