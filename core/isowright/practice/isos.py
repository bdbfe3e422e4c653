"""Small bootable ISO files, made on the spot: they have the volume names and files by which installers are known.

They boot as far as a boot sector that prints one line and halts. Nothing of any distribution is in them.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import pycdlib

# Real mode: point DS:SI at the text, print it with BIOS teletype output, halt.
_BOOT_CODE = bytes.fromhex("31c08ed8be1d7cfcac84c07409b40ebb0700cd10ebf2fbf4ebfc")
_BOOT_TEXT = b"Isowright practice disc: nothing to install here. Upload an installer's ISO instead.\r\n\0"


def boot_sector() -> bytes:
    """512 bytes that a PC's firmware runs: prints a sentence, then sleeps."""
    sector = _BOOT_CODE.ljust(0x1D, b"\x90") + _BOOT_TEXT
    return sector.ljust(510, b"\0") + b"\x55\xaa"


@dataclass(frozen=True)
class IsoPlan:
    """What goes into an ISO: volume id, text files (path → text) and filler so that downloads are worth a range."""

    volume_id: str
    files: tuple[tuple[str, str], ...]
    filler: int = 65536


UBUNTU = IsoPlan(
    "Ubuntu-Server 22.04.5 LTS amd64",
    (
        ("/.disk/info", 'Ubuntu-Server 22.04.5 LTS "Jammy Jellyfish" - Release amd64 (20240911)\n'),
        ("/casper/install-sources.yaml", "- id: ubuntu-server\n"),
    ),
    filler=524288,
)
DEBIAN = IsoPlan(
    "Debian 12.7.0 amd64 n",
    (("/.disk/info", 'Debian GNU/Linux 12.7.0 "Bookworm" - Official amd64 NETINST with firmware 20240831-10:38\n'),),
    filler=262144,
)
ROCKY = IsoPlan(
    "Rocky-9-4-x86_64-dvd",
    (
        (
            "/.treeinfo",
            "[general]\narch = x86_64\nfamily = Rocky Linux\nname = Rocky Linux 9.4\nversion = 9.4\n",
        ),
    ),
)


def make_iso(plan: IsoPlan, path: Path) -> None:
    """Writes the ISO (ISO 9660, Rock Ridge, El Torito) to `path`."""
    iso = pycdlib.PyCdlib()
    iso.new(interchange_level=3, vol_ident=plan.volume_id[:32], rock_ridge="1.09")
    try:
        sector = boot_sector()
        iso.add_fp(io.BytesIO(sector), len(sector), "/BOOT.BIN;1", rr_name="boot.bin")
        iso.add_eltorito("/BOOT.BIN;1", bootcatfile="/BOOT.CAT;1", boot_load_size=1)
        folders: dict[str, str] = {"": ""}
        for number, (name, text) in enumerate(plan.files):
            folder, _, base = name.rpartition("/")
            if folder not in folders:
                folders[folder] = f"/D{len(folders):03d}"
                iso.add_directory(folders[folder], rr_name=folder[1:])
            data = text.encode()
            short = f"{folders[folder]}/F{number:03d}.TXT;1"
            iso.add_fp(io.BytesIO(data), len(data), short, rr_name=base)
        filler = bytes(range(256)) * (plan.filler // 256)
        iso.add_fp(io.BytesIO(filler), len(filler), "/FILLER.BIN;1", rr_name="filler.bin")
        iso.write(str(path))
    finally:
        iso.close()
