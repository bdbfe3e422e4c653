"""SUSE's AutoYaST profile. Source: the AutoYaST guide of SUSE Linux Enterprise Server 15."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from isowright.unattended import script
from isowright.unattended.answers import DATA_DISK, Answers

_CONFIG = "http://www.suse.com/1.0/configns"
_DISKS = """lsblk -dnpro NAME,TYPE,RO | awk '$2 == "disk" && $3 == 0 {print $1}'"""


def autoyast(answers: Answers) -> str:
    """Raises InputError if the answers have problems."""
    a = answers.checked()
    profile = ET.Element("profile", {"xmlns": "http://www.suse.com/1.0/yast2ns", "xmlns:config": _CONFIG})
    general = _in(profile, "general")
    mode = _in(general, "mode")
    _flag(mode, "confirm", on=False)
    # The first stage does it all: a second one would need a restart, which would start from the disc again.
    _flag(mode, "second_stage", on=False)
    _flag(mode, "halt", on=a.power_off)
    signatures = _in(general, "storage")
    _in(signatures, "start_multipath", "false").set("config:type", "boolean")
    language = _in(profile, "language")
    _in(language, "language", a.locale.removesuffix(".UTF-8"))
    _in(_in(profile, "keyboard"), "keymap", a.keyboard)
    zone = _in(profile, "timezone")
    _in(zone, "hwclock", "UTC")
    _in(zone, "timezone", a.timezone)
    _in(_in(_in(profile, "networking"), "dns"), "hostname", a.hostname)
    _disk(profile)
    _users(profile, a)
    _software(profile, a)
    _services(profile)
    _scripts(profile, a)
    ET.indent(profile)
    body = ET.tostring(profile, encoding="unicode")
    return f'<?xml version="1.0"?>\n<!DOCTYPE profile>\n<!-- Written by Isowright. -->\n{body}\n'


def _disk(profile: ET.Element) -> None:
    drive = _in(_list(profile, "partitioning"), "drive")
    _in(drive, "device", DATA_DISK)
    _in(drive, "disklabel", "gpt")
    _flag(drive, "initialize", on=True)
    _in(drive, "use", "all")
    root = _in(_list(drive, "partitions"), "partition")
    _in(root, "mount", "/")
    _in(root, "filesystem", "ext4").set("config:type", "symbol")
    _in(root, "size", "max")


def _users(profile: ET.Element, a: Answers) -> None:
    user = _in(_list(profile, "users"), "user")
    _in(user, "username", a.user)
    _in(user, "user_password", a.password_hash or "!")
    _flag(user, "encrypted", on=True)
    if a.ssh_keys:
        keys = _list(user, "authorized_keys")
        for key in a.ssh_keys:
            _in(keys, "listentry", key.strip())


def _software(profile: ET.Element, a: Answers) -> None:
    software = _in(profile, "software")
    _flag(software, "install_recommended", on=False)
    patterns = _list(software, "patterns")
    _in(patterns, "pattern", "base")
    packages = _list(software, "packages")
    cloud = ["cloud-init", "growpart"] if a.cloud_init else []
    for name in dict.fromkeys(["openssh", "sudo", *cloud, *a.packages]):
        _in(packages, "package", name)
    if a.mirror:
        entry = _in(_list(_in(profile, "add-on"), "add_on_products"), "listentry")
        _in(entry, "media_url", a.mirror)


def _services(profile: ET.Element) -> None:
    enabled = _list(_in(_in(profile, "services-manager"), "services"), "enable")
    _in(enabled, "service", "sshd")
    firewall = _in(profile, "firewall")
    _flag(firewall, "enable_firewall", on=True)
    _flag(firewall, "start_firewall", on=True)
    _in(firewall, "default_zone", "public")
    zone = _in(_list(firewall, "zones"), "zone")
    _in(zone, "name", "public")
    _in(_list(zone, "services"), "service", "ssh")


def _scripts(profile: ET.Element, a: Answers) -> None:
    scripts = _in(profile, "scripts")
    # A changed profile is read anew from there.
    _script(
        scripts,
        "pre-scripts",
        "isowright-disk",
        [
            script.find_disk(_DISKS),
            f'sed "s#<device>{DATA_DISK}<#<device>$d<#" /tmp/profile/autoinst.xml >/tmp/profile/modified.xml',
        ],
    )
    enable = ["systemctl enable cloud-init-local cloud-init cloud-config cloud-final"] if a.cloud_init else []
    commands = [*script.let_sudo(a), *(script.virtio_dracut() if a.virtio else []), *enable]
    if commands:
        _script(scripts, "chroot-scripts", "isowright-system", commands, chrooted=True)


def _script(scripts: ET.Element, kind: str, name: str, lines: list[str], *, chrooted: bool = False) -> None:
    one = _in(_list(scripts, kind), "script")
    _in(one, "filename", f"{name}.sh")
    _in(one, "interpreter", "shell")
    if chrooted:
        _flag(one, "chrooted", on=True)
    _in(one, "source", "\n".join(["", *lines, ""]))


def _in(parent: ET.Element, name: str, text: str = "") -> ET.Element:
    child = ET.SubElement(parent, name)
    if text:
        child.text = text
    return child


def _list(parent: ET.Element, name: str) -> ET.Element:
    child = _in(parent, name)
    child.set("config:type", "list")
    return child


def _flag(parent: ET.Element, name: str, *, on: bool) -> None:
    _in(parent, name, "true" if on else "false").set("config:type", "boolean")
