"""Puts together what descriptors, boot catalogue and files tell. Pure: works on `Blocks`, wherever they come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

import msgspec

from isowright.iso import findings, rules
from isowright.iso.boot import is_isohybrid, read_catalog
from isowright.iso.folders import IsoTree
from isowright.iso.foreign import recognize
from isowright.iso.identify import Identity, at_first_sight, identify
from isowright.iso.reader import Blocks, BudgetError
from isowright.iso.report import Boot, Finding, Inspection
from isowright.iso.tree import Files, Tree
from isowright.iso.udf import UdfTree
from isowright.iso.volume import SECTOR, Descriptors, Volume, read_descriptors


@dataclass
class _Seen:
    """Filled bit by bit, so that what was read before the budget ran out is told."""

    descriptors: Descriptors
    boots: tuple[Boot, ...] = ()
    broken_catalog: bool = False
    isohybrid: bool = False
    rock_ridge: bool = False
    udf: UdfTree | None = None
    identity: Identity = field(default_factory=Identity)
    virtio: bool | None = None
    answer_files: tuple[str, ...] = ()


def inspect(name: str, blocks: Blocks) -> Inspection:
    """Raises nothing but MissingError of the blocks."""
    name = name.encode("utf-8", "replace").decode()  # names of files need not be text
    told = tuple(findings.of_size(blocks.size))
    if blocks.size == 0:
        return Inspection(name=name, size=0, findings=told)
    descriptors = read_descriptors(blocks)
    if descriptors.primary is None and descriptors.catalog is None and not descriptors.udf:
        return Inspection(
            name=name,
            size=blocks.size,
            findings=(*told, findings.of_foreign(recognize(blocks))),
            bytes_read=blocks.bytes_read,
        )
    seen = _Seen(descriptors)
    whole = True
    try:
        _look(seen, blocks, name)
    except BudgetError:
        whole = False
    return _told(name, blocks, seen, told if whole else (*told, findings.unfinished()))


def _look(seen: _Seen, blocks: Blocks, name: str) -> None:
    descriptors = seen.descriptors
    if descriptors.catalog is not None:
        boots = read_catalog(blocks, descriptors.catalog)
        seen.boots, seen.broken_catalog = boots or (), boots is None
    seen.isohybrid = is_isohybrid(blocks)
    seen.identity = at_first_sight(descriptors.primary, name)
    trees: list[Tree] = []
    if descriptors.primary:
        iso = IsoTree(blocks, descriptors.primary, "iso")
        seen.rock_ridge = iso.rock_ridge
        trees.append(iso)
    if descriptors.joliet and not seen.rock_ridge:
        trees.append(IsoTree(blocks, descriptors.joliet, "joliet"))
    if descriptors.udf:
        seen.udf = UdfTree(blocks)
        trees.insert(0, seen.udf)
    files = Files(trees)
    seen.identity = identify(_volume(seen), files, name)
    if seen.identity.os_type == "Windows":
        seen.virtio = any(files.has(path) for path in rules.VIRTIO_FOLDERS)
    seen.answer_files = tuple(path for path in rules.ANSWER_FILES if files.has(path))


def _volume(seen: _Seen) -> Volume | None:
    primary = seen.descriptors.primary
    if primary is None and seen.udf is not None:
        return Volume(seen.udf.volume_id, "", "", "", "", seen.udf.end // SECTOR, SECTOR, b"")
    return primary


def _told(name: str, blocks: Blocks, seen: _Seen, told: tuple[Finding, ...]) -> Inspection:
    volume = _volume(seen)
    descriptors, identity = seen.descriptors, seen.identity
    size = volume.blocks * volume.block if volume else 0
    inspection = Inspection(
        name=name,
        size=blocks.size,
        volume_id=volume.volume_id if volume else "",
        publisher=volume.publisher if volume else "",
        application=volume.application if volume else "",
        created=volume.created if volume else "",
        volume_size=size,
        boots=seen.boots,
        isohybrid=seen.isohybrid,
        joliet=descriptors.joliet is not None,
        rock_ridge=seen.rock_ridge,
        udf=descriptors.udf,
        architecture=identity.architecture,
        distribution=identity.distribution,
        title=identity.title,
        version=identity.version,
        identified_by=identity.identified_by,
        os_type=identity.os_type,
        min_disk=identity.min_disk,
        boot_mode=_boot_mode(seen.boots),
        virtio=seen.virtio,
        answer_files=seen.answer_files,
        bytes_read=blocks.bytes_read,
    )
    more = findings.of_iso(
        inspection,
        needed=max(size, seen.udf.end if seen.udf else 0, *_boot_ends(seen.boots)),
        udf_only=descriptors.primary is None and descriptors.udf,
        catalog=descriptors.catalog is not None,
        broken_catalog=seen.broken_catalog,
    )
    worst_first = sorted((*told, *more), key=lambda finding: finding.verdict != "failed")
    return msgspec.structs.replace(inspection, findings=tuple(worst_first))


def _boot_ends(boots: tuple[Boot, ...]) -> list[int]:
    """Where the first sector of each boot image ends; their lengths are often told wrongly."""
    return [0, *(boot.lba * SECTOR + 512 for boot in boots if boot.bootable)]


def _boot_mode(boots: tuple[Boot, ...]) -> Literal["bios", "uefi", "both", "none"]:
    platforms = {boot.platform for boot in boots if boot.bootable}
    if platforms >= {"BIOS", "UEFI"}:
        return "both"
    return "bios" if "BIOS" in platforms else "uefi" if "UEFI" in platforms else "none"


def base_name(key: str) -> str:
    return PurePosixPath(key).name or key
