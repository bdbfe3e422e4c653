"""Which system an ISO installs, told by what its makers write on it. Data: patterns of published discs.

Sources: the volume ids and marker files of the distributions' own published ISOs, and their release tools (Lorax writes
.treeinfo and .discinfo, debian-cd and Ubuntu's cdimage .disk/info, SUSE's build service media.1/).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from isowright.iso.report import OsType


class System(NamedTuple):
    """min_disk: GB that its usual installation wants. unsupported: why no image can be made of it, "" = it can."""

    title: str
    os_type: OsType = "Linux"
    min_disk: int = 20
    platforms: tuple[str, ...] = ()
    """How the clouds' lists of systems begin its platform, lower case."""
    unsupported: str = ""


_HYPERVISOR = "It is a hypervisor: it wants bare hardware, and has no drivers for a cloud's disks and network cards."

SYSTEMS: dict[str, System] = {
    "ubuntu": System("Ubuntu", platforms=("ubuntu",)),
    "ubuntu-server": System("Ubuntu Server", platforms=("ubuntu",)),
    "debian": System("Debian GNU/Linux", min_disk=10, platforms=("debian",)),
    "kali": System("Kali Linux", min_disk=40, platforms=("kali",)),
    "mint": System("Linux Mint", min_disk=40, platforms=("linux mint", "mint")),
    "rhel": System("Red Hat Enterprise Linux", platforms=("redhat", "red hat", "rhel")),
    "centos": System("CentOS Linux", platforms=("centos",)),
    "centos-stream": System("CentOS Stream", platforms=("centos stream", "centos")),
    "rocky": System("Rocky Linux", platforms=("rocky",)),
    "alma": System("AlmaLinux", platforms=("alma",)),
    "oracle": System("Oracle Linux", platforms=("oracle",)),
    "anolis": System("Anolis OS", platforms=("anolis",)),
    "fedora": System("Fedora", platforms=("fedora",)),
    "fedora-coreos": System("Fedora CoreOS", min_disk=10, platforms=("coreos", "fedora coreos")),
    "rhcos": System("Red Hat Enterprise Linux CoreOS", platforms=("coreos", "rhcos")),
    "openeuler": System("openEuler", min_disk=40, platforms=("openeuler",)),
    "euleros": System("EulerOS", min_disk=40, platforms=("euleros",)),
    "kylin": System("Kylin", min_disk=40, platforms=("kylin", "neokylin")),
    "sles": System("SUSE Linux Enterprise", platforms=("suse", "sles")),
    "opensuse": System("openSUSE Leap", platforms=("opensuse",)),
    "tumbleweed": System("openSUSE Tumbleweed", platforms=("opensuse",)),
    "alpine": System("Alpine Linux", min_disk=4, platforms=("alpine",)),
    "arch": System("Arch Linux", min_disk=10, platforms=("arch",)),
    "gentoo": System("Gentoo Linux", min_disk=20, platforms=("gentoo",)),
    "nixos": System("NixOS", min_disk=20, platforms=("nixos",)),
    "freebsd": System("FreeBSD", "Other", 20, ("freebsd",)),
    "openbsd": System("OpenBSD", "Other", 20, ("openbsd",)),
    "netbsd": System("NetBSD", "Other", 20, ("netbsd",)),
    "windows-server": System("Windows Server", "Windows", 40, ("windows",)),
    "windows": System("Windows", "Windows", 64, ("windows",)),
    "esxi": System("VMware ESXi", "Other", 40, unsupported=_HYPERVISOR),
    "vcenter": System("VMware vCenter Server", "Other", 40, unsupported="It installs onto VMware ESXi only."),
    "xcp-ng": System("XCP-ng", "Other", 46, unsupported=_HYPERVISOR),
    "xenserver": System("XenServer", "Other", 46, unsupported=_HYPERVISOR),
    "proxmox": System("Proxmox VE", "Other", 40, unsupported=_HYPERVISOR),
    "virtio-win": System(
        "Windows virtio drivers", "Other", 0, unsupported="It holds drivers alone, and installs no system."
    ),
}


