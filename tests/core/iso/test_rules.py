"""Which system it is: published volume ids, marker files, Windows image files, osinfo-db, and at last the name."""

import pytest
from disc import BIOS, UEFI, disc, wim

from isowright.iso import osinfo
from isowright.iso.identify import by_file_name

VOLUME_IDS = [
    ("Ubuntu-Server 24.04.1 LTS amd64", "ubuntu-server", "24.04.1", "x86_64"),
    ("Ubuntu-Server 22.04.5 LTS amd64", "ubuntu-server", "22.04.5", "x86_64"),
    ("Ubuntu-Server 20.04.6 LTS amd64", "ubuntu-server", "20.04.6", "x86_64"),
    ("Ubuntu-Server 18.04.6 LTS amd64", "ubuntu-server", "18.04.6", "x86_64"),
    ("Ubuntu-Server 16.04.7 LTS amd64", "ubuntu-server", "16.04.7", "x86_64"),
    ("Ubuntu-Server 22.04 LTS arm64", "ubuntu-server", "22.04", "aarch64"),
    ("Ubuntu 22.04.3 LTS amd64", "ubuntu", "22.04.3", "x86_64"),
    ("Kubuntu 22.04.3 LTS amd64", "ubuntu", "22.04.3", "x86_64"),
    ("Debian 12.7.0 amd64 n", "debian", "12.7.0", "x86_64"),
    ("Debian 11.9.0 amd64 1", "debian", "11.9.0", "x86_64"),
    ("Debian 10.13.0 i386 n", "debian", "10.13.0", "i386"),
    ("Debian 9.13.0 amd64 n", "debian", "9.13.0", "x86_64"),
    ("Debian 12.5.0 arm64 n", "debian", "12.5.0", "aarch64"),
    ("d-live 12.5.0 gn amd64", "debian", "12.5.0", "x86_64"),
    ("RHEL-10-0-BaseOS-x86_64", "rhel", "10.0", "x86_64"),
    ("RHEL-9-4-0-BaseOS-x86_64", "rhel", "9.4", "x86_64"),
    ("RHEL-8-10-0-BaseOS-x86_64", "rhel", "8.10", "x86_64"),
    ("RHEL-7.9 Server.x86_64", "rhel", "7.9", "x86_64"),
    ("RHEL-6.10 Server.x86_64", "rhel", "6.10", "x86_64"),
    ("RHEL_6.5 x86_64 Disc 1", "rhel", "6.5", "x86_64"),
    ("RHEL-9-4-0-BaseOS-s390x", "rhel", "9.4", "s390x"),
    ("CentOS_6.10_Final", "centos", "6.10", ""),
    ("CentOS 7 x86_64", "centos", "7", "x86_64"),
    ("CentOS-8-5-2111-x86_64-dvd", "centos", "8.5", "x86_64"),
    ("CentOS-Stream-8-x86_64-dvd", "centos-stream", "8", "x86_64"),
    ("CentOS-Stream-9-BaseOS-x86_64", "centos-stream", "9", "x86_64"),
    ("CentOS-Stream-10-BaseOS-x86_64", "centos-stream", "10", "x86_64"),
    ("Rocky-9-4-x86_64-dvd", "rocky", "9.4", "x86_64"),
    ("Rocky-8-10-x86_64-dvd", "rocky", "8.10", "x86_64"),
    ("Rocky-9-4-aarch64-dvd", "rocky", "9.4", "aarch64"),
    ("AlmaLinux-9-4-x86_64-dvd", "alma", "9.4", "x86_64"),
    ("AlmaLinux-8-10-x86_64-dvd", "alma", "8.10", "x86_64"),
    ("OL-9-4-0-BaseOS-x86_64", "oracle", "9.4", "x86_64"),
    ("OL-7.9 Server.x86_64", "oracle", "7.9", "x86_64"),
    ("OL6.10 x86_64 Disc 1", "oracle", "6.10", "x86_64"),
    ("Fedora-S-dvd-x86_64-40", "fedora", "40", "x86_64"),
    ("Fedora-E-dvd-x86_64-39", "fedora", "39", "x86_64"),
    ("Fedora-WS-Live-40-1-14", "fedora", "40", ""),
    ("Fedora 17 x86_64", "fedora", "17", "x86_64"),
    ("fedora-coreos-40.20240906.3.0", "fedora-coreos", "40.20240906.3.0", ""),
    ("openEuler-24.03-LTS-x86_64", "openeuler", "24.03", "x86_64"),
    ("openEuler-22.03-LTS-SP3-x86_64", "openeuler", "22.03 SP3", "x86_64"),
    ("openEuler-20.03-LTS-aarch64", "openeuler", "20.03", "aarch64"),
    ("EulerOS-V2.0SP5-x86_64", "euleros", "2.0 SP5", "x86_64"),
    ("SLE-15-SP5-Full-x86_64103.1.001", "sles", "15 SP5", "x86_64"),
    ("SLE-15-Installer-DVD-x86_64", "sles", "15", "x86_64"),
    ("SLE-12-SP5-Server-DVD-x86_64", "sles", "12 SP5", "x86_64"),
    ("SLES-11-SP4-DVD-x86_64", "sles", "11 SP4", "x86_64"),
    ("openSUSE-Leap-15.5-DVD-x86_64", "opensuse", "15.5", "x86_64"),
    ("openSUSE_Leap_15.2_KDE_Live", "opensuse", "15.2", ""),
    ("openSUSE-Tumbleweed-DVD-x86_642", "tumbleweed", "", "x86_64"),
    ("AnolisOS-8-8-x86_64-dvd", "anolis", "8.8", "x86_64"),
    ("14_1_RELEASE_AMD64_CD", "freebsd", "14.1", "x86_64"),
    ("13_2_RELEASE_AMD64_DVD", "freebsd", "13.2", "x86_64"),
    ("OpenBSD/amd64   7.0 Install CD", "openbsd", "7.0", "x86_64"),
    ("NETBSD_90", "netbsd", "", ""),
    ("ARCH_202406", "arch", "202406", ""),
    ("alpine-virt 3.16.1 x86_64", "alpine", "3.16.1", "x86_64"),
    ("nixos-minimal-24.05-x86_64", "nixos", "24.05", "x86_64"),
    ("ESXI-8.0U2-22380479-STANDARD", "esxi", "8.0", ""),
    ("ESXI-7.0.0-15843807-STANDARD", "esxi", "7.0.0", ""),
    ("XCP-ng 8.2.1", "xcp-ng", "8.2.1", ""),
    ("PVE", "proxmox", "", ""),
    ("SSS_X64FREE_EN-US_DV9", "windows-server", "", "x86_64"),
    ("SSS_X64FREV_EN-US_DV9", "windows-server", "", "x86_64"),
    ("IRM_SSS_X64FREE_EN-US_DV5", "windows-server", "2012 R2", "x86_64"),
    ("IR3_SSS_X64FREV_EN-US_DV9", "windows-server", "2012 R2", "x86_64"),
    ("HRM_SSS_X64FREE_EN-US_DV5", "windows-server", "2012", "x86_64"),
    ("GRMSXVOL_EN_DVD", "windows-server", "2008 R2", ""),
    ("CCCOMA_X64FRE_EN-US_DV9", "windows", "", "x86_64"),
    ("CENA_X86FREV_EN-US_DV5", "windows", "", "i386"),
    ("J_CCSA_X64FRE_EN-US_DV5", "windows", "", "x86_64"),
]


