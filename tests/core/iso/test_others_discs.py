"""ISOs that nobody here wrote: those in Debian's packages, fetched with apt and unpacked beside, nothing installed.

Where apt is not there or does not reach them, the tests are skipped and say so.
"""

import io
import shutil
import subprocess
import tempfile
from pathlib import Path

import pycdlib
import pytest
from disc import code

from isowright.iso import inspect_file
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


def unpacked(package, cache):
    """The package's ISOs, from the cache if they were fetched before; a reason if they cannot be had."""
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
            found = folder / "isos"
            found.mkdir()
            for iso in sorted((folder / "x").rglob("*.iso")):
                if iso.is_file() and not iso.is_symlink():
                    iso.rename(found / iso.name)
            if not any(found.iterdir()):
                return "the package has no ISO here"
            try:
                found.rename(kept)
            except OSError:  # another process of these tests was first
                assert kept.is_dir()
    return sorted(kept.iterdir())


@pytest.fixture(params=PACKAGES)
def package(request):
    """(the package's name, its ISOs)"""
    cache = Path(request.config.cache.mkdir("debian-isos"))
    isos = unpacked(request.param, cache)
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
