"""Which entry of the cloud's list of systems an ISO installs; the operator can always say otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable

from isowright.cloud.models import OsVersion
from isowright.iso.identify import by_file_name
from isowright.iso.report import Inspection
from isowright.iso.rules import SYSTEMS

_NUMBERS = re.compile(r"\d+(?:[._]\d+)*")


def propose_os(inspection: Inspection, versions: Iterable[OsVersion]) -> OsVersion | None:
    """The same system, the same major version, then the longest common run of version parts, then the newest. Another
    major version is never proposed; None if the list has nothing that fits."""
    bits = 32 if inspection.architecture == "i386" else 64
    return _best(inspection.distribution, inspection.version, bits, f"{inspection.title} {inspection.name}", versions)


def propose_by_name(name: str, versions: Iterable[OsVersion]) -> OsVersion | None:
    """As `propose_os`, for what was not looked into."""
    found = by_file_name(name)
    if found is None:
        return None
    bits = 32 if found.architecture == "i386" or re.search(r"32-?bit", name.lower()) else 64
    return _best(found.distribution, found.version, bits, name, versions)


def _best(distribution: str, version: str, bits: int, words: str, versions: Iterable[OsVersion]) -> OsVersion | None:
    system = SYSTEMS.get(distribution)
    wanted = _parts(version)
    if system is None or not system.platforms or not wanted:
        return None
    said = words.lower() + (" server" if distribution.endswith("-server") else "")
    pack = re.search(r"\b(?:sp\d+|r2)\b", version.lower())
    best: tuple[tuple[bool, int, int, tuple[int, ...]], OsVersion] | None = None
    if distribution == "euleros" and pack:  # what its disc calls V2.0SP5, the clouds call 2.5 or 2.0 SP5
        wanted = (*wanted[:1], int(pack.group()[2:]))
    for offered in versions:
        text = re.sub(r"\d+\s*bit", "", offered.os_version.lower())
        parts = _parts(text)
        if offered.os_bit != bits or not offered.platform.lower().startswith(system.platforms):
            continue
        if not parts or parts[0] != wanted[0]:
            continue
        if (distribution == "windows-server") != ("server" in text) and system.os_type == "Windows":
            continue
        found_pack = re.search(r"\b(?:sp\d+|r2)\b", text)
        same_pack = (found_pack.group() if found_pack else "") == (pack.group() if pack else "")
        if system.os_type == "Windows" and not same_pack:
            continue
        same_words = sum(1 for word in text.split() if len(word) > 3 and word in said)
        rank = (same_pack, _common(wanted, parts), same_words, parts)
        if best is None or rank > best[0]:
            best = (rank, offered)
    return best[1] if best else None


def _parts(text: str) -> tuple[int, ...]:
    found = _NUMBERS.search(text)
    return tuple(int(part) for part in re.split(r"[._]", found.group())) if found else ()


def _common(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
