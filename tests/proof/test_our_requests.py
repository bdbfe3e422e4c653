"""What our program sends, held against the official SDK: each call must be one that the SDK has, each body must fit the
model of its request, and each query parameter must be one of its own."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from practice_process import environment, isowright_python
from relay import Relay
from sdk_calls import calls, candidates
from sdk_check import against_model, differences

# Not the SDK's, but documented elsewhere: call or finding → where.
KNOWN = {
    # The model's own text says that a quick export cannot name one.
    "ExportImageRequestBody.file_format is mandatory in ExportImageRequestBody": "IMS API reference, export",
    # OpenStack Identity wants a project's name with its account; Terraform's providers send it to all these clouds.
    "PwdAuth.scope.project.domain is not in the model AuthScopeProject": "Keystone API v3",
}
LAST_STAGES = """
[after]
test_boot = "log"
tags = {{ stage = "gold" }}
min_ram = 2048
max_ram = 8192
share_with = ["0123456789abcdef0123456789abcdef"]
copy_region = "practice-2"
copy_agency = "ims_copy_image"
export_bucket = "{bucket}"
export_key = "proof.qcow2"
export_format = "qcow2"
"""


@pytest.fixture(scope="module")
def seen(practice, tmp_path_factory):
    """All requests of a whole run with a password, and each call of our client, signed with a key."""
    relay = Relay(practice.endpoints | practice.elsewhere)
    folder = tmp_path_factory.mktemp("ours")
    try:
        run(practice, relay, folder)
        call_all(practice, relay, folder)
    finally:
        relay.close()
    return relay.seen


def run(practice, relay, folder):
    profile = folder / "proof.toml"
    profile.write_text(profile_text(practice, relay.endpoints))
    more = {"HOME": folder, "ISOWRIGHT_HOME": folder / "home", "ISOWRIGHT_PASSWORD": practice.password}
    command = [isowright_python(), "-m", "isowright.cli.main", "run", profile, "--json"]
    process = subprocess.Popen(
        command,
        env=environment(ISOWRIGHT_SPEED="150", **{name: str(value) for name, value in more.items()}),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = []
    with process:
        for line in process.stdout:
            said.append(line)
            event = json.loads(line) if line.startswith("{") else {}
            if (event.get("event"), event.get("stage")) == ("waiting", "install-os"):
                practice.finish_install(event["server_id"])
    assert process.returncode == 0, "".join(said)


def profile_text(practice, endpoints):
    """The ready profile, by way of the relay."""
    text = Path(practice.profile).read_text()
    table = tomllib.loads(text)["account"]["endpoints"]
    for service, url in table.items():
        text = text.replace(url, endpoints[service])
    text += LAST_STAGES.format(bucket=practice.bucket["name"])
    return re.sub(r"practice-image", "proof-of-requests", text)


def call_all(practice, relay, folder):
    facts = {
        "endpoints": relay.endpoints,
        "region": practice.region,
        "access_key": practice.access_key,
        "secret_key": practice.secret_key,
        "domain": practice.domain,
        "user": practice.user,
        "password": practice.password,
        "bucket": practice.bucket["name"],
        "key": practice.iso,
    }
    subprocess.run(
        [isowright_python(), Path(__file__).with_name("every_call.py")],
        input=json.dumps(facts),
        env=environment(HOME=str(folder)),
        text=True,
        check=True,
    )


def findings(exchange):
    """Sentences about a request that no call of the SDK could have sent."""
    where = f"{exchange.method} {exchange.service}{exchange.path}"
    fitting = candidates(exchange.service, exchange.method, exchange.path)
    if not fitting:
        return [f"{where} is no call of the SDK"]
    return min((wrong(exchange, call, where) for call in fitting), key=len)


def wrong(exchange, call, where):
    found = [f"{where}: no parameter {name}" for name, _ in exchange.query if name not in call.names]
    if exchange.body and call.body is None:
        return [*found, f"{where} has a body"]
    if not exchange.body:
        return found
    body = against_model(json.loads(exchange.body), call.body, call.models, call.body)
    body = [re.sub(r"^\w+RequestBody\.auth", "PwdAuth", sentence) for sentence in body]
    return found + [f"{where}: {sentence}" for sentence in body if sentence not in KNOWN]


def gateway(seen):
    return [exchange for exchange in seen if exchange.service != "obs"]


def test_each_request_is_one_of_the_sdk(seen):
    assert sorted({sentence for exchange in gateway(seen) for sentence in findings(exchange)}) == []


def test_enough_was_seen(seen):
    """Every service, every kind of change, and both proofs of who asks."""
    kinds = {
        (call.response.__module__.split(".")[0].removeprefix("huaweicloudsdk"), call.response.__name__)
        for exchange in gateway(seen)
        for call in candidates(exchange.service, exchange.method, exchange.path)
    }
    must = {
        ("ims", "CreateImageResponse"),
        ("ims", "ListImagesResponse"),
        ("ims", "GlanceDeleteImageResponse"),
        ("ims", "ListOsVersionsResponse"),
        ("ims", "BatchAddMembersResponse"),
        ("ims", "ListImageMembersResponse"),
        ("ims", "BatchAddOrDeleteTagsResponse"),
        ("ims", "UpdateImageResponse"),
        ("ims", "CopyImageCrossRegionResponse"),
        ("ims", "ExportImageResponse"),
        ("ecs", "ShowServerConsoleOutputResponse"),
        ("ecs", "CreatePostPaidServersResponse"),
        ("ecs", "ShowServerResponse"),
        ("ecs", "BatchStopServersResponse"),
        ("ecs", "BatchStartServersResponse"),
        ("ecs", "DeleteServersResponse"),
        ("ecs", "ShowServerRemoteConsoleResponse"),
        ("ecs", "UpdateServerAutoTerminateTimeResponse"),
        ("ecs", "UpdateServerBlockDeviceResponse"),
        ("evs", "BatchCreateVolumeTagsResponse"),
        ("evs", "DeleteVolumeResponse"),
        ("ecs", "ListFlavorsResponse"),
        ("ecs", "ListServersByTagResponse"),
        ("evs", "ListVolumesResponse"),
        ("evs", "CinderListVolumeTypesResponse"),
        ("vpc", "ListVpcsResponse"),
        ("vpc", "ListSubnetsResponse"),
        ("vpc", "CreateVpcResponse"),
        ("vpc", "CreateSubnetResponse"),
        ("vpc", "DeleteVpcResponse"),
        ("vpc", "DeleteSubnetResponse"),
        ("vpc", "BatchCreateVpcTagsResponse"),
        ("vpc", "BatchCreateSubnetTagsResponse"),
        ("vpc", "ShowVpcTagsResponse"),
        ("vpc", "ShowQuotaResponse"),
        ("eps", "ListEnterpriseProjectResponse"),
        ("iam", "KeystoneCreateUserTokenByPasswordResponse"),
        ("iam", "CreateTemporaryAccessKeyByTokenResponse"),
        ("iam", "KeystoneListProjectsResponse"),
    }
    assert must - kinds == set()
    assert {"obs"} < {exchange.service for exchange in seen}
    proofs = {bool(exchange.headers.get("x-auth-token")) for exchange in gateway(seen)}
    assert proofs == {True, False}


def test_headers_are_those_of_the_sdk(seen):
    """JSON is called JSON, and a key's requests name the project wherever the path does."""
    for exchange in gateway(seen):
        if exchange.body:
            assert exchange.headers["content-type"].startswith("application/json")
        signed = exchange.headers.get("authorization", "")
        if signed.startswith("SDK-HMAC-SHA256") and exchange.service not in ("iam", "eps"):
            assert exchange.headers["x-project-id"]
            assert "x-project-id" in signed.split("SignedHeaders=")[1].split(",")[0].split(";")


