"""Which OS an ISO probably installs, told by its object's name alone; the operator can always say otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable

from isowright.cloud.models import OsVersion
from isowright.iso.identify import by_file_name
from isowright.iso.propose import propose_by_name


def is_windows(key: str) -> bool:
    """Whether the object's name speaks of Windows."""
    found = by_file_name(key)
    return found is not None and found.os_type == "Windows"


def guess_os(key: str, versions: Iterable[OsVersion]) -> OsVersion | None:
    """The entry of the cloud's list that fits the object's name best; None if the name tells no known system.

    "debian-12_7_0-amd64-netinst.iso" → "Debian GNU/Linux 12.0.0 64bit". For what was looked into, see `propose_os`.
    """
    return propose_by_name(key, versions)


def suggest_name(key: str) -> str:
    """A legal image name from an object's name: "more/Rocky-9_4-x86_64-dvd.iso" → "Rocky-9_4-x86_64-dvd"."""
    stem = re.sub(r"\.iso$", "", key.rsplit("/", 1)[-1], flags=re.IGNORECASE)
    return re.sub(r"[^A-Za-z0-9._\-一-鿿]+", "-", stem).strip("-. ")[:120]


def next_name(name: str, taken: Iterable[str]) -> str:
    """The first free one of name-2, name-3, …; within 128 characters."""
    used = set(taken)
    stem, number = name, 2
    if found := re.fullmatch(r"(.*?)-(\d{1,4})", name):
        stem, number = found.group(1), int(found.group(2)) + 1
    while (candidate := f"{stem[: 128 - len(str(number)) - 1]}-{number}") in used:
        number += 1
    return candidate
