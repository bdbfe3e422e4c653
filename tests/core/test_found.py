"""What other programs have left on this computer: found, told with its origin, never an exception, never a secret."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isowright.cloud.login import KeyLogin, PasswordLogin, TokenLogin
from isowright.cloud.models import Secret
from isowright.found import find, fitting
from isowright.recipe import CUSTOM, Account

SECRET = "sEcReT-of-the-test"
MARK = "mArK-of-the-test-" * 20


def put(home, path, content):
    file = home / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def only(found):
    (finding,) = found
    return finding


# ---------------------------------------------------------------------------------------------------- environment


def test_nothing_is_nothing(tmp_path):
    assert find({}, tmp_path) == []
    assert find({"OS_REGION_NAME": "eu-de", "HW_REGION_NAME": "x", "HUAWEICLOUD_SDK_PROJECT_ID": "p"}, tmp_path) == []


def test_variables_of_the_sdk_of_terraform_and_of_openstack(tmp_path):
    sdk = {"HUAWEICLOUD_SDK_AK": "AK1", "HUAWEICLOUD_SDK_SK": SECRET, "HUAWEICLOUD_SDK_PROJECT_ID": "p1"}
    finding = only(find(sdk, tmp_path))
    assert finding.origin == "environment: HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK"
    assert finding.account == Account(cloud="huaweicloud", method="access_key", access_key="AK1", project_id="p1")
    assert finding.login == KeyLogin("AK1", Secret(SECRET))
    assert finding.fills == ("cloud", "access_key", "project_id", "secret_key")
    finding = only(find(sdk | {"HUAWEICLOUD_SDK_SECURITY_TOKEN": MARK}, tmp_path))
    assert (finding.account.method, finding.fills[-1]) == ("temporary_key", "security_token")
    terraform = {"HW_ACCESS_KEY": "AK2", "HW_SECRET_KEY": SECRET, "HW_REGION_NAME": "eu-de"}
    assert only(find(terraform, tmp_path)).account.cloud == "otc"  # the only cloud that has this region
    terraform = {
        "HW_USER_NAME": "kim",
        "HW_USER_PASSWORD": SECRET,
        "HW_DOMAIN_NAME": "acme",
        "HW_CLOUD": "otc.t-systems.com",
    }
    account = only(find(terraform, tmp_path)).account
    assert (account.cloud, account.domain, account.user, account.method) == ("otc", "acme", "kim", "password")
    openstack = {
        "OS_AUTH_URL": "https://iam.eu-nl.otc.t-systems.com:443/v3",
        "OS_USERNAME": "kim",
        "OS_PASSWORD": SECRET,
        "OS_USER_DOMAIN_NAME": "acme",
        "OS_PROJECT_NAME": "eu-nl_team",
    }
    finding = only(find(openstack, tmp_path))
    assert (finding.account.cloud, finding.account.region) == ("otc", "eu-nl")
    assert finding.account.project_name == "eu-nl_team"
    assert finding.login == PasswordLogin("acme", "kim", Secret(SECRET))
    token = only(find({"OS_AUTH_URL": "https://iam.eu-de.otc.t-systems.com/v3", "OS_TOKEN": MARK}, tmp_path))
    assert token.login == TokenLogin(Secret(MARK))
    assert len(find(sdk | terraform | openstack, tmp_path)) == 3


def test_half_a_key_and_a_user_without_password_are_told(tmp_path):
    finding = only(find({"HW_ACCESS_KEY": "AK", "HW_REGION_NAME": "cn-north-4"}, tmp_path))
    assert "secret key is missing" in finding.problem
    assert finding.remedy
    assert finding.account.access_key == "AK"
    assert finding.login is None
    finding = only(find({"OS_USERNAME": "kim", "OS_AUTH_URL": "https://keystone.example:5000/v3"}, tmp_path))
    assert "password is not there" in finding.problem
    assert finding.account.endpoints == {"iam": "https://keystone.example:5000"}
    assert finding.account.cloud == CUSTOM


# ---------------------------------------------------------------------------------------------------------- files

CLOUDS = """
clouds:
  office:
    auth:
      auth_url: https://iam.eu-de.otc.t-systems.com/v3
      username: kim
      user_domain_name: acme
      project_name: eu-de_office
    region_name: eu-de
    cacert: /etc/ssl/office.pem
  lab:
    profile: otc
    auth: {ak: AKLAB, sk: from-the-open}
    regions: [eu-nl]
  onprem:
    auth: {auth_url: "http://127.0.0.1:5000/v3", username: kim, password: 1234567890, domain_name: acme}
    region_name: r1
    compute_endpoint_override: http://127.0.0.1:8774/
  apps:
    auth_type: v3applicationcredential
    auth: {application_credential_id: x, application_credential_secret: SECRET}
  broken: 7
