"""Mutated, truncated and made-up discs: each ends in an inspection that can be shown and stored, with bounded work.

What happens to a disc depends on a number alone, so that a failure can be looked at again: `hostile(number)`.
"""

import io
import random
import struct
import time
import tracemalloc
from functools import cache

import msgspec
import pytest
from disc import BIOS, PRIMARY, UEFI, disc, wim
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isowright.cloud.models import OsVersion
from isowright.iso import propose_by_name, propose_os
from isowright.iso.inspect import inspect
from isowright.iso.reader import BUDGET, Blocks, FileBlocks, MissingError
from isowright.iso.report import Inspection
from isowright.iso.udf import UdfTree

TRIED = 20_000
CHUNK = 500
CPU = 1.0  # seconds that one may take; a usual disc takes three thousandths
MEMORY = 16 << 20

FILES = {
    ".disk/info": 'Ubuntu-Server 22.04.5 LTS "Jammy" - Release amd64 (20240911)',
    ".treeinfo": "[general]\nfamily = Rocky Linux\nversion = 9.4\narch = x86_64\n",
    ".discinfo": "1700000000.1\nRocky Linux 9.4\nx86_64\n",
    "media.1/media": "openSUSE - openSUSE-15.5-x86_64-Build491.1-Media\n",
    "EFI/BOOT/BOOTX64.EFI": "MZ",
    "user-data": "#cloud-config",
}
LONG = {"a-long-name-" * 17 + ".txt": "its name goes on elsewhere"}  # too long for all but Rock Ridge
WINDOWS = {"sources/install.wim": wim(20348, server=True), "bootmgr": "x", "viostor/a.inf": "x"}


@cache
def discs():
    both = ((BIOS, "noemul"), (UEFI, "noemul"))
    return (
        disc("CDROM", FILES | LONG, boots=both),
        disc("CDROM", FILES, joliet=True, rock_ridge=False),
        disc("SSS_X64FREE_EN-US_DV9", WINDOWS, udf=True, rock_ridge=False, boots=both),
        disc("Debian 12.7.0 amd64 n", FILES | LONG, isohybrid=True),
        disc("CDROM", FILES | WINDOWS, udf=True, rock_ridge=False, boots=()),
        disc("CDROM", WINDOWS, boots=((BIOS, "hdemul"), *((UEFI, "noemul"),) * 12)),
    )


EXTREMES = [0, 1, 16, 255, 2048, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]
WORDS = [
    *(b"CD001", b"NSR02", b"BEA01", b"EL TORITO SPECIFICATION", b"SP\x07\1\xbe\xef\0", b"CE\x1c\1", b"NM\xff\1\0"),
    *(b"MSWIM\0\0\0", b"\x55\xaa", b"EFI PART", b"\x88\0", b"\x91\xef\xff\xff", b"<html>", b"\0" * 64, b"\xff" * 64),
]


@cache
def busy(number):
    """Offsets of all sectors of the disc that hold anything: its zeros are no place to break."""
    data = discs()[number]
    return [at for at in range(0, len(data), 2048) if any(data[at : at + 2048])]


