"""The boot menus of installer discs, changed so that the installation starts by itself. Pure: text in, text out.

The makers' own entries stay. One is added that is a copy of their plain installation with the wanted kernel arguments,
and it is what starts after a second. Sources: GRUB manual (menuentry, default, timeout), SYSLINUX wiki (config).
"""

from __future__ import annotations

import re
from typing import NamedTuple

ID = "isowright"
TITLE = "Install by itself (Isowright)"
_SECONDS = 1

_LINUX = re.compile(r"^(\s*)(linux(?:efi|16)?|\$linux\w*)(\s+)(\S.*?)\s*$")
_INITRD = re.compile(r"^\s*(?:initrd(?:efi|16)?|\$initrd\w*)\s")
# What checks the disc first: it would find our change, or at the least take minutes.
_CHECKS = re.compile(r"^(?:rd\.live\.check|mediacheck(?:=\S*)?|integrity-check|verify=y(?:es)?|checkisomd5)$")
_GOOD = re.compile(r"\binstall(?:ation|er)?\b", re.IGNORECASE)
_BAD = re.compile(
    r"test this|check|rescue|troubleshoot|expert|automat|speech|braille|graphic|dark|upgrade|memory|memtest|vnc|"
    r"safe|basic|hwe|live|local|hard ?disk|boot from|firmware|oem|low[ -]res|repair",
    re.IGNORECASE,
)


class _Entry(NamedTuple):
    """One that starts a kernel: its title, and its lines."""

    title: str
    lines: tuple[str, ...]


def _best(entries: list[_Entry]) -> _Entry | None:
    """The plain installation: told by its title, else the first."""

    def score(entry: _Entry) -> int:
        return 2 * bool(_GOOD.search(entry.title)) - 3 * bool(_BAD.search(entry.title))

    return max(entries, key=score, default=None)  # the first of the best


def with_arguments(words: str, arguments: tuple[str, ...]) -> str:
    """A kernel's command line with these arguments, before the `---` behind which those of the installed system are;
    what is there by the same name, and what checks the disc, is gone."""
    names = {argument.split("=", 1)[0] for argument in arguments if "=" in argument}
    old = [
        word
        for word in words.split()
        if not _CHECKS.match(word) and not ("=" in word and word.split("=", 1)[0] in names)
    ]
    at = next((number for number, word in enumerate(old) if word in ("---", "--")), len(old))
    return " ".join([*old[:at], *arguments, *old[at:]])


# ---------------------------------------------------------------------------------------------------------------- GRUB


def has_grub_entries(text: str) -> bool:
    """Whether there is an entry in it that starts a kernel: a menu, and not a pointer to another file."""
    return bool(_grub_entries(text))


def edit_grub(text: str, arguments: tuple[str, ...]) -> str | None:
    """The changed grub.cfg; None if it has no entry that starts a kernel. Safe to be done again."""
    text = _without_ours(text)
    chosen = _best(_grub_entries(text))
    if chosen is None:
        return None
    lines: list[str] = []
    for line in chosen.lines:
        if found := _LINUX.match(line):
            indent, command, gap, words = found.groups()
            line = f"{indent}{command}{gap}{with_arguments(words, tuple(map(grub_word, arguments)))}"  # noqa: PLW2901
        lines.append(line)
    added = [
        f"# {ID}: begin",
        f'menuentry "{TITLE}" --id {ID} {{',
        *lines,
        "}",
        f"set default={ID}",
        "set timeout_style=menu",
        f"set timeout={_SECONDS}",
        f"# {ID}: end",
    ]
    return text.rstrip("\n") + "\n" + "\n".join(added) + "\n"


def grub_word(argument: str) -> str:
    """An argument as GRUB's language writes it: a ";" would end the command."""
    return re.sub(r"""([\\;&|<>{}$"'#\s])""", r"\\\1", argument)


def _without_ours(text: str) -> str:
    return re.sub(rf"^# {ID}: begin\n.*?^# {ID}: end\n", "", text, flags=re.MULTILINE | re.DOTALL)


def _grub_entries(text: str) -> list[_Entry]:
    entries: list[_Entry] = []
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        found = re.match(r"""\s*menuentry\s+(?:--\S+\s+)*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+))""", lines[number])
        if not found:
            number += 1
            continue
        title = next(group for group in found.groups() if group is not None)
        body: list[str] = []
        opening = lines[number].rfind("{")
        number += 1
        if opening < 0:
            continue
        while number < len(lines) and not re.match(r"\s*}\s*$", lines[number]):
            body.append(lines[number])
            number += 1
        if any(_LINUX.match(line) for line in body) and any(_INITRD.match(line) for line in body):
            entries.append(_Entry(title, tuple(body)))
    return entries


# ------------------------------------------------------------------------------------------------------------ ISOLINUX


def edit_isolinux(files: dict[str, str], arguments: tuple[str, ...], main: str = "isolinux.cfg") -> dict[str, str]:
    """Those of the texts that change, by name; none if no label starts a kernel. `main`: the one that is read first."""
    entries = [entry for text in files.values() for entry in _labels(text)]
    chosen = _best(entries)
    if chosen is None or main not in files:
        return {}
    lines: list[str] = []
    extra: list[str] = []
    for line in chosen.lines:
        key, value = _key(line)
        if key == "append":
            lines.append(f"  append {with_arguments(value, arguments)}")
        elif key in ("kernel", "linux", "initrd", "ipappend", "sysappend"):
            extra.append(f"  {key} {value}")
    if not lines:
        lines = [f"  append {' '.join(arguments)}"]
    changed = {name: without for name, text in files.items() if (without := _without_module(text)) != text}
    kept = [
        line
        for line in changed.get(main, files[main]).splitlines()
        if not re.match(r"\s*(?:default|prompt|timeout|totaltimeout|ontimeout)\b", line, re.IGNORECASE)
    ]
    kept = kept[: kept.index(f"# {ID}: begin")] if f"# {ID}: begin" in kept else kept
    changed[main] = "\n".join(
        [*kept, f"# {ID}: begin", f"label {ID}", *extra, *lines, f"default {ID}", "prompt 0", "timeout 1", ""]
    )
    return changed


def _without_module(text: str) -> str:
    """A menu module would wait for whom nobody is."""
    return re.sub(r"^[ \t]*ui[ \t].*\n?", "", text, flags=re.IGNORECASE | re.MULTILINE)


def _key(line: str) -> tuple[str, str]:
    """A line's keyword in lower case, and what it says."""
    word, rest = [*line.split(None, 1), "", ""][:2]
    return word.lower(), rest.strip()


def _labels(text: str) -> list[_Entry]:
    entries: list[_Entry] = []
    title = ""
    lines: list[str] = []
    for line in [*text.splitlines(), "label end"]:
        word, rest = _key(line)
        if word == "label":
            keys = dict(map(_key, lines))
            kernel = keys.get("linux") or keys.get("kernel", "")
            is_module = kernel.lower().endswith((".c32", ".bin", ".com", ".0"))
            if title and title != ID and kernel and not is_module and ("append" in keys or "initrd" in keys):
                entries.append(_Entry(title, tuple(lines)))
            title, lines = rest, []
        elif word == "menu" and rest.lower().startswith("label"):
            title += " " + rest[5:].strip().replace("^", "")
            lines.append(line)
        else:
            lines.append(line)
    return entries
