"""Which system it is: our own table first, then the system's osinfo-db, at last the file's name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from isowright.iso import osinfo, rules
from isowright.iso.report import OsType
from isowright.iso.rules import SYSTEMS, Rule
from isowright.iso.tree import Files
from isowright.iso.volume import Volume
from isowright.iso.wim import WindowsImage, read_wim

_LONGEST_VERSION = 24
_INSTALL = ("sources/install.wim", "sources/install.esd", "sources/install.swm")


@dataclass(frozen=True)
class Identity:
    """As in `Inspection`."""

    distribution: str = ""
    title: str = ""
    version: str = ""
    architecture: str = ""
    identified_by: str = ""
    os_type: OsType = "Other"
    min_disk: int = 0


def identify(volume: Volume | None, files: Files, name: str) -> Identity:
    """Of an ISO with these files; `name`: of the file or object."""
    found = _windows(volume, files) or _by_volume_id(volume) or Identity()
    for marker in (_disk_info, _treeinfo, _discinfo, _suse_media):
        told = marker(files)
        if told and not found.distribution:
            found = told
        elif told and _same_system(told, found):
            found = replace(
                told if _longer(told.version, found.version) else found,
                identified_by=found.identified_by,
                architecture=found.architecture or told.architecture,
            )
    by_name = by_file_name(name)
    found = found if found.distribution else _by_folder(files) or _osinfo(volume) or by_name or found
    if by_name and by_name.version and not found.version and found.distribution == by_name.distribution:
        by = f"{found.identified_by} and file name"
        found = described(found.distribution, by_name.version, by, found.architecture)
    return replace(found, architecture=found.architecture or _architecture(volume, files))


def at_first_sight(volume: Volume | None, name: str) -> Identity:
    """Without a look at its files."""
    return _by_volume_id(volume) or by_file_name(name) or Identity()


def by_file_name(name: str) -> Identity | None:
    """The last resort: names are what people make them."""
    stem = PurePosixPath(name.replace("\\", "/")).name.lower()
    if download := re.match(rules.WINDOWS_DOWNLOAD, stem):
        image = WindowsImage(int(download["build"]), server="server" in download["words"], architecture="", editions=1)
        arch = re.search(r"_(x64|x86|a64)fre", stem)
        return replace(
            _of_image(image, "file name", None), architecture=rules.architecture(arch.group(1)) if arch else ""
        )
    # Legal object names have "_" for the "." of versions.
    return _match(rules.FILE_NAMES, re.sub(r"(?<=\d)(?<!x86)_(?=\d{1,2}(?!\d))", ".", stem), "file name")


def described(distribution: str, version: str, by: str, architecture: str = "") -> Identity:
    """A system of the table."""
    system = SYSTEMS[distribution]
    version = version[:_LONGEST_VERSION]
    return Identity(
        distribution, f"{system.title} {version}".strip(), version, architecture, by, system.os_type, system.min_disk
    )


def _match(table: Iterable[Rule], text: str, by: str) -> Identity | None:
    for rule in table:
        if found := rule.match(text):
            groups = found.groupdict()
            version = re.sub(r"[-_]", ".", groups.get("v") or "")
            if rule.distribution.startswith("windows"):
                version = re.sub(r"[ ._-]*r2", " R2", version, flags=re.IGNORECASE)
            if pack := groups.get("sp"):
                version += f" {pack.upper()}"
            return described(rule.distribution, version.strip(), by, rules.architecture(groups.get("a") or ""))
    return None


def _by_volume_id(volume: Volume | None) -> Identity | None:
    return _match(rules.VOLUME_IDS, volume.volume_id, "volume id") if volume else None


def _same_system(one: Identity, other: Identity) -> bool:
    known = [SYSTEMS[identity.distribution] for identity in (one, other) if identity.distribution in SYSTEMS]
    return len(known) == 2 and known[0].platforms == known[1].platforms


def _longer(version: str, than: str) -> bool:
    """Whether it is the same version told more exactly: "9.4" and "9"."""
    return version != than and (not than or version.startswith(f"{than}."))


def _disk_info(files: Files) -> Identity | None:
    text = files.text(".disk/info", 512)
    return _match(rules.DISK_INFO, text.strip(), ".disk/info") if text else None


def _treeinfo(files: Files) -> Identity | None:
    text = files.text(".treeinfo") or files.text("treeinfo")
    if not text:
        return None
    sections = _sections(text)
    general, release = sections.get("general", {}), sections.get("release", {})
    family = general.get("family") or general.get("name") or release.get("name") or ""
    version = general.get("version") or release.get("version") or ""
    found = _match(rules.FAMILIES, family.strip(), ".treeinfo")
    if found is None:
        return None
    if (number := re.match(r"\d+(?:\.\d+)*", version.strip())) and not found.version:
        found = described(found.distribution, number.group(), ".treeinfo")
    return replace(found, architecture=rules.architecture((general.get("arch") or "").strip()))


def _sections(text: str) -> dict[str, dict[str, str]]:
    """Of an .ini file, what is well-formed."""
    found: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    for line in text.splitlines()[:200]:
        if head := re.match(r"\[(\w{1,40})\]", line):
            section = found.setdefault(head.group(1).lower(), {})
        elif pair := re.match(r"(\w{1,40})\s*[=:]\s*(\S.*)", line):
            section.setdefault(pair.group(1).lower(), pair.group(2).strip())
    return found


def _discinfo(files: Files) -> Identity | None:
    lines = files.text(".discinfo", 512).splitlines()
    if len(lines) < 3:
        return None
    found = _match(rules.FAMILIES, lines[1].strip(), ".discinfo")
    return replace(found, architecture=rules.architecture(lines[2].strip())) if found else None


def _suse_media(files: Files) -> Identity | None:
    for path in ("media.1/products", "media.1/media"):
        for line in files.text(path, 1024).splitlines()[:4]:
            if found := _match(rules.SUSE_MEDIA, line.strip(), path):
                return found
    return None


def _by_folder(files: Files) -> Identity | None:
    for path, distribution in rules.FOLDERS:
        if files.has(path):
            return described(distribution, "", path)
    return None


def _osinfo(volume: Volume | None) -> Identity | None:
    if volume is None or not volume.volume_id:
        return None
    known = osinfo.look_up(volume.volume_id, volume.system_id, volume.publisher, volume.application)
    if known is None:
        return None
    disk = {"Linux": 20, "Windows": 40, "Other": 20}[known.os_type]
    version = known.version if known.os_type != "Windows" else re.sub(r"^\D*", "", known.title)
    distribution = known.distribution
    if known.os_type == "Windows":
        distribution = "windows-server" if "Server" in known.title or re.search(r"\b20\d\d", known.title) else "windows"
    return Identity(distribution, known.title, version, known.architecture, "osinfo-db", known.os_type, disk)


def _windows(volume: Volume | None, files: Files) -> Identity | None:
    label = volume.volume_id if volume else ""
    by_label = _windows_label(label)
    for path in _INSTALL:
        if place := files.find(path):
            tree, node = place
            image = read_wim(lambda offset, length, tree=tree, node=node: tree.read(node, offset, length))  # type: ignore[misc]
            if image is not None:
                return _of_image(image, path, by_label)
            return described(*(by_label or ("windows", "")), by="volume id" if by_label else path)
    if by_label:
        return described(*by_label, by="volume id")
    if files.has("sources/boot.wim") and files.has("bootmgr"):
        return described("windows", "", "sources/boot.wim")
    return None


def _windows_label(label: str) -> tuple[str, str] | None:
    found = (
        (distribution, version)
        for pattern, distribution, version in rules.WINDOWS_VOLUME_IDS
        if re.match(pattern, label, re.IGNORECASE)
    )
    return next(found, None) if re.search(r"_|ESD-ISO", label) else None


def _of_image(image: WindowsImage, path: str, by_label: tuple[str, str] | None) -> Identity:
    server = image.server if image.server is not None else bool(by_label and by_label[0] == "windows-server")
    names = [(s, c) for build, s, c in rules.WINDOWS_BUILDS if build <= image.build]
    version = next((name for name in ((s if server else c) for s, c in reversed(names)) if name), "")
    return described("windows-server" if server else "windows", version, path, image.architecture)


def _architecture(volume: Volume | None, files: Files) -> str:
    """By the loaders that firmware would start; with several, the widest that a PC has."""
    loaders = {rules.EFI_LOADERS.get(name.lower(), "") for name in files.names("efi/boot")} - {""}
    if "x86_64" in loaders:
        return "x86_64"
    if loaders:
        return min(loaders)
    words = volume.volume_id if volume else ""
    found = re.search(r"x86[_-]64|amd64|x64|x86|aarch64|arm64|a64|(?<![a-z])i[3-6]86", words, re.IGNORECASE)
    return rules.architecture(found.group()) if found else ""
