"""Whatever a cloud or something in between answers: a typed value or an AppError, never anything else."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isowright.cloud import ecs_wire, eps, evs, iam_wire, ims, obs_sign, obs_wire, sign, vpc
from isowright.cloud.explain import error_in
from isowright.cloud.job_wire import read_job, read_job_id
from isowright.cloud.models import Flavor, Image
from isowright.cloud.redact import redact
from isowright.cloud.remedies import _SAME, case_of
from isowright.cloud.remedies_access import ACCESS
from isowright.cloud.remedies_build import IMAGES, OBJECTS, SERVERS
from isowright.cloud.remedies_network import NETWORKS
from isowright.cloud.wire import Answer, UnreadableError, complaint, decode
from isowright.errors import AppError, CloudError, ForbiddenError, SoldOutError
from isowright.flow import STEPS

READERS = [
    read_job,
    read_job_id,
    ecs_wire.read_created,
    ecs_wire.read_server,
    ecs_wire.read_servers,
    ecs_wire.read_devices,
    ecs_wire.read_flavors,
    ecs_wire.read_limits,
    ecs_wire.read_zones,
    ecs_wire.read_console,
    ecs_wire.read_tagged,
    eps.read_projects,
    evs.read_volume,
    evs.read_volumes,
    evs.read_types,
    iam_wire.read_token,
    iam_wire.read_projects,
    iam_wire.read_domains,
    iam_wire.read_temporary_keys,
    ims.read_images,
    ims.read_os_versions,
    ims.read_quota,
    obs_wire.read_buckets,
    obs_wire.read_page,
    vpc.read_vpcs,
    vpc.read_subnets,
    vpc.read_groups,
]

NAMES = [
    "servers",
    "server",
    "flavors",
    "images",
    "image",
    "volumes",
    "volume",
    "volume_types",
    "id",
    "name",
    "status",
    "size",
    "ram",
    "vcpus",
    "job_id",
    "entities",
    "sub_jobs",
    "error",
    "code",
    "message",
    "error_code",
    "error_msg",
    "absolute",
    "quotas",
    "resources",
    "type",
    "used",
    "token",
    "expires_at",
    "user",
    "domain",
    "os_extra_specs",
    "metadata",
    "tags",
    "attachments",
    "bootIndex",
    "availabilityZoneInfo",
    "zoneName",
    "zoneState",
    "remote_console",
    "url",
    "process_percent",
    "fail_reason",
    "projects",
    "vpcs",
    "subnets",
    "security_groups",
    "enterprise_projects",
    "version_list",
    "details",
]

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(NAMES)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=25,
)


def body_of(value: Any) -> bytes:
    def clean(v):
        if isinstance(v, float) and not math.isfinite(v):
            return 0
        if isinstance(v, int) and not isinstance(v, bool) and abs(v) >= 2**63:
            return str(v)
        if isinstance(v, list):
            return [clean(i) for i in v]
        if isinstance(v, dict):
            return {k: clean(i) for k, i in v.items()}
        return v

    return msgspec.json.encode(clean(value))


def answer(body, status=200, service="ecs", path="/x", **headers):
    return Answer(service=service, method="GET", path=path, status=status, headers=headers, body=body)


bodies = values.map(body_of) | st.binary(max_size=200) | st.just(b"") | st.just(b"[" * 5000) | st.just(b"1e999")


@given(body=bodies)
def test_any_body_is_read_or_refused(body):
    for read in READERS:
        try:
            read(answer(body))
        except AppError as error:
            assert error.remedy  # noqa: PT017  # nothing but this may come out


@given(
    body=bodies,
    status=st.integers(100, 599),
    service=st.sampled_from(["iam", "ims", "ecs", "evs", "vpc", "obs", "eps"]),
    path=st.sampled_from(["/v3/auth/tokens", "/bucket", "/bucket/key", "/v1/p/cloudservers"]),
)
def test_any_error_has_words(body, status, service, path):
    error = error_in(answer(body, status, service, path, **{"content-type": "application/xml"}))
    if not 200 <= status < 300:
        assert error is not None
    if error is not None:
        assert error.title
        assert error.remedy
        assert error.action


@given(text=st.text(max_size=200), secret=st.text(min_size=8, max_size=40))
def test_known_secrets_are_hidden_anywhere(text, secret):
    assert secret not in redact(f"{text}{secret}{text}", [secret]) or secret in "***"


@pytest.mark.parametrize(
    "text",
    [
        "X-Auth-Token: S3CRETS3CRET",
        '{"auth":{"password":{"user":{"password":"S3CRETS3CRET"}}}}',
        "{'secret': 'S3CRETS3CRET'}",
        '"securitytoken" : "S3CRET\\"S3CRET"',
        "https://console.example/vnc_auto.html?token=S3CRETS3CRET&lang=EN",
        "Authorization: SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=S3CRETS3CRET",
        "canonicalRequest:GET|/v1|host:h|x-security-token:S3CRETS3CRET||host",
        "http://user:S3CRETS3CRET@proxy:3128",
    ],
)
def test_patterns_of_secrets(text):
    assert "S3CRET" not in redact(text)


# --- canonical forms -----------------------------------------------------------------------------


@given(path=st.text(max_size=40), pairs=st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=5))
def test_canonical_forms_are_stable(path, pairs):
    once = sign.encode_path("/" + path.replace("%", ""))
    assert sign.encode_path(once) == once
    query = sign.encode_query(pairs)
    assert sign.encode_query(reversed(pairs)) == query
    assert set(query) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%&=")
    headers = {"Host": "h", "X-Sdk-Date": "20261123T120000Z", "x_left": "out"}
    canonical = sign.canonical_request("get", "/" + path.replace("%", ""), pairs, headers, b"")
    assert canonical.split("\n")[1].endswith("/")
    assert "x_left" not in canonical


@given(key=st.text(min_size=1, max_size=40))
def test_keys_survive_the_way(key):
    from urllib.parse import unquote

    try:
        key.encode()
    except UnicodeEncodeError:
        return
    assert unquote(obs_sign.encode_key(key)) == key
    assert not {".", ".."} & set(obs_sign.encode_key(key).split("/"))


# --- decoding ------------------------------------------------------------------------------------


def test_types_may_wander():
    image = decode(
        answer(
            b'{"id": "i", "name": null, "status": "active", "min_disk": "40", "min_ram": "", "protected": "true",'
            b' "tags": [null, "a=b", 7], "__image_size": "12.0", "unknown": {}}'
        ),
        Image,
    )
    assert (image.name, image.min_disk, image.min_ram, image.protected) == ("", 40, 0, True)
    assert (image.tags, image.size) == (("a=b", "7"), 12)
    flavor = decode(
        answer(b'{"id":"f","name":"f","vcpus":"2","ram":"4096","os_extra_specs":{"a":1,"b":null,"c":true}}'), Flavor
    )
    assert (flavor.vcpus, flavor.ram, flavor.specs) == (2, 4096, {"a": "1", "c": "true"})
    servers = ecs_wire.read_servers(answer(b'{"servers": [null, 3, {"name": "no id"}, {"id": "s", "status": 5}]}'))
    assert [(s.id, s.name, s.status) for s in servers] == [("s", "", "5")]
    with pytest.raises(UnreadableError):
        ecs_wire.read_servers(answer(b"<html>"))


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b'{"error_code":"APIGW.0301","error_msg":"m","request_id":"r"}', "APIGW.0301", "m"),
        (b'{"errorCode":"X.0001","errorMsg":"m"}', "X.0001", "m"),
        (b'{"code":"VPC.0101","message":"m"}', "VPC.0101", "m"),
        (b'{"error":{"code":"IMG.0009","message":"m"}}', "IMG.0009", "m"),
        (b'{"error":{"message":"Ecs.0018","code":"sold out"}}', "Ecs.0018", "sold out"),  # swapped
        (b'{"error":{"code":401,"message":"m","title":"Unauthorized"}}', "", "m"),
        (b'{"NeutronError":{"type":"SubnetNotFound","message":"m","detail":""}}', "SubnetNotFound", "m"),
        (b'{"overLimit":{"code":413,"message":"m"}}', "", "m"),
        (b"<html><head><title>502 Bad Gateway</title></head><body>x</body></html>", "", "502 Bad Gateway"),
        (b"upstream connect error", "", "upstream connect error"),
        (b"", "", ""),
    ],
)
def test_shapes_of_errors(body, code, message):
    found = complaint(answer(body, 400))
    assert found is not None
    assert (found.code, found.message) == (code, message)


def test_errors_in_good_answers():
    flow = answer(b'{"error":{"code":"Common.0024","message":"flow control"}}', 202)
    assert error_in(flow).retryable
    query = answer(b'{"code":"Common.0011","message":"The jobId is invalid"}')
    assert error_in(query).code == "Common.0011"
    failed = answer(b'{"status":"FAIL","error_code":"IMG.0057","fail_reason":"x","entities":{}}')
    assert error_in(failed) is None  # a job that failed is a good answer
    with pytest.raises(UnreadableError):  # but one without status is no running job
        read_job(answer(b'{"job_id":"j"}'))
    assert error_in(answer(b'{"job_id":"j","error":null}')) is None


def test_head_errors_have_no_body():
    def head(status, path, **headers):
        return error_in(Answer(service="obs", method="HEAD", path=path, status=status, headers=headers))

    assert head(404, "/bucket").title == "The bucket does not exist."
    assert head(404, "/bucket/a/key.iso").title == "The object does not exist."
    assert isinstance(head(403, "/bucket"), ForbiddenError)
    coded = head(403, "/bucket", **{"x-obs-error-code": "RequestTimeTooSkewed", "x-obs-request-id": "R1"})
    assert (coded.title, coded.request_id) == ("This computer's clock is wrong.", "R1")


def test_object_data_is_never_taken_for_an_error():
    data = answer(b"<Error><Code>NoSuchKey</Code></Error>", 206, "obs", "/b/k", **{"content-type": "text/plain"})
    assert complaint(data) is None
    late = answer(b"<Error><Code>InternalError</Code></Error>", 200, "obs", **{"content-type": "application/xml"})
    assert complaint(late).code == "InternalError"
    with pytest.raises(UnreadableError):
        obs_wire.read_page(answer(b'<!DOCTYPE a [<!ENTITY b "c">]><ListBucketResult/>', 200, "obs"))


# --- the tables ----------------------------------------------------------------------------------


def test_every_row_is_complete():
    tables = (ACCESS, IMAGES, SERVERS, NETWORKS, OBJECTS)
    rows = {name: row for table in tables for name, row in table.items()}
    assert len(rows) == sum(len(table) for table in tables)
    for name, row in rows.items():
        assert row.title.endswith("."), name
        assert row.remedy.endswith("."), name
        kind, _, place = row.action.partition(":")
        assert kind in ("retry", "clean-up", "sign-in", "step"), name
        if kind == "step":
            assert place.split(".")[0] in STEPS, name
        assert issubclass(row.error, CloudError)
    listed = [code for codes in _SAME.values() for code in codes.split()]
    assert len(listed) == len(set(listed))
    assert not set(listed) & set(rows)
    assert all(name in rows for name in _SAME)


def test_codes_of_private_clouds():
    assert case_of("APIG.0308") is case_of("APIGW.0308")
    assert case_of("Ecs.0018").error is SoldOutError
    assert case_of("Ecs.9999") is None