def test_services_of_the_account_are_asked_as_the_sdk_does(seen):
    """Signed, with the account's id: with a lasting key, and with one that a token has made."""
    asked = [exchange for exchange in seen if exchange.service == "eps"]
    assert {exchange.status for exchange in asked} == {200}
    assert {"x-security-token" in exchange.headers for exchange in asked} == {True, False}
    for exchange in asked:
        signed = exchange.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        assert "x-domain-id" in signed
        assert "x-project-id" not in exchange.headers
        assert "x-auth-token" not in exchange.headers


def test_answers_to_our_requests_fit_their_models(seen):
    """The other half: what our program is given by the practice cloud is what the SDK would have read."""
    said = set()
    for exchange in gateway(seen):
        if exchange.status >= 300 or not exchange.answer or not exchange.answer.startswith((b"{", b"[")):
            continue
        raw = json.loads(exchange.answer)
        fitting = candidates(exchange.service, exchange.method, exchange.path)
        said |= set(min((differences(raw, call.response) for call in fitting), key=len, default=[]))
    assert sorted(said) == []


def test_the_index_of_calls_is_whole():
    """Of the tools: a call that was made up is none of the SDK's, a changed body is noticed."""
    for service, least in (("ecs", 100), ("ims", 50), ("iam", 140), ("evs", 60), ("vpc", 200), ("eps", 15)):
        assert len(calls(service)) >= least
    assert candidates("ecs", "POST", "/v1/p/cloudservers/none") == []
    (call,) = candidates("ims", "POST", "/v2/cloudimages/action")
    good = {"name": "x", "type": "IsoImage", "min_disk": 40, "image_tags": [{"key": "a", "value": "b"}]}
    assert against_model(good, call.body, call.models, "body") == []
    assert len(against_model(good | {"min_disk": "40", "os_typ": "Linux"}, call.body, call.models, "body")) == 2