@pytest.mark.parametrize(("volume_id", "distribution", "version", "architecture"), VOLUME_IDS)
def test_volume_ids(look, volume_id, distribution, version, architecture):
    seen = look(disc(volume_id))
    assert seen.volume_id == volume_id
    assert (seen.distribution, seen.version, seen.architecture) == (distribution, version, architecture)
    assert seen.identified_by == "volume id"
    assert seen.title.endswith(version)
    assert seen.min_disk
    assert seen.os_type == ("Windows" if distribution.startswith("windows") else seen.os_type)


def test_there_are_enough_of_them():
    assert len({row[0] for row in VOLUME_IDS}) >= 40


TREEINFO = "[general]\n; comment\nfamily = {}\ntimestamp = 1\nversion = {}\narch = {}\n\n[stage2]\nmainimage = a\n"
MARKERS = [
    (".disk/info", 'Ubuntu-Server 22.04.5 LTS "Jammy" - Release amd64 (20240911)', "ubuntu-server", "22.04.5"),
    (".disk/info", 'Ubuntu 24.04 LTS "Noble Numbat" - Release amd64 (20240424)', "ubuntu", "24.04"),
    (".disk/info", 'Xubuntu 22.04 LTS "Jammy Jellyfish" - Release amd64 (20220419)', "ubuntu", "22.04"),
    (".disk/info", 'Debian GNU/Linux 12.7.0 "Bookworm" - Official amd64 NETINST 20240831', "debian", "12.7.0"),
    (".disk/info", "Official Debian GNU/Linux Live 12.5.0 cinnamon 2024-02-10T11:26", "debian", "12.5.0"),
    (".disk/info", 'Kali GNU/Linux 2024.1 "Kali-last-snapshot" - Official amd64 BD Binary-1', "kali", "2024.1"),
    (".treeinfo", TREEINFO.format("Rocky Linux", "9.4", "x86_64"), "rocky", "9.4"),
    (".treeinfo", TREEINFO.format("AlmaLinux", "8.10", "x86_64"), "alma", "8.10"),
    (".treeinfo", TREEINFO.format("Red Hat Enterprise Linux", "9.4", "x86_64"), "rhel", "9.4"),
    (".treeinfo", TREEINFO.format("CentOS Stream", "9", "x86_64"), "centos-stream", "9"),
    (".treeinfo", TREEINFO.format("CentOS", "7", "x86_64"), "centos", "7"),
    (".treeinfo", TREEINFO.format("Oracle Linux Server", "8.10", "x86_64"), "oracle", "8.10"),
    (".treeinfo", TREEINFO.format("Fedora", "40", "x86_64"), "fedora", "40"),
    (".treeinfo", TREEINFO.format("openEuler", "22.03", "x86_64"), "openeuler", "22.03"),
    (".treeinfo", "[release]\nname = Fedora\nversion = 41\n[tree]\narch = x86_64\n", "fedora", "41"),
    (".discinfo", "1713600000.1\nRed Hat Enterprise Linux 8.10.0\nx86_64\nALL\n", "rhel", "8.10.0"),
    (".discinfo", "1713600000.1\nopenEuler-22.03-LTS-SP3\nx86_64\nALL\n", "openeuler", "22.03 SP3"),
    ("media.1/products", "/ SLES15-SP5 15.5-0\n", "sles", "15 SP5"),
    ("media.1/products", "/ openSUSE-Leap-15.5 15.5-1\n", "opensuse", "15.5"),
    ("media.1/media", "SUSE - SLE-12-SP5-Server-DVD-x86_64-Build0474-Media\nSLE\n1\n", "sles", "12 SP5"),
    ("media.1/media", "openSUSE - openSUSE-15.5-x86_64-Build491.1-Media\n", "opensuse", "15.5"),
    ("media.1/media", "openSUSE - openSUSE-Tumbleweed-DVD-x86_64-Build2.1-Media\n", "tumbleweed", ""),
    ("usr/freebsd-dist/MANIFEST", "base.txz\n", "freebsd", ""),
    ("casper/install-sources.yaml", "- id: ubuntu-server\n", "ubuntu-server", ""),
    ("install.amd/vmlinuz", "x", "debian", ""),
    ("arch/boot/x86_64/vmlinuz-linux", "x", "arch", ""),
    ("imgpayld.tgz", "x", "esxi", ""),
]  # fmt: skip


