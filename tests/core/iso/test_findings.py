"""Everything that is said of an ISO: what is so, what it means and what to do."""

import io
import os
import struct
import sys
import tarfile
import zipfile
from pathlib import Path

import msgspec
import pytest
from disc import BIOS, POWERPC, PRIMARY, UEFI, code, disc, wim

from isowright.cli.inspect import lines
from isowright.errors import InputError
from isowright.iso import Inspection, inspect_file
from isowright.iso.inspect import inspect
from isowright.iso.reader import Blocks

UBUNTU = "Ubuntu-Server 22.04.5 LTS amd64"


def said(inspection, name):
    """The finding of that code: it is there once, and says what to do."""
    found = [finding for finding in inspection.findings if finding.code == name]
    assert len(found) == 1, inspection.findings
    assert found[0].title
    assert found[0].remedy
    return found[0]


def test_nothing_is_said_of_a_good_one(look):
    seen = look(disc(UBUNTU, {"filler": bytes(100_000)}, boots=((BIOS, "noemul"), (UEFI, "noemul")), joliet=True))
    assert seen.findings == ()
    assert seen.usable
    assert (seen.boot_mode, seen.joliet, seen.rock_ridge, seen.udf) == ("both", True, True, False)


# What is no ISO


def zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("disc.iso", b"x")
    return out.getvalue()


def tarred():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("disc.ovf"))
    return out.getvalue()


