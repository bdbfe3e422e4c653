"""What looking into an ISO has found. Plain data, JSON-able with `msgspec.json.encode`."""

from __future__ import annotations

from typing import Literal

import msgspec

Platform = Literal["BIOS", "UEFI", "PowerPC", "Mac", "other"]
Emulation = Literal["none", "1.2 MB floppy", "1.44 MB floppy", "2.88 MB floppy", "hard disk", "other"]
Verdict = Literal["failed", "warning", "ok"]
OsType = Literal["Linux", "Windows", "Other"]


class Boot(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the El Torito catalogue. `sectors`: of 512 bytes, to load; `lba`: in blocks of 2,048 bytes."""

    platform: Platform
    emulation: Emulation = "none"
    bootable: bool = True
    sectors: int = 0
    lba: int = 0


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to know about the ISO: `failed` = no image can be made of it, `warning` = look before you go on.

    code: a stable word for programs ("truncated"); title: what is so; detail: what it means; remedy: what to do.
    """

    verdict: Verdict
    code: str
    title: str
    detail: str = ""
    remedy: str = ""


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """All that an ISO tells of itself. Sizes in bytes unless said otherwise; "" = not told.

    size: of the file or object; volume_size: what its own descriptor says, 0 = none. architecture: "x86_64",
    "aarch64", "i386" or another kernel name. distribution: a lower-case id ("debian", "rocky", "windows-server");
    title: for people ("Debian GNU/Linux 12.7"). identified_by: what told it ("volume id", ".treeinfo", "osinfo-db",
    "file name"). min_disk: GB, proposed. boot_mode: what the boot entries allow. virtio: drivers on a Windows ISO,
    None = does not apply. answer_files: paths on the ISO. bytes_read: what looking has cost.
    """

    name: str
    size: int
    volume_id: str = ""
    publisher: str = ""
    application: str = ""
    created: str = ""
    volume_size: int = 0
    boots: tuple[Boot, ...] = ()
    isohybrid: bool = False
    joliet: bool = False
    rock_ridge: bool = False
    udf: bool = False
    architecture: str = ""
    distribution: str = ""
    title: str = ""
    version: str = ""
    identified_by: str = ""
    os_type: OsType = "Other"
    min_disk: int = 0
    boot_mode: Literal["bios", "uefi", "both", "none"] = "none"
    virtio: bool | None = None
    answer_files: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    bytes_read: int = 0

    @property
    def usable(self) -> bool:
        """Nothing found that rules out an image."""
        return all(finding.verdict != "failed" for finding in self.findings)
