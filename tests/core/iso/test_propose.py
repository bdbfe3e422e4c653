"""What is proposed of the cloud's own list of systems, for what was looked into and for a mere name."""

import pytest
from disc import BIOS, disc, wim

from isowright.cloud.models import OsVersion
from isowright.iso import Inspection, propose_by_name, propose_os
from isowright.practice.catalog import os_versions


def offered():
    return [
        OsVersion(item["platform"], item["os_version"], item["os_type"], item["os_bit"])
        for platform in os_versions()
        for item in platform["version_list"]
    ]


def like(*names):
    return [OsVersion(name.split()[0], name, "Windows" if name.startswith("Windows") else "Linux") for name in names]


@pytest.mark.parametrize(
    ("volume_id", "version"),
    [
        ("Ubuntu-Server 22.04.5 LTS amd64", "Ubuntu 22.04 server 64bit"),
        ("Ubuntu 24.04 LTS amd64", "Ubuntu 24.04 server 64bit"),
        ("Debian 12.7.0 amd64 n", "Debian GNU/Linux 12.0.0 64bit"),
        ("Debian 11.9.0 amd64 1", "Debian GNU/Linux 11.1.0 64bit"),
        ("Debian 10.13.0 i386 n", None),
        ("Debian 8.11.0 amd64 n", None),
        ("Rocky-9-4-x86_64-dvd", "Rocky Linux 9.4 64bit"),
        ("Rocky-8-7-x86_64-dvd", "Rocky Linux 8.10 64bit"),
        ("AlmaLinux-9-2-x86_64-dvd", "AlmaLinux 9.2 64bit"),
        ("CentOS 7 x86_64", "CentOS 7.9 64bit"),
        ("CentOS-8-2-2004-x86_64-dvd", "CentOS 8.2 64bit"),
        ("RHEL-9-2-0-BaseOS-x86_64", "Redhat Linux Enterprise 9.2 64bit"),
        ("SLE-15-SP5-Full-x86_64", "SUSE Enterprise 15 SP5 64bit"),
        ("SLE-15-SP4-Full-x86_64", "SUSE Enterprise 15 SP4 64bit"),
        ("openSUSE-Leap-15.6-DVD-x86_64", "OpenSUSE 15.5 64bit"),
        ("openEuler-22.03-LTS-SP3-x86_64", "openEuler 22.03 64bit"),
        ("EulerOS-V2.0SP5-x86_64", "EulerOS 2.5 64bit"),
        ("Fedora-S-dvd-x86_64-40", "Fedora 40 64bit"),
        ("Fedora-S-dvd-x86_64-39", None),
        ("openSUSE-Tumbleweed-DVD-x86_64", None),
        ("CDROM", None),
        ("ESXI-8.0U2-22380479-STANDARD", None),
    ],
)
def test_from_an_inspection(look, volume_id, version):
    found = propose_os(look(disc(volume_id)), offered())
    assert (found.os_version if found else None) == version


def windows(look, build, *, server=True):
    files = {"sources/install.wim": wim(build, server=server)}
    return look(disc("SSS_X64FREE_EN-US_DV9", files, udf=True, rock_ridge=False, boots=((BIOS, "noemul"),)))


@pytest.mark.parametrize(
    ("build", "server", "version"),
    [
        (20348, True, "Windows Server 2022 Datacenter 64bit"),
        (17763, True, "Windows Server 2019 Datacenter 64bit"),
        (14393, True, "Windows Server 2016 Standard 64bit"),
        (26100, True, None),
        (9600, True, None),
        (22621, False, None),
    ],
)
def test_windows(look, build, server, version):
    found = propose_os(windows(look, build, server=server), offered())
    assert (found.os_version if found else None) == version


def test_windows_2012_and_its_second_release(look):
    versions = like("Windows Server 2012 Standard 64bit", "Windows Server 2012 R2 Standard 64bit", "Windows 8.1 64bit")
    assert propose_os(windows(look, 9200), versions).os_version == "Windows Server 2012 Standard 64bit"
    assert propose_os(windows(look, 9600), versions).os_version == "Windows Server 2012 R2 Standard 64bit"
    assert propose_os(windows(look, 9600, server=False), versions).os_version == "Windows 8.1 64bit"


def test_the_same_service_pack_comes_first(look):
    versions = like("EulerOS 2.0 SP3 64bit", "EulerOS 2.0 SP5 64bit", "EulerOS 2.0 SP10 64bit")
    found = propose_os(look(disc("EulerOS-V2.0SP5-x86_64")), versions)
    assert found.os_version == "EulerOS 2.0 SP5 64bit"


def test_32_bit_systems_get_32_bit_entries(look):
    versions = [OsVersion("Debian", "Debian GNU/Linux 10.0.0 32bit", os_bit=32), *offered()]
    found = propose_os(look(disc("Debian 10.13.0 i386 n")), versions)
    assert found.os_version == "Debian GNU/Linux 10.0.0 32bit"


def test_an_empty_list_and_an_empty_inspection():
    assert propose_os(Inspection(name="debian-12.iso", size=1, distribution="debian", version="12"), []) is None
    assert propose_os(Inspection(name="x", size=0), offered()) is None


def test_what_is_inside_comes_before_the_name(look):
    """A file that was named wrongly gets the system that it holds."""
    found = propose_os(look(disc("Rocky-9-4-x86_64-dvd"), "ubuntu-22.04-server.iso"), offered())
    assert found.os_version == "Rocky Linux 9.4 64bit"


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("debian-12_7_0-amd64-netinst.iso", "Debian GNU/Linux 12.0.0 64bit"),
        ("more/Rocky-9_3-x86_64-dvd.iso", "Rocky Linux 9.3 64bit"),
        ("ol-8.iso", None),
        ("whatever.iso", None),
    ],
)
def test_from_a_name(name, version):
    found = propose_by_name(name, offered())
    assert (found.os_version if found else None) == version
