"""What is inside an ISO, as rows of its card. Pure, so that each finding's row can be tested."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from isowright.flow import size_text
from isowright.iso.report import Finding, Inspection
from isowright_gui.pages.iso_fact import Fact, Verdict, worse

_VERDICTS: dict[str, Verdict] = {"failed": "failed", "warning": "warning", "ok": "done"}
# code of a finding → the row that it belongs to
_ROWS = {
    "empty": "size",
    "too-large": "size",
    "truncated": "size",
    "not-bootable": "boot",
    "uefi-only": "boot",
    "udf-only": "boot",
    "emulated-boot": "boot",
    "wrong-architecture": "architecture",
    "32-bit": "architecture",
    "unknown-system": "system",
    "by-name-only": "system",
    "unsupported-system": "system",
    "no-virtio": "drivers",
    "answer-files": "answers",
}


def _tr(text: str) -> str:
    return QCoreApplication.translate("IsoPage", text)


def title_of(seen: Inspection) -> str:
    """ "Debian GNU/Linux 12.7", or the file's name where no system is known."""
    return seen.title or seen.name.rsplit("/", 1)[-1]


def kind_of(seen: Inspection) -> str:
    """What sort of disc it is, in a few words."""
    if not _readable(seen):
        return _tr("Not an ISO")
    if not seen.title:
        return _tr("Unknown system")
    return {"Linux": _tr("Linux installer"), "Windows": _tr("Windows installer")}.get(seen.os_type, _tr("Installer"))


def _readable(seen: Inspection) -> bool:
    """Whether anything of an ISO is there: else how it boots is no question."""
    codes = {finding.code for finding in seen.findings}
    return not codes & {"not-an-iso", "empty"} and ("truncated" not in codes or seen.volume_size > 0)


def inside_facts(seen: Inspection) -> list[Fact]:
    """How it boots, for which processor, how large; then what else was found. Worst rows do not move: the order is
    that of the questions."""
    found: dict[str, list[Finding]] = {}
    for finding in seen.findings:
        found.setdefault(_ROWS.get(finding.code, finding.code), []).append(finding)
    boots = {"bios": "BIOS", "uefi": "UEFI", "both": _tr("BIOS and UEFI"), "none": _tr("Nothing")}[seen.boot_mode]
    rows: list[tuple[str, str, str]] = []
    if _readable(seen):
        rows += [
            ("boot", _tr("Boots with"), boots),
            ("architecture", _tr("Architecture"), _architecture(seen.architecture)),
        ]
    rows.append(("size", _tr("Size"), size_text(seen.size) or _tr("Empty")))
    rest = {
        "system": (_tr("System"), seen.title or _tr("Not known")),
        "drivers": (_tr("Virtio drivers"), _tr("Missing")),
        "answers": (_tr("Answer file"), _tr("On the disc")),
        "not-an-iso": (_tr("Content"), _tr("Not an ISO")),
    }
    rows += [(row, *rest.get(row, (_tr("Content"), _tr("Look")))) for row in found if row not in dict(_keys(rows))]
    if seen.virtio:
        rows.append(("virtio", _tr("Virtio drivers"), _tr("On the disc")))
    return [_row(label, value, found.get(row, [])) for row, label, value in rows]


def _keys(rows: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return [(row, label) for row, label, _ in rows]


def _row(label: str, value: str, findings: list[Finding]) -> Fact:
    verdict: Verdict = "done"
    for finding in findings:
        verdict = worse(verdict, _VERDICTS[finding.verdict])
    why = " ".join(part for f in findings for part in (f.title, f.detail, f.remedy) if part)
    brief = " ".join(part for f in findings[:1] for part in (f.title, f.remedy) if part)
    return Fact(label, value, verdict, why, brief)


def _architecture(name: str) -> str:
    return {"x86_64": "x86-64", "i386": "x86, 32-bit", "aarch64": "ARM, 64-bit", "": _tr("Not told")}.get(name, name)
