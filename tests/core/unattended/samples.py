"""What the tests of unattended installation share: keys, hashes, answers, and menus as the distributions write them."""

from __future__ import annotations

import base64
import struct

from isowright.unattended.answers import Answers


def ssh_key(comment="ops@desk", kind="ssh-ed25519", seed=1):
    raw = struct.pack(">I", len(kind)) + kind.encode() + struct.pack(">I", 32) + bytes([seed]) * 32
    return f"{kind} {base64.b64encode(raw).decode()} {comment}".rstrip()


HASH = "$6$saltsalt$" + "a./Z" * 21 + "ab"
ANSWERS = Answers(user="ops", ssh_keys=(ssh_key(),), password_hash=HASH, packages=("vim", "g++"))

# Written for these tests, in the shape that the discs have.
DEBIAN_GRUB = """\
if [ x$feature_default_font_path = xy ] ; then
   font=unicode
else
   font=$prefix/font.pf2
fi
if loadfont $font ; then
  set gfxmode=800x600
  terminal_output gfxterm
fi
set theme=/boot/grub/theme/1
menuentry --hotkey=g 'Graphical install' {
    set background_color=black
    linux    /install.amd/vmlinuz vga=788 --- quiet
    initrd   /install.amd/gtk/initrd.gz
}
menuentry --hotkey=i 'Install' {
    set background_color=black
    linux    /install.amd/vmlinuz vga=788 --- quiet
    initrd   /install.amd/initrd.gz
}
submenu --hotkey=a 'Advanced options ...' {
    menuentry '... Expert install' {
        linux    /install.amd/vmlinuz priority=low vga=788 ---
        initrd   /install.amd/initrd.gz
    }
    menuentry '... Rescue mode' {
        linux    /install.amd/vmlinuz vga=788 rescue/enable=true --- quiet
        initrd   /install.amd/initrd.gz
    }
}
"""
DEBIAN_ISOLINUX = {
    "isolinux.cfg": "# D-I config version 2.0\npath \ninclude menu.cfg\ndefault vesamenu.c32\nprompt 0\ntimeout 0\n",
    "menu.cfg": "menu hshift 4\nmenu title Installer menu\ninclude stdmenu.cfg\ninclude gtk.cfg\ninclude txt.cfg\n",
    "gtk.cfg": (
        "default installgui\nlabel installgui\n\tmenu label ^Graphical install\n\tmenu default\n"
        "\tkernel /install.amd/vmlinuz\n\tappend vga=788 initrd=/install.amd/gtk/initrd.gz --- quiet \n"
    ),
    "txt.cfg": (
        "label install\n\tmenu label ^Install\n\tkernel /install.amd/vmlinuz\n"
        "\tappend vga=788 initrd=/install.amd/initrd.gz --- quiet \n"
    ),
}
UBUNTU_GRUB = """\
set timeout=30

loadfont unicode

menuentry "Try or Install Ubuntu Server" {
\tset gfxpayload=keep
\tlinux\t/casper/vmlinuz  ---
\tinitrd\t/casper/initrd
}
menuentry "Ubuntu Server with the HWE kernel" {
\tset gfxpayload=keep
\tlinux\t/casper/hwe-vmlinuz  ---
\tinitrd\t/casper/hwe-initrd
}
grub_platform
if [ "$grub_platform" = "efi" ]; then
menuentry 'Boot from next volume' {
\texit 1
}
fi
"""
RHEL_GRUB = """\
set default="1"

function load_video {
  insmod all_video
}

load_video
set timeout=60
search --no-floppy --set=root -l 'Rocky-9-4-x86_64-dvd'

menuentry 'Install Rocky Linux 9.4' --class fedora --class gnu-linux --class gnu --class os {
\tlinuxefi /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=Rocky-9-4-x86_64-dvd quiet
\tinitrdefi /images/pxeboot/initrd.img
}
menuentry 'Test this media & install Rocky Linux 9.4' --class fedora --class gnu-linux --class gnu --class os {
\tlinuxefi /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=Rocky-9-4-x86_64-dvd rd.live.check quiet
\tinitrdefi /images/pxeboot/initrd.img
}
submenu 'Troubleshooting -->' {
\tmenuentry 'Rescue a Rocky Linux system' --class fedora {
\t\tlinuxefi /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=Rocky-9-4-x86_64-dvd inst.rescue quiet
\t\tinitrdefi /images/pxeboot/initrd.img
\t}
}
"""
RHEL_ISOLINUX = {
    "isolinux.cfg": """\
default vesamenu.c32
timeout 600

display boot.msg
menu title Rocky Linux 9.4

label linux
  menu label ^Install Rocky Linux 9.4
  kernel vmlinuz
  append initrd=initrd.img inst.stage2=hd:LABEL=Rocky-9-4-x86_64-dvd quiet

label check
  menu label Test this ^media & install Rocky Linux 9.4
  menu default
  kernel vmlinuz
  append initrd=initrd.img inst.stage2=hd:LABEL=Rocky-9-4-x86_64-dvd rd.live.check quiet

label local
  menu label Boot from ^local drive
  localboot 0xffff
"""
}
SUSE_ISOLINUX = {
    "isolinux.cfg": """\
default harddisk

label harddisk
  kernel localboot.c32
  append 0x80

label linux
  kernel linux
  append initrd=initrd splash=silent showopts

label rescue
  kernel linux
  append initrd=initrd splash=silent rescue=1 showopts

ui\t\tgfxboot bootlogo message
implicit\t1
display\t\tmessage
prompt\t\t1
timeout\t\t600
"""
}
POINTER_GRUB = "search --file --set=root /.disk/info\nset prefix=($root)/boot/grub\nsource $prefix/grub.cfg\n"