@pytest.mark.parametrize("rock_ridge", [True, False], ids=["rock-ridge", "joliet"])
@pytest.mark.parametrize(("path", "text", "distribution", "version"), MARKERS)
def test_marker_files(look, path, text, distribution, version, rock_ridge):
    seen = look(disc("REMASTERED", {path: text}, rock_ridge=rock_ridge, joliet=not rock_ridge))
    assert (seen.distribution, seen.version) == (distribution, version)
    assert path.startswith(seen.identified_by)


def test_a_marker_tells_the_version_more_exactly(look):
    seen = look(disc("CentOS 7 x86_64", {".discinfo": "1604000000.1\nCentOS 7.9\nx86_64\n"}))
    assert (seen.distribution, seen.version, seen.identified_by) == ("centos", "7.9", "volume id")


def test_a_marker_of_another_system_changes_nothing(look):
    seen = look(disc("Rocky-9-4-x86_64-dvd", {".treeinfo": TREEINFO.format("CentOS", "9.9", "x86_64")}))
    assert (seen.distribution, seen.version) == ("rocky", "9.4")


@pytest.mark.parametrize(
    ("build", "server", "title"),
    [
        (7601, True, "Windows Server 2008 R2"),
        (9200, True, "Windows Server 2012"),
        (9600, True, "Windows Server 2012 R2"),
        (14393, True, "Windows Server 2016"),
        (17763, True, "Windows Server 2019"),
        (20348, True, "Windows Server 2022"),
        (26100, True, "Windows Server 2025"),
        (19041, False, "Windows 10"),
        (22621, False, "Windows 11"),
        (26100, False, "Windows 11"),
        (9600, False, "Windows 8.1"),
    ],
)
@pytest.mark.parametrize("file", ["install.wim", "install.esd"])
def test_windows_tells_its_build(look, build, server, title, file):
    """All servers since 2016 share a volume id: the image file knows better."""
    data = disc(
        "SSS_X64FREE_EN-US_DV9",
        {f"sources/{file}": wim(build, server=server), "bootmgr": "x", "efi/boot/bootx64.efi": "x"},
        udf=True,
        rock_ridge=False,
        boots=((BIOS, "noemul"), (UEFI, "noemul")),
    )
    seen = look(data)
    assert (seen.title, seen.os_type, seen.identified_by) == (title, "Windows", f"sources/{file}")
    assert seen.architecture == "x86_64"
    assert seen.boot_mode == "both"
    assert seen.udf


