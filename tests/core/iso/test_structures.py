"""The structures of a disc, against pycdlib's own reading of the same bytes."""

import io
import struct

import pycdlib
import pytest
from disc import BIOS, POWERPC, PRIMARY, UEFI, code, disc, wim

from isowright.iso.boot import read_catalog
from isowright.iso.folders import IsoTree
from isowright.iso.inspect import inspect
from isowright.iso.reader import Blocks, FileBlocks, MissingError
from isowright.iso.tree import Files
from isowright.iso.udf import UdfTree
from isowright.iso.volume import read_descriptors

LONG = "a-very-long-name-of-a-file-" * 8 + "end.txt"  # its Rock Ridge name goes on in another place
FILES = {
    ".treeinfo": "[general]\nfamily = Rocky Linux\n",
    "a/b/c/deep.txt": "deep",
    "empty": "",
    "large.bin": bytes(range(256)) * 300,
    "über.txt": "umlaut",
    "x/.hidden": "hidden",
}


def blocks_of(data, budget=1 << 30):
    blocks = FileBlocks(io.BytesIO(data), len(data))
    blocks._budget = budget
    return blocks


def trees(data):
    blocks = blocks_of(data)
    told = read_descriptors(blocks)
    found = {"iso": IsoTree(blocks, told.primary, "iso")}
    if told.joliet:
        found["joliet"] = IsoTree(blocks, told.joliet, "joliet")
    if told.udf:
        found["udf"] = UdfTree(blocks)
    return found


def everything(tree, node=None, path=""):
    """Path → content of all files."""
    found = {}
    for child in tree.children(node or tree.root()):
        name = f"{path}{child.name}"
        if child.folder:
            found |= everything(tree, child, f"{name}/")
        else:
            size = tree.size(child)
            found[name] = b"".join(tree.read(child, at, 65536) for at in range(0, size, 65536))
    return found


def theirs(data, path_kind):
    """The same, read by pycdlib."""
    iso = pycdlib.PyCdlib()
    iso.open_fp(io.BytesIO(data))
    found = {}
    for folder, _, names in iso.walk(**{path_kind: "/"}):
        for name in names:
            if name.lower().startswith("boot"):
                continue  # it does not read a catalogue as a file
            path = f"{folder.rstrip('/')}/{name}"
            out = io.BytesIO()
            iso.get_file_from_iso_fp(out, **{path_kind: path})
            found[path[1:].split(";", maxsplit=1)[0]] = out.getvalue()
    iso.close()
    return found


@pytest.mark.parametrize(
    ("kind", "path_kind", "options"),
    [
        ("iso", "rr_path", {}),
        ("joliet", "joliet_path", {"joliet": True}),
        ("udf", "udf_path", {"udf": True, "rock_ridge": False}),
        ("iso", "iso_path", {"rock_ridge": False}),
    ],
    ids=["rock-ridge", "joliet", "udf", "plain"],
)
def test_all_files_as_pycdlib_reads_them(kind, path_kind, options):
    files = dict(FILES)
    if path_kind == "iso_path":
        del files["über.txt"]
    if path_kind == "rr_path":
        files |= {LONG: "long"}
    data = disc("TEST", files, **options)
    ours = everything(trees(data)[kind])
    boot = {name for name in ours if name.lower().startswith("boot")}
    assert len(boot) == 2  # the boot image and the catalogue
    told = theirs(data, path_kind)
    if path_kind == "iso_path":
        told = {name.rstrip("."): content for name, content in told.items()}
    assert {k: v for k, v in ours.items() if k not in boot} == told
    if path_kind != "iso_path":
        given = {k: v if isinstance(v, bytes) else v.encode() for k, v in files.items()}
        assert {k: v for k, v in ours.items() if k not in boot} == given


def test_a_folder_of_a_thousand_names():
    files = {f"pool/package-{number:04d}.deb": str(number) for number in range(1000)}
    found = everything(trees(disc("TEST", files))["iso"])
    assert {name: found[name].decode() for name in files} == files


def test_look_ups_do_not_mind_the_case():
    files = Files([trees(disc("TEST", {"EFI/Boot/BOOTX64.efi": "x"}))["iso"]])
    assert files.has("efi/boot/bootx64.efi")
    assert files.names("efi/boot") == ("BOOTX64.efi",)
    assert not files.has("efi/boot/bootx64.efi/x")
    assert not files.has("efi/nothing/there")
    assert files.text("efi") == ""


def test_a_file_of_several_extents():
    """One of more than 4 GB has a record for each part: they count as one file."""
    data = bytearray(disc("TEST", {"install.bin": b"A" * 2048, "install.bio": b"B" * 2048}, rock_ridge=False))
    at = data.index(b"INSTALL.BIN;1") - 33
    data[at + 25] |= 0x80
    assert everything(trees(bytes(data))["iso"])["INSTALL.BIN"] == b"A" * 2048 + b"B" * 2048


