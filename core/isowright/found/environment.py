"""What the environment of this process holds for other programs: the official SDKs, Terraform's providers, OpenStack's
clients.

Source: user guides of the Huawei Cloud SDKs (environment variables), the documentation of the Terraform providers
huaweicloud and opentelekomcloud, that of openstacksdk.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from isowright.found.finding import Fields, Finding, make, text

_ORIGIN = "environment"

# Field → the variables that it may stand in, the first that is set counts.
_SDK = {
    "access_key": ("HUAWEICLOUD_SDK_AK",),
    "secret_key": ("HUAWEICLOUD_SDK_SK",),
    "security_token": ("HUAWEICLOUD_SDK_SECURITY_TOKEN",),
    "project_id": ("HUAWEICLOUD_SDK_PROJECT_ID",),
    "auth_url": ("HUAWEICLOUD_SDK_IAM_ENDPOINT",),
}
_TERRAFORM = {
    "access_key": ("HW_ACCESS_KEY",),
    "secret_key": ("HW_SECRET_KEY",),
    "security_token": ("HW_SECURITY_TOKEN",),
    "region": ("HW_REGION_NAME",),
    "domain": ("HW_DOMAIN_NAME", "HW_ACCOUNT_NAME"),
    "user": ("HW_USER_NAME",),
    "password": ("HW_USER_PASSWORD",),
    "token": ("HW_AUTH_TOKEN",),
    "project_id": ("HW_PROJECT_ID",),
    "project_name": ("HW_PROJECT_NAME",),
    "auth_url": ("HW_AUTH_URL",),
    "cloud": ("HW_CLOUD",),
}
_OPENSTACK = {
    "access_key": ("OS_ACCESS_KEY",),
    "secret_key": ("OS_SECRET_KEY",),
    "security_token": ("OS_SECURITY_TOKEN",),
    "region": ("OS_REGION_NAME",),
    "domain": ("OS_USER_DOMAIN_NAME", "OS_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME"),
    "user": ("OS_USERNAME",),
    "password": ("OS_PASSWORD",),
    "token": ("OS_TOKEN", "OS_AUTH_TOKEN"),
    "project_id": ("OS_PROJECT_ID", "OS_TENANT_ID"),
    "project_name": ("OS_PROJECT_NAME", "OS_TENANT_NAME"),
    "auth_url": ("OS_AUTH_URL",),
    "ca_file": ("OS_CACERT",),
}
_TELLING = frozenset(("AK", "SK", "KEY", "USERNAME", "PASSWORD", "TOKEN"))  # last words of those that matter
_FAMILIES = (("Huawei Cloud SDK", _SDK), ("Terraform", _TERRAFORM), ("OpenStack", _OPENSTACK))


def find(environ: Mapping[str, str]) -> list[Finding]:
    """At most one for each family of variables."""
    found: list[Finding] = []
    for title, family in _FAMILIES:
        values: dict[str, str] = {}
        names: list[str] = []
        for field, variables in family.items():
            name = next((name for name in variables if text(environ.get(name, ""))), "")
            if name:
                values[field] = text(environ[name])
                names.append(name)
        fields = msgspec.convert(values, Fields)
        if family is _SDK and not fields.region:
            fields.region = text(environ.get("HW_REGION_NAME", ""))  # the SDK's variables have none of their own
        telling = [name for name in names if name.rpartition("_")[2] in _TELLING]
        finding = make(f"{_ORIGIN}: {', '.join(telling or names)}", title, fields, in_environment=True)
        if finding is not None:
            found.append(finding)
    return found