_WORDS: dict[str, tuple[str, ...]] = {
    # All that a distribution writes has one of these in it, or its id: whatever has none needs no pattern compiled,
    # which would take a tenth of a second for all of them.
    "ubuntu-server": ("ubuntu",),
    "debian": ("debian", "d-live"),
    "mint": ("mint", "lmde"),
    "rhel": ("rhel", "red"),
    "rhcos": ("rhcos", "coreos"),
    "centos-stream": ("centos",),
    "oracle": ("oracle", "ol"),
    "fedora-coreos": ("coreos",),
    "sles": ("sle",),
    "opensuse": ("suse", "leap"),
    "freebsd": ("freebsd", "_release", "_beta", "_rc", "_stable", "_current"),
    "windows-server": ("server", "win"),
    "windows": ("win",),
    "esxi": ("esx", "vmvisor"),
    "vcenter": ("vcsa",),
    "xenserver": ("xenserver", "citrix"),
    "proxmox": ("proxmox", "pve"),
}


class Rule(NamedTuple):
    """`pattern` is searched for at the beginning, case ignored; its groups `v` (version, "-" and "_" stand for "."),
    `sp` (service pack) and `a` (architecture) may be absent."""

    distribution: str
    pattern: str

    def match(self, text: str) -> re.Match[str] | None:
        lower = text.lower()
        if not any(word in lower for word in _WORDS.get(self.distribution, (self.distribution,))):
            return None
        return re.match(self.pattern, text, re.IGNORECASE)


def _rules(*rows: tuple[str, str]) -> tuple[Rule, ...]:
    return tuple(Rule(name, pattern) for name, pattern in rows)


_A = r"(?P<a>x86[_-]64|amd64|x64|aarch64|arm64|armhf|i[3-6]86|ppc64(?:le|el)?|s390x|riscv64|loongarch64|mips64el)"
_V = r"(?P<v>\d+(?:\.\d+)*)"
_END = rf"(?:.*?{_A})?"

VOLUME_IDS: tuple[Rule, ...] = _rules(
    ("ubuntu-server", rf"Ubuntu-Server {_V}{_END}"),
    ("ubuntu", rf"(?:K|X|L|Ed)?Ubuntu(?:[- ](?:MATE|Budgie|Studio|Kylin|Unity|Core|Desktop))? {_V}{_END}"),
    ("debian", rf"Debian {_V}{_END}"),
    ("debian", rf"Debian (?:testing|sid|unstable)\b{_END}"),
    ("debian", rf"d-live {_V}{_END}"),
    ("kali", rf"Kali (?:Linux|Live)\D*{_V}?{_END}"),
    ("mint", rf"(?:Linux Mint|LMDE) {_V}{_END}"),
    ("rhcos", r"rhcos-(?P<v>\d+\.\d+)"),
    ("rhel", rf"RHEL[-_/ ](?P<v>\d+(?:[-.]\d+)?)(?:-\d+)?(?=[-_ .A-Za-z]|$){_END}"),
    ("centos-stream", rf"CentOS[-_ ]Stream[-_ ]{_V}{_END}"),
    ("centos", rf"CentOS[-_ ](?P<v>\d+(?:[-.]\d+)?)(?=[-_ A-Za-z]|$){_END}"),
    ("rocky", rf"Rocky(?:-Linux)?[-_ ](?P<v>\d+(?:[-.]\d+)?)(?=[-_ ]|$){_END}"),
    ("alma", rf"AlmaLinux[-_ ](?P<v>\d+(?:[-.]\d+)?)(?=[-_ ]|$){_END}"),
    ("oracle", rf"(?:OL|Oracle-Linux)-?(?P<v>\d+(?:[-.]\d+)?)(?:[-.]\d+)?(?=[-_ ]|$){_END}"),
    ("anolis", rf"AnolisOS[-_ ](?P<v>\d+(?:[-.]\d+)?)(?=[-_ ]|$){_END}"),
    ("fedora-coreos", rf"fedora-coreos-{_V}"),
    ("fedora", rf"Fedora-[A-Za-z_]+-(?:[A-Za-z]+-)*(?:{_A}-)?{_V}"),
    ("fedora", rf"Fedora[- ](?:[A-Za-z]+[- ])*(?:{_A}[- ])?{_V}"),
    ("openeuler", rf"openEuler-{_V}(?:-LTS)?(?:-(?P<sp>SP\d+))?{_END}"),
    ("euleros", rf"EulerOS[-_ ]V?{_V}[-_ ]?(?P<sp>SP\d+)?{_END}"),
    ("kylin", rf"Kylin[-_ ](?:Server|Desktop|Linux)?[-_ ]?V?{_V}(?:[-_ ](?P<sp>SP\d+))?{_END}"),
    ("sles", rf"(?:SUSE_)?SLE[SD]?-?{_V}(?:-(?P<sp>SP\d+))?{_END}"),
    ("tumbleweed", rf"openSUSE[-_ ]Tumbleweed{_END}"),
    ("opensuse", rf"openSUSE(?:[-_ ]Leap)?[-_ ]{_V}{_END}"),
    ("alpine", rf"alpine-\S+ {_V}{_END}"),
    ("arch", r"ARCH_(?P<v>\d{6})"),
    ("gentoo", rf"Gentoo[- ](?:{_A}|[A-Za-z-]+)[- ]{_V}"),
    ("nixos", rf"nixos-(?:[a-z]+-)?{_V}{_END}"),
    ("freebsd", rf"(?P<v>\d+_\d+)_(?:RELEASE|BETA|RC|STABLE|CURRENT)\w*?_{_A}"),
    ("freebsd", rf"FreeBSD[-_ /]{_V}{_END}"),
    ("openbsd", rf"OpenBSD[/ ](?:{_A})?\s*{_V}"),
    ("netbsd", r"NETBSD_\d{2,3}$"),
    ("netbsd", rf"NetBSD[-_/ ](?:{_A}[ _-])?{_V}"),
    ("esxi", rf"ESXI?-{_V}"),
    ("vcenter", r"VMware[- _]VCSA"),
    ("xcp-ng", rf"XCP-ng {_V}"),
    ("xenserver", rf"XenServer[-_ ]{_V}"),
    ("proxmox", r"(?:PVE|Proxmox)"),
    ("virtio-win", r"virtio-win"),
)

