"""ISOs given answers: as xorriso would have done it to a copy, read without a copy, the original as it was."""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from samples import (
    ANSWERS,
    DEBIAN_GRUB,
    DEBIAN_ISOLINUX,
    POINTER_GRUB,
    RHEL_GRUB,
    RHEL_ISOLINUX,
    UBUNTU_GRUB,
)
from test_others_discs import SECONDS, unpacked

from isowright.errors import AppError, InputError, StateError
from isowright.iso import inspect_file
from isowright.unattended.family import family_of
from isowright.unattended.fat import Fat
from isowright.unattended.overlay import Overlay, OverlaySource, Patch, in_order, write
from isowright.unattended.remaster import put, remaster
from isowright.unattended.writing import answer_file

pytestmark = pytest.mark.skipif(not shutil.which("xorriso"), reason="NOT TRIED: there is no xorriso here")


def run(*command):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True, errors="replace").stdout


def efi_image(folder, menu):
    if not shutil.which("mformat"):
        pytest.skip("NOT TRIED: there is no mtools here")
    path = folder / "efi.img"
    run("mformat", "-C", "-i", path, "-f", "1440", "::")
    run("mmd", "-i", path, "::/EFI", "::/EFI/BOOT")
    (folder / "menu").write_text(menu)
    run("mcopy", "-i", path, folder / "menu", "::/EFI/BOOT/grub.cfg")
    return path


