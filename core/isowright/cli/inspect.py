"""`isowright inspect`: what an ISO is, local or in a bucket, and what speaks against making an image of it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import msgspec

from isowright.cli.context import opened, sign_in
from isowright.cloud.client import Cloud
from isowright.errors import InputError
from isowright.flow import size_text
from isowright.iso import Boot, Finding, Inspection, inspect_file, inspect_object
from isowright.iso.volume import printable
from isowright.profiles import Profiles
from isowright.recipe import PRACTICE, Account, IsoSource, iso_key_problem

_WORDS = {"failed": "FAILED", "warning": "look", "ok": "ok"}
_WIDTH = 15
_COLUMNS = 100


def local(path: Path, *, json: bool) -> int:
    """The exit status: 0 usable, 1 not. Raises InputError."""
    return _show(inspect_file(path), json=json)


async def remote(profile: str, place: str | None, *, json: bool) -> int:
    """An object of the profile's account: `place` is BUCKET/KEY, None = the profile's own ISO."""
    async with opened() as core:
        account, iso = _profile(Profiles(core.home), profile)
        if place is None and iso.path:
            return local(Path(iso.path), json=json)
        bucket, key = _place(place, iso)
        account, login = await sign_in(core, account, ask=not json)
        cloud = Cloud.open(account, login, clock=core.engine.clock)
        try:
            info = await cloud.obs.head(bucket, key)
            if info is None:
                raise InputError(
                    f"There is no object {key} in the bucket {bucket}.",
                    remedy="Check both names, and the case of letters.",
                )
            return _show(_named(await inspect_object(cloud, bucket, key, info.size), key), json=json)
        finally:
            await cloud.aclose()


def _named(seen: Inspection, key: str) -> Inspection:
    """With what speaks against the object's name."""
    problem = iso_key_problem(key)
    if problem is None:
        return seen
    finding = Finding(verdict="failed", code="name", title=problem[0], remedy=problem[1])
    return msgspec.structs.replace(seen, findings=(finding, *seen.findings))


def _profile(profiles: Profiles, name: str) -> tuple[Account, IsoSource]:
    if name == PRACTICE and not profiles.find(name):
        return Account(cloud=PRACTICE), IsoSource()
    recipe = profiles.open(name)[1]
    return recipe.account, recipe.iso


def _place(given: str | None, iso: IsoSource) -> tuple[str, str]:
    if given is None and iso.bucket and iso.key:
        return iso.bucket, iso.key
    bucket, _, key = (given or "").removeprefix("obs://").removeprefix("s3://").partition("/")
    if not bucket or not key:
        raise InputError(
            f"“{given}” names no object." if given else "The profile names no ISO in a bucket.",
            remedy="Give it as BUCKET/KEY, such as my-isos/debian-12.iso.",
        )
    return bucket, key


def _show(inspection: Inspection, *, json: bool) -> int:
    if json:
        facts = {"event": "inspection", "usable": inspection.usable} | msgspec.to_builtins(inspection)
        print(msgspec.json.encode(facts).decode())
    else:
        for line in lines(inspection):
            print(line)
    return 0 if inspection.usable else 1


def lines(seen: Inspection) -> list[str]:
    """For people: what it is, what it has, what is to be said of it."""
    system = seen.title and f"{seen.title}  (told by {seen.identified_by})"
    kinds = [
        word
        for word, has in (
            ("ISO 9660", bool(seen.volume_size)),
            ("Joliet", seen.joliet),
            ("Rock Ridge", seen.rock_ridge),
            ("UDF", seen.udf),
            ("isohybrid", seen.isohybrid),
        )
        if has
    ]
    virtio = {None: "", True: "built in", False: "not built in"}[seen.virtio]
    told = [
        ("System", system),
        ("Architecture", seen.architecture),
        ("Size", size_text(seen.size)),
        ("Volume id", seen.volume_id),
        ("Publisher", seen.publisher),
        ("Made", seen.created),
        ("Written as", ", ".join(kinds)),
        ("Boots with", {"bios": "BIOS", "uefi": "UEFI", "both": "BIOS and UEFI", "none": ""}[seen.boot_mode]),
        *(("Boot entry", _boot(boot)) for boot in seen.boots),
        ("Virtio drivers", virtio),
        ("Answer files", ", ".join(seen.answer_files)),
        ("Minimum disk", f"{seen.min_disk} GB proposed" if seen.min_disk else ""),
    ]
    rows = [printable(seen.name), *(f"  {label:<{_WIDTH}}{value}" for label, value in told if value)]
    if not seen.findings:
        return [*rows, "", "  Nothing speaks against making an image of it."]
    for finding in seen.findings:
        rows += ["", *_wrapped(f"  {_WORDS[finding.verdict]:<8}", finding.title)]
        for text in (finding.detail, finding.remedy and f"What to do: {finding.remedy}"):
            rows += _wrapped("", text)
    return rows


def _wrapped(start: str, text: str) -> list[str]:
    indent = " " * 10
    return textwrap.wrap(text, _COLUMNS, initial_indent=start.ljust(10), subsequent_indent=indent)


def _boot(boot: Boot) -> str:
    how = "" if boot.emulation == "none" else f", as a {boot.emulation}"
    return f"{boot.platform}{how}, block {boot.lba}{'' if boot.bootable else ' (marked as not bootable)'}"
