"""Which kind of answers an installer takes, where on the ISO they are looked for, and how the kernel is told."""

from __future__ import annotations

from typing import Literal, NamedTuple

from isowright.iso import Inspection

Kind = Literal["preseed", "autoinstall", "kickstart", "autoyast", "isowright-test"]
TEST_VOLUME = "ISOWRIGHT_TEST"  # the installer that Isowright's own tests build


class Family(NamedTuple):
    """kind; title, for people; place, of the answer file on the ISO; arguments, of the kernel; beside: further files
    that are looked for, by their places."""

    kind: Kind
    title: str
    place: str
    arguments: tuple[str, ...]
    beside: dict[str, str] = {}  # noqa: RUF012 (never changed; NamedTuple has no factories)


FAMILIES: dict[Kind, Family] = {
    "preseed": Family(
        "preseed",
        "preseed (Debian's installer)",
        "preseed.cfg",
        # Debian's installation guide, B.2: auto puts off the questions that come before the file is read.
        ("auto=true", "priority=critical", "preseed/file=/cdrom/preseed.cfg"),
    ),
    "autoinstall": Family(
        "autoinstall",
        "autoinstall (Ubuntu Server)",
        "nocloud/user-data",
        ("autoinstall", "ds=nocloud;s=/cdrom/nocloud/"),  # cloud-init's NoCloud looks for meta-data too
        {"nocloud/meta-data": "instance-id: isowright\n"},
    ),
    "kickstart": Family(
        "kickstart",
        "kickstart (Anaconda)",
        "ks.cfg",
        ("inst.ks=cdrom:/ks.cfg", "inst.text"),  # Anaconda's boot options
    ),
    "autoyast": Family(
        "autoyast",
        "AutoYaST (SUSE)",
        "autoinst.xml",
        ("autoyast=device://sr0/autoinst.xml",),  # linuxrc's and AutoYaST's URL schemes: device, with the drive's name
    ),
    "isowright-test": Family(
        "isowright-test", "Isowright's test installer", "answers.txt", ("auto", "answers=answers.txt")
    ),
}
_DISTRIBUTIONS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    ("preseed", ("debian", "kali")),
    ("autoinstall", ("ubuntu-server",)),
    ("kickstart", ("rhel", "centos", "centos-stream", "rocky", "alma", "oracle", "anolis", "fedora")),
    ("kickstart", ("openeuler", "euleros", "kylin")),
    ("autoyast", ("sles", "opensuse", "tumbleweed")),
)


def family_of(seen: Inspection) -> Family | None:
    """Of the ISO's installer; None if it takes no answers that Isowright can write or place (Windows, live discs)."""
    if seen.volume_id == TEST_VOLUME:
        return FAMILIES["isowright-test"]
    kind = next((kind for kind, names in _DISTRIBUTIONS if seen.distribution in names), None)
    if seen.distribution == "ubuntu-server" and _before(seen.version, 20):
        kind = "preseed"  # Debian's installer, until 18.04
    return FAMILIES[kind] if kind else None


def _before(version: str, year: int) -> bool:
    first = version.split(".", 1)[0]
    return first.isdigit() and int(first) < year