DISK_INFO: tuple[Rule, ...] = _rules(
    ("ubuntu-server", rf"Ubuntu-Server {_V}{_END}"),
    ("ubuntu", rf"\w*Ubuntu[\w -]*? {_V}{_END}"),
    ("mint", rf"(?:Linux Mint|LMDE) {_V}{_END}"),
    ("kali", rf"Kali (?:GNU/)?Linux {_V}{_END}"),
    ("debian", rf"(?:Official )?Debian GNU/Linux (?:Live )?{_V}?{_END}"),
)

FAMILIES: tuple[Rule, ...] = _rules(
    # What .treeinfo calls family or name, and .discinfo its second line.
    ("rhcos", r"Red Hat Enterprise Linux CoreOS"),
    ("rhel", rf"Red Hat Enterprise Linux(?:\D*{_V})?"),
    ("centos-stream", rf"CentOS Stream(?: {_V})?"),
    ("centos", rf"CentOS(?:[ -]Linux)?(?: {_V})?"),
    ("rocky", rf"Rocky Linux(?: {_V})?"),
    ("alma", rf"AlmaLinux(?: {_V})?"),
    ("oracle", rf"Oracle Linux(?:\D*{_V})?"),
    ("anolis", rf"Anolis OS(?: {_V})?"),
    ("fedora", rf"Fedora(?:[- ][A-Za-z]+)*(?:[- ]{_V})?"),
    ("openeuler", rf"openEuler(?:[- ]{_V})?(?:-LTS)?(?:-(?P<sp>SP\d+))?"),
    ("euleros", rf"EulerOS(?:\D*{_V})?(?:[-_ (]*(?P<sp>SP\d+))?"),
    ("kylin", rf"Kylin(?:\D*{_V})?"),
    ("xenserver", rf"(?:Citrix Hypervisor|XenServer)(?:\D*{_V})?"),
    ("xcp-ng", rf"XCP-ng(?:\D*{_V})?"),
)

