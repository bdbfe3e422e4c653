"""Which OS versions are offered for an ISO, and in which order."""

from __future__ import annotations

import pytest

from isowright.cloud.models import OsVersion
from isowright.iso.os_choices import choices


def version(name, os_type="Linux", bits=64, platform="Debian"):
    return OsVersion(platform, name, os_type, bits)


LIST = [
    version("Debian GNU/Linux 11.0.0 64bit"),
    version("Debian GNU/Linux 12.0.0 64bit"),
    version("Debian GNU/Linux 12.0.0 32bit", bits=32),
    version("EulerOS 2.8 64bit with ARM", platform="EulerOS"),
    version("Windows Server 2022 Standard 64bit", "Windows", platform="Windows"),
    version("Other(64 bit)", platform="Other"),
]


def names(os_type="Linux", **how):
    return [one.os_version for one in choices(LIST, os_type, **how)]


@pytest.mark.parametrize(
    ("architecture", "left_out"),
    [
        ("", {"EulerOS 2.8 64bit with ARM"}),
        ("x86_64", {"EulerOS 2.8 64bit with ARM", "Debian GNU/Linux 12.0.0 32bit"}),
        ("i386", {"EulerOS 2.8 64bit with ARM"}),
    ],
)
def test_other_architectures_are_left_out(architecture, left_out):
    linux = {one.os_version for one in LIST if one.os_type == "Linux"}
    assert set(names(architecture=architecture)) == linux - left_out


def test_arm_has_its_own():
    assert names(architecture="aarch64") == ["EulerOS 2.8 64bit with ARM"]


def test_types():
    assert names("Windows") == ["Windows Server 2022 Standard 64bit"]
    assert names("Other") == ["Other(64 bit)"]


def test_the_proposed_one_is_on_top_and_the_others_keep_their_order():
    assert names(proposed="Debian GNU/Linux 12.0.0 64bit", architecture="x86_64") == [
        "Debian GNU/Linux 12.0.0 64bit",
        "Debian GNU/Linux 11.0.0 64bit",
        "Other(64 bit)",
    ]
    assert names(proposed="no such")[0] == "Debian GNU/Linux 11.0.0 64bit"


def test_an_answer_stays_in_the_list():
    arm = "EulerOS 2.8 64bit with ARM"
    assert arm in names(kept=arm, architecture="x86_64")
