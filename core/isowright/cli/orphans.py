"""`isowright clean-up --orphans`: what runs of any computer have left in a project."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Sequence

import msgspec

from isowright.cli.context import Core, confirm, opened, sign_in
from isowright.cli.output import print_error, table
from isowright.cli.sign_in import blocking
from isowright.cloud.client import Cloud
from isowright.errors import InputError
from isowright.flow import cloud_title
from isowright.orphans import Found, Orphan, Removal, find, kind_word, lasting, remove
from isowright.orphans.accounts import KnownAccount, known_accounts
from isowright.profiles import Profiles
from isowright.recipe import PRACTICE, Account

_BILLED = {"hourly": "billed by the hour", "storage": "billed as storage", "no": "not billed"}
_NUMBERS = re.compile(r"(\d+)(?:-(\d+))?")


async def clean_up(given: str | None, *, yes: bool, json: bool, young: float) -> int:
    """Find and delete leftovers. `given`: the profile whose account is looked through. `young`: seconds; what other
    computers made since is never deleted without having been named. Returns the exit status."""
    async with opened() as core:
        account = await _account(core, given)
        account, login = await sign_in(core, account, ask=not json)
        cloud = Cloud.open(account, login, clock=core.engine.clock)
        try:
            found = await find(
                cloud,
                account,
                await core.engine.runs(),
                now=core.engine.clock.now(),
                young=young,
                uploads=core.home.uploads_dir,
            )
            for unseen in found.unseen:
                print_error(unseen.error)
                _note(f"  The {unseen.what} could not be looked at; what follows is not complete.")
            if json:
                _print_json(found.orphans)
            else:
                _print(found, account)
            chosen = _chosen(found.orphans, yes=yes, json=json)
            removed = await _remove(core, cloud, chosen, json=json) if chosen else []
            return 1 if found.unseen or any(removal.state == "failed" for removal in removed) else 0
        finally:
            await cloud.aclose()


async def _account(core: Core, given: str | None) -> Account:
    profiles = Profiles(core.home)
    if given == PRACTICE and not profiles.find(given):
        return Account(cloud=PRACTICE)
    if given:
        return profiles.open(given)[1].account
    known = known_accounts(await asyncio.to_thread(profiles.list), await core.engine.runs())
    if not known:
        raise InputError(
            "No account is known whose leftovers could be looked for.",
            detail="There is neither a saved profile nor a past run on this computer.",
            remedy="Name a profile: isowright clean-up --orphans PROFILE",
        )
    if len(known) > 1:
        raise InputError(
            "There are several accounts to look through.",
            detail="\n".join(_account_line(entry) for entry in known),
            remedy="Name a profile of the one that is meant: isowright clean-up --orphans PROFILE",
        )
    return known[0].account


def _account_line(known: KnownAccount) -> str:
    account = known.account
    who = account.who
    where = ", ".join(part for part in (cloud_title(account.cloud), account.region, account.project_name, who) if part)
    name = known.profiles[0] if known.profiles else PRACTICE if account.cloud == PRACTICE else ""
    return f"{name or '(no profile)'}  {where}" + ("" if name else f", of the run {known.runs[0]}")


def _print_json(orphans: Sequence[Orphan]) -> None:
    for orphan in orphans:
        print(msgspec.json.encode(orphan).decode(), flush=True)


def _print(found: Found, account: Account) -> None:
    where = ", ".join(part for part in (cloud_title(account.cloud), account.region, account.project_name) if part)
    if not found.orphans:
        print(f"Nothing of Isowright's is left in {where}.")
        print("Unfinished uploads of other computers carry no marks: they are not looked for.")
        return
    print(f"Left in {where}:")
    rows = [
        (
            f"{number:>3}" if orphan.removable else "  -",
            "*" if orphan.chosen_at_first else " ",
            kind_word(orphan.kind),
            orphan.name,
            lasting(orphan.age) if orphan.age is not None else "?",
            orphan.size,
            _BILLED[orphan.billed],
            orphan.id,
        )
        for number, orphan in enumerate(found.orphans, start=1)
    ]
    for orphan, line in zip(found.orphans, table(rows), strict=True):
        print(line)
        print(f"       {orphan.reason}")


def _chosen(orphans: Sequence[Orphan], *, yes: bool, json: bool) -> list[Orphan]:
    """What to delete: with `yes` all that nothing speaks against, else what the person at the terminal says."""
    free = [orphan for orphan in orphans if orphan.chosen_at_first]
    removable = [orphan for orphan in orphans if orphan.removable]
    if yes:
        kept = len(removable) - len(free)
        if kept:
            _note(
                f"{_things(kept)} of another computer left alone, for being recent.",
                "  Delete them at a terminal by their numbers, or give --min-age with the hours that are enough.",
            )
        return free
    if not removable:
        if orphans:
            _note("Nothing of this can be deleted here.")
        return []
    if json or not sys.stdin.isatty():
        raise InputError(
            "Nothing was deleted: nobody could be asked.",
            remedy="Add --yes to delete without a question what nobody needs (marked *).",
        )
    chosen = _asked(orphans, free)
    young = [orphan for orphan in chosen if orphan.verdict == "young"]
    if young and not confirm(f"{_things(len(young))} may be in use by another computer. Delete nevertheless?"):
        chosen = [orphan for orphan in chosen if orphan.verdict != "young"]
    if not chosen:
        print("Nothing was deleted.")
    return chosen


def _asked(orphans: Sequence[Orphan], free: list[Orphan]) -> list[Orphan]:
    question = "Delete which? Numbers (1 3-5), * for those marked so, Enter for none: "
    while True:
        try:
            text = blocking(lambda: input(question)).strip()
        except EOFError:
            return []
        if not text:
            return []
        if text == "*":
            return free
        chosen = numbered(text, len(orphans))
        if chosen is not None and all(orphans[at].removable for at in chosen):
            return [orphans[at] for at in chosen]
        print("These are not numbers of the list.")


def numbered(text: str, count: int) -> list[int] | None:
    """ "1 3-5" or "1,3-5" as positions from 0, in order; None if there is anything else in it or beyond `count`."""
    chosen: set[int] = set()
    for part in text.replace(",", " ").split():
        match = _NUMBERS.fullmatch(part)
        if match is None:
            return None
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= count:
            return None
        chosen.update(range(first - 1, last))
    return sorted(chosen)


async def _remove(core: Core, cloud: Cloud, chosen: Sequence[Orphan], *, json: bool) -> list[Removal]:
    def tell(removal: Removal) -> None:
        if json:
            print(msgspec.json.encode(removal).decode(), flush=True)
        elif removal.state != "deleting":
            word = {"deleted": "deleted", "gone": "was gone already", "failed": "FAILED"}[removal.state]
            print(f"  {word:<16}  {kind_word(removal.kind)}  {removal.name}", flush=True)

    removed = await remove(
        cloud, chosen, runs=core.engine.runs, clock=core.engine.clock, tell=tell, uploads=core.home.uploads_dir
    )
    for removal in removed:
        if removal.error is not None:
            print_error(removal.error)
    return removed


def _things(count: int) -> str:
    return "1 thing" if count == 1 else f"{count} things"


def _note(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr, flush=True)
