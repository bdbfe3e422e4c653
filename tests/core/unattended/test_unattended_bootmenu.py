"""Boot menus as the distributions write them: which entry is taken, and what starts by itself."""

from __future__ import annotations

import re

import pytest
from samples import (
    DEBIAN_GRUB,
    DEBIAN_ISOLINUX,
    POINTER_GRUB,
    RHEL_GRUB,
    RHEL_ISOLINUX,
    SUSE_ISOLINUX,
    UBUNTU_GRUB,
)

from isowright.unattended.bootmenu import edit_grub, edit_isolinux, grub_word, has_grub_entries, with_arguments

PRESEED = ("auto=true", "preseed/file=/cdrom/preseed.cfg")


def ours(text):
    """The kernel's line of the entry that was added."""
    entry = re.search(r"menuentry \"[^\"]*\" --id isowright {\n(.*?)\n}\n", text, re.DOTALL).group(1)
    return next(line.strip() for line in entry.splitlines() if line.strip().startswith("linux"))


@pytest.mark.parametrize(
    ("text", "arguments", "line"),
    [
        (
            DEBIAN_GRUB,
            PRESEED,
            "linux    /install.amd/vmlinuz vga=788 auto=true preseed/file=/cdrom/preseed.cfg --- quiet",
        ),
        (
            UBUNTU_GRUB,
            ("autoinstall", "ds=nocloud;s=/cdrom/nocloud/"),
            r"linux	/casper/vmlinuz autoinstall ds=nocloud\;s=/cdrom/nocloud/ ---",
        ),
        (
            RHEL_GRUB,
            ("inst.ks=cdrom:/ks.cfg",),
            "linuxefi /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=Rocky-9-4-x86_64-dvd quiet inst.ks=cdrom:/ks.cfg",
        ),
    ],
    ids=["debian", "ubuntu", "rhel"],
)
def test_grub_starts_the_plain_installation_by_itself(text, arguments, line):
    edited = edit_grub(text, arguments)
    assert edited.startswith(text)  # the makers' entries stay as they are
    assert ours(edited) == line
    assert edited.rstrip().endswith("set default=isowright\nset timeout_style=menu\nset timeout=1\n# isowright: end")
    assert edit_grub(edited, arguments) == edited


def test_grub_takes_the_text_installer_and_its_own_initrd():
    added = edit_grub(DEBIAN_GRUB, PRESEED).removeprefix(DEBIAN_GRUB)
    assert "/install.amd/initrd.gz" in added
    assert "gtk" not in added


def test_a_pointer_to_another_menu_is_none():
    assert not has_grub_entries(POINTER_GRUB)
    assert edit_grub(POINTER_GRUB, PRESEED) is None
    assert has_grub_entries(RHEL_GRUB)
    assert edit_grub('menuentry "Boot from next volume" {\n  exit 1\n}\n', PRESEED) is None
    assert edit_grub('menuentry "Cut off" {\n  linux /vmlinuz\n', PRESEED) is None


@pytest.mark.parametrize(
    ("files", "kernel", "append"),
    [
        (DEBIAN_ISOLINUX, "/install.amd/vmlinuz", "vga=788 initrd=/install.amd/initrd.gz ARGUMENTS --- quiet"),
        (RHEL_ISOLINUX, "vmlinuz", "initrd=initrd.img inst.stage2=hd:LABEL=Rocky-9-4-x86_64-dvd quiet ARGUMENTS"),
        (SUSE_ISOLINUX, "linux", "initrd=initrd splash=silent showopts ARGUMENTS"),
    ],
    ids=["debian", "rhel", "suse"],
)
def test_isolinux_starts_the_plain_installation_by_itself(files, kernel, append):
    changed = edit_isolinux(files, PRESEED)
    assert set(changed) == {"isolinux.cfg"}
    text = changed["isolinux.cfg"]
    rest, _, added = text.partition("# isowright: begin\n")
    assert added.splitlines() == [
        "label isowright",
        f"  kernel {kernel}",
        f"  append {append.replace('ARGUMENTS', ' '.join(PRESEED))}",
        "default isowright",
        "prompt 0",
        "timeout 1",
    ]
    assert not re.search(r"^\s*(?:ui|default|prompt|timeout)\b", rest, re.MULTILINE | re.IGNORECASE)
    assert set(re.findall(r"^label .*$", rest, re.MULTILINE)) == set(
        re.findall(r"^label .*$", files["isolinux.cfg"], re.MULTILINE)
    )
    again = edit_isolinux(files | changed, PRESEED)
    assert again == changed


def test_isolinux_without_a_label_that_installs_is_left_alone():
    assert edit_isolinux({"isolinux.cfg": "label local\n  localboot 0x80\n"}, PRESEED) == {}
    assert edit_isolinux({"txt.cfg": DEBIAN_ISOLINUX["txt.cfg"]}, PRESEED) == {}


def test_arguments_take_the_place_of_their_like_and_checks_of_the_disc_go():
    assert with_arguments("vga=1 auto=false quiet --- splash", ("auto=true",)) == "vga=1 quiet auto=true --- splash"
    assert with_arguments("rd.live.check quiet", ()) == "quiet"


@pytest.mark.parametrize("nasty", ["a;b", "a$b", 'a"b', "a'b", "a b", "a{b}", "a#b", "a&b|c<d>e", "a\\b"])
def test_grub_reads_an_argument_as_one_word(nasty):
    assert re.sub(r"\\(.)", r"\1", grub_word(nasty)) == nasty
    assert re.fullmatch(r"(?:[^\\;&|<>{}$\"'#\s]|\\.)+", grub_word(nasty))
