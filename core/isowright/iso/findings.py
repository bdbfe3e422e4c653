"""What is to be said of an ISO before an image is made of it: each in words, with a remedy. Codes are for programs."""

from __future__ import annotations

from collections.abc import Iterator

from isowright.flow import size_text
from isowright.iso.foreign import UNKNOWN, Foreign
from isowright.iso.report import Finding, Inspection
from isowright.iso.rules import SYSTEMS
from isowright.recipe import MAX_ISO_BYTES

_DOWNLOAD = "Download it again, and compare its SHA-256 with the one that its makers publish."
_PADDING = 300 * 1024  # that writers put behind the content, and copies from a CD may lack
_SEEN = "Look at the volume id and the boot entries, and go on if it is what you mean."


def of_size(size: int) -> Iterator[Finding]:
    if size == 0:
        yield Finding(
            verdict="failed",
            code="empty",
            title="The file is empty.",
            detail="A download that has failed leaves such files.",
            remedy=_DOWNLOAD,
        )
    elif size > MAX_ISO_BYTES:
        yield Finding(
            verdict="failed",
            code="too-large",
            title=f"It has {size_text(size)}; the image service takes 128 GB at the most.",
            detail="No image can be registered of it (IMG.0059).",
            remedy="Choose a smaller ISO of the system, such as its network or minimal installer.",
        )


def of_foreign(foreign: Foreign) -> Finding:
    """`code`: "truncated" for the mere beginning of something, else "not-an-iso"."""
    if foreign.code == "truncated":
        return Finding(
            verdict="failed",
            code="truncated",
            title=f"It is cut off: {foreign.kind}.",
            detail="Nothing of what it was is left to look at.",
            remedy=foreign.remedy,
        )
    return Finding(
        verdict="failed",
        code="not-an-iso",
        title="It is no ISO." if foreign is UNKNOWN else f"It is no ISO, but {foreign.kind}.",
        detail="An ISO has volume descriptors after 32 KiB; this file has none.",
        remedy=foreign.remedy,
    )


def of_iso(seen: Inspection, *, needed: int, udf_only: bool, catalog: bool, broken_catalog: bool) -> Iterator[Finding]:
    """`needed`: bytes that the file must have by what it tells of itself. `udf_only`: UDF without ISO 9660."""
    yield from _truncated(seen, needed)
    yield from _booting(seen, udf_only=udf_only, catalog=catalog, broken=broken_catalog)
    yield from _architecture(seen)
    yield from _system(seen)
    if seen.answer_files:
        yield Finding(
            verdict="warning",
            code="answer-files",
            title=f"It installs by itself: {', '.join(seen.answer_files[:4])}.",
            detail="Such a file answers the installer's questions; it may choose the wrong disk, erase what it finds, "
            "or hold passwords that get into the image.",
            remedy="Read the file. The system has to go onto the second, empty disk.",
        )


def unfinished() -> Finding:
    return Finding(
        verdict="warning",
        code="looked-in-part",
        title="It was looked at in part only.",
        detail="Its folders lie so far apart that reading on would have cost too much.",
        remedy=_SEEN,
    )


def _truncated(seen: Inspection, needed: int) -> Iterator[Finding]:
    lacking = needed - seen.size
    if lacking <= 0:
        return
    slight = lacking <= _PADDING and seen.size > 2 * _PADDING
    yield Finding(
        verdict="warning" if slight else "failed",
        code="truncated",
        title=f"It is cut off: {size_text(lacking)} of {size_text(needed)} are missing.",
        detail="So little may be padding that holds nothing, or the end of the last file."
        if slight
        else "Files at its end cannot be read: the installation would stop in the middle.",
        remedy=_DOWNLOAD,
    )