def test_windows_on_arm(look):
    data = disc("X", {"sources/install.wim": wim(22621, server=False, arch=12)}, udf=True, rock_ridge=False)
    assert look(data).architecture == "aarch64"


@pytest.mark.parametrize("broken", [b"", b"MSWIM", b"no image file" * 50, wim(20348, server=True)[:4100]])
def test_windows_whose_image_file_tells_nothing(look, broken):
    """The volume id still tells what it can, and the name the rest."""
    data = disc("SSS_X64FREE_EN-US_DV9", {"sources/install.wim": broken}, udf=True, rock_ridge=False)
    assert (look(data).distribution, look(data).version) == ("windows-server", "")
    named = look(data, "windows_server_2022_x64.iso")
    assert (named.title, named.identified_by) == ("Windows Server 2022", "volume id and file name")


@pytest.mark.parametrize(
    ("name", "title", "architecture"),
    [
        ("debian-12_7_0-amd64-netinst.iso", "Debian GNU/Linux 12.7.0", "x86_64"),
        ("more/ubuntu-22.04.5-live-server-amd64.iso", "Ubuntu Server 22.04.5", "x86_64"),
        ("Rocky-9_4-x86_64-dvd.iso", "Rocky Linux 9.4", "x86_64"),
        ("Fedora-Server-dvd-x86_64-40-1.14.iso", "Fedora 40", "x86_64"),
        ("openSUSE-Leap-15.6-DVD-x86_64-Media.iso", "openSUSE Leap 15.6", "x86_64"),
        ("SLE-15-SP5-Full-x86_64-GM-Media1.iso", "SUSE Linux Enterprise 15 SP5", "x86_64"),
        ("openEuler-22.03-LTS-SP3-x86_64-dvd.iso", "openEuler 22.03 SP3", "x86_64"),
        ("CentOS-7-x86_64-DVD-2009.iso", "CentOS Linux 7", "x86_64"),
        ("rhel-9.4-x86_64-dvd.iso", "Red Hat Enterprise Linux 9.4", "x86_64"),
        ("FreeBSD-14.1-RELEASE-amd64-disc1.iso", "FreeBSD 14.1", "x86_64"),
        ("windows_server_2022_x64.iso", "Windows Server 2022", "x86_64"),
        ("SW_DVD9_Win_Server_STD_CORE_2019_64Bit.iso", "Windows Server 2019", ""),
        ("Win11_23H2_English_x64v2.iso", "Windows 11", "x86_64"),
        ("20348.169.210806-2348.fe_release_svc_refresh_SERVER_EVAL_x64FRE_en-us.iso", "Windows Server 2022", "x86_64"),
        ("26100.1742.240906-0331.ge_release_svc_refresh_SERVER_EVAL_x64FRE_en-us.iso", "Windows Server 2025", "x86_64"),
        ("VMware-VMvisor-Installer-8.0U2-22380479.x86_64.iso", "VMware ESXi 8.0", ""),
        ("virtio-win-0.1.248.iso", "Windows virtio drivers", ""),
    ],
)
def test_names(look, name, title, architecture):
    seen = look(disc("CDROM"), name)
    assert (seen.title, seen.identified_by) == (title, "file name")
    assert seen.architecture == architecture