PAGE = b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head></html>"
ERROR = b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code></Error>'
OTHERS = [
    (PAGE, "web page"),
    (b"\xef\xbb\xbf\n  <HTML><body>Sign in", "web page"),
    (b"<!-- saved from -->\n<html>", "web page"),
    (ERROR, "XML"),
    (b"<Error><Code>NoSuchKey</Code></Error>", "XML"),
    (b'{"error": "token expired"}', "JSON"),
    (zipped(), "zip"),
    (tarred(), "tar"),
    (b"7z\xbc\xaf\x27\x1c" + bytes(100), "7z"),
    (b"Rar!\x1a\x07\x01\0" + bytes(100), "rar"),
    (b"\x1f\x8b\x08\0" + bytes(100), "gzip"),
    (b"\xfd7zXZ\0" + bytes(100), "xz"),
    (b"BZh91AY" + bytes(100), "bzip2"),
    (b"\x28\xb5\x2f\xfd" + bytes(100), "zstd"),
    (b"QFI\xfb\0\0\0\x03" + bytes(70_000), "qcow2"),
    (b"KDMV\x01\0\0\0" + bytes(70_000), "vmdk"),
    (b"# Disk DescriptorFile\nversion=1\n", "vmdk"),
    (b"vhdxfile" + bytes(70_000), "vhdx"),
    (b"conectix" + bytes(70_000), "vhd"),
    (b"\1" + bytes(70_000) + b"conectix" + bytes(504), "vhd"),
    (b"<<< Oracle VM VirtualBox Disk Image >>>\n".ljust(64, b"\0") + b"\x7f\x10\xda\xbe" + bytes(70_000), "vdi"),
    (bytes(446) + b"\x80\0\0\0\x83\0\0\0\0\x08".ljust(64, b"\1") + b"\x55\xaa" + bytes(70_000), "raw disk"),
    (bytes(512) + b"EFI PART" + bytes(70_000), "raw disk"),
    (b"\0" + b"\xff" * 10 + b"\0" + bytes(70_000), "raw copy of a CD"),
    (wim(20348, server=True), "WIM"),
    (b"hsqs" + bytes(70_000), "squashfs"),
    (b"MZ\x90\0" + bytes(70_000), "Windows program"),
    (b"\x7fELF\x02" + bytes(70_000), "Linux program"),
    (b"%PDF-1.7\n", "PDF"),
    (b"d8:announce35:http://torrent.example/announce", "torrent"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
    (b"0" * 64 + b"  ubuntu-22.04.5-live-server-amd64.iso\n", "checksums"),
    (b"Please read the terms of use first.\n", "text"),
    (bytes(200_000), "zeros"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "word"), OTHERS, ids=[f"{n}-{row[1]}" for n, row in enumerate(OTHERS)])
def test_others_saved_as_iso(look, data, word):
    seen = look(data)
    assert code(seen) == ["not-an-iso"]
    assert word in said(seen, "not-an-iso").title
    assert not seen.usable


def test_no_known_format(look):
    seen = look(bytes(range(1, 200)) * 1000)
    assert said(seen, "not-an-iso").title == "It is no ISO."


def test_empty(look):
    assert code(look(b"")) == ["empty"]


# What is cut off


def test_truncated(look):
    whole = disc(UBUNTU, {"filler": bytes(3_000_000)})
    seen = look(whole[:1_500_000])
    assert said(seen, "truncated").verdict == "failed"
    assert "1.5 MiB of 2.9 MiB" in said(seen, "truncated").title
    assert not seen.usable
    assert (seen.distribution, seen.boot_mode) == ("ubuntu-server", "bios")


def test_a_few_blocks_may_be_padding(look):
    seen = look(disc(UBUNTU, {"filler": bytes(3_000_000)})[:-4096])
    assert said(seen, "truncated").verdict == "warning"
    assert seen.usable


def test_only_the_beginning_is_there(look):
    seen = look(disc(UBUNTU)[:20_000])
    assert said(seen, "truncated").verdict == "failed"
    isohybrid = look(disc(UBUNTU, isohybrid=True)[:20_000])
    assert said(isohybrid, "truncated").verdict == "failed"


@pytest.mark.parametrize("sectors", [17, 18, 19, 25])
def test_cut_between_the_descriptors(look, sectors):
    seen = look(disc(UBUNTU, {"filler": bytes(900_000)}, joliet=True)[: sectors * 2048])
    assert said(seen, "truncated").verdict == "failed"


def test_larger_than_it_says_is_fine(look):
    assert code(look(disc(UBUNTU) + bytes(500_000))) == []


def test_too_large():
    data = disc(UBUNTU)
    blocks = Blocks(128 * 1024**3 + 1)
    blocks.put(0, len(data), data)
    blocks.put(len(data) // 32768 * 32768 + 32768, 2 << 20, b"")
    seen = inspect("disc.iso", blocks)
    assert said(seen, "too-large").verdict == "failed"
    assert "128 GB" in said(seen, "too-large").title
    assert seen.distribution == "ubuntu-server"


# What does not boot, or not as it should


def test_not_bootable(look):
    seen = look(disc(UBUNTU, boots=()))
    assert said(seen, "not-bootable").verdict == "failed"
    assert "no boot entry" in said(seen, "not-bootable").detail


def test_entry_marked_as_not_bootable(look):
    data = bytearray(disc(UBUNTU))
    at = struct.unpack_from("<I", data, 17 * 2048 + 0x47)[0] * 2048 + 32
    assert data[at] == 0x88
    data[at] = 0
    seen = look(bytes(data))
    assert "marked as not bootable" in said(seen, "not-bootable").detail
    assert [boot.bootable for boot in seen.boots] == [False]


def test_damaged_catalogue(look):
    data = bytearray(disc(UBUNTU))
    at = struct.unpack_from("<I", data, 17 * 2048 + 0x47)[0] * 2048
    data[at + 30] = 0
    assert "damaged" in said(look(bytes(data)), "not-bootable").detail


def test_catalogue_behind_the_end(look):
    data = bytearray(disc(UBUNTU))
    struct.pack_into("<I", data, 17 * 2048 + 0x47, 0xFFFFFFFF)
    assert "damaged" in said(look(bytes(data)), "not-bootable").detail


def test_boots_on_other_machines_alone(look):
    seen = look(disc(UBUNTU, boots=((POWERPC, "noemul"),)))
    assert "PowerPC" in said(seen, "not-bootable").detail
    assert seen.boot_mode == "none"


def test_uefi_only(look):
    seen = look(disc(UBUNTU, boots=((UEFI, "noemul"),)))
    assert said(seen, "uefi-only").verdict == "warning"
    assert (seen.boot_mode, seen.usable) == ("uefi", True)


@pytest.mark.parametrize(("media", "words"), [("floppy", "1.44 MB floppy"), ("hdemul", "hard disk")])
def test_emulated_boot(look, media, words):
    seen = look(disc(UBUNTU, boots=((BIOS, media), (UEFI, "noemul"))))
    assert words in said(seen, "emulated-boot").title
    assert seen.boots[0].emulation == words
    assert (seen.boot_mode, seen.usable) == ("both", True)


def udf_only():
    """A disc whose ISO 9660 descriptors are gone, as writers of pure UDF leave them out."""
    data = bytearray(disc("X", {"readme.txt": "x"}, udf=True, boots=(), rock_ridge=False))
    sectors = [bytes(data[n * 2048 : n * 2048 + 2048]) for n in range(16, 32)]
    rest = [sector for sector in sectors if sector[1:6] != b"CD001"]
    data[PRIMARY : PRIMARY + 16 * 2048] = b"".join(rest).ljust(16 * 2048, b"\0")
    return bytes(data)


def test_udf_only(look):
    seen = look(udf_only())
    assert said(seen, "udf-only").verdict == "failed"
    assert (seen.udf, seen.volume_id) == (True, "X")
    assert "not-bootable" not in code(seen)


def test_isohybrid(look):
    assert look(disc(UBUNTU, isohybrid=True)).isohybrid
    assert not look(disc(UBUNTU)).isohybrid


# Which processor and which system


@pytest.mark.parametrize(
    ("volume_id", "arch"),
    [
        ("Debian 12.5.0 arm64 n", "aarch64"),
        ("RHEL-9-4-0-BaseOS-s390x", "s390x"),
        ("Debian 12.5.0 ppc64el n", "ppc64le"),
    ],
)
def test_wrong_architecture(look, volume_id, arch):
    seen = look(disc(volume_id))
    assert arch in said(seen, "wrong-architecture").title
    assert not seen.usable


def test_architecture_by_the_loader(look):
    files = {"EFI/BOOT/BOOTAA64.EFI": "x"}
    assert said(look(disc("CDROM", files)), "wrong-architecture")
    assert look(disc("CDROM", files | {"EFI/BOOT/bootx64.efi": "x"})).architecture == "x86_64"


def test_32_bit(look):
    seen = look(disc("Debian 10.13.0 i386 n"))
    assert said(seen, "32-bit").verdict == "warning"
    assert seen.usable


@pytest.mark.parametrize(
    "volume_id", ["ESXI-8.0U2-22380479-STANDARD", "PVE", "XCP-ng 8.2.1", "VMware VCSA", "virtio-win-0.1.248"]
)
def test_systems_that_become_no_image(look, volume_id):
    seen = look(disc(volume_id))
    assert seen.title in said(seen, "unsupported-system").title
    assert not seen.usable


def test_unknown_system(look):
    seen = look(disc("CDROM"))
    assert said(seen, "unknown-system").verdict == "warning"
    assert (seen.os_type, seen.min_disk, seen.usable) == ("Other", 0, True)


def test_known_by_name_alone(look):
    seen = look(disc("CDROM"), "debian-12.7.0-amd64-netinst.iso")
    assert "Debian GNU/Linux 12.7.0" in said(seen, "by-name-only").title


# Windows


def windows(**files):
    more = {path.replace("|", "/"): text for path, text in files.items()}
    return disc(
        "SSS_X64FREE_EN-US_DV9",
        {"sources/install.wim": wim(20348, server=True), "bootmgr": "x"} | more,
        udf=True,
        rock_ridge=False,
    )


def test_windows_without_virtio(look):
    seen = look(windows())
    assert said(seen, "no-virtio").verdict == "warning"
    assert (seen.virtio, seen.usable) == (False, True)


@pytest.mark.parametrize(
    "path", ["viostor/2k22/amd64/viostor.inf", "drivers/NetKVM/netkvm.inf", "$WinPEDriver$/viostor/a.inf"]
)
def test_windows_with_virtio(look, path):
    seen = look(windows(**{path: "x"}))
    assert seen.virtio is True
    assert "no-virtio" not in code(seen)


def test_virtio_is_no_question_for_others(look):
    assert look(disc(UBUNTU)).virtio is None


@pytest.mark.parametrize(
    ("volume_id", "path"),
    [
        (UBUNTU, "user-data"),
        (UBUNTU, "nocloud/user-data"),
        ("Debian 12.7.0 amd64 n", "preseed.cfg"),
        ("Rocky-9-4-x86_64-dvd", "ks.cfg"),
        ("SLE-15-SP5-Full-x86_64", "autoinst.xml"),
        ("14_1_RELEASE_AMD64_CD", "etc/installerconfig"),
    ],
)
def test_answer_files(look, volume_id, path):
    seen = look(disc(volume_id, {path: "x"}))
    assert seen.answer_files == (path,)
    assert path in said(seen, "answer-files").title


def test_answer_file_of_windows(look):
    seen = look(windows(**{"Autounattend.xml": "<unattend/>"}))
    assert seen.answer_files == ("autounattend.xml",)


# Files that cannot be read at all


def test_paths_that_are_no_file(tmp_path):
    for path, words in ((tmp_path / "gone.iso", "no file"), (tmp_path, "folder"), (tmp_path / ("x" * 300), "read")):
        with pytest.raises(InputError) as caught:
            inspect_file(path)
        assert words in caught.value.title
        assert caught.value.remedy


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders here")
def test_a_loop_of_links_and_a_pipe(tmp_path):
    loop = tmp_path / "loop.iso"
    loop.symlink_to(loop)
    pipe = tmp_path / "pipe.iso"
    os.mkfifo(pipe)
    for path in (loop, pipe):
        with pytest.raises(InputError):
            inspect_file(path)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names are text here")
def test_a_name_that_is_no_text(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff\x1b[31m.iso"
    with open(path, "wb") as file:  # noqa: PTH123  # bytes are no Path
        file.write(disc(UBUNTU))
    seen = inspect_file(Path(os.fsdecode(path)))
    assert msgspec.json.decode(msgspec.json.encode(seen), type=Inspection) == seen
    assert lines(seen)[0].isprintable()


def test_a_file_by_its_path(tmp_path):
    path = tmp_path / "disc.iso"
    path.write_bytes(disc(UBUNTU))
    seen = inspect_file(path)
    assert (seen.name, seen.size, seen.distribution) == ("disc.iso", path.stat().st_size, "ubuntu-server")
    assert 0 < seen.bytes_read <= 65536