def hostile(number):
    dice = random.Random(number)
    which = dice.randrange(len(discs()))
    data = bytearray(discs()[which])

    def place():
        return dice.choice(busy(which)) + int(2048 * dice.random() ** 2)

    for _ in range(dice.choice([0, 1, 1, 2, 4, 8, 32, 200])):
        at, kind = place(), dice.randrange(8)
        if kind == 0:
            data[at] = dice.randrange(256)
        elif kind == 1:
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 2:
            data[at : at + 4] = struct.pack(dice.choice("<>") + "I", dice.choice(EXTREMES))
        elif kind == 3:
            data[at & ~1 : (at & ~1) + 2] = struct.pack("<H", dice.randrange(65536))
        elif kind == 4:
            word = dice.choice(WORDS)
            data[at : at + len(word)] = word
        elif kind == 5:  # a sector in another's place: folders that hold themselves
            one, other = dice.choice(busy(which)), dice.choice(busy(which))
            data[one : one + 2048] = data[other : other + 2048]
        elif kind == 6:  # points at a sector that there is
            data[at : at + 4] = struct.pack("<I", dice.choice(busy(which)) // 2048)
        else:
            data[at : at + 64] = dice.randbytes(64)
    if dice.random() < 0.4:
        del data[int(len(data) * dice.random()) :]
    elif dice.random() < 0.05:
        del data[: dice.randrange(4096)]
    return bytes(data)


def judged(data, name="disc.iso"):
    """Inspect; the inspection is whole. Seconds of CPU."""
    blocks = FileBlocks(io.BytesIO(data), len(data))
    begun = time.process_time()
    seen = inspect(name, blocks)
    taken = time.process_time() - begun
    assert msgspec.json.decode(msgspec.json.encode(seen), type=Inspection) == seen
    assert seen.size == len(data)
    assert seen.bytes_read == blocks.bytes_read <= BUDGET
    for text in (seen.volume_id, seen.publisher, seen.application, seen.title, *seen.answer_files):
        assert text.isprintable()
    for finding in seen.findings:
        assert finding.title
        assert finding.remedy
        assert finding.verdict != "ok"
    assert seen.usable or seen.findings
    return taken


def try_all(numbers):
    for number in numbers:
        try:
            taken = judged(hostile(number))
        except BaseException as error:
            error.add_note(f"hostile({number})")
            raise
        assert taken < CPU, f"hostile({number})"


def test_some_hostile_discs():
    try_all(range(400))


@pytest.mark.matrix
@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", range(0, TRIED, CHUNK))
def test_all_hostile_discs(first, record_property):
    try_all(range(first, first + CHUNK))
    record_property("hostile disc matrix", CHUNK)


def test_every_length_of_a_beginning():
    """Cut off at each sector, and within those that tell most."""
    whole = discs()[2]
    ends = {*range(0, len(whole), 2048), *range(PRIMARY, PRIMARY + 3 * 2048, 97), *range(0, 700, 7)}
    for end in sorted(ends):
        assert judged(whole[:end]) < CPU


def test_noise():
    for number in range(100):
        dice = random.Random(number)
        assert judged(dice.randbytes(dice.choice([1, 511, 512, 2048, 40_000, 300_000]))) < CPU


MARKERS = [".disk/info", ".treeinfo", ".discinfo", "media.1/media"]
PARTS = [
    *(
        "[general]",
        "[release]",
        "[",
        "family",
        "name",
        "=",
        " ",
        "\n",
        "\n  ",
        "version",
        "9",
        "." * 9,
        "1" * 5000,
        "²",
    ),
    *(
        "Rocky Linux",
        "Fedora",
        "Ubuntu",
        "Ubuntu-Server 22.04 ",
        "Debian GNU/Linux ",
        "SLES",
        "-SP",
        "amd64",
        "openSUSE-",
    ),
]
TEXTS = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PARTS), max_size=40).map("".join))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from([".disk/info", ".treeinfo", ".discinfo", "media.1/media"]), TEXTS), st.text(), TEXTS
)
def test_texts_of_any_kind(files, volume_id, name):
    """Marker files, volume ids and names of any text: what is made of them can be shown, and a system be proposed."""
    label = volume_id.encode()[:32].decode(errors="ignore")
    data = disc("CDROM", {path: text.encode() + b" " for path, text in files.items()})
    data = bytearray(data)
    data[PRIMARY + 40 : PRIMARY + 72] = label.encode().ljust(32)
    assert judged(bytes(data), name) < CPU
    seen = inspect(name, FileBlocks(io.BytesIO(data), len(data)))
    propose_os(seen, [OsVersion("Rocky Linux", "Rocky Linux 9.4 64bit")])
    propose_by_name(name, [OsVersion("Rocky Linux", "Rocky Linux 9.4 64bit")])


# The worst that can be thought of


