"""The accounts that this computer knows, to look for leftovers in: those of saved profiles and of past runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from isowright.pipeline.runs import RunInfo
from isowright.profiles import ProfileInfo
from isowright.recipe import PRACTICE, Account, written_endpoints


class KnownAccount(msgspec.Struct, frozen=True):
    """An account and where it is known from: names of profiles, newest runs after them."""

    account: Account
    profiles: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()


def known_accounts(profiles: Iterable[ProfileInfo], runs: Sequence[RunInfo]) -> list[KnownAccount]:
    """Each project once for each who signs in to it. Profiles' accounts first; the practice cloud is one account,
    whatever its ports are."""
    found: dict[tuple[str, ...], KnownAccount] = {}

    def add(account: Account, profile: str = "", run: str = "") -> None:
        if not account.cloud:
            return
        key = _key(account)
        known = found.get(key) or KnownAccount(account)
        names = known.profiles + ((profile,) if profile else ())
        made_by = known.runs + ((run,) if run else ())
        found[key] = msgspec.structs.replace(known, profiles=names, runs=made_by)

    for info in profiles:
        if info.recipe is not None:
            add(info.recipe.account, profile=info.name)
    for run in runs:
        add(run.recipe.account, run=run.name)
    return list(found.values())


def _key(account: Account) -> tuple[str, ...]:
    if account.cloud == PRACTICE:
        return (PRACTICE,)
    return (
        account.cloud,
        account.region,
        written_endpoints(account).get("iam", ""),
        account.domain,
        account.who,
        account.project_name or account.project_id,
    )
