"""Ubuntu Server's autoinstall, as cloud-config on a NoCloud seed. Source: Ubuntu's autoinstall reference manual."""

from __future__ import annotations

from shlex import quote
from typing import Any

import yaml

from isowright.unattended import script
from isowright.unattended.answers import DATA_DISK, Answers

_DISKS = """lsblk -dnpro NAME,TYPE,RO | awk '$2 == "disk" && $3 == 0 {print $1}'"""
_CLOUD = "/target/etc/cloud"
_SOURCES = "datasource_list: [ OpenStack, ConfigDrive, Ec2, None ]"


def autoinstall(answers: Answers) -> str:
    """Raises InputError if the answers have problems."""
    a = answers.checked()
    late = [*script.let_sudo(a), *(script.virtio_initramfs() if a.virtio else [])]
    if a.user == "root":
        late += script.authorize(a)
        late += [f"usermod -p '{a.password_hash}' root"] if a.password_hash else []
    told: dict[str, Any] = {
        "version": 1,
        "locale": a.locale,
        "timezone": a.timezone,
        "keyboard": {"layout": a.layout, "variant": a.variant},
        "identity": {
            "hostname": a.hostname,
            # The installer wants a user that is not root; nobody can log in as this one.
            "username": "ubuntu" if a.user == "root" else a.user,
            "password": "!" if a.user == "root" else a.password_hash or "!",
        },
        "ssh": {
            "install-server": True,
            "allow-pw": bool(a.password_hash),
            "authorized-keys": [] if a.user == "root" else [key.strip() for key in a.ssh_keys],
        },
        # The installer reads this file again after these commands, as /autoinstall.yaml.
        "early-commands": [f'{script.find_disk(_DISKS)}; sed -i "s#{DATA_DISK}$#$d#" /autoinstall.yaml'],
        "storage": {"layout": {"name": "direct", "match": {"path": DATA_DISK}}},
        "packages": [*dict.fromkeys(["cloud-init", "cloud-guest-utils", *a.packages])],
        "late-commands": [
            *(["curtin in-target -- sh -c " + quote("; ".join(late))] if late else []),
            # The installer makes the user by cloud-init, at the first start, and switches off its looking for a cloud.
            f"rm -f {_CLOUD}/cloud.cfg.d/subiquity-disable-cloudinit-networking.cfg {_CLOUD}/ds-identify.cfg",
            *([f"echo '{_SOURCES}' >{_CLOUD}/cloud.cfg.d/99z-isowright.cfg"] if a.cloud_init else []),
        ],
        "shutdown": "poweroff" if a.power_off else "reboot",
    }
    if a.mirror:
        told["apt"] = {"primary": [{"arches": ["default"], "uri": a.mirror}]}
    text = yaml.safe_dump({"autoinstall": told}, sort_keys=False, allow_unicode=True, width=10_000)
    return f"#cloud-config\n# Written by Isowright.\n{text}"