def build(folder, volume_id, files, *, efi_menu, options):
    """A disc as the distribution lays it out: El Torito for both firmwares, isohybrid."""
    tree = folder / volume_id.replace(" ", "-")
    for path, data in {"boot.bin": bytes(2048), **files}.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(data if isinstance(data, bytes) else data.encode())
    image = efi_image(folder, efi_menu)
    shutil.copy(image, tree / "efi.img")
    out = folder / f"{volume_id.split()[0]}.iso"
    bios = ("-c", "boot.cat", "-b", "boot.bin", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table")
    words = [str(image) if word == "EFI" else word for word in options]
    run(
        *("xorriso", "-as", "mkisofs", "-quiet", "-r", "-V", volume_id, "--set_all_file_dates", "2024010100000000"),
        *(*bios, *words, "-o", out, tree),
    )
    return out


IN_TREE = ("-eltorito-alt-boot", "-e", "efi.img", "-no-emul-boot", "-isohybrid-gpt-basdat")
APPENDED = (
    *("-append_partition", "2", "0xef", "EFI", "-appended_part_as_gpt"),
    *("-eltorito-alt-boot", "-e", "--interval:appended_partition_2:all::", "-no-emul-boot"),
)


@pytest.fixture
def debian(tmp_path):
    files = {f"isolinux/{name}": text for name, text in DEBIAN_ISOLINUX.items()}
    files |= {
        ".disk/info": "Debian GNU/Linux 12.7.0\n",
        "boot/grub/grub.cfg": DEBIAN_GRUB,
        "pool/a.deb": os.urandom(70_000),
    }
    return build(tmp_path, "Debian 12.7.0 amd64 n", files, efi_menu=POINTER_GRUB, options=("-J", *IN_TREE))


@pytest.fixture
def rhel(tmp_path):
    files = {f"isolinux/{name}": text for name, text in RHEL_ISOLINUX.items()}
    files |= {"EFI/BOOT/grub.cfg": RHEL_GRUB, "images/pxeboot/vmlinuz": b"x"}
    return build(tmp_path, "Rocky-9-4-x86_64-dvd", files, efi_menu=RHEL_GRUB, options=IN_TREE)


@pytest.fixture
def ubuntu(tmp_path):
    files = {".disk/info": 'Ubuntu-Server 24.04 LTS "N" - Release amd64\n', "boot/grub/grub.cfg": UBUNTU_GRUB}
    files |= {"casper/vmlinuz": os.urandom(100_000)}
    return build(tmp_path, "Ubuntu-Server 24.04 LTS amd64", files, efi_menu=POINTER_GRUB, options=APPENDED)


@pytest.fixture(params=["debian", "rhel", "ubuntu"])
def disc(request):
    return request.getfixturevalue(request.param)


def given(iso):
    family = family_of(inspect_file(iso))
    return family, answer_file(family, ANSWERS)


def state(path):
    return hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns, path.stat().st_ino


def extracted(iso, path, folder):
    out = folder / "extracted"
    out.unlink(missing_ok=True)
    run("xorriso", "-osirrox", "on", "-indev", iso, "-extract", f"/{path}", out)
    return out.read_bytes()


def catalogue(iso):
    """The boot catalogue as xorriso tells it, but for where it is itself."""
    told = run("xorriso", "-indev", iso, "-report_el_torito", "plain")
    lines = [line for line in told.splitlines() if line.startswith("El Torito") and "catalog" not in line]
    assert lines
    return lines


def boots(iso):
    """The boot catalogue as our inspector tells it, and the beginning of what each entry starts."""
    seen = inspect_file(iso)
    assert seen.usable
    data = iso.read_bytes()
    return [(boot, data[boot.lba * 2048 :][:512]) for boot in seen.boots], seen.isohybrid, seen.volume_id, seen.created


def test_the_disc_has_the_answers_and_boots_as_before(disc, tmp_path):
    before, was = state(disc), boots(disc)
    family, data = given(disc)
    out = tmp_path / "out.iso"
    overlay = remaster(disc, family, data)
    write(overlay, out)
    assert state(disc) == before
    assert boots(out) == was
    assert catalogue(out) == catalogue(disc)
    assert extracted(out, family.place, tmp_path) == data
    for path, text in family.beside.items():
        assert extracted(out, path, tmp_path) == text.encode()
    seen = inspect_file(out)
    assert family.place in seen.answer_files
    assert (seen.joliet, seen.rock_ridge, seen.title) == (inspect_file(disc).joliet, True, inspect_file(disc).title)
    assert overlay.added < 300_000
    # The rest of the disc is as it was, byte by byte.
    old, new = disc.read_bytes(), out.read_bytes()
    different = [at for at in range(0, len(old), 2048) if old[at : at + 2048] != new[at : at + 2048]]
    assert len(different) <= 10
    # No time of now is on it: so it is the same each time.
    listed = run("xorriso", "-indev", out, "-find", "/", "-exec", "lsdl")
    assert set(re.findall(r" (\d{4}|\d\d:\d\d) '/", listed)) == {"2020", "2024"}
    assert run("xorriso", "-indev", out, "-check_media", "--", "-toc")


def test_each_menu_that_firmware_may_read_starts_it(debian, rhel, ubuntu, tmp_path):
    for iso, menus in (
        (debian, ("boot/grub/grub.cfg", "isolinux/isolinux.cfg")),
        (rhel, ("EFI/BOOT/grub.cfg", "isolinux/isolinux.cfg")),
        (ubuntu, ("boot/grub/grub.cfg",)),
    ):
        family, data = given(iso)
        out = tmp_path / "out.iso"
        write(remaster(iso, family, data), out)
        for menu in menus:
            text = extracted(out, menu, tmp_path).decode()
            assert "default isowright" in text or "set default=isowright" in text
            assert family.arguments[0] in text
        efi = next(boot.lba for boot in inspect_file(out).boots if boot.platform == "UEFI")
        fat = Fat(out.read_bytes()[efi * 2048 :])
        inside = fat.read(fat.find("efi/boot/grub.cfg")).decode()
        # Red Hat's family has the menu itself in there; the others only a pointer, which stays.
        assert ("inst.ks=cdrom:/ks.cfg" in inside) == (iso is rhel)
        assert iso is rhel or inside == POINTER_GRUB


def test_it_is_what_xorriso_makes_of_a_copy(debian, tmp_path):
    """But for the descriptors' texts and dates, which stay the original's, and padding."""
    copy, out, file = tmp_path / "copy.iso", tmp_path / "out.iso", tmp_path / "file"
    shutil.copy(debian, copy)
    file.write_bytes(b"answers")
    file.chmod(0o444)
    os.utime(file, (1_600_000_000, 1_600_000_000))
    subprocess.run(
        [
            *("xorriso", "-dev", f"stdio:{copy}", "-joliet", "on", "-boot_image", "any", "keep"),
            *("-map", file, "/new.cfg", "-chown", "0", "/new.cfg", "--", "-chgrp", "0", "/new.cfg", "--"),
            *("-alter_date", "b", "=1600000000", "/", "--", "-padding", "0", "-commit"),
        ],
        env=os.environ | {"SOURCE_DATE_EPOCH": "1600000000", "TZ": "UTC"},
        check=True,
        capture_output=True,
    )
    write(put(debian, {"new.cfg": b"answers"}), out)
    theirs, ours = copy.read_bytes(), out.read_bytes()
    assert len(ours) == len(theirs)
    different = [at // 2048 for at in range(0, len(ours), 2048) if ours[at : at + 2048] != theirs[at : at + 2048]]
    assert set(different) <= {16, 18}  # the two volume descriptors
    for sector in (16, 18):
        assert ours[sector * 2048 + 132 : sector * 2048 + 190] == theirs[sector * 2048 + 132 : sector * 2048 + 190]


def test_the_same_is_read_each_time_and_anywhere(disc, tmp_path):
    family, data = given(disc)
    overlay = remaster(disc, family, data)
    assert remaster(disc, family, data) == overlay
    overlay.save(tmp_path / "overlay")
    assert Overlay.load(tmp_path / "overlay") == overlay
    write(overlay, tmp_path / "out.iso")
    whole = (tmp_path / "out.iso").read_bytes()
    assert len(whole) == overlay.size
    source = OverlaySource.over(overlay)
    try:
        chance = random.Random(5)
        edges = [at for patch in overlay.patches for at in (patch.offset, patch.offset + len(patch.data))]
        for offset in [chance.randrange(len(whole)) for _ in range(200)] + [max(0, at - 3) for at in edges]:
            got = source.at(offset, 5000)
            assert got
            assert whole[offset : offset + len(got)] == got
        assert source.at(len(whole), 10) == b""
        half = len(whole) // 2
        assert source.md5(half, len(whole) - half, threading.Event()) == hashlib.md5(whole[half:]).hexdigest()
        source.check()
        other = OverlaySource.over(remaster(disc, family, data + b"\n"))
        assert other.identity != source.identity
        assert other.identity.size == overlay.size
        other.close()
    finally:
        source.close()


def test_another_file_by_now_is_not_read(debian, tmp_path):
    overlay = remaster(debian, *given(debian))
    debian.write_bytes(debian.read_bytes())
    with pytest.raises(StateError, match="not the file any more"):
        OverlaySource.over(overlay)
    (tmp_path / "overlay").write_bytes(b"\x80")
    with pytest.raises(StateError):
        Overlay.load(tmp_path / "overlay")


def test_a_checksum_that_holds_no_more_is_taken_out(rhel, tmp_path):
    """Fedora's kin write the disc's MD5 into it; their check of the disc would find a disc that was tampered with."""
    data = bytearray(rhel.read_bytes())
    data[16 * 2048 + 883 :][:24] = b""
    data[16 * 2048 + 883 : 16 * 2048 + 900] = b"ISO MD5SUM = abcd"
    rhel.write_bytes(data)
    write(remaster(rhel, *given(rhel)), tmp_path / "out.iso")
    assert b"ISO MD5SUM" not in (tmp_path / "out.iso").read_bytes()[: 17 * 2048]


def test_without_xorriso_it_is_said_what_to_install(debian, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AppError, match="xorriso, which is not installed") as caught:
        remaster(debian, *given(debian))
    assert "apt-get install xorriso" in caught.value.remedy


def test_discs_that_cannot_be_changed_say_why(debian, tmp_path):
    family, data = given(debian)
    cut = tmp_path / "cut.iso"
    cut.write_bytes(debian.read_bytes()[:-600_000])
    with pytest.raises(InputError, match="cannot be given answers"):
        remaster(cut, family, data)
    bare = tmp_path / "bare.iso"
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "boot.bin").write_bytes(bytes(2048))
    run("xorriso", "-as", "mkisofs", "-quiet", "-b", "boot.bin", "-no-emul-boot", "-o", bare, tmp_path / "empty")
    with pytest.raises(InputError, match="no boot menu"):
        remaster(bare, family, data)


def test_patches_are_put_in_order_and_joined():
    patches = [Patch(10, b"aaaa"), Patch(0, b"bb"), Patch(12, b"cccc"), Patch(2, b"d"), Patch(40, b"e")]
    assert in_order(patches) == (Patch(0, b"bbd"), Patch(10, b"aacccc"), Patch(40, b"e"))


@pytest.mark.timeout(4 * SECONDS + 60)
@pytest.mark.parametrize("package", ["memtest86+", "grub-rescue-pc", "ipxe"])
def test_real_discs_boot_as_before(request, package, tmp_path):
    """ISOs that nobody here wrote get a file, and their boot catalogues stay."""
    isos = unpacked(package, Path(request.config.cache.mkdir("debian-isos")))
    if isinstance(isos, str):
        pytest.skip(f"NOT TRIED on the ISOs of Debian's {package}: {isos}")
    for iso in isos:
        before, was = state(iso), boots(iso)
        out = tmp_path / iso.name
        write(put(iso, {"answers/preseed.cfg": b"d-i\n"}), out)
        assert state(iso) == before
        assert boots(out) == was
        assert catalogue(out) == catalogue(iso)
        assert extracted(out, "answers/preseed.cfg", tmp_path) == b"d-i\n"


def test_the_command(debian, tmp_path):
    """`isowright remaster`, typed."""
    form = tmp_path / "form.toml"
    form.write_text(f'user = "ops"\nssh_keys = ["{ANSWERS.ssh_keys[0]}"]\n')

    def typed(*words):
        command = [sys.executable, "-m", "isowright.cli.main", "remaster", debian, *words]
        env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "ISOWRIGHT_HOME": str(tmp_path / "isowright")}
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=env, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    status, answers, err = typed("--form", form, "--out", "-")
    assert (status, err) == (0, "")
    assert "d-i passwd/username string ops\n" in answers
    given_file = tmp_path / "preseed.cfg"
    given_file.write_text(answers.replace("/dev/vdb", "/dev/sda"))
    status, out, err = typed("--answers", given_file, "--out", tmp_path / "new.iso")
    assert (status, err) == (0, "")
    assert "look    It names the first disk (sda)." in out
    assert "preseed.cfg" in inspect_file(tmp_path / "new.iso").answer_files
    status, _, err = typed("--answers", given_file, "--out", tmp_path / "new.iso")
    assert status == 2
    assert "exists already" in err