"""


def test_clouds_yaml_with_secrets_apart_from_it(tmp_path):
    put(tmp_path, ".config/openstack/clouds.yaml", CLOUDS.replace("SECRET", SECRET))
    put(tmp_path, ".config/openstack/secure.yaml", f"clouds: {{office: {{auth: {{password: {SECRET}}}}}}}")
    office, lab, onprem, apps, broken = find({}, tmp_path)
    assert office.origin == "~/.config/openstack/clouds.yaml, ~/.config/openstack/secure.yaml"
    assert office.login == PasswordLogin("acme", "kim", Secret(SECRET))
    assert (office.account.region, office.account.project_name) == ("eu-de", "eu-de_office")
    assert office.account.ca_file == "/etc/ssl/office.pem"
    assert (lab.account.cloud, lab.account.region, lab.account.access_key) == ("otc", "eu-nl", "AKLAB")
    assert onprem.login.password == Secret("1234567890")  # YAML took it for a number
    assert onprem.account.endpoints == {"iam": "http://127.0.0.1:5000", "ecs": "http://127.0.0.1:8774"}
    assert "v3applicationcredential" in apps.problem
    assert not apps.usable
    assert broken.problem
    assert find({"OS_CLOUD": "lab"}, tmp_path)[0].title == "clouds.yaml: lab"
    assert SECRET not in repr(find({}, tmp_path))


def test_clouds_yaml_is_looked_for_where_openstack_does(tmp_path):
    named = put(tmp_path, "elsewhere/mine.yaml", "clouds: {a: {auth: {username: named}}}")
    put(tmp_path, "work/clouds.yml", "clouds: {a: {auth: {username: here}}}")
    put(tmp_path, "xdg/openstack/clouds.json", {"clouds": {"a": {"auth": {"username": "xdg"}}}})
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    assert only(find(environ, tmp_path)).account.user == "xdg"
    assert only(find(environ, tmp_path, tmp_path / "work")).account.user == "here"
    environ["OS_CLIENT_CONFIG_FILE"] = str(named)
    assert only(find(environ, tmp_path, tmp_path / "work")).account.user == "named"


def test_koocli(tmp_path):
    profiles = [
        {"name": "default", "mode": "AKSK", "accessKeyId": "AK1", "secretAccessKey": SECRET, "region": "cn-north-4"},
        {"name": "hasty", "accessKeyId": "HST", "secretAccessKey": SECRET, "securityToken": MARK, "projectId": "p9"},
        {"name": "on-server", "mode": "ecsAgency", "region": "eu-west-101"},
    ]
    put(tmp_path, ".hcloud/config.json", {"current": "hasty", "profiles": profiles})
    hasty, default, server = find({}, tmp_path)
    assert (hasty.title, hasty.account.method, hasty.account.project_id) == ("KooCLI: hasty", "temporary_key", "p9")
    assert default.account.region == "cn-north-4"
    assert default.login == KeyLogin("AK1", Secret(SECRET))
    assert "ecsAgency" in server.problem


def test_encrypted_koocli_values_are_recognised(tmp_path):
    profile = {
        "name": "default",
        "mode": "AKSK",
        "accessKeyId": "9a8f",
        "secretAccessKey": "77ce",
        "region": "la-north-2",
    }
    put(tmp_path, ".hcloud/config.json", {"current": "default", "authEncrypt": "true", "profiles": [profile]})
    finding = only(find({}, tmp_path))
    assert "encrypted" in finding.problem
    assert finding.login is None
    assert finding.fills == ("cloud", "region")
    assert finding.account.access_key == ""


def test_the_sdks_file(tmp_path):
    put(
        tmp_path,
        ".huaweicloud/credentials",
        f"[basic]\nak = AK\nsk = {SECRET}%x\nproject_id=p1\n[global]\nak=G\nsk=g\n",
    )
    finding = only(find({}, tmp_path))
    assert finding.origin == "~/.huaweicloud/credentials"
    assert finding.login == KeyLogin("AK", Secret(SECRET + "%x"))
    assert finding.account.project_id == "p1"
    other = put(
        tmp_path, "other", "[basic]\nak=A2\nsk=s2\nsecurity_token=t2\niam_endpoint=https://iam.myhuaweicloud.eu\n"
    )
    account = only(find({"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(other)}, tmp_path)).account
    assert (account.access_key, account.method) == ("A2", "temporary_key")
    assert account.cloud not in ("", "huaweicloud", CUSTOM)
    put(tmp_path, ".huaweicloud/credentials", "[basic]\nidp_id=x\nid_token_file=/y\n")
    assert "identity provider" in only(find({}, tmp_path)).problem


# --------------------------------------------------------------------------------------------------------- damage

FILES = (
    ".config/openstack/clouds.yaml",
    ".config/openstack/secure.yaml",
    ".hcloud/config.json",
    ".huaweicloud/credentials",
)


@pytest.mark.parametrize(
    "content",
    [
        f"password: [{SECRET}",
        f"{SECRET}\x00",
        "[" * 5000 + SECRET,
        "x" * 300_000 + SECRET,
        f"- {SECRET}",
        f"clouds: {SECRET}",
        f"clouds: {{a: {{auth: 2026-99-99, x: {SECRET}}}}}",
        "",
    ],
    ids=["cut", "binary", "deep", "huge", "list", "word", "date", "empty"],
)
def test_damaged_files_are_told_without_what_stands_in_them(tmp_path, content):
    put(tmp_path, FILES[0], "clouds: {}")
    for path in FILES[1:] if content else FILES:
        put(tmp_path, path, content)
    found = find({}, tmp_path)
    assert len(found) >= 3
    for finding in found:
        assert finding.problem
        assert finding.remedy
        assert finding.login is None
        assert SECRET not in f"{finding.origin} {finding.title} {finding.problem} {finding!r}"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the administrator may read everything")
def test_a_file_that_may_not_be_read_is_told(tmp_path):
    put(tmp_path, FILES[3], "[basic]").chmod(0)
    assert "cannot be used" in only(find({}, tmp_path)).problem


def test_a_folder_in_place_of_a_file_is_told(tmp_path):
    (tmp_path / FILES[2]).mkdir(parents=True)
    assert "cannot be used" in only(find({}, tmp_path)).problem


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "clouds",
                    "auth",
                    "auth_url",
                    "username",
                    "profiles",
                    "name",
                    "region",
                    "accessKeyId",
                    "mode",
                    "regions",
                    "x",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(data=JSON, environ=st.dictionaries(st.sampled_from(["OS_AUTH_URL", "OS_USERNAME", "HW_ACCESS_KEY"]), st.text()))
def test_whatever_stands_there_ends_in_findings(tmp_path_factory, data, environ):
    home = tmp_path_factory.mktemp("home")
    for path in FILES[:3]:
        put(home, path, json.dumps({"clouds": data, "profiles": data} if isinstance(data, dict | list) else data))
    for finding in find(environ, home):
        assert finding.usable or finding.problem


# -------------------------------------------------------------------------------------------------------- fitting


def test_a_secret_goes_to_its_own_cloud_and_user_alone(tmp_path):
    environ = {
        "OS_AUTH_URL": "https://iam.eu-de.otc.t-systems.com/v3",
        "OS_USERNAME": "kim",
        "OS_PASSWORD": SECRET,
        "OS_DOMAIN_NAME": "acme",
        "HW_ACCESS_KEY": "AK",
        "HW_SECRET_KEY": SECRET,
    }
    found = find(environ, Path(tmp_path))
    mine = Account(cloud="otc", region="eu-de", domain="acme", user="kim")
    assert fitting(found, mine).title == "OpenStack"
    key = Account(cloud="otc", region="eu-de", method="access_key", access_key="AK")
    assert fitting(found, key).title == "Terraform"
    others = (
        Account(cloud="huaweicloud", region="eu-de", domain="acme", user="kim"),
        Account(cloud="otc", region="eu-de", domain="acme", user="lee"),
        Account(cloud="otc", region="eu-de", domain="evil", user="kim"),
        Account(cloud=CUSTOM, region="eu-de", domain="acme", user="kim", endpoints={"iam": "https://evil.example"}),
        Account(cloud="otc", region="eu-de", method="access_key", access_key="OTHER"),
        Account(cloud="otc", region="eu-de", method="temporary_key"),
        Account(cloud="otc", region="eu-de", method="token"),
    )
    assert [fitting(found, other) for other in others] == [None] * len(others)