@pytest.mark.parametrize("name", ["installer.iso", "rescue-64bit.iso", "darwin.iso", "winter-2022.iso", "old.iso", ""])
def test_names_that_tell_nothing(name):
    assert by_file_name(name) is None


OSINFO = """<libosinfo version="0.0.1"><os id="http://example.org/{id}">
<short-id>{id}</short-id><name>{name}</name><version>{version}</version><distro>{distro}</distro>
<family>{family}</family>
<media arch="{arch}"><iso><volume-id>{pattern}</volume-id>{more}</iso></media></os></libosinfo>"""


@pytest.fixture
def database(monkeypatch, tmp_path):
    """Writes an entry of an osinfo-db; each test has one of its own."""
    monkeypatch.setattr(osinfo, "FOLDER", tmp_path)
    folder = tmp_path / "os" / "example.org"
    folder.mkdir(parents=True)

    def write(id, name, version, pattern, *, family="linux", distro="mageia", arch="x86_64", more=""):  # noqa: A002
        text = OSINFO.format(**locals())
        (folder / f"{id}.xml").write_text(text)

    return write


def test_osinfo_knows_others(look, database):
    database("mageia8", "Mageia 8", "8", r"Mageia-8-.*")
    database("mageia", "Mageia", "unknown", r"Mageia-.*")
    database("haiku", "Haiku", "1", r"haiku-.*", family="haiku", distro="haiku", arch="i686")
    seen = look(disc("Mageia-8-x86_64-DVD"))
    assert (seen.title, seen.version, seen.distribution) == ("Mageia 8", "8", "mageia")
    assert (seen.os_type, seen.identified_by, seen.architecture) == ("Linux", "osinfo-db", "x86_64")
    assert look(disc("haiku-anyboot")).architecture == "i386"
    assert look(disc("haiku-anyboot")).os_type == "Other"


def test_our_own_table_comes_before_it(look, database):
    database("debian12", "Something else", "12", r"Debian 12.*")
    assert look(disc("Debian 12.7.0 amd64 n")).title == "Debian GNU/Linux 12.7.0"


def test_all_its_patterns_must_fit(look, database):
    database("a", "A", "1", "CDROM", more="<publisher-id>SOMEBODY</publisher-id>")
    assert look(disc("CDROM")).distribution == ""
    assert look(disc("CDROM", pub_ident_str="SOMEBODY")).title == "A"


def test_a_damaged_database_is_no_database(look, database):
    database("a", "A", "1", "(unclosed")
    database("b", "B & <not XML>", "1", "CDROM")
    database("c", "C", "1", "CDROM")
    assert look(disc("CDROM")).title == "C"