def _booting(seen: Inspection, *, udf_only: bool, catalog: bool, broken: bool) -> Iterator[Finding]:
    bootable = [boot for boot in seen.boots if boot.bootable]
    if seen.boot_mode != "none":
        if seen.boot_mode == "uefi" and seen.architecture in ("", "x86_64", "i386"):
            yield Finding(
                verdict="warning",
                code="uefi-only",
                title="It boots on UEFI firmware only.",
                detail="These clouds start servers with BIOS unless the image says otherwise: it would not start.",
                remedy="Choose UEFI as the firmware on the Image page, or an ISO that boots with BIOS too.",
            )
        if any(boot.platform == "BIOS" and boot.emulation != "none" for boot in bootable) and not any(
            boot.platform == "BIOS" and boot.emulation == "none" for boot in bootable
        ):
            kind = next(boot.emulation for boot in bootable if boot.platform == "BIOS" and boot.emulation != "none")
            yield Finding(
                verdict="warning",
                code="emulated-boot",
                title=f"It boots as if it were a {kind}.",
                detail="Old discs do. Virtual machines mostly start it, but it may not find its own disc then.",
                remedy="If the console shows no installer, choose a newer ISO of the system.",
            )
        return
    if udf_only and not catalog:
        yield Finding(
            verdict="failed",
            code="udf-only",
            title="It is written in UDF only, and boots nowhere.",
            detail="Firmware looks for what it starts in ISO 9660's descriptors, which this disc does not have.",
            remedy="Choose the installer ISO as its makers publish it; one made by hand needs ISO 9660 with El Torito "
            "beside UDF (xorriso, oscdimg -u1).",
        )
        return
    others = sorted({boot.platform for boot in bootable})
    if broken:
        detail = "It has a boot catalogue that is damaged."
    elif others:
        detail = f"Its boot entries are for {' and '.join(others)} alone."
    elif seen.boots:
        detail = "All its boot entries are marked as not bootable."
    else:
        detail = "It has no boot entry (El Torito)."
    yield Finding(
        verdict="failed",
        code="not-bootable",
        title="It does not boot.",
        detail=f"{detail} A server started from it would find nothing to start.",
        remedy="Choose the first disc, or the installer, of the system: discs of further packages, drivers or sources "
        "do not boot.",
    )


def _architecture(seen: Inspection) -> Iterator[Finding]:
    if seen.architecture in ("", "x86_64"):
        return
    if seen.architecture == "i386":
        yield Finding(
            verdict="warning",
            code="32-bit",
            title="It is a 32-bit system.",
            detail="It runs, but clouds support few of them, and tools for passwords and monitoring lack.",
            remedy="Choose the 64-bit ISO (x86_64, amd64) if there is one.",
        )
        return
    yield Finding(
        verdict="failed",
        code="wrong-architecture",
        title=f"It is made for {seen.architecture}, not for x86.",
        detail="The temporary server has an x86 processor, on which this system does not start.",
        remedy="Choose the system's ISO for x86_64 (amd64).",
    )


def _system(seen: Inspection) -> Iterator[Finding]:
    system = SYSTEMS.get(seen.distribution)
    if system is not None and system.unsupported:
        yield Finding(
            verdict="failed",
            code="unsupported-system",
            title=f"{seen.title} cannot become an image.",
            detail=system.unsupported,
            remedy="Choose the installer of an operating system.",
        )
    elif not seen.distribution:
        yield Finding(
            verdict="warning",
            code="unknown-system",
            title="Which system it installs is not known.",
            detail="Its volume id and files are those of no known installer.",
            remedy="Choose the operating system yourself on the next page, as near as the list has it.",
        )
    elif seen.identified_by == "file name":
        yield Finding(
            verdict="warning",
            code="by-name-only",
            title=f"Only its name tells that it is {seen.title}.",
            detail="Nothing inside says so.",
            remedy=_SEEN,
        )
    if seen.os_type == "Windows" and seen.virtio is False:
        yield Finding(
            verdict="warning",
            code="no-virtio",
            title="It has no virtio drivers.",
            detail="Windows' installer sees no disk in a KVM server without them, and the finished image no network.",
            remedy="Use an ISO with the drivers viostor and NetKVM built in (the virtio-win disc has them), or load "
            "them in the installer from a second disc.",
        )