def endless_names():
    """A root folder of as many records as are read, each with fields that go on in one another for ever."""
    data = bytearray(disc("CDROM", FILES))
    root = PRIMARY + 156
    start = 40 * 2048
    again = b"CE\x1c\1" + b"".join(struct.pack("<I", n) + struct.pack(">I", n) for n in (30, 0, 2048))
    dot = bytes(data[struct.unpack_from("<I", data, root + 2)[0] * 2048 :][:34])
    own = dot[:1] + dot[1:] + b"SP\x07\1\xbe\xef\0"
    own = bytes([len(own)]) + own[1:]
    records = bytearray(own)
    record = bytearray(33 + 1 + len(again))
    record[0] = len(record)
    record[2:10] = struct.pack("<I", 40) + struct.pack(">I", 40)
    record[10:18] = struct.pack("<I", 256 << 10) + struct.pack(">I", 256 << 10)
    record[25] = 2
    record[32] = 1
    record[33:34] = b"A"
    record[34:] = again
    while len(records) < 256 << 10:
        if 2048 - len(records) % 2048 < len(record):
            records += bytes(2048 - len(records) % 2048)
        records += record
    data = data.ljust(start + len(records), b"\0")
    data[start : start + len(records)] = records
    data[30 * 2048 : 31 * 2048] = (again * 80)[:2048]
    data[root + 2 : root + 18] = record[2:18]
    return bytes(data)


def folders_in_themselves():
    """Each of the folders that are looked into is the root folder, of 256 KiB."""
    data = bytearray(
        disc("CDROM", {f"{name}/x": "x" for name in ("efi", "boot", "sources", "casper", "drivers", ".disk")})
    )
    root = struct.unpack_from("<I", data, PRIMARY + 158)[0]
    at = root * 2048
    while data[at]:
        if data[at + 25] & 2:
            data[at + 2 : at + 18] = (
                struct.pack("<I", root)
                + struct.pack(">I", root)
                + struct.pack("<I", 1 << 30)
                + struct.pack(">I", 1 << 30)
            )
        at += data[at]
    return bytes(data)


def many_extents():
    """A UDF root folder of as many extents as an entry has room for, each of a byte."""
    data = bytearray(discs()[2])
    tree = UdfTree(FileBlocks(io.BytesIO(bytes(data)), len(data)))
    at = tree.root().at
    area = b"".join(struct.pack("<II", 1, number % 9) for number in range(220))
    struct.pack_into("<Q", data, at + 56, 1 << 60)
    base = 168 if data[at] == 5 else 208
    struct.pack_into("<I", data, at + base + 4, len(area))
    data[at + base + 8 : at + base + 8 + len(area)] = area
    return bytes(data)


def huge_wim():
    """Its text is as long as is read, and all of it tags that are never closed."""
    text = ("<IMAGE INDEX=" * 8000).encode("utf-16-le")[: 192 * 1024]
    header = bytearray(208)
    header[:8] = b"MSWIM\0\0\0"
    struct.pack_into("<QQQ", header, 72, len(text), 208, len(text))
    files = {"sources/install.wim": bytes(header) + text}
    return disc("CDROM", files, udf=True, rock_ridge=False)


@pytest.mark.parametrize("make", [endless_names, folders_in_themselves, many_extents, huge_wim])
def test_the_worst(make):
    data = make()
    assert judged(data) < CPU
    blocks = FileBlocks(io.BytesIO(data), len(data))
    tracemalloc.start()
    try:
        inspect("disc.iso", blocks)
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


def test_memory_is_bounded():
    tracemalloc.start()
    try:
        for number in range(0, 400, 4):
            data = hostile(number)
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            inspect("disc.iso", FileBlocks(io.BytesIO(data), len(data)))
            assert tracemalloc.get_traced_memory()[1] - before < MEMORY, f"hostile({number})"
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("make", [endless_names, folders_in_themselves, many_extents, huge_wim])
def test_the_worst_in_a_bucket(make):
    """The parser starts anew for each request: there are few of them, and an end."""
    data = make()
    blocks, asked = Blocks(len(data)), 0
    begun = time.process_time()
    while True:
        try:
            seen = inspect("disc.iso", blocks)
            break
        except MissingError as gap:
            asked += 1
            blocks.put(gap.offset, gap.length, data[gap.offset : gap.offset + gap.length])
    assert asked <= 24
    assert seen.bytes_read <= BUDGET
    assert time.process_time() - begun < 10 * CPU
