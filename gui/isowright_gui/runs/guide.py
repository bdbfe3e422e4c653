"""What the operator should see to before powering off, by OS type, and a script that does most of it.

Source: the vendor's user guides on optimising a Linux or Windows image before it is made (DHCP, virtio drivers in the
initrd, UUIDs in fstab and GRUB, no persistent network rules; VirtIO drivers, remote desktop, Cloudbase-Init, Sysprep).
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication


@dataclass(frozen=True)
class Item:
    """A line of the checklist; `optional` shows the muted word behind it."""

    text: str
    optional: bool = False


def _tr(text: str) -> str:
    return QCoreApplication.translate("guide", text)


def checklist(os_type: str) -> list[Item]:
    """What to see to before powering off; never a gate."""
    if os_type == "Windows":
        return [
            Item(_tr("VirtIO disk and network drivers (viostor, netkvm)")),
            Item(_tr("Network by DHCP")),
            Item(_tr("Remote desktop is on")),
            Item(_tr("Cloudbase-Init"), optional=True),
            Item(_tr("Sysprep, then shut down"), optional=True),
        ]
    if os_type == "Other":
        return [Item(_tr("Network by DHCP")), Item(_tr("VirtIO drivers for disk and network"))]
    return [
        Item(_tr("Network by DHCP")),
        Item(_tr("virtio drivers in the initrd")),
        Item(_tr("UUIDs in fstab and GRUB")),
        Item(_tr("No persistent-net rules")),
        Item(_tr("sshd starts at boot")),
        Item(_tr("cloud-init"), optional=True),
    ]


LINUX_SCRIPT = r"""#!/bin/sh
# Run as root in the installed system, then power off.
set -eu
rm -f /etc/udev/rules.d/70-persistent-net.rules /etc/udev/rules.d/75-persistent-net-generator.rules
drivers="virtio_blk virtio_scsi virtio_net virtio_pci virtio_ring virtio"
if command -v update-initramfs >/dev/null; then
    for d in $drivers; do grep -qx "$d" /etc/initramfs-tools/modules || echo "$d" >>/etc/initramfs-tools/modules; done
    update-initramfs -u -k all
elif command -v dracut >/dev/null; then
    mkdir -p /etc/dracut.conf.d
    echo "add_drivers+=\" $drivers \"" >/etc/dracut.conf.d/virtio.conf
    dracut -f --regenerate-all
fi
# Disks by UUID, because /dev/vdb here is /dev/vda later.
cp -n /etc/fstab /etc/fstab.before-image
for dev in $(awk '$1 ~ "^/dev/[sv]d" {print $1}' /etc/fstab); do
    uuid=$(blkid -s UUID -o value "$dev") && sed -i "s|^$dev[[:space:]]|UUID=$uuid |" /etc/fstab
done
[ ! -f /etc/default/grub ] || sed -i 's/^GRUB_DISABLE_LINUX_UUID=.*//' /etc/default/grub
if command -v update-grub >/dev/null; then update-grub; fi
if command -v grub2-mkconfig >/dev/null; then grub2-mkconfig -o /boot/grub2/grub.cfg; fi
systemctl enable ssh 2>/dev/null || systemctl enable sshd 2>/dev/null || true
: >/etc/machine-id
rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
[ ! -x /usr/bin/ssh-keygen ] || [ -d /etc/cloud ] || ssh-keygen -A
sync
"""

WINDOWS_SCRIPT = r"""# Run in an elevated PowerShell of the installed system.
Set-ItemProperty 'HKLM:\System\CurrentControlSet\Control\Terminal Server' fDenyTSConnections 0
Enable-NetFirewallRule -DisplayGroup 'Remote Desktop'
Get-NetAdapter | Set-NetIPInterface -Dhcp Enabled
foreach ($name in 'viostor', 'netkvm') {
    if (-not (pnputil /enum-drivers | Select-String $name)) { Write-Warning "The driver $name is not installed." }
}
powercfg /hibernate off
Stop-Computer
"""


def script(os_type: str) -> str:
    """A finishing script to copy; "" where there is none."""
    return {"Linux": LINUX_SCRIPT, "Windows": WINDOWS_SCRIPT}.get(os_type, "")