SUSE_MEDIA: tuple[Rule, ...] = _rules(
    # Lines of media.1/media and media.1/products.
    ("tumbleweed", r"(?:.*[ /])?openSUSE-Tumbleweed"),
    ("opensuse", rf"(?:.*[ /])?openSUSE(?:-Leap)?-{_V}{_END}"),
    ("opensuse", rf"(?:.*[ /])?Leap-{_V}{_END}"),
    ("sles", rf"(?:.*[ /])?SLES?-?{_V}(?:-(?P<sp>SP\d+))?{_END}"),
)

FOLDERS: tuple[tuple[str, str], ...] = (
    # Paths that only one kind of system has, where nothing else has told.
    ("usr/freebsd-dist", "freebsd"),
    ("casper/install-sources.yaml", "ubuntu-server"),
    ("casper/filesystem.squashfs", "ubuntu"),
    ("arch/boot", "arch"),
    ("imgpayld.tgz", "esxi"),
    ("b.b00", "esxi"),
    ("vcsa-ui-installer", "vcenter"),
    ("install.amd", "debian"),
    ("install.386", "debian"),
)

FILE_NAMES: tuple[Rule, ...] = _rules(
    ("virtio-win", r"virtio-win"),
    ("ubuntu-server", rf"ubuntu-{_V}.*server{_END}"),
    ("ubuntu", rf".*ubuntu\D*{_V}?{_END}"),
    ("debian", rf".*debian\D*{_V}?{_END}"),
    ("kali", rf"kali\D*{_V}?{_END}"),
    ("mint", rf"linuxmint\D*{_V}?{_END}"),
    ("rocky", rf"rocky\D*{_V}?{_END}"),
    ("alma", rf"alma(?:linux)?\D*{_V}?{_END}"),
    ("centos-stream", rf"centos-stream\D*{_V}?{_END}"),
    ("centos", rf"centos\D*{_V}?{_END}"),
    ("fedora-coreos", rf"fedora-coreos\D*{_V}?{_END}"),
    ("fedora", rf"fedora(?:-[a-z]+)*(?:[-.]{_A})?[-.]{_V}"),
    ("tumbleweed", rf"opensuse-tumbleweed{_END}"),
    ("opensuse", rf"(?:open-?suse|leap)\D*{_V}?{_END}"),
    ("sles", rf"sles?\D*{_V}(?:-(?P<sp>SP\d+))?{_END}"),
    ("openeuler", rf"openeuler\D*{_V}?(?:-LTS)?(?:-(?P<sp>SP\d+))?{_END}"),
    ("euleros", rf"euleros\D*{_V}?[-_ ]?(?P<sp>SP\d+)?{_END}"),
    ("rhel", rf"(?:rhel|red-?hat)\D*{_V}?{_END}"),
    ("oracle", rf"(?:oracle(?:linux)?\D*|ol-?|OracleLinux-R)(?P<v>\d+(?:[.-]U?\d+)?){_END}"),
    ("anolis", rf"anolis(?:os)?\D*{_V}?{_END}"),
    ("kylin", rf"kylin\D*{_V}?{_END}"),
    ("alpine", rf"alpine\D*{_V}?{_END}"),
    ("arch", r"archlinux-(?P<v>\d{4}\.\d\d)"),
    ("freebsd", rf"freebsd\D*{_V}?{_END}"),
    ("openbsd", rf"openbsd\D*{_V}?{_END}"),
    ("netbsd", rf"netbsd\D*{_V}?{_END}"),
    ("esxi", rf"(?:VMware-)?(?:VMvisor|ESXi)\D*{_V}?"),
    ("proxmox", rf"proxmox-ve\D*{_V}?"),
    ("xcp-ng", rf"xcp-ng\D*{_V}?"),
    (
        "windows-server",
        rf".*?(?<![a-z])(?:windows[-_ ]?|win[-_ ]?)?server(?:[-_ ][a-z]+)*[-_ ]*(?P<v>20\d\d(?:[-_ ]?r2)?){_END}",
    ),
    ("windows-server", rf".*?(?<![a-z])(?:windows|win)[-_ ]?(?P<v>20(?:08|12|16|19|22|25)(?:[-_ ]?r2)?){_END}"),
    ("windows", rf"(?:windows|win)[-_ ]?(?P<v>\d+(?:\.1)?)(?=\D|$){_END}"),
)

