"""The system's osinfo-db, where it is installed: patterns of far more discs than our own table has, some years old."""

from __future__ import annotations

import contextlib
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

from isowright.iso.report import OsType

FOLDER = Path("/usr/share/osinfo")
_FIELDS = ("volume-id", "system-id", "publisher-id", "application-id")
_TYPES: dict[str, OsType] = {"linux": "Linux", "winnt": "Windows"}


class Known(NamedTuple):
    distribution: str
    title: str
    version: str
    architecture: str
    os_type: OsType


class _Medium(NamedTuple):
    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    known: Known

    @property
    def weight(self) -> int:
        return sum(len(pattern.pattern) for _, pattern in self.patterns)


def look_up(volume_id: str, system_id: str, publisher: str, application: str) -> Known | None:
    """The medium whose patterns all fit, the one with the longest patterns."""
    told = dict(zip(_FIELDS, (volume_id, system_id, publisher, application), strict=True))
    best: _Medium | None = None
    for medium in _media(FOLDER):
        if all(pattern.match(told[field]) for field, pattern in medium.patterns) and (
            best is None or medium.weight > best.weight
        ):
            best = medium
    return best.known if best else None


@cache
def _media(folder: Path) -> tuple[_Medium, ...]:
    found: list[_Medium] = []
    for path in sorted((folder / "os").rglob("*.xml")):
        with contextlib.suppress(OSError, ET.ParseError):
            for system in ET.parse(path).getroot().iter("os"):  # noqa: S314  # the system's own files
                found += _of_system(system)
    return tuple(found)


def _of_system(system: ET.Element) -> list[_Medium]:
    found: list[_Medium] = []
    for media in system.findall("media"):
        iso = media.find("iso")
        if iso is None or iso.find("volume-id") is None:
            continue
        patterns: list[tuple[str, re.Pattern[str]]] = []
        try:
            for field in _FIELDS:
                text = iso.findtext(field)
                if text:
                    patterns.append((field, re.compile(text)))
        except re.error:
            continue
        known = Known(
            distribution=system.findtext("distro") or "",
            title=system.findtext("name") or "",
            version=system.findtext("version") or "",
            architecture=media.get("arch", "").replace("i686", "i386"),
            os_type=_TYPES.get(system.findtext("family") or "", "Other"),
        )
        found.append(_Medium(tuple(patterns), known))
    return found
