"""Pieces of shell that several kinds of answer files need, each one line for `sh -c`."""

from __future__ import annotations

from shlex import quote

from isowright.unattended.answers import DATA_DISK, VIRTIO, Answers


def find_disk(disks: str) -> str:
    """Sets $d to the data disk; `disks`: a command that prints all disks' paths. Where there is no second one it stays
    /dev/vdb, and the installer stops for want of it: the first disk is never taken."""
    return f"d={DATA_DISK}; [ -b $d ] || d=$({disks} | sort | sed -n 2p); d=${{d:-{DATA_DISK}}}"


def authorize(answers: Answers) -> list[str]:
    """Lets the keys in, run in the installed system."""
    if not answers.ssh_keys:
        return []
    home = "/root" if answers.user == "root" else f"/home/{answers.user}"
    keys = "\\n".join(("%s",) * len(answers.ssh_keys))
    values = " ".join(quote(key.strip()) for key in answers.ssh_keys)
    return [
        f"mkdir -p -m 700 {home}/.ssh",
        f"printf {quote(keys + chr(92) + 'n')} {values} >{home}/.ssh/authorized_keys",
        f"chmod 600 {home}/.ssh/authorized_keys",
        f"chown -R {answers.user}: {home}/.ssh",
    ]


def let_sudo(answers: Answers) -> list[str]:
    """Without a password there would be none to give to sudo."""
    if answers.user == "root" or answers.password_hash:
        return []
    line = f"{answers.user} ALL=(ALL) NOPASSWD:ALL"
    path = "/etc/sudoers.d/90-isowright"
    return [f"mkdir -p /etc/sudoers.d; printf '%s\\n' {quote(line)} >{path}; chmod 440 {path}"]


def virtio_initramfs() -> list[str]:
    """Debian's and Ubuntu's."""
    modules = "\\n".join(VIRTIO)
    return [f"printf '{modules}\\n' >>/etc/initramfs-tools/modules", "update-initramfs -u -k all"]


def virtio_dracut() -> list[str]:
    """Red Hat's family and SUSE's."""
    line = f'add_drivers+=" {" ".join(VIRTIO)} "'
    return [
        f"printf '%s\\n' {quote(line)} >/etc/dracut.conf.d/90-isowright.conf",
        'for k in /lib/modules/*/; do dracut -f --kver "$(basename "$k")"; done',
    ]
