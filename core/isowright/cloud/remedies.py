"""From a code to its row: what each code of the clouds means to an operator, and what to do about it."""

from __future__ import annotations

from isowright.cloud.remedies_access import ACCESS
from isowright.cloud.remedies_build import IMAGES, OBJECTS, SERVERS
from isowright.cloud.remedies_network import NETWORKS
from isowright.cloud.remedy_case import Case

_ALL = ACCESS | IMAGES | SERVERS | NETWORKS | OBJECTS

# Codes that share a row.
_SAME = {
    "wrong-password": "IAM.0062",
    "dead-token": "APIGW.0307 IAM.0001 IAM.0066 IAM.0067 Common.0013 EVS.0002 IMG.0087",
    "gateway-auth": "APIGW.0301",
    "forbidden": "IAM.0002 IAM.0003 APIGW.0302 APIGW.0802 Pdp.0001 EVS.0003 IMG.0026 Ecs.0003",
    "address-refused": "APIGW.0401 APIGW.0402 APIGW.0404",
    "restricted": "Ecs.0066 Ecs.0067 Ecs.0068 Ecs.0069 Ecs.0070 Ecs.0071 Ecs.0110 IMG.0238 IMG.0239 IMG.0241 IMG.0242"
    " APIGW.0502 InArrearOrInsufficientBalance NotSignedUp",
    "wrong-host": "APIGW.0101 APIGW.0103 APIGW.0104 APIGW.0105 APIGW.0106 APIGW.0303 APIGW.0304 APIGW.0305 APIGW.0306",
    "project-mismatch": "Ecs.0023 Common.0018 APIGW.0310 EVS.0001 IMG.0030 IMG.0067",
    "IAM.0083": "APIGW.0801",
    "unknown-project": "IAM.0004",
    "throttled": "APIGW.0308 APIGW.0501 IAM.0012 Common.0024 Common.1503 SlowDown ServiceUnavailable APIGW.0613",
    "server": "APIGW.0601 APIGW.0605 APIGW.0606 APIGW.0608 APIGW.0609 APIGW.0610 APIGW.0611 APIGW.0705 IAM.0020"
    " Common.0001 Common.0025 InternalError Ecs.0302",
    "backend": "Ecs.1000 Ecs.1001 Ecs.1002 Ecs.1200 Ecs.1201 Ecs.1300",
    "image-busy": "IMG.0008 IMG.0010 IMG.0046 IMG.0110 IMG.0020 IMG.0021 IMG.0022 IMG.0120",
    "image-server": "IMG.0018 IMG.0061 IMG.0154 IMG.0156 IMG.1075",
    "IMG.0092": "IMG.0093 IMG.0094",
    "IMG.0144": "IMG.0027 IMG.0086",
    "IMG.0005": "IMG.0012",
    "server-quota": "Ecs.0001",
    "network-busy": "VPC.0104 VPC.0206 VPC.0208 VPC.0209 VPC.0210 VPC.0211",
    "subnet-range": "VPC.0203 VPC.0204 VPC.0212",
    "network-mix": "Ecs.0014 Ecs.0039 Ecs.0064",
    "image-flavor": "Ecs.0007 Ecs.0008",
    "sold-out": "Ecs.0018 Ecs.0019 Ecs.0319",
    "flavor-barred": "Ecs.0016 Ecs.0027 Ecs.0028 Ecs.0029",
    "disk-unfit": "Ecs.0015 Ecs.0909",
    "create-failed": "Ecs.0201 Ecs.0202 Ecs.0203 Ecs.0204 Ecs.0205 Ecs.0219",
    "roll-back": "Ecs.0401 Ecs.0402 Ecs.0403 Ecs.0404 Ecs.0405",
    "tags": "Ecs.0905 Ecs.0906 Ecs.0907 Ecs.0908",
    "bad-parameter": "Ecs.0000 Ecs.0005",
    "signature": "SignatureDoesNotMatch TooManyWrongSignature",
    "clock": "RequestTimeTooSkewed",
    "unknown-key": "InvalidAccessKeyId",
    "expired-keys": "ExpiredToken InvalidToken SecurityTokenExpired InvalidSecurityToken",
    "other-host": "PermanentRedirect TemporaryRedirect",
    "AccessDenied": "AllAccessDisabled",
    "NoSuchKey": "NoSuchVersion",
    "damaged-part": "BadDigest IncompleteBody RequestTimeout InvalidDigest",
    "parts": "InvalidPart InvalidPartOrder EntityTooSmall EntityTooLarge MalformedXML",
    "bucket-full": "InsufficientStorageSpace QuotaExceeded",
}

_BY_CODE = {code: _ALL[row] for row, codes in _SAME.items() for code in codes.split()}


def case_of(code: str) -> Case | None:
    """The row for a cloud's code or one of this table's own names; None if it is in no table."""
    if code.startswith("APIG."):  # Huawei Cloud Stack's spelling of APIGW
        code = "APIGW." + code.removeprefix("APIG.")
    return _BY_CODE.get(code) or _ALL.get(code)
