"""A text replaced inside a FAT file system; mtools, which nobody here wrote, makes it and reads it back."""

from __future__ import annotations

import os
import random
import shutil
import subprocess

import pytest

from isowright.unattended.fat import Fat, FatError

pytestmark = pytest.mark.skipif(not shutil.which("mformat"), reason="NOT TRIED: there is no mtools here")
KINDS = {"fat12": ("-f", "1440"), "fat16": ("-T", "40960", "-h", "16", "-s", "63"), "fat32": ("-T", "80000", "-F")}


def tool(name, *args, **more):
    env = os.environ | {"MTOOLS_SKIP_CHECK": "1"}
    return subprocess.run([name, *map(str, args)], check=True, capture_output=True, env=env, **more).stdout


@pytest.fixture(params=KINDS)
def image(request, tmp_path):
    path = tmp_path / "efi.img"
    tool("mformat", "-C", "-i", path, *KINDS[request.param], "::")
    tool("mmd", "-i", path, "::/EFI", "::/EFI/BOOT")
    for name, data in (("BOOTX64.EFI", b"MZ" * 20_000), ("grub.cfg", b"set timeout=60\n"), ("a long name.txt", b"x")):
        (tmp_path / "in").write_bytes(data)
        tool("mcopy", "-i", path, tmp_path / "in", f"::/EFI/BOOT/{name}")
    return path


def checked(path, name):
    return tool("mtype", "-i", path, f"::/EFI/BOOT/{name}")


@pytest.mark.parametrize("size", [5, 700])
def test_a_file_gets_longer_and_shorter(image, size):
    fat = Fat(image.read_bytes())
    assert fat.read(fat.find("efi/boot/GRUB.CFG")) == b"set timeout=60\n"
    new = bytes(range(256)) * 200
    for content in (new[:30_000], new[:size]):
        fat.replace("EFI/BOOT/grub.cfg", content)
        image.write_bytes(fat.image)
        assert checked(image, "grub.cfg") == content
        assert checked(image, "BOOTX64.EFI") == b"MZ" * 20_000
        assert checked(image, "a long name.txt") == b"x"
    # What it had is free again: as much room as there was, to the cluster.
    fat.replace("EFI/BOOT/grub.cfg", b"set timeout=60\n")
    assert Fat(bytes(fat.image)).read(fat.find("EFI/BOOT/grub.cfg")) == b"set timeout=60\n"
    assert {path for path, _ in fat.walk()} == {
        "EFI/BOOT/BOOTX64.EFI",
        "EFI/BOOT/grub.cfg",
        "EFI/BOOT/a long name.txt",
    }


def test_a_full_one_says_so(image):
    fat = Fat(image.read_bytes())
    with pytest.raises(FatError, match="no room left"):
        fat.replace("EFI/BOOT/grub.cfg", bytes(len(fat.image)))
    assert bytes(fat.image) == image.read_bytes()
    with pytest.raises(FatError, match="no file"):
        fat.replace("EFI/BOOT/none", b"")


def test_any_damage_ends_in_words_or_in_files(image):
    """Bytes changed where the layout is told, by chance but always the same."""
    data = image.read_bytes()[:200_000]
    chance = random.Random(7)
    refused = 0
    for _ in range(150):
        hurt = bytearray(data)
        for _ in range(chance.randrange(1, 6)):
            hurt[chance.choice((chance.randrange(11, 48), chance.randrange(len(hurt))))] = chance.randrange(256)
        try:
            fat = Fat(bytes(hurt))
            for path, entry in list(fat.walk())[:20]:
                fat.read(entry)
                fat.replace(path, b"x" * 3000)
            assert len(fat.image) == len(hurt)
        except FatError:
            refused += 1
    assert 0 < refused < 150


@pytest.mark.parametrize("damage", ["empty", "noise", "short", "endless"])
def test_damaged_ones_raise_nothing_else(image, damage):
    data = bytearray(image.read_bytes())
    if damage == "empty":
        data = bytearray(512)
    elif damage == "noise":
        data[11:36] = os.urandom(25)
    elif damage == "short":
        del data[40_000:]
    else:
        fat = Fat(bytes(data))
        cluster = fat.find("EFI/BOOT").cluster
        fat._set(cluster, cluster)
        data = fat.image
    try:
        fat = Fat(bytes(data))
        found = [fat.read(entry)[:1] for _, entry in fat.walk()]
    except FatError:
        return
    assert damage != "empty"
    assert len(found) < 5000
