"""Our signatures beside those of the official signers, on generated requests: byte for byte the same.

Both also go before the practice cloud's verifier, which was written from the published description alone.
"""

import copy
import warnings
from urllib.parse import quote

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from obs import const
from obs.auth import Authentication
from obs.convertor import Adapter

from isowright.cloud import obs_sign, sign
from isowright.practice.signatures import (
    Claim,
    Signed,
    obs_signature_is_good,
    read_obs_claim,
    read_sdk_claim,
    sdk_signature_is_good,
)

MANY = settings(max_examples=1000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))

# Odd on purpose: what must be encoded and what must not, encoded already, halves of encodings, accents, CJK, emoji.
PIECES = st.sampled_from(
    [
        "a",
        "Z9",
        "-._~",
        "~",
        " ",
        "+",
        "%",
        "%20",
        "%2F",
        "%zz",
        "%C3%BC",
        "!'()*",
        "&=?#",
        ":@;,$",
        "ü",
        "镜像",
        "🖴",
        ".",
    ]
)
TEXT = st.lists(PIECES | st.text(st.characters(codec="utf-8", min_codepoint=32), max_size=4), max_size=5).map("".join)
SEGMENT = TEXT.map(lambda text: text.replace("/", ""))
PATH = st.lists(SEGMENT, max_size=5).map(lambda segments: "/" + "/".join(segments)) | st.sampled_from(
    ["/", "//", "/v1//x/"]
)
PAIRS = st.lists(st.tuples(TEXT, TEXT | st.just("")), max_size=4)
# Some of the pairs twice.
QUERY = st.tuples(PAIRS, st.integers(0, 2)).map(lambda drawn: drawn[0] + drawn[0][: drawn[1]])
# As HTTP can carry them: no line breaks; blanks at the ends are not part of a value.
VALUE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
KEY = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
HEADERS = st.fixed_dictionaries(
    {
        "Host": st.sampled_from(
            ["ims.ap-southeast-3.myhuaweicloud.com", "127.0.0.1:8443", "iam.eu-de.otc.t-systems.com"]
        )
    },
    optional={
        "X-Project-Id": VALUE,
        "X-Domain-Id": VALUE,
        "X-Security-Token": KEY,
        "X-Language": st.just("en-us"),
        "User-Agent": VALUE,
        "X_Under_Score": VALUE,
        "Content-Type": st.sampled_from(["application/json", "application/json;charset=UTF-8"]),
    },
)
DATE = st.datetimes().map(lambda moment: moment.replace(year=2000 + moment.year % 100).strftime(sign.DATE_FORMAT))
BODY = st.just(b"") | st.binary(max_size=80) | TEXT.map(str.encode)
METHOD = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])


@MANY
@given(METHOD, PATH, QUERY, HEADERS, DATE, BODY, KEY, KEY)
@example(
    "GET", "/v2/a%2Fb/c", [("tag", "app=x"), ("tag", ""), ("tag", "")], {"Host": "h"}, "20261123T120000Z", b"", "A", "S"
)
@example("POST", "/", [], {"Host": "h", "X-Security-Token": "t=="}, "20261123T120000Z", b"{}", "A", "S")
def test_requests_of_the_gateway(method, path, query, headers, date, body, access, secret):
    headers = {**headers, sign.DATE_HEADER: date}
    ours = sign.authorization(access, secret, method, path, query, headers, body)
    request = SdkRequest(
        method=method,
        schema="https",
        host=headers["Host"],
        resource_path=path,
        query_params=copy.deepcopy(query),
        header_params=dict(headers),
        body=body,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        theirs = Signer(BasicCredentials(access, secret, "p")).sign(request)
    assert ours == theirs.header_params["Authorization"]
    # What goes out is what was signed: the query byte for byte.
    assert sign.encode_query(query) == theirs.uri.removeprefix(path).removeprefix("?")
    if "," not in access and " " not in access:  # no real key has them, and the header would be read otherwise
        wire = Signed(method, path, sign.encode_query(query), {k.lower(): v.strip() for k, v in headers.items()}, body)
        claim = read_sdk_claim(ours)
        assert sdk_signature_is_good(wire, claim, secret)
        assert not sdk_signature_is_good(wire, claim, secret + "x")
        assert not sdk_signature_is_good(
            Signed(wire.method, path, wire.query, wire.headers, body + b" "), claim, secret
        )


BUCKET = st.sampled_from(["", "bucket", "my-isos.2026"])
OBJECT_KEY = SEGMENT.filter(lambda key: key not in ("", ".", ".."))
SUB_RESOURCES = st.dictionaries(
    st.sampled_from(["uploads", "uploadId", "partNumber", "versionId", "acl", "location", "prefix", "marker"]),
    st.none() | st.text("abcXYZ019-_.", min_size=1, max_size=8),
    max_size=3,
)
OBJECT_HEADERS = st.fixed_dictionaries(
    {"Date": st.just("Mon, 23 Nov 2026 12:00:00 GMT")},
    optional={
        "x-obs-security-token": KEY,
        "x-obs-storage-class": st.sampled_from(["STANDARD", "WARM"]),
        "x-obs-bucket-type": st.just("OBJECT"),
        "Content-MD5": st.just("1B2M2Y8AsgTpgAmY7PhCfg=="),
        "Content-Type": st.sampled_from(["application/xml", "application/octet-stream"]),
        "Range": st.just("bytes=0-1"),
    },
)


@MANY
@given(
    METHOD,
    st.sampled_from(["", "bucket", "my-isos.2026"]),
    OBJECT_KEY | st.just(""),
    SUB_RESOURCES,
    OBJECT_HEADERS,
    KEY,
)
def test_requests_of_the_object_service(method, bucket, key, query, headers, secret):
    key = key if bucket else ""
    ours = obs_sign.authorization("AKEXAMPLE", secret, method, bucket, key, query, headers)
    theirs = Authentication("AKEXAMPLE", secret, False, Adapter(const.OBS_SIGNATURE), "obs.example.com", False)
    assert ours == theirs.doAuth(method, bucket, key, dict(query), dict(headers))[const.AUTHORIZATION_HEADER]
    wire = Signed(
        method,
        f"/{bucket}/{obs_sign.encode_key(key)}" if bucket else "/",
        "&".join(name if value is None else f"{name}={quote(value)}" for name, value in query.items()),
        {name.lower(): value for name, value in headers.items()},
        b"",
    )
    scheme, claim = read_obs_claim(ours)
    assert obs_signature_is_good(wire, claim, secret, scheme=scheme)
    assert not obs_signature_is_good(wire, Claim(claim.access, claim.signature), secret + "x", scheme=scheme)
