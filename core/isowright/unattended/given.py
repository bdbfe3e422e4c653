"""An answer file that the operator brings: what kind it is, and what in it would spoil the run. Read, never run."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from isowright.errors import InputError
from isowright.unattended.answers import DATA_DISK, shown
from isowright.unattended.family import FAMILIES, Family, Kind

MOST_BYTES = 1024**2
_FIRST_DISKS = re.compile(r"(?<![\w/])(?:/dev/)?((?:xvd|vd|sd)a)\d{0,2}(?![\w])")
_AUTOYAST = "{http://www.suse.com/1.0/yast2ns}"


class Remark(msgspec.Struct, frozen=True):
    """verdict: "failed" = with this file it cannot work, "warning" = look before you go on. As findings of the
    inspector are: title, detail, remedy."""

    verdict: str
    code: str
    title: str
    detail: str = ""
    remedy: str = ""


class Given(msgspec.Struct, frozen=True):
    """What was found. kind: None = not recognised."""

    kind: Kind | None
    data: bytes
    remarks: tuple[Remark, ...] = ()

    @property
    def usable(self) -> bool:
        return all(remark.verdict != "failed" for remark in self.remarks)


def read(path: Path, family: Family | None) -> Given:
    """`family`: of the ISO that it is for. Raises InputError if the file cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError(
            f"The answer file {path} cannot be read.",
            detail=str(getattr(error, "strerror", None) or error),
            remedy="Check that it is there and that you may read it, or choose another one.",
            action="step:iso.answers",
        ) from error
    if len(data) > MOST_BYTES:
        remedy = "Choose the answer file itself."
        raise InputError(f"{path} has more than 1 MB.", remedy=remedy, action="step:iso.answers")
    return look(data, family)


def kind_of_file(path: Path) -> str:
    """Its title, for people; "" if it cannot be read or is of no kind that is known. Blocking."""
    try:
        kind = read(path, None).kind
    except InputError:
        return ""
    return FAMILIES[kind].title if kind is not None else ""


