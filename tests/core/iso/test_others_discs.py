"""ISOs that nobody here wrote: those in Debian's packages, fetched with apt and unpacked beside, nothing installed.

Another writer of discs, genisoimage, is had in the same way: its UDF is not pycdlib's. Where apt is not there or does
not reach them, the tests are skipped and say so.
"""

import io
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pycdlib
import pytest
from disc import code, wim
from test_rules import VOLUME_IDS

from isowright.iso import inspect_file, osinfo
from isowright.iso.folders import IsoTree
from isowright.iso.reader import FileBlocks
from isowright.iso.volume import read_descriptors

PACKAGES = {
    "memtest86+": {"boot_mode": "both", "isohybrid": True, "system": True},
    "grub-rescue-pc": {"boot_mode": "bios", "isohybrid": True, "system": True},
    "ipxe": {"boot_mode": "both", "isohybrid": True, "system": True},
    "golang-github-vmware-photon-controller-go-sdk-dev": {"boot_mode": "none", "isohybrid": False, "system": False},
}
SECONDS = 120


def fetched(package, folder, options):
    """Runs apt in the folder; the package's file, or why there is none."""
    try:
        done = subprocess.run(
            ["apt-get", *options, "-q", "-o", "Acquire::Retries=2", "download", package],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"apt-get has not come back within {SECONDS} s"
    return next(folder.glob("*.deb"), done.stderr.strip()[-300:] or "apt-get has brought nothing")


def own_lists(folder):
    """Options for lists of packages of our own, where the system has none yet. Needs no rights."""
    for part in ("lists/partial", "archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    options = ["-o", f"Dir::State::Lists={folder / 'lists'}", "-o", f"Dir::Cache={folder}", "-o", "Debug::NoLocking=1"]
    try:
        subprocess.run(["apt-get", *options, "-q", "update"], capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return []
    return options


def unpacked(package, cache, pattern="*.iso"):
    """Such files of the package, from the cache if they were fetched before; a reason if they cannot be had."""
    kept = cache / package
    if not kept.is_dir():
        missing = [program for program in ("apt-get", "dpkg-deb") if shutil.which(program) is None]
        if missing:
            return f"there is no {missing[0]} here"
        with tempfile.TemporaryDirectory(dir=cache) as name:
            folder = Path(name)
            deb = fetched(package, folder, [])
            if isinstance(deb, str):
                deb = fetched(package, folder, own_lists(cache / "apt"))
            if isinstance(deb, str):
                return deb
            subprocess.run(["dpkg-deb", "-x", str(deb), str(folder / "x")], check=True, timeout=SECONDS)
            found = folder / "found"
            found.mkdir()
            for file in sorted((folder / "x").rglob(pattern)):
                if file.is_file() and not file.is_symlink():
                    file.rename(found / file.name)
            if not any(found.iterdir()):
                return f"the package has no {pattern} here"
            try:
                found.rename(kept)
            except OSError:  # another process of these tests was first
                assert kept.is_dir()
    return sorted(kept.iterdir())


@pytest.fixture(params=PACKAGES)
def package(request):
    """(the package's name, its ISOs)"""
    isos = unpacked(request.param, Path(request.config.cache.mkdir("debian-isos")))
    if isinstance(isos, str):
        pytest.skip(f"NOT TRIED on the ISOs of Debian's {request.param}: {isos}")
    return request.param, isos


@pytest.mark.timeout(4 * SECONDS + 60)
def test_real_isos(package):
    """What is found is what pycdlib finds, and the file names of all folders are the same."""
    name, isos = package
    expected = PACKAGES[name]
    for path in isos:
        seen = inspect_file(path)
        assert seen.boot_mode == expected["boot_mode"]
        assert seen.isohybrid == expected["isohybrid"]
        assert seen.usable is expected["system"]
        assert "unknown-system" in code(seen)  # no installer of any system
        assert seen.bytes_read <= 256 * 1024
        compared(path, seen)


def compared(path, seen):
    iso = pycdlib.PyCdlib()
    iso.open(str(path))
    try:
        told = iso.pvd
        assert seen.volume_id == told.volume_identifier.decode().rstrip(" \0")
        assert seen.volume_size == told.space_size * 2048
        assert seen.rock_ridge == iso.has_rock_ridge()
        assert seen.joliet == iso.has_joliet()
        assert seen.udf == iso.has_udf()
        boots = []
        if catalog := iso.eltorito_boot_catalog:
            sections = [entry for section in catalog.sections for entry in section.section_entries]
            boots = [catalog.initial_entry, *sections, *catalog.standalone_entries]
        assert [(boot.sectors, boot.lba) for boot in seen.boots] == [(b.sector_count, b.load_rba) for b in boots]
        kind = "rr_path" if seen.rock_ridge else "iso_path"
        theirs = {
            f"{folder.rstrip('/')}/{name}".split(";")[0].rstrip(".")
            for folder, _, names in iso.walk(**{kind: "/"})
            for name in names
        }
    finally:
        iso.close()
    data = path.read_bytes()
    blocks = FileBlocks(io.BytesIO(data), len(data))
    blocks._budget = 1 << 30
    tree = IsoTree(blocks, read_descriptors(blocks).primary, "iso")
    assert {name.rstrip(".") for name in paths(tree, tree.root())} == theirs


def paths(tree, node, path=""):
    for child in tree.children(node):
        if child.folder:
            yield from paths(tree, child, f"{path}/{child.name}")
        else:
            yield f"{path}/{child.name}"


@pytest.mark.timeout(4 * SECONDS + 60)
def test_real_isos_cut_off(package, tmp_path):
    for path in package[1]:
        data = path.read_bytes()
        cut = tmp_path / "cut.iso"
        for part in (12, 30, 50, 90):
            cut.write_bytes(data[: len(data) * part // 100])
            seen = inspect_file(cut)
            assert seen.volume_id == inspect_file(path).volume_id
            if seen.size < seen.volume_size - 400 * 1024:
                assert "truncated" in code(seen)
                assert not seen.usable


@pytest.fixture
def genisoimage(request, tmp_path):
    """Makes a disc of files with these options; its path."""
    found = unpacked("genisoimage", Path(request.config.cache.mkdir("debian-isos")), "genisoimage")
    if isinstance(found, str):
        pytest.skip(f"NOT TRIED with genisoimage: {found}")
    program = next(path for path in found if path.stat().st_size > 100_000)
    probe = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"NOT TRIED with genisoimage: {probe.stderr.strip()[-300:]}")

    def make(files, *options):
        for path, data in files.items():
            (tmp_path / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "tree" / path).write_bytes(data)
        out = tmp_path / "made.iso"
        subprocess.run([program, "-quiet", *options, "-o", out, tmp_path / "tree"], check=True, capture_output=True)
        return out

    return make


@pytest.mark.timeout(4 * SECONDS + 60)
@pytest.mark.parametrize(
    "more", [(), ("-J", "-R"), ("-iso-level", "3")], ids=["udf", "joliet-and-rock-ridge", "level-3"]
)
def test_windows_disc_of_another_writer(genisoimage, more):
    """UDF beside ISO 9660 by another's hand: folders in folders, and a file of some megabytes."""
    image = wim(17763, server=True, size=5_000_000)
    files = {"sources/install.wim": image, "bootmgr": b"x", "boot.img": bytes(2048), "drivers/viostor/a.inf": b"x"}
    files |= {f"efi/microsoft/boot/fonts/font-{number}.ttf": b"x" for number in range(200)}
    files["efi/boot/bootx64.efi"] = b"MZ"
    boot = ("-b", "boot.img", "-no-emul-boot", "-boot-load-size", "4")
    seen = inspect_file(genisoimage(files, "-V", "SSS_X64FREE_EN-US_DV9", "-udf", *boot, *more))
    assert (seen.title, seen.identified_by) == ("Windows Server 2019", "sources/install.wim")
    assert (seen.udf, seen.joliet, seen.rock_ridge) == (True, "-J" in more, "-R" in more)
    assert (seen.boot_mode, seen.boots[0].sectors, seen.architecture) == ("bios", 4, "x86_64")
    assert (seen.virtio, code(seen)) == (True, [])


SAME = {"ubuntu-server": "ubuntu", "alma": "almalinux", "centos-stream": "centos", "alpine": "alpinelinux"}


@pytest.mark.timeout(4 * SECONDS + 60)
def test_our_table_and_osinfo_db_agree(request, monkeypatch, tmp_path):
    """Wherever Debian's osinfo-db knows a volume id of our table, it says the same system, version and architecture."""
    found = unpacked("osinfo-db", Path(request.config.cache.mkdir("debian-isos")), "*.xml")
    if isinstance(found, str):
        pytest.skip(f"NOT TRIED with osinfo-db: {found}")
    (tmp_path / "os").symlink_to(found[0].parent)
    monkeypatch.setattr(osinfo, "FOLDER", tmp_path)
    agreed = 0
    for volume_id, distribution, version, architecture in VOLUME_IDS:
        known = osinfo.look_up(volume_id, "", "", "")
        if known is None:
            continue
        assert known.distribution == SAME.get(distribution, distribution), volume_id
        if known.architecture in ("x86_64", "aarch64", "i386") and architecture:
            assert known.architecture == architecture, volume_id
        if re.fullmatch(r"[\d.]+", known.version):
            assert f"{version}.".startswith(f"{known.version}."), volume_id
        agreed += 1
    assert agreed >= 15
