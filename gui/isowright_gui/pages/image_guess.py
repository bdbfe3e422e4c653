"""Which OS an ISO probably installs, told by its object's name alone; the operator can always say otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable

from isowright.cloud.models import OsVersion

_WINDOWS = r"windows|win(?=[-_]?(server|srv|20|1[01]))|(sw_)?dvd\w*_win|server_(20\d\d|eval)"
# words of installer names → the platform words of the cloud's OS list, lower case
_PLATFORMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"debian", ("debian",)),
    (r"ubuntu", ("ubuntu",)),
    (r"rocky", ("rocky",)),
    (r"alma(linux)?", ("alma",)),
    (r"centos", ("centos",)),
    (r"fedora", ("fedora",)),
    (r"open-?suse|leap", ("opensuse",)),
    (r"sles?|suse", ("suse",)),
    (r"openeuler", ("openeuler",)),
    (r"euleros", ("euleros",)),
    (r"rhel|red-?hat", ("redhat", "red hat")),
    (r"oracle(linux)?|ol(?=-?[789])", ("oracle",)),
    (r"coreos", ("coreos",)),
    (_WINDOWS, ("windows",)),
)
_NUMBERS = re.compile(r"\d+(?:[._]\d+)*")
_ARCHITECTURE = re.compile(r"amd64|x86[_-]?64|i[3-6]86|arm64|aarch64|x64|64-?bit|32-?bit|\.iso$")


def is_windows(key: str) -> bool:
    """Whether the object's name speaks of Windows."""
    name = key.rsplit("/", 1)[-1].lower()
    return re.search(rf"(?<![a-z])(?:{_WINDOWS})", name) is not None


def guess_os(key: str, versions: Iterable[OsVersion]) -> OsVersion | None:
    """The entry of the cloud's list that fits the object's name best; None if the name tells no known system.

    "debian-12_7_0-amd64-netinst.iso" → "Debian GNU/Linux 12.0.0 64bit": the same system, the same major version, then
    the longest common run of version parts, then the newest. Another major version is never guessed.
    """
    name = key.rsplit("/", 1)[-1].lower()
    platforms = next((words for pattern, words in _PLATFORMS if re.search(rf"(?<![a-z])(?:{pattern})", name)), None)
    if platforms is None:
        return None
    wanted = _parts(_ARCHITECTURE.sub(" ", name))
    if not wanted:
        return None
    bits = 32 if re.search(r"i[3-6]86|32-?bit", name) else 64
    best: tuple[tuple[int, int, tuple[int, ...]], OsVersion] | None = None
    for version in versions:
        if version.os_bit != bits or not version.platform.lower().startswith(platforms):
            continue
        offered = _parts(re.sub(r"\d+\s*bit", "", version.os_version.lower()))
        if not offered or offered[0] != wanted[0]:
            continue
        words = sum(1 for word in version.os_version.lower().split() if len(word) > 3 and word in name)
        rank = (_common(wanted, offered), words, offered)
        if best is None or rank > best[0]:
            best = (rank, version)
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
