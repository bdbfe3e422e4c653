"""Debian's preseed file. Source: Debian GNU/Linux installation guide, appendix B."""

from __future__ import annotations

from shlex import quote
from urllib.parse import urlsplit

from isowright.unattended import script
from isowright.unattended.answers import DATA_DISK, Answers


def preseed(answers: Answers) -> str:
    """Raises InputError if the answers have problems."""
    a = answers.checked()
    early = script.find_disk("list-devices disk")
    early += "; debconf-set partman-auto/disk $d; debconf-set grub-installer/bootdev $d"
    lines = [
        ("debian-installer/locale", "string", a.locale),
        ("keyboard-configuration/xkb-keymap", "select", a.layout),
        *([("keyboard-configuration/variantcode", "string", a.variant)] if a.variant else []),
        ("netcfg/choose_interface", "select", "auto"),
        ("netcfg/get_hostname", "string", a.hostname),
        ("netcfg/get_domain", "string", "localdomain"),
        ("hw-detect/load_firmware", "boolean", "false"),
        *_mirror(a),
        ("clock-setup/utc", "boolean", "true"),
        ("clock-setup/ntp", "boolean", "false"),
        ("time/zone", "string", a.timezone),
        *_accounts(a),
        ("partman/early_command", "string", early),
        ("partman-auto/disk", "string", DATA_DISK),
        ("partman-auto/method", "string", "regular"),
        ("partman-auto/choose_recipe", "select", "atomic"),
        ("partman-lvm/device_remove_lvm", "boolean", "true"),
        ("partman-md/device_remove_md", "boolean", "true"),
        ("partman-partitioning/confirm_write_new_label", "boolean", "true"),
        ("partman/choose_partition", "select", "finish"),
        ("partman/confirm", "boolean", "true"),
        ("partman/confirm_nooverwrite", "boolean", "true"),
        ("apt-setup/cdrom/set-first", "boolean", "false"),
        ("pkgsel/include", "string", " ".join(_packages(a))),
        ("pkgsel/upgrade", "select", "none"),
        ("grub-installer/only_debian", "boolean", "false"),
        ("grub-installer/with_other_os", "boolean", "false"),
        ("grub-installer/bootdev", "string", DATA_DISK),
        ("grub-installer/force-efi-extra-removable", "boolean", "true"),  # images start on machines that know no entry
        ("cdrom-detect/eject", "boolean", "false"),
        ("finish-install/reboot_in_progress", "note", ""),
        ("debian-installer/exit/poweroff", "boolean", str(a.power_off).lower()),
    ]
    commands = [*script.authorize(a), *script.let_sudo(a), *(script.virtio_initramfs() if a.virtio else [])]
    if commands:
        lines.append(("preseed/late_command", "string", f"in-target sh -c {quote('; '.join(commands))}"))
    text = "".join(f"d-i {name} {kind} {value}".rstrip() + "\n" for name, kind, value in lines)
    others = (
        "tasksel tasksel/first multiselect standard, ssh-server\n"
        "popularity-contest popularity-contest/participate boolean false\n"
    )
    return f"#_preseed_V1\n# Written by Isowright.\n{text}{others}"


def _mirror(a: Answers) -> list[tuple[str, str, str]]:
    if not a.mirror:
        return []
    parts = urlsplit(a.mirror)
    kind = parts.scheme
    return [
        ("mirror/country", "string", "manual"),
        ("mirror/protocol", "select", kind),
        (f"mirror/{kind}/hostname", "string", parts.netloc),
        (f"mirror/{kind}/directory", "string", parts.path or "/debian"),
        (f"mirror/{kind}/proxy", "string", ""),
    ]


def _accounts(a: Answers) -> list[tuple[str, str, str]]:
    password = a.password_hash or "!"
    if a.user == "root":
        return [
            ("passwd/root-login", "boolean", "true"),
            ("passwd/make-user", "boolean", "false"),
            ("passwd/root-password-crypted", "password", password),
        ]
    return [
        ("passwd/root-login", "boolean", "false"),
        ("passwd/user-fullname", "string", a.user),
        ("passwd/username", "string", a.user),
        ("passwd/user-password-crypted", "password", password),
    ]


def _packages(a: Answers) -> list[str]:
    cloud = ["cloud-init", "cloud-guest-utils"] if a.cloud_init else []
    return [*dict.fromkeys(["openssh-server", "sudo", *cloud, *a.packages])]