def look(data: bytes, family: Family | None) -> Given:
    """At the content of an answer file for an ISO of that family; None = not known, or one that takes no answers."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Given(None, data, (_unknown("It is no text in UTF-8."),))
    kind, trouble = _kind(text)
    if kind is None:
        return Given(None, data, (_unknown(trouble),))
    remarks: list[Remark] = []
    if trouble:
        remarks.append(_broken(FAMILIES[kind].title, trouble))
    if family is not None and family.kind != kind:
        remarks.append(
            Remark(
                "failed",
                "other-installer",
                f"This answer file is of the kind {FAMILIES[kind].title}; the ISO's installer takes {family.title}.",
                "It would not be read.",
                "Choose an answer file of that kind, or fill in the form.",
            )
        )
    if not trouble:
        remarks += _worries(kind, text)
    return Given(kind, data, tuple(remarks))


def _kind(text: str) -> tuple[Kind | None, str]:
    """(the kind, why it cannot be parsed or "")"""
    if text.lstrip().startswith("<"):
        return _xml(text)
    if text.lstrip().startswith("#cloud-config") or re.search(r"^autoinstall:", text, re.MULTILINE):
        return "autoinstall", _yaml_trouble(text)
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    kind: Kind | None = None
    trouble = "It is none of preseed, kickstart, autoinstall and AutoYaST."
    if any(re.match(r"d-i\s+[a-z0-9.+-]+/\S+\s+[a-z]+\b", line) for line in lines):
        kind, trouble = "preseed", ""
    elif any(_KICKSTART.match(line) for line in lines):
        kind, trouble = "kickstart", _section_trouble(lines)
    elif lines and all(re.fullmatch(r"[a-z]+=[A-Za-z0-9/._-]*", line) for line in lines):
        kind, trouble = "isowright-test", ""
    return kind, trouble


_KICKSTART = re.compile(r"%(?:packages|pre|post)\b|(?:autopart|clearpart|rootpw|part|lang|bootloader)\s")


def _xml(text: str) -> tuple[Kind | None, str]:
    if "suse.com/1.0/yast2ns" not in text:
        windows = "schemas-microsoft-com:unattend" in text
        told = "is a Windows answer file, which has to be on the ISO already" if windows else "is no AutoYaST profile"
        return None, f"It {told}."
    if "<!ENTITY" in text:
        return "autoyast", "It declares entities, which AutoYaST profiles have none of."
    try:
        ET.fromstring(text)  # noqa: S314 (entities are ruled out above; nothing else in it is followed)
    except ET.ParseError as error:
        return "autoyast", f"It is no well-formed XML: {error}."
    return "autoyast", ""


def _yaml_trouble(text: str) -> str:
    try:
        told = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return f"It is no well-formed YAML: {shown(str(error).replace(chr(10), ' '))}…"
    if not isinstance(told, dict) or not isinstance(told.get("autoinstall"), dict):
        return "It has no section “autoinstall:”, so that the installer would ask its questions."
    return "" if "version" in told["autoinstall"] else "Its section “autoinstall:” has no version."


def _section_trouble(lines: list[str]) -> str:
    opened = sum(
        bool(re.match(r"%(?:packages|pre|pre-install|post|onerror|traceback|addon|anaconda)\b", x)) for x in lines
    )
    closed = sum(line.startswith("%end") for line in lines)
    return "" if opened == closed else f"It opens {opened} sections (%pre, %packages, …) and closes {closed} (%end)."


def _worries(kind: Kind, text: str) -> Iterator[Remark]:
    active = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    if not _powers_off(kind, active):
        yield Remark(
            "warning",
            "no-power-off",
            "It does not power the server off at the end.",
            "The run goes on when the server is off; a restart would begin the installation again from the disc.",
            _POWER_OFF[kind],
        )
    disks = dict.fromkeys(found.group(1) for found in _FIRST_DISKS.finditer(active))
    if disks and kind != "isowright-test":
        yield Remark(
            "warning",
            "first-disk",
            f"It names the first disk ({', '.join(disks)}).",
            "That is the temporary server's own disk. The image is made of the data disk, the second one.",
            f"Have it install to {DATA_DISK}.",
        )
    elif DATA_DISK.removeprefix("/dev/") not in active and "second" not in active:
        yield Remark(
            "warning",
            "no-disk",
            "It does not say which disk to install to.",
            "Most installers take the first disk then; the image is made of the data disk, the second one.",
            f"Have it install to {DATA_DISK}.",
        )
    if _PLAIN[kind].search(active):
        yield Remark(
            "warning",
            "plain-password",
            "It holds a password that is not hashed.",
            "Whoever may read the ISO in the bucket, or the image's installation logs, can read it.",
            "Write the hash instead: openssl passwd -6 makes one.",
        )


_POWER_OFF: dict[Kind, str] = {
    "preseed": "Add: d-i debian-installer/exit/poweroff boolean true",
    "kickstart": "Add the command: poweroff",
    "autoinstall": "Add to the section autoinstall: shutdown: poweroff",
    "autoyast": 'Add to general/mode: <halt config:type="boolean">true</halt>',
    "isowright-test": "Take out the line end=stay.",
}
_NEVER = re.compile(r"(?!)")
_PLAIN: dict[Kind, re.Pattern[str]] = {
    "preseed": re.compile(r"^\S+\s+passwd/(?:root|user)-password(?:-again)?\s+password\s+\S", re.MULTILINE),
    "kickstart": re.compile(
        r"--plaintext|^\s*rootpw\s+(?!.*--(?:iscrypted|lock))\S|^\s*user\s(?!.*--iscrypted).*--password", re.MULTILINE
    ),
    "autoinstall": re.compile(r"^\s*(?:plain_text_passwd|password):\s*[\"']?(?![\"']?[$!*])[^\s\"']", re.MULTILINE),
    "autoyast": re.compile(r"<user_password>(?!\s*[$!*<])[^<]+<"),
    "isowright-test": _NEVER,
}


def _powers_off(kind: Kind, text: str) -> bool:
    if kind == "preseed":
        return bool(re.search(r"^\S+\s+debian-installer/exit/poweroff\s+boolean\s+true\b", text, re.MULTILINE))
    if kind == "kickstart":
        return bool(re.search(r"^\s*(?:poweroff|shutdown|halt)\b", text, re.MULTILINE))
    if kind == "autoinstall":
        told: Any = yaml.safe_load(text)["autoinstall"]
        return bool(told.get("shutdown") == "poweroff")
    if kind == "autoyast":
        root = ET.fromstring(text)  # noqa: S314 (looked at above)
        mode = root.find(f"{_AUTOYAST}general/{_AUTOYAST}mode")
        names = ("halt", "final_halt")
        return mode is not None and any((mode.findtext(_AUTOYAST + name) or "").strip() == "true" for name in names)
    return "end=stay" not in text


def _broken(title: str, trouble: str) -> Remark:
    return Remark(
        "failed",
        "broken",
        f"It looks like {title}, and cannot be read as such.",
        trouble,
        "Mend it, or choose another.",
    )


def _unknown(trouble: str) -> Remark:
    return Remark(
        "failed",
        "unknown-kind",
        "This is no answer file of a kind that is known here.",
        trouble,
        "Choose a preseed, kickstart, autoinstall or AutoYaST file, or fill in the form.",
    )
