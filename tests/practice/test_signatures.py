"""Signatures: the published vectors, and requests that are signed well and badly."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from isowright.practice.signatures import (
    Claim,
    Signed,
    obs_signature_is_good,
    obs_string_to_sign,
    read_obs_claim,
    read_sdk_claim,
    sdk_canonical_request,
    sdk_signature_is_good,
)

DATA = Path(__file__).parents[1] / "data" / "api"
SDK = json.loads((DATA / "signing_vectors.json").read_text(encoding="utf-8"))
OBS = json.loads((DATA / "obs_signing_vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", SDK, ids=[v["name"] for v in SDK])
def test_sdk_vectors(vector):
    path, _, query = vector["uri"].partition("?")
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    method = vector["canonical_request"].split("\n")[0]
    request = Signed(method, path, query, headers, vector.get("body", "").encode())
    claim = read_sdk_claim(vector["headers"]["Authorization"])
    assert claim is not None
    assert claim.access == vector["ak"]
    assert sdk_canonical_request(request, claim.signed_headers) == vector["canonical_request"]
    assert sdk_signature_is_good(request, claim, vector["sk"])
    assert not sdk_signature_is_good(request, claim, vector["sk"] + "x")
    changed = Signed(method, path, query + "&x=1", headers, request.body)
    assert not sdk_signature_is_good(changed, claim, vector["sk"])


@pytest.mark.parametrize("vector", OBS, ids=[v["name"] for v in OBS])
def test_obs_vectors(vector):
    path = "/" + "/".join(quote(part) for part in (vector["bucket"] or "", vector["key"] or "") if part)
    pairs = (vector["query"] or {}).items()
    query = "&".join(name if value is None else f"{name}={quote(value, safe='')}" for name, value in pairs)
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    request = Signed(vector["method"], path, query, headers, b"")
    scheme, claim = read_obs_claim(vector["authorization"])
    assert scheme == "OBS"
    resource = path if vector["key"] or not vector["bucket"] else path + "/"
    assert obs_string_to_sign(request, "x-obs-", resource) == vector["string_to_sign"]
    assert obs_signature_is_good(request, claim, vector["sk"], scheme="OBS")
    assert not obs_signature_is_good(request, Claim(claim.access, "AAAA"), vector["sk"], scheme="OBS")


def test_signed_requests(cloud):
    body = json.dumps(cloud.iso_request()).encode()
    headers = {"Content-Type": "application/json", "X-Project-Id": cloud.project}
    answer = cloud.sdk_signed("ims", "POST", "/v2/cloudimages/action", body, headers=headers)
    assert answer.status_code == 200, answer.text
    query = "/v2/cloudimages?__imagetype=private&limit=10&name=debian-11-golden"
    assert len(cloud.sdk_signed("ims", "GET", query).json()["images"]) == 1
    assert cloud.sdk_signed("iam", "GET", "/v3/projects?name=practice-1").json()["projects"][0]["id"] == cloud.project
    other = cloud.sdk_signed("ims", "GET", "/v2/cloudimages", headers={"X-Project-Id": "0" * 32})
    assert (other.status_code, other.json()["error_code"]) == (403, "APIGW.0310")


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({"secret": "wrong"}, "verify aksk signature fail"),
        ({"access": "AKNOBODY"}, "ak AKNOBODY not exist"),
        ({"at": 1.0}, "signature expired, signature time:19700101T000001Z,server time:"),
    ],
)
def test_badly_signed_requests(cloud, how, text):
    answer = cloud.sdk_signed("ims", "GET", "/v2/cloudimages", **how)
    assert (answer.status_code, answer.json()["error_code"]) == (401, "APIGW.0301")
    assert text in answer.json()["error_msg"]


def test_many_wrong_signatures_lock_the_key(cloud, clock):
    for _ in range(6):
        cloud.sdk_signed("ims", "GET", "/v2/cloudimages", secret="wrong")
    assert "locked" in cloud.sdk_signed("ims", "GET", "/v2/cloudimages").json()["error_msg"]
    clock.advance(301)
    assert cloud.sdk_signed("ims", "GET", "/v2/cloudimages").status_code == 200


def test_badly_signed_object_requests(cloud):
    access = cloud.ready["access_key"]
    for keys, at, code in (
        ((access, "wrong", ""), None, "SignatureDoesNotMatch"),
        (("NOBODY", "wrong", ""), None, "InvalidAccessKeyId"),
        (None, cloud.clock.now - 1000, "RequestTimeTooSkewed"),
    ):
        answer = cloud.obs("GET", "/", keys=keys, at=at)
        assert answer.status_code == 403
        assert f"<Code>{code}</Code>" in answer.text
        assert answer.headers["x-obs-request-id"] in answer.text
    tokened = cloud.call("obs", "GET", "/")
    assert (tokened.status_code, "AccessDenied" in tokened.text) == (403, True)


def test_aws4_on_objects(cloud):
    """As the S3-compatible clients sign, written from the public description of the algorithm."""
    base = cloud.ready["endpoints"]["obs"]
    bucket = cloud.bucket["name"]
    moment = datetime.fromtimestamp(cloud.clock.now, UTC).strftime("%Y%m%dT%H%M%SZ")
    named = {"host": base.split("/")[2], "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-date": moment}
    names = ";".join(sorted(named))
    lines = "".join(f"{name}:{named[name]}\n" for name in sorted(named))
    canonical = f"GET\n/{bucket}/\nprefix=more%2F\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
    scope = f"{moment[:8]}/practice-1/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    for secret, status in ((cloud.ready["secret_key"], 200), ("wrong", 403)):
        key = b"AWS4" + secret.encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        mark = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        credential = f"{cloud.ready['access_key']}/{scope}"
        claim = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={mark}"
        answer = cloud.http.get(f"{base}/{bucket}/?prefix=more%2F", headers={**named, "Authorization": claim})
        assert answer.status_code == status, answer.text


def test_signed_link(cloud):
    expires = int(cloud.clock.now) + 60
    path = f"/{cloud.bucket['name']}/README.txt"
    made = hmac.new(cloud.ready["secret_key"].encode(), f"GET\n\n\n{expires}\n{path}".encode(), hashlib.sha1).digest()
    query = {
        "AccessKeyId": cloud.ready["access_key"],
        "Expires": str(expires),
        "Signature": base64.b64encode(made).decode(),
    }
    answer = cloud.http.get(cloud.ready["endpoints"]["obs"] + path, params=query)
    assert (answer.status_code, "practice cloud" in answer.text) == (200, True)
    cloud.clock.advance(61)
    assert cloud.http.get(cloud.ready["endpoints"]["obs"] + path, params=query).status_code == 403