@pytest.mark.parametrize(
    "boots",
    [
        ((BIOS, "noemul"),),
        ((UEFI, "noemul"),),
        ((BIOS, "noemul"), (UEFI, "noemul")),
        ((BIOS, "floppy"), (UEFI, "noemul")),
        ((POWERPC, "noemul"), (UEFI, "noemul")),
        ((BIOS, "noemul"), *((UEFI, "noemul"),) * 20),
    ],
    ids=["bios", "uefi", "both", "floppy", "powerpc", "many"],
)
def test_the_whole_catalogue_as_pycdlib_reads_it(look, boots):
    data = disc("TEST", boots=boots)
    iso = pycdlib.PyCdlib()
    iso.open_fp(io.BytesIO(data))
    catalog = iso.eltorito_boot_catalog
    entries = [catalog.initial_entry, *(entry for section in catalog.sections for entry in section.section_entries)]
    told = [(entry.sector_count, entry.load_rba) for entry in [*entries, *catalog.standalone_entries]]
    iso.close()
    seen = look(data)
    assert [(boot.sectors, boot.lba) for boot in seen.boots] == told
    assert len(seen.boots) == len(boots)
    names = {BIOS: "BIOS", UEFI: "UEFI", POWERPC: "PowerPC"}
    assert [boot.platform for boot in seen.boots] == [names[platform] for platform, _ in boots]


def test_a_section_with_an_extension():
    """Entries that need more room for their criteria say so; what follows is no entry."""
    catalog = bytearray(2048)
    catalog[0:32] = b"\1\0\0\0".ljust(28, b"\0") + struct.pack("<H", 0x10000 - 1 - 0xAA55) + b"\x55\xaa"
    catalog[32:44] = struct.pack("<BBHBBHI", 0x88, 0, 0, 0, 0, 4, 100)
    catalog[64:68] = struct.pack("<BBH", 0x91, 0xEF, 2)
    catalog[96:108] = struct.pack("<BBHBBHI", 0x88, 0x20, 0, 0, 0, 8, 200)
    catalog[128:130] = b"\x44\0"
    catalog[160:172] = struct.pack("<BBHBBHI", 0x00, 0, 0, 0, 0, 9, 300)
    boots = read_catalog(blocks_of(bytes(catalog)), 0)
    assert [(boot.platform, boot.bootable, boot.lba) for boot in boots] == [
        ("BIOS", True, 100),
        ("UEFI", True, 200),
        ("UEFI", False, 300),
    ]


def test_what_the_descriptor_tells(look):
    data = disc("My disc", pub_ident_str="A PUBLISHER", app_ident_str="A WRITER")
    seen = look(data)
    assert (seen.volume_id, seen.publisher, seen.application) == ("My disc", "A PUBLISHER", "A WRITER")
    assert seen.volume_size == seen.size == len(data)
    assert len(seen.created) == len("2026-11-28 10:00:00")


def test_texts_are_fit_to_be_shown(look):
    data = bytearray(disc("X"))
    data[PRIMARY + 40 : PRIMARY + 72] = b"\x1b[31mred\r\n\x07".ljust(32)
    data[PRIMARY + 318 : PRIMARY + 446] = bytes(range(128, 256))
    data[PRIMARY + 813 : PRIMARY + 830] = b"no date at all..."
    seen = look(bytes(data))
    assert seen.volume_id.isprintable()
    assert seen.publisher.isprintable()
    assert seen.created == ""


def test_udf_embedded_and_long_extents():
    """File entries that hold the file itself, and extents told the long way, read as the short ones do."""
    short = disc("TEST", {"told.txt": "content of a file"}, udf=True, rock_ridge=False)
    tree = trees(short)["udf"]
    node = next(child for child in tree.children(tree.root()) if child.name == "told.txt")
    entry = bytearray(short[node.at : node.at + 2048])
    length, block = struct.unpack_from("<II", entry, 176)
    for flags, area in (
        (3, b"content of a file"),
        (1, struct.pack("<II", length, block) + bytes(8)),
    ):
        told = bytearray(entry)
        struct.pack_into("<H", told, 34, flags)
        struct.pack_into("<I", told, 172, len(area))
        told[176 : 176 + len(area)] = area
        data = bytearray(short)
        data[node.at : node.at + 2048] = told
        assert everything(trees(bytes(data))["udf"])["told.txt"] == b"content of a file"


def test_blocks_ask_for_what_lacks():
    blocks = Blocks(100_000, block=1000)
    with pytest.raises(MissingError) as caught:
        blocks.read(2500, 2000)
    assert (caught.value.offset, caught.value.length) == (2000, 3000)
    blocks.put(2000, 3000, bytes(range(250)) * 12)
    assert blocks.read(2500, 4) == bytes([0, 1, 2, 3])
    with pytest.raises(MissingError) as caught:
        blocks.read(4000, 2000)
    assert (caught.value.offset, caught.value.length) == (5000, 1000)
    assert blocks.bytes_read == 3000
    assert blocks.read(100_000, 10) == blocks.read(-5, 10) == b""


def test_what_was_seen_before_the_budget_ended_is_told():
    files = {".disk/info": "x", "sources/install.wim": wim(20348, server=True)[:100], "user-data": "x"}
    files |= {f"{name}/file": "x" * 9000 for name in ("efi/boot", "isolinux", "nocloud", "casper")}
    data = disc("Rocky-9-4-x86_64-dvd", files)
    whole = inspect("disc.iso", blocks_of(data))
    assert "looked-in-part" not in code(whole)
    least = 3 * 8192  # the descriptors
    assert whole.bytes_read > least
    for budget in range(least, whole.bytes_read, 8192):
        seen = inspect("disc.iso", blocks_of(data, budget))
        assert seen.bytes_read <= budget
        assert "looked-in-part" in code(seen)
        assert (seen.volume_id, seen.distribution) == ("Rocky-9-4-x86_64-dvd", "rocky")