WINDOWS_BUILDS: tuple[tuple[int, str, str], ...] = (
    # First build of a release, its name as a server and as a client (Microsoft's release information).
    (6001, "2008", "Vista"),
    (7600, "2008 R2", "7"),
    (9200, "2012", "8"),
    (9600, "2012 R2", "8.1"),
    (10240, "2016", "10"),
    (17763, "2019", "10"),
    (18362, "", "10"),
    (20348, "2022", "10"),
    (22000, "", "11"),
    (25398, "23H2", "11"),
    (26100, "2025", "11"),
)

WINDOWS_DOWNLOAD = r"(?P<build>\d{4,5})(?:[._]\d+[._]\d{6}-\d{4}[._]|[._](?=\S*(?:server|client)[a-z]*_))(?P<words>\S+)"
"""How Microsoft names its evaluation discs: "20348.169.210806-2348.fe_release_svc_refresh_SERVER_EVAL_x64FRE_en-us"; as
an object with "_" for each ".", or shortened to build and edition."""

WINDOWS_VOLUME_IDS: tuple[tuple[str, str, str], ...] = (
    # Where install.wim cannot be read. Ids that several releases share name no version.
    (r"IR[M\d]_S\w+_X64(?:FRE|CHK)", "windows-server", "2012 R2"),
    (r"HRM_S\w+_X64(?:FRE|CHK)", "windows-server", "2012"),
    (r"GRMSX?\w*_|SRVHPCR2_", "windows-server", "2008 R2"),
    (r"KR(?:TM|M)[SW]\w*_", "windows-server", "2008"),
    (r"S(?:SS|HV|ESS)O?_X64(?:FRE|CHK)", "windows-server", ""),
    (r"IR[M\d]_C\w+_X(?:64|86)(?:FRE|CHK)", "windows", "8.1"),
    (r"H(?:RM|B1)_C\w+_X(?:64|86)(?:FRE|CHK)", "windows", "8"),
    (r"(?:GRMC|GSP1RMC)\w*_", "windows", "7"),
    (r"(?:J_)?C\w+_(?:X64|X86|A64)(?:FRE|CHK)", "windows", ""),
    (r"ESD-ISO", "windows", ""),
)

VIRTIO_FOLDERS = (
    "viostor",
    "vioscsi",
    "netkvm",
    "virtio",
    "virtio-win",
    "drivers/viostor",
    "drivers/netkvm",
    "drivers/virtio",
    "$winpedriver$/viostor",
    "$winpedriver$/vioscsi",
    "$winpedriver$/netkvm",
    "$oem$/$1/drivers/viostor",
    "sources/$oem$/$1/drivers/viostor",
    "amd64/viostor.inf",
    "amd64/w2k22",
)

ANSWER_FILES = (
    "autounattend.xml", "unattend.xml", "sources/autounattend.xml", "sources/unattend.xml",
    "ks.cfg", "anaconda-ks.cfg", "isolinux/ks.cfg", "preseed.cfg", "preseed/preseed.cfg", "install/preseed.cfg",
    "autoinst.xml", "autoyast.xml", "autoinstall.yaml", "user-data", "nocloud/user-data", "autoinstall/user-data",
    "etc/installerconfig", "config.ign", "answer.toml", "agama.json", "auto_install.conf", "install.conf",
)  # fmt: skip
"""Files by which installers answer their own questions, at the places where they look for them or guides put them."""

EFI_LOADERS = {
    "bootx64.efi": "x86_64",
    "bootaa64.efi": "aarch64",
    "bootia32.efi": "i386",
    "bootriscv64.efi": "riscv64",
    "bootloongarch64.efi": "loongarch64",
}

_ARCHITECTURES = {
    "amd64": "x86_64",
    "x64": "x86_64",
    "x86-64": "x86_64",
    "arm64": "aarch64",
    "a64": "aarch64",
    "ppc64el": "ppc64le",
}


def architecture(word: str) -> str:
    """The kernel's name of it: "amd64" → "x86_64", "i686" → "i386"; others as they are."""
    word = word.lower()
    return "i386" if re.fullmatch(r"i[3-6]86|x86", word) else _ARCHITECTURES.get(word, word)
