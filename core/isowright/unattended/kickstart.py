"""Anaconda's kickstart file: Red Hat's family, Fedora, openEuler and their kin. Source: pykickstart's reference."""

from __future__ import annotations

from shlex import quote

from isowright.unattended import script
from isowright.unattended.answers import Answers


def kickstart(answers: Answers) -> str:
    """Raises InputError if the answers have problems."""
    a = answers.checked()
    keyboard = f"{a.layout} ({a.variant})" if a.variant else a.layout
    lines = [
        "# Written by Isowright.",
        "text",
        f"url --url={quote(a.mirror)}" if a.mirror else "cdrom",
        f"lang {a.locale}",
        f"keyboard --xlayouts={quote(keyboard)}",
        f"timezone {a.timezone} --utc",
        f"network --bootproto=dhcp --activate --hostname={a.hostname}",
        "firewall --enabled --service=ssh",
        "services --enabled=sshd",
        "firstboot --disable",
        *_accounts(a),
        # What is known only on the machine: which disk is the data disk.
        "%include /tmp/isowright-disk",
        "poweroff" if a.power_off else "reboot",
        "",
        "%pre --interpreter=/bin/sh",
        script.find_disk("""lsblk -dnpro NAME,TYPE | awk '$2 == "disk" && $1 !~ /zram|loop/ {print $1}'"""),
        "cat >/tmp/isowright-disk <<END",
        "ignoredisk --only-use=$d",
        "zerombr",
        "clearpart --all --initlabel --drives=$d",
        "bootloader --location=mbr --boot-drive=$d",
        "reqpart --add-boot",
        "part / --fstype=ext4 --size=4096 --grow --ondisk=$d",
        "END",
        "%end",
        "",
        "%packages",
        *_packages(a),
        "%end",
        "",
        "%post --interpreter=/bin/sh",
        # Not by the command sshkey, which Red Hat Enterprise Linux 7 does not know.
        *script.authorize(a),
        "restorecon -R /root /home 2>/dev/null",
        *script.let_sudo(a),
        *(script.virtio_dracut() if a.virtio else []),
        "true",
        "%end",
    ]
    return "\n".join(lines) + "\n"


def _accounts(a: Answers) -> list[str]:
    if a.user == "root":
        lines = [f"rootpw --iscrypted {quote(a.password_hash)}" if a.password_hash else "rootpw --lock"]
    else:
        password = f"--iscrypted --password={quote(a.password_hash)}" if a.password_hash else "--lock"
        lines = ["rootpw --lock", f"user --name={a.user} --groups=wheel {password}"]
    return lines


def _packages(a: Answers) -> list[str]:
    cloud = ["cloud-init", "cloud-utils-growpart"] if a.cloud_init else []
    return [*dict.fromkeys(["@core", "openssh-server", "sudo", *cloud, *a.packages])]
